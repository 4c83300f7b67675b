"""An account's numbers and what they open; neither costs more where there are many."""

from odoo.tests import tagged

from .account_case import AccountCase

KINDS = {
    "lead": "crm_lead_count",
    "opportunity": "crm_opportunity_count",
    "won": "crm_won_count",
    "lost": "crm_lost_count",
}


@tagged("post_install", "-at_install")
class TestCounts(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        leads = cls.env["crm.lead"]
        cls.pods = cls.account | cls.ann | cls.bob | cls.stranger
        plan = [
            (cls.ann, "lead", None, cls.rep),
            (cls.ann, "lead", "lost", cls.rep),
            (cls.ann, "opportunity", "lost", cls.rep),
            (cls.ann, "lead", "archived", cls.rep),
            (cls.bob, "opportunity", None, cls.rep),
            (cls.bob, "opportunity", "won", cls.rep),
            (cls.bob, "opportunity", "won and archived", cls.rep),
            (cls.bob, "lead", None, cls.rep_all),
            (cls.account, "opportunity", None, cls.rep_all),
            (cls.stranger, "lead", None, cls.rep),
            (cls.bob, "lead", None, leads.env["res.users"]),
        ]
        for partner, kind, end, user in plan:
            lead = leads.create(
                {
                    "name": f"{partner.name} {kind} {end}",
                    "type": kind,
                    "partner_id": partner.id,
                    "user_id": user.id,
                    "probability": 20,
                }
            )
            if end == "lost":
                lead.action_set_lost()
            elif end == "archived":
                lead.active = False
            elif end:
                lead.action_set_won()
                lead.active = "archived" not in end
        cls.env.flush_all()

    def test_counts_are_what_the_buttons_open(self):
        for user in (self.rep, self.rep_all, self.manager):
            self.env.invalidate_all()
            for partner in self.pods.with_user(user):
                for kind, field in KINDS.items():
                    with self.subTest(user=user.login, who=partner.name, kind=kind):
                        action = partner.with_context(
                            crm_kind=kind
                        ).action_open_crm_leads()
                        opened = (
                            self.env["crm.lead"]
                            .with_user(user)
                            .with_context(**action["context"])
                            .search_count(action["domain"])
                        )
                        self.assertEqual(partner[field], opened)

    def test_numbers(self):
        account = self.account.with_user(self.manager)
        self.assertEqual([account[name] for name in KINDS.values()], [3, 2, 2, 2])
        bob = self.bob.with_user(self.manager)
        self.assertEqual([bob[name] for name in KINDS.values()], [2, 1, 2, 0])
        mine = self.account.with_user(self.rep)
        self.assertEqual([mine[name] for name in KINDS.values()], [2, 1, 2, 2])

    def test_one_by_one_as_together(self):
        """The count does not depend on what else is shown in the list."""
        together = {
            (partner.id, name): partner[name]
            for partner in self.pods.with_user(self.rep)
            for name in KINDS.values()
        }
        for partner in self.pods:
            for name in KINDS.values():
                self.env.invalidate_all()
                alone = partner.with_user(self.rep)[name]
                self.assertEqual(alone, together[partner.id, name])

    def test_companies(self):
        company, rep = self.create_company()
        self.env["crm.lead"].create(
            {
                "name": "Theirs",
                "type": "lead",
                "partner_id": self.ann.id,
                "company_id": company.id,
                "user_id": rep.id,
                "team_id": False,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.ann.with_user(self.manager).crm_lead_count
        self.assertEqual(before, 1)
        both = self.ann.with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        self.assertEqual(both.crm_lead_count, 2)

    def test_new_from_the_button(self):
        """What is created from a list that a button opened stays in that list."""
        for kind in ("lead", "opportunity"):
            ann = self.ann.with_user(self.rep).with_context(crm_kind=kind)
            action = ann.action_open_crm_leads()
            lead = self.leads.with_context(**action["context"]).create({"name": "New"})
            self.assertIn(
                lead,
                self.leads.with_context(**action["context"]).search(action["domain"]),
            )

    def test_views_exist(self):
        for kind in KINDS:
            action = self.ann.with_context(crm_kind=kind).action_open_crm_leads()
            self.assertEqual([mode for _id, mode in action["views"]][0], "list")
            self.env["crm.lead"].with_user(self.rep).get_views(action["views"])


@tagged("post_install", "-at_install")
class TestAccountQueries(AccountCase):
    """Neither the sheet nor the list of contacts slows down with their number."""

    MANY = 80

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        accounts = partners.create(
            [{"name": f"Account {n}", "is_company": True} for n in range(cls.MANY)]
        )
        cls.many = partners.create(
            [
                {
                    "name": f"Person {n}",
                    "parent_id": account.id,
                    "email": f"person{n}@account{n}.example",
                    "phone": f"+32 475 12 34 {n:02}",
                }
                for n, account in enumerate(accounts)
            ]
        )
        for account in accounts:
            cls.answer(cls.sector, "yes", account=account)
        reason = cls.env["crm.lost.reason"].create({"name": "Too dear"})
        leads = cls.env["crm.lead"].create(
            [
                {"name": p.name, "type": "lead", "partner_id": p.id, "user_id": False}
                for p in cls.many
            ]
        )
        leads.action_set_lost(lost_reason_id=reason.id)
        cls.env.flush_all()

    def test_fields_of_a_list(self):
        for name in ("crm_fit", "crm_refusals", "crm_opted_out", *KINDS.values()):
            with self.subTest(field=name):
                many = self.many.with_user(self.rep)
                one, eighty = (
                    lambda r=records, n=name: r.mapped(n)
                    for records in (many[:1].with_prefetch(), many)
                )
                self.count_queries(one)  # fills what is read once a process
                self.assertEqual(self.count_queries(eighty), self.count_queries(one))
        self.assertEqual(set(many.mapped("crm_fit")), {"75 % Strict"})
        self.assertEqual(set(many.mapped("crm_refusals")), {"Too dear"})

    def test_sheet(self):
        """As many people, leads, roles and needs as there may be."""
        account = self.account.with_user(self.rep)

        def add(count):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "parent_id": self.account.id} for n in range(count)]
            )
            leads = self.env["crm.lead"].create(
                [
                    {
                        "name": person.name,
                        "type": "lead",
                        "partner_id": person.id,
                        "user_id": self.rep.id,
                        "qualification_need_ids": [(0, 0, {"name": "Speed"})],
                        "qualification_role_ids": [
                            (0, 0, {"partner_id": person.id, "role": "champion"})
                        ],
                    }
                    for person in people
                ]
            )
            for lead in leads:
                lead._log_contact("Talked", "reached")

        add(1)
        self.answer(self.sector, "yes")
        self.get_sheet(account)
        few = self.count_queries(account.get_account_sheet)
        add(self.MANY)
        many = self.count_queries(account.get_account_sheet)
        self.assertEqual(many, few)
        sheet = account.get_account_sheet()
        known = self.env["res.partner"].search_count(
            [("parent_id", "=", self.account.id), ("is_company", "=", False)]
        )
        self.assertEqual(sheet["people_count"], known)
        self.assertGreater(known, self.MANY)
        self.assertEqual(len(sheet["people"]), self.MANY, "the first ones")
        self.assertTrue(all(person["roles"] for person in sheet["people"]))
        self.assertEqual(len(sheet["needs"]), self.MANY)
