"""Weights from history: what closed records teach becomes a draft, or is told."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...wizard import crm_qualification_proposal
from ..policy.test_publish import PublishCase


@tagged("post_install", "-at_install")
class TestProposal(PublishCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.action_advise()
        cls.answers = cls.env["crm.qualification.answer"]

    def close(self, count, is_won, **answers):
        """Records that gave these answers, by field of the class, and were closed."""
        leads = self.env["crm.lead"].create(
            [{"name": "Old", "type": "opportunity"} for _number in range(count)]
        )
        self.env["crm.qualification.decision"].flush_model()
        # as if from before there was a log
        self.env.cr.execute(
            "UPDATE crm_qualification_decision SET facts = NULL"
            " WHERE lead_id = ANY(%s)",
            [leads.ids],
        )
        self.answers.create(
            [
                {"lead_id": lead.id, "criterion_id": self[name].id, "value": value}
                for lead in leads
                for name, value in answers.items()
            ]
        )
        if is_won:
            leads.action_set_won()
        else:
            leads.action_set_lost()
        return leads

    def __getitem__(self, name):
        return getattr(self, name)

    def make_history(self):
        """A history in which the size says all, and the budget nothing."""
        for budget in ({"budget": "yes"}, {"budget": "no"}, {}):
            for size, won, lost in (
                ("Large", 11, 1),
                ("Medium", 6, 6),
                ("Small", 1, 11),
            ):
                self.close(won, True, size=size, **budget)
                self.close(lost, False, size=size, **budget)
            self.close(1, True, **budget)
            self.close(6, False, **budget)

    def propose(self):
        action = self.ruling.action_propose_weights()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def test_what_history_says_becomes_a_draft(self):
        self.make_history()
        proposal = self.propose()
        self.assertEqual(proposal.result["result"], "learnt", proposal.summary)
        draft = proposal.draft_id
        self.assertEqual(draft, self.ruling.draft_ids)
        budget, size = draft.criterion_ids.sorted()
        self.assertLess(budget.weight, 3)
        self.assertEqual(size.weight, 10)
        points = dict(size.choice_ids.mapped(lambda c: (c.name, c.points)))
        self.assertEqual(points["Large"], 100)
        self.assertTrue(0 < points["Medium"] < 100)
        self.assertEqual(draft._get_scorecard()["learnt"]["deals"], 129)
        self.assertIsNone(self.profile._get_scorecard())
        draft.publish()
        self.assertEqual(self.profile._get_scorecard()["learnt"]["won"], 57)

    def test_it_tells_what_was_known_and_how_that_ended(self):
        self.make_history()
        budget, size = self.propose().result["questions"]
        self.assertEqual((size["known"], size["unknown"]), ([108, 54], [21, 3]))
        self.assertEqual((budget["before"], size["before"], size["after"]), (3, 1, 10))

    def test_odoos_own_scoring_is_told_beside_it(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm.pls_fields", "source_id,stage_id")
        self.make_history()
        proposal = self.propose()
        odoo = proposal.result["quality"]["odoo"]
        # all had the same source, and the stage says how it ended
        self.assertAlmostEqual(odoo["auc"], 0.5, 1)
        self.assertIn("Odoo's own scoring 50 times", proposal.summary)
        self.assertEqual(proposal.draft_id.scorecard["quality"]["odoo"], odoo)

    def test_too_few(self):
        self.close(3, True, size="Large")
        proposal = self.propose()
        self.assertFalse(proposal.draft_id)
        self.assertIn("3 closed records, 3 of them won", proposal.summary)

    def test_nothing_to_gain(self):
        for is_won in (True, False):
            for size in ("Large", "Medium", "Small"):
                self.close(20, is_won, size=size)
        proposal = self.propose()
        self.assertFalse(proposal.draft_id or self.profile.draft_ids)
        self.assertIn("Nothing to gain", proposal.summary)
        self.env["res.lang"]._activate_lang("de_DE")
        german = proposal.with_context(lang="de_DE").summary
        self.assertRegex(german, r"\d,\d{3}")
        self.assertNotRegex(german, r"\d\.\d{3}")

    def test_a_draft_that_is_there_is_not_overwritten(self):
        draft = self.change()
        with self.assertRaisesRegex(UserError, "draft"):
            self.ruling.action_propose_weights()
        with self.assertRaisesRegex(UserError, "published"):
            draft.action_propose_weights()

    def test_only_managers_ask(self):
        with self.assertRaises(AccessError):
            self.profile.with_user(self.rep_all).action_propose_weights()

    def date_lead(self, lead, closed, came=timedelta(days=-30)):
        """When it was closed and came in, from now on."""
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = %s, create_date = %s WHERE id = %s",
            [now + closed, now + came, lead.id],
        )
        lead.invalidate_recordset()

    def read_closed(self, leads):
        return [answers for answers, _is_won in self.ruling._read_closed(leads)]

    def test_answers_after_the_closing_say_nothing(self):
        lead = self.close(1, False, size="Small")
        self.date_lead(lead, timedelta(days=-1))
        self.assertEqual(self.read_closed(lead), [(None, None)])
        # written down with it
        self.date_lead(lead, timedelta(minutes=-3))
        self.assertEqual(self.read_closed(lead), [(None, "small")])
        self.date_lead(lead, timedelta(days=1))
        self.assertEqual(self.read_closed(lead), [(None, "small")])

    def test_answers_of_imported_records_count(self):
        """They were closed when they came in: nobody could answer before."""
        lead = self.close(1, False, size="Small")
        self.date_lead(lead, timedelta(days=-300), came=timedelta(days=-1))
        self.assertEqual(self.read_closed(lead), [(None, "small")])

    def test_nor_do_later_ones_of_the_account(self):
        self.size.scope = "account"
        account = self.env["res.partner"].create({"name": "A", "is_company": True})
        lead = self.close(1, False)
        lead.write({"partner_id": account.id, "company_id": self.env.company.id})
        self.answers.create(
            {"partner_id": account.id, "criterion_id": self.size.id, "value": "Large"}
        )
        self.date_lead(lead, timedelta(days=1))
        self.assertEqual(self.read_closed(lead), [(None, "large")])
        self.date_lead(lead, timedelta(days=-1))
        self.assertEqual(self.read_closed(lead), [(None, None)])

    def test_what_was_known_at_the_decision_counts(self):
        lead = self.create_lead(user=self.manager)
        lead.save_qualification_answer(self.size.id, "Large")
        lead.convert_opportunity(lead.partner_id)
        lead.save_qualification_answer(self.size.id, "Small")
        lead.save_qualification_answer(self.budget.id, "yes")
        lead.action_set_won()
        self.assertEqual(self.read_closed(lead), [(None, "large")])

    def test_of_what_was_never_a_lead_the_answers_at_the_closing_count(self):
        deal = self.create_lead(user=self.manager, type="opportunity")
        deal.save_qualification_answer(self.size.id, "Large")
        deal.action_set_won()
        self.assertEqual(self.read_closed(deal), [(None, "large")])

    def test_a_failing_answer_is_known(self):
        lead = self.close(1, False, size="Competitor", budget="no")
        self.assertEqual(self.read_closed(lead), [("not_met", "competitor")])

    def test_archived_lost_ones_count(self):
        leads = self.close(2, False, size="Small")
        self.assertFalse(leads[0].active)
        self.assertEqual(self.propose().result["deals"], 2)

    def test_required_choices_stay(self):
        self.size.requirement = "met"
        self.make_history()
        size = self.propose().draft_id.criterion_ids.sorted()[1]
        points = dict(size.choice_ids.mapped(lambda c: (c.name, c.points)))
        self.assertEqual((points["Large"], points["Medium"]), (100, 50))
        self.assertTrue(size.profile_id._get_scorecard())

    def test_many_are_learnt_from_in_the_background(self):
        self.patch(crm_qualification_proposal, "BACKGROUND_FROM", 10)
        self.make_history()
        proposal = self.propose()
        self.assertEqual((proposal.state, proposal.draft_id.id), ("waiting", False))
        with self.enter_registry_test_mode():
            self.env.ref("sales_nemo.ir_cron_proposal").method_direct_trigger()
        self.assertEqual((proposal.state, proposal.percent), ("done", 100))
        self.assertTrue(proposal.draft_id.with_user(self.manager)._get_scorecard())

    @mute_logger("odoo.addons.sales_nemo.wizard.crm_qualification_proposal")
    def test_what_goes_wrong_in_the_background_is_told(self):
        self.patch(crm_qualification_proposal, "BACKGROUND_FROM", 1)
        self.close(1, True, size="Large")
        proposal = self.propose()
        self.change()
        with self.enter_registry_test_mode():
            self.env.ref("sales_nemo.ir_cron_proposal").method_direct_trigger()
        self.assertEqual(proposal.state, "failed")
        self.assertIn("draft", proposal.error)

    def test_who_was_refused_is_named(self):
        self.profile.action_enforce()
        lead = self.create_lead()
        self.env["crm.qualification.decision"].sudo().create(
            {
                "lead_id": lead.id,
                "profile_id": self.profile.id,
                "date": fields.Datetime.now(),
                "path": "wizard",
                "outcome": "refused",
            }
        )
        for is_won in (True, False):
            for size in ("Large", "Medium"):
                self.close(30, is_won, size=size)
        self.assertIn("1 refusals have no outcome", self.propose().summary)
