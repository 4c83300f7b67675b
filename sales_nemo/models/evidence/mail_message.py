from odoo import SUPERUSER_ID, api, fields, models

from .evidence_sql import CONTACT_MODELS, CONTACT_TYPES, READ_FIELDS
from .incoming_mail import HAS_OLD_AUTO_REPLY_SUBJECT

# What a call or visit came to, as who marks it as done is asked; the last needs a day.
OUTCOMES = [
    ("reached", "Reached"),
    ("no_answer", "No answer"),
    ("left_message", "Left a message"),
    ("wrong_number", "Wrong number"),
    ("call_back", "Call back on …"),
]
# A comment of ours that names nobody here was said to nobody outside.
RECIPIENT_FIELDS = (
    "partner_ids",
    "outgoing_email_to",
    "incoming_email_to",
    "incoming_email_cc",
)
# In the context of Odoo's automation rules and scheduled jobs, and of the mail gateway.
AUTOMATIC_MARKS = ("__action_done", "cron_id", "qualification_gateway")
# In the context of what is posted: an object, which no client can send.
POSTED = object()


class MailMessage(models.Model):
    """Messages are the proof of contact: Odoo keeps them, these hooks notice them."""

    _name = "mail.message"
    _inherit = [
        "mail.message",
        "qualification.origin.mixin",
        "contact.source.mixin",
    ]

    # Who rewrites one of these takes the message's evidence away; what Odoo notes by
    # itself proves nothing, whatever somebody's defaults say.
    _qualification_sender = frozenset(
        {
            "author_id",
            "email_from",
            "message_type",
            "mail_activity_type_id",
            *RECIPIENT_FIELDS,
        }
    )
    # The same for what it says, unless its author rewrites it.
    _qualification_words = frozenset({"body", "subject"})
    _evidence_fields = frozenset({*READ_FIELDS["mail.message"], "partner_ids"})
    _placed = _evidence_fields

    contact_outcome = fields.Selection(
        [
            *OUTCOMES,
            ("form", "Sent from the website"),
            ("told", "They wrote, as we were told"),
            ("answer", "Answers our message"),
            ("no_proof", "No proof of contact"),
        ],
        copy=False,
        help="What a logged call or visit came to. Reached: both sides talked.\n"
        "No proof: something else proves the contact, or a client could have made it "
        "up.",
        written_by="code",
    )
    contact_with_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="Who was the lead's contact when a call or visit was logged there: it "
        "proves contact with their account, whoever is the lead's contact later.",
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
        # Odoo's own code posts in superuser mode; of others it proves nothing
        for vals in vals_list if self.env.su else ():
            is_logged = vals.get("mail_activity_type_id") or vals.get("contact_outcome")
            if is_logged and vals.get("model") == "crm.lead":
                lead = self.env["crm.lead"].browse(vals.get("res_id"))
                vals["contact_with_id"] = lead.partner_id.id
        messages = super().create(vals_list)
        unproven = messages.browse()
        if self.env.context.get("qualification_no_proof"):
            unproven = messages
        elif not self.env.su:
            # Odoo's own code posts done activities in superuser mode; what nobody has
            # posted was never sent
            is_posted = self.env.context.get("qualification_posted") is POSTED
            unproven = messages.filtered(
                lambda m: m.mail_activity_type_id or not is_posted and m._is_evidence()
            )
        if any(map(self.env.context.get, AUTOMATIC_MARKS)):
            # as what is mailed from a template: nobody wrote it
            unproven |= messages.filtered(lambda m: m.message_type == "sms")
        if unproven:
            # sudo: the outcome is evidence; the mark only ever takes evidence away
            unproven.sudo().contact_outcome = "no_proof"
        messages._evidence_changed()
        return messages

    @api.model
    def _get_guarded_names(self):
        return super()._get_guarded_names() | self._qualification_sender

    def write(self, vals):
        if "subject" in vals:
            self._mark_automatic()
        names = self._qualification_sender | self._qualification_words
        if not self.env.su and not names.isdisjoint(vals):
            self.check_access("write")
            # before it is looked at anew: an instant of contact settles a flag for good
            self._rewrite_evidence(vals)
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
            # what the mail gateway or somebody outside may have posted
            and any(
                message.create_uid.id == SUPERUSER_ID or message.create_uid.share
                for message in self.sudo()
            )
            and super()._proves_something_else({"subject": vals["subject"]})
        )

    def _rewrite_evidence(self, vals):
        """Take the evidence of those messages away that a client rewrites.

        :param dict vals: what the client writes
        """
        sender, me = self._qualification_sender, self.env.user

        def is_rewritten(message):
            is_own = message.author_id == me.partner_id and message.create_uid == me
            words = () if is_own else self._qualification_words
            return message._changes(vals, sender.union(words))

        # sudo: whoever may write a message takes its evidence away
        if rewritten := self.sudo().filtered(is_rewritten):
            rewritten._take_evidence()

    def _take_evidence(self):
        """Have these messages prove nothing any more."""
        self.contact_outcome = "no_proof"

    def _mark_automatic(self):
        """Mark automatic replies that only their subject tells, before it changes.

        Odoo's merge writes the lead's name in front of it. Where the headers were read
        they say it better.
        """
        # sudo: the mark only ever takes evidence away
        replies = self.sudo().filtered(
            lambda m: (
                m.message_type == "email"
                and not m.is_auto_reply
                and HAS_OLD_AUTO_REPLY_SUBJECT.match(m.subject or "")
            )
        )
        if replies:
            replies.flush_recordset(["is_auto_reply"])
            self.env.cr.execute(
                "UPDATE mail_message SET is_auto_reply = TRUE"
                " WHERE id = ANY(%s) AND is_auto_reply IS NULL",
                [replies.ids],
            )
            replies.invalidate_recordset(["is_auto_reply"])

    def _get_parties(self):
        """Leads and partners on whose records these messages stand.

        What is said to a partner is said to its leads, too.
        """
        ids = {model: set() for model in CONTACT_MODELS}
        # sudo: whoever writes a message may not see all that is told of it, nor all of
        # the partner's leads, nor change the partner
        for message in self.sudo():
            # first what is at hand: Odoo's merge moves messages one by one
            if message._is_evidence() and message.model in ids and message.res_id:
                ids[message.model].add(message.res_id)
        leads = self.env["crm.lead"].sudo().browse(ids["crm.lead"])
        partners = self.env["res.partner"].sudo().browse(ids["res.partner"])
        if partners:
            leads |= leads.with_context(active_test=False).search(
                [("partner_id", "in", partners.ids)]
            )
        return leads, partners

    def _is_evidence(self):
        """False for what can't be contact: tracking, system notes, what we say among
        ourselves."""
        self.ensure_one()
        if self.mail_activity_type_id or self.contact_outcome:
            return True
        if self.message_type == "comment" and not self.create_uid.share:
            return any(self[name] for name in RECIPIENT_FIELDS)
        return self.message_type in CONTACT_TYPES
