from odoo import SUPERUSER_ID, api, models, tools


class IrDefault(models.Model):
    """Every user may set defaults, for themselves: not of what only code may set."""

    _inherit = "ir.default"

    # forgotten when Odoo forgets its own: by the same key
    @api.model
    @tools.ormcache("self.env.uid", "self.env.company.id", "model_name", "condition")
    def _get_model_defaults(self, model_name, condition=False):
        """Of fields that carry a proof or a verdict, only what holds for everybody.

        Odoo applies defaults in superuser mode, too, where nothing refuses them.
        """
        defaults = super()._get_model_defaults(model_name, condition=condition)
        model = self.env[model_name]
        guarded = getattr(model, "_get_guarded_names", frozenset)()
        if guarded.isdisjoint(defaults):
            return defaults
        # administrators only set what holds for everybody, the superuser included
        everybody = super(IrDefault, self.with_user(SUPERUSER_ID))._get_model_defaults(
            model_name, condition=condition
        )
        own = {name: defaults[name] for name in defaults.keys() - guarded}
        return own | {name: everybody[name] for name in everybody.keys() & guarded}
