"""What was learnt from history is a part of the policy, until a hand changes it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.policy.policy_content import write_down
from .test_publish import PublishCase

QUALITY = {
    "auc": 0.7,
    "brier": 0.2,
    "log_loss": 0.6,
    "bins": [{"n": 10, "won": 4, "predicted": 0.4}] * 10,
}
# As the profile of the tests stands: 3 points for a budget, 1 for the size.
CARD = {
    "points": {
        "budget": {"met": 3},
        "size": {"large": 1, "medium": 0.5, "small": 0, "competitor": 0},
    },
    "means": {"budget": 1.5, "size": 0.5},
    "intercept": -1.0,
    "slope": 0.5,
    "stages": 1.0,
    "bands": [["a", 60], ["b", 0]],
    "learnt": {"date": "2026-11-30", "deals": 200, "won": 80},
    "quality": dict.fromkeys(("shown", "new", "hand", "base"), QUALITY)
    | {"odoo": None},
    "gain": 0.1,
    "gain_error": 0.02,
}


@tagged("post_install", "-at_install")
class TestScorecardKept(PublishCase):
    def learn(self):
        """A draft with what was learnt."""
        draft = self.change()
        draft.apply_policy(write_down(draft) | {"scorecard": CARD})
        return draft

    def test_it_is_published_with_the_rest(self):
        self.assertIsNone(self.profile._get_scorecard())
        draft = self.learn()
        self.assertIn("200", draft.changes)
        self.assertIsNone(self.profile._get_scorecard())
        draft.publish()
        self.assertEqual(self.profile._get_scorecard(), CARD)

    def test_one_click_takes_it_back(self):
        self.learn().publish()
        self.profile.version_ids.sorted()[-1].with_user(self.manager).action_revert()
        self.assertIsNone(self.profile._get_scorecard())

    def test_other_weights_by_hand_put_it_out_of_force(self):
        self.learn().publish()
        draft = self.change()
        draft.criterion_ids[0].weight = 5
        draft.publish()
        self.assertIsNone(self.profile._get_scorecard())
        draft = self.change()
        draft.criterion_ids[0].weight = 3
        draft.publish()
        self.assertEqual(self.profile._get_scorecard(), CARD)

    def test_other_points_of_a_choice_put_it_out_of_force(self):
        draft = self.learn()
        draft.criterion_ids[1].choice_ids[1].points = 60
        self.assertIsNone(draft._get_scorecard())

    def test_a_new_question_that_earns_points_puts_it_out_of_force(self):
        draft = self.learn()
        new = self.env["crm.qualification.criterion"].with_user(self.manager)
        question = new.create({"name": "When?", "profile_id": draft.id, "weight": 0})
        self.assertEqual(draft._get_scorecard(), CARD)
        question.weight = 2
        self.assertIsNone(draft._get_scorecard())

    def test_nobody_writes_it(self):
        with self.assertRaises(AccessError):
            self.change().write({"scorecard": CARD})

    def test_a_duplicate_has_learnt_nothing(self):
        self.learn().publish()
        copied = self.ruling.copy()
        self.assertFalse(copied.scorecard)
        self.assertEqual(copied.criterion_ids[0].weight, 3)

    def test_a_file_carries_it(self):
        content = write_down(self.learn())
        made = self.profiles.import_policy(content)["id"]
        self.assertEqual(self.profiles.browse(made)._get_scorecard(), CARD)

    def test_what_nobody_learnt_is_refused(self):
        content = write_down(self.profile)
        for wrong in (
            5,
            {"points": {}},
            CARD | {"slope": "2"},
            CARD | {"bands": [["a", 0]]},
            CARD | {"quality": {"new": {}}},
            CARD | {"points": {"budget": {"met": float("inf")}}},
        ):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "learnt"):
                self.profiles.import_policy(content | {"scorecard": wrong})
