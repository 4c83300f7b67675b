from dataclasses import replace

from odoo import api, models

from ... import gate


class CrmQualificationProfile(models.Model):
    """How well accounts look like the customer that a profile asks for."""

    _inherit = "crm.qualification.profile"

    @api.model
    def _get_fit(self, accounts):
        """How well accounts fit the profiles that the user's company judges by.

        Only criteria of scope *account* count; the score is that of the gate, from
        the company's own answers about the account.

        :param accounts: commercial entities, ``res.partner``
        :return: ``{account: [(profile, gate.Facts, score), …]}``, score in percent; the
            facts hold the answers; profiles that ask nothing about accounts are left
            out
        :rtype: dict
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
        known = accounts.sudo()._get_account_answers(self.env.company)
        fit = {account: [] for account in accounts}
        for profile in profiles:
            criteria = profile.criterion_ids.filtered(lambda c: c.scope == "account")
            if not criteria:
                continue
            asked = set(criteria.ids)
            policy = profile._get_policy()
            questions = tuple(q for q in policy.questions if q.key in asked)
            policy = replace(policy, questions=questions)
            automatic = criteria.filtered(lambda c: c.answer_type == "automatic")
            found = {
                c: c.sudo()._get_automatic_answers(accounts.sudo()) for c in automatic
            }
            nothing = {c: gate.Answer(c.id) for c in criteria}
            unknown = gate.Facts(today=today, answers=tuple(nothing.values()))
            for account in accounts:
                given = known[account.id]
                if not given and not found:
                    fit[account].append((profile, unknown, 0.0))
                    continue
                answers = nothing | {
                    c: given[c]._as_fact(today) for c in criteria if c in given
                }
                answers |= {c: found[c][account.id] for c in found}
                facts = gate.Facts(today=today, answers=tuple(answers.values()))
                score = gate.get_score(facts, policy)
                fit[account].append((profile, facts, score))
        return fit
