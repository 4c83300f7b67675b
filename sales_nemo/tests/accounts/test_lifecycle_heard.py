"""When a contact or an account was last heard of."""

from odoo.tests import tagged

from .lifecycle_case import DAY, HOUR, LifecycleCase


@tagged("post_install", "-at_install")
class TestHeard(LifecycleCase):
    def assertHeard(self, date, *partners, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        for partner in partners:
            with self.subTest(partner=partner.name):
                partner = partner.with_company(company or self.company)
                self.assertEqual(partner.crm_heard_date, date)
        self.assertNothingStale()

    def test_nothing(self):
        self.add_lead(self.ann)
        self.assertHeard(False, self.ann, self.account)

    def test_on_a_lead(self):
        lead = self.add_lead(self.ann, company=self.company)
        date = self.now.replace(microsecond=0) - 3 * DAY
        lead._log_contact("Talked", "reached", date=date)
        self.assertHeard(date, self.ann, self.account)
        self.assertHeard(False, self.ann, self.account, company=self.other)
        lead._log_contact("Rang", "no_answer", date=date + DAY)
        self.assertHeard(date, self.ann, self.account)
        lead.unlink()
        self.assertHeard(False, self.ann, self.account)

    def test_mail_without_a_lead(self):
        date = self.now.replace(microsecond=0) - 2 * DAY
        message = self.receive(self.ann, date)
        self.assertHeard(date, self.ann, self.account)
        self.assertHeard(False, self.bob)
        message.unlink()
        self.assertHeard(False, self.ann, self.account)

    def test_meeting_without_a_lead(self):
        meeting = self.meet(self.ann, 5 * HOUR)
        self.assertHeard(meeting.stop, self.ann, self.account)
        self.assertHeard(False, self.bob)
        meeting.attendee_ids.filtered(
            lambda a: a.partner_id == self.ann
        ).state = "declined"
        self.assertHeard(False, self.ann, self.account)

    def test_meeting_of_a_deleted_lead(self):
        """Odoo keeps the meeting; it is now one of no lead."""
        lead = self.add_lead(self.bob, company=self.company)
        meeting = self.meet(self.ann, 5 * HOUR, lead)
        self.assertHeard(meeting.stop, self.bob, self.account)
        self.assertHeard(False, self.ann)
        lead.unlink()
        self.assertTrue(meeting.exists())
        for company in (self.company, self.other):
            self.assertHeard(meeting.stop, self.ann, self.account, company=company)
        self.assertHeard(False, self.bob)

    def test_meeting_with_a_deleted_person(self):
        """Nobody is left whom a meeting without a lead would be contact with."""
        lead = self.add_lead(self.bob)
        self.meet(self.ann, 5 * HOUR)
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "two_way")
        self.ann.unlink()
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "none")
        self.assertHeard(False, self.bob, self.account)

    def test_leaves_with_the_person(self):
        date = self.now.replace(microsecond=0) - 2 * DAY
        self.receive(self.ann, date)
        self.ann.parent_id = self.rival
        self.assertHeard(date, self.ann, self.rival)
        self.assertHeard(False, self.account)

    def test_meeting_leaves_with_the_person(self):
        """Leads of the old account lose the meeting, those of the new one gain it."""
        old, new = self.add_lead(self.bob), self.add_lead(self.eve)
        meeting = self.meet(self.ann, 5 * HOUR)
        self.env.flush_all()
        self.assertEqual((old.contact_state, new.contact_state), ("two_way", "none"))
        self.ann.parent_id = self.rival
        self.env.flush_all()
        self.assertEqual((old.contact_state, new.contact_state), ("none", "two_way"))
        self.assertHeard(meeting.stop, self.ann, self.rival)
        self.assertHeard(False, self.account)
