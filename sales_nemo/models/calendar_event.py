from odoo import api, fields, models
from odoo.fields import Domain

# Fields that say whether, when and with whom a meeting is held.
MEETING_FIELDS = frozenset(
    {
        "active", "start", "stop", "start_date", "stop_date", "duration", "allday",
        "opportunity_id", "res_id", "res_model_id", "partner_ids", "attendee_ids",
    }
)  # fmt: skip


class CalendarEvent(models.Model):
    """A held meeting is contact: these hooks notice what is planned and what changes.

    Meetings count from their end, without anybody touching them: the scheduled job
    that looks after time is woken at that moment.
    """

    _inherit = "calendar.event"

    # leads meet people, too
    opportunity_id = fields.Many2one(domain="[]")

    _of_leads = models.Index("(res_id) WHERE res_model = 'crm.lead'")

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._contact_changed()
        return meetings

    def write(self, vals):
        proves = not MEETING_FIELDS.isdisjoint(vals)
        leads = self._get_contact_leads() if proves else None
        res = super().write(vals)
        if proves:
            self.exists()._contact_changed(leads)
        return res

    def unlink(self):
        leads = self._get_contact_leads()
        res = super().unlink()
        leads._contact_changed()
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _contact_changed(self, leads=None):
        """Have the leads of these meetings look for contact anew, now and at their end.

        :param leads: further leads to look at, e.g. those that the meetings left
        """
        found = self._get_contact_leads()
        (found | leads if leads else found)._contact_changed()
        if found:
            self._wake_at_end()

    def _wake_at_end(self):
        """Have the job that looks after ended meetings run at the end of these."""
        now = fields.Datetime.now()
        ends = {meeting.stop for meeting in self if meeting.stop > now}
        job = self.env.ref(
            "sales_nemo.ir_cron_ended_meetings", raise_if_not_found=False
        )
        if ends and job:
            # sudo: whoever plans a meeting may not read scheduled jobs
            known = (
                self.env["ir.cron.trigger"]
                .sudo()
                .search([("cron_id", "=", job.id), ("call_at", "in", list(ends))])
            )
            ends -= set(known.mapped("call_at"))
            job.sudo()._trigger(at=ends)

    def _get_contact_leads(self):
        """Leads for which these meetings may prove something.

        Their own, or those of the people who attend. In superuser mode: the state of a
        lead doesn't depend on who plans.
        """
        # sudo: whoever plans a meeting may not see all of the attendees' leads
        meetings, leads = self.sudo(), self.env["crm.lead"].sudo()
        linked = meetings.opportunity_id | leads.browse(
            [m.res_id for m in meetings if m.res_model == "crm.lead" and m.res_id]
        )
        free = meetings.filtered(
            lambda m: not m.opportunity_id and m.res_model != "crm.lead"
        )
        guests = free.attendee_ids.partner_id.filtered("partner_share")
        if not guests:
            return linked
        accounts = guests.commercial_partner_id
        return linked | leads.with_context(active_test=False).search(
            Domain("partner_id.commercial_partner_id", "in", accounts.ids)
        )
