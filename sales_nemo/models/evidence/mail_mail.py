from odoo import api, models

# An e-mail that is sent is no call, no done activity and no reply.
NO_OUTCOME = {
    "contact_outcome": False,
    "mail_activity_type_id": False,
    "is_auto_reply": False,
}


class MailMail(models.Model):
    """Mass mailings prove nothing, other e-mails of ours no more than that we wrote."""

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Mass mailings are no contact; Odoo forgets later which mails they were.

        The composer creates mails in superuser mode, with what its user told it.
        """
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if self.env.su and not vals.get("mail_message_id"):
                vals |= NO_OUTCOME
            if vals.get("mailing_id"):
                vals["contact_outcome"] = "no_proof"
        return super().create(vals_list)

    def _send(self, *args, **kwargs):
        # Odoo marks each as failed before it is sent: told is what came of it
        turned = set()
        noting = self.with_context(qualification_sending=turned)
        res = super(MailMail, noting)._send(*args, **kwargs)
        if turned:
            # sudo: whoever sends mails may not see all that is told of them
            told = self.env["mail.notification"].sudo().browse(turned).exists()
            told.mail_message_id._evidence_changed()
        return res
