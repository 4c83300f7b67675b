from odoo import api, models

NO_PROOF = {"contact_outcome": "no_proof"}


class MailMail(models.Model):
    """Mass mailings prove nothing."""

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Mass mailings are no contact; Odoo forgets later which mails they were."""
        return super().create(
            [vals | (NO_PROOF if vals.get("mailing_id") else {}) for vals in vals_list]
        )
