from odoo import fields, models
from odoo.tools import SQL

from .qualification_report_mixin import DAYS, LEAD_COLUMNS, RATE


class CrmQualificationResponse(models.Model):
    """How soon who wrote first was answered, and a new lead tried to be called.

    One row for each of them, unless we were in touch before it came in. Hours are those
    of the clock. What is not answered was due unless it was closed before.
    """

    _name = "crm.qualification.response"
    _description = "Time to First Answer"
    _inherit = ["qualification.report.mixin"]
    _auto = False
    _rec_name = "lead_id"
    _order = "asked_date desc, id desc"
    _depends = {"crm.lead": [*LEAD_COLUMNS.values(), "active", "contact_asked_date"]}
    _depends["crm.lead"] += ["answer_due", "contact_answered_date", "date_closed"]

    _rates = {
        "in_time_rate": ("in_time_count", "due_count"),
        "won_rate": ("won_count", "closed_count"),
    }
    _bounds = {"won_low": ("won_rate", "-"), "won_high": ("won_rate", "+")}

    speed = fields.Selection(
        [
            ("hour", "Within an hour"),
            ("hours", "Within 4 hours"),
            ("day", "Within a day"),
            ("days", "Within 3 days"),
            ("later", "Later"),
            ("never", "Not answered"),
        ],
        string="Answered",
        readonly=True,
        help="How fast the first answer went out.",
    )
    asked_date = fields.Datetime(
        string="Came In On",
        readonly=True,
        help="When the customer first wrote, else when the lead was created.",
    )
    hours = fields.Float(
        "Hours to Answer",
        **DAYS,
        help="From the customer's first word to our first answer, by the clock.",
    )
    hours_p90 = fields.Float(
        "Hours to Answer, 90 %",
        **DAYS | {"aggregator": "p90"},
        help="Nine of ten were answered within this many hours.",
    )
    due_count = fields.Integer(
        string="Were Due", readonly=True, help="Those with a target whose time is over."
    )
    in_time_count = fields.Integer(string="In Time", readonly=True)
    won_count = fields.Integer(string="Won", readonly=True)
    closed_count = fields.Integer(string="Closed", readonly=True, help="Won or lost.")
    in_time_rate = fields.Float(
        "In Time %", **RATE, help="How many of those due were answered in time."
    )
    won_rate = fields.Float("Won %", **RATE, help="How many of those closed were won.")
    won_low = fields.Float("Won %, at Least", help="With 95 % certainty.", **RATE)
    won_high = fields.Float("Won %, at Most", help="With 95 % certainty.", **RATE)

    def _get_view_sql(self):
        return SQL(
            """
            SELECT %s, asked AS asked_date, hours, hours AS hours_p90,
                   CASE WHEN hours <= 1 THEN 'hour' WHEN hours <= 4 THEN 'hours'
                        WHEN hours <= 24 THEN 'day' WHEN hours <= 72 THEN 'days'
                        WHEN hours > 72 THEN 'later' ELSE 'never' END AS speed,
                   COALESCE(answer_due < CASE
                       WHEN hours >= 0 THEN 'infinity'
                       WHEN l.won_status <> 'pending' THEN l.date_closed
                       ELSE NOW() AT TIME ZONE 'UTC' END, FALSE)::int AS due_count,
                   COALESCE(contact_answered_date <= answer_due, FALSE)::int
                       AS in_time_count,
                   (l.won_status = 'won')::int AS won_count,
                   (l.won_status <> 'pending')::int AS closed_count
              FROM crm_lead l
        CROSS JOIN LATERAL (SELECT COALESCE(contact_asked_date, create_date) AS asked) a
        CROSS JOIN LATERAL (
                SELECT EXTRACT(EPOCH FROM contact_answered_date - asked)::float8 / 3600
                       AS hours) h
             WHERE %s AND COALESCE(hours, 0) >= 0
               AND (contact_asked_date IS NOT NULL OR type = 'lead'
                    OR date_conversion IS NOT NULL)
            """,
            self._get_lead_columns_sql(),
            self._get_counted_sql(),
        )
