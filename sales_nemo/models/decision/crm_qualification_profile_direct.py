from odoo import api, fields, models


class CrmQualificationProfile(models.Model):
    """Opportunities aren't made leads where nobody would find them."""

    _inherit = "crm.qualification.profile"

    direct_policy_problem = fields.Char(
        compute="_compute_direct_policy_problem",
        help="Why “Make it a lead” can't be chosen; empty where it can.",
    )

    @api.depends_context("lang")
    def _compute_direct_policy_problem(self):
        problem = not self.env["crm.lead"]._are_leads_shown(self.env["res.users"])
        self.direct_policy_problem = problem and self.env._(
            "“Make it a lead” can't be chosen while Odoo's Leads are switched off: "
            "switch them on in the settings of CRM, or choose another one."
        )

    @api.onchange("direct_policy")
    def _onchange_direct_policy(self):
        before = self._origin.direct_policy or "flag"
        if before != "lead" == self.direct_policy and self.direct_policy_problem:
            self.direct_policy = before
            title = self.env._("Leads are switched off")
            return {"warning": {"title": title, "message": self.direct_policy_problem}}
        return None

    def _publish_content(self, content, note=""):
        """Neither a draft nor a former version may choose it then."""
        rules = self.state == "published" and self.direct_policy
        if rules != "lead" == content.get("direct_policy"):
            problem = self.direct_policy_problem
            self._refuse_problems([problem] if problem else [])
        return super()._publish_content(content, note)
