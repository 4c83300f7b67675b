from odoo import api, models
from odoo.tools import SQL

from .incoming_mail import get_person_name


class CrmLead(models.Model):
    """Leads that e-mails create: who wrote becomes their person."""

    _inherit = "crm.lead"

    def message_new(self, msg_dict, custom_values=None):
        """Create a lead from an e-mail, as Odoo does, with the name of who wrote it.

        Odoo takes the sender's address, whatever the values say.
        """
        customer = (custom_values or {}).get("email_from", msg_dict.get("email_from"))
        msg_dict = msg_dict | {"email_from": customer, "from": customer}
        lead = super().message_new(msg_dict, custom_values=custom_values)
        name = get_person_name(customer)
        if name and not lead.contact_name:
            lead.contact_name = name
        if msg_dict.get("contact_outcome") == "told":
            lead._message_log(
                body=self.env._("Forwarded by one of us: %s wrote it.", customer)
            )
        return lead

    def _take_in_mail(self, message_dict, is_ours):
        """Hook: the record that takes in an e-mail to this one.

        :param dict message_dict: as in ``message_parse``
        :param bool is_ours: one of us wrote it
        """
        return self

    @api.model
    def _read_senders(self):
        """Give leads that e-mails created the names of who wrote, where they have none.

        From before the addon: those of one of our own, and of contacts, are left out.
        """
        self.flush_model(["contact_name", "partner_id"])
        nameless = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (l.id) l.id, m.email_from
                  FROM crm_lead l
                  JOIN mail_message m ON m.model = 'crm.lead' AND m.res_id = l.id
                 WHERE l.partner_id IS NULL AND COALESCE(l.contact_name, '') = ''
                   AND m.message_type = 'email' AND NOT EXISTS (
                       SELECT FROM res_users u
                        WHERE u.partner_id = m.author_id AND NOT u.share)
              ORDER BY l.id, m.id
                """
            )
        )
        names = {lead_id: get_person_name(sender) for lead_id, sender in nameless}
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead l SET contact_name = sender.name"
                "  FROM unnest(%s::int[], %s::text[]) sender(id, name)"
                " WHERE l.id = sender.id AND sender.name <> ''",
                [*names],
                [*names.values()],
            )
        )
        self.invalidate_model(["contact_name"])
