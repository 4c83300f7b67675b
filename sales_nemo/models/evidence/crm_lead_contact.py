from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request

from ...facts import Contact
from ..base.calls import on_one
from ..base.qualification_checks_mixin import KEPT
from ..base.website_form import is_website_form
from .evidence_sql import ADDRESS_FIELDS, COLUMNS, CONTACT_COLUMNS, RESELLERS

# What all fields have in common that are read from messages and meetings.
READ = KEPT | {"compute": "_compute_contact", "store": True}


class CrmLead(models.Model):
    """Contact with a lead: stored for lists, always read from messages and meetings."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "contact.party.mixin"]

    contact_state = fields.Selection(
        [
            ("none", "Never contacted"),
            ("outbound", "No reply yet"),
            ("inbound", "Waiting for us"),
            ("two_way", "In touch"),
        ],
        string="Contact Status",
        help="Read from messages, meetings and logged calls: who has heard from whom.",
        **READ | {"old_rows": "'none'"},
    )
    contact_date = fields.Datetime(
        string="Last Contact",
        help="Last time that both sides were in touch.",
        **READ,
    )
    contact_waiting_since = fields.Datetime(
        string="Waiting Since",
        help="They wrote then, and nobody has answered them yet.",
        **READ,
    )
    contact_message_id = fields.Many2one(
        "mail.message",
        string="Proof of Contact",
        index="btree_not_null",
        ondelete="set null",
        help="The message or done activity that the contact's state follows from.",
        **READ,
    )
    contact_event_id = fields.Many2one(
        "calendar.event",
        string="Meeting that Proves the Contact",
        index="btree_not_null",
        ondelete="set null",
        help="The held meeting that the contact's state follows from.",
        **READ,
    )
    contact_inferred = fields.Boolean(
        help="The proof is an e-mail whose headers were not read when it came in: only "
        "its subject tells that it is no automatic reply.",
        **READ | {"old_rows": "FALSE"},
    )
    contact_heard_date = fields.Datetime(
        string="Last Heard",
        help="Last time that they wrote or talked to us.",
        **READ,
    )
    attempt_count = fields.Integer(
        string="Attempts Without an Answer",
        help="How often we wrote or called since they last answered.",
        **READ | {"old_rows": "0"},
    )
    contact_asked_date = fields.Datetime("They Wrote First", **READ)
    contact_origin = fields.Selection(
        lambda self: self.env["mail.message"]._fields["origin"].selection,
        string="Contact Told By",
        help="Who logged what proves the contact, if no person did.",
        **READ,
    )
    contact_answered_date = fields.Datetime(
        "First Answer",
        help="To who wrote first; with others, the first attempt.",
        **READ,
    )

    first_contact_text = fields.Text(
        compute="_compute_first_contact",
        inverse="_inverse_first_contact",
        groups="base.group_user",
        help="For other programs, with a new lead: they wrote first, and this is what. "
        "It is logged as told by the user, as Log a Contact does.",
    )
    first_contact_date = fields.Datetime(
        compute="_compute_first_contact",
        inverse="_inverse_first_contact",
        groups="base.group_user",
        help="When they wrote the text of the first contact (UTC); now, if empty.",
    )

    # The order of the list of leads: who waits for our answer comes first.
    _waiting_order_idx = models.Index(
        "(contact_waiting_since, priority DESC, id DESC) WHERE active IS TRUE"
    )

    # messages and meetings tell it themselves
    @api.depends(
        lambda self: [
            *ADDRESS_FIELDS,
            "partner_id.commercial_partner_id",
            *(name for name in RESELLERS if name in self._fields),
        ]
    )
    def _compute_contact(self):
        saved = self.filtered(lambda lead: isinstance(lead.id, int))
        for lead in self - saved:
            for name in CONTACT_COLUMNS:
                lead[name] = lead._origin[name]
            lead.contact_state = lead.contact_state or "none"
        saved._set_contact(self.env["crm.contact.evidence"]._get_contact(saved))

    def _compute_first_contact(self):
        self.first_contact_text = self.first_contact_date = False

    def _inverse_first_contact(self):
        with self._noting_changed() as changed:
            for lead in self:
                text, date = lead.first_contact_text, lead.first_contact_date
                if text or date:
                    lead._log_contact(text or lead.name, "told", date=date)
        self.browse(changed.get(self._name, ()))._contact_changed()

    def _set_contact(self, contacts):
        """Set what is stored of the contact, instead of computing it.

        :param dict contacts: ``{lead id: Contact}``
        """
        # set together what is the same: new leads have no contact at all
        ids_by_contact = defaultdict(list)
        for lead_id in self.ids:
            ids_by_contact[contacts[lead_id]].append(lead_id)
        stored = [self._fields[name] for name in CONTACT_COLUMNS]
        with self.env.protecting(stored, self):
            for contact, ids in ids_by_contact.items():
                leads = self.browse(ids)
                for column in COLUMNS:
                    leads[column.name] = getattr(contact, column.key) or False

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def unlink(self):
        # sudo: whoever deletes a lead may not see all of its meetings
        calendar = self.env["calendar.event"].sudo().with_context(active_test=False)
        meetings = calendar.search([("opportunity_id", "in", self.ids)])
        res = super().unlink()
        # Odoo keeps them: of no lead, they count for their guests
        meetings._evidence_changed()
        return res

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_log_contact(self):
        """Open the dialog that logs a call, meeting or message held elsewhere."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.crm_lead_log_contact_action"
        )
        return action | {"context": {"default_lead_id": self.id}}

    @on_one
    def action_open_contact_proof(self):
        """Open the message or meeting that proves the contact, if the user may see it.

        :raise UserError: there is none, or the user may not see it
        """
        self.check_access("read")
        evidence = self.env["crm.contact.evidence"]
        return evidence._open(self.contact_message_id, self.contact_event_id)

    @on_one
    def action_schedule_meeting(self, smart_calendar=True):
        """Open the calendar for this record; a lead's meetings stay linked to it, too.

        Odoo links meetings to opportunities only.
        """
        action = super().action_schedule_meeting(smart_calendar=smart_calendar)
        if self.type == "lead":
            action["context"] |= {
                "default_opportunity_id": self.id,
                "search_default_opportunity_id": self.id,
            }
            if smart_calendar:
                mode, day = self._get_opportunity_meeting_view_parameters()
                action["context"] |= {"default_mode": mode, "initial_date": day}
        return action

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _start_contact(self):
        """Look for contact with new leads, where anybody may have written already.

        Nobody wrote to leads without a contact yet. Of those on which a message was
        posted the contact has been read.
        """
        unread = self & self.env.records_to_compute(self._fields["contact_state"])
        alone = unread.filtered(lambda lead: not lead.partner_id)
        alone._set_contact(dict.fromkeys(alone.ids, Contact()))
        # what the visitor wrote is a message of theirs: they wrote first
        visited = (
            request and not request.env.user._is_internal() and is_website_form(self)
        )
        for lead in self if visited else ():
            lead.message_post(
                body=lead.description or lead.name,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                author_id=lead.partner_id.id,
                email_from=lead.email_from,
                contact_outcome="form",
            )

    def _read_contact(self):
        contacts = self.env["crm.contact.evidence"]._get_contact(self)
        # others are gone
        self.browse(contacts)._store_contact(contacts)

    def _store_contact(self, contacts):
        """Store the contact and what depends on it.

        Most messages change nothing that is stored: then nothing is judged anew.

        :param dict contacts: ``{lead id: Contact}``
        """
        news, states = {}, {}
        for lead in self:
            old, new = lead._get_stored_contact(), contacts[lead.id]
            names = [
                column.name
                for column in COLUMNS
                if getattr(old, column.key) != getattr(new, column.key)
            ]
            if names:
                news[lead], states[lead] = names, old.state
        changed = self.browse(lead.id for lead in news)
        changed._set_contact(contacts)
        changed._contact_stored(news, states)
        changed._facts_changed()

    def _contact_stored(self, news, states):
        """Have computed anew what depends on another contact.

        :param dict news: ``{lead: names of the fields that changed}``
        :param dict states: ``{lead: the contact state until now}``
        """
        for lead in self:
            lead.modified(news[lead])

    def _get_written_along(self):
        """The contacts and accounts, which keep when they were last heard of."""
        people = self.partner_id
        return people | people.commercial_partner_id

    def _facts_changed(self):
        """Hook: facts of these leads came in."""

    def _get_known_contacts(self):
        """The contact with these leads: stored once both sides were in touch.

        Where nothing proves that yet, messages and meetings are asked again: a meeting
        may have ended a moment ago.

        :return: ``{lead id: Contact}``
        :rtype: dict
        """
        proven = self.filtered(lambda lead: lead.contact_state == "two_way")
        contacts = self.env["crm.contact.evidence"]._get_contact(self - proven)
        return contacts | {lead.id: lead._get_stored_contact() for lead in proven}

    def _get_unattended_meetings(self):
        """Held meetings of these leads to which nobody from outside was invited.

        They prove nothing as long as nobody says who took part.

        :return: ``{lead id: calendar.event}``, the last one of each, in superuser mode
        :rtype: dict
        """
        # sudo: what is known of a lead doesn't depend on whose meeting it was
        held = self.env["calendar.event"].sudo()
        found = held.search(
            Domain("stop", "<=", fields.Datetime.now())
            & Domain("partner_ids", "not any", [("partner_share", "=", True)])
            & (
                Domain("opportunity_id", "in", self.ids)
                | (
                    Domain("res_model", "=", "crm.lead")
                    & Domain("res_id", "in", self.ids)
                )
            ),
            order="stop",
        )
        return {lead.id: m for m in found for lead in m._get_linked_leads() & self}

    def _get_stored_contact(self):
        """The contact as it is stored: all of it where both sides were in touch.

        :rtype: Contact
        """
        self.ensure_one()
        nothing = Contact._field_defaults
        known = {}
        for name, key, _expression in COLUMNS:
            value = self._fields[name].convert_to_write(self[name], self)
            known[key] = value or nothing[key]
        return Contact(date=known["two_way_date"], **known)

    def _get_wrong_numbers(self):
        """Numbers that a call showed to be wrong: ``{lead id: {"number", "day"}}``."""
        found = {}
        for lead in self:
            for known in (lead.wrong_phone, lead.partner_id.wrong_phone):
                if known and known["number"] == lead._get_number():
                    day = fields.Date.to_date(known["day"])
                    found[lead.id] = {"number": lead.phone, "day": day}
        return found

    def _log_contact(self, body, outcome, activity_type=None, date=None):
        """Log a contact that Odoo can't see by itself, as proof.

        :param str body: what was said
        :param str outcome: one of ``OUTCOMES``, or "told": they wrote
        :param activity_type: ``mail.activity.type`` of a call or meeting, or None
        :param datetime date: when it was (UTC), or None for now
        :return: the ``mail.message``
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: the outcome is evidence, clients can't write it on any message
        message = self.sudo().message_post(
            body=body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_activities",
            mail_activity_type_id=activity_type.id if activity_type else False,
            contact_outcome=outcome,
            **({"date": date} if date else {}),
        )
        return message.with_env(self.env)
