"""Lifecycle of contacts and accounts: what their leads make of them, at all times."""

from contextlib import suppress

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common import SALES_MANAGER
from .lifecycle_case import DAY, LifecycleCase


@tagged("post_install", "-at_install")
class TestTransitions(LifecycleCase):
    def test_in_the_sea(self):
        self.assertLifecycle("prospect", self.account, self.ann, self.bob)

    def test_lead(self):
        self.add_lead(self.ann)
        self.assertLifecycle("lead", self.ann, self.account)
        self.assertLifecycle("prospect", self.bob, self.rival)

    def test_lead_of_the_account_itself(self):
        self.add_lead(self.account)
        self.assertLifecycle("lead", self.account)
        self.assertLifecycle("prospect", self.ann, self.bob)

    def test_opportunity(self):
        self.add_lead(self.ann, "opportunity")
        self.assertLifecycle("opportunity", self.ann, self.account)

    def test_conversion(self):
        lead = self.add_lead(self.ann)
        lead.convert_opportunity(self.ann)
        self.assertLifecycle("opportunity", self.ann, self.account)
        lead.type = "lead"
        self.assertLifecycle("lead", self.ann, self.account)

    def test_conversion_with_another_contact(self):
        lead = self.add_lead(self.ann)
        lead.convert_opportunity(self.eve)
        self.assertEqual(lead.partner_id, self.eve)
        self.assertLifecycle("opportunity", self.eve, self.rival)
        self.assertLifecycle("prospect", self.ann, self.account)

    def test_conversion_that_creates_the_contact(self):
        lead = self.create_lead(
            partner_name="New Inc", contact_name="Zoe", email_from="zoe@new.example"
        )
        self.env["crm.lead2opportunity.partner"].with_user(self.rep).with_context(
            active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
        ).create(
            {"lead_id": lead.id, "name": "convert", "action": "create"}
        ).action_apply()
        self.assertEqual(lead.type, "opportunity")
        person = lead.partner_id
        self.assertNotEqual(person, person.commercial_partner_id)
        self.assertLifecycle("opportunity", person, person.commercial_partner_id)

    def test_won(self):
        lead = self.add_lead(self.ann, "opportunity")
        lead.action_set_won()
        self.assertEqual(self.get_stored(self.ann), ("customer", False))
        self.assertLifecycle("customer", self.ann, self.account)
        self.assertLifecycle("prospect", self.bob)

    def test_customer_with_something_open(self):
        self.add_lead(self.ann, "opportunity").action_set_won()
        again = self.add_lead(self.bob)
        self.assertEqual(self.get_stored(self.account), ("customer", True))
        self.assertEqual(self.get_stored(self.ann), ("customer", False))
        self.assertEqual(self.get_stored(self.bob), ("lead", True))
        again.action_set_lost()
        self.assertEqual(self.get_stored(self.account), ("customer", False))
        self.assertLifecycle("lost", self.bob)

    def test_won_and_moved_back(self):
        lead = self.add_lead(self.ann, "opportunity")
        first = lead.stage_id
        lead.action_set_won()
        lead.stage_id = first
        lead.probability = 10
        self.assertLifecycle("opportunity", self.ann, self.account)

    def test_lost(self):
        lead = self.add_lead(self.ann, "opportunity")
        lead.action_set_lost()
        self.assertLifecycle("lost", self.ann, self.account)
        lead.action_restore()
        self.assertLifecycle("opportunity", self.ann, self.account)

    def test_recycled_as_a_new_lead(self):
        self.add_lead(self.ann, "opportunity").action_set_lost()
        lead = self.add_lead(self.ann)
        self.assertLifecycle("lead", self.ann, self.account)
        lead.action_set_lost()
        self.assertLifecycle("lost", self.ann, self.account)

    def test_archived_is_not_lost(self):
        lead = self.add_lead(self.ann, probability=20)
        lead.action_archive()
        self.assertEqual(lead.won_status, "pending")
        self.assertLifecycle("prospect", self.ann, self.account)
        lead.action_unarchive()
        self.assertLifecycle("lead", self.ann, self.account)

    def test_deleted(self):
        lead = self.add_lead(self.ann)
        lost = self.add_lead(self.bob)
        lost.action_set_lost()
        self.assertLifecycle("lead", self.account)
        lead.unlink()
        self.assertLifecycle("prospect", self.ann)
        self.assertLifecycle("lost", self.account)
        lost.unlink()
        self.assertLifecycle("prospect", self.bob, self.account)

    def test_furthest_counts(self):
        for number, (kind, expected) in enumerate(
            (("lead", "lead"), ("opportunity", "opportunity"))
        ):
            self.add_lead((self.ann, self.bob)[number], kind)
            self.assertLifecycle(expected, self.account)
        self.assertLifecycle("lead", self.ann)
        self.assertLifecycle("opportunity", self.bob)

    def test_another_contact(self):
        lead = self.add_lead(self.ann)
        lead.partner_id = self.eve
        self.assertLifecycle("lead", self.eve, self.rival)
        self.assertLifecycle("prospect", self.ann, self.account)
        lead.partner_id = False
        self.assertLifecycle("prospect", self.eve, self.rival)

    def test_merged_leads(self):
        """What is left of two leads counts, and nothing of the one that is gone."""
        kept = self.add_lead(self.ann, "opportunity")
        gone = self.add_lead(self.eve)
        (kept | gone).merge_opportunity()
        left = (kept | gone).exists()
        self.assertEqual(len(left), 1)
        self.assertLifecycle("opportunity", left.partner_id)
        empty = (self.account | self.rival) - left.partner_id.commercial_partner_id
        self.assertLifecycle("prospect", empty)

    def test_batch(self):
        """Many at once, each with its own."""
        leads = self.env["crm.lead"].create(
            [
                {"name": partner.name, "type": kind, "partner_id": partner.id}
                for partner, kind in (
                    (self.ann, "lead"),
                    (self.bob, "opportunity"),
                    (self.eve, "lead"),
                )
            ]
        )
        self.assertLifecycle("lead", self.ann, self.eve, self.rival)
        self.assertLifecycle("opportunity", self.bob, self.account)
        leads.action_set_lost()
        self.assertLifecycle(
            "lost", self.ann, self.bob, self.eve, self.account, self.rival
        )
        leads.unlink()
        self.assertLifecycle(
            "prospect", self.ann, self.bob, self.eve, self.account, self.rival
        )


@tagged("post_install", "-at_install")
class TestPeopleMove(LifecycleCase):
    def test_to_another_company(self):
        self.add_lead(self.ann, "opportunity")
        self.ann.parent_id = self.rival
        self.assertLifecycle("opportunity", self.ann, self.rival)
        self.assertLifecycle("prospect", self.account)
        self.ann.parent_id = self.account
        self.assertLifecycle("opportunity", self.ann, self.account)
        self.assertLifecycle("prospect", self.rival)

    def test_leaves_all_companies(self):
        self.add_lead(self.ann)
        self.ann.parent_id = False
        self.assertLifecycle("lead", self.ann)
        self.assertLifecycle("prospect", self.account)

    def test_joins_a_company(self):
        person = self.env["res.partner"].create({"name": "Zoe"})
        self.add_lead(person)
        person.parent_id = self.account
        self.assertLifecycle("lead", person, self.account)

    def test_turned_into_a_company(self):
        self.add_lead(self.ann)
        helper = self.env["res.partner"].create(
            {"name": "Assistant", "parent_id": self.ann.id}
        )
        self.add_lead(helper, "opportunity")
        self.assertLifecycle("opportunity", self.account)
        self.assertLifecycle("lead", self.ann)
        self.ann.is_company = True
        self.assertLifecycle("prospect", self.account)
        self.assertLifecycle("opportunity", self.ann, helper)
        self.ann.is_company = False
        self.assertLifecycle("opportunity", self.account)
        self.assertLifecycle("lead", self.ann)

    def test_company_becomes_a_persons_part(self):
        """A company below another one is an account of its own until it is none."""
        self.rival.parent_id = self.account
        self.add_lead(self.eve)
        self.assertLifecycle("lead", self.rival)
        self.assertLifecycle("prospect", self.account)
        self.rival.is_company = False
        self.assertLifecycle("lead", self.account, self.eve)
        self.assertLifecycle("prospect", self.rival)

    def test_company_created_around_a_person(self):
        """The button of Odoo's own form."""
        person = self.env["res.partner"].create(
            {"name": "Zoe", "company_name": "Zoe Inc"}
        )
        self.add_lead(person)
        person.create_company()
        self.assertTrue(person.parent_id.is_company)
        self.assertLifecycle("lead", person, person.parent_id)

    def test_archived_people_still_count(self):
        self.add_lead(self.ann, "opportunity").action_set_won()
        self.ann.active = False
        self.assertLifecycle("customer", self.ann, self.account)
        self.account.active = False
        self.assertLifecycle("customer", self.account)
        lead = self.add_lead(self.bob)
        lead.action_set_lost()
        self.assertLifecycle("lost", self.bob)

    def test_deleted_person(self):
        lead = self.add_lead(self.ann)
        lost = self.add_lead(self.bob)
        lost.action_set_lost()
        lead.partner_id = False
        self.ann.unlink()
        self.assertLifecycle("lost", self.account)

    def test_deleted_person_with_a_lead(self):
        self.add_lead(self.ann)
        self.assertLifecycle("lead", self.account)
        with suppress(UserError), self.env.cr.savepoint():
            self.ann.unlink()
        if self.ann.exists():
            self.assertLifecycle("lead", self.account)
        else:
            self.assertLifecycle("prospect", self.account)

    def test_copied_contact_is_in_the_sea(self):
        self.add_lead(self.ann)
        self.assertLifecycle("prospect", self.ann.copy())
        self.assertLifecycle("lead", self.account)

    def test_account_deeper_down(self):
        """People of people are of the account, too."""
        helper = self.env["res.partner"].create(
            {"name": "Assistant", "parent_id": self.ann.id}
        )
        self.add_lead(helper)
        self.assertLifecycle("lead", helper, self.account)
        self.assertLifecycle("prospect", self.ann)
        self.ann.parent_id = self.rival
        self.assertLifecycle("lead", helper, self.rival)
        self.assertLifecycle("prospect", self.account)


@tagged("post_install", "-at_install")
class TestCompanies(LifecycleCase):
    def test_each_has_its_own(self):
        self.add_lead(self.ann, "opportunity", self.company)
        lost = self.add_lead(self.ann, "opportunity", self.other)
        lost.action_set_lost()
        self.assertLifecycle("opportunity", self.ann, self.account)
        self.assertLifecycle("lost", self.ann, self.account, company=self.other)

    def test_of_no_company_is_for_all(self):
        lead = self.add_lead(self.ann)
        for company in (self.company, self.other):
            self.assertLifecycle("lead", self.ann, self.account, company=company)
        lead.company_id = self.other
        self.assertLifecycle("prospect", self.ann, self.account)
        self.assertLifecycle("lead", self.ann, self.account, company=self.other)
        lead.company_id = False
        self.assertLifecycle("lead", self.ann, self.account)

    def test_created_later(self):
        self.add_lead(self.ann)
        self.add_lead(self.eve, "opportunity", self.company)
        new = self.env["res.company"].create({"name": "New"})
        self.assertLifecycle("lead", self.ann, self.account, company=new)
        self.assertLifecycle("prospect", self.eve, self.rival, company=new)
        self.assertLifecycle("opportunity", self.eve, self.rival)

    def test_filter(self):
        self.add_lead(self.ann, "opportunity", self.company)
        self.add_lead(self.eve, "lead", self.other)
        self.env.flush_all()
        pods = self.account | self.ann | self.bob | self.rival | self.eve

        def find(lifecycle, company):
            partners = self.env["res.partner"].with_company(company)
            return partners.search(
                [("id", "in", pods.ids), ("crm_lifecycle", "=", lifecycle)]
            )

        self.assertEqual(find("opportunity", self.company), self.account | self.ann)
        self.assertEqual(find("lead", self.other), self.rival | self.eve)
        self.assertFalse(find("lead", self.company))
        self.assertEqual(
            find("prospect", self.company), self.bob | self.rival | self.eve
        )
        self.assertEqual(
            find("prospect", self.other), self.account | self.ann | self.bob
        )

    def test_groups(self):
        """The explore list's groups hold everybody, those in the sea, too."""
        self.add_lead(self.ann, "opportunity", self.company)
        self.env.flush_all()
        pods = self.account | self.ann | self.bob | self.rival | self.eve
        counts = dict(
            self.env["res.partner"]._read_group(
                [("id", "in", pods.ids)], ["crm_lifecycle"], ["__count"]
            )
        )
        self.assertEqual(counts, {"opportunity": 2, "prospect": 3})

    def test_person_moves(self):
        self.add_lead(self.ann, "opportunity", self.company)
        self.add_lead(self.ann, "lead", self.other)
        self.ann.parent_id = self.rival
        self.assertLifecycle("opportunity", self.ann, self.rival)
        self.assertLifecycle("lead", self.ann, self.rival, company=self.other)
        for company in (self.company, self.other):
            self.assertLifecycle("prospect", self.account, company=company)

    def test_users_of_one_company_keep_the_others_right(self):
        """Who sees one company only changes leads that count for all."""
        rep = new_test_user(
            self.env,
            "rep_other",
            groups=SALES_MANAGER,
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        lead = self.add_lead(self.ann)
        lead.with_user(rep).action_set_lost()
        for company in (self.company, self.other):
            self.assertLifecycle("lost", self.ann, self.account, company=company)

    def test_what_is_heard_on_no_lead_is_for_all(self):
        date = self.now.replace(microsecond=0) - DAY
        self.receive(self.ann, date)
        for company in (self.company, self.other):
            self.assertLifecycle("prospect", self.ann, company=company)
            partner = self.ann.with_company(company)
            self.assertEqual(partner.crm_heard_date, date)
            self.assertEqual(partner.parent_id.crm_heard_date, date)
