"""What refusing costs: said with intervals, and what each check refuses alone."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_backtest import FAULTS, BacktestCase


@tagged("post_install", "-at_install")
class TestCostOfRefusing(BacktestCase):
    def create_history(self, passed=(), blocked=(), **values):
        """Deals as ``(won, lost)`` that passed, and that lacked a confirmed need."""
        for counts, faults in ((passed, {}), (blocked, FAULTS["needs_known"])):
            for won, number in zip((True, False), counts, strict=False):
                for deal in self.create_deals(number, won=won, **values):
                    self.log(deal, **faults)

    def test_won_rates_of_passed_and_blocked(self):
        self.create_history(passed=(56, 14), blocked=(48, 32))
        rates, pays, caveat = self.try_on().cost.split("\n")
        # Newcombe 1998, method 10: .0524 to .3339
        self.assertEqual(
            rates,
            "Won of the blocked: 48 of 80, 60.0 % (49.0 to 70.0 %); of those that "
            "passed: 56 of 70, 80.0 % (69.2 to 87.7 %). Those that passed are ahead by "
            "5.2 to 33.4 points.",
        )
        self.assertEqual(
            pays,
            "Refusing the blocked pays where a win brings less than 1.7 times what "
            "working a lead costs (1.4 to 2.0 times).",
        )
        self.assertIn("95 % intervals", caveat)
        self.assertIn("tuned on these deals", caveat)

    def test_a_difference_that_may_be_chance(self):
        self.create_history(passed=(5, 5), blocked=(4, 6))
        self.assertIn("That may be chance.", self.try_on().cost)

    def test_none_of_the_blocked_was_won(self):
        """The upper bound of 0 of 20 is 16.1 %: it pays up to 6.2 times at least."""
        self.create_history(blocked=(0, 20))
        rates, pays, _caveat = self.try_on().cost.split("\n")
        self.assertIn("of those that passed: there are none.", rates)
        self.assertNotIn("ahead", rates)
        self.assertIn("None of the blocked was won", pays)
        self.assertIn("less than 6.2 times", pays)

    def test_refusing_nothing_costs_nothing(self):
        self.create_history(passed=(3, 3))
        self.assertFalse(self.try_on().cost)

    def test_what_a_check_blocks_alone(self):
        alone, both, won = self.create_deals(2, won=False) | self.create_deals(1, True)
        self.log(alone, **FAULTS["needs_known"])
        self.log(both, **FAULTS["needs_known"] | FAULTS["committed"])
        self.log(won, **FAULTS["committed"])
        trial = self.try_on()
        rows = {row["key"]: row for row in trial.result["checks"]}
        counts = {
            key: (rows[key]["won"]["alone"], rows[key]["lost"]["alone"])
            for key in ("needs_known", "committed", "contacted")
        }
        self.assertEqual(
            counts, {"needs_known": (0, 1), "committed": (1, 0), "contacted": (0, 0)}
        )
        self.assertEqual(self.open_deals(trial, False, "alone", "needs_known"), alone)
        self.assertEqual(self.open_deals(trial, True, "alone", "committed"), won)
        self.assertFalse(self.open_deals(trial, False, "alone", "committed"))
        with self.assertRaisesRegex(UserError, "There is no such number"):
            trial.action_open_deals(True, "alone")

    def test_before_publishing(self):
        today = fields.Datetime.to_string(fields.Datetime.now())
        self.create_history(passed=(3, 0), blocked=(1, 3), closed=today)
        profile = self.profile.with_user(self.manager)
        draft = profile.browse(profile.action_change()["res_id"])

        def open_dialog():
            action = draft.action_publish()
            return self.env[action["res_model"]].browse(action["res_id"])

        dialog = open_dialog().with_user(self.manager)
        self.assertIn("blocked 1 of 4 won and 3 of 3 lost deals", dialog.past)
        self.assertIn("less than 4.0 times", dialog.past)
        trial = dialog.action_try_on_history()
        trial = self.env[trial["res_model"]].browse(trial["res_id"])
        self.assertEqual(trial.profile_id, draft)
        draft.needs_required = 0
        past = open_dialog().with_user(self.manager).past
        self.assertIn("blocked 0 of 4 won", past)
        self.assertNotIn("times", past)
