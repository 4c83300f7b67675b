from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain

from ... import gate
from ...facts import Answer, Facts


class CrmQualificationProfile(models.Model):
    """How well accounts look like the customer that a profile asks for."""

    _inherit = "crm.qualification.profile"

    @api.model
    def _get_fit(self, accounts):
        """How well accounts fit the profiles that the user's company judges by.

        Only criteria of scope *account* count; the score is that of the gate, from
        the company's own answers about the account.

        :param accounts: commercial entities, ``res.partner``
        :return: ``{account: [(profile, Facts, score), …]}``, score in percent; the
            facts hold the answers; profiles that ask nothing about accounts are left
            out
        """
        profiles = self.search(
            [
                ("state", "=", "published"),
                ("enforcement", "!=", "off"),
                ("company_id", "in", [self.env.company.id, False]),
            ]
        )
        today = self.env.company._get_day()
        # sudo: the fit doesn't depend on who may read the answers
        answers = self.env["crm.qualification.answer"].sudo()
        known = {account.id: {} for account in accounts}
        for answer in answers._read_known(
            Domain("partner_id", "in", accounts.ids)
            & Domain("company_id", "=", self.env.company.id)
        ):
            fact = answers._get_fact(answer, today, is_told=False)
            known[answer.partner_id][fact.key] = fact
        fit = {account: [] for account in accounts}
        for profile in profiles:
            criteria = profile.criterion_ids.filtered(lambda c: c.scope == "account")
            if not criteria:
                continue
            policy = profile._get_policy()
            questions = tuple(q for q in policy.questions if q.key in criteria._ids)
            policy = replace(policy, questions=questions)
            automatic = criteria.filtered(lambda c: c.answer_type == "automatic")
            found = {
                c.id: c.sudo()._get_automatic_answers(accounts.sudo())
                for c in automatic
            }
            for account in accounts:
                told = known[account.id]
                if policy.confirm_agents:
                    told = {k: a for k, a in told.items() if a.origin != "agent"}
                facts = Facts(
                    today=today,
                    answers=tuple(
                        found[key][account.id]
                        if key in found
                        else told.get(key, Answer(key))
                        for key in criteria._ids
                    ),
                )
                score = gate.get_score(facts, policy)
                fit[account].append((profile, facts, score))
        return fit
