"""Merging: every fact follows the record that stays."""

from odoo import Command, fields
from odoo.tests import Form, tagged

from .merge_case import MergeCase


@tagged("post_install", "-at_install")
class TestMergeFacts(MergeCase):
    def test_needs_without_doubles(self):
        head, tail, third = (self.create_lead(name) for name in ("A", "B", "C"))
        self.create_facts(
            "crm.lead.need",
            head,
            {"name": "Speed", "detail": "Slow site"},
            {"name": "Price"},
        )
        confirmed = self.create_facts(
            "crm.lead.need",
            tail,
            {"name": " speed ", "state": "confirmed", "detail": "Users leave"},
            {"name": "Trust"},
        )
        self.create_facts(
            "crm.lead.need", third, {"name": "SPEED", "detail": "Slow site"}
        )
        merged = self.merge(head | tail | third)
        self.assertEqual(merged, head)
        self.assertEqual(
            sorted(merged.qualification_need_ids.mapped("name")),
            [" speed ", "Price", "Trust"],
        )
        speed = confirmed[0]
        self.assertEqual(speed.lead_id, merged)
        self.assertEqual(speed.state, "confirmed")
        self.assertEqual(speed.detail, "Users leave\n\nSlow site")
        self.assertEqual(
            self.get_notes(merged, "Speed").count("Suspected. Here it is: Confirmed"), 2
        )

    def test_identical_needs_make_no_noise(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        for lead in head | tail:
            self.create_facts("crm.lead.need", lead, {"name": "Speed"})
        merged = self.merge(head | tail)
        self.assertEqual(len(merged.qualification_need_ids), 1)
        self.assertFalse(self.get_notes(merged, "only one stays"))

    def test_needs_of_the_head_stay_alone_when_the_tail_has_none(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        needs = self.create_facts(
            "crm.lead.need", head, {"name": "Speed"}, {"name": "Speed"}
        )
        self.assertEqual(self.merge(head | tail).qualification_need_ids, needs)

    def test_newer_word_wins(self):
        for newer in ("confirmed", "not_for_us"):
            older = {"confirmed": "not_for_us", "not_for_us": "confirmed"}[newer]
            for first, second in ((newer, older), (older, newer)):
                head, tail = self.create_lead("A"), self.create_lead("B")
                for lead, state in ((head, first), (tail, second)):
                    need = self.create_facts(
                        "crm.lead.need", lead, {"name": "Speed", "state": state}
                    )
                    self.say_on(need, f"2026-0{1 + (state == newer)}-01")
                merged = self.merge(head | tail)
                self.assertEqual(merged.qualification_need_ids.state, newer)

    def test_moving_makes_no_word_newer(self):
        """A second merge still knows which word was the newer one."""
        old, middle, new = (self.create_lead(name) for name in ("A", "B", "C"))
        refused = self.create_facts(
            "crm.lead.need", middle, {"name": "Speed", "state": "not_for_us"}
        )
        self.say_on(refused, "2026-01-01")
        merged = self.merge(old | middle)
        self.assertEqual(str(refused.state_date), "2026-01-01 00:00:00")
        confirmed = self.create_facts(
            "crm.lead.need", new, {"name": "Speed", "state": "confirmed"}
        )
        self.say_on(confirmed, "2026-02-01")
        merged = self.merge(merged | new)
        self.assertEqual(merged.qualification_need_ids, confirmed)

    def test_state_date_follows_the_state(self):
        need = self.create_facts("crm.lead.need", self.create_lead(), {"name": "Speed"})
        self.assertTrue(need.state_date)
        self.say_on(need, "2026-01-01")
        need.detail = "Slow"
        self.assertEqual(str(need.state_date), "2026-01-01 00:00:00")
        need.state = "confirmed"
        self.assertGreater(need.state_date, fields.Datetime.to_datetime("2026-02-01"))

    def test_commitments_without_doubles(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        promise = {"name": "Demo", "date_deadline": "2027-01-01"}
        self.create_facts("crm.lead.commitment", head, promise)
        kept, *other = self.create_facts(
            "crm.lead.commitment",
            tail,
            promise | {"name": "demo  ", "state": "kept"},
            promise | {"date_deadline": "2027-02-01"},
            promise | {"kind": "trial"},
            {"name": "Demo"},
        )
        merged = self.merge(head | tail)
        self.assertEqual(
            set(merged.qualification_commitment_ids), {kept, *other}, "only one double"
        )
        self.assertIn("Open. Here it is: Kept", self.get_notes(merged, "Demo"))

    def test_newer_word_about_a_commitment_wins(self):
        for first, second in (("kept", "broken"), ("broken", "kept")):
            head, tail = self.create_lead("A"), self.create_lead("B")
            for lead, state, day in (
                (head, first, "2026-01-01"),
                (tail, second, "2026-02-01"),
            ):
                promise = {"name": "Demo", "state": state}
                fact = self.create_facts("crm.lead.commitment", lead, promise)
                self.say_on(fact, day)
            merged = self.merge(head | tail)
            self.assertEqual(merged.qualification_commitment_ids.state, second)

    def test_proof_is_kept(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        message = tail._log_contact("Slow, they say", "reached")
        confirmed = {"name": "Speed", "state": "confirmed"}
        need = self.create_facts("crm.lead.need", head, confirmed)
        proven = confirmed | {"state": "suspected", "message_id": message.id}
        self.create_facts("crm.lead.need", tail, proven)
        merged = self.merge(head | tail)
        self.assertEqual(merged.qualification_need_ids, need)
        self.assertEqual(need.message_id, message)
        self.assertEqual(message.res_id, merged.id)

    def test_answers_keep_what_was_noted(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        for lead, value, day in (
            (head, "yes", "2026-02-01"),
            (tail, "no", "2026-01-01"),
        ):
            self.env["crm.qualification.answer"].with_user(self.rep).create(
                {
                    "criterion_id": self.budget.id,
                    "lead_id": lead.id,
                    "value": value,
                    "date": day,
                    "note": f"Said {value}",
                }
            )
        merged = self.merge(head | tail)
        answer = merged.qualification_answer_ids
        self.assertEqual((answer.value, answer.note), ("yes", "Said yes"))
        self.assertIn("no (", answer.history)
        self.assertIn("Said no", self.get_notes(merged, "Budget?"))

    def test_roles_without_doubles(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        ann, ben = self.env["res.partner"].create([{"name": "Ann"}, {"name": "Ben"}])
        champion = {"partner_id": ann.id, "role": "champion"}
        self.create_facts("crm.lead.role", head, champion | {"note": "Loves it"})
        self.create_facts(
            "crm.lead.role",
            tail,
            champion | {"note": "Uses it"},
            champion | {"partner_id": ben.id},
        )
        merged = self.merge(head | tail)
        roles = merged.qualification_role_ids.sorted("id")
        self.assertEqual(roles.partner_id, ann | ben)
        self.assertEqual(roles[0].note, "Loves it; Uses it")

    def test_people_of_one_deal_stay_themselves(self):
        company, ceo, cto = self.env["res.partner"].create(
            [
                {"name": "Acme", "is_company": True},
                {"name": "Cleo", "email": "cleo@acme.example"},
                {"name": "Toto", "email": "toto@acme.example", "phone": "+32 2 1"},
            ]
        )
        (ceo | cto).parent_id = company
        head = self.create_lead("A", partner_id=ceo.id)
        tail = self.create_lead("B", partner_id=cto.id, function="CTO")
        merged = self.merge(head | tail)
        self.assertEqual(merged, head)
        self.assertEqual((merged.partner_id, merged.contact_name), (ceo, "Cleo"))
        self.assertFalse(merged.phone or merged.function)
        self.assertFalse(ceo.phone)
        self.assertEqual(merged.qualification_role_ids.partner_id, cto)

    def create_deal(self):
        """The lead of a customer's CEO, and their account."""
        company, ceo = self.env["res.partner"].create(
            [
                {"name": "Acme", "is_company": True},
                {"name": "Cleo", "email": "cleo@acme.example"},
            ]
        )
        ceo.parent_id = company
        return self.create_lead("A", partner_id=ceo.id), company

    def merge_on_screen(self, leads):
        screen = self.env["crm.merge.opportunity"].with_user(self.rep)
        screen = screen.create({"opportunity_ids": [Command.set(leads.ids)]})
        return leads.browse(screen.action_merge()["res_id"])

    def test_who_is_only_text_becomes_a_contact_and_one_of_the_people(self):
        phone = "+32 2 555 12 34"
        for values, name in (
            ({"contact_name": "Toto", "phone": phone}, "Toto"),
            ({"email_from": "Toto Lee <toto@new.example>"}, "Toto Lee"),
            ({"email_from": "lea@own.example"}, "lea@own.example"),
            ({"contact_name": "Toto", "partner_name": "ACME", "phone": phone}, "Toto"),
        ):
            with self.subTest(values=values):
                head, company = self.create_deal()
                company.name = f"Acme {head.id}"
                if "partner_name" in values:
                    values["partner_name"] = company.name.upper()
                tail = self.create_lead("B", **values)
                again = self.create_lead("C", **values)
                merged = self.merge_on_screen(head | tail | again)
                self.assertEqual(merged, head)
                person = merged.qualification_role_ids.partner_id
                self.assertEqual((person.name, person.parent_id), (name, company))
                self.assertEqual(person.phone or False, values.get("phone", False))
                self.assertFalse(merged.phone or merged.partner_id.phone)

    def test_who_is_only_text_is_the_accounts_person_of_that_name(self):
        head, company = self.create_deal()
        toto = company.create({"name": "toto", "parent_id": company.id})
        tail = self.create_lead("B", contact_name="Toto")
        merged = self.merge_on_screen(head | tail)
        self.assertEqual(merged.qualification_role_ids.partner_id, toto)
        self.assertEqual(company.child_ids, merged.partner_id | toto)

    def test_who_is_of_another_company_does_not_join_the_account(self):
        head, company = self.create_deal()
        tail = self.create_lead("B", contact_name="Toto", partner_name="Globex")
        person = self.merge_on_screen(head | tail).qualification_role_ids.partner_id
        self.assertEqual((person.name, person.company_name), ("Toto", "Globex"))
        self.assertFalse(person.parent_id)

    def test_the_dialogs_merge_keeps_who_is_only_text(self):
        head, company = self.create_deal()
        self.profile.enforcement = "advise"
        head.convert_opportunity(head.partner_id)
        lead = self.create_lead("B", contact_name="Toto")
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        dialogs.create(
            {
                "lead_id": lead.id,
                "name": "merge",
                "duplicated_lead_ids": [Command.set((head | lead).ids)],
            }
        ).action_apply()
        self.assertFalse(lead.exists())
        person = head.qualification_role_ids.partner_id
        self.assertEqual((person.name, person.parent_id), ("Toto", company))

    def test_merging_many_makes_no_contacts(self):
        head, company = self.create_deal()
        tail = self.create_lead("B", contact_name="Toto", phone="+32 2 555 12 34")
        merged = self.merge(head | tail)
        self.assertEqual(company.child_ids, merged.partner_id)
        self.assertFalse(merged.phone or merged.qualification_role_ids)
        told = " ".join(merged.message_ids.mapped("body"))
        self.assertIn("Toto", told)
        self.assertIn("+32 2 555 12 34", told)

    def test_where_nothing_is_enforced_odoo_takes_what_the_first_one_lacks(self):
        self.profile.enforcement = "advise"
        head = self.create_lead("A", contact_name="Ann", email_from="ann@a.example")
        tail = self.create_lead("B", contact_name="Bob", phone="+32 2 555 12 34")
        merged = self.merge(head | tail)
        self.assertEqual(merged.contact_name, "Ann")
        self.assertEqual(merged.phone, "+32 2 555 12 34")

    def test_leads_of_one_person_complete_each_other(self):
        head = self.create_lead("A", contact_name="Ann Lee", email_from="ann@a.example")
        tail = self.create_lead("B", contact_name="ann lee", phone="+32 2 555 12 34")
        third = self.create_lead("C", email_from="ann@a.example", function="CEO")
        merged = self.merge(head | tail | third)
        self.assertEqual(merged.phone, "+32 2 555 12 34")
        self.assertEqual(merged.function, "CEO")
        self.assertFalse(merged.qualification_role_ids)

    def test_hidden_and_cancelled_meetings_follow(self):
        ann = self.env["res.partner"].create({"name": "Ann"})
        head, tail = self.create_lead("A"), self.create_lead("B", partner_id=ann.id)
        day = fields.Datetime.to_datetime("2026-01-05 09:00:00")
        values = {
            "name": "Talk",
            "start": day,
            "stop": fields.Datetime.add(day, hours=1),
            "user_id": self.manager.id,
            "partner_ids": [(6, 0, (ann | self.manager.partner_id).ids)],
        }
        linked = values | {"opportunity_id": tail.id}
        meetings = self.env["calendar.event"].create(
            [
                linked,
                linked | {"privacy": "private"},
                linked | {"active": False},
                values
                | {
                    "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "res_id": tail.id,
                },
            ]
        )
        merged = self.merge(head | tail)
        self.assertEqual(meetings[:3].opportunity_id, merged)
        self.assertEqual(meetings[3].res_id, merged.id)
        self.assertEqual(merged.contact_state, "two_way")

    def test_facts_are_merged_in_several_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids |= other
        head = self.create_lead("A")
        tail = self.create_lead("B", company_id=other.id, user_id=False, team_id=False)
        answer = self.env["crm.qualification.answer"].create(
            {"criterion_id": self.budget.id, "lead_id": tail.id, "value": "yes"}
        )
        special = self.profile.copy({"company_id": other.id, "sequence": 0})
        merged = self.merge(head | tail, self.env.user)
        self.assertEqual(merged.qualification_answer_ids, answer)
        self.assertEqual(
            merged.qualification_profile_id,
            special if merged.company_id == other else self.profile,
        )


@tagged("post_install", "-at_install")
class TestMergePreview(MergeCase):
    """The merge screen says what the merged record is, before anything is merged."""

    def open_screen(self, leads):
        wizard = self.env["crm.merge.opportunity"].with_user(self.rep)
        return Form(wizard.with_context(active_ids=leads.ids))

    def get_failed(self, screen):
        return {c["key"] for c in screen.merged_checks if c["state"] == "failed"}

    def get_kept(self, screen):
        """The facts that the screen says stay, by what they are."""
        rows = screen.merged_checks
        return {row["name"]: row["reason"] for row in rows if row["state"] == "kept"}

    def test_what_each_has_the_merged_record_has(self):
        talked = self.create_lead("A", contact_name="Ann")
        talked._log_contact("We talked", "reached")
        other = self.create_lead("B", contact_name="Ann", phone="02 555 12 34")
        self.create_facts(
            "crm.lead.need", other, {"name": "Speed", "state": "confirmed"}
        )
        self.create_facts("crm.lead.commitment", talked, {"name": "Demo"})
        other.save_qualification_answer(self.budget.id, "yes")
        screen = self.open_screen(talked | other)
        self.assertFalse(self.get_failed(screen))
        self.assertEqual(
            self.get_kept(screen),
            {"Answers": "Budget?", "Needs": "Speed", "Commitments": "Demo"},
        )
        merged = self.merge(talked | other)
        self.assertEqual(merged.qualification_state, "ready")

    def test_what_neither_has_is_missing(self):
        leads = self.create_lead("A") | self.create_lead("B", contact_name="Ann")
        screen = self.open_screen(leads)
        self.assertEqual(
            self.get_failed(screen),
            {"reachable", "contacted", "needs_known", "committed"},
        )
        self.assertFalse(self.get_kept(screen))

    def test_of_two_words_the_one_that_stays_counts(self):
        first, second = self.create_lead("A"), self.create_lead("B")
        old = self.create_facts(
            "crm.lead.need", first, {"name": "Speed", "state": "confirmed"}
        )
        new = self.create_facts(
            "crm.lead.need", second, {"name": "speed", "state": "not_for_us"}
        )
        self.say_on(old, "2026-01-01")
        self.say_on(new, "2026-02-01")
        second.save_qualification_answer(self.size.id, "Competitor")
        screen = self.open_screen(first | second)
        self.assertEqual(self.get_kept(screen), {"Answers": "Size?", "Needs": "speed"})
        self.assertLessEqual(
            {"needs_known", "not_disqualified"}, self.get_failed(screen)
        )
        merged = self.merge(first | second)
        self.assertEqual(merged.qualification_state, "disqualified")

    def test_somebody_elses_number_reaches_nobody(self):
        ann = self.create_lead("A", contact_name="Ann")
        bob = self.create_lead("B", contact_name="Bob", phone="02 555 12 34")
        self.assertIn("reachable", self.get_failed(self.open_screen(ann | bob)))
        self.assertFalse(self.merge(ann | bob).phone)

    def test_it_follows_the_choice(self):
        leads = self.create_qualified_lead("A") | self.create_lead("B")
        screen = self.open_screen(leads)
        self.assertTrue(screen.merged_checks)
        screen.opportunity_ids.remove(id=leads[1].id)
        self.assertFalse(screen.merged_checks)
