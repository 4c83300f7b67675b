"""Queries don't grow with the number of leads."""

from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestQueryCounts(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.qualification.criterion"].create(
            [
                {
                    "name": "Known account?",
                    "profile_id": cls.profile.id,
                    "scope": "account",
                },
                {
                    "name": "In Ghent?",
                    "profile_id": cls.profile.id,
                    "answer_type": "automatic",
                    "domain": "[('partner_id.city', '=', 'Ghent')]",
                },
            ]
        )
        account = cls.profile.criterion_ids.filtered(lambda c: c.scope == "account")
        count = 500
        partners = cls.env["res.partner"].create(
            [{"name": f"Account {n}", "is_company": True} for n in range(count)]
        )
        cls.many = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {n}",
                    "type": "lead",
                    "partner_id": partner.id,
                    "phone": "02 555 12 34",
                    "contact_name": "Ann",
                    "qualification_answer_ids": [
                        (0, 0, {"criterion_id": cls.budget.id, "value": "yes"})
                    ],
                    "qualification_need_ids": [
                        (0, 0, {"name": "Speed", "state": "confirmed"})
                    ],
                    "qualification_commitment_ids": [(0, 0, {"name": "Demo"})],
                }
                for n, partner in enumerate(partners)
            ]
        )
        cls.env["crm.qualification.answer"].create(
            [
                {"criterion_id": account.id, "partner_id": partner.id, "value": "yes"}
                for partner in partners
            ]
        )
        cls.env["mail.message"].sudo().create(
            [
                {"model": "crm.lead", "res_id": lead.id, "contact_outcome": "reached"}
                for lead in cls.many
            ]
        )
        cls.env.flush_all()

    def assertConstant(self, work):
        """``work(leads)`` makes as many queries for 500 leads as for 1."""
        work(self.many[:1])  # fills what is read once a process
        one = self.count_queries(lambda: work(self.many[:1]))
        five_hundred = self.count_queries(lambda: work(self.many))
        self.assertEqual(five_hundred, one)

    def test_verdicts(self):
        def judge(leads):
            verdicts = leads._get_verdicts()
            self.assertTrue(all(verdict.passed for _f, verdict in verdicts.values()))

        self.assertConstant(judge)

    def test_new_leads_that_are_judged_once_get_their_own_verdict(self):
        """Those of whom nobody knows anything share it, if all else is the same."""
        city = self.profile.criterion_ids.filtered(lambda c: c.name == "In Ghent?")
        city.domain = "[('city', '=', 'Ghent')]"
        kinds = (
            {},
            {"contact_name": "Ann"},
            {"phone": "02 555 12 34"},
            {"city": "Ghent"},
            {"city": "Ghent", "contact_name": "Ann", "phone": "02 555 12 34"},
            {"qualification_need_ids": [(0, 0, {"name": "x", "state": "confirmed"})]},
            {"qualification_commitment_ids": [(0, 0, {"name": "Demo"})]},
            {
                "qualification_answer_ids": [
                    (0, 0, {"criterion_id": self.budget.id, "value": "yes"})
                ]
            },
        )
        leads = self.env["crm.lead"].create(
            [{"name": "New", "type": "lead", **kind} for kind in kinds * 2]
        )
        together = leads._get_verdicts()
        for lead in leads:
            self.assertEqual(together[lead], lead._get_verdicts()[lead])
            self.assertEqual(lead.qualification_score, together[lead][1].score)
        verdicts = [together[lead][1] for lead in leads]
        first = [verdicts.index(verdict) for verdict in verdicts]
        self.assertEqual(first, [*range(len(kinds))] * 2)

    def test_verdicts_of_leads_that_are_nobodys(self):
        self.many.write({"user_id": False, "team_id": False})
        self.many.write({"company_id": False})
        self.env.flush_all()
        self.assertConstant(lambda leads: leads._get_verdicts())

    def test_opening_the_gate(self):
        def refuse(leads):
            leads.qualification_need_ids.state = "suspected"
            self.env.flush_all()
            self.env.invalidate_all()
            leads._log_refusals(leads._decide_entry("mass"), "mass")

        refuse(self.many)
        self.assertConstant(
            lambda leads: leads._log_refusals(leads._decide_entry("mass"), "mass")
        )

    def test_recomputation(self):
        def review(leads):
            leads._review_qualification()
            leads.mapped("qualification_state")

        self.assertConstant(review)

    def test_guard(self):
        def guard(leads):
            leads._guard_transitions(leads._get_snapshot())

        self.assertConstant(guard)

    def test_automatic_assignment(self):
        """What Odoo's loop converts one by one costs the same for 50 leads as for 1."""
        team = self.env["crm.team"].create(
            {
                "name": "Assigned",
                "use_leads": True,
                "crm_team_member_ids": [
                    (0, 0, {"user_id": self.rep.id, "assignment_max": 50 * 30})
                ],
            }
        )
        unassigned = {"user_id": False, "team_id": team.id, "date_open": False}
        cases = (
            # how strict, how sure the needs are, what becomes of the leads
            ("advise", "confirmed", "opportunity"),
            ("advise", "suspected", "opportunity"),
            ("enforce", "confirmed", "opportunity"),
            ("enforce", "suspected", "lead"),
        )
        first = 0
        for enforcement, state, became in cases:
            self.profile.enforcement = enforcement
            counts = []
            # the first fills what is read once a process
            for number in (1, 1, 50):
                leads = self.many[first : first + number]
                first += number
                leads.qualification_need_ids.state = state
                leads.write(unassigned)
                counts.append(
                    self.count_queries(
                        lambda: team._assign_and_convert_leads(force_quota=True)
                    )
                )
                self.assertEqual(set(leads.mapped("type")), {became})
                self.assertEqual(leads.user_id, self.rep)
            self.assertEqual(counts[2], counts[1])

    def test_merging_messages(self):
        """Each message that Odoo moves costs what it costs without us."""
        counts = []
        # the first fills what is read once a process
        for first, number in ((0, 1), (2, 1), (4, 51)):
            leads = self.many[first : first + 2]
            for n in range(number):
                leads[1]._message_log(body=f"Note {n}")
            counts.append(self.count_queries(leads.sudo().merge_opportunity))
        # Odoo reads where each stands, and writes where it goes
        self.assertEqual(counts[2] - counts[1], 2 * 50)
