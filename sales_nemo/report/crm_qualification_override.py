from odoo import fields, models
from odoo.tools import SQL

from ..models.decision.crm_qualification_exception import STATES
from .qualification_report_mixin import DAYS, LEAD_COLUMNS, PROMISES, RATE


class CrmQualificationOverride(models.Model):
    """What became of opportunities, by the decision that let them in.

    One row for each opportunity with a decision, and for each lead for which an
    exception was asked for. The decision is the one that an opportunity carries now:
    the log keeps all of them, and the last that let it in counts. A flag that was
    settled counts as settled; an opportunity that was lost and restored as what it was
    restored as; of merged ones the best counts. Those from before the addon carry none
    and are not here.
    """

    _name = "crm.qualification.override"
    _description = "Outcome of Decisions"
    _inherit = ["qualification.report.mixin"]
    _auto = False
    _rec_name = "lead_id"
    _order = "decision_date desc, id desc"
    _depends = {
        "crm.lead": [
            *LEAD_COLUMNS.values(),
            "active",
            "date_closed",
            "qualification_deadline",
            "qualification_decision_id",
        ],
        "crm.qualification.decision": [
            "company_id",
            "date",
            "is_past",
            "outcome",
            "path",
            "reason",
            "user_id",
        ],
        "crm.qualification.exception": ["lead_id", "state"],
        "crm.lead.commitment": ["active", "lead_id", "state"],
    }

    _rates = {"won_rate": ("won_count", "closed_count")}
    _bounds = {"won_low": ("won_rate", "-"), "won_high": ("won_rate", "+")}

    decision_id = fields.Many2one(
        "crm.qualification.decision", string="Entry in the Log", readonly=True
    )
    decision_company_id = fields.Many2one(
        "res.company",
        string="Company of the Decision",
        readonly=True,
        help="Who may not read the decisions of this company doesn't see them here.",
    )
    decision_date = fields.Datetime(
        string="Decided On", readonly=True, help="When it was let through."
    )
    outcome = fields.Selection(
        [
            ("passed", "Passed"),
            ("overridden", "Overridden"),
            ("flagged", "Flagged"),
            ("settled", "Settled"),
            ("advised", "Advised"),
            ("past", "Created won or lost"),
            ("lead", "Still a lead"),
        ],
        string="Decision",
        readonly=True,
        help="Passed: the facts were there.\nOverridden: an approver let it through "
        "without.\nFlagged: it came in without, and still lacks them.\nSettled: it was "
        "flagged, and the facts came in later.\nAdvised: let through without, as the "
        "profile only advises.\nCreated won or lost: history, as of an import.\n"
        "Still a lead: an exception was asked for, and it has not come in.",
    )
    exception = fields.Selection(
        STATES,
        readonly=True,
        help="What became of the last exception that was asked for.",
    )
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Who let it through although its facts did not pass.",
    )
    reason = fields.Char(readonly=True, help="Why the approver did.")
    commitment = fields.Selection(
        [("kept", "Kept"), ("broken", "Broken"), ("none", "Neither")],
        readonly=True,
        help="Whether the buyer kept what they promised, or broke any of it; neither: "
        "nothing was promised, or it is still open.",
    )
    # Counts
    opportunity_count = fields.Integer(
        string="Opportunities", readonly=True, help="How many were let through."
    )
    asked_count = fields.Integer(string="Exceptions Asked For", readonly=True)
    granted_count = fields.Integer(string="Exceptions Granted", readonly=True)
    declined_count = fields.Integer(string="Exceptions Declined", readonly=True)
    won_count = fields.Integer(
        string="Won", readonly=True, help="Of what was let through, won since."
    )
    lost_count = fields.Integer(
        string="Lost", readonly=True, help="Of what was let through, lost since."
    )
    pending_count = fields.Integer(
        string="Open",
        readonly=True,
        help="Of what was let through, neither won nor lost.",
    )
    closed_count = fields.Integer(
        string="Closed", readonly=True, help="Those that were won or lost."
    )
    won_rate = fields.Float(
        "Won %",
        help="Of a hundred closed ones, how many were won. Open ones don't count.",
        **RATE,
    )
    won_low = fields.Float(
        "Won %, at Least", help="Lower bound of the rate, 95 %.", **RATE
    )
    won_high = fields.Float(
        "Won %, at Most", help="Upper bound of the rate, 95 %.", **RATE
    )
    days_to_close = fields.Float(
        "Days to Close",
        help="Median days from the decision to being won or lost.",
        **DAYS,
    )

    def _get_view_sql(self):
        closed = SQL("(l.won_status IN ('won', 'lost'))")
        return SQL(
            """
            SELECT %(columns)s, d.id AS decision_id,
                   d.company_id AS decision_company_id, d.date AS decision_date,
                   CASE WHEN l.type = 'lead' THEN 'lead'
                        WHEN d.is_past AND d.outcome IN ('flagged', 'advised')
                             AND l.qualification_deadline IS NULL THEN 'past'
                        ELSE d.outcome
                   END AS outcome,
                   CASE WHEN d.outcome = 'overridden' THEN d.user_id END AS approver_id,
                   NULLIF(TRIM(d.reason), '') AS reason,
                   (l.type = 'opportunity')::int AS opportunity_count,
                   e.exception, COALESCE(e.asked, 0) AS asked_count,
                   COALESCE(e.granted, 0) AS granted_count,
                   COALESCE(e.declined, 0) AS declined_count,
                   COALESCE(p.state, 'none') AS commitment,
                   (l.won_status = 'won')::int AS won_count,
                   (l.won_status = 'lost')::int AS lost_count,
                   (NOT %(closed)s)::int AS pending_count,
                   %(closed)s::int AS closed_count,
                   CASE WHEN %(closed)s AND l.date_closed >= d.date
                        THEN DATE_PART('epoch', l.date_closed - d.date) / 86400
                   END AS days_to_close
              FROM crm_lead l
              LEFT JOIN crm_qualification_decision d
                     ON d.id = l.qualification_decision_id AND l.type = 'opportunity'
              LEFT JOIN (SELECT lead_id, COUNT(*) AS asked,
                                COUNT(*) FILTER (WHERE state = 'granted') AS granted,
                                COUNT(*) FILTER (WHERE state = 'declined') AS declined,
                                (ARRAY_AGG(state ORDER BY id DESC))[1] AS exception
                           FROM crm_qualification_exception
                          GROUP BY lead_id) e ON e.lead_id = l.id
              LEFT JOIN (%(promises)s) p ON p.lead_id = l.id
             WHERE (d.id IS NOT NULL OR e.lead_id IS NOT NULL) AND %(counted)s
            """,
            columns=self._get_lead_columns_sql(),
            closed=closed,
            promises=PROMISES,
            counted=self._get_counted_sql(),
        )
