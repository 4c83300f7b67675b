from odoo import api, models


class CalendarAttendee(models.Model):
    """Who declines a meeting was not met in it."""

    _name = "calendar.attendee"
    _inherit = ["calendar.attendee", "contact.source.mixin"]

    _evidence_fields = frozenset({"state", "partner_id", "event_id"})

    @api.model_create_multi
    def create(self, vals_list):
        attendees = super().create(vals_list)
        attendees._evidence_changed()
        return attendees

    def _evidence_changed(self, before=()):
        """What an agent says about who was there, an agent says about the meeting."""
        # sudo: nobody chooses who told it
        if not self.env.su and self.event_id._get_origin() == "agent":
            self.event_id.sudo().origin = "agent"
        return super()._evidence_changed(before)

    def _get_parties(self):
        """Those of their meetings."""
        return self.event_id._get_parties()
