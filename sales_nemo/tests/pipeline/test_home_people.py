"""What managers see of their people, and the figure of Odoo's digest."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..common import QualificationCase

HOME = "crm.qualification.home"
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestHomePeople(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([("active", "in", [True, False])]).unlink()
        cls.leader = new_test_user(
            cls.env,
            "leader",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.team = cls.env["crm.team"].create(
            {"name": "Divers", "user_id": cls.leader.id}
        )
        cls.lead = cls.create_lead(team_id=cls.team.id, user_id=cls.rep.id)

    def get_people(self, user):
        return self.env[HOME].with_user(user).get_home()["people"]

    def get_counts(self, user):
        return {
            person["name"]: {n["key"]: n["count"] for n in person["numbers"]}
            for person in self.get_people(user)
        }

    def test_a_row_for_each_who_has_something_to_do(self):
        self.create_lead(team_id=self.team.id, user_id=False)
        counts = self.get_counts(self.leader)
        self.assertEqual(set(counts), {self.rep.name, "Nobody yet"})
        self.assertEqual(counts[self.rep.name]["silent"], 1)

    def test_leaders_see_their_teams_only(self):
        other = self.env["crm.team"].create({"name": "Others"})
        self.create_lead(team_id=other.id, user_id=self.rep.id)
        self.assertEqual(self.get_counts(self.leader)[self.rep.name]["silent"], 1)
        self.assertEqual(self.get_counts(self.manager)[self.rep.name]["silent"], 2)

    def test_who_leads_nobody_sees_nobody(self):
        self.assertEqual(self.get_people(self.rep), [])

    def test_opens_what_it_counted(self):
        self.create_qualified_lead(team_id=self.team.id, user_id=self.rep.id)
        for person in self.get_people(self.leader):
            for number in person["numbers"]:
                leads = self.env["crm.lead"].with_user(self.leader)
                leads = leads.with_context(**number["context"])
                found = leads.search_count(number["domain"])
                self.assertEqual(found, number["count"], number["key"])

    def test_what_does_not_pass_for_long_is_stuck(self):
        def is_stuck():
            return self.get_counts(self.leader)[self.rep.name]["stuck"]

        self.assertFalse(is_stuck())
        with freeze_time(fields.Datetime.now() + 31 * DAY):
            self.assertTrue(is_stuck())
            self.env["ir.config_parameter"].set_param("sales_nemo.stuck_days", "40")
            self.assertFalse(is_stuck())

    def test_queries_do_not_grow_with_the_people(self):
        def ask():
            return self.get_people(self.leader)

        ask()
        few = self.count_queries(ask)
        for number in range(5):
            user = new_test_user(
                self.env, f"diver{number}", groups="sales_team.group_sale_salesman"
            )
            self.create_lead(user=user, team_id=self.team.id, user_id=user.id)
        self.assertEqual(len(ask()), 6)
        self.assertLessEqual(self.count_queries(ask), few)


@tagged("post_install", "-at_install")
class TestDigest(QualificationCase):
    def test_share_of_what_passed(self):
        digest = self.env["digest.digest"].create(
            {"name": "Ours", "kpi_qualification_passed": True}
        )
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        self.env["crm.lead"].create({"name": "Straight", "type": "opportunity"})
        now = fields.Datetime.now()
        digest = digest.with_user(self.manager).with_context(
            start_datetime=now - DAY, end_datetime=now + DAY
        )
        self.assertEqual(digest.kpi_qualification_passed_value, 50)

    def test_off_until_switched_on(self):
        default = self.env.ref("digest.digest_digest_default")
        self.assertFalse(default.kpi_qualification_passed)
