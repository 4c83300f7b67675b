from odoo import api, models


class QualificationDoorMixin(models.AbstractModel):
    """Nothing gets in that may not be set."""

    _name = "qualification.door.mixin"
    _description = "Door for What May Be Set"
    _inherit = ["qualification.checks.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        self = self._check_new_values(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_values([vals])
        return super().write(vals)
