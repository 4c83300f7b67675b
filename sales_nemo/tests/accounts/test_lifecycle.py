"""Lifecycle of contacts and accounts: what their leads make of them, at all times."""

import random
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES, SALES_MANAGER, QualificationCase

PARTNER_MANAGER = "base.group_partner_manager"
FIELDS = ["crm_lifecycle", "crm_in_progress", "crm_heard_date"]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class LifecycleCase(QualificationCase):
    """Two accounts with people, two companies, and a profile that lets all through."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.enforcement = "off"
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.account, cls.ann, cls.bob = cls.create_pod("Acme", "Ann", "Bob")
        cls.rival, cls.eve = cls.create_pod("Rival", "Eve")
        cls.now = Datetime.now()

    @classmethod
    def create_pod(cls, name, *people):
        """An account with its people."""
        partners = cls.env["res.partner"]
        account = partners.create({"name": name, "is_company": True})
        return account, *partners.create(
            [
                {
                    "name": person,
                    "parent_id": account.id,
                    "email": f"{person.lower()}@{name.lower()}.example",
                }
                for person in people
            ]
        )

    @classmethod
    def add_lead(cls, partner, kind="lead", company=None, **values):
        """A lead or opportunity of a company, or of none; nobody's."""
        return cls.env["crm.lead"].create(
            {
                "name": f"For {partner.name}",
                "type": kind,
                "partner_id": partner.id,
                "company_id": company.id if company else False,
                "user_id": False,
                "team_id": False,
            }
            | values
        )

    @classmethod
    def receive(cls, person, date):
        """A mail of theirs outside of any lead, as the mail gateway posts it."""
        root = cls.env.ref("base.user_root")
        return person.with_user(root).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=person.email or "nobody@nowhere.example",
            author_id=person.id,
            date=date,
        )

    @classmethod
    def meet(cls, guests, ended, lead=None):
        """A meeting of an hour with the rep, of a lead or of none."""
        stop = cls.now.replace(microsecond=0) - ended
        return cls.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": stop - HOUR,
                "stop": stop,
                "user_id": cls.rep.id,
                "partner_ids": (cls.rep.partner_id | guests).ids,
                "opportunity_id": lead.id if lead else False,
            }
        )

    def get_stored(self, partner, company=None):
        """What is stored for a company, as (lifecycle, in progress)."""
        self.env.flush_all()
        self.env.invalidate_all()
        partner = partner.with_company(company or self.company)
        return partner.crm_lifecycle or "prospect", partner.crm_in_progress

    def assertLifecycle(self, expected, *partners, company=None):
        in_progress = expected in ("lead", "opportunity")
        for partner in partners:
            with self.subTest(partner=partner.name):
                lifecycle, progress = self.get_stored(partner, company)
                self.assertEqual(lifecycle, expected)
                if expected != "customer":
                    self.assertEqual(progress, in_progress)
        self.assertNothingStale()

    def assertNothingStale(self):
        """The addon's own check finds nothing to repair."""
        self.env.flush_all()
        ours = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("id", ">=", self.account.id)])
        )
        stale = set(self.env["res.partner"]._get_all_stale_lifecycles())
        self.assertEqual(stale & set(ours.ids), set())


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


@tagged("post_install", "-at_install")
class TestHeard(LifecycleCase):
    def assertHeard(self, date, *partners, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        for partner in partners:
            with self.subTest(partner=partner.name):
                partner = partner.with_company(company or self.company)
                self.assertEqual(partner.crm_heard_date, date)
        self.assertNothingStale()

    def test_nothing(self):
        self.add_lead(self.ann)
        self.assertHeard(False, self.ann, self.account)

    def test_on_a_lead(self):
        lead = self.add_lead(self.ann, company=self.company)
        date = self.now.replace(microsecond=0) - 3 * DAY
        lead._log_contact("Talked", "reached", date=date)
        self.assertHeard(date, self.ann, self.account)
        self.assertHeard(False, self.ann, self.account, company=self.other)
        lead._log_contact("Rang", "no_answer", date=date + DAY)
        self.assertHeard(date, self.ann, self.account)
        lead.unlink()
        self.assertHeard(False, self.ann, self.account)

    def test_mail_without_a_lead(self):
        date = self.now.replace(microsecond=0) - 2 * DAY
        message = self.receive(self.ann, date)
        self.assertHeard(date, self.ann, self.account)
        self.assertHeard(False, self.bob)
        message.unlink()
        self.assertHeard(False, self.ann, self.account)

    def test_meeting_without_a_lead(self):
        meeting = self.meet(self.ann, 5 * HOUR)
        self.assertHeard(meeting.stop, self.ann, self.account)
        self.assertHeard(False, self.bob)
        meeting.attendee_ids.filtered(
            lambda a: a.partner_id == self.ann
        ).state = "declined"
        self.assertHeard(False, self.ann, self.account)

    def test_meeting_of_a_deleted_lead(self):
        """Odoo keeps the meeting; it is now one of no lead."""
        lead = self.add_lead(self.bob, company=self.company)
        meeting = self.meet(self.ann, 5 * HOUR, lead)
        self.assertHeard(meeting.stop, self.bob, self.account)
        self.assertHeard(False, self.ann)
        lead.unlink()
        self.assertTrue(meeting.exists())
        for company in (self.company, self.other):
            self.assertHeard(meeting.stop, self.ann, self.account, company=company)
        self.assertHeard(False, self.bob)

    def test_meeting_with_a_deleted_person(self):
        """Nobody is left whom a meeting without a lead would be contact with."""
        lead = self.add_lead(self.bob)
        self.meet(self.ann, 5 * HOUR)
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "two_way")
        self.ann.unlink()
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "none")
        self.assertHeard(False, self.bob, self.account)

    def test_leaves_with_the_person(self):
        date = self.now.replace(microsecond=0) - 2 * DAY
        self.receive(self.ann, date)
        self.ann.parent_id = self.rival
        self.assertHeard(date, self.ann, self.rival)
        self.assertHeard(False, self.account)

    def test_meeting_leaves_with_the_person(self):
        """Leads of the old account lose the meeting, those of the new one gain it."""
        old, new = self.add_lead(self.bob), self.add_lead(self.eve)
        meeting = self.meet(self.ann, 5 * HOUR)
        self.env.flush_all()
        self.assertEqual((old.contact_state, new.contact_state), ("two_way", "none"))
        self.ann.parent_id = self.rival
        self.env.flush_all()
        self.assertEqual((old.contact_state, new.contact_state), ("none", "two_way"))
        self.assertHeard(meeting.stop, self.ann, self.rival)
        self.assertHeard(False, self.account)


@tagged("post_install", "-at_install")
class TestAccess(LifecycleCase):
    def test_who_manages_users_only_creates_one(self):
        groups = "base.group_system,base.group_erp_manager"
        admin = new_test_user(self.env, "system", groups=groups)
        self.assertFalse(admin.has_group("sales_team.group_sale_salesman"))
        users = self.env["res.users"].with_user(admin)
        user = users.create({"name": "New", "login": "new_user"})
        self.assertEqual(user.sudo().partner_id.crm_lifecycle, "prospect")

    def test_clients_write_none_of_it(self):
        user = new_test_user(
            self.env, "sales_contacts", groups=f"{SALES_MANAGER},{PARTNER_MANAGER}"
        )
        partners = self.env["res.partner"].with_user(user)
        ann = self.ann.with_user(user)
        ann.name = "Anne"
        for name, value in (
            ("crm_lifecycle", "customer"),
            ("crm_in_progress", True),
            ("crm_heard_date", "2026-01-01 00:00:00"),
        ):
            for walk in (
                lambda n=name, v=value: ann.write({n: v}),
                lambda n=name, v=value: partners.create({"name": "x", n: v}),
                lambda n=name, v=value: partners.with_context(
                    **{f"default_{n}": v}
                ).create({"name": "x"}),
                lambda n=name, v=value: ann.web_save({n: v}, specification={}),
            ):
                with self.subTest(field=name), mute_logger("odoo.orm.models"):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        walk()
        with mute_logger("odoo.orm.models"):
            loaded = partners.load(["name", "crm_lifecycle"], [["x", "Customer"]])
        self.assertFalse(loaded["ids"])
        self.assertLifecycle("prospect", self.ann)

    def test_members_are_no_way_around(self):
        """Nor through the account's list of people."""
        user = new_test_user(
            self.env, "sales_contacts", groups=f"{SALES},{PARTNER_MANAGER}"
        )
        account = self.account.with_user(user)
        change = (1, self.ann.id, {"crm_lifecycle": "customer"})
        # Odoo runs such commands as the user whose request it is
        request = patch.object(self.env.transaction, "default_env", account.env)
        for name in ("child_ids", "commercial_member_ids"):
            with self.subTest(field=name), request, mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    account.write({name: [change]})

    def test_without_sales_rights(self):
        """Partners are read, written, created and moved as without the addon."""
        self.add_lead(self.ann)
        self.clerk.group_ids += self.env.ref(PARTNER_MANAGER)
        self.env.flush_all()
        self.env.invalidate_all()
        ann = self.ann.with_user(self.clerk)
        known = ann.fields_get()
        self.assertFalse(set(FIELDS) & set(known))
        columns = [
            name
            for name, field in known.items()
            if field["store"] and not field["type"].endswith("2many")
        ]
        self.assertEqual(ann.read(columns)[0]["name"], "Ann")
        self.assertTrue(ann.search_read([("id", "=", ann.id)], columns))
        with self.assertRaises(AccessError):
            ann.read(["crm_lifecycle"])
        ann.parent_id = self.rival.id
        self.assertLifecycle("lead", self.rival)
        ann.is_company = True
        self.assertLifecycle("prospect", self.rival)
        new = ann.create({"name": "Zoe", "parent_id": self.account.id})
        self.assertLifecycle("prospect", new.sudo(), self.account)
        ann.copy()
        new.unlink()

    def test_form_without_sales_rights(self):
        self.clerk.group_ids += self.env.ref(PARTNER_MANAGER)
        with Form(self.env["res.partner"].with_user(self.clerk)) as form:
            form.name = "Zoe"
        self.assertLifecycle("prospect", form.record.sudo())

    def test_form_of_a_salesperson(self):
        self.rep.group_ids += self.env.ref(PARTNER_MANAGER)
        self.add_lead(self.ann, user_id=self.rep.id)
        with Form(self.ann.with_user(self.rep)) as form:
            form.function = "Head of IT"
        self.assertLifecycle("lead", self.ann, self.account)

    def test_colleagues_leads_count(self):
        """The lifecycle is the company's, not that of the leads that one may see."""
        self.add_lead(self.ann, "opportunity", user_id=self.rep_all.id)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.ann.with_user(self.rep).crm_lifecycle, "opportunity")

    def test_a_rep_changes_what_the_rep_does_not_see_all_of(self):
        mine = self.add_lead(self.ann, user_id=self.rep.id)
        self.add_lead(self.bob, "opportunity", user_id=self.rep_all.id)
        mine.with_user(self.rep).action_set_lost()
        self.assertLifecycle("opportunity", self.account, self.bob)
        self.assertLifecycle("lost", self.ann)


class Skipped(Exception):
    """There is nothing to do that with."""


class RandomWalk:
    """Random operations on leads and contacts, each as a person might do it.

    An operation that Odoo refuses is undone and leaves no trace.
    """

    def __init__(self, case, seed):
        self.case, self.env, self.random = case, case.env, random.Random(seed)
        self.partners = list(case.account | case.ann | case.bob | case.rival | case.eve)
        self.partners += case.env["res.partner"].create(
            [{"name": f"Person {number}"} for number in range(3)]
        )
        self.leads = []
        self.log = []
        self.steps = [
            *[self.create_lead] * 5,
            *[self.convert] * 2,
            self.win,
            self.lose,
            self.restore,
            self.archive,
            self.delete,
            *[self.move] * 3,
            self.detach,
            self.toggle,
            self.merge,
            self.change_contact,
            self.change_company,
            *[self.talk] * 2,
            *[self.mail] * 2,
            *[self.meet] * 2,
            self.archive_partner,
            self.create_partner,
            self.delete_partner,
        ]

    def step(self):
        work = self.random.choice(self.steps)
        with suppress(UserError, Skipped), self.env.cr.savepoint():
            work()
        self.leads = [lead for lead in self.leads if lead.exists()]
        self.partners = [p for p in self.partners if p.exists()]

    def note(self, what, *records):
        self.log.append((what, *(f"{r._name} {r.ids}" for r in records)))

    def pick(self, records):
        if not records:
            raise Skipped
        return self.random.choice(records)

    def pick_date(self):
        minutes = self.random.randrange(60, 60 * 24 * 90)
        return self.case.now.replace(microsecond=0) - timedelta(minutes=minutes)

    def pick_company(self):
        return self.random.choice([self.case.company, self.case.other, None])

    def create_lead(self):
        partner = self.pick(self.partners)
        kind = self.random.choice(["lead", "lead", "opportunity"])
        lead = self.case.add_lead(partner, kind, self.pick_company())
        self.note(f"create {kind} of {lead.company_id.name}", lead, partner)
        self.leads.append(lead)

    def convert(self):
        lead = self.pick(self.leads)
        self.note("convert", lead)
        if self.random.random() < 0.5:
            lead.convert_opportunity(lead.partner_id)
        else:
            lead.type = "opportunity"

    def win(self):
        lead = self.pick(self.leads)
        self.note("win", lead)
        lead.action_set_won()

    def lose(self):
        lead = self.pick(self.leads)
        self.note("lose", lead)
        lead.action_set_lost()

    def restore(self):
        lead = self.pick(self.leads)
        self.note("restore", lead)
        lead.action_restore()

    def archive(self):
        lead = self.pick(self.leads)
        self.note("archive", lead)
        lead.active = not lead.active

    def delete(self):
        lead = self.pick(self.leads)
        self.note("delete", lead)
        lead.unlink()

    def move(self):
        person, to = self.pick(self.partners), self.pick(self.partners)
        self.note("move", person, to)
        person.parent_id = to

    def detach(self):
        person = self.pick(self.partners)
        self.note("detach", person)
        person.parent_id = False

    def toggle(self):
        partner = self.pick(self.partners)
        self.note("toggle", partner)
        partner.is_company = not partner.is_company

    def merge(self):
        if len(self.partners) < 5:
            raise Skipped
        source, target = self.random.sample(self.partners, 2)
        self.note("merge", source, target)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).ids, target
        )

    def change_contact(self):
        lead = self.pick(self.leads)
        partner = self.random.choice([*self.partners, None])
        self.note("contact", lead, *([partner] if partner else []))
        lead.partner_id = partner.id if partner else False

    def change_company(self):
        lead, company = self.pick(self.leads), self.pick_company()
        self.note("company", lead, *([company] if company else []))
        lead.company_id = company.id if company else False

    def talk(self):
        lead = self.pick(self.leads)
        self.note("talk", lead)
        outcome = self.random.choice(["reached", "reached", "no_answer"])
        lead._log_contact("Talk", outcome, date=self.pick_date())

    def mail(self):
        person = self.pick(self.partners)
        self.note("mail", person)
        self.case.receive(person, self.pick_date())

    def meet(self):
        person = self.pick(self.partners)
        lead = self.random.choice([None, self.pick(self.leads)])
        self.note("meet", person, *([lead] if lead else []))
        self.case.meet(person, self.case.now - self.pick_date(), lead)

    def archive_partner(self):
        partner = self.pick(self.partners)
        self.note("archive", partner)
        partner.active = not partner.active

    def create_partner(self):
        parent = self.pick(self.partners)
        partner = self.env["res.partner"].create(
            {
                "name": f"New {len(self.log)}",
                "parent_id": parent.id if self.random.random() < 0.7 else False,
                "is_company": self.random.random() < 0.3,
            }
        )
        self.note("create", partner, parent)
        self.partners.append(partner)

    def delete_partner(self):
        if len(self.partners) < 5:
            raise Skipped
        partner = self.pick(self.partners)
        self.note("delete", partner)
        partner.unlink()


@tagged("post_install", "-at_install")
class TestRandomWalk(LifecycleCase):
    """Whatever is done, in whatever order: recomputed here from the leads, by hand."""

    seeds = (1,)

    def get_account(self, partner):
        while partner.parent_id and not partner.is_company:
            partner = partner.parent_id
        return partner

    def get_own_dates(self, person):
        """When a person was heard outside of leads: mails and meetings."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", person.id),
                ("message_type", "=", "email"),
            ]
        )
        account = self.get_account(person)
        dates = [
            min(message.date, message.create_date)
            for message in messages
            if self.get_account(message.author_id) == account
        ]
        meetings = self.env["calendar.event"].search(
            [
                ("opportunity_id", "=", False),
                ("attendee_ids.partner_id", "=", person.id),
            ]
        )
        return dates + [meeting.stop for meeting in meetings]

    def get_expected(self, partner, company, partners):
        """(lifecycle, in progress, heard) as the words in the specification say."""
        people = [p for p in partners if p == partner or self.get_account(p) == partner]
        leads = (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search([("partner_id", "in", [p.id for p in people])])
            .filtered(lambda lead: not lead.company_id or lead.company_id == company)
        )
        closed = {
            status: any(lead.won_status == status for lead in leads)
            for status in ("won", "lost")
        }
        running = {
            lead.type for lead in leads if lead.active and lead.won_status == "pending"
        }
        if closed["won"]:
            lifecycle = "customer"
        elif "opportunity" in running:
            lifecycle = "opportunity"
        elif "lead" in running:
            lifecycle = "lead"
        elif closed["lost"]:
            lifecycle = "lost"
        else:
            lifecycle = "prospect"
        dates = [lead.contact_heard_date for lead in leads]
        dates += [date for person in people for date in self.get_own_dates(person)]
        heard = max((date for date in dates if date), default=None)
        return lifecycle, bool(running), heard and heard.replace(microsecond=0)

    def assertRight(self, walk):
        self.env.flush_all()
        self.env.invalidate_all()
        partners = self.env["res.partner"].browse([p.id for p in walk.partners])
        for partner in partners:
            account = self.get_account(partner)
            self.assertEqual(partner.commercial_partner_id, account, walk.log)
            for company in (self.company, self.other):
                stored = partner.with_company(company)
                self.assertEqual(
                    (
                        stored.crm_lifecycle or "prospect",
                        stored.crm_in_progress,
                        stored.crm_heard_date or None,
                    ),
                    self.get_expected(partner, company, partners),
                    f"{partner.name} ({partner.id}) for {company.name}: {walk.log}",
                )
        self.assertNothingStale()

    def assertLeadsRight(self, walk):
        """What leads know of contact is what messages and meetings show now."""
        leads = self.env["crm.lead"].browse([lead.id for lead in walk.leads])
        if leads:
            stale = self.env["crm.contact.evidence"]._get_stale(leads)
            self.assertEqual(stale, [], walk.log)

    def walk(self, seed):
        walk = RandomWalk(self, seed)
        with mute_logger("odoo.addons.base.wizard.base_partner_merge"):
            for number in range(60):
                walk.step()
                if number % 4 == 3:
                    self.assertRight(walk)
                    self.assertLeadsRight(walk)
        self.assertGreater(len(walk.log), 30)

    def test_walk(self):
        for seed in self.seeds:
            with self.subTest(seed=seed):
                self.walk(seed)


@tagged("post_install", "-at_install", "verify")
class TestMoreRandomWalks(TestRandomWalk):
    seeds = (2, 3)
