import re

from odoo import api, models
from odoo.tools.mail import email_normalize, html2plaintext, unfold_references
from odoo.tools.misc import clean_context

from ..base.identity import is_personal
from .evidence_sql import CONTACT_MODELS
from .incoming_mail import (
    get_addresses,
    get_forwarded,
    get_list_domains,
    get_marks,
    has_automatic_subject,
    speaks_for_others,
)
from .mail_message import POSTED


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
            if self._read_sender(message, message_dict, routes):
                # a website of our own, or a group, marks what people write there
                marks &= {"automatic"}
            answered = self._get_answered(message_dict)
            message_dict["is_auto_reply"] = self._is_automatic(message, marks, answered)
            if not message_dict["is_auto_reply"] and any(
                self._is_answer(message_dict, answered, route) for route in routes
            ):
                message_dict["contact_outcome"] = "answer"
            routes = self._find_customer(message, message_dict, routes)
            # sudo: where an e-mail belongs doesn't depend on who feeds it
            leads = self.env["crm.lead"].sudo()
            routes = [
                (model, leads.browse(number)._take_in_mail(message_dict).id, *others)
                if number and model == leads._name
                else (model, number, *others)
                for model, number, *others in routes
            ]
        return routes

    @api.model
    def _find_customer(self, message, message_dict, routes):
        """Whom a new lead is about when one of our own wrote: never us.

        It is somebody outside whom they wrote to, else whose e-mail they forwarded;
        that counts as told by them.

        :return: the routes, with the customer among the values of new leads
        :rtype: list
        """
        sender = email_normalize(message_dict["email_from"], strict=False)
        companies = self.env["res.company"]
        new = [route for route in routes if route[0] == "crm.lead" and not route[1]]
        if not (new and sender and sender in companies._filter_ours({sender})):
            return routes
        recipients = get_addresses(message, "To", "Cc")
        # blocks are lines
        body = re.sub(r"(?i)(?=</(div|tr|li)>)", "<br>", message_dict["body"])
        text = html2plaintext(body, include_references=False)
        forwarded = get_forwarded(message, text)
        emails = {one: email_normalize(one) for one in (*recipients, *forwarded)}
        own = companies._filter_ours({*emails.values()})
        outside = [one for one, email in emails.items() if email and email not in own]
        customer = next(iter(outside), False)
        if customer not in [*recipients, False] and not message_dict["is_auto_reply"]:
            message_dict["contact_outcome"] = "told"
        person = self.env["res.partner"]
        if customer:
            person = self._partner_find_from_emails_single([customer], no_create=True)
        values = {"email_from": customer, "partner_id": person[:1].id}
        return [
            (*route[:2], (route[2] or {}) | values, *route[3:])
            if route in new
            else route
            for route in routes
        ]

    @api.model
    def _is_answer(self, message_dict, answered, route):
        """True for an answer to what we wrote to them, from an address that we don't
        know as theirs.

        Whom we wrote to besides, and who follows, speak for themselves.

        :param answered: the messages of ours that it answers
        :param route: as Odoo's ``message_route`` finds it
        """
        if not (answered and route[0] in CONTACT_MODELS and route[1]):
            return False
        # sudo: whose answer it is doesn't depend on who feeds it
        record = self.env[route[0]].sudo().browse(route[1])
        person = record.partner_id if record._name == "crm.lead" else record
        sender = email_normalize(message_dict["email_from"], strict=False)
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
            or sender in self.env["res.company"]._filter_ours({sender})
        ) and self.env["crm.contact.evidence"]._is_outbound(answered, record)

    @api.model
    def _read_sender(self, message, message_dict, routes):
        """Take who is to be answered for the sender of what websites or groups send.

        One of our own people in a thread speaks for themselves.

        :return: True where an address of ours passed it on
        """
        sender = email_normalize(message_dict["email_from"], strict=False) or ""
        # groups keep who wrote, where answers go to the group
        told = get_addresses(message, "Reply-To", "X-Original-From")
        writers = {email_normalize(one): one for one in told}
        if not writers.keys() - {sender, False}:
            return False
        own = self.env["res.company"]._filter_ours({sender, *writers}) | {False}
        writer = next((a for email, a in writers.items() if email not in own), None)
        is_new = not any(route[1] for route in routes)
        if writer and (
            (sender in own and (is_new or not is_personal(sender)))
            or (sender not in own and speaks_for_others(sender, writer))
        ):
            message_dict |= {"email_from": writer, "from": writer, "author_id": False}
            return sender in own
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
    def _is_automatic(self, message, marks, answered):
        """True when a program sent an e-mail, by its headers, parts or subject.

        :param EmailMessage message: the e-mail
        :param set marks: what ``get_marks`` found
        :param answered: the messages of ours that it answers: then a person wrote,
            unless a standard header or an old vacation program's says otherwise
        """
        subject = str(message.get("Subject", ""))
        if "automatic" in marks or (
            has_automatic_subject(subject) and subject not in answered.mapped("subject")
        ):
            return True
        if answered and "junk" not in marks or not marks:
            return False
        return not (marks <= {"list", "junk"} and self._is_own_list(message))

    @api.model
    def _is_own_list(self, message):
        """True for an e-mail that a list or group of our own passed on."""
        domains = get_list_domains(message)
        # a list's name stands before the domain: info.company.example
        domains |= {domain.partition(".")[2] for domain in domains}
        addresses = {f"list@{domain}" for domain in domains}
        return not addresses.isdisjoint(self.env["res.company"]._filter_ours(addresses))

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
