from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..models.base.calls import on_one
from ..models.evidence.mail_message import OUTCOMES


class CrmLeadLogContact(models.TransientModel):
    """Logs a contact that Odoo can't see by itself: a call, a visit, a chat.

    Of a planned call, which is done then, it asks what that came to.
    """

    _name = "crm.lead.log.contact"
    _description = "Log a Contact"
    _inherit = ["qualification.door.mixin"]

    _qualification_links = ("activity_id", "lead_id")

    lead_id = fields.Many2one("crm.lead", ondelete="cascade")
    # an open call of a lead or contact, instead of the lead
    activity_id = fields.Many2one(
        "mail.activity",
        "Planned Call",
        ondelete="cascade",
        help="The planned call that this ends.",
    )
    channel = fields.Selection(
        [("call", "Phone call"), ("meeting", "Meeting or visit"), ("other", "Other")],
        default="call",
        required=True,
        help="How you tried.",
    )
    outcome = fields.Selection(
        OUTCOMES,
        default="reached",
        required=True,
        help="Only a talk counts as contact, the others as attempts.",
    )
    date = fields.Datetime(
        string="When",
        default=fields.Datetime.now,
        required=True,
        help="When it was, in your time zone.",
    )
    call_back_date = fields.Date(
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=1),
        help="A call is planned for this day.",
    )
    note = fields.Text(help="What was said.")

    _check_complete = models.Constraint(
        "CHECK (COALESCE(lead_id, activity_id) IS NOT NULL"
        " AND (outcome <> 'call_back' OR call_back_date IS NOT NULL))",
        "Choose the lead, and the day on which to call them back.",
    )

    @api.constrains("date")
    def _check_date(self):
        if any(
            date > fields.Datetime.now() for date in filter(None, self.mapped("date"))
        ):
            raise ValidationError(
                self.env._("This contact is in the future: plan an activity instead.")
            )

    @on_one
    def action_log(self):
        """Post the contact on the lead, or mark the call as done, as proof."""
        self._log()
        return {"type": "ir.actions.act_window_close"}

    def _log(self):
        """The same for a contact that may not be stored."""
        call, party = self.activity_id, self.lead_id
        if call:
            call._call_done(self.outcome, self._get_words())
            # sudo: whose the call is may plan the next one, as Odoo has it
            party = self.env[call.res_model].sudo().browse(call.res_id)
        else:
            channels = dict(self._fields["channel"]._description_selection(self.env))
            body = f"{channels[self.channel]} – {self._get_words()}"
            kind = self._get_activity_type()
            party._log_contact(body, self.outcome, kind, self.date)
        if self.outcome == "call_back":
            party.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=self.call_back_date,
                summary=call.summary,
                user_id=call.user_id.id or self.env.uid,
            )
        elif self.channel == "call":
            # sudo: what is wrong with a number is the code's to write
            party.sudo()._note_number(self.outcome, self.date)

    def _get_words(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        said = labels[self.outcome]
        if self.outcome == "call_back":
            day = format_date(self.env, self.call_back_date)
            said = self.env._("Call back on %s", day)
        return f"{said}\n{self.note}" if self.note else said

    def _get_activity_type(self):
        """Odoo's own activity type for the channel, if the company still has it."""
        xml_id = {
            "call": "mail.mail_activity_data_call",
            "meeting": "mail.mail_activity_data_meeting",
        }.get(self.channel)
        return xml_id and self.env.ref(xml_id, raise_if_not_found=False)
