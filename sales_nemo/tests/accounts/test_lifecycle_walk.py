"""Lifecycles after random steps, against plain Python."""

import random
from contextlib import suppress
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .lifecycle_case import LifecycleCase


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
