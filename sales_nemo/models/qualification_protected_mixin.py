from odoo import api, models
from odoo.exceptions import AccessError


class QualificationProtectedMixin(models.AbstractModel):
    """Fields that clients may not write, or managers only.

    Odoo lets a client write any stored field, computed ones included. A model names
    here those that carry a proof or a verdict. It holds on create, on write, as a
    default and by import.
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

    def _check_field_access(self, field, operation):
        """Not in ``_has_field_access``: Odoo asks that for every value that it reads.

        :raise AccessError: names the field
        """
        super()._check_field_access(field, operation)
        if operation == "read" or self._may_be_written(field.name):
            return
        words = {
            "field": field.get_description(self.env, ["string"])["string"],
            "name": field.name,
        }
        if field.name in self._qualification_managed:
            raise AccessError(
                self.env._(
                    "Only sales managers may set “%(field)s” (%(name)s).", **words
                )
            )
        raise AccessError(
            self.env._(
                "“%(field)s” (%(name)s) can't be set: it follows from what is known. "
                "Leave it out.",
                **words,
            )
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
