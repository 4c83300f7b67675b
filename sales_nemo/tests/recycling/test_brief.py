"""The brief: what the next salesperson reads about a lead that came back."""

from odoo.tests import tagged

from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestBrief(RecyclingCase):
    def test_brief(self):
        deal = self.create_opportunity(partner_id=self.person.id)
        self.add_facts(deal)
        needs = self.env["crm.lead.need"].with_user(self.rep)
        needs.create({"lead_id": deal.id, "name": "Safety <script>"})
        deal.save_qualification_answer(self.size.id, "Competitor")
        deal.save_qualification_answer(self.budget.id, "no")
        self.lose(deal, lost_feedback="<p>Too <b>slow</b><script>x()</script></p>")
        body = self.recycle(deal).message_ids[0].body
        for text in (
            "Attempt 2",
            "Deal",
            f'data-oe-id="{deal.id}"',
            "by rep",
            "No click",
            "Too <b>slow</b>",
            "Size?",
            "Competitor",
            "Budget?",
            "Speed",
            "Safety &lt;script&gt;",
            "Last contact",
        ):
            self.assertIn(text, body)
        self.assertNotIn("<script", body)

    def test_brief_of_what_nobody_knows(self):
        body = self.recycle(self.lose(self.create_lead())).message_ids[0].body
        self.assertIn("Nobody was ever in touch", body)
        self.assertNotIn("What spoke against us", body)

    def test_opted_out_contacts_come_back_and_say_so(self):
        self.env["mail.blacklist"]._add("ann@account.example")
        self.person.active = False
        deal = self.create_opportunity(partner_id=self.person.id)
        body = self.recycle(self.lose(deal)).message_ids[0].body
        self.assertIn("Opted out", body)
        self.assertIn("archived", body)

    def test_brief_in_the_language_of_who_gets_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.late.with_context(lang="fr_FR").name = "Pas maintenant"
        self.badly.with_context(lang="fr_FR").name = "Sans atome crochu"
        self.rep.lang = "fr_FR"
        mine = self.lose(self.create_opportunity("Mine"), self.late)
        pool = self.lose(self.create_opportunity("Pool"))
        self.run_cron()
        self.assertIn("Pas maintenant", mine.recycled_lead_ids.message_ids[0].body)
        self.assertIn("No click", pool.recycled_lead_ids.message_ids[0].body)
        self.env.company.partner_id.lang = "fr_FR"
        pool = self.recycle(self.lose(self.create_opportunity("More")))
        self.assertIn("Sans atome crochu", pool.message_ids[0].body)
