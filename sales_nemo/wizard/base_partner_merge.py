from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts keeps all that is known about them.

    Odoo moves their rows in SQL: two answers to one question, or the same role twice,
    would stay side by side, and nothing that is stored would follow.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        touched = partners | partners.commercial_partner_id
        with partners._judging_opportunities_again():
            res = super()._merge(partner_ids, dst_partner, extra_checks)
            # sudo: what is known belongs to the contact that stays, whoever merges
            if survivors := partners.sudo().exists():
                survivors._merged(touched.sudo().exists())
        return res

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: as in _merge
        sources, survivor = src_partners.sudo(), dst_partner.sudo()
        sources.qualification_answer_ids._move_to(survivor)
        sources.qualification_role_ids._move_to(survivor)
        return super()._update_foreign_keys(src_partners, dst_partner)
