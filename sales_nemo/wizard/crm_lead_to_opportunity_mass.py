from odoo import fields, models

from ..models.reasons import explain


class CrmLead2opportunityPartnerMass(models.TransientModel):
    """Odoo's mass conversion: those that pass go, the others stay leads."""

    _inherit = "crm.lead2opportunity.partner.mass"

    converted_lead_ids = fields.Many2many(
        "crm.lead",
        "crm_lead2opportunity_mass_converted_rel",
        string="Converted",
        context={"active_test": False},
        readonly=True,
    )
    refused_line_ids = fields.One2many(
        "crm.lead2opportunity.refusal", "wizard_id", string="Refused", readonly=True
    )
    converted_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")

    def _compute_counts(self):
        for wizard in self:
            wizard.converted_count = len(wizard.converted_lead_ids)
            wizard.refused_count = len(wizard.refused_line_ids)

    def action_apply(self):
        """Convert those that pass and say why the others stayed leads."""
        super().action_apply()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Result of the conversion"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (
                    self.env.ref(
                        "sales_nemo.crm_lead2opportunity_partner_mass_view_form_result"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
        }

    def action_open_converted(self):
        """Open the new opportunities."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Converted"),
            "res_model": "crm.lead",
            "view_mode": "list,form",
            "domain": [("id", "in", self.converted_lead_ids.ids)],
        }

    def action_open_refused(self):
        """Open the leads that were refused."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refused"),
            "res_model": "crm.lead",
            "view_mode": "list,form",
            "domain": [("id", "in", self.refused_line_ids.lead_id.ids)],
        }

    def _get_gate_path(self):
        return "mass"

    def _record_facts(self):
        """Facts belong to one lead: there is nothing to record here."""

    def _get_default_leads(self):
        return self.lead_tomerge_ids

    def _is_refused(self):
        """Never as a whole: those that pass are converted."""
        return False

    def _pass_gate(self, leads):
        passing = super()._pass_gate(leads)
        self.converted_lead_ids |= passing.filtered(
            lambda lead: (
                lead.type == "lead" and lead.active and lead.won_status != "won"
            )
        )
        return passing

    def _note_refusals(self, refused):
        res = super()._note_refusals(refused)
        self.refused_line_ids = [
            fields.Command.create(
                {
                    "lead_id": lead.id,
                    "reasons": "\n".join(
                        explain(self.env, check)["reason"] for check in verdict.failed
                    ),
                }
            )
            for lead, (_facts, verdict) in refused.items()
        ]
        return res


class CrmLead2opportunityRefusal(models.TransientModel):
    """One lead that a mass conversion refused, with the reasons."""

    _name = "crm.lead2opportunity.refusal"
    _description = "Refused Lead of a Mass Conversion"

    wizard_id = fields.Many2one(
        "crm.lead2opportunity.partner.mass",
        required=True,
        index=True,
        ondelete="cascade",
    )
    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    reasons = fields.Text()
