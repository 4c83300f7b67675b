"""Reading contact, and what time does to it, costs the same for one and for many."""

from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Date, Datetime
from odoo.orm.models import UPDATE_BATCH_SIZE
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import QualificationCase

MANY = 250
HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestEvidenceQueries(QualificationCase):
    """Many leads, each with a contact, messages both ways, a meeting and answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.write({"age_fresh": 10, "age_recent": 20, "age_old": 30})
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": f"Person {n}", "email": f"person{n}@customer{n}.example"}
                for n in range(MANY)
            ]
        )
        cls.many = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {n}",
                    "type": "lead",
                    "partner_id": partner.id,
                    "qualification_answer_ids": [
                        (0, 0, {"criterion_id": cls.budget.id, "value": "yes"})
                    ],
                }
                for n, partner in enumerate(cls.partners)
            ]
        )
        cls.answers = cls.many.qualification_answer_ids
        root = cls.env.ref("base.user_root")
        comment = cls.env.ref("mail.mt_comment")
        shared = {"model": "crm.lead", "subtype_id": comment.id, "body": "Hello"}
        cls.env["mail.message"].with_user(root).create(
            [
                shared
                | {
                    "res_id": lead.id,
                    "message_type": "email",
                    "author_id": lead.partner_id.id,
                    "email_from": lead.email_from,
                }
                for lead in cls.many
            ]
            + [
                shared
                | {
                    "res_id": lead.id,
                    "message_type": "comment",
                    "author_id": cls.rep.partner_id.id,
                    "partner_ids": [(6, 0, lead.partner_id.ids)],
                }
                for lead in cls.many
            ]
        )
        now = Datetime.now()
        cls.meetings = cls.env["calendar.event"].create(
            [
                {
                    "name": "Demo",
                    "start": now - 3 * HOUR,
                    "stop": now - 2 * HOUR,
                    "opportunity_id": lead.id,
                    "partner_ids": [(6, 0, (lead.partner_id | cls.rep.partner_id).ids)],
                }
                for lead in cls.many
            ]
        )
        cls.env.flush_all()

    def assertConstant(self, work, prepare=lambda leads: None, writes=0):
        """``work(leads)`` makes as many queries for 250 leads as for 1.

        :param prepare: called before each ``work``, with the same leads
        :param int writes: how many times it has Odoo insert rows or write new values
            of a table's columns, which Odoo does for 100 rows at a time
        """
        counts = []
        # the first fills what is read once a process
        for leads in (self.many[:1], self.many[:1], self.many):
            prepare(leads)
            counts.append(self.count_queries(lambda leads=leads: work(leads)))
        batches = -(-MANY // UPDATE_BATCH_SIZE)
        self.assertEqual(counts[2], counts[1] + writes * (batches - 1))

    def execute(self, query, *parameters):
        """Change rows behind Odoo's back."""
        self.env.flush_all()
        self.env.cr.execute(query, parameters)
        self.env.invalidate_all()

    def forget(self, leads):
        """As if nobody had ever looked for contact."""
        self.execute(
            "UPDATE crm_lead SET contact_state = 'none', contact_date = NULL,"
            " contact_message_id = NULL, contact_event_id = NULL,"
            " qualification_grade = 'a4' WHERE id = ANY(%s)",
            leads.ids,
        )

    def test_all_is_there(self):
        self.assertEqual(set(self.many.mapped("contact_state")), {"two_way"})
        self.assertEqual(len(self.many.contact_message_id), MANY)
        self.assertEqual(set(self.many.mapped("qualification_grade")), {"a1"})
        self.meetings.sudo().unlink()
        self.assertEqual(set(self.many.mapped("contact_state")), {"two_way"})

    def test_get_contact(self):
        evidence = self.env["crm.contact.evidence"]

        def read(leads):
            contacts = evidence._get_contact(leads)
            self.assertEqual(len(contacts), len(leads))
            self.assertEqual({c.state for c in contacts.values()}, {"two_way"})

        self.assertConstant(read)

    def test_another_addon_adds_a_kind_of_evidence(self):
        lead = self.env["crm.lead"].create({"name": "Visited us", "type": "lead"})
        model = type(self.env["crm.contact.evidence"])
        known = model._get_sources
        visits = SQL(
            "SELECT party_id, 'reached', '2026-01-01'::timestamp, NULL::integer,"
            " NULL::integer, FALSE FROM party WHERE lead_id = %s",
            lead.id,
        )
        with patch.object(model, "_get_sources", lambda self: [*known(self), visits]):
            lead._contact_changed()
        self.assertEqual(lead.contact_state, "two_way")
        self.assertEqual(str(lead.contact_date), "2026-01-01 00:00:00")

    def test_contact_changed(self):
        def change(leads):
            leads._contact_changed()
            self.assertEqual(set(leads.mapped("contact_state")), {"two_way"})

        self.assertConstant(change)

    def test_what_is_said_among_us_is_no_news(self):
        """A comment to nobody outside, until it is sent to somebody, and notices."""
        lead = self.env["crm.lead"].create({"name": "Untouched", "type": "lead"})
        self.env.flush_all()
        evidence = self.env.registry["crm.contact.evidence"]
        with patch.object(evidence, "_get_contact") as read:
            comment = lead.message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.rep.partner_id.id,
            )
            lead.message_post(body="Moved", message_type="notification")
            self.env.flush_all()
        read.assert_not_called()
        self.assertEqual(lead.contact_state, "none")
        comment.sudo().write({"partner_ids": [(4, self.partners[0].id)]})
        self.assertEqual(lead.contact_state, "outbound")

    def test_new_leads_of_nobody_are_not_looked_up(self):
        evidence = self.env.registry["crm.contact.evidence"]
        with patch.object(
            evidence, "_get_contact", autospec=True, side_effect=evidence._get_contact
        ) as read:
            alone, known = self.env["crm.lead"].create(
                [
                    {"name": "Alone", "type": "lead", "email_from": "a@alone.example"},
                    {
                        "name": "Known",
                        "type": "lead",
                        "partner_id": self.partners[0].id,
                    },
                ]
            )
            self.env.flush_all()
        asked = [
            set(leads.ids) for _self, leads in (call.args for call in read.mock_calls)
        ]
        self.assertIn({known.id}, asked)
        self.assertFalse([ids for ids in asked if alone.id in ids])
        self.assertEqual(alone.contact_state, "none")

    def test_what_is_known_is_not_judged_again(self):
        lead = self.many[:1]
        with patch.object(self.env.registry["crm.lead"], "_collect_facts") as judge:
            lead._contact_changed()
            self.env.flush_all()
        judge.assert_not_called()

    def test_who_is_gone_has_no_contact(self):
        gone = self.env["crm.lead"].create({"name": "Gone", "type": "lead"})
        gone.unlink()
        gone._contact_changed()
        self.env.flush_all()

    def test_contact_changed_with_new_values_to_write(self):
        def change(leads):
            leads._contact_changed()
            self.env.flush_all()
            self.assertEqual(set(leads.mapped("qualification_grade")), {"a1"})

        self.assertConstant(change, self.forget, writes=1)

    def test_meetings_end(self):
        def end(leads):
            meetings = self.meetings.filtered(lambda m: m.opportunity_id in leads)
            meetings._get_parties()[0]._contact_changed()

        self.assertConstant(end)

    def test_answers_expire(self):
        today = Date.today()

        def prepare(leads):
            self.execute(
                "UPDATE crm_qualification_answer SET is_expired = FALSE,"
                " expires_on = NULL"
            )
            self.many._review_qualification()
            self.env.flush_all()
            self.assertEqual(set(self.many.mapped("qualification_grade")), {"a1"})
            self.execute(
                "UPDATE crm_qualification_answer SET expires_on = %s"
                " WHERE lead_id = ANY(%s)",
                Date.subtract(today, days=1),
                leads.ids,
            )

        def expire(leads):
            over = [one for one, _lead in self.env["crm.lead"]._find_expired()]
            count = self.env["crm.lead"]._expire_answers(over)
            self.assertEqual((count, over), (len(leads), []))

        self.assertConstant(expire, prepare, writes=1)
        self.assertTrue(all(self.answers.mapped("is_expired")))
        self.assertEqual(set(self.many.mapped("qualification_grade")), {"d1"})

    def test_grades_age(self):
        def prepare(leads):
            old = Datetime.subtract(Datetime.now(), days=15)
            self.execute(
                "UPDATE crm_lead SET contact_date = %s, qualification_grade = 'a1'"
                " WHERE id = ANY(%s)",
                old,
                leads.ids,
            )

        def age(leads):
            self.assertEqual(self.env["crm.lead"]._age_grades(), len(leads))

        self.assertConstant(age, prepare)
        self.assertEqual(set(self.many.mapped("qualification_grade")), {"a2"})

    def test_history(self):
        evidence = self.env["crm.contact.evidence"]

        def read(leads):
            self.assertEqual(evidence._read_history(), len(leads))

        evidence._read_history()
        self.assertConstant(read, self.forget)
        self.assertEqual(set(self.many.mapped("contact_state")), {"two_way"})

    def test_flags_are_settled(self):
        """The meeting with each of them was the last fact that was missing."""
        self.many.qualification_need_ids.create(
            [
                {"lead_id": lead.id, "name": "Speed", "state": "confirmed"}
                for lead in self.many
            ]
        )
        self.many.qualification_commitment_ids.create(
            [{"lead_id": lead.id, "name": "Demo"} for lead in self.many]
        )

        def prepare(leads):
            self.execute(
                "UPDATE crm_lead SET type = 'opportunity', qualification_deadline ="
                " now(), qualification_decision_id = NULL WHERE id = ANY(%s)",
                leads.ids,
            )
            self.env["res.partner"]._read_all_lifecycles()
            decisions = self.env["crm.qualification.decision"].create(
                [
                    {
                        "lead_id": lead.id,
                        "date": Datetime.now(),
                        "outcome": "flagged",
                        "path": "create",
                    }
                    for lead in leads
                ]
            )
            for lead, decision in zip(leads, decisions, strict=True):
                lead.qualification_decision_id = decision
            self.forget(leads)

        def settle(leads):
            leads._contact_changed()
            self.assertEqual(set(leads.mapped("qualification_state")), {"qualified"})

        self.assertConstant(settle, prepare, writes=2)
