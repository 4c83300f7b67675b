import re
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.mail.models.mail_message import MailMessage

from ..common import SALES_ALL


@tagged("post_install", "-at_install")
class TestNotification(TransactionCase):
    """Odoo's notifications of new contacts, with their messages made together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.maker = new_test_user(cls.env, "maker", groups=SALES_ALL)
        cls.mary = new_test_user(cls.env, "mary", groups=SALES_ALL)
        cls.marc = new_test_user(cls.env, "marc", groups=SALES_ALL, lang="fr_FR")
        cls.ines = new_test_user(
            cls.env, "ines", groups=SALES_ALL, notification_type="inbox"
        )
        cls.partners = cls.env["res.partner"].with_user(cls.maker)

    def make(self, number):
        """So many contacts of each colleague, of who makes them, and of nobody."""
        owners = (self.mary, self.marc, self.ines, self.maker, None)
        return self.partners.create(
            [
                {"name": "New", "user_id": owner.id if owner else False}
                for _each in range(number)
                for owner in owners
            ]
        )

    def make_together(self, number):
        with self.partners._notifying_together():
            return self.make(number)

    def get_said(self, partners):
        """What was said on each contact, in its order; numbers are left out."""
        return [[self.describe(m) for m in self.get_messages(p)] for p in partners]

    def get_messages(self, partners):
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", "res.partner"), ("res_id", "in", partners.ids)],
                order="id",
            )
        )

    def describe(self, message):
        names = (
            "message_type", "subject", "body", "author_id", "email_from", "reply_to",
            "subtype_id", "is_internal", "email_layout_xmlid", "email_add_signature",
            "partner_ids", "record_alias_domain_id", "record_company_id", "create_uid",
        )  # fmt: skip
        mail_names = (
            "body_html", "headers", "auto_delete", "is_notification", "state",
            "recipient_ids", "email_to",
        )  # fmt: skip
        told = [
            (n.res_partner_id, n.notification_type, n.notification_status, n.author_id)
            for n in message.notification_ids
        ]
        mails = [
            [mail[name] for name in mail_names]
            + [mail.references == message.message_id]
            for mail in message.mail_ids
        ]
        values = [message[name] for name in names]
        return re.sub(r"\d+", "#", repr([values, sorted(map(str, told)), mails]))

    def test_the_same_is_said_in_the_same_order(self):
        apart, together = self.make(3), self.make_together(3)
        said = self.get_said(together)
        self.assertEqual(said, self.get_said(apart))
        self.assertEqual([len(messages) for messages in said], [2, 2, 2, 1, 1] * 3)
        self.assertEqual(
            [messages[0].count("user_notification") for messages in said],
            [1, 1, 1, 0, 0] * 3,
        )
        subjects = self.get_messages(together[:2]).filtered("subject")
        self.assertEqual(len(set(subjects.mapped("subject"))), 2, "two languages")

    def test_messages_are_created_at_once(self):
        created = []
        original = MailMessage.create

        def create(records, vals_list):
            created.append(len(vals_list))
            return original(records, vals_list)

        with patch.object(MailMessage, "create", create):
            self.make_together(4)
        # of each language, then what Odoo notes of all of them
        self.assertEqual(sorted(created), [4, 8, 20])

    def test_what_waits_is_sent_before_anything_else_is_said(self):
        partners = self.partners.with_context(mail_create_nolog=True)
        with partners._notifying_together():
            partner = partners.create({"name": "New", "user_id": self.mary.id})
            self.assertFalse(self.get_messages(partner))
            partner.message_post(body="Hello")
            types = self.get_messages(partner).mapped("message_type")
            self.assertEqual(types, ["user_notification", "notification"])
            other = partners.create({"name": "Other", "user_id": self.marc.id})
        self.assertEqual(len(self.get_messages(other)), 1, "at the end")

    def test_others_get_their_message_at_once(self):
        with self.partners._notifying_together():
            partner = self.make(1)[:1]
            message = partner.message_notify(
                body="Hello", partner_ids=self.marc.partner_id.ids
            )
        self.assertEqual(message.notified_partner_ids, self.marc.partner_id)

    def test_after_an_error_nothing_waits(self):
        partners = self.partners.with_context(mail_create_nolog=True)
        values = {"name": "New", "user_id": self.mary.id}
        with (
            self.assertRaises(ZeroDivisionError),
            self.env.cr.savepoint(),
            partners._notifying_together(),
        ):
            partners.create(values)
            raise ZeroDivisionError
        self.assertEqual(len(self.get_messages(partners.create(values))), 1)

    def test_another_addon_notifies_one_by_one(self):
        """Where it changes how a notification is made, its code sees the message."""
        seen = []
        partner_class = self.registry["res.partner"]
        original = partner_class._notify_thread

        def _notify_thread(records, message, msg_vals=False, **kwargs):
            seen.append(len(message))
            return original(records, message, msg_vals=msg_vals, **kwargs)

        _notify_thread.__module__ = "odoo.addons.another.models.res_partner"
        self.registry.clear_cache()
        self.addCleanup(self.registry.clear_cache)
        with patch.object(partner_class, "_notify_thread", _notify_thread):
            said = self.get_said(self.make_together(1))
        self.assertEqual(seen, [1, 1, 1])
        self.assertEqual([len(messages) for messages in said], [2, 2, 2, 1, 1])
