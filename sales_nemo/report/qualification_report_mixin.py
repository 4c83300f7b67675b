from odoo import fields, models
from odoo.tools import SQL, drop_view_if_exists

from ..models.base.calls import on_one

# What both reports read of a lead, and what they call it.
LEAD_COLUMNS = {
    "company_id": "company_id",
    "team_id": "team_id",
    "user_id": "user_id",
    "source_id": "source_id",
    "medium_id": "medium_id",
    "campaign_id": "campaign_id",
    "country_id": "country_id",
    "type": "type",
    "profile_id": "qualification_profile_id",
    "won_status": "won_status",
    "lost_reason_id": "lost_reason_id",
    "created_date": "create_date",
}
# How the rates and the days of a group are taken together.
RATE = {"digits": (16, 1), "readonly": True, "aggregator": "avg"}
DAYS = {"digits": (16, 1), "readonly": True, "aggregator": "median"}
# Aggregators besides Odoo's: the share of a group that is not above them.
PERCENTILES = {"median": 0.5, "p90": 0.9}
# Leads of which a buyer's commitment was kept, or one was broken.
PROMISES = SQL(
    """
    SELECT lead_id, CASE WHEN BOOL_OR(state = 'broken') THEN 'broken' ELSE 'kept' END
               AS state
      FROM crm_lead_commitment WHERE active AND state <> 'open' GROUP BY lead_id
    """
)


def get_bound_sql(part, whole, sign):
    """A bound of Wilson's score interval for 95 % on both sides together, 0 to 1.

    With n records, a share p of them won, they are
    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).

    :param SQL part: those of the whole that were won
    :param str sign: "-" or "+"
    """
    return SQL(
        "(%(p)s + %(zz)s / 2 %(sign)s SQRT(%(zz)s * (%(p)s - %(p)s ^ 2.0 / %(n)s"
        " + %(zz)s / 4))) / (%(n)s + %(zz)s)",
        p=part,
        n=SQL("NULLIF(%s, 0)::float8", whole),
        zz=SQL("3.841458820694124"),  # z²
        sign=SQL(sign),
    )


class QualificationReportMixin(models.AbstractModel):
    """A report with one row for each lead or opportunity, which is a SQL view.

    Closed records count, archived or not: who clears old deals away changes no rate.
    Open ones that are archived don't: nobody works on them.

    What is counted of a record is a column with 0 or 1, so that sums are counts. A rate
    is a column with 0 or 100, empty where there was nothing to be reached, so that its
    average is the rate of a group. Days are taken together as their median.
    """

    _name = "qualification.report.mixin"
    _description = "Report on Leads and Opportunities"

    # Each rate with the counts of what was reached, and of what could have been: their
    # quotient, as SQL columns and of groups.
    _rates = {}
    # Each bound of a rate's interval with the rate, and its sign "-" or "+".
    _bounds = {}

    lead_id = fields.Many2one(
        "crm.lead", readonly=True, help="The lead or opportunity that is counted."
    )
    type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")], readonly=True
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, help="As it is on the lead now."
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, help="As it is on the lead now."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="As it is on the lead now.",
    )
    source_id = fields.Many2one(
        "utm.source", readonly=True, help="As it is on the lead now."
    )
    medium_id = fields.Many2one(
        "utm.medium", readonly=True, help="As it is on the lead now."
    )
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, help="As it is on the lead now."
    )
    country_id = fields.Many2one(
        "res.country", readonly=True, help="As it is on the lead now."
    )
    profile_id = fields.Many2one(
        "crm.qualification.profile", readonly=True, help="As it is on the lead now."
    )
    won_status = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("pending", "Pending")],
        string="Won/Lost",
        readonly=True,
        help="As it is on the lead now.",
    )
    lost_reason_id = fields.Many2one(
        "crm.lost.reason", readonly=True, help="As it is on the lead now."
    )
    created_date = fields.Datetime(
        string="Created On", readonly=True, help="When it came in."
    )
    closed_date = fields.Datetime(
        string="Closed On", readonly=True, help="When it was won or lost."
    )

    def init(self):
        """Make the view as this version of the addon defines it."""
        if self._abstract:
            return
        drop_view_if_exists(self.env.cr, self._table)
        rates = [
            SQL(
                "CASE %s WHEN 1 THEN %s * 100.0::float8 END AS %s",
                *map(SQL.identifier, (whole, part, name)),
            )
            for name, (part, whole) in self._rates.items()
        ]
        rates += [SQL("NULL::float8 AS %s", SQL.identifier(x)) for x in self._bounds]
        self.env.cr.execute(
            SQL(
                "CREATE VIEW %s AS SELECT *, %s FROM (%s) counted",
                SQL.identifier(self._table),
                SQL(", ").join(rates),
                self._get_view_sql(),
            )
        )

    def _read_group_select(self, aggregate_spec, query):
        """Besides Odoo's aggregates there are ``median`` and ``p90``, of numbers.

        https://www.postgresql.org/docs/current/functions-aggregate.html

        The average of a rate is taken from sums, which are the counts shown beside it:
        the same, and PostgreSQL adds them up once.
        """
        name, _sep, aggregator = aggregate_spec.partition(":")
        if aggregator in PERCENTILES and name in self._fields:
            column = self._field_to_sql(self._table, name, query)
            share = PERCENTILES[aggregator]
            return SQL("PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)", share, column)
        rate, sign = self._bounds.get(name, (name, None))
        if aggregator == "avg" and rate in self._rates:
            part, whole = (
                super(QualificationReportMixin, self)._read_group_select(
                    f"{count}:sum", query
                )
                for count in self._rates[rate]
            )
            if sign:
                return SQL("100 * %s", get_bound_sql(part, whole, sign))
            return SQL("%s::float8 / NULLIF(%s, 0) * 100", part, whole)
        return super()._read_group_select(aggregate_spec, query)

    def _read_group_orderby(self, order, groupby_terms, query):
        """Groups of a selection come in the order of its values: steps as they follow
        each other, not as the alphabet has them."""
        terms = {
            name: term
            for name, term in groupby_terms.items()
            if name in self._fields and self._fields[name].type == "selection"
        }
        for name, term in terms.items():
            values = self._fields[name].get_values(self.env)
            groupby_terms[name] = SQL("ARRAY_POSITION(%s, %s::text)", values, term)
        try:
            return super()._read_group_orderby(order, groupby_terms, query)
        finally:
            # grouped they are by their values
            groupby_terms.update(terms)

    @on_one
    def action_open_lead(self):
        """Open the lead or opportunity of this row.

        :return: action of its form
        :rtype: dict
        """
        return self.lead_id.redirect_lead_opportunity_view()

    def _get_view_sql(self):
        """The view's rows without rates: one for each ``crm_lead l``, with its id.

        :rtype: odoo.tools.SQL
        """
        raise NotImplementedError

    def _get_lead_columns_sql(self):
        """What all reports show of ``crm_lead l``."""
        columns = [
            SQL("%s AS %s", SQL.identifier("l", column), SQL.identifier(name))
            for name, column in LEAD_COLUMNS.items()
        ]
        moments = SQL("l.create_date"), SQL("l.date_closed")
        return SQL(
            "l.id, l.id AS lead_id, %s,"
            " CASE WHEN l.won_status IN ('won', 'lost') THEN %s END AS closed_date",
            SQL(", ").join(columns),
            self.env["crm.lead"]._get_closing_sql(*moments),
        )

    def _get_counted_sql(self):
        """Condition: the record counts."""
        return SQL("(l.active OR l.won_status <> 'pending')")
