from odoo import api, models
from odoo.tools.misc import clean_context


class QualificationKeptMixin(models.AbstractModel):
    """Records that only our own code creates, in superuser mode, as logs.

    Nobody's defaults get into them, neither those of the context nor a user's own.
    """

    _name = "qualification.kept.mixin"
    _description = "Kept by Qualification Only"

    @api.model_create_multi
    def create(self, vals_list):
        cleaned = self.with_env(self.env(context=clean_context(self.env.context)))
        return super(QualificationKeptMixin, cleaned).create(vals_list)

    @api.model
    def _get_guarded_names(self):
        return frozenset(self._fields)
