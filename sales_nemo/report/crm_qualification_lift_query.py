from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.base.batches import WITHOUT_JIT
from ..models.base.qualification_domain import parse_domain, split_domain
from ..models.base.res_config_settings import get_whole_number
from .crm_qualification_lift import COUNTED, DIFFERENCES, STATES
from .qualification_report_mixin import get_bound_sql

# Closed records from which on a rate is shown; a setting changes it.
SAMPLE_MIN = 30
# Columns of a state, and where they come from.
FIGURES = {
    "count": "n",
    "won_count": "won",
    "rate": "rate",
    "low": "low",
    "high": "high",
}

# A difference of two rates and its bounds, Newcombe's tenth method: each side strays as
# far as its own interval allows.
DIFFERENCE = """
    CASE WHEN LEAST({one}_count, {other}_count) >= sample_min
         THEN {one}_rate - {other}_rate END AS {name},
    CASE WHEN LEAST({one}_count, {other}_count) >= sample_min
         THEN {one}_rate - {other}_rate - SQRT(({one}_rate - {one}_low) ^ 2.0
              + ({other}_high - {other}_rate) ^ 2.0) END AS {name}_low,
    CASE WHEN LEAST({one}_count, {other}_count) >= sample_min
         THEN {one}_rate - {other}_rate + SQRT(({one}_high - {one}_rate) ^ 2.0
              + ({other}_rate - {other}_low) ^ 2.0) END AS {name}_high
"""


# Closed records counted by answer. Common table expressions, these among them:
#
# - ``asked``: id, profile_id, stage_id of the criteria that are shown, and of the
#   commitments, whose id is the profile's, below zero; and ``since``: the stage's place
#   among all, 0 without one; ``reach`` is that of a record's stage;
# - ``total``: criterion_id, n, won: the closed records that were asked;
# - ``sample``: criterion_id, state, n, won: the same for each state, for all that are
#   known, and for what was known too late: after ``until``, when the record was closed.
#
# An account's answers are few, and of all leads the same: those that count are chosen
# first, then compared with the leads' own answers to the same criteria. Rows are
# counted where they are found: of what comes out of a join or a union, PostgreSQL can't
# tell how much it is, and would sort it.
SAMPLE = """
    asked AS (
        SELECT c.id, p.id AS profile_id, c.stage_id,
               COALESCE(ARRAY_POSITION(%(order)s, c.stage_id), 0) AS since
          FROM crm_qualification_profile p
    CROSS JOIN LATERAL (
            SELECT id, stage_id FROM crm_qualification_criterion
             WHERE profile_id = p.id AND active
         UNION ALL SELECT -p.id, p.commitments_stage_id
        ) c
         WHERE p.active AND p.state = 'published' AND p.enforcement <> 'off'
    ), closed AS MATERIALIZED (
        %(closed)s
    ), reached AS (
        SELECT profile_id, reach, COUNT(*) AS n,
               COUNT(*) FILTER (WHERE is_won) AS won
          FROM closed
      GROUP BY profile_id, reach
    ), total AS (
        SELECT asked.id AS criterion_id,
               SUM(n)::bigint AS n, SUM(won)::bigint AS won
          FROM asked
          JOIN reached ON reached.profile_id = asked.profile_id
                      AND reached.reach >= asked.since
      GROUP BY asked.id
    ), answer AS NOT MATERIALIZED (
        SELECT id, lead_id, partner_id, company_id, criterion_id, date,
               state <> 'unknown' AS is_known,
               CASE state WHEN 'disqualifying' THEN 'not_met' ELSE state END AS state
          FROM crm_qualification_answer
         WHERE state IS NOT NULL AND active
    ), shared AS (
        SELECT DISTINCT ON (partner_id, company_id, criterion_id) *
          FROM answer
         WHERE partner_id IS NOT NULL
      ORDER BY partner_id, company_id, criterion_id,
               is_known DESC, date DESC, id DESC
    ), found AS (
        SELECT answer.criterion_id, closed.profile_id, closed.reach,
               CASE WHEN is_known AND date > until THEN 'late' ELSE state END AS state,
               COUNT(*) AS n, COUNT(*) FILTER (WHERE is_won) AS won
          FROM closed
          JOIN answer ON answer.lead_id = closed.id
         WHERE answer.criterion_id NOT IN (SELECT criterion_id FROM shared)
      GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT answer.criterion_id, closed.profile_id, closed.reach,
               CASE WHEN shared.is_known AND shared.date <= until
                     AND (shared.date >= answer.date OR NOT answer.is_known
                          OR answer.date > until) THEN shared.state
                    WHEN answer.is_known AND answer.date <= until THEN answer.state
                    WHEN answer.is_known OR shared.is_known THEN 'late'
                    ELSE 'unknown' END,
               COUNT(*), COUNT(*) FILTER (WHERE is_won)
          FROM closed
          JOIN answer ON answer.lead_id = closed.id
     LEFT JOIN shared ON shared.partner_id = closed.account_id
                     AND shared.company_id = closed.company_id
                     AND shared.criterion_id = answer.criterion_id
         WHERE answer.criterion_id IN (SELECT criterion_id FROM shared)
      GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT shared.criterion_id, closed.profile_id, closed.reach,
               CASE WHEN is_known AND date > until THEN 'late' ELSE state END,
               COUNT(*), COUNT(*) FILTER (WHERE is_won)
          FROM closed
          JOIN shared ON shared.partner_id = closed.account_id
                     AND shared.company_id = closed.company_id
         WHERE NOT EXISTS (
            SELECT FROM crm_qualification_answer own
             WHERE own.lead_id = closed.id AND own.active
               AND own.criterion_id = shared.criterion_id
         )
      GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT -profile_id, profile_id, reach,
               CASE is_broken WHEN TRUE THEN 'not_met' WHEN FALSE THEN 'met'
                    ELSE 'late' END,
               COUNT(*), COUNT(*) FILTER (WHERE is_won)
          FROM closed
          JOIN (
            SELECT closed.id,
                   BOOL_OR(state = 'broken') FILTER (
                       WHERE state_date IS NULL OR state_date <= until) AS is_broken
              FROM closed
              JOIN crm_lead_commitment promise ON promise.lead_id = closed.id
             WHERE active AND state <> 'open'
          GROUP BY closed.id
        ) promised USING (id)
      GROUP BY 1, 2, 3, 4
        %(automatic)s
    ), known AS (
        SELECT asked.id AS criterion_id, found.state,
               SUM(found.n)::bigint AS n, SUM(found.won)::bigint AS won
          FROM found
          JOIN asked ON asked.id = found.criterion_id
                    AND asked.profile_id = found.profile_id
                    AND asked.since <= found.reach
         WHERE found.state <> 'unknown'
      GROUP BY asked.id, found.state
    ), sample AS (
        SELECT * FROM known
         UNION ALL
        SELECT criterion_id, 'known', SUM(n)::bigint, SUM(won)::bigint
          FROM known
         WHERE state <> 'late'
      GROUP BY criterion_id
         UNION ALL
        SELECT asked.id, 'unknown',
               total.n - COALESCE(SUM(known.n), 0)::bigint,
               total.won - COALESCE(SUM(known.won), 0)::bigint
          FROM asked
          JOIN total ON total.criterion_id = asked.id
     LEFT JOIN known ON known.criterion_id = asked.id
      GROUP BY asked.id, total.n, total.won
    )
"""


class CrmQualificationLift(models.Model):
    """How the closed records are counted, in one query."""

    _inherit = "crm.qualification.lift"
    # What the query reads besides what Odoo's own searches write for it.
    _depends = {
        "crm.qualification.answer": [
            "active",
            "company_id",
            "criterion_id",
            "date",
            "lead_id",
            "partner_id",
            "state",
        ],
        "crm.lead.commitment": ["active", "lead_id", "state", "state_date"],
        "crm.qualification.criterion": ["active", "profile_id", "stage_id"],
        "crm.qualification.profile": [
            "active",
            "commitments_stage_id",
            "enforcement",
            "state",
        ],
        "res.partner": ["commercial_partner_id"],
        "res.users": ["company_id"],
    }

    @property
    def _table_query(self):
        """The rows, counted from the leads that the user may see."""
        order = [*self.env["crm.lead"]._get_stage_ids()]
        # what comes next is not compiled
        self.env.cr.execute(WITHOUT_JIT)
        return SQL(
            """
            WITH %(tables)s, rated AS (
                SELECT criterion_id, state, n, won, rate, low, high
                  FROM sample
             LEFT JOIN LATERAL (
                SELECT won / n::float AS rate, %(low)s AS low, %(high)s AS high
             ) told ON n >= %(sample_min)s
                 WHERE n > 0
            ), figures AS (
                SELECT asked.id, asked.profile_id, asked.stage_id,
                       CASE WHEN asked.id > 0 THEN asked.id END AS criterion_id,
                       total.n AS closed_count, total.won AS won_count,
                       total.won / total.n::float AS profile_rate, %(columns)s,
                       COALESCE(MAX(rated.n) FILTER (WHERE rated.state = 'late'), 0)
                           AS late_count
                  FROM asked
                  JOIN total ON total.criterion_id = asked.id
             LEFT JOIN rated ON rated.criterion_id = asked.id
              GROUP BY asked.id, asked.profile_id, asked.stage_id, total.n, total.won
                HAVING asked.id > 0 OR BOOL_OR(rated.state <> 'unknown')
            )
            SELECT *, %(differences)s
              FROM (SELECT *, %(sample_min)s AS sample_min FROM figures) figure
            """,
            tables=SQL(
                SAMPLE,
                order=order,
                closed=self._get_closed_sql(order),
                automatic=self._get_automatic_sql(),
            ),
            sample_min=self._get_sample_min(),
            low=get_bound_sql(SQL("won"), SQL("n"), "-"),
            high=get_bound_sql(SQL("won"), SQL("n"), "+"),
            columns=SQL(", ").join(
                SQL(
                    "COALESCE(MAX(%s) FILTER (WHERE rated.state = %s), 0) AS %s",
                    SQL.identifier("rated", column),
                    state,
                    SQL.identifier(f"{state}_{name}"),
                )
                for state in (*STATES, "known")
                for name, column in FIGURES.items()
            ),
            differences=SQL(", ").join(
                SQL(DIFFERENCE.format(name=name, one=one, other=other))
                for name, (one, other) in DIFFERENCES.items()
            ),
        )

    @api.model
    def _get_sample_min(self):
        """Closed records from which on a rate is told, 1 at least."""
        return max(get_whole_number(self.env, "lift_sample_min", SAMPLE_MIN), 1)

    def _get_closed_sql(self, order):
        """Closed records that the user may see: id, profile_id, is_won, reach, until
        when answers count, and account_id with company_id, whose answers serve them.
        """
        leads = self.env["crm.lead"].with_context(active_test=False)
        query = leads._search(
            Domain("won_status", "in", ("won", "lost"))
            & Domain("qualification_profile_id", "!=", False)
            & Domain(self.env.context.get(COUNTED, Domain.TRUE))
        )
        columns = ("id", "qualification_profile_id", "won_status", "partner_id")
        columns += ("company_id", "user_id", "stage_id", "create_date", "date_closed")
        return SQL(
            """
            SELECT l.id, l.qualification_profile_id AS profile_id,
                   l.won_status = 'won' AS is_won,
                   COALESCE(ARRAY_POSITION(%(order)s, l.stage_id), 0) AS reach,
                   COALESCE(%(hindsight)s, 'infinity') AS until,
                   person.commercial_partner_id AS account_id,
                   COALESCE(l.company_id, owner.company_id, %(only_company)s)
                       AS company_id
              FROM (%(leads)s) l
         LEFT JOIN res_partner person ON person.id = l.partner_id
         LEFT JOIN res_users owner ON owner.id = l.user_id
            """,
            order=order,
            hindsight=leads._get_hindsight_sql(
                SQL("l.create_date"), SQL("l.date_closed")
            ),
            leads=query.select(
                *(leads._field_to_sql(query.table, name, query) for name in columns)
            ),
            only_company=self.env["res.company"]._get_only_id(),
        )

    def _get_automatic_sql(self):
        """Further rows of ``found``: what the filters of automatic criteria say now.

        A filter that can't be searched by leaves its criterion unknown.
        """
        # sudo: the same for everybody, as the policy is
        criteria = self.env["crm.qualification.criterion"].sudo()
        automatic = criteria.search(
            [
                ("answer_type", "=", "automatic"),
                ("profile_id.active", "=", True),
                ("profile_id.state", "=", "published"),
                ("profile_id.enforcement", "!=", "off"),
            ]
        )
        return SQL().join(
            SQL(
                """
                 UNION ALL
                SELECT %(criterion)s, profile_id, reach,
                       CASE WHEN %(subject)s IN %(met)s THEN 'met'
                            WHEN %(subject)s IN %(unmet)s THEN 'not_met'
                            ELSE 'unknown' END,
                       COUNT(*), COUNT(*) FILTER (WHERE is_won)
                  FROM closed
                 WHERE profile_id = %(profile)s AND %(subject)s IS NOT NULL
              GROUP BY 1, 2, 3, 4
                """,
                criterion=criterion.id,
                subject=SQL.identifier(
                    "closed", "account_id" if criterion.scope == "account" else "id"
                ),
                met=split[0],
                unmet=split[1],
                profile=criterion.profile_id.id,
            )
            for criterion in automatic
            if (split := self._get_split_sql(criterion))
        )

    def _get_split_sql(self, criterion):
        """Ids of the leads or accounts that meet an automatic criterion now, and of
        those that for sure don't.

        :param criterion: ``crm.qualification.criterion``
        :return: two subqueries, or None where the filter can't be used or searched by
        """
        # sudo: what is known doesn't depend on who asks
        records = self.env[criterion.domain_model].sudo()
        if not criterion._is_usable(records, criterion.domain):
            return None
        records = records.with_context(active_test=False)
        try:
            split = split_domain(records, parse_domain(criterion.domain))
            return [records._search(domain).subselect() for domain in split]
        except (UserError, ValueError):
            return None
