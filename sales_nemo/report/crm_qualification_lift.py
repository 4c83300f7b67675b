from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..models.base.batches import WITHOUT_JIT
from ..models.base.calls import on_one
from ..models.base.qualification_domain import parse_domain, split_domain
from .qualification_report_mixin import PROMISES, get_bound_sql

# What an answer may have been when its record was closed.
STATES = ("met", "partly", "not_met", "unknown")
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
# What all of them have in common: of groups there is none.
FIGURE = {"readonly": True, "aggregator": None}


# Closed records counted by answer. Common table expressions, these among them:
#
# - ``asked``: id, profile_id, stage_id of the criteria that are shown, and of the
#   commitments, whose id is the profile's, below zero; and ``since``: the stage's place
#   among all, 0 without one; ``reach`` is that of a record's stage;
# - ``total``: criterion_id, n, won: the closed records that were asked;
# - ``sample``: criterion_id, state, n, won: the same for each state.
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
        SELECT answer.criterion_id, closed.profile_id, closed.reach, answer.state,
               COUNT(*) AS n, COUNT(*) FILTER (WHERE is_won) AS won
          FROM closed
          JOIN answer ON answer.lead_id = closed.id
         WHERE answer.criterion_id NOT IN (SELECT criterion_id FROM shared)
      GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT answer.criterion_id, closed.profile_id, closed.reach,
               CASE WHEN (shared.is_known, shared.date)
                         >= (answer.is_known, answer.date)
                    THEN shared.state ELSE answer.state END,
               COUNT(*), COUNT(*) FILTER (WHERE is_won)
          FROM closed
          JOIN answer ON answer.lead_id = closed.id
     LEFT JOIN shared ON shared.partner_id = closed.account_id
                     AND shared.company_id = closed.company_id
                     AND shared.criterion_id = answer.criterion_id
         WHERE answer.criterion_id IN (SELECT criterion_id FROM shared)
      GROUP BY 1, 2, 3, 4
         UNION ALL
        SELECT shared.criterion_id, closed.profile_id, closed.reach, shared.state,
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
        SELECT -closed.profile_id, closed.profile_id, closed.reach,
               CASE promise.state WHEN 'kept' THEN 'met' ELSE 'not_met' END,
               COUNT(*), COUNT(*) FILTER (WHERE is_won)
          FROM closed
          JOIN (%(promises)s) promise ON promise.lead_id = closed.id
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
    """What each criterion was worth: how often records were won when it was met.

    One row for each criterion of each active profile that judges, and one for the
    buyers' commitments, where any was kept (met) or broken (not met). It counts the won
    and lost leads and opportunities of that profile that the user may see; where it is
    asked from a stage on, those that came so far. The access rules of ``crm.lead`` are
    part of the query, so that whoever sees own documents only sees own figures.

    - *met*, *partly*, *not met* (failing answers, disqualifying ones included) and
      *unknown* (nobody answered) share all records among them;
    - *rate* is the share of won records, *low* and *high* bound it: Wilson's score
      interval for 95 % (E. B. Wilson, JASA 22, 1927; recommended for small samples by
      A. Agresti and B. A. Coull, The American Statistician 52, 1998);
    - *lift* is the won rate when met divided by that of all these records.

    Rates of fewer records than the setting ``sales_nemo.lift_sample_min`` says are not
    told: they are 0, as their bounds are, and read "too few".

    Answers count as the gate counts those of closed records: they never expire, and of
    a lead's own answer and its account's the newer one stands. Automatic criteria have
    no answers: their filter is asked as the records are today.
    """

    _name = "crm.qualification.lift"
    _description = "Criterion Lift"
    _auto = False
    _order = "profile_id, lift desc, criterion_id"
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
        "crm.lead.commitment": ["active", "lead_id", "state"],
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

    profile_id = fields.Many2one("crm.qualification.profile", readonly=True)
    criterion_id = fields.Many2one("crm.qualification.criterion", readonly=True)
    stage_id = fields.Many2one(
        "crm.stage", "Asked From", readonly=True, help="Only what came so far counts."
    )
    sample_min = fields.Integer(
        help="Rates of fewer records than this are not told.",
        **FIGURE,
    )
    closed_count = fields.Integer(
        string="Closed",
        help="Won and lost leads and opportunities that were asked.",
        **FIGURE,
    )
    won_count = fields.Integer(string="Won", **FIGURE)
    profile_rate = fields.Float(
        string="Average",
        help="Share of won records among the closed ones that count, 0 to 1.",
        **FIGURE,
    )
    # Met
    met_count = fields.Integer("Met", **FIGURE)
    met_won_count = fields.Integer("Won, Met", **FIGURE)
    met_rate = fields.Float("Won Rate, Met", **FIGURE)
    met_low = fields.Float("Lower Bound, Met", **FIGURE)
    met_high = fields.Float("Upper Bound, Met", **FIGURE)
    # Partly met
    partly_count = fields.Integer("Partly Met", **FIGURE)
    partly_won_count = fields.Integer("Won, Partly Met", **FIGURE)
    partly_rate = fields.Float("Won Rate, Partly Met", **FIGURE)
    partly_low = fields.Float("Lower Bound, Partly Met", **FIGURE)
    partly_high = fields.Float("Upper Bound, Partly Met", **FIGURE)
    # Not met
    not_met_count = fields.Integer("Not Met", **FIGURE)
    not_met_won_count = fields.Integer("Won, Not Met", **FIGURE)
    not_met_rate = fields.Float("Won Rate, Not Met", **FIGURE)
    not_met_low = fields.Float("Lower Bound, Not Met", **FIGURE)
    not_met_high = fields.Float("Upper Bound, Not Met", **FIGURE)
    # Unknown
    unknown_count = fields.Integer("Unknown", **FIGURE)
    unknown_won_count = fields.Integer("Won, Unknown", **FIGURE)
    unknown_rate = fields.Float("Won Rate, Unknown", **FIGURE)
    unknown_low = fields.Float("Lower Bound, Unknown", **FIGURE)
    unknown_high = fields.Float("Upper Bound, Unknown", **FIGURE)
    # Lift
    lift = fields.Float(
        help="Won rate when met, divided by the average of those that count: above 1, "
        "meeting the criterion went with winning. 0 where it can't be told.",
        **FIGURE,
    )
    lift_low = fields.Float("Lower Bound, Lift", **FIGURE)
    lift_high = fields.Float("Upper Bound, Lift", **FIGURE)
    # In words
    name = fields.Char(compute="_compute_texts")
    lift_text = fields.Char("Lift (95 %)", compute="_compute_texts")
    met_text = fields.Char("Won when Met", compute="_compute_texts")
    partly_text = fields.Char("Won when Partly Met", compute="_compute_texts")
    not_met_text = fields.Char("Won when Not Met", compute="_compute_texts")
    unknown_text = fields.Char("Won when Unknown", compute="_compute_texts")

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends(
        "criterion_id",
        "sample_min",
        "won_count",
        "lift",
        "lift_low",
        "lift_high",
        *[
            f"{state}_{figure}"
            for state in STATES
            for figure in ("count", "rate", "low", "high")
        ],
    )
    def _compute_texts(self):
        for row in self:
            for state in STATES:
                row[f"{state}_text"] = row._describe_rate(state)
            row.lift_text = row._describe_lift()
            row.name = row.criterion_id.name or self.env._(
                "Commitments, kept or broken"
            )

    def _describe_rate(self, state):
        """A won rate with its bounds and the number of records, in words."""
        count = self[f"{state}_count"]
        if not count:
            return "–"
        if count < self.sample_min:
            return self.env._("too few (%s)", count)
        rate, low, high = (
            formatLang(self.env, 100 * self[f"{state}_{figure}"], digits=1)
            for figure in ("rate", "low", "high")
        )
        return self.env._(
            "%(rate)s %% (%(low)s–%(high)s) of %(count)s",
            rate=rate,
            low=low,
            high=high,
            count=formatLang(self.env, count, digits=0),
        )

    def _describe_lift(self):
        if not self.met_count or not self.won_count:
            return "–"
        if self.met_count < self.sample_min:
            return self.env._("too few (%s)", self.met_count)
        bounds = (self.lift, self.lift_low, self.lift_high)
        return "{} ({}–{})".format(
            *(formatLang(self.env, number, digits=2) for number in bounds)
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_leads(self):
        """Open the closed records that this row counts."""
        order = [False, *self.env["crm.lead"]._get_stage_ids()]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Closed, judged by %s", self.profile_id.name),
            "res_model": "crm.lead",
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("qualification_profile_id", "=", self.profile_id.id),
                ("won_status", "in", ("won", "lost")),
                ("stage_id", "in", order[order.index(self.stage_id.id) :]),
            ],
            "context": {"active_test": False, "group_by": "won_status"},
        }

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

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
                       total.won / total.n::float AS profile_rate, %(columns)s
                  FROM asked
                  JOIN total ON total.criterion_id = asked.id
             LEFT JOIN rated ON rated.criterion_id = asked.id
              GROUP BY asked.id, asked.profile_id, asked.stage_id, total.n, total.won
                HAVING asked.id > 0 OR BOOL_OR(rated.state <> 'unknown')
            )
            SELECT *, %(sample_min)s AS sample_min,
                   COALESCE(met_rate / NULLIF(profile_rate, 0), 0) AS lift,
                   COALESCE(met_low / NULLIF(profile_rate, 0), 0) AS lift_low,
                   COALESCE(met_high / NULLIF(profile_rate, 0), 0) AS lift_high
              FROM figures
            """,
            tables=SQL(
                SAMPLE,
                order=order,
                closed=self._get_closed_sql(order),
                promises=PROMISES,
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
                for state in STATES
                for name, column in FIGURES.items()
            ),
        )

    @api.model
    def _get_sample_min(self):
        """Closed records from which on a rate is told, 1 at least."""
        # sudo: a setting
        parameters = self.env["ir.config_parameter"].sudo()
        value = parameters.get_param("sales_nemo.lift_sample_min") or ""
        return max(int(value), 1) if value.isdecimal() else SAMPLE_MIN

    def _get_closed_sql(self, order):
        """Closed records that the user may see: id, profile_id, is_won, reach, and
        account_id with company_id, whose answers serve them.
        """
        leads = self.env["crm.lead"].with_context(active_test=False)
        query = leads._search(
            [
                ("won_status", "in", ("won", "lost")),
                ("qualification_profile_id", "!=", False),
            ]
        )
        columns = ("id", "qualification_profile_id", "won_status", "partner_id")
        columns += ("company_id", "user_id", "stage_id")
        return SQL(
            """
            SELECT l.id, l.qualification_profile_id AS profile_id,
                   l.won_status = 'won' AS is_won,
                   COALESCE(ARRAY_POSITION(%(order)s, l.stage_id), 0) AS reach,
                   person.commercial_partner_id AS account_id,
                   COALESCE(l.company_id, owner.company_id, %(only_company)s)
                       AS company_id
              FROM (%(leads)s) l
         LEFT JOIN res_partner person ON person.id = l.partner_id
         LEFT JOIN res_users owner ON owner.id = l.user_id
            """,
            order=order,
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
