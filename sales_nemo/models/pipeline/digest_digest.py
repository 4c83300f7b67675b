from odoo import fields, models
from odoo.exceptions import AccessError

from ..decision.crm_qualification_profile_backtest import ENTRY_OUTCOMES, LATER_PATHS


class DigestDigest(models.Model):
    """One figure for Odoo's digest: how many opportunities deserved to be one."""

    _inherit = "digest.digest"

    kpi_qualification_passed = fields.Boolean(
        "Opportunities That Qualified (%)",
        help="Of the leads that became opportunities, how many had passed all checks.",
    )
    kpi_qualification_passed_value = fields.Float(
        compute="_compute_kpi_qualification_passed_value"
    )

    def _compute_kpi_qualification_passed_value(self):
        """Of the decisions that let something into the pipeline, those that passed, in
        percent; 0 where there was none.

        :raise AccessError: by which Odoo leaves the figure out of a user's digest
        """
        if not self.env.user.has_group("sales_team.group_sale_salesman"):
            raise AccessError(self.env._("Only salespeople see who qualified."))
        start, end, companies = self._get_kpi_compute_parameters()
        counts = self.env["crm.qualification.decision"]._read_group(
            [
                ("company_id", "in", [*companies.ids, False]),
                ("date", ">=", start),
                ("date", "<", end),
                ("outcome", "in", ENTRY_OUTCOMES),
                ("path", "not in", LATER_PATHS),
            ],
            ["company_id", "outcome"],
            ["__count"],
        )
        for digest in self:
            own = {digest.company_id or self.env.company, companies.browse()}
            entries = {(c, o): n for c, o, n in counts if c in own}
            passed = sum(n for (_c, o), n in entries.items() if o == "passed")
            all_entries = sum(entries.values())
            digest.kpi_qualification_passed_value = (
                100 * passed / all_entries if all_entries else 0
            )

    def _compute_kpis_actions(self, company, user):
        menu = self.env.ref("crm.crm_menu_root").id
        action = f"sales_nemo.crm_qualification_decision_action?menu_id={menu}"
        actions = super()._compute_kpis_actions(company, user)
        return actions | {"kpi_qualification_passed": action}
