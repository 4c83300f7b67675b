from odoo import api, fields, models
from odoo.tools import SQL

# The dates of the steps.
STEP_COLUMNS = ("contacted_date", "qualified_date")
# States of those whose facts pass now.
PASSING_STATES = ("ready", "qualified")


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
        copy=False,
        groups="base.group_user",
        help="When both sides had first been in touch. For records from before "
        "Sales Nemo was installed: when they were last in touch before.",
        written_by="code",
        old_rows="NULL",
    )
    qualified_date = fields.Datetime(
        string="First Qualified",
        compute="_compute_qualified_date",
        store=True,
        copy=False,
        groups="base.group_user",
        help="When what is known first passed all checks of the profile.",
        written_by="code",
        old_rows="NULL",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

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
            elif lead.qualification_state in PASSING_STATES and not lead.qualified_date:
                lead.qualified_date = now

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _set_contact(self, contacts):
        res = super()._set_contact(contacts)
        # not when it is next needed: so it is written together with the contact
        self._fields["contacted_date"].compute_value(self)
        return res

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

    @api.model
    def _read_steps(self):
        """Fill the dates of the steps that leads made before there were such dates.

        Set-based, for all leads and opportunities. Contacted: the last contact that is
        stored. Qualified: the oldest decision whose facts passed; else now, if they
        pass now.

        :return: number of leads and opportunities that got a date
        :rtype: int
        """
        decisions = self.env["crm.qualification.decision"]
        self.flush_model(
            [*STEP_COLUMNS, "contact_date", "contact_state", "qualification_state"]
        )
        decisions.flush_model(["date", "lead_id", "outcome"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_lead SET contacted_date = made.contacted_date,
                                    qualified_date = made.qualified_date
                  FROM (
                    SELECT l.id,
                           COALESCE(l.contacted_date, CASE
                               WHEN l.contact_state = 'two_way' THEN l.contact_date
                           END) AS contacted_date,
                           COALESCE(l.qualified_date, passed.date, CASE
                               WHEN l.qualification_state IN %(passing)s THEN %(now)s
                           END) AS qualified_date
                      FROM crm_lead l
                 LEFT JOIN (
                    SELECT lead_id, MIN(date) AS date
                      FROM crm_qualification_decision
                     WHERE outcome IN ('passed', 'settled')
                  GROUP BY lead_id
                 ) passed ON passed.lead_id = l.id
                  ) made
                 WHERE crm_lead.id = made.id
                   AND (crm_lead.contacted_date, crm_lead.qualified_date)
                       IS DISTINCT FROM (made.contacted_date, made.qualified_date)
                """,
                passing=PASSING_STATES,
                now=self.env.cr.now(),
            )
        )
        changed = self.env.cr.rowcount
        self.invalidate_model(STEP_COLUMNS)
        return changed
