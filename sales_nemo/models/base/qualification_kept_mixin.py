from odoo import api, models


class QualificationKeptMixin(models.AbstractModel):
    """Records that only our own code creates, in superuser mode, as logs.

    No user's defaults get into them; those of the context are cleaned by who creates.
    """

    _name = "qualification.kept.mixin"
    _description = "Kept by Qualification Only"

    @api.model
    def _get_guarded_names(self):
        return frozenset(self._fields)
