from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        """A new company shares the leads, and the messages, that are of no company."""
        companies = super().create(vals_list)
        # sudo: also those of contacts that the user doesn't see
        self.env["res.partner"].sudo()._read_all_lifecycles()
        return companies
