from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.base.calls import on_one


class CrmMergeOpportunity(models.TransientModel):
    """Odoo's merge screen: it says what becomes of lost records, and why it refuses."""

    _inherit = "crm.merge.opportunity"

    merge_refusal = fields.Text(
        readonly=True, help="Why the merged record may not become an opportunity."
    )
    left_out = fields.Text(
        compute="_compute_left_out",
        help="Won records, which Odoo doesn't merge, and lost ones that were not "
        "preselected.",
    )
    lost_warning = fields.Text(compute="_compute_lost_warning")
    merged_checks = fields.Json(compute="_compute_merged_checks")

    @api.depends_context("active_ids")
    @api.depends("opportunity_ids")
    def _compute_left_out(self):
        chosen = self.env["crm.lead"].browse(self.env.context.get("active_ids", []))
        for wizard in self:
            lost = chosen._filter_lost() | chosen & chosen._get_ancestors()
            lost -= wizard.opportunity_ids._origin
            won = chosen._filter_won() - wizard.opportunity_ids._origin
            texts = []
            if won:
                names = won._format_names()
                texts.append(self.env._("Won records are not merged: %s.", names))
            if lost:
                texts.append(
                    self.env._(
                        "Lost records are not merged unless you add them below: %s.",
                        lost._describe_lost(),
                    )
                )
            wizard.left_out = "\n".join(texts)

    @api.depends("opportunity_ids")
    def _compute_lost_warning(self):
        for wizard in self:
            leads = wizard.opportunity_ids._origin
            lost = leads._filter_lost()
            kept = leads._sort_by_confidence_level(reverse=True)[:1]
            if not lost or len(leads) < 2:
                wizard.lost_warning = False
            elif kept in lost and lost != leads:
                wizard.lost_warning = self.env._(
                    "The record that stays is a lost one, all others are lost with it: "
                    "%s.",
                    kept._describe_lost(),
                )
            else:
                wizard.lost_warning = self.env._(
                    "Merging deletes lost records and erases why they were lost: %s.",
                    (lost - kept)._describe_lost(),
                )

    @api.depends("opportunity_ids")
    def _compute_merged_checks(self):
        for wizard in self:
            leads = wizard.opportunity_ids._origin
            wizard.merged_checks = len(leads) > 1 and leads._preview_merge()

    @api.model
    def default_get(self, fields):
        """Lost records are not preselected where the gate is closed.

        Neither, anywhere, is what another one of them continues.
        """
        res = super().default_get(fields)
        if "opportunity_ids" in res:
            chosen = self.env["crm.lead"].browse(res["opportunity_ids"][0][2])
            if any(lead._is_enforced() for lead in chosen):
                chosen -= chosen._filter_lost()
            chosen -= chosen._get_ancestors()
            res["opportunity_ids"] = [(6, 0, chosen.ids)]
        return res

    @on_one
    def action_merge(self):
        """Merge as Odoo does; a refusal opens the screen again, with the reasons."""
        self.merge_refusal = False
        try:
            # refused, nothing is merged
            with self.env.cr.savepoint():
                by_hand = self.with_context(qualification_by_hand=True)
                return super(CrmMergeOpportunity, by_hand).action_merge()
        except UserError as error:
            refused = getattr(error, "refused", None)
            if not refused:
                raise
            self.merge_refusal = str(error)
            self.env["crm.lead"]._log_refusals(refused, "merge")
        return self._get_records_action(name=self.env._("Merge"), target="new")
