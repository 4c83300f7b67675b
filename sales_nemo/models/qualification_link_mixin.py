from odoo import api, models


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
        """
        for name in () if self.env.su else self._qualification_links:
            ids = {vals[name] for vals in vals_list if vals.get(name)}
            if ids:
                comodel = self.env[self._fields[name].comodel_name]
                comodel.browse(ids).exists().check_access("read")
