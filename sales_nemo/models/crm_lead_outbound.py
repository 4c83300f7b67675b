from odoo import models

from .. import gate


class CrmLead(models.Model):
    """What a message of ours to the lead's own contact does to the stored contact.

    Most messages are of that kind. What is stored, and the message, tell whether it
    changes anything, as it comes after all else; to plan the query on all evidence
    would take longer than posting the message takes the database.

    Only that we wrote is stored without the evidence: what makes a contact two-way is
    always read. A meeting that has just ended is found by its own job.
    """

    _inherit = "crm.lead"

    def _note_outbound(self, message):
        """Store that we wrote, if that is all that the message changes.

        :param message: ``mail.message`` that was just posted, see ``_is_outbound_to``
        :return: False where only the evidence tells what it changes
        :rtype: bool
        """
        self.ensure_one()
        if self._read_last():
            return True
        # dated back, it may come before others
        posted = message.create_date.replace(microsecond=0)
        if not message.date or message.date < posted:
            return False
        if self.contact_state == "two_way":
            # not the first message after their last one: the contact is no younger
            return bool(
                self.contact_heard_date and self.contact_date > self.contact_heard_date
            )
        if self.contact_state == "inbound":
            return False
        date = min(message.date, message.create_date)
        contact = gate.Contact("outbound", date=date, proof=message.id)
        self._store_contact({self.id: contact})
        return True
