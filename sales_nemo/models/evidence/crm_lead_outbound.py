from odoo import models

from ... import gate


class CrmLead(models.Model):
    """What a message of ours to the lead's own contact does to the stored contact.

    Most messages are of that kind. What is stored, and the message, tell whether it
    changes anything, as it comes after all else; to plan the query on all evidence
    would take longer than posting the message takes the database.

    Stored without the evidence is that we wrote, and when we answered who was in touch
    already: what makes a contact two-way is always read. A meeting that has just ended
    is found by its own job.
    """

    _inherit = "crm.lead"

    def _note_outbound(self, message):
        """Store that we wrote or answered, if that is all that the message changes.

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
        date = min(message.date, message.create_date)
        if self.contact_state == "inbound":
            return False
        if self.contact_state != "two_way":
            contact = gate.Contact("outbound", date=date, proof=message.id)
        elif self._is_answered_by(date):
            known = self._get_stored_contact()
            contact = known._replace(date=date, two_way_date=date)
        else:
            # not the first message after their last one: the contact is no younger
            heard = self.contact_heard_date
            return bool(heard and self.contact_date > heard)
        self._store_contact({self.id: contact})
        return True

    def _is_answered_by(self, date):
        """True where what they wrote last proves the contact, and we answer it now.

        Not after a talk: then the evidence tells what an answer means.

        :param datetime date: when we wrote
        """
        heard = self.contact_heard_date
        if not heard or heard != self.contact_date or date < heard:
            return False
        proof = self.contact_message_id
        proof.fetch(["contact_outcome", "mail_activity_type_id"])
        return bool(proof) and not (
            self.contact_event_id
            or proof.contact_outcome
            or proof.mail_activity_type_id
        )
