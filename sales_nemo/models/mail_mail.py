from odoo import api, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Mass mailings are no contact; Odoo forgets later which mails they were."""
        return super().create(
            [
                vals | {"contact_outcome": "no_proof"} if vals.get("mailing_id") else vals
                for vals in vals_list
            ]
        )
