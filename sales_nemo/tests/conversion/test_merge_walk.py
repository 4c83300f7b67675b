"""Random merges, against plain Python."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .merge_case import OUTCOMES, MergeCase


@dataclass
class Expected:
    """What is known about one record, kept by rules of its own.

    Needs and commitments: ``{identity: [(is strong, since, state)]}`` of all that was
    ever said; answers: ``{criterion: {since: value}}``.
    """

    type: str
    outcomes: list = field(default_factory=list)
    needs: dict = field(default_factory=dict)
    details: dict = field(default_factory=dict)
    commitments: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    roles: set = field(default_factory=set)
    calls: set = field(default_factory=set)
    decisions: set = field(default_factory=set)

    def take(self, other):
        self.type = max(self.type, other.type)  # opportunity comes after lead
        self.outcomes += other.outcomes
        for mine, theirs in (
            (self.needs, other.needs),
            (self.commitments, other.commitments),
        ):
            for identity, words in theirs.items():
                mine[identity] = mine.get(identity, []) + words
        for identity, details in other.details.items():
            self.details[identity] = self.details.get(identity, set()) | details
        for criterion, said in other.answers.items():
            self.answers[criterion] = self.answers.get(criterion, {}) | said
        self.roles |= other.roles
        self.calls |= other.calls
        self.decisions |= other.decisions


@tagged("post_install", "-at_install")
class TestMergeWalk(MergeCase):
    """Random records with random facts, merged until one is left."""

    seeds = range(2)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [{"name": "Ann"}, {"name": "Ben"}]
        cls.people = cls.env["res.partner"].create(names)

    def test_walk(self):
        needs_required = self.profile.needs_required
        for seed in self.seeds:
            with self.subTest(seed=seed):
                self.random = random.Random(seed)
                self.clock = datetime(2026, 1, 1)
                self.profile.needs_required = needs_required
                known = {self.create_subject(n): None for n in range(7)}
                # nobody passes from here on: no flag is settled on the way
                self.profile.needs_required = 99
                known = {lead: self.tell(lead) for lead in known}
                while len(known) > 1:
                    count = self.random.randint(2, min(4, len(known)))
                    chosen = self.random.sample(list(known), count)
                    merged = self.merge(self.leads.union(*chosen))
                    self.assertIn(merged, chosen)
                    for lead in chosen:
                        if lead != merged:
                            self.assertFalse(lead.exists())
                            known[merged].take(known.pop(lead))
                    self.assert_known(merged, known[merged])

    def create_subject(self, number):
        outcome = self.random.choice(["lead", "lead", *OUTCOMES])
        if outcome == "lead":
            return self.create_lead(f"Lead {number}")
        return self.create_opportunity(outcome, f"Opportunity {number}")

    def tick(self):
        self.clock += timedelta(minutes=self.random.randint(1, 9999))
        return self.clock

    def tell(self, lead):
        """Random facts, on days in no order."""
        expected = Expected(
            lead.type,
            [self.get_outcome(lead)] if lead.type == "opportunity" else [],
            decisions=set(lead.sudo().qualification_decision_ids),
        )
        lead.qualification_need_ids.unlink()
        lead.qualification_commitment_ids.unlink()
        self.tell_needs(lead, expected)
        self.tell_commitments(lead, expected)
        for criterion, values in (
            (self.budget, ["yes", "no"]),
            (self.size, ["Large", "Small"]),
        ):
            if self.random.random() < 0.6:
                since, value = self.tick(), self.random.choice(values)
                self.create_facts(
                    "crm.qualification.answer",
                    lead,
                    {"criterion_id": criterion.id, "value": value, "date": since},
                )
                expected.answers[criterion] = {since: value}
        for person in self.people:
            role = self.random.choice(["champion", "user", None])
            if role:
                part = {"partner_id": person.id, "role": role}
                self.create_facts("crm.lead.role", lead, part)
                expected.roles.add((person, role))
        if self.random.random() < 0.5:
            expected.calls.add(lead._log_contact("We talked", "reached"))
        return expected

    def tell_needs(self, lead, expected):
        for name in self.random.sample(["Speed", "Price", "Trust"], 2):
            state = self.random.choice(["suspected", "confirmed", "not_for_us"])
            detail = self.random.choice([False, "Slow", f"Of {lead.name}"])
            shown = self.random.choice([name, name.lower(), f" {name} "])
            since = self.tick()
            row = {"name": shown, "state": state, "detail": detail}
            self.say_on(self.create_facts("crm.lead.need", lead, row), since)
            expected.needs[name] = [(state != "suspected", since, state)]
            expected.details[name] = {detail} - {False}

    def tell_commitments(self, lead, expected):
        for name in self.random.sample(["Demo", "Offer", "Test"], 2):
            state = self.random.choice(["open", "kept", "broken"])
            day = self.random.choice([None, fields.Date.to_date("2027-01-01")])
            since = self.tick()
            row = {"name": name, "state": state, "date_deadline": day}
            self.say_on(self.create_facts("crm.lead.commitment", lead, row), since)
            expected.commitments[name, day] = [(state != "open", since, state)]

    def assert_known(self, lead, expected):
        self.assertEqual(lead.type, expected.type)
        if expected.outcomes:
            best = min(expected.outcomes, key=OUTCOMES.index)
            self.assertEqual(self.get_outcome(lead), best)
            expected.outcomes = [best]
        needs = [
            (n.name.strip().capitalize(), n.state) for n in lead.qualification_need_ids
        ]
        self.assertEqual(
            sorted(needs),
            sorted((key, max(words)[2]) for key, words in expected.needs.items()),
        )
        for need in lead.qualification_need_ids:
            self.assertEqual(
                set(filter(None, (need.detail or "").split("\n\n"))),
                expected.details[need.name.strip().capitalize()],
            )
        commitments = {
            (c.name, c.date_deadline or None): c.state
            for c in lead.qualification_commitment_ids
        }
        self.assertEqual(
            commitments,
            {key: max(words)[2] for key, words in expected.commitments.items()},
        )
        self.assertEqual(len(commitments), len(lead.qualification_commitment_ids))
        answers = {a.criterion_id: a for a in lead.qualification_answer_ids}
        self.assertEqual(answers.keys(), expected.answers.keys())
        for criterion, said in expected.answers.items():
            answer = answers[criterion]
            self.assertEqual((answer.date, answer.value), max(said.items()))
            lines = (answer.history or "").splitlines()
            self.assertEqual(len(lines), len(said) - 1)
        roles = [(r.partner_id, r.role) for r in lead.qualification_role_ids]
        self.assertEqual(len(roles), len(expected.roles))
        self.assertEqual(set(roles), expected.roles)
        for call in expected.calls:
            self.assertEqual((call.res_id, call.contact_outcome), (lead.id, "reached"))
        self.assertEqual(
            set(lead.sudo().qualification_decision_ids), expected.decisions
        )


@tagged("post_install", "-at_install", "verify")
class TestMoreMergeWalks(TestMergeWalk):
    seeds = range(2, 8)
