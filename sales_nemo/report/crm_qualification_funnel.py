from psycopg2 import DataError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .qualification_report_mixin import LEAD_COLUMNS

# The steps of the funnel: key, what counts it, rate from the step before, days since.
STEPS = (
    ("lead", "lead_count", None, None),
    ("contacted", "contacted_count", "contacted_rate", "days_to_contact"),
    ("qualified", "qualified_count", "qualified_rate", "days_to_qualify"),
    ("opportunity", "opportunity_count", "opportunity_rate", "days_to_convert"),
    ("won", "won_count", "won_rate", "days_to_win"),
)
LOST = ("lost", "lost_count", "lost_rate", "days_to_lose")


class CrmQualificationFunnel(models.Model):
    """Lead → contacted → qualified → opportunity → won, and what was lost on the way.

    *Who counts*: everything that came in, also opportunities that never were leads
    (``origin`` tells them apart): what is won is the same in the funnel and in the
    pipeline. An opportunity without a conversion date is taken to have come in as one.

    *Which steps*: what is further on has left the steps before behind it, on whichever
    way. So no step has more than the one before it, and rates are at most 100 %. Those
    that became opportunities although their facts never passed are in
    ``unqualified_count``. A lost record stays at the step that it had reached.

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
            "qualified_date",
        ]
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
    unqualified_count = fields.Integer(
        string="Never Qualified",
        readonly=True,
        help="Opportunities whose facts never passed the gate.",
    )
    won_count = fields.Integer(string="Won", readonly=True)
    lost_count = fields.Integer(
        string="Lost", readonly=True, help="Lost leads and lost opportunities."
    )
    # Rates
    contacted_rate = fields.Float(
        string="Contacted %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of a hundred that came in, how many were contacted.",
    )
    qualified_rate = fields.Float(
        string="Qualified %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of a hundred contacted ones, how many were qualified.",
    )
    opportunity_rate = fields.Float(
        string="Opportunity %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of a hundred qualified ones, how many became opportunities.",
    )
    won_rate = fields.Float(
        string="Won %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of a hundred opportunities, how many were won. Open ones count.",
    )
    lost_rate = fields.Float(
        string="Lost %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of a hundred that came in, how many were lost, at whichever step.",
    )
    # Days
    days_to_contact = fields.Float(
        string="Days to Contact",
        digits=(16, 1),
        readonly=True,
        aggregator="median",
        help="Median days from coming in to being in touch.",
    )
    days_to_qualify = fields.Float(
        string="Days to Qualify",
        digits=(16, 1),
        readonly=True,
        aggregator="median",
        help="Median days from being in touch to being qualified.",
    )
    days_to_convert = fields.Float(
        string="Days to Convert",
        digits=(16, 1),
        readonly=True,
        aggregator="median",
        help="Median days from being qualified to being an opportunity.",
    )
    days_to_win = fields.Float(
        string="Days to Win",
        digits=(16, 1),
        readonly=True,
        aggregator="median",
        help="Median days from being an opportunity to being won.",
    )
    days_to_lose = fields.Float(
        string="Days to Lose",
        digits=(16, 1),
        readonly=True,
        aggregator="median",
        help="Median days from being an opportunity to being lost.",
    )

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def get_funnel(self, domain=()):
        """The funnel of the records that the user may see, in one SQL query.

        :param list domain: on this model; empty: all of them
        :return: ``{"steps": [STEP, …], "lost": STEP, "unqualified": {"count",
            "domain"}}``, the steps in order. A STEP is ``{"key", "name", "count",
            "rate", "days", "domain"}``: its name in the user's language; how many
            reached it; how many percent that is of the step before (lost: of all);
            the median days since then (lost: since being an opportunity); and the
            domain of the counted records on this model. Rate and days are None where
            nothing tells them.
        :rtype: dict
        :raise UserError: the domain can't be used
        """
        names = dict(self._fields["step"]._description_selection(self.env))
        names["lost"] = self.env._("Lost")
        measures = ["unqualified_count"]
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
            "unqualified": get_count("unqualified_count"),
        }

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def _get_view_sql(self):
        won = SQL("(l.won_status = 'won')")
        lost = SQL("(l.won_status = 'lost')")
        opportunity = SQL("(l.type = 'opportunity' OR %s)", won)
        qualified = SQL("(l.qualified_date IS NOT NULL OR %s)", opportunity)
        contacted = SQL("(l.contacted_date IS NOT NULL OR %s)", qualified)
        unqualified = SQL("(l.qualified_date IS NULL AND %s)", opportunity)
        became = SQL(
            "(CASE WHEN l.type = 'opportunity'"
            " THEN COALESCE(l.date_conversion, l.create_date) END)"
        )
        columns = [
            self._get_lead_columns_sql(),
            SQL(
                "CASE WHEN l.type = 'opportunity' AND l.date_conversion IS NULL"
                " THEN 'direct' ELSE 'lead' END AS origin"
            ),
            SQL(
                "CASE WHEN %s THEN 'won' WHEN %s THEN 'opportunity'"
                " WHEN %s THEN 'qualified' WHEN %s THEN 'contacted'"
                " ELSE 'lead' END AS step",
                *(won, opportunity, qualified, contacted),
            ),
            SQL("l.contacted_date, l.qualified_date, %s AS opportunity_date", became),
            *(
                SQL("%s::int AS %s", reached, SQL.identifier(f"{name}_count"))
                for name, reached in {
                    "lead": SQL("TRUE"),
                    "contacted": contacted,
                    "qualified": qualified,
                    "opportunity": opportunity,
                    "unqualified": unqualified,
                    "won": won,
                    "lost": lost,
                }.items()
            ),
            *(
                SQL(
                    "CASE WHEN %s THEN %s::int * 100.0::float8 END AS %s",
                    before,
                    reached,
                    SQL.identifier(f"{name}_rate"),
                )
                for name, before, reached in (
                    ("contacted", SQL("TRUE"), contacted),
                    ("qualified", contacted, qualified),
                    ("opportunity", qualified, opportunity),
                    ("won", opportunity, won),
                    ("lost", SQL("TRUE"), lost),
                )
            ),
            *self._get_days_sql(became, won, lost),
        ]
        return SQL(
            "SELECT %s FROM crm_lead l WHERE %s",
            SQL(", ").join(columns),
            self._get_counted_sql(),
        )

    def _get_days_sql(self, became, won, lost):
        """Columns: days from one step to the next; empty where they are turned around.

        :param SQL became: when the lead became an opportunity
        :param SQL won: condition
        :param SQL lost: condition
        :rtype: list[SQL]
        """
        closed = "CASE WHEN %s THEN l.date_closed END"
        return [
            SQL(
                "CASE WHEN %(until)s >= %(since)s"
                " THEN DATE_PART('epoch', %(until)s - %(since)s) / 86400"
                " END AS %(name)s",
                since=since,
                until=until,
                name=SQL.identifier(f"days_to_{name}"),
            )
            for name, since, until in (
                ("contact", SQL("l.create_date"), SQL("l.contacted_date")),
                ("qualify", SQL("l.contacted_date"), SQL("l.qualified_date")),
                ("convert", SQL("l.qualified_date"), became),
                ("win", became, SQL(closed, won)),
                ("lose", became, SQL(closed, lost)),
            )
        ]
