"""What if: changes are tried on history, and kept as a draft."""

import random
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.policy.policy_content import write_down
from .test_backtest import FAULTS, BacktestCase

# What may be tried, with the profile asking for something.
CHANGES = (
    {"score_min": 90},
    {"score_min": 0, "needs_required": 0},
    {"commitments_required": 0, "contact_required": "none"},
    {"check_criteria": False, "check_reachable": False},
    {"needs_required": 2},
)


@tagged("post_install", "-at_install")
class TestWhatIf(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.score_min = 60

    def create_history(self, number=30):
        rng = random.Random(5)
        deals = self.create_deals(number, won=True) | self.create_deals(number, False)
        for deal in deals:
            changes = rng.choice([{}, {}, *FAULTS.values()])
            budget, size = rng.choice(["yes", "no"]), rng.choice(["Large", "Small"])
            if rng.random() < 0.8:
                self.log(deal, answers=self.get_answers(budget, size), **changes)
        return deals

    def try_changes(self, trial, changes):
        """As the form asks: one change of a field."""
        with Form(trial) as form:
            form.tried = changes
            found = form.result
        return found

    def get_criteria(self, **values):
        return {"criteria": {self.size.code: values}}

    def test_it_says_what_publishing_would_bring(self):
        """Each number is that of a profile that was changed for good."""
        self.create_history()
        trial = self.try_on()
        stands = trial.result
        tried = [
            *CHANGES,
            self.get_criteria(weight=9),
            self.get_criteria(requirement="met"),
            self.get_criteria(weight=0) | {"needs_required": 3},
        ]
        for changes in tried:
            with self.subTest(changes=changes):
                found = self.try_changes(trial, changes)
                content = write_down(self.profile)
                content |= {k: v for k, v in changes.items() if k != "criteria"}
                for item in content["criteria"]:
                    item |= changes.get("criteria", {}).get(item["code"], {})
                with self.env.cr.savepoint() as savepoint:
                    self.profile._apply(content)
                    expected = self.try_on().result
                    savepoint.close(rollback=True)
                self.env.invalidate_all()
                self.assertEqual(found, expected)
                self.assertNotEqual(found, stands)
                self.assertEqual(trial.result, expected)
        self.assertEqual(self.try_changes(trial, False), stands)

    def test_deals_are_collected_once(self):
        self.create_history(5)
        trial = self.try_on()
        before = trial.result
        profiles = type(self.env["crm.qualification.profile"])
        with patch.object(profiles, "_collect_pasts", side_effect=AssertionError):
            self.assertNotEqual(self.try_changes(trial, {"score_min": 100}), before)

    def test_numbers_open_what_they_count(self):
        large, small = self.create_deals(2, won=True)
        self.log(large)
        self.log(small, answers=self.get_answers("yes", "Small"))
        trial = self.try_on()
        self.assertFalse(self.open_deals(trial, True, "blocked"))
        trial.tried = {"score_min": 90}
        self.assertEqual(self.open_deals(trial, True, "blocked"), small)

    def test_what_stands_is_told_with_what_is_tried(self):
        trial = self.try_on()
        trial.tried = self.get_criteria(weight=7) | {"score_min": 33}
        policy = trial.policy
        size = next(c for c in policy["criteria"] if c["code"] == self.size.code)
        self.assertEqual((size["name"], size["weight"]), ("Size?", 7))
        self.assertEqual(policy["score_min"], 33)
        self.assertEqual(self.profile.score_min, 60)

    def test_what_can_not_be_is_told(self):
        trial = self.try_on()
        for changes in ({"score_min": "much"}, self.get_criteria(requirement="half")):
            with self.assertRaisesRegex(UserError, "no policy that can be used"):
                self.try_changes(trial, changes)
        trial.tried = {"score_min": 300}
        with (
            self.assertRaisesRegex(UserError, "from 0 to 100"),
            self.env.cr.savepoint(),
        ):
            trial.action_keep()
        self.assertFalse(self.profile.draft_ids)

    def test_keep_as_a_draft(self):
        trial = self.try_on()
        trial.tried = self.get_criteria(weight=7, requirement="met") | {
            "needs_required": 0,
            # nothing of this is tried here
            "name": "Mine",
            "enforcement": "enforce",
        }
        before = write_down(self.profile)
        action = trial.action_keep()
        draft = self.profile.browse(action["res_id"])
        self.assertEqual((draft.state, draft.draft_of_id), ("draft", self.profile))
        size = draft.criterion_ids.filtered(lambda c: c.code == self.size.code)
        self.assertEqual((size.weight, size.requirement), (7, "met"))
        self.assertEqual((draft.needs_required, draft.score_min), (0, 60))
        self.assertEqual((draft.name, draft.enforcement), (before["name"], "advise"))
        self.assertEqual(write_down(self.profile), before)

    def test_a_draft_that_is_there_is_not_lost(self):
        self.profile.with_user(self.manager).action_change()
        draft = self.profile.draft_ids
        draft.score_min = 77
        trial = self.try_on()
        trial.tried = {"score_min": 20}
        with self.assertRaisesRegex(UserError, "There is a draft"):
            trial.action_keep()
        self.assertEqual(self.profile.draft_ids.score_min, 77)
        # tried on the draft itself, it is what changes
        trial = trial.create({"profile_id": draft.id, "tried": {"score_min": 20}})
        self.assertEqual(trial.action_keep()["res_id"], draft.id)
        self.assertEqual(draft.score_min, 20)
        self.assertEqual(self.profile.score_min, 60)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_access(self):
        trial = self.try_on()
        trial.tried = {"score_min": 20}
        for user in (self.rep, self.approver):
            with self.assertRaises(AccessError):
                trial.with_user(user).action_keep()
