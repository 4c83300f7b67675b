from psycopg2 import DataError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .qualification_report_mixin import DAYS, LEAD_COLUMNS, RATE

# The steps of the funnel: key, what counts it, rate from the step before, days since.
STEPS = (
    ("lead", "lead_count", None, None),
    ("contacted", "contacted_count", "contacted_rate", "days_to_contact"),
    ("qualified", "qualified_count", "qualified_rate", "days_to_qualify"),
    ("opportunity", "opportunity_count", "opportunity_rate", "days_to_convert"),
    ("won", "won_count", "won_rate", "days_to_win"),
)
LOST = ("lost", "lost_count", "lost_rate", "days_to_lose")

# Days to each step: its name, and the columns from which until which they are counted.
DURATIONS = (
    ("contact", "create_date", "contacted_date"),
    ("qualify", "contacted_date", "qualified_date"),
    ("convert", "qualified_date", "opportunity_date"),
    ("win", "opportunity_date", "won_date"),
    ("lose", "opportunity_date", "lost_date"),
)

# Stages by the outcomes of the decisions about them.
STAGES = {
    "ready_stage_ids": ("passed",),
    "unready_stage_ids": ("refused", "overridden", "advised"),
}
STAGE_VIEW = """
    CREATE OR REPLACE VIEW %s AS
    SELECT DISTINCT lead_id, stage_id AS crm_stage_id
      FROM crm_qualification_decision
     WHERE lead_id IS NOT NULL AND stage_id IS NOT NULL AND outcome IN %s
"""


class CrmQualificationFunnel(models.Model):
    """Lead → contacted → qualified → opportunity → won, and what was lost on the way.

    *Who counts*: everything that came in, also opportunities that never were leads
    (``origin`` tells them apart): what is won is the same in the funnel and in the
    pipeline. An opportunity without a conversion date is taken to have come in as one.

    *Which steps*: what is further on has left the steps before behind it, on whichever
    way. So no step has more than the one before it, and rates are at most 100 %. Of the
    qualified ones, ``passed_count`` are those whose facts passed; the others became
    opportunities all the same (``unqualified_count``), of which no decision was ever
    made about ``unjudged_count``. A lost record stays at the step that it had reached.

    *Days* from one step to the next count for records that made them in this order,
    and of which both days are known. Somebody who was in touch with us before the lead
    came in says nothing about how long it takes to get in touch.
    """

    _name = "crm.qualification.funnel"
    _description = "Qualification Funnel"
    _inherit = ["qualification.report.mixin"]
    _auto = False
    _rec_name = "lead_id"
    _order = "created_date desc, id desc"
    _depends = {
        "crm.lead": [
            *LEAD_COLUMNS.values(),
            "active",
            "contacted_date",
            "date_closed",
            "date_conversion",
            "qualification_decision_id",
            "qualified_date",
        ],
        "crm.qualification.decision": ["lead_id", "outcome", "stage_id"],
    }

    _rates = {
        "contacted_rate": ("contacted_count", "lead_count"),
        "qualified_rate": ("qualified_count", "contacted_count"),
        "opportunity_rate": ("opportunity_count", "qualified_count"),
        "won_rate": ("won_count", "opportunity_count"),
        "lost_rate": ("lost_count", "lead_count"),
    }

    origin = fields.Selection(
        [("lead", "Came in as a lead"), ("direct", "Came in as an opportunity")],
        readonly=True,
        help="What it was when it was created.",
    )
    step = fields.Selection(
        [
            ("lead", "Lead"),
            ("contacted", "Contacted"),
            ("qualified", "Qualified"),
            ("opportunity", "Opportunity"),
            ("won", "Won"),
        ],
        string="Furthest Step",
        readonly=True,
        help="How far it came, whether it is still open or lost.",
    )
    ready_stage_ids = fields.Many2many(
        "crm.stage",
        "crm_qualification_stage_ready",
        "lead_id",
        string="Ready for Stages",
        help="Stages into which it came with all that they ask for.",
        readonly=True,
    )
    unready_stage_ids = fields.Many2many(
        "crm.stage",
        "crm_qualification_stage_unready",
        "lead_id",
        string="Not Ready for Stages",
        help="Stages for which something was missing: it was refused, or let in by an "
        "approver or by a profile that only advises. Who is told so on the screen and "
        "goes back at once is not kept.",
        readonly=True,
    )
    # Dates
    contacted_date = fields.Datetime(
        string="Contacted On",
        readonly=True,
        help="When both sides were first in touch.",
    )
    qualified_date = fields.Datetime(
        string="Qualified On",
        readonly=True,
        help="When its facts first passed the gate.",
    )
    opportunity_date = fields.Datetime(
        string="Converted On",
        readonly=True,
        help="When it was converted, or created as an opportunity.",
    )
    # Counts
    lead_count = fields.Integer(string="Leads", readonly=True, help="All that came in.")
    contacted_count = fields.Integer(
        string="Contacted",
        readonly=True,
        help="Those with whom both sides were in touch, or that are further on.",
    )
    qualified_count = fields.Integer(
        string="Qualified",
        readonly=True,
        help="Those whose facts passed the gate, or that are further on.",
    )
    opportunity_count = fields.Integer(
        string="Opportunities", readonly=True, help="Open, won and lost ones."
    )
    passed_count = fields.Integer(
        string="Passed", readonly=True, help="Those whose facts passed the gate."
    )
    unqualified_count = fields.Integer(
        string="Never Passed",
        readonly=True,
        help="Opportunities whose facts never passed the gate.",
    )
    unjudged_count = fields.Integer(
        string="Never Judged",
        readonly=True,
        help="Of those that never passed, the ones that no profile was ever asked "
        "about: nobody can tell whether they would have passed.",
    )
    won_count = fields.Integer(string="Won", readonly=True, help="Closed as won.")
    lost_count = fields.Integer(
        string="Lost", readonly=True, help="Lost leads and lost opportunities."
    )
    # Rates
    contacted_rate = fields.Float(
        "Contacted %",
        help="Of a hundred that came in, how many were contacted.",
        **RATE,
    )
    qualified_rate = fields.Float(
        "Qualified %",
        help="Of a hundred contacted ones, how many were qualified.",
        **RATE,
    )
    opportunity_rate = fields.Float(
        "Opportunity %",
        help="Of a hundred qualified ones, how many became opportunities.",
        **RATE,
    )
    won_rate = fields.Float(
        "Won %",
        help="Of a hundred opportunities, how many were won. Open ones count.",
        **RATE,
    )
    lost_rate = fields.Float(
        "Lost %",
        help="Of a hundred that came in, how many were lost, at whichever step.",
        **RATE,
    )
    # Days
    days_to_contact = fields.Float(
        "Days to Contact", help="Median days from coming in to being in touch.", **DAYS
    )
    days_to_qualify = fields.Float(
        "Days to Qualify",
        help="Median days from being in touch to being qualified.",
        **DAYS,
    )
    days_to_convert = fields.Float(
        "Days to Convert",
        help="Median days from being qualified to being an opportunity.",
        **DAYS,
    )
    days_to_win = fields.Float(
        "Days to Win",
        help="Median days from being an opportunity to being won.",
        **DAYS,
    )
    days_to_lose = fields.Float(
        "Days to Lose",
        help="Median days from being an opportunity to being lost.",
        **DAYS,
    )

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def get_funnel(self, domain=()):
        """The funnel of the records that the user may see, in one SQL query.

        :param list domain: on this model; empty: all of them
        :return: ``{"steps": [STEP, …], "lost": STEP, "parts": [{"key", "name",
            "count", "domain"}, …]}``, the steps in order; the parts of the qualified
            ones: passed, unqualified, and of these unjudged. A STEP is ``{"key",
            "name", "count", "rate", "days", "domain"}``: its name in the user's
            language; how many reached it; how many percent that is of the step before
            (lost: of all);
            the median days since then (lost: since being an opportunity); and the
            domain of the counted records on this model. Rate and days are None where
            nothing tells them.
        :rtype: dict
        :raise UserError: the domain can't be used
        """
        names = dict(self._fields["step"]._description_selection(self.env))
        names["lost"] = self.env._("Lost")
        parts = {
            "passed": self.env._("passed"),
            "unqualified": self.env._("never passed"),
            "unjudged": self.env._("of these never judged"),
        }
        measures = [f"{key}_count" for key in parts]
        measures += [x for _key, *needed in (*STEPS, LOST) for x in needed if x]
        specs = [f"{name}:{self._fields[name].aggregator}" for name in measures]
        try:
            domain = Domain(domain)
            domain.validate(self)
            [row] = self._read_group(domain, aggregates=specs)
        # PostgreSQL refuses values that Odoo lets pass
        except (DataError, RecursionError, TypeError, ValueError) as error:
            raise UserError(
                self.env._("The filter can't be used (%s).", error)
            ) from error
        # what nothing tells is False
        values = {
            name: None if value is False else value
            for name, value in zip(measures, row, strict=True)
        }

        def get_count(count):
            counted = domain & Domain(count, "=", 1)
            return {"count": values[count] or 0, "domain": list(counted)}

        def get_step(key, count, rate, days):
            step = {"key": key, "name": names[key]}
            step |= {"rate": values.get(rate), "days": values.get(days)}
            return step | get_count(count)

        return {
            "steps": [get_step(*step) for step in STEPS],
            "lost": get_step(*LOST),
            "parts": [
                {"key": key, "name": name, **get_count(f"{key}_count")}
                for key, name in parts.items()
            ],
        }

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def init(self):
        for name, outcomes in STAGES.items():
            view = SQL.identifier(self._fields[name].relation)
            self.env.cr.execute(SQL(STAGE_VIEW, view, outcomes))
        return super().init()

    def _get_view_sql(self):
        days = SQL(", ").join(
            SQL(
                "CASE WHEN %(until)s >= %(since)s"
                " THEN DATE_PART('epoch', %(until)s - %(since)s) / 86400"
                " END AS %(name)s",
                since=SQL.identifier(since),
                until=SQL.identifier(until),
                name=SQL.identifier(f"days_to_{name}"),
            )
            for name, since, until in DURATIONS
        )
        return SQL(
            """
            SELECT %(columns)s, l.contacted_date, l.qualified_date, opportunity_date,
                   CASE WHEN l.type = 'opportunity' AND l.date_conversion IS NULL
                        THEN 'direct' ELSE 'lead' END AS origin,
                   CASE WHEN is_won THEN 'won'
                        WHEN is_opportunity THEN 'opportunity'
                        WHEN is_qualified THEN 'qualified'
                        WHEN is_contacted THEN 'contacted'
                        ELSE 'lead' END AS step,
                   1 AS lead_count,
                   is_contacted::int AS contacted_count,
                   is_qualified::int AS qualified_count,
                   is_opportunity::int AS opportunity_count,
                   (l.qualified_date IS NOT NULL)::int AS passed_count,
                   (is_opportunity AND l.qualified_date IS NULL)::int
                       AS unqualified_count,
                   (is_opportunity AND l.qualified_date IS NULL
                    AND l.qualification_decision_id IS NULL)::int AS unjudged_count,
                   is_won::int AS won_count,
                   is_lost::int AS lost_count,
                   %(days)s
              FROM crm_lead l
        CROSS JOIN LATERAL (
                SELECT l.won_status = 'won' AS is_won,
                       l.won_status = 'lost' AS is_lost,
                       CASE l.won_status WHEN 'won' THEN l.date_closed END AS won_date,
                       CASE l.won_status WHEN 'lost' THEN l.date_closed END
                           AS lost_date,
                       CASE l.type WHEN 'opportunity'
                            THEN COALESCE(l.date_conversion, l.create_date) END
                           AS opportunity_date
             ) dated
        CROSS JOIN LATERAL (
                SELECT l.type = 'opportunity' OR is_won AS is_opportunity
             ) entered
        CROSS JOIN LATERAL (
                SELECT l.qualified_date IS NOT NULL OR is_opportunity AS is_qualified
             ) passed
        CROSS JOIN LATERAL (
                SELECT l.contacted_date IS NOT NULL OR is_qualified AS is_contacted
             ) talked
             WHERE %(counted)s
            """,
            columns=self._get_lead_columns_sql(),
            days=days,
            counted=self._get_counted_sql(),
        )
