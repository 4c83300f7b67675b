from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.base.calls import on_one


class CrmLeadLogContact(models.TransientModel):
    """Logs a contact that Odoo can't see by itself: a call, a visit, a chat."""

    _name = "crm.lead.log.contact"
    _description = "Log a Contact"
    _inherit = ["qualification.door.mixin"]

    _qualification_links = ("lead_id",)

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    channel = fields.Selection(
        [("call", "Call"), ("meeting", "Meeting or visit"), ("other", "Other")],
        default="call",
        required=True,
    )
    outcome = fields.Selection(
        [("reached", "Reached: we talked"), ("no_answer", "No answer")],
        default="reached",
        required=True,
    )
    date = fields.Datetime(string="When", default=fields.Datetime.now, required=True)
    note = fields.Text(help="What was said.")

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
        """Post the contact on the lead, as proof."""
        self._log()
        return {"type": "ir.actions.act_window_close"}

    def _log(self):
        """The same for a contact that may not be stored."""
        self.lead_id._log_contact(
            self._get_body(), self.outcome, self._get_activity_type(), self.date
        )

    def _get_body(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        channels = dict(self._fields["channel"]._description_selection(self.env))
        head = f"{channels[self.channel]} – {labels[self.outcome]}"
        return f"{head}\n{self.note}" if self.note else head

    def _get_activity_type(self):
        """Odoo's own activity type for the channel, if the company still has it."""
        xml_id = {
            "call": "mail.mail_activity_data_call",
            "meeting": "mail.mail_activity_data_meeting",
        }.get(self.channel)
        return xml_id and self.env.ref(xml_id, raise_if_not_found=False)
