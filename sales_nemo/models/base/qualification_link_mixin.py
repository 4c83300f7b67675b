from odoo import api, models
from odoo.exceptions import UserError


class QualificationLinkMixin(models.AbstractModel):
    """Nobody links what they may not read.

    Odoo tells the name of a linked record to whoever may read the link.
    """

    _name = "qualification.link.mixin"
    _description = "Links to What the User May Read"

    # Names of many2one fields that clients write and read back.
    _qualification_links = ()

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {
            name: self.env.context.get(f"default_{name}")
            for name in self._qualification_links
        }
        self._check_links([defaults | vals for vals in vals_list])
        return super().create(vals_list)

    def write(self, vals):
        self._check_links([vals])
        return super().write(vals)

    @api.model
    def _check_links(self, vals_list):
        """Ask for the right to read what is to be linked, before anything is done.

        :param list vals_list: values by field name, as ``create`` takes them
        :raise AccessError: the user may not read one of the linked records
        :raise UserError: a value is no id
        """
        for name in () if self.env.su else self._qualification_links:
            field = self._fields[name]
            values = [vals[name] for vals in vals_list if vals.get(name)]
            ids = {field.convert_to_cache(v, self, validate=False) for v in values}
            if None in ids:
                # Odoo's cache ignores it, PostgreSQL may take it for a number
                raise UserError(
                    self.env._("“%s” doesn't link a record: give its id.", name)
                )
            linked = self.env[field.comodel_name].browse(ids)._origin.exists()
            if linked:
                linked.check_access("read")
