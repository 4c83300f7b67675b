"""The quality of a scorecard, as it was learnt and since it was published."""

import random
from math import exp

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...intervals import get_wilson
from ...models.policy.policy_content import write_down
from ..policy.test_scorecard_kept import CARD, QUALITY
from .test_backtest import BacktestCase


def get_chance(points):
    """By the card of the tests."""
    return 1 / (1 + exp(1 - 0.5 * points))


@tagged("post_install", "-at_install")
class TestQuality(BacktestCase):
    def publish(self, date, **changes):
        content = write_down(self.profile) | changes
        self.profile.with_user(self.manager)._publish_content(content)
        self.env.flush_all()
        version = self.profile.version_id
        self.env.cr.execute(
            "UPDATE crm_qualification_version SET date = %s WHERE id = %s",
            (date, version.id),
        )
        version.invalidate_recordset()

    def get_quality(self, user=None):
        self.profile.invalidate_recordset()
        return self.profile.with_user(user or self.manager).quality

    def create_answered(self, number, won, points, closed):
        """Deals that were closed with 4, 3 or 0 points, or with no answer known."""
        answers = {4: ("yes", "Large"), 3: ("yes", "Small"), 0: ("no", "Small")}
        deals = self.create_deals(number, won=won, closed=closed)
        for deal in deals:
            self.log(deal, answers=self.get_answers(*answers.get(points, ("", ""))))
        return deals

    def test_without_a_scorecard_there_is_none(self):
        self.assertFalse(self.get_quality())
        self.publish("2026-02-01", scorecard=CARD)
        self.assertTrue(self.get_quality())
        # other weights by hand
        self.budget.weight = 5
        self.assertFalse(self.get_quality())

    def test_as_it_was_learnt(self):
        self.publish("2026-02-01", scorecard=CARD)
        quality = self.get_quality()
        self.assertEqual(quality["learnt"], CARD["learnt"])
        self.assertEqual(quality["kinds"]["hand"], QUALITY)
        self.assertIsNone(quality["kinds"]["odoo"])
        bounds = quality["bins"][0].pop("bounds")
        self.assertEqual(tuple(bounds), get_wilson(4, 10))
        self.assertEqual(quality["bins"][0], QUALITY["bins"][0])

    def test_since_it_was_published(self):
        self.publish("2026-02-01")
        self.create_answered(1, True, 4, "2026-02-15")
        self.publish("2026-03-01", scorecard=CARD)
        # another version that has the same card
        self.publish("2026-03-20", scorecard=CARD, flag_days=3)
        won = self.create_answered(1, True, 4, "2026-03-10")
        lost = self.create_answered(2, False, 0, "2026-03-31 10:00:00")
        april = self.create_answered(1, True, 3, "2026-04-02")
        unknown = self.create_answered(1, False, None, "2026-04-02")
        # of this one nothing is known
        self.create_deals(1, won=True, closed="2026-04-03")
        since = self.get_quality()["since"]
        self.assertEqual(since["date"], "2026-03-01 00:00:00")
        months = {row["month"]: row for row in since["rows"][1:]}
        self.assertEqual(list(months), ["2026-03-01", "2026-04-01"])
        self.assertEqual(set(months["2026-03-01"]["ids"]), set((won | lost).ids))
        self.assertEqual(months["2026-03-01"]["won"], 1)
        self.assertEqual(set(months["2026-04-01"]["ids"]), set((april | unknown).ids))
        predicted = (get_chance(3) + get_chance(2)) / 2
        self.assertAlmostEqual(months["2026-04-01"]["predicted"], predicted)
        whole = since["rows"][0]
        self.assertEqual((len(whole["ids"]), whole["won"]), (5, 2))
        # what isn't known counts as its average: 1.5 and 0.5
        chances = [get_chance(points) for points in (4, 0, 0, 3, 2)]
        self.assertAlmostEqual(whole["predicted"], sum(chances) / 5)
        self.assertEqual(tuple(whole["bounds"]), get_wilson(2, 5))
        self.assertIsNone(whole["z"])
        self.assertFalse(since["is_drifting"])
        self.assertEqual(since["quality"]["auc"], 1.0)
        errors = [(c - w) ** 2 for c, w in zip(chances, (1, 0, 0, 1, 0), strict=True)]
        self.assertAlmostEqual(since["quality"]["brier"], sum(errors) / 5)

    def test_imported_deals_are_no_drift(self):
        """Nobody was told a chance of who was closed when they came in."""
        self.publish("2026-03-01", scorecard=CARD)
        self.create_answered(1, True, 4, "2026-03-10")
        imported = self.create_answered(2, False, 4, "2026-03-12")
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = date_closed WHERE id = ANY(%s)",
            [imported.ids],
        )
        imported.invalidate_recordset()
        whole = self.get_quality()["since"]["rows"][0]
        self.assertEqual((len(whole["ids"]), whole["won"]), (1, 1))

    def test_nothing_was_closed_since(self):
        self.publish("2026-03-01", scorecard=CARD)
        since = self.get_quality()["since"]
        self.assertFalse(since["rows"][0]["ids"])
        self.assertFalse(since["quality"])
        self.assertFalse(since["is_drifting"])

    def test_it_warns_when_it_no_longer_holds(self):
        self.publish("2026-01-01", scorecard=CARD)
        rng = random.Random(3)
        for month in (2, 3, 4):
            won = sum(rng.random() < get_chance(4) for _deal in range(60))
            self.create_answered(won, True, 4, f"2026-0{month}-10")
            self.create_answered(60 - won, False, 4, f"2026-0{month}-10")
        self.assertFalse(self.get_quality()["since"]["is_drifting"])
        self.create_answered(20, True, 4, "2026-05-10")
        self.create_answered(40, False, 4, "2026-05-10")
        since = self.get_quality()["since"]
        self.assertTrue(since["is_drifting"])
        self.assertLess(since["rows"][-1]["z"], -3)

    def test_the_dialog(self):
        self.publish("2026-03-01", scorecard=CARD)
        action = self.profile.with_user(self.manager).action_show_quality()
        self.assertEqual(action["target"], "new")
        self.assertEqual(action["res_id"], self.profile.id)
        form = self.env.ref("sales_nemo.crm_qualification_profile_view_form_quality")
        self.assertEqual(action["views"], [(form.id, "form")])

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_it_is_the_managers(self):
        self.publish("2026-03-01", scorecard=CARD)
        with self.assertRaises(AccessError):
            self.get_quality(self.rep)
