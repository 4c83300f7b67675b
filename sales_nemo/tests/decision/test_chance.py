"""What a profile learnt of the chance is the probability of its records."""

from math import exp, log

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...hooks import give_back_probabilities
from ...models.policy.policy_content import write_down
from ..common import QualificationCase
from ..policy.test_scorecard_kept import CARD

# Of points and the share of the stage: -1 + 0.5 per point.
CARD = CARD | {"stages": 0.0}


def to_percent(log_odds):
    return round(100 / (1 + exp(-log_odds)), 2)


class ChanceCase(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead.scoring.frequency"].search([]).unlink()
        cls.env["ir.config_parameter"].set_param("crm.pls_fields", "country_id")
        cls.env["ir.config_parameter"].set_param("crm.pls_start_date", "2020-01-01")
        cls.stages = cls.env["crm.stage"].search([("team_ids", "=", False)])
        cls.first, cls.second = cls.stages.filtered(lambda s: not s.is_won)[:2]
        cls.won = cls.stages.filtered("is_won")[:1]
        # Odoo itself says 20 % in the first stage, 50 % in the second one
        cls.count(cls.first, 20, 80)
        cls.count(cls.second, 20, 20)

    @classmethod
    def count(cls, stage, won, lost, team=None):
        cls.env["crm.lead.scoring.frequency"].create(
            {
                "variable": "stage_id",
                "value": str(stage.id),
                "won_count": won,
                "lost_count": lost,
                "team_id": team and team.id,
            }
        )

    def publish(self, card=CARD, **values):
        content = write_down(self.profile) | {"scorecard": card} | values
        self.profile.with_user(self.manager)._publish_content(content)
        self.env.flush_all()

    def assert_both(self, lead, percent):
        self.env.flush_all()
        lead.invalidate_recordset()
        self.assertAlmostEqual(lead.automated_probability, percent, 2)
        self.assertAlmostEqual(lead.probability, percent, 2)
        self.assertTrue(lead.is_automated_probability)

    def assert_right(self):
        self.env.flush_all()
        found = self.env["crm.qualification.check"]._compare()
        self.assertFalse([kind for kind in found if kind.startswith("crm.lead.")])


@tagged("post_install", "-at_install")
class TestChance(ChanceCase):
    def test_answers_move_it(self):
        lead = self.create_lead(expected_revenue=1000)
        self.assert_both(lead, 20)
        self.publish()
        # 1.5 and 0.5 points on average
        self.assert_both(lead, 50)
        self.assertAlmostEqual(lead.prorated_revenue, 500, 2)
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assert_both(lead, to_percent(-1 + 0.5 * 3.5))
        self.assertAlmostEqual(lead.prorated_revenue, 10 * lead.probability, 2)
        lead.save_qualification_answer(self.budget.id, "no")
        self.assert_both(lead, to_percent(-1 + 0.5 * 0.5))
        lead.save_qualification_answer(self.size.id, "Medium")
        self.assert_both(lead, to_percent(-1 + 0.5 * 0.5))
        lead.save_qualification_answer(self.budget.id, "")
        self.assert_both(lead, to_percent(-1 + 0.5 * 2.0))
        self.assert_right()

    def test_a_new_lead_has_it_at_once(self):
        self.publish()
        self.assert_both(self.create_lead(), 50)
        both = [{"name": "A", "type": "opportunity"}, {"name": "B", "type": "lead"}]
        for lead in self.leads.create(both):
            self.assert_both(lead, 50)

    def test_the_stage_counts_as_odoo_counted_it(self):
        self.publish(CARD | {"stages": 0.5})
        lead = self.create_lead(type="opportunity", stage_id=self.first.id).sudo()
        self.assert_both(lead, 50)
        lead.stage_id = self.second
        odds = 0.5 * log((20 / 20) / (20 / 80))
        self.assert_both(lead, to_percent(odds))
        # of its own team, once that has won or lost something
        team = self.env["crm.team"].create({"name": "Other"})
        self.count(self.first, 10, 10, team)
        self.count(self.second, 10, 5, team)
        lead.team_id = team
        self.assert_both(lead, to_percent(0.5 * log(2)))

    def test_what_it_was_moved_into_teaches_what_a_stage_is_worth(self):
        """Not where it began: who was won has left it, who was lost may not have."""
        leads = self.env["crm.lead"].with_context(tracking_disable=False)
        moved, born = leads.create(
            [
                {"name": "Moved", "type": "opportunity", "stage_id": self.first.id},
                {"name": "Born", "type": "opportunity", "stage_id": self.second.id},
            ]
        )
        for stage in (self.second, self.first, self.second):
            self.cr.flush()
            moved.stage_id = stage
        self.cr.flush()
        expected = [(moved.id, round(log(4), 2))]
        self.assertEqual([*(moved + born)._get_moves()], expected)

    def test_won_and_without_a_stage(self):
        self.publish()
        lead = self.create_lead(type="opportunity").sudo()
        lead.action_set_won()
        self.assert_both(lead, 100)
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(lead.qualification_chance, 0)
        lead.stage_id = self.first
        self.assertEqual(lead.won_status, "pending")
        self.assert_both(lead, 50)
        lead.stage_id = False
        self.assert_both(lead, 0)
        born = self.create_lead(type="opportunity", stage_id=self.won.id)
        self.assert_both(born, 100)
        self.assertEqual(born.won_status, "won")
        self.assert_right()

    def test_lost_and_restored(self):
        self.publish()
        lead = self.create_lead().sudo()
        lead.action_set_lost()
        self.assert_both(lead, 0)
        self.assertEqual(lead.won_status, "lost")
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assert_both(lead, 0)
        lead.action_restore()
        self.assert_both(lead, to_percent(-1 + 0.5 * 3.5))
        self.assert_right()

    def test_what_was_set_by_hand_stays(self):
        lead, born = self.create_lead(), self.create_lead(probability=33)
        lead.probability = 70
        self.publish()
        lead.save_qualification_answer(self.budget.id, "yes")
        born.save_qualification_answer(self.budget.id, "yes")
        for one, by_hand in ((lead, 70), (born, 33)):
            self.env.flush_all()
            self.assertEqual(one.probability, by_hand)
            self.assertAlmostEqual(one.automated_probability, to_percent(0.75), 2)
        self.publish(None)
        self.assertEqual((lead.probability, born.probability), (70, 33))
        self.assertEqual(lead.automated_probability, 20)
        lead.action_set_automated_probability()
        self.assert_both(lead, 20)
        self.publish()
        lead.probability = 70
        lead.action_set_automated_probability()
        self.assert_both(lead, to_percent(0.75))

    def test_each_way_out_gives_odoos_back(self):
        lead, archived, by_hand = (self.create_lead(name) for name in "ABC")
        by_hand.probability = 70
        archived.sudo().active = False
        ways = {
            "switch": lambda: self.ruling.action_switch_probability(),
            "draft": lambda: self.publish(is_scorecard_probability=False),
            "off": lambda: self.ruling.action_switch_off(),
            "revert": lambda: (
                self.profile.version_ids.sorted()[1]
                .with_user(self.manager)
                .action_revert()
            ),
            "archive": lambda: self.ruling.action_archive(),
            "uninstall": lambda: give_back_probabilities(self.env),
            "another weight": lambda: self.change_weight(),
        }
        self.ruling = self.profile.with_user(self.manager)
        for way, leave in ways.items():
            with self.subTest(way=way):
                self.profile.active = True
                values = {"enforcement": "enforce", "is_scorecard_probability": True}
                self.budget.weight = 3
                self.publish(None, **values)
                self.publish()
                for one in (lead, archived):
                    self.assert_both(one, 50)
                leave()
                self.env.flush_all()
                for one in (lead, archived):
                    self.assert_both(one, 20)
                self.assertEqual(by_hand.probability, 70)
                self.assertEqual(by_hand.automated_probability, 20)

    def test_one_click_gives_ours_back_too(self):
        lead = self.create_lead()
        self.publish(is_scorecard_probability=False)
        self.assert_both(lead, 20)
        ruling, number = (
            self.profile.with_user(self.manager),
            self.profile.version_count,
        )
        ruling.action_switch_probability()
        self.assert_both(lead, 50)
        self.assertEqual(self.profile.version_count, number + 1)
        with self.assertRaises(AccessError):
            self.profile.with_user(self.rep).action_switch_probability()

    def change_weight(self):
        self.budget.weight = 5

    def test_nobody_keeps_ours_where_odoo_knows_nothing(self):
        self.env["crm.lead.scoring.frequency"].search([]).unlink()
        lead = self.create_lead()
        self.publish()
        self.assert_both(lead, 50)
        self.publish(None)
        self.assert_both(lead, 0)

    def test_odoos_daily_job_keeps_ours(self):
        lead, by_hand = self.create_lead(), self.create_lead()
        self.publish(CARD | {"stages": 1.0})
        by_hand.probability = 70
        for leads in self.env["crm.lead"].sudo(), lead.sudo():
            leads._update_automated_probabilities()
            self.assert_both(lead, 50)
            self.assertEqual(by_hand.probability, 70)
        self.env["crm.lead"].sudo()._cron_update_automated_probabilities()
        self.assert_both(lead, 50)

    def test_some_with_and_some_without_in_one_call(self):
        others = self.profile.copy({"lead_domain": "[('phone', '=', '1')]"})
        others.write({"state": "published", "sequence": 0})
        self.publish()
        ours = self.create_lead("Ours") + self.create_lead("Ours, too")
        theirs = self.create_lead("Theirs", phone="1")
        self.assertEqual(theirs.qualification_profile_id, others)
        self.env.flush_all()
        for batch_mode in (True, False):
            for leads in (ours + theirs, ours, theirs, ours[:0]):
                found, tooltip = leads._pls_get_naive_bayes_probabilities(batch_mode)
                expected = dict.fromkeys(ours.ids, 50) | {theirs.id: 20}
                self.assertEqual(found, {id_: expected[id_] for id_ in leads.ids})
                self.assertEqual(tooltip, {})
        # from one to the other
        theirs.phone = "2"
        self.assert_both(theirs, 50)
        theirs.phone = "1"
        self.assert_both(theirs, 20)

    def test_where_odoo_learns_from_the_grade(self):
        """It asks for the grade while it computes the probability."""
        names = "qualification_grade,contact_state"
        self.env["ir.config_parameter"].set_param("crm.pls_fields", names)
        self.publish()
        lead = self.create_lead(type="opportunity", expected_revenue=100)
        self.assert_both(lead, 50)
        lead.write({"stage_id": self.second.id, "phone": "+32 2 555 12 34"})
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assert_both(lead, to_percent(0.75))
        self.assertAlmostEqual(lead.prorated_revenue, lead.probability, 2)
        lead.sudo().action_set_won()
        self.assertEqual(lead.won_status, "won")
        self.assert_both(lead, 100)

    def test_an_account_s_answer_and_a_new_day(self):
        self.budget.scope = "account"
        self.budget.validity_days = 5
        self.publish()
        account = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        lead = self.create_lead(partner_id=account.id)
        self.assert_both(lead, 50)
        answers = self.env["crm.qualification.answer"]
        answer = answers.create(
            {
                "criterion_id": self.budget.id,
                "partner_id": account.id,
                "value": "yes",
            }
        )
        self.assert_both(lead, to_percent(0.75))
        self.env.flush_all()
        query = (
            "UPDATE crm_qualification_answer"
            " SET date = '2019-12-27 12:00', expires_on = '2020-01-01' WHERE id = %s"
        )
        self.env.cr.execute(query, answer.ids)
        self.env.invalidate_all()
        self.env["crm.lead"]._expire_answers(answer.ids)
        self.assert_both(lead, 50)
        self.assert_right()

    def test_the_tooltip_tells_why(self):
        bins = [{"n": 0, "won": 0, "predicted": 0.58}]
        bins += [{"n": 50, "won": 20, "predicted": p / 10} for p in (1, 5, 6, 9)]
        quality = CARD["quality"] | {"shown": CARD["quality"]["new"] | {"bins": bins}}
        self.publish(CARD | {"stages": 0.5, "quality": quality})
        lead = self.create_lead(type="opportunity", stage_id=self.second.id)
        lead.save_qualification_answer(self.size.id, "Medium")
        for user in (self.rep, self.manager):
            data = lead.with_user(user).prepare_pls_tooltip_data()
            self.assertEqual(data["probability"], lead.probability)
            self.assertEqual(data["low_3_data"], [])
            [told] = data["top_3_data"]
            self.assertEqual(told["stage_name"], self.second.name)
            # they add up
            budget, size = told["questions"]
            earned = [
                q["mean"] if q["points"] is None else q["points"]
                for q in (budget, size)
            ]
            odds = told["intercept"] + told["slope"] * sum(earned) + told["stage"]
            self.assertEqual(to_percent(odds), lead.probability)
            self.assertEqual((size["points"], size["best"]), (0.5, 1))
            self.assertEqual((size["value"], size["chances"]), ("Medium", None))
            self.assertEqual(budget["points"], None)
            self.assertEqual((told["similar"]["n"], told["similar"]["won"]), (50, 20))
            # the stage is no answer
            self.assertEqual(told["similar"]["predicted"], 0.5)
            self.assertAlmostEqual(told["similar"]["bounds"][0], 0.276, 2)
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assert_both(lead, round(budget["chances"][0], 2))
        lead.save_qualification_answer(self.budget.id, "no")
        self.assert_both(lead, round(budget["chances"][1], 2))
        self.publish(None)
        data = lead.prepare_pls_tooltip_data()
        self.assertEqual(data["probability"], 50)
        self.assertNotIn("scorecard", str(data))

    def test_the_learnt_letters_are_shown(self):
        self.assertFalse(self.profile.grade_bands)
        self.publish()
        self.assertEqual(self.profile.grade_bands, "A ≥ 60 %, B ≥ 0 %")

    def test_the_next_question_is_the_one_that_moves_it_most(self):
        self.profile.score_min = 10
        card = CARD | {"points": {"budget": {"met": 3}, "size": {}}}
        card["points"]["size"] = {"large": 4, "medium": 4, "small": 2, "competitor": 0}
        self.size.weight = 4
        for name, points in (("Medium", 100), ("Small", 50)):
            self.size.choice_ids.filtered(lambda c, n=name: c.name == n).points = points
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_question_id, self.size)
        card["points"]["size"]["competitor"] = 0
        self.size.choice_ids[-1].write({"is_disqualifying": False, "points": 50})
        card["points"]["size"]["competitor"] = 2
        self.assertEqual(lead.qualification_question_id, self.size)
        self.publish(card)
        self.assertTrue(self.profile._get_scorecard())
        self.assertEqual(lead.qualification_question_id, self.budget)

    def test_letters_are_the_learnt_ones(self):
        lead = self.create_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual(lead.qualification_grade, "a4")
        self.publish(CARD | {"bands": [["a", 80], ["b", 0]]})
        self.assertEqual(lead.qualification_grade, "b4")
        lead.save_qualification_answer(self.size.id, "Large")
        self.assertEqual(lead.qualification_grade, "a4")
        self.assert_right()
        self.publish(None)
        lead.save_qualification_answer(self.size.id, "Small")
        self.assertEqual(lead.qualification_grade, "a4")

    def test_the_stored_chance_is_no_salespersons_to_write(self):
        lead = self.create_lead()
        with self.assertRaisesRegex(Exception, "(?i)chance"):
            lead.write({"qualification_chance": 90})

    def test_it_costs_no_query_for_each_lead(self):
        def count(number):
            values = [{"name": "Lead"} for _n in range(number)]
            return self.count_queries(lambda: self.leads.create(values))

        count(1)
        without = count(20) - count(2)
        self.publish()
        count(1)
        self.assertLessEqual(count(20) - count(2), without)
