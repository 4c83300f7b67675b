"""Contacts and accounts that come together keep all that is known of them."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES_MANAGER
from .partner_merge_case import DAY, NEW, OLD, MergeCase


@tagged("post_install", "-at_install")
class TestMergedAnswers(MergeCase):
    def test_only_the_source_has_one(self):
        answer = self.answer(self.rival, "yes")
        date = answer.date
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "yes")
        self.assertEqual((kept, kept.date), (answer, date))

    def test_newer_in_the_source(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(kept.date, self.now - NEW)
        self.assertIn(f"{self.now - OLD:%Y-%m-%d}", kept.history)

    def test_newer_in_the_target(self):
        self.answer(self.account, "no", NEW)
        self.answer(self.rival, "yes", OLD)
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "no", "yes (rep")
        self.assertEqual(kept.date, self.now - NEW)

    def test_known_before_unknown(self):
        self.answer(self.account, "yes", OLD)
        self.answer(self.rival, "", NEW)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")

    def test_known_in_the_source_before_unknown(self):
        self.answer(self.account, "", NEW)
        self.answer(self.rival, "yes", OLD)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")

    def test_different_questions(self):
        self.answer(self.account, "yes")
        self.answer(self.rival, "50", criterion=self.staff)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")
        self.assertAnswer(self.account, "50", criterion=self.staff)

    def test_each_company_has_its_own(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.answer(self.account, "no", NEW, company=self.other)
        self.answer(self.rival, "yes", OLD, company=self.other)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "no", "yes (rep", company=self.other)

    def test_one_company_knows_something(self):
        self.answer(self.account, "no", NEW)
        self.answer(self.rival, "yes", OLD, company=self.other)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "no")
        self.assertAnswer(self.account, "yes", company=self.other)

    def test_three_at_once(self):
        third, _kim = self.create_pod("Third", "Kim")
        self.answer(self.account, "no", 10 * DAY)
        self.answer(self.rival, "yes", NEW)
        self.answer(third, "no", OLD)
        self.merge(self.rival | third, self.account)
        kept = self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(len(kept.history.splitlines()), 2)

    def test_history_adds_up(self):
        third, _kim = self.create_pod("Third", "Kim")
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.answer(third, "no", DAY)
        self.merge(self.rival, self.account)
        self.merge(self.account, third)
        kept = self.assertAnswer(third, "no", "yes (rep")
        self.assertEqual(len(kept.history.splitlines()), 2)

    def test_leads_are_judged_anew(self):
        lead, other = self.add_lead(self.ann), self.add_lead(self.eve)
        self.answer(self.rival, "yes")
        self.env.flush_all()
        before = lead.qualification_score, other.qualification_score
        self.assertLess(*before)
        self.merge(self.rival, self.account)
        self.assertEqual(lead.qualification_score, before[1])
        self.assertEqual(other.qualification_score, before[1])
        self.assertEqual(other.partner_id, self.eve)
        self.assertEqual(self.eve.commercial_partner_id, self.account)

    def test_as_a_manager(self):
        """Who merges need not see the other company's answers."""
        user = new_test_user(
            self.env, "merger", groups=f"{SALES_MANAGER},base.group_partner_manager"
        )
        self.answer(self.account, "no", OLD, company=self.other)
        self.answer(self.rival, "yes", NEW, company=self.other)
        self.add_lead(self.eve, company=self.other)
        self.env.flush_all()
        with mute_logger("odoo.addons.base.wizard.base_partner_merge"):
            self.env["base.partner.merge.automatic.wizard"].with_user(user).create(
                {
                    "partner_ids": [(6, 0, (self.rival | self.account).ids)],
                    "dst_partner_id": self.account.id,
                }
            ).action_merge()
        self.assertFalse(self.rival.exists())
        self.assertRight()
        self.assertAnswer(self.account, "yes", "no (rep", company=self.other)
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")
        self.assertEqual(self.get_lifecycle(self.account), "prospect")


@tagged("post_install", "-at_install")
class TestMergedRoles(MergeCase):
    def add_role(self, lead, person, role, note=False):
        return self.env["crm.lead.role"].create(
            {
                "lead_id": lead.id,
                "partner_id": person.id,
                "role": role,
                "note": note,
            }
        )

    def test_without_doubles(self):
        lead, other = self.add_lead(self.ann), self.add_lead(self.bob)
        self.add_role(lead, self.ann, "champion", "Likes us")
        self.add_role(lead, self.bob, "champion", "Hates the old one")
        self.add_role(lead, self.bob, "blocker")
        self.add_role(other, self.bob, "champion")
        self.merge(self.bob, self.ann)
        roles = self.ann.qualification_role_ids
        self.assertEqual(
            sorted((role.lead_id.id, role.role) for role in roles),
            [(lead.id, "blocker"), (lead.id, "champion"), (other.id, "champion")],
        )
        notes = roles.filtered(lambda r: r.lead_id == lead and r.role == "champion")
        self.assertEqual(notes.note, "Likes us; Hates the old one")

    def test_two_sources_with_the_same_role(self):
        lead = self.add_lead(self.ann)
        self.add_role(lead, self.bob, "user", "Daily")
        self.add_role(lead, self.eve, "user", "Weekly")
        self.eve.parent_id = False
        self.merge(self.bob | self.eve, self.ann)
        role = self.ann.qualification_role_ids
        self.assertEqual((role.role, role.lead_id), ("user", lead))
        self.assertEqual(set(role.note.split("; ")), {"Daily", "Weekly"})

    def test_merged_leads(self):
        first, second = self.add_lead(self.ann), self.add_lead(self.ann)
        for lead in (first, second):
            self.add_role(lead, self.ann, "champion", lead.name)
            self.add_role(lead, self.bob, "budget")
        (first | second).merge_opportunity()
        left = (first | second).exists()
        self.assertEqual(
            sorted(left.qualification_role_ids.mapped("role")), ["budget", "champion"]
        )
        self.assertRight()


@tagged("post_install", "-at_install")
class TestMergedLifecycles(MergeCase):
    def test_person_into_person_of_another_account(self):
        """The account that loses a person loses what the person brought."""
        self.add_lead(self.ann, "opportunity")
        self.add_lead(self.bob, company=self.other)
        self.env.flush_all()
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.merge(self.ann, self.eve)
        self.assertEqual(self.eve.commercial_partner_id, self.rival)
        self.assertEqual(self.get_lifecycle(self.account), "prospect")
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")
        for partner in (self.eve, self.rival):
            self.assertEqual(self.get_lifecycle(partner), "opportunity")
            self.assertEqual(self.get_lifecycle(partner, self.other), "opportunity")

    def test_account_into_account_with_people(self):
        self.add_lead(self.eve).action_set_lost()
        self.add_lead(self.rival, "opportunity").action_set_won()
        self.add_lead(self.bob)
        self.merge(self.rival, self.account)
        self.assertEqual(self.eve.parent_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "customer")
        self.assertTrue(self.account.crm_in_progress)
        self.assertEqual(self.get_lifecycle(self.eve), "lost")
        self.assertEqual(self.get_lifecycle(self.bob), "lead")

    def test_company_dependent_values_are_not_mixed(self):
        """Odoo fills the target's values with those of the source, by company."""
        self.add_lead(self.ann, "opportunity", self.company)
        self.add_lead(self.eve, "lead", self.other)
        self.env.flush_all()
        self.merge(self.rival, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")

    def test_person_into_an_account(self):
        self.add_lead(self.eve, "opportunity")
        self.answer(self.rival, "yes")
        self.merge(self.eve, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.assertEqual(self.get_lifecycle(self.rival), "prospect")
        self.assertAnswer(self.rival, "yes")
        self.assertFalse(self.account.qualification_answer_ids)

    def test_account_into_a_person_of_another(self):
        """A private person's own answers go to the account of the one that stays."""
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(self.account, "no", OLD)
        self.add_lead(zoe, "opportunity")
        self.merge(zoe, self.ann)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(self.ann), "opportunity")
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")

    def test_company_into_a_person(self):
        """Odoo makes the one that stays a company; it has the answers then."""
        zoe = self.create_person()
        self.answer(zoe, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.add_lead(self.eve)
        self.merge(self.rival, zoe)
        self.assertTrue(zoe.is_company)
        self.assertAnswer(zoe, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(zoe), "lead")
        self.assertEqual(self.eve.commercial_partner_id, zoe)

    def test_person_of_an_account_into_a_private_person(self):
        """Odoo gives the one that stays the other's account."""
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(self.rival, "no", OLD)
        self.add_lead(zoe)
        self.merge(self.eve, zoe)
        self.assertEqual(zoe.commercial_partner_id, self.rival)
        self.assertAnswer(self.rival, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(self.rival), "lead")

    def test_archived_ones(self):
        self.eve.active = False
        self.add_lead(self.eve, "opportunity").action_set_won()
        self.merge(self.rival, self.account)
        self.assertEqual(self.eve.parent_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "customer")

    def test_contact_with_the_person_that_went(self):
        """A meeting with her was contact with her old account's leads, too."""
        lead = self.add_lead(self.bob)
        stop = self.now.replace(microsecond=0) - DAY
        self.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": stop - timedelta(hours=1),
                "stop": stop,
                "user_id": self.rep.id,
                "partner_ids": (self.rep.partner_id | self.ann).ids,
            }
        )
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "two_way")
        self.merge(self.ann, self.eve)
        self.assertEqual(self.eve.crm_heard_date, stop)
        self.assertEqual(lead.contact_state, "none")
        self.assertFalse(self.account.crm_heard_date)

    def test_more_than_one_user_is_refused(self):
        """What Odoo refuses changes nothing."""
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        pair = self.rep.partner_id | self.rep_all.partner_id
        with self.assertRaisesRegex(UserError, "more than one user"):
            with self.env.cr.savepoint():
                wizard._merge(pair.ids, pair[0])
        self.assertTrue(pair.exists())
        self.assertRight()


@tagged("post_install", "-at_install")
class TestSplit(MergeCase):
    def test_person_with_answers_joins_a_company(self):
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(zoe, "50", criterion=self.staff)
        self.answer(self.account, "no", OLD)
        lead = self.add_lead(zoe)
        zoe.parent_id = self.account
        self.assertRight()
        self.assertFalse(zoe.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "50", criterion=self.staff)
        self.assertGreater(lead.qualification_score, 0)

    def test_archived_person_with_answers_joins_a_company(self):
        zoe = self.create_person()
        zoe.active = False
        self.answer(zoe, "yes")
        zoe.parent_id = self.account
        self.assertRight()
        self.assertAnswer(self.account, "yes")

    def test_person_leaves(self):
        """What is known of the account stays with the account."""
        self.answer(self.account, "yes")
        lead = self.add_lead(self.ann)
        self.env.flush_all()
        self.assertGreater(lead.qualification_score, 0)
        self.ann.parent_id = False
        self.assertRight()
        self.assertAnswer(self.account, "yes")
        self.assertFalse(self.ann.qualification_answer_ids)
        self.assertEqual(lead.qualification_score, 0)

    def test_company_turned_into_a_person_of_another(self):
        self.rival.parent_id = self.account
        self.answer(self.rival, "yes", OLD)
        self.answer(self.account, "no", NEW)
        self.add_lead(self.eve)
        self.rival.is_company = False
        self.assertRight()
        self.assertAnswer(self.account, "no", "yes (rep")
        self.assertEqual(self.eve.commercial_partner_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "lead")

    def test_company_turned_into_a_private_person(self):
        self.answer(self.rival, "yes")
        self.rival.is_company = False
        self.assertRight()
        self.assertAnswer(self.rival, "yes")

    def test_account_archived(self):
        self.answer(self.account, "yes")
        lead = self.add_lead(self.ann)
        self.account.active = False
        self.assertRight()
        self.assertAnswer(self.account, "yes")
        self.assertGreater(lead.qualification_score, 0)

    def test_shared_account(self):
        """Each company's answer serves its own leads only."""
        self.answer(self.account, "yes")
        self.answer(self.account, "no", company=self.other)
        mine = self.add_lead(self.ann, company=self.company)
        theirs = self.add_lead(self.ann, company=self.other)
        self.assertRight()
        self.assertGreater(mine.qualification_score, 0)
        self.assertEqual(theirs.qualification_score, 0)
