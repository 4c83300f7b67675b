from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..models.base.batches import WITHOUT_JIT
from ..models.base.calls import on_one
from ..models.base.qualification_domain import parse_domain, split_domain
from ..models.base.res_config_settings import get_whole_number
from .qualification_report_mixin import get_bound_sql

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
# Filters on the records that are counted, as ``crm.lead`` has them but the first.
FILTERS = {"closed_date", "team_id", "source_id", "user_id"}
FILTER = {"store": False, "search": "_search_counted"}
# Key of the context under which rows keep what they were counted with, a Domain.
COUNTED = "lift_counted"
# What all of them have in common: of groups there is none.
FIGURE = {"readonly": True, "aggregator": None, "depends_context": (COUNTED,)}
# What two of the states are compared by.
DIFFERENCES = {
    "known_difference": ("known", "unknown"),
    "difference": ("met", "not_met"),
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
    """What each criterion was worth: how often records were won when it was met.

    One row for each criterion of each active profile that judges, and one for the
    buyers' commitments, where any was kept (met) or broken (not met). It counts the won
    and lost leads and opportunities of that profile that the user may see; where it is
    asked from a stage on, those that came so far. The access rules of ``crm.lead`` are
    part of the query, so that whoever sees own documents only sees own figures.

    - *met*, *partly*, *not met* (failing answers, disqualifying ones included),
      *unknown* (nobody had answered) and *late* (answered after the closing, which is
      hindsight) share all records among them;
    - *rate* is the share of won records, *low* and *high* bound it: Wilson's score
      interval for 95 % (E. B. Wilson, JASA 22, 1927; recommended for small samples by
      A. Agresti and B. A. Coull, The American Statistician 52, 1998);
    - *difference* is the won rate when met minus that when not met, *known difference*
      that of known answers minus that of unknown ones, each with Newcombe's hybrid
      score interval for 95 % (R. G. Newcombe, Statistics in Medicine 17, 1998).

    Of fewer records than the setting ``sales_nemo.lift_sample_min`` says nothing is
    told: rates and bounds are 0, and read "too few", as differences do from one of
    them.

    Answers count as the gate counts those of closed records: they never expire, and of
    a lead's own answer and its account's the newer one stands, of those given until the
    closing. Automatic criteria have no answers: their filter is asked as the records
    are today.

    ``closed_date``, ``team_id``, ``source_id`` and ``user_id`` can be searched by only:
    they choose which records are counted, not which rows are shown.
    """

    _name = "crm.qualification.lift"
    _description = "Criterion Lift"
    _auto = False
    _order = "profile_id, difference_low desc nulls last, criterion_id"
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

    profile_id = fields.Many2one(
        "crm.qualification.profile", readonly=True, help="The profile that asks it."
    )
    criterion_id = fields.Many2one(
        "crm.qualification.criterion",
        readonly=True,
        help="Answers to this question are compared.",
    )
    stage_id = fields.Many2one(
        "crm.stage",
        "Asked From",
        readonly=True,
        help="Only what came as far as this stage counts.",
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
    # Which records are counted
    closed_date = fields.Datetime("Closed On", **FILTER)
    team_id = fields.Many2one(
        "crm.team", "Sales Team", **FILTER, help="As it is on the lead now."
    )
    source_id = fields.Many2one(
        "utm.source", **FILTER, help="As it is on the lead now."
    )
    user_id = fields.Many2one(
        "res.users", "Salesperson", **FILTER, help="As it is on the lead now."
    )
    # Met
    met_count = fields.Integer("Met", **FIGURE, help="Deals in which it was met.")
    met_won_count = fields.Integer("Won, Met", **FIGURE)
    met_rate = fields.Float("Won Rate, Met", **FIGURE)
    met_low = fields.Float("Lower Bound, Met", **FIGURE)
    met_high = fields.Float("Upper Bound, Met", **FIGURE)
    # Partly met
    partly_count = fields.Integer(
        "Partly Met",
        **FIGURE,
        help="Deals in which an answer earned a part of the points.",
    )
    partly_won_count = fields.Integer("Won, Partly Met", **FIGURE)
    partly_rate = fields.Float("Won Rate, Partly Met", **FIGURE)
    partly_low = fields.Float("Lower Bound, Partly Met", **FIGURE)
    partly_high = fields.Float("Upper Bound, Partly Met", **FIGURE)
    # Not met
    not_met_count = fields.Integer(
        "Not Met", **FIGURE, help="Deals in which it was known and not met."
    )
    not_met_won_count = fields.Integer("Won, Not Met", **FIGURE)
    not_met_rate = fields.Float("Won Rate, Not Met", **FIGURE)
    not_met_low = fields.Float("Lower Bound, Not Met", **FIGURE)
    not_met_high = fields.Float("Upper Bound, Not Met", **FIGURE)
    # Unknown
    unknown_count = fields.Integer(
        "Unknown", **FIGURE, help="Deals that closed without an answer."
    )
    unknown_won_count = fields.Integer("Won, Unknown", **FIGURE)
    unknown_rate = fields.Float("Won Rate, Unknown", **FIGURE)
    unknown_low = fields.Float("Lower Bound, Unknown", **FIGURE)
    unknown_high = fields.Float("Upper Bound, Unknown", **FIGURE)
    late_count = fields.Integer(
        "Answered Later",
        help="Answered after the record was closed: left out, as whoever answered knew "
        "how it had ended. Of records that were closed when they came in, as an import "
        "brings them, all answers count.",
        **FIGURE,
    )
    # All that is known
    known_count = fields.Integer(
        "Known", **FIGURE, help="Deals in which this was known before they closed."
    )
    known_won_count = fields.Integer("Won, Known", **FIGURE)
    known_rate = fields.Float("Won Rate, Known", **FIGURE)
    known_low = fields.Float("Lower Bound, Known", **FIGURE)
    known_high = fields.Float("Upper Bound, Known", **FIGURE)
    # Differences
    known_difference = fields.Float(
        help="Won rate where the answer was known minus that where it was not: what "
        "asking went with. 0 where it can't be told.",
        **FIGURE,
    )
    known_difference_low = fields.Float("Lower Bound, Known Difference", **FIGURE)
    known_difference_high = fields.Float("Upper Bound, Known Difference", **FIGURE)
    difference = fields.Float(
        help="Won rate when met minus won rate when not met: above 0, meeting the "
        "criterion went with winning. 0 where it can't be told.",
        **FIGURE,
    )
    difference_low = fields.Float("Lower Bound, Difference", **FIGURE)
    difference_high = fields.Float("Upper Bound, Difference", **FIGURE)
    # In words
    name = fields.Char(compute="_compute_texts", help="What is compared.")
    known_difference_text = fields.Char(
        "Known − Unknown (95 %)",
        compute="_compute_texts",
        help="How many points of won rate lie between records of which the answer was "
        "known and those of which it was not, with the bounds of the true difference.",
    )
    difference_text = fields.Char(
        "Met − Not Met (95 %)",
        compute="_compute_texts",
        help="How many points of won rate lie between records that met the criterion "
        "and those that did not, with the bounds of the true difference. Coloured "
        "where both bounds are on the same side of 0.",
    )
    met_text = fields.Char(
        "Won when Met",
        compute="_compute_texts",
        help="How many of them were won, with the range that chance leaves open.",
    )
    partly_text = fields.Char(
        "Won when Partly Met",
        compute="_compute_texts",
        help="How many of them were won, with the range that chance leaves open.",
    )
    not_met_text = fields.Char(
        "Won when Not Met",
        compute="_compute_texts",
        help="How many of them were won, with the range that chance leaves open.",
    )
    unknown_text = fields.Char(
        "Won when Unknown",
        compute="_compute_texts",
        help="How many of them were won, with the range that chance leaves open.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends(
        "criterion_id",
        "sample_min",
        *[
            f"{state}_{figure}"
            for state in (*STATES, "known")
            for figure in ("count", "rate", "low", "high")
        ],
        *[f"{name}{bound}" for name in DIFFERENCES for bound in ("", "_low", "_high")],
    )
    @api.depends_context("lang", COUNTED)
    def _compute_texts(self):
        for row in self:
            for state in STATES:
                row[f"{state}_text"] = row._describe_rate(state)
            for name in DIFFERENCES:
                row[f"{name}_text"] = row._describe_difference(name)
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

    def _describe_difference(self, name):
        """A difference with its bounds, in points, in words."""
        counts = [self[f"{state}_count"] for state in DIFFERENCES[name]]
        if not any(counts):
            return "–"
        if min(counts) < self.sample_min:
            one, other = (formatLang(self.env, count, digits=0) for count in counts)
            return self.env._("too few (%(one)s and %(other)s)", one=one, other=other)
        points, low, high = (
            # + 0.0: what rounds to nothing has no sign
            formatLang(self.env, round(100 * self[f"{name}{bound}"], 1) + 0.0, digits=1)
            for bound in ("", "_low", "_high")
        )
        return self.env._(
            "%(points)s points (%(low)s to %(high)s)", points=points, low=low, high=high
        )

    def _search_counted(self, operator, value):
        # _split takes these conditions away where they stand alone
        raise UserError(
            self.env._(
                "Closing date, team, source and salesperson choose what is counted: "
                "they can't be joined with other filters by “any of”."
            )
        )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        rows, domain = self._split(domain)
        return super(CrmQualificationLift, rows)._search(domain, *args, **kwargs)

    @api.model
    def search_fetch(self, domain, *args, **kwargs):
        # what is read of the rows later is counted with the same records
        rows, domain = self._split(domain)
        return super(CrmQualificationLift, rows).search_fetch(domain, *args, **kwargs)

    def _split(self, domain):
        """Take the conditions on the records that are counted out of a domain.

        :return: this recordset, which counts by them, and the rest of the domain
        """
        domain = Domain(domain)
        is_and = getattr(domain, "OPERATOR", None) == "&"
        rest, counted = [], [self.env.context.get(COUNTED, Domain.TRUE)]
        for part in domain.children if is_and else [domain]:
            names = {c.field_expr.partition(".")[0] for c in part.iter_conditions()}
            is_counted = names and names <= FILTERS
            (counted if is_counted else rest).append(part)
        if len(counted) == 1:
            return self, domain
        by_leads = Domain.AND(counted).map_conditions(self._get_lead_condition)
        return self.with_context(**{COUNTED: by_leads}), Domain.AND(rest)

    def _get_lead_condition(self, condition):
        """A condition as it is on ``crm.lead``; it can be hashed, as keys of caches."""
        name, dot, path = condition.field_expr.partition(".")
        operator, value = condition.operator, condition.value
        value = tuple(value) if isinstance(value, list | set) else value
        if name == "closed_date":
            leads = self.env["crm.lead"]
            return leads._get_closing_domain(operator, value, dot + path)
        return Domain(condition.field_expr, operator, value)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_leads(self, domain=()):
        """Open the closed records that this row counts.

        :param list domain: by which the row was found
        """
        rows, _domain = self._split(domain)
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
                *rows.env.context.get(COUNTED, ()),
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
