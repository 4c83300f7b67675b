from odoo import models

from .evidence_sql import FAILED


class MailNotification(models.Model):
    """A message of ours that reached nobody outside is no contact."""

    _inherit = "mail.notification"

    def write(self, vals):
        status = vals.get("notification_status")
        turned = self.filtered(
            lambda one: (
                status and (one.notification_status in FAILED) != (status in FAILED)
            )
        )
        res = super().write(vals)
        # notifications that fail or recover while mails are sent; no client sends a set
        sending = self.env.context.get("qualification_sending")
        if isinstance(sending, set):
            sending.symmetric_difference_update(turned.ids)
        elif turned:
            turned.mail_message_id._evidence_changed()
        return res
