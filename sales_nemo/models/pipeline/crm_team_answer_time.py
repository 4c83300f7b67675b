from datetime import timedelta

from odoo import fields, models


class CrmTeam(models.Model):
    """How soon a team answers; other times change nothing that was due before."""

    _inherit = "crm.team"

    answer_hours = fields.Float("Answer Within", help="Who wrote first.")
    attempt_hours = fields.Float("First Attempt Within", help="On new leads.")
    answer_escalation_hours = fields.Float("Tell the Leader After", help="When late.")
    answer_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        help="Empty: those of the company. Flexible ones or none: round the clock.",
    )

    _check_answer_hours = models.Constraint(
        "CHECK (answer_hours BETWEEN 0 AND 8760 AND attempt_hours BETWEEN 0 AND 8760"
        " AND answer_escalation_hours BETWEEN 0 AND 8760)",
        "Answer times are hours, from 0 to 8,760: a year.",
    )

    def _plan_answer(self, company, hours, since):
        """When so many working hours have passed; False where none are asked for."""
        company = self.company_id or company
        calendar = self.answer_calendar_id or company.resource_calendar_id
        planned = since and hours and since + timedelta(hours=hours)
        if planned and calendar and not calendar.flexible_hours:
            planned = calendar.plan_hours(hours, since, compute_leaves=True) or planned
        return planned
