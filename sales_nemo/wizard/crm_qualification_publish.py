from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.base.calls import on_one

KEYS = ("refused", "profile", "state", "grade")


class CrmQualificationPublish(models.TransientModel):
    """Shows what a draft changes, and whom it concerns, before it is published."""

    _name = "crm.qualification.publish"
    _description = "Publish a Draft"
    _inherit = ["qualification.door.mixin"]

    profile_id = fields.Many2one(
        "crm.qualification.profile",
        required=True,
        readonly=True,
        # published, it is gone
        ondelete="cascade",
    )
    changes = fields.Text(related="profile_id.changes")
    enforcement = fields.Selection(related="profile_id.enforcement")
    note = fields.Char(help="Why, for the list of versions.")
    impact = fields.Json(
        readonly=True, help="What crm.qualification.profile._get_impact gave."
    )
    is_untaken = fields.Boolean(
        compute="_compute_counts", help="No lead that was judged would take it."
    )
    refused_count = fields.Integer(compute="_compute_counts")
    profile_count = fields.Integer(compute="_compute_counts")
    state_count = fields.Integer(compute="_compute_counts")
    grade_count = fields.Integer(compute="_compute_counts")
    past = fields.Text(
        compute="_compute_past",
        # the user's own access to leads counts
        compute_sudo=False,
        help="What the draft would have made of the newest deals.",
    )
    sample = fields.Char(compute="_compute_counts", help="What the numbers count.")

    @api.depends("impact")
    @api.depends_context("lang")
    def _compute_counts(self):
        for dialog in self:
            impact = dialog.impact or {}
            dialog.is_untaken = not impact.get("takes", True)
            for key in KEYS:
                dialog[f"{key}_count"] = len(impact.get(key, ()))
            numbers = {"judged": impact.get("judged", 0), "open": impact.get("open", 0)}
            dialog.sample = (
                self.env._("Of your %(open)s open leads and opportunities:", **numbers)
                if numbers["judged"] == numbers["open"]
                else self.env._(
                    "Of the newest %(judged)s of your %(open)s open leads and "
                    "opportunities:",
                    **numbers,
                )
            )

    @api.depends("profile_id")
    def _compute_past(self):
        for dialog in self:
            today = fields.Date.today()
            dialog.past = dialog.profile_id._describe_past(today, cost=True)

    @on_one
    def action_try_on_history(self):
        """Show which deals these are, each number with its own."""
        return self.profile_id.action_try_on_history()

    @on_one
    def action_put_first(self):
        """Have leads take the draft before other profiles; show what that means."""
        first = self.profile_id.search([("state", "=", "published")], limit=1)
        self.profile_id.sequence = first.sequence - 1
        return self.profile_id.action_publish()

    @on_one
    def action_publish(self):
        """Have the draft rule from now on, and open what rules."""
        draft = self.profile_id
        profile = draft._publish(self.note or "")
        # "main": the way back would lead to a draft that is gone
        target = "current" if profile == draft else "main"
        return profile._get_records_action(target=target)

    @on_one
    def action_open_leads(self, key="refused"):
        """Open the leads that one of the numbers counts.

        :param str key: refused, profile, state or grade
        :raise UserError: there is no such number
        """
        if key not in KEYS:
            raise UserError(self.env._("There is no such number: choose one you see."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Concerned by %s", self.profile_id.name),
            "res_model": "crm.lead",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", (self.impact or {}).get(key, []))],
        }
