from odoo import models

from .evidence_sql import FAILED

# Where a cursor keeps the notifications that fail or recover while mails are sent.
SENDING = "sales_nemo.sending"


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
        sending = self.env.cr.cache.get(SENDING)
        if sending is not None:
            sending.symmetric_difference_update(turned.ids)
        elif turned:
            turned.mail_message_id._evidence_changed()
        return res
