from odoo import models


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

    def _has_field_access(self, field, operation):
        allowed = super()._has_field_access(field, operation)
        # first what Odoo asks for every value that it reads
        if operation == "read" or not allowed or self.env.su:
            return allowed
        if field.name in self._qualification_managed:
            return self.env.user.has_group("sales_team.group_sale_manager")
        return field.name not in self._qualification_protected
