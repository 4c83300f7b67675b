"""Exceptions asked for where a stage refused; approvers who can answer no more."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..common import SALES_ALL
from .test_exceptions import APPROVER, ExceptionCase
from .test_stages import StageCase


class StageExceptionCase(StageCase, ExceptionCase):
    def setUp(self):
        super().setUp()
        self.profile.team_ids = self.team
        self.profile._add_version()
        self.deal = self.create_deal(team_id=self.team.id)

    def ask_for_stage(self, deal=None, reason="They sign tomorrow", **values):
        """Ask as a salesperson does, in the dialog that the refused stage opens."""
        values = {"lead_id": (deal or self.deal).id, "override_reason": reason} | values
        values.setdefault("stage_id", self.proposition.id)
        dialog = self.env["crm.lead.enter.stage"].with_user(self.rep).create(values)
        action = dialog.action_ask_exception()
        return self.env[action["res_model"]].browse(action["res_id"])

    def assertOver(self, exception, state="overtaken"):
        self.assertEqual(exception.state, state)
        self.assertTrue(exception.date_end)
        self.assertFalse(self.get_activities(self.deal))
        self.assertFalse(self.deal.exists().qualification_exception_id)
        with self.assertRaisesRegex(UserError, "has ended already"):
            self.answer(exception)
        self.assertEqual(self.env["crm.qualification.check"]._compare(), {})


@tagged("post_install", "-at_install")
class TestStageExceptions(StageExceptionCase):
    def test_the_approver_gets_one_activity(self):
        exception = self.ask_for_stage()
        self.assertEqual((exception.goal, exception.state), ("stage", "asked"))
        self.assertEqual(exception.stage_id, self.proposition)
        self.assertEqual(self.ask_for_stage(reason="Please"), exception)
        activity = self.get_activities(self.deal)
        self.assertEqual(activity.user_id, self.approver)
        self.assertIn("They sign tomorrow", activity.note)
        self.assertEqual(self.deal.stage_id, self.new)

    def test_the_opportunity_says_which_stage_is_asked_for(self):
        shown = self.ask_for_stage().with_user(self.approver).display_name
        self.assertIn("“Proposition”: They sign tomorrow", shown)

    def test_the_approver_sees_what_the_stage_asks_for(self):
        checks = self.ask_for_stage().with_user(self.approver).checks
        failed = {check["key"] for check in checks if check["state"] == "failed"}
        self.assertEqual(failed, {"criteria_met"})

    def test_granted_it_enters_the_stage_by_the_approver(self):
        exception = self.ask_for_stage()
        activity = self.get_activities(self.deal)
        self.answer(exception)
        self.assertEqual(self.deal.stage_id, self.proposition)
        decision = self.get_last(self.deal)
        self.assertEqual(
            (decision.path, decision.outcome, decision.stage_id),
            ("stage", "overridden", self.proposition),
        )
        self.assertEqual(decision.user_id, self.approver)
        self.assertEqual(decision.asked_by_id, self.rep)
        self.assertEqual(decision.reason, "They sign tomorrow – Just once")
        self.assertFalse(decision.is_pending)
        self.assertEqual(exception.decision_id, decision)
        self.assertEqual(exception.checks, decision.checks)
        self.assertFalse(activity.active, "done")
        self.assertEqual(self.deal.user_id, self.rep)
        self.assertOver(exception, "granted")

    def test_granted_into_the_won_stage_it_is_won(self):
        exception = self.ask_for_stage(stage_id=self.won.id)
        self.answer(exception)
        self.assertEqual(self.deal.won_status, "won")
        self.assertOver(exception, "granted")

    def test_granted_once(self):
        self.answer(self.ask_for_stage())
        self.deal.stage_id = self.new
        with self.assertRaisesRegex(UserError, "Budget?"):
            self.deal.stage_id = self.proposition

    def test_declined_it_stays(self):
        exception = self.ask_for_stage()
        self.answer(exception, "declined", "Ask for a budget first")
        self.assertEqual(self.deal.stage_id, self.new)
        self.assertIn("Ask for a budget first", self.deal.message_ids[0].body)
        self.assertOver(exception, "declined")
        self.assertNotEqual(self.ask_for_stage(), exception, "may ask again")

    def test_withdrawn_by_who_asked(self):
        exception = self.ask_for_stage()
        exception.with_user(self.rep).action_withdraw()
        self.assertOver(exception, "withdrawn")

    def test_overtaken(self):
        """By facts, by another way of the card, by its end."""
        other = self.env["crm.team"].create({"name": "Other"})
        ways = {
            "facts": lambda d: d.save_qualification_answer(self.budget.id, "yes"),
            "an approver": lambda d: d.with_user(self.approver)._override_stage(
                self.proposition, "Boss"
            ),
            "another stage": lambda d: d.write({"stage_id": self.qualified.id}),
            "back to a lead": lambda d: d.sudo().write({"type": "lead"}),
            "lost": lambda d: d.action_set_lost(),
            "archived": lambda d: d.action_archive(),
            "the policy": lambda d: self.profile.action_advise(),
            "the order": lambda d: self.proposition.write({"sequence": -5}),
            "another profile": lambda d: d.sudo().write({"team_id": other.id}),
        }
        for way, go in ways.items():
            self.deal = self.create_deal(team_id=self.team.id)
            with self.subTest(way), self.env.cr.savepoint() as savepoint:
                exception = self.ask_for_stage()
                go(self.deal)
                self.assertOver(exception)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_what_is_no_way_there_ends_nothing(self):
        exception = self.ask_for_stage()
        self.deal.save_qualification_answer(self.budget.id, "no")
        self.deal.name = "Renamed"
        with self.assertRaises(UserError):
            self.deal.stage_id = self.proposition
        self.assertEqual(exception.state, "asked")

    def test_it_is_merged_or_deleted(self):
        exception = self.ask_for_stage()
        head = self.create_deal(self.qualified, team_id=self.team.id)
        (head | self.deal).with_user(self.approver)._merge_opportunity()
        self.assertEqual(exception.lead_id, head)
        self.assertOver(exception)
        self.deal = self.create_deal(team_id=self.team.id)
        exception = self.ask_for_stage()
        self.deal.sudo().unlink()
        self.assertOver(exception)

    def test_its_stage_is_deleted(self):
        stage = self.env["crm.stage"].create({"name": "Late", "sequence": 50})
        exception = self.ask_for_stage(stage_id=stage.id)
        stage.unlink()
        self.assertOver(exception)

    def test_what_is_not_refused_needs_none(self):
        with self.assertRaisesRegex(UserError, "No exception is needed"):
            self.ask_for_stage(stage_id=self.qualified.id)
        lead = self.create_doubtful_lead()
        with self.assertRaisesRegex(UserError, "No exception is needed"):
            self.ask_for_stage(lead)

    def test_a_reason_is_asked_for(self):
        with self.assertRaisesRegex(ValidationError, "Say why"):
            self.ask_for_stage(reason=" ")

    def test_what_is_typed_in_the_dialog_is_kept(self):
        self.ask_for_stage(need_name="Speed")
        self.assertIn("Speed", self.deal.qualification_need_ids.mapped("name"))

    def test_a_salesperson_grants_nothing(self):
        exception = self.ask_for_stage()
        with self.assertRaises(AccessError):
            exception.with_user(self.rep)._answer("granted", "ok")
        self.assertEqual(self.deal.stage_id, self.new)


@tagged("post_install", "-at_install")
class TestLostRight(ExceptionCase):
    """The approver who is asked can't answer any more: the daily job asks another."""

    def setUp(self):
        super().setUp()
        self.lead = self.create_doubtful_lead()
        self.exception = self.ask(self.lead)
        self.next = new_test_user(self.env, "next", f"{SALES_ALL},{APPROVER}")

    def review(self):
        self.env["crm.qualification.profile"]._cron_review()

    def assertAsked(self, user):
        self.assertEqual(self.exception.state, "asked")
        self.assertEqual(self.exception.approver_id, user)
        self.assertEqual(self.get_activities(self.lead).user_id, user)

    def test_the_next_one_is_asked(self):
        hides = {"group_ids": [Command.unlink(self.env.ref(SALES_ALL).id)]}
        other = self.env["res.company"].create({"name": "Other"})
        moves = {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        ways = {
            "archived": {"active": False},
            "no approver any more": {
                "group_ids": [Command.unlink(self.env.ref(APPROVER).id)]
            },
            "may not read it": hides,
            "another company": moves,
        }
        for way, values in ways.items():
            with self.subTest(way), self.env.cr.savepoint() as savepoint:
                self.approver.write(values)
                self.review()
                self.assertAsked(self.next)
                self.assertIn("They sign", self.get_activities(self.lead).note)
                self.answer(self.exception, user=self.next)
                self.assertEqual(self.lead.qualification_state, "overridden")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_who_still_may_is_asked_once(self):
        activity = self.get_activities(self.lead)
        self.team.user_id = self.next
        self.review()
        self.assertEqual(self.get_activities(self.lead), activity)
        self.assertAsked(self.approver)

    def test_without_anybody_it_waits(self):
        (self.approver | self.next).active = False
        self.review()
        self.assertEqual(self.exception.state, "asked")
        self.next.active = True
        self.review()
        self.assertAsked(self.next)
