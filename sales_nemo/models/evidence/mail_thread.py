from odoo import api, models
from odoo.tools.misc import clean_context

# Headers with which programs mark what they send (RFC 3834 and what came before it),
# with the values that mean it; an empty set: any value.
AUTOMATIC_HEADERS = {
    "X-Autoreply": set(),
    "X-Autorespond": set(),
    "X-Autoresponder": set(),
    "X-Auto-Reply-From": set(),
    "X-Mail-Autoreply": set(),
    "Precedence": {"auto_reply", "auto-reply", "bulk", "junk"},
    "Return-Path": {"<>"},
}


class MailThread(models.AbstractModel):
    """E-mails that come in: who may prove contact by them, and which are automatic."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Take in an e-mail, as Odoo does.

        Odoo lets every user feed mails to the gateway, which then acts in superuser
        mode. What anybody but the server itself or an administrator feeds arrives as
        usual, but it proves no contact and sets no values, by defaults neither.

        The contact is read when all else is written: a mail is never lost because
        somebody saves its lead at the same moment.
        """
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            context = clean_context(self.env.context)
            self = self.with_context(context, qualification_no_proof=True)
            custom_values = None
        # an exception would lose the mail: Odoo fetches none twice
        self = self.with_context(qualification_gateway=True)
        with self.env["crm.lead"]._contact_changing_last():
            return super().message_process(
                model,
                message,
                custom_values=custom_values,
                save_original=save_original,
                strip_attachments=strip_attachments,
                thread_id=thread_id,
            )

    @api.model
    def message_parse(self, message, save_original=False):
        """Read an e-mail, as Odoo does, and whether a program answered it.

        The headers are at hand here only: Odoo doesn't keep them.
        """
        msg_dict = super().message_parse(message, save_original=save_original)
        return msg_dict | {"is_auto_reply": self._is_automatic(message)}

    @api.model
    def _is_automatic(self, message):
        """True when the headers of a mail say that a program sent it.

        :param email.message.EmailMessage message: the mail
        """

        def get(name):
            return str(message.get(name, "")).strip().lower()

        # "no" means that a person sent it; parameters may follow the value
        submitted = get("Auto-Submitted").partition(";")[0].strip()
        return submitted not in ("", "no") or any(
            get(name) in values if values else name in message
            for name, values in AUTOMATIC_HEADERS.items()
        )

    def _get_message_create_valid_field_names(self):
        names = super()._get_message_create_valid_field_names()
        return names | {"contact_outcome", "is_auto_reply"}
