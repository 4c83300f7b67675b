from dataclasses import replace

from odoo import models

from .. import gate


class CrmLead(models.Model):
    """What a message of ours to the lead's own contact does to the stored contact.

    Most messages are of that kind. What is stored, and the message, tell the rest, as
    it comes after all else; to plan the query on all evidence would take longer than
    posting the message takes the database.
    """

    _inherit = "crm.lead"

    def _note_outbound(self, message):
        """Store the contact with a message that was just posted, without the evidence.

        :param message: ``mail.message``, see ``_is_to_contact_of``
        :return: False where only the evidence tells what the message changes
        :rtype: bool
        """
        self.ensure_one()
        if self._read_last():
            return True
        # dated back, it may come before others
        if message.date < message.create_date.replace(microsecond=0):
            return False
        date = min(message.date, message.create_date)
        known = (self.contact_date, self.contact_heard_date, self.contact_waiting_since)
        if any(moment and moment > date for moment in known):
            return False
        state = self.contact_state
        if state == "two_way":
            # not the first message after their last one: the contact is no younger
            return bool(
                self.contact_heard_date and self.contact_date > self.contact_heard_date
            )
        if state == "inbound":
            contact = replace(
                self._get_stored_contact(),
                state="two_way",
                date=date,
                two_way_date=date,
            )
        else:
            contact = gate.Contact("outbound", date=date, proof=message.id)
        self._store_contact({self.id: contact})
        return True
