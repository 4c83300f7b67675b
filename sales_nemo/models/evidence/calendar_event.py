from odoo import Command, api, fields, models

from ..base.identity import is_address

# Fields by which a meeting is linked to a lead; Odoo stores the model's name, too.
LINK_FIELDS = frozenset({"opportunity_id", "res_id", "res_model_id", "res_model"})


class CalendarEvent(models.Model):
    """A held meeting is contact: these hooks notice what is planned and what changes.

    Meetings count from their end, without anybody touching them: the scheduled job
    that looks after time is woken at that moment.
    """

    _name = "calendar.event"
    _inherit = ["calendar.event", "qualification.origin.mixin", "contact.source.mixin"]

    # Whether, when and with whom a meeting is held.
    _evidence_fields = frozenset(
        {
            "active", "start", "stop", "start_date", "stop_date", "duration", "allday",
            "partner_ids", "attendee_ids", "origin", *LINK_FIELDS,
        }
    )  # fmt: skip
    _placed = _evidence_fields

    # leads meet people, too
    opportunity_id = fields.Many2one(domain="[]")

    _of_leads = models.Index("(res_id) WHERE res_model = 'crm.lead'")

    @api.model
    def default_get(self, fields):
        """Who is only an address on the lead is invited, too, and seen in the form."""
        res = super().default_get(fields)
        leads = self.env["crm.lead"].browse(res.get("opportunity_id"))
        lead = leads._filtered_access("read").filtered(lambda one: not one.partner_id)
        if "partner_ids" in fields and is_address(lead.email_normalized):
            guests = lead._partner_find_from_emails_single([lead.email_from])
            invited = map(Command.link, guests.ids)
            res["partner_ids"] = [*res.get("partner_ids", ()), *invited]
        return res

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._check_leads({})
        meetings._evidence_changed()
        return meetings

    def write(self, vals):
        linking = not LINK_FIELDS.isdisjoint(vals)
        # sudo: private meetings don't tell their leads
        before = {m.id: m._get_linked_leads() for m in self.sudo()} if linking else {}
        res = super().write(vals)
        if linking:
            self._check_leads(before)
        return res

    def _check_leads(self, before):
        """Nobody hangs a meeting on a lead that they don't see: it proves contact.

        :param dict before: ``{meeting's id: its leads until now}``, which may stay
        :raise AccessError: a lead is hidden from the user
        """
        leads = self.env["crm.lead"].sudo()
        for meeting in self.sudo():  # sudo: as in write
            leads |= meeting._get_linked_leads() - before.get(meeting.id, leads[:0])
        if leads:
            # of none, Odoo still asks for the right to the model
            leads.with_env(self.env).check_access("read")

    def _evidence_changed(self, before=()):
        """Have it looked for now, and once more at the end of these meetings."""
        after = super()._evidence_changed(before)
        now = fields.Datetime.now()
        ends = {meeting.stop for meeting in self if meeting.stop > now}
        name = "sales_nemo.ir_cron_ended_meetings"
        if any(after) and ends and (job := self.env.ref(name, False)):
            # sudo: whoever plans a meeting may not read scheduled jobs
            job.sudo()._trigger(at=ends)
        return after

    def _get_parties(self):
        """Leads that these meetings are about, and the people who attend.

        Meetings that are about no lead count for all leads of the guests' accounts.
        """
        # sudo: whoever plans a meeting may not see all of the attendees' leads
        meetings = self.sudo()
        linked = meetings._get_linked_leads()
        free = meetings.filtered(
            lambda m: not m.opportunity_id and m.res_model != "crm.lead"
        )
        guests = free.attendee_ids.partner_id.filtered("partner_share")
        if not guests:
            return linked, guests
        accounts = guests.commercial_partner_id
        return linked | accounts._get_account_leads(), guests

    def _get_linked_leads(self):
        """The leads that these meetings are linked to, as Odoo's or as documents."""
        documents = [m.res_id for m in self if m.res_model == "crm.lead" and m.res_id]
        return self.opportunity_id | self.env["crm.lead"].browse(documents)
