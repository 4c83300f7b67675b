from odoo import models


class QualificationProtectedMixin(models.AbstractModel):
    """Fields that only the addon's own code writes.

    Odoo lets a client write any stored field, computed ones included. A model names in
    ``_qualification_protected`` those that carry a proof or a verdict: they are
    writable in superuser mode only, on create, on write, as a default and by import.
    """

    _name = "qualification.protected.mixin"
    _description = "Fields Written by Qualification Only"

    _qualification_protected = frozenset()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            operation == "read"
            or self.env.su
            or field.name not in self._qualification_protected
        )
