from odoo import api, models
from odoo.tools import lazy
from odoo.tools.mail import email_normalize, unfold_references
from odoo.tools.misc import clean_context

from ..base.identity import is_personal
from .evidence_sql import CONTACT_MODELS
from .incoming_mail import (
    HAS_AUTO_REPLY_SUBJECT,
    get_addresses,
    get_forwarded,
    get_list_addresses,
    get_marks,
    speaks_for_others,
)


class MailThread(models.AbstractModel):
    """The mail gateway: who may prove contact by an e-mail, and which are automatic."""

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
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Find where an e-mail belongs, as Odoo does, and read whether a person wrote.

        The headers are at hand here only: Odoo doesn't keep them.
        """
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        marks = get_marks(message)
        message_dict["is_auto_reply"] = "automatic" in marks
        if any(route[0] in CONTACT_MODELS for route in routes):
            routes = self._read_mail(message, message_dict, routes, marks)
        return routes

    @api.model
    def _read_mail(self, message, message_dict, routes, marks):
        """Read who wrote an e-mail to leads or contacts, and what that proves.

        :param EmailMessage message: the e-mail
        :param dict message_dict: as in ``message_parse``; what is read is added
        :param list routes: as Odoo's ``message_route`` finds them
        :param set marks: what ``get_marks`` found
        :return: the routes, as they are to be taken
        :rtype: list
        """
        new = [route for route in routes if route[0] == "crm.lead" and not route[1]]
        # groups keep who wrote, where answers go to the group
        writers = get_addresses(message, "Reply-To", "X-Original-From")
        recipients = get_addresses(message, "To", "Cc") if new else []
        forwarded = get_forwarded(message, message_dict["body"]) if new else []
        emails = (message_dict["email_from"], *writers, *recipients, *forwarded)
        keys = {email_normalize(one, strict=False) for one in emails}
        # which of them are ours is asked at once, and only where it matters
        own = lazy(
            lambda: self.env["res.company"]._filter_ours(
                keys | get_list_addresses(message)
            )
        )
        if writers and self._read_sender(message_dict, routes, writers, own):
            # a website of our own, or a group, marks what people write there
            marks &= {"automatic"}
        sender = email_normalize(message_dict["email_from"], strict=False)
        # nobody's proves nothing, either
        is_ours = lazy(lambda: not sender or sender in own)
        answered = self._get_answered(message_dict)
        is_automatic = self._is_automatic(message, marks, answered, own)
        message_dict["is_auto_reply"] = is_automatic
        if not is_automatic and any(
            self._is_answer(message_dict, answered, route, is_ours) for route in routes
        ):
            message_dict["contact_outcome"] = "answer"
        values = {}
        if new and sender and is_ours:
            values = self._find_customer(message_dict, recipients, forwarded, own)
        # sudo: where an e-mail belongs doesn't depend on who feeds it
        leads = self.env["crm.lead"].sudo()
        taken = []
        for name, number, given, *others in routes:
            if name == leads._name and number:
                lead = leads.browse(number)._take_in_mail(message_dict, is_ours)
                number = lead.id
            elif name == leads._name:
                given = (given or {}) | values
            taken.append((name, number, given, *others))
        return taken

    @api.model
    def _read_sender(self, message_dict, routes, writers, own):
        """Take who is to be answered for the sender of what websites or groups send.

        One of our own people in a thread speaks for themselves.

        :param list writers: the addresses that are to be answered
        :param set own: the addresses of ours
        :return: True where an address of ours passed it on
        """
        sender = email_normalize(message_dict["email_from"], strict=False)
        others = {email_normalize(one): one for one in writers}
        if not others.keys() - {sender, False}:
            return False
        outside = [one for email, one in others.items() if email and email not in own]
        writer = next(iter(outside), None)
        is_own = bool(sender) and sender in own
        is_new = not any(route[1] for route in routes)
        if writer and (
            (is_own and (is_new or not is_personal(sender)))
            or (not is_own and speaks_for_others(sender, writer))
        ):
            message_dict |= {"email_from": writer, "from": writer, "author_id": False}
            return is_own
        return False

    @api.model
    def _get_answered(self, message_dict):
        """The messages of our own that an e-mail answers, or that it names as earlier.

        Odoo keeps the first message of the thread only.

        :param dict message_dict: as in ``message_parse``
        """
        names = f"{message_dict['references']} {message_dict['in_reply_to']}"
        # sudo: as Odoo's gateway
        messages = self.env["mail.message"].sudo()
        if references := unfold_references(names)[-32:]:
            messages = messages.search([("message_id", "in", references)])
        # who left wrote for us, too
        return messages.with_context(active_test=False).filtered(
            lambda message: not all(message.author_id.user_ids.mapped("share"))
        )

    @api.model
    def _is_automatic(self, message, marks, answered, own):
        """True when a program sent an e-mail, by its headers, parts or subject.

        :param EmailMessage message: the e-mail
        :param set marks: what ``get_marks`` found
        :param answered: the messages of ours that it answers: then a person wrote,
            unless a standard header or an old vacation program's says otherwise
        :param set own: the addresses of ours, those of lists and groups among them
        """
        subject = str(message.get("Subject", ""))
        if "automatic" in marks or (
            HAS_AUTO_REPLY_SUBJECT.match(subject)
            and subject not in answered.mapped("subject")
        ):
            return True
        if answered and "junk" not in marks or not marks:
            return False
        is_listed = marks <= {"list", "junk"}
        return not (is_listed and any(a in own for a in get_list_addresses(message)))

    @api.model
    def _is_answer(self, message_dict, answered, route, is_ours):
        """True for an answer to what we wrote to them, from an address that we don't
        know as theirs.

        Whom we wrote to besides, and who follows, speak for themselves.

        :param answered: the messages of ours that it answers
        :param route: as Odoo's ``message_route`` finds it
        :param bool is_ours: one of us wrote it
        """
        if not (answered and route[0] in CONTACT_MODELS and route[1]):
            return False
        # sudo: whose answer it is doesn't depend on who feeds it
        record = self.env[route[0]].sudo().browse(route[1])
        person = record.partner_id if record._name == "crm.lead" else record
        author = self._partner_find_from_emails_single(
            [message_dict["email_from"]], no_create=True
        )
        account = person.commercial_partner_id
        others = record.message_partner_ids | answered.partner_ids
        if not account:
            others -= answered.partner_ids
        return not (
            author & others
            or (account and author.commercial_partner_id == account)
            or is_ours
        ) and self.env["crm.contact.evidence"]._is_outbound(answered, record)

    @api.model
    def _find_customer(self, message_dict, recipients, forwarded, own):
        """Whom a new lead is about when one of our own wrote: never us.

        It is somebody outside whom they wrote to, else whose e-mail they forwarded;
        that counts as told by them.

        :param list recipients: addresses
        :param list forwarded: addresses
        :param set own: the addresses of ours
        :return: values of the lead
        :rtype: dict
        """
        emails = {one: email_normalize(one) for one in (*recipients, *forwarded)}
        outside = [one for one, email in emails.items() if email and email not in own]
        customer = next(iter(outside), False)
        if customer not in [*recipients, False] and not message_dict["is_auto_reply"]:
            message_dict["contact_outcome"] = "told"
        person = self.env["res.partner"]
        if customer:
            person = self._partner_find_from_emails_single([customer], no_create=True)
        return {"email_from": customer, "partner_id": person[:1].id}
