from odoo import models


class ContactSourceMixin(models.AbstractModel):
    """A record that proves contact: whom it is about looks anew when it changes."""

    _name = "contact.source.mixin"
    _description = "Source of Contact"

    # Names of the fields whose change may change what is proven.
    _contact_fields = frozenset()

    def write(self, vals):
        proves = self._proves_something_else(vals)
        before = self._get_contact_subjects() if proves else ()
        res = super().write(vals)
        if proves:
            self._contact_changed(before)
        return res

    def _proves_something_else(self, vals):
        """False where nothing that proves contact gets another value.

        Odoo writes an e-mail's message once more, with what it holds already.
        """
        names = self._contact_fields & vals.keys()
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
        before = self._get_contact_subjects()
        res = super().unlink()
        for subjects in filter(None, before):
            subjects._contact_changed()
        return res

    def _contact_changed(self, before=()):
        """Have those whom these records are about look for contact anew.

        :param before: whom they were about until now, as ``_get_contact_subjects``
        :return: whom they are about now
        """
        after = self._get_contact_subjects()
        for now, until_now in zip(after, before or after, strict=True):
            if subjects := now | until_now:
                subjects._contact_changed()
        return after

    def _get_contact_subjects(self):
        """Whom these records may prove contact with.

        In superuser mode: the state of a lead doesn't depend on who posts or plans.

        :return: leads and partners
        :rtype: tuple
        """
        raise NotImplementedError
