"""What is asked for from a stage on, on every path into that stage."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...exceptions import StageRefused
from ..common import QualificationCase
from ..tour_case import TourCase


class StageCase(QualificationCase):
    """The budget is asked for from the third stage on, the size from the won one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new, cls.qualified, cls.proposition, cls.won = (
            cls.env.ref(f"crm.stage_lead{number}") for number in range(1, 5)
        )
        cls.budget.write({"requirement": "met", "stage_id": cls.proposition.id})
        cls.size.write({"requirement": "met", "stage_id": cls.won.id})

    @classmethod
    def create_deal(cls, stage=None, name="Deal", **values):
        """An opportunity that qualified; of budget and size nothing is known."""
        lead = cls.create_qualified_lead(name, **values)
        lead.convert_opportunity(lead.partner_id)
        lead.stage_id = stage or cls.new
        return lead

    def get_last(self, deal):
        return deal.sudo().qualification_decision_ids.sorted("id")[-1:]


@tagged("post_install", "-at_install")
class TestStages(StageCase):
    def test_paths_of_a_person(self):
        """Each refused with what is missing, and nothing is moved."""
        deal, other = self.create_deal(), self.create_deal(self.qualified)
        third = self.proposition.id
        paths = {
            "write": lambda: deal.write({"stage_id": third}),
            "several": lambda: (deal | other).write({"stage_id": third}),
            "web": lambda: deal.web_save({"stage_id": third}, {}),
            "skipping": lambda: deal.write({"stage_id": self.won.id}),
            "won button": lambda: deal.action_set_won(),
            "rainbow": lambda: deal.action_set_won_rainbowman(),
            "with probability": lambda: deal.write(
                {"probability": 100, "stage_id": self.won.id}
            ),
            "with type": lambda: deal.write({"type": "opportunity", "stage_id": third}),
            "there and back": lambda: deal.write({"stage_id": third, "active": False}),
        }
        for path, go in paths.items():
            with self.subTest(path=path), self.assertRaisesRegex(UserError, "Budget?"):
                with self.env.cr.savepoint():
                    go()
            self.assertEqual(
                (deal.stage_id, other.stage_id), (self.new, self.qualified)
            )

    def test_import(self):
        deal = self.create_deal()
        self.env["ir.model.data"].create(
            {"name": "deal", "module": "t", "model": "crm.lead", "res_id": deal.id}
        )
        result = self.leads.load(["id", "stage_id"], [["t.deal", "Proposition"]])
        self.assertIn("Budget?", result["messages"][0]["message"])
        self.assertEqual(deal.stage_id, self.new)

    def test_created_in_a_stage_it_is_flagged(self):
        values = {"type": "opportunity", "stage_id": self.proposition.id}
        deal = self.create_lead(**values)
        self.assertEqual(deal.qualification_state, "flagged")
        failed = deal.qualification_failed.split()
        self.assertIn("criteria_met", failed)

    def test_the_won_stage_is_declared_later(self):
        deal = self.create_deal(self.qualified)
        self.size.stage_id = self.qualified
        with self.assertRaisesRegex(UserError, "Size?"), self.env.cr.savepoint():
            self.qualified.is_won = True
        self.assertEqual(deal.won_status, "pending")

    def test_quiet_paths(self):
        """Nobody is stopped; it stays where it is, and a note says why."""
        portal = new_test_user(self.env, "stages_portal", groups="base.group_portal")
        for path, user, context in (
            ("portal", portal, {}),
            ("automatic", self.rep, {"cron_id": 1}),
        ):
            deal = self.create_deal(name=path)
            there = deal.with_user(user).with_context(**context).sudo()
            with self.subTest(path=path):
                there.write({"stage_id": self.proposition.id, "color": 3})
                self.assertEqual((deal.stage_id, deal.color), (self.new, 3))
                last = self.get_last(deal)
                self.assertEqual(
                    (last.path, last.outcome, last.stage_id),
                    (path, "refused", self.proposition),
                )
                self.assertIn("Budget?", deal.message_ids[0].body)

    def test_a_repeated_quiet_refusal_is_noted_once(self):
        deal = self.create_deal()
        quiet = deal.with_context(cron_id=1)
        quiet.stage_id = self.proposition
        count = len(deal.message_ids)
        quiet.stage_id = self.proposition
        self.assertEqual(len(deal.message_ids), count)

    def test_merging_into_a_later_stage(self):
        deal, other = self.create_deal(), self.create_deal(self.qualified)
        self.proposition.sequence = self.new.sequence - 1
        other.stage_id = self.proposition
        self.proposition.sequence = self.qualified.sequence
        (deal | other).merge_opportunity()
        self.assertEqual((deal | other).exists().stage_id, self.proposition)

    def test_back_is_free(self):
        deal = self.create_deal()
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        deal.save_qualification_answer(self.budget.id, "no")
        deal.stage_id = self.qualified
        self.assertEqual(deal.stage_id, self.qualified)
        with self.assertRaises(UserError):
            deal.stage_id = self.proposition

    def test_restored_it_is_no_entry(self):
        deal = self.create_deal()
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        deal.save_qualification_answer(self.budget.id, "no")
        deal.action_set_lost()
        deal.toggle_active()
        self.assertEqual((deal.active, deal.stage_id), (True, self.proposition))

    def test_what_stands_in_a_stage_stays(self):
        self.budget.stage_id = False
        self.budget.requirement = "none"
        deal = self.create_deal(self.proposition)
        self.budget.write({"requirement": "met", "stage_id": self.proposition.id})
        deal.write({"name": "Still there", "stage_id": self.proposition.id})
        self.assertEqual(deal.stage_id, self.proposition)
        self.assertEqual(deal.qualification_state, "qualified")

    def test_what_is_there_lets_it_in(self):
        deal = self.create_deal()
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        last = self.get_last(deal)
        self.assertEqual(
            (last.path, last.outcome, last.stage_id),
            ("stage", "passed", self.proposition),
        )

    def test_skipping_asks_for_all_between(self):
        deal = self.create_deal()
        deal.save_qualification_answer(self.size.id, "Large")
        with self.assertRaisesRegex(UserError, "Budget?"):
            deal.action_set_won()
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.action_set_won()
        self.assertEqual(deal.won_status, "won")

    def test_what_the_conversion_asked_is_not_asked_again(self):
        deal = self.create_deal()
        deal.sudo().qualification_need_ids.unlink()
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        self.assertEqual(deal.stage_id, self.proposition)

    def test_needs_and_commitments_from_a_stage_on(self):
        self.profile.write(
            {
                "needs_stage_id": self.qualified.id,
                "commitments_stage_id": self.qualified.id,
            }
        )
        lead = self.create_lead(contact_name="Ann", phone="+32 2 555 12 34")
        lead._log_contact("We talked", "reached")
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(lead.qualification_state, "qualified")
        with self.assertRaisesRegex(UserError, "(?s)Needs.*Commit"):
            lead.stage_id = self.qualified

    def test_before_its_stage_a_question_earns_nothing(self):
        self.profile.score_min = 50
        lead = self.create_qualified_lead()
        question = self.env["crm.qualification.criterion"].create(
            {"profile_id": self.profile.id, "name": "Now?", "weight": 1}
        )
        lead.save_qualification_answer(question.id, "yes")
        self.assertEqual(lead.qualification_score, 100)
        self.assertEqual(lead.qualification_state, "ready")

    def test_stages_of_a_lead_are_asked_for_at_its_conversion(self):
        lead = self.create_qualified_lead(stage_id=self.proposition.id)
        with self.assertRaisesRegex(UserError, "Budget?"):
            lead.convert_opportunity(lead.partner_id)

    def test_the_order_is_read_live(self):
        deal = self.create_deal()
        self.proposition.sequence = self.new.sequence
        self.new.sequence = self.qualified.sequence = 50
        deal.stage_id = self.proposition
        self.assertEqual(deal.stage_id, self.proposition)

    def test_reordering_judges_nobody(self):
        deal = self.create_deal(self.qualified)
        count = len(deal.sudo().qualification_decision_ids)
        self.proposition.sequence = -5
        self.assertEqual(deal.stage_id, self.qualified)
        self.assertEqual(len(deal.sudo().qualification_decision_ids), count)
        self.profile._add_version()
        self.assertFalse(self.env["crm.qualification.check"]._compare())

    def test_advised_it_moves_and_is_logged(self):
        self.profile.enforcement = "advise"
        deal = self.create_deal()
        deal.stage_id = self.proposition
        last = self.get_last(deal)
        self.assertEqual((last.path, last.outcome), ("stage", "advised"))
        self.assertEqual(deal.stage_id, self.proposition)

    def test_another_team_with_a_stage_of_its_own(self):
        """What Odoo moves into a stage of the new team meets the gate, too."""
        team = self.env["crm.team"].create({"name": "Divers"})
        self.new.team_ids = self.qualified.team_ids = self.env.ref(
            "sales_team.team_sales_department"
        )
        stage = self.env["crm.stage"].create(
            {
                "name": "Dive",
                "sequence": self.proposition.sequence,
                "team_ids": team.ids,
            }
        )
        self.proposition.sequence += 1
        self.budget.stage_id = stage
        deal = self.create_deal(self.qualified)
        home = deal.team_id
        for vals in ({"team_id": team.id}, {"team_id": team.id, "color": 3}):
            with self.assertRaisesRegex(UserError, "(?s)“Dive”.*Budget?"):
                with self.env.cr.savepoint():
                    deal.write(vals)
            self.assertEqual((deal.team_id, deal.stage_id), (home, self.qualified))
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.team_id = team
        self.assertEqual((deal.team_id, deal.stage_id), (team, stage))
        last = self.get_last(deal)
        self.assertEqual((last.path, last.stage_id), ("stage", stage))

    def test_a_detour_by_another_profile_is_flagged(self):
        team = self.env["crm.team"].create({"name": "Lenient"})
        self.env["crm.qualification.profile"].create(
            {
                "name": "Lenient",
                "state": "published",
                "sequence": 0,
                "team_ids": team.ids,
                "needs_required": 0,
                "commitments_required": 0,
            }
        )
        deal = self.create_deal()
        home = deal.team_id
        deal.write({"team_id": team.id, "stage_id": self.won.id})
        deal.write({"team_id": home.id})
        self.assertEqual(deal.qualification_profile_id, self.profile)
        self.assertEqual(self.get_last(deal).outcome, "flagged")

    def test_an_override_that_was_not_needed_opens_nothing_later(self):
        deal = self.create_deal(user=self.approver)
        deal.save_qualification_answer(self.budget.id, "yes")
        deal._override_stage(self.proposition, "ok")
        deal.stage_id = self.new
        deal.save_qualification_answer(self.budget.id, "no")
        with self.assertRaises(UserError):
            deal.stage_id = self.proposition

    def test_merging_cleans_no_flag_of_a_later_stage(self):
        deal = self.create_deal()
        other = deal.copy({"stage_id": self.proposition.id})
        self.assertEqual(other.qualification_state, "flagged")
        merged = (deal | other).merge_opportunity()
        self.assertEqual(merged.stage_id, self.proposition)
        self.assertEqual(merged.qualification_state, "flagged")

    def test_a_lead_without_a_stage_enters_its_first_one(self):
        self.budget.stage_id = self.new
        lead = self.create_qualified_lead()
        lead.stage_id = False
        with self.assertRaisesRegex(UserError, "Budget?"):
            lead.convert_opportunity(lead.partner_id)

    def test_a_stage_from_which_on_something_is_asked_stays(self):
        with self.assertRaisesRegex(UserError, "from this stage on: Strict"):
            self.proposition.with_user(self.manager).unlink()

    def test_what_expired_while_it_was_lost_lets_nothing_in(self):
        self.budget.validity_days = 5
        deal = self.create_deal()
        with freeze_time("2026-05-01"):
            deal.save_qualification_answer(self.budget.id, "yes")
            deal.action_set_lost()
        with freeze_time("2026-06-01"), self.assertRaisesRegex(UserError, "Budget?"):
            deal.stage_id = self.proposition
            deal.toggle_active()

    def test_an_approver_lets_it_in_once(self):
        deal = self.create_deal(user=self.approver)
        deal._override_stage(self.proposition, "Old customer")
        self.assertEqual(deal.stage_id, self.proposition)
        last = self.get_last(deal)
        self.assertEqual(
            (last.outcome, last.reason, last.is_pending),
            ("overridden", "Old customer", False),
        )
        deal.stage_id = self.new
        with self.assertRaises(UserError):
            deal.stage_id = self.proposition

    def test_a_rep_overrides_nothing(self):
        with self.assertRaises(AccessError):
            self.create_deal()._override_stage(self.proposition, "Please")

    def open_dialog(self, deal, user=None, **values):
        dialogs = self.env["crm.lead.enter.stage"].with_user(user or self.rep)
        return dialogs.create(
            {"lead_id": deal.id, "stage_id": self.proposition.id} | values
        )

    def test_a_refused_stage_offers_its_dialog(self):
        deal = self.create_deal()
        with self.assertRaises(StageRefused) as raised:
            deal.stage_id = self.proposition
        _text, action_id, _button, context = raised.exception.args
        action = self.env["ir.actions.act_window"].browse(action_id)
        self.assertEqual(action.res_model, "crm.lead.enter.stage")
        dialogs = self.env[action.res_model].with_user(self.rep)
        dialog = dialogs.with_context(**context).create({})
        self.assertEqual((dialog.lead_id, dialog.stage_id), (deal, self.proposition))
        self.assertFalse(dialog.is_qualified)

    def test_what_is_entered_moves_it_on(self):
        self.profile.write({"needs_required": 2, "needs_stage_id": self.proposition.id})
        self.budget.stage_id = self.won
        deal = self.create_deal()
        self.open_dialog(deal, need_name="Safety").action_enter()
        self.assertEqual(deal.stage_id, self.proposition)

    def test_what_was_entered_is_kept_when_it_is_not_enough(self):
        deal = self.create_deal()
        action = self.open_dialog(deal, need_name="Safety").action_enter()
        self.assertEqual(action["res_model"], "crm.lead.enter.stage")
        self.assertIn("Safety", deal.qualification_need_ids.mapped("name"))
        self.assertEqual(deal.stage_id, self.new)
        last = self.get_last(deal)
        self.assertEqual(
            (last.path, last.outcome, last.stage_id),
            ("stage", "refused", self.proposition),
        )

    def test_an_approver_moves_it_on_with_a_reason(self):
        deal = self.create_deal(user=self.approver)
        dialog = self.open_dialog(deal, self.approver)
        with self.assertRaisesRegex(ValidationError, "Say why"):
            dialog.action_override()
        dialog.override_reason = "Old customer"
        dialog.action_override()
        self.assertEqual(deal.stage_id, self.proposition)
        with self.assertRaises(AccessError):
            self.open_dialog(deal, override_reason="I").action_override()

    def test_queries_do_not_grow(self):
        few = self.env["crm.lead"].browse(
            [self.create_deal(name=f"Few {n}").id for n in range(2)]
        )
        many = self.env["crm.lead"].browse(
            [self.create_deal(name=f"Many {n}").id for n in range(8)]
        )
        for deal in few | many:
            deal.save_qualification_answer(self.budget.id, "yes")
        self.env.flush_all()
        counts = []
        for deals in (few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            deals.write({"stage_id": self.proposition.id})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_files_leave_stages_out(self):
        draft = self.env["crm.qualification.profile"].with_user(self.manager)
        content = {
            "name": "P",
            "criteria": [{"name": "Budget?", "stage_id": self.proposition.id}],
        }
        found = draft.import_policy(content)
        self.assertEqual(found["left_out"], ["Budget?: Asked From"])

    def test_a_draft_with_stages_is_published(self):
        profiles = self.env["crm.qualification.profile"].with_user(self.manager)
        draft = profiles.browse(
            self.profile.with_user(self.manager).action_change()["res_id"]
        )
        draft.write({"criterion_ids": [Command.create({"name": "Late?"})]})
        late = draft.criterion_ids.filtered(lambda c: c.name == "Late?")
        late.write({"requirement": "met", "stage_id": self.qualified.id})
        draft.publish()
        with self.assertRaisesRegex(UserError, "Late?"):
            self.create_deal().stage_id = self.qualified


@tagged("post_install", "-at_install")
class TestStageTour(StageCase, TourCase):
    def test_a_refused_stage_takes_what_is_missing(self):
        self.rep.password = "rep"
        deal = self.create_deal(name="Tour deal")
        self.start_tour(
            f"/odoo/action-crm.crm_lead_action_pipeline/{deal.id}",
            "qualification_stage",
            login="rep",
        )
        self.assertEqual(deal.stage_id, self.proposition)
        self.assertEqual(deal.qualification_answer_ids.state, "met")
