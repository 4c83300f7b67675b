from odoo import models


class MailTemplate(models.Model):
    """What code sends from a template nobody wrote, whoever is named as the author."""

    _inherit = "mail.template"

    def send_mail_batch(self, *args, **kwargs):
        # the mark only ever takes evidence away
        quiet = self.with_context(qualification_no_proof=True)
        return super(MailTemplate, quiet).send_mail_batch(*args, **kwargs)
