from odoo import api, models
from odoo.tools import SQL

from ... import gate


class CrmContactEvidence(models.AbstractModel):
    """The contact as it was when leads became opportunities."""

    _inherit = "crm.contact.evidence"

    @api.model
    def _get_past_contact(self, leads):
        """The contact before the day on which each became an opportunity.

        Messages and meetings of that day itself are left out: they may be younger than
        the decision. Who was created as an opportunity became one then.

        :param leads: recordset of ``crm.lead``, stored
        :return: ``{lead id: gate.Contact}``; one SQL query, however many leads
        :rtype: dict
        """
        contacts = dict.fromkeys(leads.ids, gate.Contact())
        if leads:
            self._flush()
            leads.flush_model(["date_conversion"])
            self._execute(
                self._get_contact_sql(
                    SQL("l.id = ANY(%s)", leads.ids),
                    until=SQL(
                        "date < (SELECT COALESCE(date_conversion, create_date)::date"
                        " FROM crm_lead WHERE id = subject_id)"
                    ),
                )
            )
            for lead_id, *values in self.env.cr.fetchall():
                contacts[lead_id] = gate.Contact(*values)
        return contacts
