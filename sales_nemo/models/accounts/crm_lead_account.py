from odoo import api, models
from odoo.fields import Domain

from ..base.batches import work_off
from ..policy.policy_content import NEEDLESS_STOP


class CrmLead(models.Model):
    """What a lead shares with its account."""

    _inherit = "crm.lead"

    @api.model
    def _cron_age(self):
        """Accounts sum up what their leads say by now."""
        res = super()._cron_age()
        partners = self.env["res.partner"]
        accounts = partners._get_all_stale_lifecycles()
        work_off(self.env, lambda: partners._refresh_contacts(accounts))
        return res

    def _hand_over_answers(self):
        """Opportunities give what they know about the account to the account.

        Leads keep their own until they are converted: their contact may still turn
        out to be another one.
        """
        leads = self.filtered(lambda lead: lead.type == "opportunity")
        customers = leads._get_customers()
        leads = leads.filtered(lambda lead: lead.partner_id in customers)
        if not leads:
            return
        about_accounts = self.env["crm.qualification.criterion"]._get_account_ids()
        # sudo: what was found out belongs to the account, whoever converts
        found = self.env["crm.qualification.answer"].sudo()
        found = found.search(
            Domain("lead_id", "in", leads.ids)
            & Domain("criterion_id", "in", about_accounts)
            & Domain("active", "=", True),
            order="id",
        )
        for lead, answers in found.grouped("lead_id").items():
            company = lead._get_answering_company() or self.env.company
            if not self.env.su and company not in self.env.user.company_ids:
                # theirs to say: it stays on the lead until one of them saves it
                continue
            account = lead.partner_id.commercial_partner_id
            names = ", ".join(answers.criterion_id.sorted().mapped("name"))
            answers._move_to(account, company)
            lead._message_log(
                body=NEEDLESS_STOP.sub(
                    "",
                    self.env._(
                        "Handed over to %(account)s: the answers to %(questions)s. "
                        "Where there was another answer, the newer one stays and keeps "
                        "the older one in its history.",
                        account=account.display_name,
                        questions=names,
                    ),
                )
            )
