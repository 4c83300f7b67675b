from collections import defaultdict

from odoo import models
from odoo.tools.misc import format_date

# States of answers that speak against us.
OBJECTION_STATES = ("not_met", "disqualifying")


class CrmLead(models.Model):
    """The brief: what the next salesperson should know of a lead that came back.

    It is written on the day of the return, about the lost record, in the language of
    who gets the new attempt.
    """

    _inherit = "crm.lead"

    def _in_lang(self, owner=None):
        """This record in the language of who reads about it, else of the company.

        :param owner: ``res.users`` who gets the new attempt; None, empty: nobody
        """
        company = self.company_id or self.env.company
        lang = (owner and owner.lang) or company.partner_id.lang or self.env.lang
        return self.with_context(lang=lang or "en_US")

    def _prepare_briefs(self, owners):
        """What the next salesperson should know, as notes for the chatter.

        :param dict owners: ``{lost record's id: res.users who gets it, or nobody}``
        :return: ``{lost record's id: Markup}``
        """
        facts = self._collect_facts()
        briefs = {}
        for lost in self:
            owner = owners[lost.id]
            lost = lost._in_lang(owner)
            briefs[lost.id] = lost.env["ir.qweb"]._render(
                "sales_nemo.crm_lead_recycling_brief",
                lost._prepare_brief_values(facts[lost.id], owner),
            )
        return briefs

    def _prepare_brief_values(self, facts, owner):
        """Values of the brief's template.

        Extension point.

        :param facts: ``Facts`` of this lost record
        :param owner: ``res.users`` who gets the new attempt, or nobody
        :rtype: dict
        """
        self.ensure_one()
        criteria = self.env["crm.qualification.criterion"]
        texts = defaultdict(list)
        for need in facts.needs:
            texts[need.state].append(need.name)
        objections = [
            (criteria.browse(answer.key).name, answer.value)
            for answer in facts.answers
            if answer.state in OBJECTION_STATES
        ]
        lost = {
            "number": self.attempt + 1,
            "lead": self._get_html_link(),
            "date": format_date(self.env, self._get_day(self._get_closing())),
            "user": self.user_id.name,
        }
        begin = (
            self.env._(
                "Attempt %(number)s: continues %(lead)s, lost by %(user)s on %(date)s.",
                **lost,
            )
            if self.user_id
            else self.env._(
                "Attempt %(number)s: continues %(lead)s, lost on %(date)s.", **lost
            )
        )
        contact = self.partner_id
        date = facts.contact.two_way_date or facts.contact.date
        return {
            "begin": begin,
            "lost": self,
            "contact_date": date and format_date(self.env, self._get_day(date)),
            "needs": texts,
            "objections": objections,
            "is_opted_out": self.is_blacklisted or contact.crm_opted_out,
            "is_archived_contact": contact and not contact.active,
            "is_without_owner": self.recycle_to == "same" and not owner,
        }
