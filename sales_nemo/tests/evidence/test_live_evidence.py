"""Evidence as it comes in while people work: activities, SMS, portal, merge, RPC."""

from contextlib import suppress
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import QualificationCase

CUSTOMER = "ann@customer.example"

# What Odoo's own types of activities prove, and what that makes of a lead.
EFFECTS = {
    "mail.mail_activity_data_call": ("outbound", "outbound"),
    "mail.mail_activity_data_meeting": ("two_way", "two_way"),
    "mail.mail_activity_data_email": ("outbound", "outbound"),
    "mail.mail_activity_data_todo": ("none", "none"),
    "mail.mail_activity_data_upload_document": ("none", "none"),
    "mail.mail_activity_data_warning": ("none", "none"),
}


# Whether Odoo refuses a forgery or takes it, what matters is what comes of it.
MAYBE_REFUSED = suppress(JsonRpcException)


class EvidenceCase(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Customer", "is_company": True})
        cls.person = partners.create(
            {
                "name": "Ann",
                "email": CUSTOMER,
                "phone": "+32 475 12 34 56",
                "parent_id": cls.account.id,
            }
        )
        cls.lead = cls.create_lead(partner_id=cls.person.id)

    def write_to(self, partners, record=None):
        return (record or self.lead).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partners.ids,
        )

    def receive(self, record=None):
        """A message of the customer's, as the mail gateway posts it."""
        root = self.env.ref("base.user_root")
        return (
            (record or self.lead)
            .with_user(root)
            .message_post(
                body="Hello back",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                email_from=CUSTOMER,
                author_id=self.person.id,
            )
        )

    def assertContact(self, state, proof=None, lead=None):
        """What the database says, without anything that is only in memory."""
        lead = lead or self.lead
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(lead.contact_state, state)
        if proof is not None:
            self.assertEqual(lead.contact_message_id, proof)
        facts, _verdict = lead._get_verdicts()[lead]
        self.assertEqual(facts.contact.state, state)


@tagged("post_install", "-at_install")
class TestReadLast(EvidenceCase):
    def test_a_savepoint_forgets_nothing(self):
        """It runs what waits for a commit, and Odoo forgets what that had noted."""
        with self.lead._contact_changing_last():
            self.receive()
            self.env.cr.precommit.add(lambda: None)
            with self.env.cr.savepoint():
                self.lead.sudo().description = "Urgent"
        self.assertContact("inbound")


@tagged("post_install", "-at_install")
class TestActivities(EvidenceCase):
    def test_presets(self):
        for name, (effect, _state) in EFFECTS.items():
            with self.subTest(type=name):
                self.assertEqual(self.env.ref(name).contact_effect, effect)

    def test_done_activities(self):
        for name, (_effect, state) in EFFECTS.items():
            with self.subTest(type=name):
                lead = self.create_lead(partner_id=self.person.id)
                activity = lead.activity_schedule(name, user_id=self.rep.id)
                self.assertContact("none", lead=lead)
                activity.with_user(self.rep).action_feedback(feedback="Done")
                self.assertContact(state, lead=lead)
                proof = lead.contact_message_id
                expected = self.env.ref(name) if state != "none" else False
                self.assertEqual(proof.mail_activity_type_id or False, expected)

    def test_done_and_next_planned(self):
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.rep.id
        )
        activity.with_user(self.rep).action_feedback_schedule_next(feedback="Rang")
        self.assertContact("outbound")

    def test_cancelled_activities_prove_nothing(self):
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.rep.id
        )
        activity.with_user(self.rep).unlink()
        self.assertContact("none")

    def test_activities_on_the_contact(self):
        """Whatever was done with a person holds for the person's leads."""
        activity = self.person.activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.rep.id
        )
        activity.with_user(self.rep).action_feedback()
        self.assertContact("two_way")

    def test_only_administrators_say_what_proves_what(self):
        """Those of Odoo or of Sales; Odoo gives the types to both."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.lead.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.rep.id
        ).action_feedback()
        for user in (self.rep, self.rep_all, self.approver, self.clerk):
            with self.assertRaises(AccessError):
                todo.with_user(user).contact_effect = "two_way"
            with self.assertRaises(AccessError):
                todo.with_user(user).category = "meeting"
            with self.assertRaises(AccessError):
                todo.with_user(user).create({"name": "X", "contact_effect": "two_way"})
        self.assertContact("none")
        todo.with_user(self.manager).contact_effect = "two_way"
        self.assertContact("two_way")
        todo.with_user(self.manager).contact_effect = "none"
        self.assertContact("none")


@tagged("post_install", "-at_install")
class TestSms(EvidenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        types = dict(cls.env["mail.message"]._fields["message_type"].selection)
        assert "sms" in types, "the app for SMS should be there: crm_sms brings it"

    def compose(self, mode, leads):
        """The dialog with which salespeople send SMS."""
        return (
            self.env["sms.composer"]
            .with_user(self.rep)
            .create(
                {
                    "res_model": "crm.lead",
                    "res_ids": str(leads.ids),
                    "composition_mode": mode,
                    "mass_keep_log": True,
                    "mass_force_send": False,
                    "body": "Are you there?",
                }
            )
        )

    def test_sms_of_the_rep(self):
        message = self.lead._message_sms("Are you there?", put_in_queue=True)
        self.assertEqual(message.message_type, "sms")
        self.assertEqual(message.author_id, self.rep.partner_id)
        self.assertContact("outbound", message)
        reply = self.receive()
        self.assertContact("two_way", reply)

    def test_sms_to_a_number(self):
        lead = self.create_lead(phone="+32 475 12 34 56")
        message = lead._message_sms("Are you there?", put_in_queue=True)
        self.assertContact("outbound", message, lead)

    def test_mass_sms_is_no_contact(self):
        other = self.create_lead(partner_id=self.person.id)
        self.compose("mass", self.lead | other)._action_send_sms()
        logged = self.lead.message_ids.filtered(lambda m: m.message_type == "sms")
        self.assertEqual(len(logged), 1)
        self.assertContact("none")
        self.assertContact("none", lead=other)


@tagged("post_install", "-at_install")
class TestMessagesMove(EvidenceCase):
    def test_merge_takes_the_proof_along(self):
        other = self.create_lead(partner_id=self.person.id)
        sent = self.write_to(self.person)
        reply = self.receive(other)
        self.assertContact("outbound", sent)
        self.assertContact("inbound", reply, other)
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        self.assertEqual((self.lead | other).exists(), merged)
        self.assertContact("two_way", reply, merged)
        self.assertFalse(merged.contact_waiting_since)
        self.assertEqual(
            merged.contact_date, max(min(m.date, m.create_date) for m in sent | reply)
        )

    def test_merge_of_a_call_that_was_reached(self):
        other = self.create_lead(partner_id=self.person.id)
        message = other._log_contact("We talked", "reached")
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        self.assertContact("two_way", message, merged)

    def test_merge_of_strangers_brings_no_proof(self):
        """Mails of other people stay theirs, on whichever lead they end up."""
        eve = self.env["res.partner"].create(
            {"name": "Eve", "email": "eve@elsewhere.example"}
        )
        other = self.create_lead(partner_id=eve.id, name="Other")
        self.receive()
        message = other.with_user(self.env.ref("base.user_root")).message_post(
            body="Hi", message_type="email", subtype_xmlid="mail.mt_comment",
            email_from=eve.email, author_id=eve.id,
        )  # fmt: skip
        self.assertContact("inbound", message, other)
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        mine = merged.message_ids.filtered(
            lambda m: m.message_type == "email" and m.author_id == merged.partner_id
        )
        self.assertContact("inbound", mine, merged)

    def test_deleted(self):
        sent, reply = self.write_to(self.person), self.receive()
        self.assertContact("two_way", reply)
        reply.with_user(self.rep).unlink()
        self.assertContact("outbound", sent)
        sent.with_user(self.rep).unlink()
        self.assertContact("none")
        self.assertFalse(self.lead.contact_message_id)

    def test_deleted_lead_leaves_the_contacts_proof(self):
        other = self.create_lead(partner_id=self.person.id)
        self.receive(other)
        message = self.receive(self.person)
        other.sudo().unlink()
        self.assertContact("inbound", message)

    def test_messages_of_the_contacts_own_record(self):
        sent = self.write_to(self.person, self.person.with_user(self.rep))
        self.assertContact("outbound", sent)
        reply = self.receive(self.person)
        self.assertContact("two_way", reply)
        later = self.create_lead(partner_id=self.person.id)
        self.assertContact("two_way", reply, later)
        archived = self.create_lead(partner_id=self.person.id)
        archived.action_archive()
        reply.unlink()
        for lead in (self.lead, later, archived):
            self.assertContact("outbound", sent, lead)

    def test_messages_of_other_people_of_the_account(self):
        """What Bob's own record shows is Bob's, not Ann's leads'."""
        bob = self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.account.id}
        )
        self.write_to(bob, bob.with_user(self.rep))
        self.assertContact("none")

    def test_another_contact_another_proof(self):
        self.receive(self.person)
        self.assertContact("inbound")
        self.lead.partner_id = self.account
        self.assertContact("none")


@tagged("post_install", "-at_install")
class TestOverHttp(EvidenceCase, HttpCase):
    """As clients talk to the server, with nothing in between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep.password = "rep"
        cls.comment = cls.env.ref("mail.mt_comment")

    def call(self, model, method, *args, **kwargs):
        """Call a method as the web client does."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def post(self, record, context=None, **data):
        """Post a message as the chatter does; returns the ``mail.message``."""
        told = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": record._name,
                "thread_id": record.id,
                "post_data": {
                    "body": "Hello",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                }
                | data,
                "context": context or {},
            },
        )
        return self.env["mail.message"].browse(told["message_id"])

    def assertRefused(self, *args, **kwargs):
        with self.assertRaises(JsonRpcException) as refused:
            self.call(*args, **kwargs)
        self.assertEqual(str(refused.exception), "odoo.exceptions.AccessError")

    # ------------------------------------------------------------
    # CHATTER AND PORTAL
    # ------------------------------------------------------------

    def test_chatter(self):
        self.authenticate("rep", "rep")
        self.post(self.lead, subtype_xmlid="mail.mt_note", partner_ids=self.person.ids)
        self.assertContact("none")
        sent = self.post(self.lead, partner_ids=self.person.ids)
        self.assertContact("outbound", sent)

    def test_chatter_answers_who_wrote_first(self):
        """To a suggested address; Odoo makes a contact of it."""
        lead = self.create_lead(email_from="Eve <eve@new.example>")
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Hi", message_type="email", subtype_xmlid="mail.mt_comment",
            email_from=lead.email_from,
        )  # fmt: skip
        self.assertContact("inbound", lead=lead)
        self.rep.group_ids += self.env.ref("base.group_partner_manager")
        self.authenticate("rep", "rep")
        answer = self.post(lead, partner_emails=["eve@new.example"])
        self.assertEqual(lead.partner_id.email_normalized, "eve@new.example")
        self.assertContact("two_way", lead=lead)
        self.assertGreaterEqual(answer.date, lead.contact_date)
        self.assertFalse(lead.contact_waiting_since)

    def create_portal_user(self, login, account):
        """A portal user who may post on the leads, as other apps allow it."""
        user = new_test_user(
            self.env, login, groups="base.group_portal", email=f"{login}@gmail.com"
        )
        user.partner_id.parent_id = account
        user.password = login
        return user

    def test_portal(self):
        model = self.env["ir.model"]._get("crm.lead")
        portal = self.env.ref("base.group_portal")
        self.env["ir.model.access"].create(
            {
                "name": "portal",
                "model_id": model.id,
                "group_id": portal.id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        customer = self.create_portal_user("portal_customer", self.account)
        self.create_portal_user("portal_reseller", self.env["res.partner"])
        self.authenticate("portal_reseller", "portal_reseller")
        self.post(self.lead)
        self.assertContact("none")
        self.authenticate("portal_customer", "portal_customer")
        message = self.post(self.lead)
        self.assertEqual(message.author_id, customer.partner_id)
        self.assertContact("inbound", message)
        self.authenticate("rep", "rep")
        answer = self.post(self.lead, partner_ids=customer.partner_id.ids)
        self.assertTrue(answer)
        self.assertContact("two_way", message)

    # ------------------------------------------------------------
    # FORGERY
    # ------------------------------------------------------------

    def test_posting_in_the_customers_name(self):
        self.authenticate("rep", "rep")
        for values in (
            {"message_type": "comment", "author_id": self.person.id},
            {"message_type": "email", "author_id": self.person.id},
            {"message_type": "email", "email_from": CUSTOMER},
            {
                "message_type": "email",
                "email_from": CUSTOMER,
                "author_id": self.person.id,
                "create_uid": self.env.ref("base.user_root").id,
            },
        ):
            # Odoo says of some of these only that they are odd
            with self.subTest(**values), mute_logger("odoo.http"):
                values = {"body": "Hi", "subtype_id": self.comment.id} | values
                with MAYBE_REFUSED:
                    self.call("crm.lead", "message_post", self.lead.ids, **values)
                self.assertContact("none")
                values |= {"model": "crm.lead", "res_id": self.lead.id}
                with MAYBE_REFUSED:
                    self.call("mail.message", "create", [values])
                self.assertContact("none")
                context = {f"default_{name}": value for name, value in values.items()}
                with MAYBE_REFUSED:
                    self.call("mail.message", "create", [{}], context=context)
                self.assertContact("none")

    def test_outcomes_are_not_the_clients_to_write(self):
        self.authenticate("rep", "rep")
        values = {"body": "Hi", "subtype_id": self.comment.id}
        full = values | {"model": "crm.lead", "res_id": self.lead.id}
        for forged in (
            {"contact_outcome": "reached"},
            {"contact_outcome": "form"},
            {"is_auto_reply": True},
        ):
            with self.subTest(**forged):
                everything = values | forged
                self.assertRefused(
                    "crm.lead", "message_post", self.lead.ids, **everything
                )
                self.assertRefused("mail.message", "create", [full | forged])
                context = {f"default_{name}": forged[name] for name in forged}
                with MAYBE_REFUSED:
                    self.call("mail.message", "create", [full], context=context)
                with MAYBE_REFUSED:
                    self.call(
                        "crm.lead",
                        "message_post",
                        self.lead.ids,
                        context=context,
                        **values,
                    )
                self.post(self.lead, context=context)
                self.post(self.lead, **forged)
                self.assertFalse(self.lead.message_ids.filtered("contact_outcome"))
                self.assertContact("none")
        names, row = ["body", "model", "res_id", "contact_outcome"], self.lead.id
        with MAYBE_REFUSED:
            self.call(
                "mail.message", "load", names, [["Hi", "crm.lead", row, "reached"]]
            )
        self.assertContact("none")

    def test_rewriting_a_message_of_ones_own(self):
        self.authenticate("rep", "rep")
        message = self.post(self.lead)
        self.assertContact("none")
        self.assertRefused(
            "mail.message", "write", message.ids, {"contact_outcome": "reached"}
        )
        for values in (
            {"create_uid": self.env.ref("base.user_root").id},
            {"message_type": "email"},
            {"author_id": self.person.id, "email_from": CUSTOMER},
        ):
            with MAYBE_REFUSED:
                self.call("mail.message", "write", message.ids, values)
            self.assertContact("none")

    def test_rewriting_somebody_elses_message(self):
        """A program's answer becomes no person's, a stranger's not the customer's."""
        automatic = self.receive()
        automatic.is_auto_reply = True
        stranger = self.lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Hi", message_type="email", subtype_xmlid="mail.mt_comment",
            email_from="eve@elsewhere.example",
        )  # fmt: skip
        self.assertContact("none")
        self.authenticate("rep", "rep")
        self.assertRefused(
            "mail.message", "write", automatic.ids, {"is_auto_reply": False}
        )
        with MAYBE_REFUSED:
            self.call(
                "mail.message", "write", stranger.ids, {"author_id": self.person.id}
            )
        self.assertContact("none")
        with MAYBE_REFUSED:
            self.call("mail.message", "write", stranger.ids, {"email_from": CUSTOMER})
        self.assertContact("none")

    def test_moving_a_message(self):
        other = self.create_lead(partner_id=self.person.id)
        message = other._log_contact("We talked", "reached")
        self.authenticate("rep", "rep")
        self.assertRefused(
            "mail.message", "write", message.ids, {"res_id": self.lead.id}
        )
        self.assertContact("none")

    def test_messages_for_later(self):
        """Odoo posts them later by itself, with what the client put in."""
        self.authenticate("rep", "rep")
        later = Datetime.now() + timedelta(hours=1)
        scheduled = self.call(
            "mail.scheduled.message",
            "create",
            [
                {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "author_id": self.person.id,
                    "body": "Hi",
                    "scheduled_date": Datetime.to_string(later),
                    "notification_parameters": '{"message_type": "email",'
                    f' "email_from": "{CUSTOMER}"}}',
                    "send_context": {"default_contact_outcome": "reached"},
                }
            ],
        )
        job = self.env.ref("mail.ir_cron_post_scheduled_message")
        with freeze_time(later + timedelta(minutes=1)):
            self.assertIs(job.method_direct_trigger(), True)
        self.assertFalse(self.env["mail.scheduled.message"].browse(scheduled).exists())
        posted = self.lead.message_ids[0]
        self.assertEqual((posted.message_type, posted.email_from), ("email", CUSTOMER))
        self.assertContact("none")

    def test_the_composer(self):
        self.authenticate("rep", "rep")
        for mode in ("comment", "mass_mail"):
            with self.subTest(mode=mode):
                lead = self.create_lead(partner_id=self.person.id)
                with MAYBE_REFUSED:
                    composer = self.call(
                        "mail.compose.message",
                        "create",
                        [
                            {
                                "model": "crm.lead",
                                "res_ids": str(lead.ids),
                                "composition_mode": mode,
                                "body": "Hi",
                                "subject": "Hi",
                                "message_type": "comment",
                                "author_id": self.person.id,
                                "email_from": CUSTOMER,
                            }
                        ],
                    )
                    self.call("mail.compose.message", "action_send_mail", composer)
                self.env.invalidate_all()
                self.assertIn(lead.contact_state, ("none", "outbound"))

    def test_a_mass_mail_is_no_talk(self):
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        for told, defaults, own in (
            ({"mail_activity_type_id": meeting.id}, {}, False),
            ({}, {"default_contact_outcome": "reached"}, False),
            ({}, {"default_mail_activity_type_id": meeting.id}, False),
            ({}, {}, True),
        ):
            with self.subTest(told=told, defaults=defaults, own=own):
                lead = self.create_lead(partner_id=self.person.id)
                if own:
                    self.env["ir.default"].with_user(self.rep).sudo().set(
                        "mail.mail", "contact_outcome", "reached", user_id=self.rep.id
                    )
                composers = self.env["mail.compose.message"].with_user(self.rep)
                composer = composers.with_context(**defaults).create(
                    {
                        "model": "crm.lead",
                        "res_ids": str(lead.ids),
                        "composition_mode": "mass_mail",
                        "body": "Hi",
                        "subject": "Hi",
                        "auto_delete": False,
                    }
                    | told
                )
                composer.action_send_mail()
                self.assertEqual(lead.contact_state, "outbound")

    def test_evidence_in_the_lead_itself(self):
        self.authenticate("rep", "rep")
        message = self.post(self.lead)
        for values in (
            {"contact_state": "two_way"},
            {"contact_date": "2026-01-01 10:00:00"},
            {"contact_message_id": message.id},
            {"contact_waiting_since": "2026-01-01 10:00:00"},
        ):
            self.assertRefused("crm.lead", "write", self.lead.ids, values)
        self.assertContact("none")
