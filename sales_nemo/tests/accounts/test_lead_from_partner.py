"""Leads for many contacts at once."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...wizard import crm_lead_from_partner as wizard_file
from ..common import SALES_ALL, QualificationCase


@tagged("post_install", "-at_install")
class TestLeadFromPartner(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"]
        cls.account = cls.create_partner("Acme", is_company=True)
        cls.ann = cls.create_partner(
            "Ann", parent_id=cls.account.id, email="ann@acme.be"
        )
        cls.bob = cls.create_partner("Bob", parent_id=cls.account.id)
        cls.lone = cls.create_partner("Lone", email="lone@gmail.com")

    @classmethod
    def create_partner(cls, name, **values):
        return cls.partners.create({"name": name} | values)

    def open_wizard(self, partners, user=None, **values):
        """The wizard as the list's button opens it."""
        wizards = self.env["crm.lead.from.partner"].with_user(user or self.rep)
        return wizards.with_context(
            active_model="res.partner", active_ids=partners.ids
        ).create(values)

    def create_leads(self, partners, user=None, **values):
        """Run the wizard.

        :return: the new leads, in the order in which they were created
        """
        action = self.open_wizard(partners, user, **values).action_create_leads()
        leads = self.env["crm.lead"].search(action["domain"], order="id")
        self.env.flush_all()
        return leads

    def assertRunning(self, partner, per=("account", "person"), **values):
        """The contact is in progress already, and gets no lead."""
        for one in per:
            with self.subTest(per=one):
                wizard = self.open_wizard(partner, per=one, **values)
                self.assertEqual(wizard.running_ids.ids, partner.ids)
                self.assertFalse(wizard.target_ids)

    def assertFree(self, partner, per=("account", "person"), **values):
        for one in per:
            with self.subTest(per=one):
                wizard = self.open_wizard(partner, per=one, **values)
                self.assertEqual(wizard.target_ids.ids, partner.ids)
                self.assertFalse(wizard.running_ids)

    # ------------------------------------------------------------
    # WHO GETS A LEAD
    # ------------------------------------------------------------

    def test_per_account(self):
        """The first that can be written to stands for the account."""
        everybody = self.account | self.bob | self.ann | self.lone
        leads = self.create_leads(everybody)
        self.assertEqual(leads.partner_id, self.ann | self.lone)
        self.assertEqual(len(leads), 2)
        self.assertEqual(set(leads.mapped("type")), {"lead"})
        self.assertEqual(leads.user_id, self.rep)

    def test_account_without_its_people(self):
        """One of its people stands for it, who can be reached before the others."""
        self.create_partner("Ceo", parent_id=self.account.id, email="noreply@acme.be")
        self.create_partner("-", parent_id=self.account.id, email="box@acme.be")
        self.create_partner("Dock", parent_id=self.account.id, type="delivery")
        wizard = self.open_wizard(self.account)
        self.assertEqual((wizard.target_count, wizard.nameless_count), (1, 0))
        [lead] = self.create_leads(self.account)
        self.assertEqual(lead.partner_id, self.ann)
        self.assertNotIn("reachable", lead.qualification_failed)

    def test_who_was_selected_stands_for_the_account(self):
        self.assertEqual(self.create_leads(self.bob).partner_id, self.bob)

    def test_account_of_which_nobody_is_known(self):
        """It gets a lead, and the dialog says that nobody is there to talk to."""
        empty = self.create_partner("Empty", is_company=True, email="info@empty.be")
        wizard = self.open_wizard(empty | self.account)
        self.assertEqual((wizard.target_count, wizard.nameless_count), (2, 1))
        self.assertEqual(self.create_leads(empty).partner_id, empty)

    def test_per_person(self):
        leads = self.create_leads(self.account | self.lone, per="person")
        self.assertEqual(leads.partner_id, self.ann | self.bob | self.lone)
        self.assertEqual(len(leads), 3)

    def test_per_person_of_an_account_without_people(self):
        empty = self.create_partner("Empty", is_company=True)
        self.create_partner("Dock", parent_id=empty.id, type="delivery")
        self.create_partner("Gone", parent_id=empty.id, active=False)
        self.assertEqual(self.create_leads(empty, per="person").partner_id, empty)

    def test_per_person_without_the_account(self):
        self.assertEqual(self.create_leads(self.bob, per="person").partner_id, self.bob)

    def test_owners_take_turns(self):
        people = self.partners.create([{"name": f"Person {n}"} for n in range(5)])
        owners = self.rep | self.rep_all
        leads = self.create_leads(people, self.rep_all, user_ids=[(6, 0, owners.ids)])
        turns = [lead.user_id.id for lead in leads]
        self.assertEqual(len(turns), 5)
        for before, after in zip(turns, turns[1:], strict=False):
            self.assertNotEqual(before, after)

    def test_who_left_takes_no_turn(self):
        people = self.partners.create([{"name": f"Person {n}"} for n in range(3)])
        owners = self.rep | self.rep_all
        wizard = self.open_wizard(people, user_ids=[(6, 0, owners.ids)])
        self.rep_all.active = False
        # as lists that show archived contacts send it
        wizard = wizard.with_context(active_test=False)
        leads = self.env["crm.lead"].search(wizard.action_create_leads()["domain"])
        self.assertEqual(leads.user_id, self.rep)

    def test_without_owners(self):
        lead = self.create_leads(self.lone, user_ids=[(5,)])
        self.assertFalse(lead.user_id)

    def test_team(self):
        team = self.env["crm.team"].create({"name": "Divers"})
        lead = self.create_leads(self.lone, team_id=team.id)
        self.assertEqual(lead.team_id, team)

    def test_opens_the_leads(self):
        action = self.open_wizard(self.lone | self.ann).action_create_leads()
        self.assertEqual(action["res_model"], "crm.lead")
        leads = self.env["crm.lead"].with_user(self.rep)
        self.assertEqual(leads.search_count(action["domain"]), 2)

    def test_nobody_was_selected(self):
        wizard = self.env["crm.lead.from.partner"].with_user(self.rep).new()
        self.assertFalse(wizard.target_count)

    # ------------------------------------------------------------
    # DOUBLES
    # ------------------------------------------------------------

    def test_contact_with_a_lead(self):
        self.create_lead(partner_id=self.ann.id)
        self.assertRunning(self.ann)
        # a colleague at the account, too, but not as a person
        self.assertRunning(self.bob, ["account"])
        self.assertRunning(self.account, ["account"])
        self.assertFree(self.bob, ["person"])

    def test_contact_with_an_opportunity(self):
        self.create_lead(type="opportunity", partner_id=self.lone.id)
        self.assertRunning(self.lone)

    def test_lead_of_a_colleague(self):
        """Record rules hide it, and it counts all the same."""
        lead = self.create_lead(user=self.rep_all, partner_id=self.lone.id)
        self.assertFalse(lead.with_user(self.rep).has_access("read"))
        self.assertRunning(self.lone)

    def test_lead_of_an_archived_person(self):
        self.create_lead(partner_id=self.bob.id)
        self.bob.active = False
        self.assertRunning(self.account, ["account"])

    def test_same_email(self):
        self.create_lead(email_from='"Lone" <LONE@gmail.com>')
        self.assertRunning(self.lone)

    def test_email_of_somebody_else_at_the_account(self):
        self.create_lead(email_from="ann@acme.be")
        self.assertRunning(self.bob, ["account"])
        self.assertFree(self.bob, ["person"])

    def test_same_mail_domain(self):
        self.create_lead(email_from="info@acme.be")
        self.assertRunning(self.ann, ["account"])
        self.assertRunning(self.account, ["account"])
        self.assertFree(self.ann, ["person"])

    def test_free_mail_domain_is_no_double(self):
        for kind in ("lead", "opportunity"):
            self.create_lead(email_from="somebody@gmail.com", type=kind)
        self.assertFree(self.lone)

    def test_same_phone(self):
        self.lone.phone = "+32 471 12 34 56"
        self.bob.phone = "+32 471 12 34 57"
        self.create_lead(phone="+32471123456")
        self.create_lead(phone="+32/471.12.34.57")
        self.assertRunning(self.lone)
        self.assertRunning(self.bob)
        self.assertRunning(self.account, ["account"])
        self.assertFree(self.ann, ["person"])

    def test_same_phone_twice_in_one_go(self):
        again = self.create_partner("Lone again")
        (self.lone | again).phone = "+32 471 12 34 56"
        for per in ("account", "person"):
            with self.subTest(per=per), self.env.cr.savepoint() as savepoint:
                self.assertEqual(len(self.create_leads(self.lone | again, per=per)), 1)
                savepoint.rollback()

    def test_what_fills_the_phone_is_no_double(self):
        self.lone.phone = "00000"
        self.create_lead(phone="00000")
        self.assertFree(self.lone)

    def test_strangers_who_share_an_address_are_no_doubles(self):
        """A coworking's, or our own form's."""
        self.env["mail.alias.domain"].create({"name": "ours.example"})
        for email in ("office@cowork.be", "ann@ours.example", self.rep_all.email):
            with self.subTest(email):
                self.ann.email = email
                self.create_lead(email_from=email)
                self.assertFree(self.ann, ["person"])

    def test_own_form_makes_no_account_a_double(self):
        self.env.company.partner_id.email = "info@ours.example"
        self.lone.email = "form@ours.example"
        self.create_lead(email_from="form@ours.example")
        self.assertFree(self.lone)

    def test_opportunity_of_a_colleague(self):
        """Of the same account, or found by the company's mail domain alone."""
        for values in ({"partner_id": self.ann.id}, {"email_from": "boss@acme.be"}):
            with self.subTest(**values), self.env.cr.savepoint() as savepoint:
                self.bob.email = "bob@acme.be"
                self.create_lead(type="opportunity", **values)
                self.assertRunning(self.bob)
                savepoint.rollback()

    def test_another_companys_lead_is_no_double(self):
        company = self.env["res.company"].create({"name": "Other"})
        for name in ("partner", "email"):
            self.env["crm.lead"].create(
                {
                    "name": name,
                    "type": "lead",
                    "partner_id": name == "partner" and self.ann.id,
                    "email_from": "ann@acme.be",
                    "company_id": company.id,
                    "user_id": False,
                    "team_id": False,
                }
            )
        self.assertFree(self.ann)
        # for a team of that company it is one
        self.rep.company_ids |= company
        team = self.env["crm.team"].create({"name": "O", "company_id": company.id})
        self.assertRunning(self.ann, team_id=team.id)

    def test_lead_of_no_company_is_a_double(self):
        lead = self.create_lead(partner_id=self.lone.id)
        lead.sudo().write({"company_id": False, "user_id": False, "team_id": False})
        self.assertFalse(lead.sudo().company_id)
        self.assertRunning(self.lone)

    def test_what_is_over_is_no_double(self):
        for over in ("won", "lost", "archived"):
            with self.subTest(over):
                lead = self.create_lead(
                    type="opportunity", partner_id=self.ann.id, email_from="ann@acme.be"
                )
                self.env.flush_all()
                if over == "won":
                    lead.action_set_won()
                elif over == "lost":
                    lead.action_set_lost()
                else:
                    lead.active = False
                self.env.flush_all()
                self.assertFree(self.ann)

    def test_twice(self):
        """The second run leaves out whom the first one gave a lead."""
        first = self.create_leads(self.ann | self.lone)
        self.assertEqual(len(first), 2)
        with self.assertRaisesRegex(UserError, "being worked"):
            self.create_leads(self.ann | self.bob | self.lone)
        other = self.create_partner("Other")
        self.assertEqual(self.create_leads(self.ann | other).partner_id, other)

    def test_second_wizard_was_open_already(self):
        """What is created while the wizard is open counts."""
        wizard = self.open_wizard(self.lone)
        self.assertEqual(wizard.target_count, 1)
        self.create_leads(self.lone, self.rep_all)
        with self.assertRaises(UserError):
            wizard.action_create_leads()

    def test_same_email_twice_in_one_go(self):
        """Two contacts with one address get one lead, as one after the other."""
        again = self.create_partner("Lone again", email="lone@gmail.com")
        for per in ("account", "person"):
            with self.subTest(per=per), self.env.cr.savepoint() as savepoint:
                self.assertEqual(len(self.create_leads(self.lone | again, per=per)), 1)
                savepoint.rollback()

    def test_same_mail_domain_twice_in_one_go(self):
        """Two accounts with one mail domain are one lead, too."""
        branch = self.create_partner(
            "Acme branch", is_company=True, email="branch@acme.be"
        )
        self.assertEqual(len(self.create_leads(self.ann | branch)), 1)

    # ------------------------------------------------------------
    # OPTED OUT
    # ------------------------------------------------------------

    def block(self):
        """Opted out: one by e-mail, one by phone.

        :return: both, and somebody who didn't
        """
        phoned = self.create_partner("Phoned", phone="+32 471 12 34 56")
        self.env.flush_all()
        self.env["phone.blacklist"].create({"number": phoned.phone_sanitized})
        self.env["mail.blacklist"].create({"email": "lone@gmail.com"})
        self.env.invalidate_all()
        return self.lone | phoned, self.ann

    def test_opted_out_are_marked(self):
        opted_out, other = self.block()
        wizard = self.open_wizard(opted_out | other)
        self.assertEqual(set(wizard.opted_out_ids.ids), set(opted_out.ids))
        self.assertEqual((wizard.target_count, wizard.opted_out_count), (3, 2))
        self.assertTrue(all(opted_out.with_user(self.rep).mapped("crm_opted_out")))
        self.assertFalse(other.with_user(self.rep).crm_opted_out)

    def test_opted_out_are_left_out_on_demand(self):
        opted_out, other = self.block()
        leads = self.create_leads(opted_out | other, is_leaving_out=True)
        self.assertEqual(leads.partner_id, other)
        with self.assertRaises(UserError):
            self.create_leads(opted_out, is_leaving_out=True)
        self.assertEqual(self.create_leads(opted_out).partner_id, opted_out)

    def test_opted_out_and_running_is_running(self):
        opted_out, _other = self.block()
        self.create_lead(partner_id=self.lone.id)
        wizard = self.open_wizard(opted_out)
        self.assertEqual((wizard.running_count, wizard.opted_out_count), (1, 1))

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_clerk_creates_no_leads(self):
        with self.assertRaises(AccessError):
            self.open_wizard(self.lone, self.clerk)

    def test_salesperson_hands_out_leads(self):
        """Who sees own leads only may still take turns with colleagues."""
        owners = self.rep | self.rep_all
        leads = self.create_leads(
            self.ann | self.lone, user_ids=[(6, 0, owners.ids)], per="person"
        )
        self.assertEqual(leads.user_id, owners)
        self.assertEqual(leads.create_uid, self.rep)

    def test_clients_slip_nothing_into_the_leads(self):
        """The leads are created in superuser mode: no default gets into them."""
        easy = self.profile.copy({"sequence": 99, "enforcement": "off"})
        slipped = {
            "default_qualification_profile_id": easy.id,
            "default_qualification_profile_pinned": True,
            "default_qualification_state": "ready",
            "default_contact_state": "two_way",
            "default_type": "opportunity",
            "default_active": False,
        }
        wizard = self.open_wizard(self.ann).with_context(**slipped)
        leads = self.env["crm.lead"].search(wizard.action_create_leads()["domain"])
        self.assertEqual(leads.partner_id, self.ann)
        self.assertEqual(leads.type, "lead")
        self.assertEqual(leads.qualification_profile_id, self.profile)
        self.assertFalse(leads.qualification_profile_pinned)
        self.assertEqual(leads.qualification_state, "blocked")
        self.assertEqual(leads.contact_state, "none")

    def test_only_salespeople_create_leads(self):
        wizard = self.open_wizard(self.ann, user=self.rep).with_user(self.clerk)
        with self.assertRaises(AccessError):
            wizard.action_create_leads()

    def test_company_of_the_salesperson(self):
        """A lead is of its owner's company: that is where doubles are looked for."""
        company = self.env["res.company"].create({"name": "Other"})
        self.rep_all.company_ids |= company
        other = new_test_user(
            self.env,
            "other_rep",
            groups=SALES_ALL,
            company_id=company.id,
            company_ids=company.ids,
        )
        self.create_lead(partner_id=self.ann.id, user=other, company_id=company.id)
        self.env.flush_all()
        wizard = self.open_wizard(
            self.ann, self.rep_all, user_ids=other.ids, team_id=False
        )
        self.assertEqual(wizard.running_ids.ids, self.ann.ids)

    # ------------------------------------------------------------
    # LIMITS AND COST
    # ------------------------------------------------------------

    def test_too_many(self):
        self.create_partner("Third")
        with (
            patch.object(wizard_file, "MOST", 1),
            self.assertRaisesRegex(UserError, "2 leads: create at most 1"),
        ):
            self.create_leads(self.ann | self.lone)
        with patch.object(wizard_file, "MOST", 2):
            self.assertEqual(len(self.create_leads(self.ann | self.lone)), 2)

    def test_colleagues_and_addresses_get_no_lead(self):
        """Whatever list the wizard was opened from."""
        dock = self.create_partner("Dock", parent_id=self.account.id, type="delivery")
        ours = self.rep_all.partner_id | self.env.company.partner_id
        for per, expected in (("account", self.lone), ("person", self.lone)):
            with self.subTest(per=per):
                wizard = self.open_wizard(dock | ours | self.lone, per=per)
                self.assertEqual(wizard.target_ids.ids, expected.ids)

    def test_queries_of_looking(self):
        people = self.partners.create(
            [
                {"name": f"Person {n}", "email": f"person@company{n}.be"}
                for n in range(60)
            ]
        )
        names = ["target_count", "running_count", "opted_out_count"]
        for per in ("account", "person"):
            with self.subTest(per=per):
                some, many = (
                    self.open_wizard(some, per=per) for some in (people[:2], people)
                )
                (some | many).read(names)
                self.count_queries(lambda wizard=some: wizard.read(names))
                fewer = self.count_queries(lambda wizard=some: wizard.read(names))
                more = self.count_queries(lambda wizard=many: wizard.read(names))
                self.assertEqual(more, fewer)

    def test_queries_of_creating(self):
        """The wizard adds none for each lead to those of Odoo's own create."""

        def cost(number, by_wizard):
            people = self.partners.create(
                [
                    {"name": f"P {number}{n}", "email": f"p@{by_wizard}{number}-{n}.be"}
                    for n in range(number)
                ]
            )
            wizard = self.open_wizard(people, user_ids=[(6, 0, self.rep.ids)])
            values = [
                wizard._prepare_lead_values(person, n)
                for n, person in enumerate(people)
            ]
            leads = self.env["crm.lead"].with_user(self.rep)
            if by_wizard:
                return self.count_queries(wizard.action_create_leads)
            return self.count_queries(lambda: leads.create(values))

        cost(2, True)
        more_by_wizard = cost(40, True) - cost(10, True)
        more_by_odoo = cost(40, False) - cost(10, False)
        self.assertLessEqual(more_by_wizard, more_by_odoo)
