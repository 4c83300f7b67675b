import re
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import api, fields, models

from ..base.batches import lock_rows, work_off
from ..base.qualification_checks_mixin import KEPT

# Where a cursor keeps the records whose contact changed and is still to be read.
CHANGING = "sales_nemo.contact_changing"
# Records whose contact is read between two commits.
CONTACT_BATCH = 500


class ContactPartyMixin(models.AbstractModel):
    """Somebody whom there is contact with: stored, and read anew when it changes.

    Messages and meetings tell it; ``crm.contact.evidence`` reads them.
    """

    _name = "contact.party.mixin"
    _description = "Subject of Contact"
    _inherit = ["qualification.checks.mixin"]

    wrong_phone = fields.Json(
        string="Wrong Number",
        help="The phone number that a call showed to be wrong, and the day.",
        **KEPT,
    )

    def _get_number(self):
        """The phone number as it is dialled, however it is written; empty without."""
        return self.phone_sanitized or re.sub(r"\W", "", self.phone or "")

    def _note_number(self, outcome, date):
        """Remember that a number is wrong, on all leads of a contact; or forget it."""
        called = (self._name == "crm.lead" and self.partner_id) or self
        number = self._get_number()
        if outcome == "reached":
            called.wrong_phone = self.wrong_phone = False
        elif outcome == "wrong_number" and number:
            day = fields.Date.to_string(self.env.company._get_day(date))
            called.wrong_phone = {"number": number, "day": day}

    def _compute_again(self, name):
        """Compute a stored field anew, with those that share its method.

        :param str name: name of the field
        """
        for field in self.pool.field_computed[self._fields[name]]:
            self.env.add_to_compute(field, self)

    def _contact_changed(self):
        """Messages or meetings came, went or moved: look for contact anew, at once."""
        if not self._postpone_reading():
            self._read_contact()

    def _postpone_reading(self):
        """Inside of ``_noting_changed``, note these for its end.

        :return: True when they were noted: they are not to be written before
        :rtype: bool
        """
        changing = self.env.cr.cache.get(CHANGING)
        if changing is None:
            return False
        changing.setdefault(self._name, set()).update(self.ids)
        return True

    def _read_contact(self):
        """Hook: have the stored contact read anew, and all that depends on it.

        Those that are gone are left out.
        """

    def _get_written_along(self):
        """Other records that are written when the contact of these changes."""
        return self.browse()

    @contextmanager
    def _noting_changed(self):
        """Inside of the block, whose contact changes is noted instead of read.

        Gives ``{name of the model: ids}``, to be read after the block; it stays empty
        inside of another such block, which notes them itself.
        """
        data = self.env.cr.cache
        if CHANGING in data:
            yield {}
            return
        data[CHANGING] = {}
        try:
            yield data[CHANGING]
        finally:
            del data[CHANGING]

    @contextmanager
    def _contact_changing_last(self):
        """Have those whose contact changes inside the block read it at its end.

        Then all else is written, and a record that somebody else has just saved can't
        take it along when PostgreSQL refuses to write that record: its contact is read
        in a transaction of its own, after this one.
        """
        with self._noting_changed() as changed:
            yield
            # what else is to be computed notes itself, too
            self.env.flush_all()
        # one query a model: leads, partners
        for name, ids in sorted(changed.items()):
            # sudo: the state of a lead doesn't depend on who feeds the mail
            parties = self.env[name].sudo().browse(ids).exists()
            free = parties._lock_unless_written()
            free._read_contact()
            if busy := parties - free:
                self.env.cr.postcommit.add(busy._read_contact_later)

    def _lock_unless_written(self):
        """Lock those of these records that nobody else writes now or has just written.

        With what is written along: that must be free, too.

        :return: the locked ones; none where one of them was written since this
            transaction began
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                along = self._get_written_along()
                # of one model they are locked together, in one order
                along |= self if along._name == self._name else along.browse()
                locked = lock_rows(along)
                free = self.filtered(lambda one: one._get_written_along() <= locked)
                return lock_rows(free)
        except OperationalError:
            return self.browse()

    def _read_contact_later(self):
        """Look for contact anew in a transaction of its own.

        What fails here, too, the daily job finds.
        """
        with self.pool.cursor() as cr:
            parties = self.with_env(self.env(cr=cr))
            stale = parties.ids
            work_off(parties.env, lambda: parties._refresh_contacts(stale))

    @api.model
    def _refresh_contacts(self, stale):
        """Look for contact anew on the first batch of some records.

        Those that somebody is writing just now are left for the next run.

        :param list stale: ids; those of the batch are taken off it
        :return: number of records in the batch
        :rtype: int
        """
        batch = stale[:CONTACT_BATCH]
        del stale[:CONTACT_BATCH]
        self.browse(batch)._lock_unless_written()._contact_changed()
        self._write_and_forget()
        return len(batch)

    def _write_and_forget(self):
        """Write what is computed and free the memory of a batch."""
        self.env.flush_all()
        self.env.invalidate_all()
