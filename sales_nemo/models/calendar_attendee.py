from odoo import api, models


class CalendarAttendee(models.Model):
    """Who declines a meeting was not met in it."""

    _inherit = "calendar.attendee"

    @api.model_create_multi
    def create(self, vals_list):
        attendees = super().create(vals_list)
        attendees.event_id._get_contact_leads()._contact_changed()
        return attendees

    def write(self, vals):
        proves = not vals.keys().isdisjoint({"state", "partner_id", "event_id"})
        leads = self.event_id._get_contact_leads() if proves else None
        res = super().write(vals)
        if proves:
            (leads | self.event_id._get_contact_leads())._contact_changed()
        return res

    def unlink(self):
        leads = self.event_id._get_contact_leads()
        res = super().unlink()
        leads._contact_changed()
        return res
