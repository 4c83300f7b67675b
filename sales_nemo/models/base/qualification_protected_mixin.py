from odoo import api, models
from odoo.exceptions import AccessError


class QualificationProtectedMixin(models.AbstractModel):
    """Fields that clients may not write, or managers only.

    Odoo lets a client write any stored field, computed ones included. A model names
    here those that carry a proof or a verdict. It holds on create, on write, as a
    default and by import. In superuser mode values may be set, but not by defaults of
    the context.
    """

    _name = "qualification.protected.mixin"
    _description = "Fields Written by Qualification Only"

    # Names of fields that are writable in superuser mode only.
    _qualification_protected = frozenset()
    # Names of fields that sales managers may write, too.
    _qualification_managed = frozenset()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """What may not be written is read-only in every view."""
        res = super().fields_get(allfields=allfields, attributes=attributes)
        for name, description in res.items():
            if "readonly" in description and not self._may_be_written(name):
                description["readonly"] = True
        return res

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            defaults = {
                key.removeprefix("default_")
                for key in self.env.context
                if key.startswith("default_")
            }
            self._check_protected(defaults.union(*vals_list))
            return super().create(vals_list)
        # Odoo's own code keeps the context of whoever called it
        guarded = self._qualification_protected | self._qualification_managed
        keys = {f"default_{name}" for name in guarded}
        if not keys.isdisjoint(self.env.context):
            context = {k: v for k, v in self.env.context.items() if k not in keys}
            self = self.with_env(self.env(context=context))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_protected(vals)
        return super().write(vals)

    @api.model
    def _check_protected(self, names):
        """Not in ``_check_field_access``: Odoo asks that for every value that it reads.

        :param names: of the fields that are to be written
        :raise AccessError: names those that the user may not write
        """
        refused = sorted(name for name in names if not self._may_be_written(name))
        if refused:
            raise AccessError("\n".join(map(self._explain_protected, refused)))

    @api.model
    def _explain_protected(self, name):
        """Why the user may not write a field.

        :param str name: name of the field
        """
        description = self._fields[name].get_description(self.env, ["string"])
        words = {"field": description["string"], "name": name}
        if name in self._qualification_managed:
            return self.env._(
                "Only sales managers may set “%(field)s” (%(name)s).", **words
            )
        return self.env._(
            "“%(field)s” (%(name)s) can't be set: it follows from what is known. "
            "Leave it out.",
            **words,
        )

    @api.model
    def _may_be_written(self, name):
        """True where the user may write a field, as far as qualification is concerned.

        :param str name: name of the field
        """
        if self.env.su:
            return True
        if name in self._qualification_managed:
            return self.env.user.has_group("sales_team.group_sale_manager")
        return name not in self._qualification_protected
