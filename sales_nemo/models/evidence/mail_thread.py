from odoo import models

from .mail_message import POSTED


class MailThread(models.AbstractModel):
    """What is posted, and how: by whoever writes it, or by code in their name."""

    _inherit = "mail.thread"

    def _message_create(self, values_list):
        posting = self.with_context(qualification_posted=POSTED)
        messages = super(MailThread, posting)._message_create(values_list)
        return messages.with_context(qualification_posted=None)

    def _message_update_content(self, message, /, *, body, **kwargs):
        """Who edits a message on screen rewrites it, in superuser mode, too."""
        if body is not None and not self.env.su:
            message._rewrite_evidence({"body": body})
        return super()._message_update_content(message, body=body, **kwargs)

    def message_mail_with_source(self, *args, **kwargs):
        """Mails that code sends: nobody wrote them; as ``send_mail`` of a template."""
        quiet = self.with_context(qualification_no_proof=True)
        return super(MailThread, quiet).message_mail_with_source(*args, **kwargs)

    def _get_message_create_valid_field_names(self):
        names = super()._get_message_create_valid_field_names()
        return names | {"contact_outcome", "is_auto_reply"}
