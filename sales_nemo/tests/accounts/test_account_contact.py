"""Who talked to an account last, and what warns of talking to it."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tests import tagged

from .account_case import DAY, AccountCase


@tagged("post_install", "-at_install")
class TestLastContact(AccountCase):
    def receive(self, person, date):
        root = self.env.ref("base.user_root")
        return person.with_user(root).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=person.email,
            author_id=person.id,
            date=date,
        )

    def test_by_whom(self):
        lead = self.create_lead(partner_id=self.bob.id)
        lead._log_contact("Talked", "reached", date=self.now - 3 * DAY)
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), (self.rep.name, "reached"))
        self.receive(self.ann, self.now - 2 * DAY)
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), ("Ann", "inbound"))
        lead.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.bob.ids,
        )
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), (self.rep.name, "outbound"))

    def test_meeting(self):
        stop = self.now.replace(microsecond=0) - DAY
        investor = self.env["res.partner"].create({"name": "Investor"})
        self.env["calendar.event"].with_user(self.rep).create(
            {
                "name": "Secret",
                "privacy": "private",
                "start": stop - timedelta(hours=1),
                "stop": stop,
                "partner_ids": (self.rep.partner_id | self.ann | investor).ids,
            }
        )
        row = self.get_sheet(user=self.rep_all)["last_contact"]
        self.assertTrue(row["is_meeting"])
        self.assertEqual(row["date"], Datetime.to_string(stop))
        self.assertEqual(row["by"], self.rep.name, "Odoo shows no more than that")
        self.assertNotIn("Secret", str(row))
        row = self.get_sheet()["last_contact"]
        self.assertIn("Ann", row["by"])
        self.assertNotIn("Investor", row["by"], "of another account")
        with self.assertRaises(UserError):
            self.ann.with_user(self.rep_all).action_open_last_contact()
        action = self.ann.with_user(self.rep).action_open_last_contact()
        self.assertEqual(action["res_model"], "calendar.event")

    def test_none_to_open(self):
        with self.assertRaises(UserError):
            self.ann.with_user(self.rep).action_open_last_contact()

    def test_open(self):
        message = self.receive(self.ann, self.now - 2 * DAY)
        action = self.bob.with_user(self.rep).action_open_last_contact()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("mail.message", message.id)
        )

    def test_another_companys_contact(self):
        """What another company talked about on its own leads is not shown."""
        company, rep = self.create_company()
        lead = self.env["crm.lead"].create(
            {
                "name": "Theirs",
                "type": "lead",
                "partner_id": self.ann.id,
                "company_id": company.id,
                "user_id": rep.id,
                "team_id": False,
            }
        )
        lead._log_contact("Talked", "reached")
        self.assertIsNone(self.get_sheet()["last_contact"])
        self.assertTrue(self.get_sheet(user=rep)["last_contact"])


@tagged("post_install", "-at_install")
class TestWarnings(AccountCase):
    def lose(self, person, reason=None, user=None, **values):
        lead = self.create_lead(user=user, partner_id=person.id, **values)
        lead.sudo().action_set_lost(lost_reason_id=reason.id if reason else False)
        return lead

    def get(self, name, partner=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.ann).with_user(user or self.rep)[name]

    def test_refusals(self):
        price, timing = self.env["crm.lost.reason"].create(
            [{"name": "Too dear"}, {"name": "Not now"}]
        )
        self.assertFalse(self.get("crm_refusals"))
        self.lose(self.ann, timing)
        self.assertEqual(self.get("crm_refusals"), "Not now")
        self.lose(self.ann, price)
        self.lose(self.bob, price, user=self.rep_all)
        self.assertEqual(self.get("crm_refusals", self.bob), "Too dear")
        self.assertEqual(
            self.get("crm_refusals", self.account), "Too dear (2), Not now"
        )
        lead = self.lose(self.bob)
        self.assertEqual(
            self.get("crm_refusals", self.bob), "Too dear, no reason given"
        )
        lead.action_restore()
        self.assertEqual(self.get("crm_refusals", self.bob), "Too dear")
        self.assertFalse(self.get("crm_refusals", self.stranger))

    def test_refusals_of_another_company(self):
        company, rep = self.create_company()
        lead = self.lose(self.ann)
        lead.sudo().write({"user_id": False, "team_id": False})
        lead.sudo().company_id = company
        self.assertFalse(self.get("crm_refusals"))
        self.assertEqual(self.get("crm_refusals", user=rep), "no reason given")
        lead.sudo().company_id = False
        self.assertEqual(self.get("crm_refusals"), "no reason given")

    def test_opted_out(self):
        self.assertFalse(self.get("crm_opted_out"))
        self.env["mail.blacklist"].create({"email": "ann@acme.example"})
        self.assertTrue(self.get("crm_opted_out"))
        self.assertFalse(self.get("crm_opted_out", self.bob))
        self.assertFalse(self.get("crm_opted_out", self.account))
        self.bob.phone = "+32475123456"
        self.env["phone.blacklist"].create({"number": "+32475123456"})
        self.assertTrue(self.get("crm_opted_out", self.bob))

    def test_taken_off_a_mailing_list(self):
        if "mailing.subscription" not in self.env:
            self.assertEqual(
                self.env["res.partner"]._get_unsubscribed(["ann@acme.example"]), set()
            )
            return
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        contact = self.env["mailing.contact"].create(
            {"name": "Ann", "email": "Ann@Acme.example"}
        )
        subscription = self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": mailing_list.id}
        )
        self.assertFalse(self.get("crm_opted_out"))
        subscription.opt_out = True
        self.assertTrue(self.get("crm_opted_out"))
        self.assertFalse(self.get("crm_opted_out", self.stranger))
