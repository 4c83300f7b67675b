"""A source of evidence: a record that proves contact.

It inherits ``contact.source.mixin`` and says which of its fields prove something, and
whom it is about: when one of them changes, these look for contact anew. What a call
proves is said in ``crm_contact_evidence.py``.
"""

from odoo import api, fields, models


class CrmPhonecall(models.Model):
    _name = "crm.phonecall"
    _description = "Phone Call"
    _inherit = ["contact.source.mixin"]
    _order = "date desc, id desc"

    _evidence_fields = frozenset({"lead_id", "date", "direction", "state"})

    name = fields.Char("Subject", required=True)
    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Who Was Called")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    direction = fields.Selection(
        [("out", "We called"), ("in", "They called")], required=True, default="out"
    )
    state = fields.Selection(
        [("planned", "Planned"), ("held", "Held"), ("missed", "Missed")],
        required=True,
        default="planned",
    )

    @api.model_create_multi
    def create(self, vals_list):
        calls = super().create(vals_list)
        calls._evidence_changed()
        return calls

    def _get_parties(self):
        # sudo: the state of a lead doesn't depend on who calls
        return (self.sudo().lead_id,)
