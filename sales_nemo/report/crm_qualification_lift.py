from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ..models.base.calls import on_one

# What an answer may have been when its record was closed.
STATES = ("met", "partly", "not_met", "unknown")
# Filters on the records that are counted, as ``crm.lead`` has them but the first.
FILTERS = {"closed_date", "team_id", "source_id", "user_id"}
FILTER = {"store": False, "search": "_search_counted"}
# Key of the context under which rows keep what they were counted with, a Domain.
COUNTED = "lift_counted"
# What all of them have in common: of groups there is none.
FIGURE = {"readonly": True, "aggregator": None, "depends_context": (COUNTED,)}
RATE_TEXT = {
    "compute": "_compute_texts",
    "help": "How many of them were won, with the range that chance leaves open.",
}
# What two of the states are compared by.
DIFFERENCES = {
    "known_difference": ("known", "unknown"),
    "difference": ("met", "not_met"),
}


def make_figures(label, told):
    """Columns of a state: its records, those won, their rate, and what bounds it.

    :param str told: help of the first
    """
    return (
        fields.Integer(label, **FIGURE, help=told),
        fields.Integer(f"Won, {label}", **FIGURE),
        *(
            fields.Float(f"{name}, {label}", **FIGURE)
            for name in ("Won Rate", "Lower Bound", "Upper Bound")
        ),
    )


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

    How they are counted is in ``crm_qualification_lift_query``.
    """

    _name = "crm.qualification.lift"
    _description = "Criterion Lift"
    _auto = False
    _order = "profile_id, difference_low desc nulls last, criterion_id"

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
    # Of each state the columns of make_figures
    met_count, met_won_count, met_rate, met_low, met_high = make_figures(
        "Met", "Deals in which it was met."
    )
    partly_count, partly_won_count, partly_rate, partly_low, partly_high = make_figures(
        "Partly Met", "Deals in which an answer earned a part of the points."
    )
    not_met_count, not_met_won_count, not_met_rate, not_met_low, not_met_high = (
        make_figures("Not Met", "Deals in which it was known and not met.")
    )
    unknown_count, unknown_won_count, unknown_rate, unknown_low, unknown_high = (
        make_figures("Unknown", "Deals that closed without an answer.")
    )
    known_count, known_won_count, known_rate, known_low, known_high = make_figures(
        "Known", "Deals in which this was known before they closed."
    )
    late_count = fields.Integer(
        "Answered Later",
        help="Answered after the record was closed: left out, as whoever answered knew "
        "how it had ended. Of records that were closed when they came in, as an import "
        "brings them, all answers count.",
        **FIGURE,
    )
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
    met_text = fields.Char("Won when Met", **RATE_TEXT)
    partly_text = fields.Char("Won when Partly Met", **RATE_TEXT)
    not_met_text = fields.Char("Won when Not Met", **RATE_TEXT)
    unknown_text = fields.Char("Won when Unknown", **RATE_TEXT)

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
