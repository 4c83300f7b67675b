from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from .evidence_sql import AUTO_REPLY_SUBJECT, CONTACT_MODELS, CONTACT_TYPES

# A comment of ours that names nobody here was said to nobody outside.
RECIPIENT_FIELDS = (
    "partner_ids",
    "outgoing_email_to",
    "incoming_email_to",
    "incoming_email_cc",
)


class MailMessage(models.Model):
    """Messages are the proof of contact: Odoo keeps them, these hooks notice them."""

    _name = "mail.message"
    _inherit = [
        "mail.message",
        "qualification.door.mixin",
        "contact.source.mixin",
    ]

    # Who rewrites one of these takes the message's evidence away; what Odoo notes by
    # itself proves nothing, whatever somebody's defaults say.
    _qualification_sender = frozenset(
        {"author_id", "email_from", "message_type", "mail_activity_type_id"}
    )
    _contact_fields = frozenset(
        {
            "model", "res_id", "contact_outcome", "is_auto_reply", "author_id",
            "email_from", "message_type", "partner_ids", "outgoing_email_to", "date",
            "subtype_id", "subject", "mail_activity_type_id", "is_internal",
        }
    )  # fmt: skip

    contact_outcome = fields.Selection(
        [
            ("reached", "Reached"),
            ("no_answer", "No answer"),
            ("form", "Sent from the website"),
            ("no_proof", "No proof of contact"),
        ],
        copy=False,
        help="What a logged call or visit came to. Reached: both sides talked.\n"
        "No proof: something else proves the contact, or a client could have made it "
        "up.",
        written_by="code",
    )
    is_auto_reply = fields.Boolean(
        string="Automatic Reply",
        copy=False,
        help="Its headers say that a program sent it, not a person. Empty in the "
        "database where the headers were never read: mails from before the addon.",
        written_by="code",
    )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        unproven = messages.browse()
        if self.env.context.get("qualification_no_proof"):
            unproven = messages
        elif not self.env.su:
            # Odoo's own code posts done activities in superuser mode
            unproven = messages.filtered("mail_activity_type_id")
        if unproven:
            # sudo: the outcome is evidence; the mark only ever takes evidence away
            unproven.sudo().contact_outcome = "no_proof"
        # told by the values: nothing of a new message is at hand yet
        places = {self._get_proven_place(vals) for vals in vals_list} - {None}
        if places:
            for subjects in filter(None, self._get_subjects_of(places)):
                subjects._contact_changed()
        return messages

    @api.model
    def _get_guarded_names(self):
        return super()._get_guarded_names() | self._qualification_sender

    def write(self, vals):
        if "subject" in vals:
            self._keep_automatic()
        if not self.env.su and not self._qualification_sender.isdisjoint(vals):
            self.check_access("write")
            # sudo: who rewrites the sender of a message takes its evidence away; before
            # it is looked at anew, for an instant of contact settles a flag for good
            rewritten = self.sudo().filtered(lambda m: not m.contact_outcome)
            super(MailMessage, rewritten).write({"contact_outcome": "no_proof"})
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _proves_something_else(self, vals):
        """The subject tells automatic replies: of what we write it proves nothing.

        Odoo gives a message its e-mail's subject, a moment after it was posted.
        """
        others = {name: value for name, value in vals.items() if name != "subject"}
        if super()._proves_something_else(others):
            return True
        return (
            "subject" in vals
            and any(message._is_from_outside() for message in self.sudo())
            and super()._proves_something_else({"subject": vals["subject"]})
        )

    def _is_from_outside(self):
        """True for what the mail gateway or somebody outside may have posted."""
        return self.create_uid.id == SUPERUSER_ID or self.create_uid.share

    def _keep_automatic(self):
        """Mark automatic replies that only their subject tells, before it is lost.

        Odoo's merge writes the lead's name in front of it.
        """
        # sudo: the mark only ever takes evidence away
        mails = self.sudo().filtered(
            lambda m: m.message_type == "email" and m.subject and not m.is_auto_reply
        )
        if mails:
            mails.flush_recordset(["subject", "is_auto_reply"])
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_message SET is_auto_reply = TRUE"
                    " WHERE id = ANY(%s) AND subject ~* %s",
                    mails.ids,
                    AUTO_REPLY_SUBJECT,
                )
            )
            mails.invalidate_recordset(["is_auto_reply"], flush=False)

    def _get_contact_subjects(self):
        # sudo: whoever changes a message may not see all that is told of it
        return self._get_subjects_of(
            {
                (message.model, message.res_id)
                for message in self.sudo()
                # first what is at hand: Odoo's merge moves messages one by one
                if message._is_evidence()
            }
        )

    @api.model
    def _get_subjects_of(self, places):
        """Leads and partners on whose records messages stand.

        What is said to a partner is said to its leads, too.

        :param set places: ``(model, record id)`` of messages
        """
        # sudo: whoever writes a message may not see all of the contact's leads
        leads = self.env["crm.lead"].sudo()
        by_model = {model: set() for model in CONTACT_MODELS}
        for model, record_id in places:
            if model in by_model and record_id:
                by_model[model].add(record_id)
        # sudo: nor may they change the partner
        partners = self.env["res.partner"].sudo().browse(by_model["res.partner"])
        if partners:
            leads = leads.with_context(active_test=False).search(
                [("partner_id", "in", partners.ids)]
            )
        return leads | leads.browse(by_model["crm.lead"]), partners

    def _is_evidence(self):
        """False for messages of which the evidence reads nothing, as its SQL says."""
        self.ensure_one()
        return bool(
            self.message_type in CONTACT_TYPES
            or self.mail_activity_type_id
            or self.contact_outcome
        )

    @api.model
    def _get_proven_place(self, vals):
        """Where a new message stands that may be contact.

        None for the many that can't be: tracking, system notes, what we say among
        ourselves.

        :param dict vals: values of the message
        :return: ``(model, record id)`` or None
        """

        def get(name, default=None):
            return vals.get(name, self.env.context.get(f"default_{name}", default))

        model = get("model")
        if model not in CONTACT_MODELS:
            return None
        # clients may send a number as text
        place = model, self._fields["res_id"].convert_to_cache(get("res_id"), self)
        if get("mail_activity_type_id") or get("contact_outcome"):
            return place
        message_type = get("message_type", "comment")
        if message_type == "comment" and not self.env.user.share:
            return place if any(map(get, RECIPIENT_FIELDS)) else None
        return place if message_type in CONTACT_TYPES else None
