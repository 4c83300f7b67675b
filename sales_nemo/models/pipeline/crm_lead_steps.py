from odoo import api, fields, models

from ..base.qualification_checks_mixin import KEPT

# The dates of the steps.
STEP_COLUMNS = ("contacted_date", "qualified_date")


class CrmLead(models.Model):
    """When a lead made the steps of the funnel that Odoo keeps no date of.

    Each date is set once, when the step is first made, and is kept: contact that is
    taken back, facts that expire, a conversion, a loss and its end change nothing. Of
    merged records the earliest date counts. A copy starts anew.

    For records from before the addon ``contacted_date`` is the last contact of which
    there is proof, so at the latest then; a conversion from then proves nothing.
    """

    _inherit = "crm.lead"

    contacted_date = fields.Datetime(
        string="First in Touch",
        compute="_compute_contacted_date",
        store=True,
        help="When both sides had first been in touch. For records from before "
        "Sales Nemo was installed: when they were last in touch before.",
        **KEPT,
    )
    qualified_date = fields.Datetime(
        string="First Qualified",
        compute="_compute_qualified_date",
        store=True,
        help="When what is known first passed all checks of the profile.",
        **KEPT,
    )

    @api.depends("contact_state")
    def _compute_contacted_date(self):
        for lead in self:
            if not isinstance(lead.id, int):
                lead.contacted_date = lead._origin.contacted_date
            # the own date is read last: new leads have none to be read
            elif lead.contact_state == "two_way" and not lead.contacted_date:
                lead.contacted_date = lead.contact_date

    @api.depends("qualification_state")
    def _compute_qualified_date(self):
        now = self.env.cr.now()
        for lead in self:
            if not isinstance(lead.id, int):
                lead.qualified_date = lead._origin.qualified_date
            elif (
                lead.qualification_state in ("ready", "qualified")
                and not lead.qualified_date
            ):
                lead.qualified_date = now

    def _merge_dependences(self, opportunities):
        """The record that stays made a step when the first of them made it."""
        # sudo: the dates are written by code only
        head, everybody = self.sudo(), (self | opportunities).sudo()
        # as they are kept: to compute them would be to judge each record anew
        everybody.fetch(STEP_COLUMNS)
        earlier = {}
        for name in STEP_COLUMNS:
            dates = [lead._cache[name] for lead in everybody]
            first = min(filter(None, dates), default=None)
            if first != head._cache[name]:
                earlier[name] = first
        res = super()._merge_dependences(opportunities)
        if earlier:
            head.write(earlier)
        return res
