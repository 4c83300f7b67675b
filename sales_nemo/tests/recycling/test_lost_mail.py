"""Mails on lost records, through the gateway."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from ..common import SALES
from ..evidence.test_gateway import US, GatewayCase
from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestLostMail(GatewayCase, RecyclingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_id = cls.rep_all
        cls.lead.team_id = cls.team
        cls.other = new_test_user(cls.env, "other", groups=SALES, email=f"other@{US}")

    def come_back(self, **plan):
        """Attempt 2 of the lead, with another owner."""
        self.lose(self.lead, self.late, **plan)
        new = self.recycle(self.lead).sudo()
        new.with_context(tracking_disable=False).user_id = self.other
        return new

    def notes(self, lead):
        return "".join(lead.message_ids.mapped("body"))

    def test_an_answer_goes_to_the_running_attempt(self):
        new = self.come_back()
        reply = self.process(self.reply())
        self.assertEqual(reply.res_id, new.id)
        self.assertContact("inbound", reply, new)
        self.assertContact("outbound", self.sent, self.lead)
        self.assertIn(self.other.partner_id, reply.notified_partner_ids)
        self.assertIn("Answered by mail", self.notes(self.lead))
        self.assertIn(f"#{new.id}", self.notes(self.lead))

    def test_an_answer_goes_to_the_third_attempt(self):
        second = self.come_back()
        self.lose(second, self.late)
        third = self.recycle(second)
        reply = self.process(self.reply())
        self.assertEqual(reply.res_id, third.id)
        self.assertContact("inbound", reply, third)

    def test_an_answer_goes_to_an_attempt_in_the_pool(self):
        new = self.come_back(recycle_to="pool")
        new.user_id = False
        self.assertEqual(self.process(self.reply()).res_id, new.id)
        self.assertContact("inbound", lead=new)

    def test_what_was_to_come_back_comes_back_when_they_write(self):
        self.lose(self.lead, self.late)
        self.lead.sudo().recycle_date = fields.Date.today() + timedelta(days=90)
        reply = self.process(self.reply())
        new = self.lead.sudo().recycled_lead_ids
        self.assertEqual((reply.res_id, new.user_id), (new.id, self.seller))
        self.assertContact("inbound", reply, new)
        self.assertEqual(new.activity_ids.summary, "They wrote: it came back")
        self.assertEqual(new.activity_ids.user_id, self.seller)
        again = self.process(self.reply())
        self.assertEqual(again.res_id, new.id)

    def test_programs_and_our_own_bring_nothing_back(self):
        self.lose(self.lead, self.late)
        self.process(self.reply(headers=[("Auto-Submitted", "auto-replied")]))
        self.process(self.reply(sender=self.other.email))
        self.assertFalse(self.lead.sudo().recycled_lead_ids)
        self.assertFalse(self.lead.activity_ids)

    def test_what_is_fed_by_just_anybody_brings_nothing_back(self):
        self.lose(self.lead, self.late)
        gateway = self.gateway.with_user(self.other)
        gateway.message_process(None, self.reply().as_string())
        self.assertFalse(self.lead.sudo().recycled_lead_ids)

    def test_somebody_is_told_once_where_nothing_comes_back(self):
        self.lose(self.lead, recycle_to="never")
        self.lead.sudo().recycle_date = False
        for _time in range(2):
            reply = self.process(self.reply())
            self.assertEqual(reply.res_id, self.lead.id)
        self.assertEqual(self.lead.activity_ids.user_id, self.seller)
        self.assertEqual(len(self.lead.activity_ids), 1)

    def test_the_team_leader_is_told_where_the_owner_left(self):
        self.lose(self.lead, recycle_to="never")
        self.lead.sudo().recycle_date = False
        self.seller.active = False
        self.process(self.reply())
        self.assertEqual(self.lead.activity_ids.user_id, self.rep_all)

    def test_what_was_restored_takes_in_its_own_mail(self):
        self.lose(self.lead, self.late)
        self.lead.action_restore()
        reply = self.process(self.reply())
        self.assertEqual(reply.res_id, self.lead.id)
        self.assertContact("two_way", reply)

    def test_what_came_back_is_not_restored(self):
        new = self.come_back()
        lost = self.lead.with_user(self.seller)
        for restore in (
            lost.action_restore,
            lost.action_unarchive,
            lambda: lost.write({"active": True}),
        ):
            with self.assertRaises(RedirectWarning) as caught:
                restore()
            text, action, _button = caught.exception.args[:3]
            self.assertIn(f"#{new.id}", text)
            self.assertEqual(action["res_id"], new.id)
        self.assertEqual(self.lead.won_status, "lost")
