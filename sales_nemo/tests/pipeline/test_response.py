"""How soon was answered, and what it was worth: counted again in plain Python."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from ..common import QualificationCase
from .test_lift import get_bounds

START = datetime(2026, 3, 2, 9, 0)
REPORT = "crm.qualification.response"
# Hours until the answer, hours until it was due, and how it ended.
CASES = [
    (0.5, 4, "won"),
    (0.8, 4, "won"),
    (0.9, 4, "lost"),
    (5, 4, "lost"),
    (6, None, "lost"),
    (100, 4, "pending"),
    (None, 4, "pending"),
    (None, None, "lost"),
]


@tagged("post_install", "-at_install")
class TestResponse(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([("active", "in", [True, False])]).unlink()
        for number, (hours, due, status) in enumerate(CASES):
            cls.add(cls.create_lead(f"Lead {number}"), hours, due, status)

    @classmethod
    def add(cls, lead, hours, due, status):
        """Write past the ORM how soon a lead was answered, and how it ended."""
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            UPDATE crm_lead SET contact_asked_date = %s, contact_answered_date = %s,
                   answer_due = %s, won_status = %s, active = %s, date_closed = %s
             WHERE id = %s
            """,
            (
                START,
                hours is not None and START + timedelta(hours=hours) or None,
                due and START + timedelta(hours=due),
                status,
                status != "lost",
                START + timedelta(days=9) if status != "pending" else None,
                lead.id,
            ),
        )
        cls.env.invalidate_all()

    def group(self, groupby, *specs, user=None):
        report = self.env[REPORT].with_user(user or self.manager)
        return report._read_group([], groupby, specs)

    def test_median_and_ninety_percent(self):
        [(median, most)] = self.group([], "hours:median", "hours_p90:p90")
        self.assertAlmostEqual(median, 2.95)
        self.assertAlmostEqual(most, 53)

    def test_share_in_time(self):
        [row] = self.group([], "due_count:sum", "in_time_count:sum", "in_time_rate:avg")
        self.assertEqual(row, (6, 3, 50))

    def test_won_rate_by_speed_with_bounds(self):
        specs = ("closed_count:sum", "won_rate:avg", "won_low:avg", "won_high:avg")
        rows = {row[0]: row[1:] for row in self.group(["speed"], *specs)}
        self.assertEqual(list(rows), ["hour", "day", "later", "never"])
        low, high = get_bounds(2, 3)
        for found, expected in zip(
            rows["hour"], (3, 200 / 3, low * 100, high * 100), strict=True
        ):
            self.assertAlmostEqual(found, expected)
        self.assertEqual(rows["later"][1:], (False, False, False))

    def test_by_team_person_and_month(self):
        rows = self.group(["team_id", "user_id", "asked_date:month"], "__count")
        self.assertEqual(sum(row[-1] for row in rows), len(CASES))

    def test_whom_we_knew_before_is_left_out(self):
        lead = self.create_lead("Known")
        self.add(lead, -1, None, "pending")
        self.assertFalse(self.env[REPORT].search([("lead_id", "=", lead.id)]))

    def test_a_rep_sees_own_ones(self):
        self.create_lead("Theirs", self.rep_all)
        [(count,)] = self.group([], "__count", user=self.rep)
        self.assertEqual(count, len(CASES))

    def test_the_history_says_when_they_were_answered(self):
        lead = self.create_lead()
        lead._log_contact("Call us", "told", date=START)
        lead._log_contact("Hello", "reached", date=START + timedelta(hours=3))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_asked_date = NULL,"
            " contact_answered_date = NULL WHERE id = %s",
            [lead.id],
        )
        self.env.invalidate_all()
        self.env["crm.contact.evidence"]._read_history()
        self.assertEqual(lead.contact_asked_date, START)
        self.assertEqual(lead.contact_answered_date, START + timedelta(hours=3))
