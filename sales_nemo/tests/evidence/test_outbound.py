"""What our messages to a lead's contact and to others make of the lead."""

import random
from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged

from .test_live_evidence import EvidenceCase


class OutboundCase(EvidenceCase):
    """People whom messages can be about, besides the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.evidence = cls.env["crm.contact.evidence"]
        partners = cls.env["res.partner"]
        cls.boss = partners.create({"name": "Boss", "parent_id": cls.account.id})
        cls.stranger = partners.create({"name": "Else", "email": "x@other.example"})
        cls.colleague = new_test_user(cls.env, "colleague").partner_id
        former = new_test_user(cls.env, "former")
        former.active = False
        cls.former = former.partner_id

    def say(self, record, rng):
        """One thing that happens, with its name."""
        lead = record.with_user(self.rep)
        date = rng.choice(
            [None] * 3 + [Datetime.now() - timedelta(days=rng.randrange(40))]
        )
        when = {"date": date} if date else {}
        everybody = [
            record.partner_id,
            self.person,
            self.boss,
            self.stranger,
            self.colleague,
            self.former,
        ]
        to = rng.choice(everybody) | rng.choice(everybody)
        kind = rng.choice(
            ["ours"] * 5 + ["theirs"] * 3 + ["gone"] * 3 + ["note", "reached", "tried"]
        )
        if kind in ("ours", "note"):
            lead.message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_note" if kind == "note" else "mail.mt_comment",
                partner_ids=(to if rng.random() < 0.4 else record.partner_id).ids,
                **when,
            )
        elif kind == "theirs":
            self.receive(record)
        elif kind == "gone":
            record.sudo().message_ids[:1].unlink()
        else:
            outcome = "reached" if kind == "reached" else "no_answer"
            lead._log_contact("Rang", outcome, **when)
        return kind, to.mapped("name"), date


@tagged("post_install", "-at_install")
class TestOutboundWalk(OutboundCase):
    steps = 80

    def test_whatever_happens_it_is_what_the_evidence_tells(self):
        rng = random.Random(20)
        contacts = (
            self.person,
            self.person,
            self.boss,
            self.stranger,
            self.colleague,
            self.former,
            self.env["res.partner"],
        )
        leads = self.env["crm.lead"].union(
            *(self.create_lead(partner_id=contact.id) for contact in contacts)
        )
        said, states = [], set()
        for _step in range(self.steps):
            lead = rng.choice(leads)
            said.append((lead.partner_id.name, *self.say(lead, rng)))
            self.assertEqual(self.evidence._get_stale(leads), [], said[-8:])
            states.add(lead.contact_state)
        self.assertEqual(states, {"none", "outbound", "inbound", "two_way"})


@tagged("post_install", "-at_install", "verify")
class TestLongOutboundWalk(TestOutboundWalk):
    steps = 250


@tagged("post_install", "-at_install")
class TestOutbound(OutboundCase):
    def test_who_did_not_answer_was_written_to(self):
        for _time in range(2):
            self.write_to(self.person)
            self.assertContact("outbound")

    def test_the_contact_dates_from_our_first_answer(self):
        self.write_to(self.person)
        theirs = self.receive(self.lead)
        self.assertContact("two_way", theirs)
        dates = []
        for _time in range(2):
            self.write_to(self.person)
            self.assertContact("two_way", theirs)
            dates.append(self.lead.contact_date)
        self.assertEqual(*dates)
        self.assertGreaterEqual(dates[0], self.lead.contact_heard_date)

    def test_our_first_message_answers_who_wrote_first(self):
        theirs = self.receive()
        self.write_to(self.person)
        self.assertContact("two_way", theirs)

    def test_what_a_colleague_is_told_is_no_contact(self):
        former = self.create_lead(partner_id=self.former.id)
        self.write_to(self.former, former)
        self.assertContact("none", lead=former)

    def test_who_wrote_is_no_customer_any_more(self):
        """The stored contact of a lead doesn't know; answering them asks anew."""
        colleague = self.boss.copy({"email": "boss@customer.example"})
        root = self.env.ref("base.user_root")
        self.lead.with_user(root).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=colleague.email,
            author_id=colleague.id,
        )
        self.assertContact("inbound")
        colleague.write({"parent_id": False, "email": "boss@other.example"})
        self.write_to(self.person)
        self.assertEqual(self.evidence._get_stale(self.lead), [])

    def test_without_a_date(self):
        message = self.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "message_type": "comment",
                "partner_ids": [(4, self.person.id)],
                "date": False,
            }
        )
        self.assertContact("outbound", message)

    def test_on_a_lead_that_is_gone(self):
        lead = self.create_lead(partner_id=self.person.id)
        values = {
            "model": "crm.lead",
            "res_id": lead.id,
            "message_type": "comment",
            "partner_ids": [(4, self.person.id)],
            # else Odoo itself asks the lead for it
            "reply_to": "sales@company.example",
        }
        lead.sudo().unlink()
        self.assertTrue(self.env["mail.message"].create(values))
