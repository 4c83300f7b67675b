from odoo import models


class ContactSourceMixin(models.AbstractModel):
    """A record that proves contact: whom it is about looks anew when it changes."""

    _name = "contact.source.mixin"
    _description = "Source of Contact"

    # Names of the fields whose change may change what is proven.
    _evidence_fields = frozenset()

    def write(self, vals):
        proves = self._proves_something_else(vals)
        before = self._get_parties() if proves else ()
        res = super().write(vals)
        if proves:
            self._evidence_changed(before)
        return res

    def _proves_something_else(self, vals):
        """False where nothing that proves contact gets another value.

        Odoo writes an e-mail's message once more, with what it holds already.
        """
        names = self._evidence_fields & vals.keys()
        kinds = {self._fields[name].type for name in names}
        # where a message stood Odoo has just forgotten, as each time that it moves one:
        # to read it again would be a query a message
        if not kinds.isdisjoint({"one2many", "many2many", "many2one_reference"}):
            return True
        return any(
            self._fields[name].convert_to_write(record[name], record) != vals[name]
            for name in names
            for record in self
        )

    def unlink(self):
        before = self._get_parties()
        res = super().unlink()
        for parties in filter(None, before):
            parties._contact_changed()
        return res

    def _evidence_changed(self, before=()):
        """Have those whom these records are about look for contact anew.

        :param before: whom they were about until now, as ``_get_parties``
        :return: whom they are about now
        """
        after = self._get_parties()
        for now, until_now in zip(after, before or after, strict=True):
            if parties := now | until_now:
                parties._contact_changed()
        return after

    def _get_parties(self):
        """Whom these records may prove contact with.

        In superuser mode: the state of a lead doesn't depend on who posts or plans.

        :return: leads and partners
        :rtype: tuple
        """
        raise NotImplementedError
