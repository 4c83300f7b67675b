"""Who may not override asks for an exception, and an approver answers."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES, QualificationCase
from ..tour_case import TourCase

APPROVER = "sales_nemo.group_qualification_approver"
ANSWER = "crm.qualification.exception.answer"


class ExceptionCase(QualificationCase):
    """The approver is the only one, and leads nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env.ref(APPROVER)
        users = cls.env["res.users"].search([("all_group_ids", "in", group.ids)])
        (users - cls.approver - cls.manager - cls.env.user).active = False
        manager = cls.env.ref("sales_team.group_sale_manager")
        (cls.manager | cls.env.user).group_ids -= manager
        cls.team = cls.env["crm.team"].create(
            {"name": "Team", "member_ids": [Command.set(cls.rep.ids)]}
        )

    def create_doubtful_lead(self, **values):
        return self.create_lead(contact_name="Ann", team_id=self.team.id, **values)

    def open_dialog(self, lead, user=None, **values):
        return (
            self.env["crm.lead2opportunity.partner"]
            .with_user(user or self.rep)
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create({"lead_id": lead.id, "name": "convert"} | values)
        )

    def ask(self, lead, reason="They sign tomorrow", user=None):
        """Ask as a salesperson does, in the convert dialog."""
        dialog = self.open_dialog(lead, user, override_reason=reason)
        action = dialog.action_ask_exception()
        return self.env[action["res_model"]].browse(action["res_id"])

    def answer(self, exception, state="granted", word="Just once", user=None):
        values = {"exception_id": exception.id, "state": state, "answer": word}
        dialog = self.env[ANSWER].with_user(user or self.approver).create(values)
        return dialog.action_answer()

    def get_activities(self, lead):
        return self.env["mail.activity"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )


@tagged("post_install", "-at_install")
class TestAsking(ExceptionCase):
    def test_the_approver_gets_one_activity(self):
        lead = self.create_doubtful_lead()
        exception = self.ask(lead)
        self.assertEqual(exception.state, "asked")
        self.assertEqual((exception.user_id, exception.lead_id), (self.rep, lead))
        activity = self.get_activities(lead)
        self.assertEqual(activity.user_id, self.approver)
        self.assertIn("They sign tomorrow", activity.note)
        self.assertEqual(lead.type, "lead")

    def test_the_lead_says_who_asks_and_why(self):
        lead = self.create_doubtful_lead()
        self.ask(lead)
        shown = lead.with_user(self.approver).qualification_exception_id.display_name
        self.assertIn("They sign tomorrow", shown)
        self.assertIn(self.rep.name, shown)

    def test_asking_again_shows_the_open_one(self):
        lead = self.create_doubtful_lead()
        exception = self.ask(lead)
        self.assertEqual(self.ask(lead, "Please", self.rep_all), exception)
        self.assertEqual(exception.reason, "They sign tomorrow")
        self.assertEqual(len(self.get_activities(lead)), 1)

    def test_a_reason_is_asked_for(self):
        for reason in (False, "  "):
            with self.assertRaises(ValidationError):
                self.ask(self.create_doubtful_lead(), reason)

    def test_what_is_typed_in_the_dialog_is_kept(self):
        lead = self.create_doubtful_lead()
        dialog = self.open_dialog(lead, override_reason="Please", need_name="Speed")
        dialog.action_ask_exception()
        self.assertEqual(lead.qualification_need_ids.name, "Speed")

    def test_what_qualifies_needs_none(self):
        lead = self.create_qualified_lead()
        with self.assertRaisesRegex(UserError, "No exception is needed"):
            self.ask(lead)

    def test_where_the_profile_only_advises_none_is_needed(self):
        self.profile.enforcement = "advise"
        with self.assertRaisesRegex(UserError, "No exception is needed"):
            self.ask(self.create_doubtful_lead())

    def test_the_teams_leader_comes_first(self):
        leader = new_test_user(self.env, "leader", groups=f"{SALES},{APPROVER}")
        self.team.user_id = leader
        mine = self.create_doubtful_lead(user=self.rep_all, user_id=leader.id)
        self.assertEqual(self.ask(mine, user=self.rep_all).approver_id, leader)
        hidden = self.create_doubtful_lead()
        self.assertEqual(self.ask(hidden).approver_id, self.approver)

    def test_a_leader_who_may_not_decide_is_not_asked(self):
        self.team.user_id = self.rep_all
        lead = self.create_doubtful_lead()
        self.assertEqual(self.ask(lead).approver_id, self.approver)

    def test_who_works_for_another_company_is_not_asked(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.approver.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        with self.assertRaisesRegex(UserError, "No approver may see this lead"):
            self.ask(self.create_doubtful_lead())

    def test_without_an_approver_it_says_who_could_appoint_one(self):
        self.approver.active = False
        admin = new_test_user(
            self.env, "boss", "base.group_erp_manager", name="Bea Boss"
        )
        with self.assertRaisesRegex(UserError, admin.name):
            self.ask(self.create_doubtful_lead())

    def test_who_may_not_change_the_lead_does_not_ask(self):
        lead = self.create_lead(user=self.rep_all)
        dialog = self.open_dialog(self.create_doubtful_lead(), override_reason="Why")
        dialog.sudo().lead_id = lead
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            dialog.action_ask_exception()


@tagged("post_install", "-at_install")
class TestAnswering(ExceptionCase):
    def setUp(self):
        super().setUp()
        self.lead = self.create_doubtful_lead()
        self.exception = self.ask(self.lead)
        self.activity = self.get_activities(self.lead)

    def get_told(self, user):
        """What the lead's chatter told a user."""
        messages = self.lead.sudo().message_ids
        mine = messages.filtered(
            lambda m: user.partner_id in m.sudo().notified_partner_ids
        )
        return " ".join(mine.mapped("body"))

    def test_granted_is_overridden_by_the_approver(self):
        self.answer(self.exception)
        self.assertEqual(self.lead.type, "opportunity")
        self.assertEqual(self.lead.qualification_state, "overridden")
        decision = self.lead.sudo().qualification_decision_id
        self.assertEqual(decision.user_id, self.approver)
        self.assertEqual(decision.asked_by_id, self.rep)
        self.assertIn("They sign tomorrow", decision.reason)
        self.assertIn("Just once", decision.reason)
        self.assertEqual(self.exception.decision_id, decision)
        self.assertEqual(self.exception.state, "granted")
        self.assertFalse(self.lead.qualification_exception_id)

    def test_granted_makes_the_customer_that_the_dialog_makes(self):
        self.answer(self.exception)
        self.assertEqual(self.lead.partner_id.name, "Ann")
        self.assertEqual(self.lead.user_id, self.rep)

    def test_granted_keeps_the_customer_that_is_there(self):
        customer = self.env["res.partner"].create({"name": "Bert"})
        lead = self.create_doubtful_lead(partner_id=customer.id)
        self.answer(self.ask(lead))
        self.assertEqual(lead.partner_id, customer)

    def test_both_ends_are_told(self):
        for state in ("granted", "declined"):
            with self.subTest(state):
                self.lead = self.create_doubtful_lead()
                exception = self.ask(self.lead)
                activity = self.get_activities(self.lead)
                self.answer(exception, state)
                self.assertIn("Just once", self.get_told(self.rep))
                self.assertFalse(activity.active, "done")
                self.assertFalse(self.get_activities(self.lead))

    def test_declined_stays_a_lead(self):
        self.answer(self.exception, "declined", "Ask for a budget first")
        self.assertEqual(self.lead.type, "lead")
        self.assertEqual(self.exception.state, "declined")
        self.assertEqual(self.exception.answer, "Ask for a budget first")
        self.assertEqual(self.lead.contact_state, "none", "nobody wrote to them")
        self.assertNotEqual(self.ask(self.lead), self.exception, "may ask again")

    def test_who_declines_says_why(self):
        with self.assertRaises(ValidationError):
            self.answer(self.exception, "declined", " ")

    def test_any_approver_may_answer(self):
        other = new_test_user(
            self.env, "other", groups=f"sales_team.group_sale_manager,{APPROVER}"
        )
        self.answer(self.exception, user=other)
        self.assertEqual(self.exception.approver_id, other)
        self.assertFalse(self.activity.active, "whoever's it was")

    def test_the_second_one_is_told_who_answered(self):
        self.answer(self.exception, "declined")
        with self.assertRaises(UserError) as caught:
            self.answer(self.exception)
        self.assertIn(f"Declined, {self.approver.name}", str(caught.exception))
        self.assertEqual(self.lead.type, "lead")

    def test_the_approver_sees_the_verdict(self):
        seen = self.exception.with_user(self.approver).checks
        failed = {check["key"] for check in seen if check["state"] == "failed"}
        self.assertIn("needs_known", failed)
        self.answer(self.exception)
        self.assertEqual(
            self.exception.checks, self.lead.qualification_decision_id.checks
        )

    def test_who_lost_the_right_meanwhile_does_not_grant(self):
        dialog = (
            self.env[ANSWER]
            .with_user(self.approver)
            .create({"exception_id": self.exception.id})
        )
        self.approver.group_ids -= self.env.ref(APPROVER)
        with mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
            for walk in (
                dialog.action_answer,
                lambda: self.exception.with_user(self.approver)._answer("granted", ""),
            ):
                with self.assertRaises(AccessError):
                    walk()
        self.assertEqual(self.lead.type, "lead")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_an_approver_who_may_not_see_the_lead_does_not_answer(self):
        blind = new_test_user(self.env, "blind", groups=f"{SALES},{APPROVER}")
        with self.assertRaises(AccessError):
            self.answer(self.exception, user=blind)
        # asked by themselves, before they could decide
        self.exception.sudo().user_id = blind
        with self.assertRaises(AccessError):
            self.answer(self.exception, user=blind)
        self.assertEqual(self.lead.type, "lead")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_a_salesperson_grants_nothing(self):
        mine = self.exception.with_user(self.rep)
        for walk in (
            lambda: self.answer(mine, user=self.rep),
            lambda: mine._answer("granted", "ok"),
            lambda: mine.write({"state": "granted"}),
            lambda: mine.create({"lead_id": self.lead.id, "date": "2026-01-01"}),
            mine.unlink,
            lambda: self.lead.write({"qualification_exception_id": False}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                walk()
        self.assertEqual(self.lead.type, "lead")

    def test_who_sees_what_is_asked_for(self):
        theirs = self.ask(self.create_lead(user=self.rep_all), user=self.rep_all)
        for user, seen in (
            (self.rep, self.exception),
            (self.rep_all, self.exception | theirs),
            (self.approver, self.exception | theirs),
        ):
            found = self.exception.with_user(user).search([])
            self.assertEqual(found & (self.exception | theirs), seen, user.login)
        self.assertFalse(self.exception.with_user(self.clerk).has_access("read"))

    def test_what_one_asked_for_is_seen_when_the_lead_is_somebody_elses(self):
        self.lead.sudo().user_id = self.rep_all
        mine = self.exception.with_user(self.rep)
        self.assertEqual(mine.search([]), mine)
        self.assertFalse(mine.checks, "the lead is hidden")
        self.answer(self.exception)
        self.env.invalidate_all()
        self.assertFalse(mine.checks, "the decision, too")

    def test_other_companies_do_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.exception.with_user(self.approver)
        self.assertTrue(theirs.has_access("read"))
        moved = {"company_id": other.id, "team_id": False, "user_id": False}
        self.lead.sudo().write(moved)
        self.assertFalse(theirs.has_access("read"))

    def test_the_report_counts_them(self):
        self.answer(self.exception)
        self.lead.sudo().action_set_won()
        declined = self.create_doubtful_lead()
        self.answer(self.ask(declined), "declined")
        self.ask(declined)
        self.env.flush_all()
        report = self.env["crm.qualification.override"].with_user(self.approver)
        counts = ["asked_count", "granted_count", "declined_count", "won_count"]
        rows = report._read_group(
            [("lead_id", "in", (self.lead | declined).ids)],
            ["exception", "outcome"],
            [f"{name}:sum" for name in (*counts, "opportunity_count")],
        )
        self.assertEqual(
            rows,
            [
                ("asked", "lead", 2, 0, 1, 0, 0),
                ("granted", "overridden", 1, 1, 0, 1, 1),
            ],
        )


@tagged("post_install", "-at_install")
class TestEnding(ExceptionCase):
    def setUp(self):
        super().setUp()
        self.lead = self.create_doubtful_lead()
        self.exception = self.ask(self.lead)

    def assertOver(self, state, exception=None):
        exception = exception or self.exception
        self.assertEqual(exception.state, state)
        self.assertTrue(exception.date_end)
        self.assertFalse(self.get_activities(self.lead))
        self.assertFalse(self.lead.exists().qualification_exception_id)
        with self.assertRaisesRegex(UserError, "has ended already"):
            self.answer(exception)
        self.assertEqual(self.env["crm.qualification.check"]._compare(), {})

    def test_withdrawn_by_who_asked(self):
        mine = self.exception.with_user(self.rep)
        mine.action_withdraw()
        self.assertOver("withdrawn")
        with self.assertRaisesRegex(UserError, "Withdrawn"):
            mine.action_withdraw()

    def test_nobody_else_withdraws_it(self):
        with self.assertRaises(AccessError):
            self.exception.with_user(self.approver).action_withdraw()

    def test_it_qualifies_meanwhile(self):
        self.add_facts(self.lead)
        self.assertOver("overtaken")

    def test_the_policy_asks_for_less(self):
        self.profile.action_switch_off()
        self.assertOver("overtaken")

    def test_it_becomes_an_opportunity_without_qualifying(self):
        self.profile.action_advise()
        self.lead.convert_opportunity(False)
        self.assertOver("overtaken")

    def test_an_approver_converts_it_without_looking(self):
        dialog = self.open_dialog(self.lead, self.approver, override_reason="Boss")
        dialog.action_override()
        self.assertEqual(self.lead.type, "opportunity")
        self.assertOver("overtaken")

    def test_it_is_lost(self):
        self.lead.action_set_lost()
        self.assertOver("overtaken")

    def test_it_is_archived(self):
        self.lead.action_archive()
        self.assertOver("overtaken")

    def test_it_is_merged_into_another(self):
        head = self.create_qualified_lead()
        head.convert_opportunity(False)
        (head | self.lead).with_user(self.approver)._merge_opportunity()
        self.assertFalse(self.lead.exists())
        self.assertEqual(self.exception.lead_id, head)
        self.assertOver("overtaken")

    def test_it_is_deleted(self):
        self.lead.sudo().unlink()
        self.assertOver("overtaken")
        self.assertEqual(self.exception.lead_name, "Lead")

    def test_check_data_finds_what_is_over_and_still_shown(self):
        self.env.flush_all()
        query = (
            "UPDATE crm_qualification_exception SET state = 'declined' WHERE id = %s"
        )
        self.env.cr.execute(query, [self.exception.id])
        self.env.invalidate_all()
        found = self.env["crm.qualification.check"]._compare()
        self.assertEqual(list(found), ["crm.lead.qualification_exception_id"])

    def test_a_copy_asks_for_nothing(self):
        self.assertFalse(self.lead.copy().qualification_exception_id)

    def test_a_fact_that_is_not_enough_ends_nothing(self):
        self.lead._log_contact("We talked", "reached")
        self.assertEqual(self.exception.state, "asked")


@tagged("post_install", "-at_install")
class TestExceptionTour(ExceptionCase, TourCase):
    def test_asked_and_granted(self):
        self.env["res.config.settings"].create({"group_use_lead": True}).execute()
        self.rep.password = "rep"
        self.approver.password = "approver"
        lead = self.create_doubtful_lead()
        url = f"/odoo/crm.lead/{lead.id}"
        self.start_tour(url, "qualification_ask_exception", login="rep")
        self.assertEqual(lead.qualification_exception_id.reason, "They sign tomorrow")
        self.start_tour(url, "qualification_grant_exception", login="approver")
        self.assertEqual(lead.qualification_state, "overridden")
