from odoo import api, fields, models
from odoo.tools import SQL

from .. import gate

# Where messages are looked for, and which types can be contact without an activity.
CONTACT_MODELS = ("crm.lead", "res.partner")
CONTACT_TYPES = ("email", "comment", "email_outgoing")


class MailMessage(models.Model):
    """Messages are the proof of contact: Odoo keeps them, this reads them."""

    _name = "mail.message"
    _inherit = ["mail.message", "qualification.protected.mixin"]

    _qualification_protected = frozenset({"contact_outcome"})

    contact_outcome = fields.Selection(
        [
            ("reached", "Reached"),
            ("no_answer", "No answer"),
            ("no_proof", "No proof of contact"),
        ],
        copy=False,
        help="What a logged call or visit came to. Reached: both sides talked.\n"
        "No proof: a client could have made it up.",
    )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if self.env.context.get("qualification_no_proof"):
            # sudo: the outcome is evidence; the mark only ever takes evidence away
            messages.sudo().contact_outcome = "no_proof"
        proofs = [
            message.id
            for message, vals in zip(messages, vals_list, strict=True)
            if self._may_prove(vals)
        ]
        messages.browse(proofs)._contact_changed()
        return messages

    def write(self, vals):
        proves = vals.keys() & {
            "model", "res_id", "contact_outcome", "author_id", "email_from",
            "message_type", "partner_ids", "outgoing_email_to", "date", "subtype_id",
        }  # fmt: skip
        leads = self._get_contact_leads() if proves else None
        res = super().write(vals)
        if not self.env.su and vals.keys() & {
            "author_id",
            "email_from",
            "message_type",
        }:
            # sudo: who rewrites the sender of a message takes its evidence away
            rewritten = self.sudo().filtered(lambda m: not m.contact_outcome)
            super(MailMessage, rewritten).write({"contact_outcome": "no_proof"})
        if proves:
            self._contact_changed(leads)
        return res

    def unlink(self):
        leads = self._get_contact_leads()
        res = super().unlink()
        leads._contact_changed()
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _contact_changed(self, leads=None):
        """Have the leads of these messages look for contact anew.

        :param leads: further leads to look at, e.g. those that the messages left
        """
        found = self._get_contact_leads()
        (found | leads if leads else found)._contact_changed()

    def _get_contact_leads(self):
        """Leads on which, or on whose contact, these messages may prove something.

        In superuser mode: the state of a lead doesn't depend on who posts.
        """
        # sudo: whoever writes a message may not see all of the contact's leads
        leads = self.env["crm.lead"].sudo()
        by_model = {model: set() for model in CONTACT_MODELS}
        for message in self.sudo():
            if message.model in by_model and message.res_id:
                by_model[message.model].add(message.res_id)
        if by_model["res.partner"]:
            partners = list(by_model["res.partner"])
            leads = leads.with_context(active_test=False).search(
                [("partner_id", "in", partners)]
            )
        return leads | leads.browse(by_model["crm.lead"])

    @api.model
    def _may_prove(self, vals):
        """False for the many messages that can't be contact: tracking, system notes.

        :param dict vals: values of a new message
        """

        def get(name, default=None):
            return vals.get(name, self.env.context.get(f"default_{name}", default))

        return get("model") in CONTACT_MODELS and (
            get("message_type", "comment") in CONTACT_TYPES
            or get("mail_activity_type_id")
            or get("contact_outcome")
        )

    @api.model
    def _get_contact(self, leads):
        """Who has heard from whom, read from the messages of leads and their contacts.

        - *outbound*: a comment of ours with an external recipient, an outgoing e-mail,
          a call that was made; not mass mailings, not internal notes;
        - *inbound*: posted by the mail gateway or by a portal user, from the lead, its
          account or the same company's mail domain; never by one of our own users,
          whoever they name as the author;
        - *two-way*: one in each direction, or a call logged as reached.

        A message counts from the earlier of its date and its creation: headers lie.

        :param leads: recordset of ``crm.lead``, stored
        :return: ``{lead id: gate.Contact}``; one SQL query, however many leads
        :rtype: dict
        """
        if not leads:
            return {}
        leads.flush_model(["partner_id", "email_normalized", "email_domain_criterion"])
        self.flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env.cr.execute(self._get_contact_sql(leads))
        last = {}
        for lead_id, direction, date, message_id in self.env.cr.fetchall():
            last.setdefault(lead_id, {})[direction] = (date, message_id)
        return {
            lead_id: self._summarize_contact(last.get(lead_id, {}))
            for lead_id in leads.ids
        }

    @api.model
    def _summarize_contact(self, last):
        """The contact that the last message of each direction adds up to.

        :param dict last: ``{"outbound" / "inbound" / "reached": (date, message id)}``
        :rtype: gate.Contact
        """
        inbound, outbound = last.get("inbound"), last.get("outbound")
        both = [last["reached"]] if "reached" in last else []
        if inbound and outbound:
            both.append(max(inbound, outbound))
        if both:
            date, proof = max(both)
            return gate.Contact("two_way", date, date, proof)
        if inbound:
            return gate.Contact("inbound", inbound[0], None, inbound[1])
        if outbound:
            return gate.Contact("outbound", outbound[0], None, outbound[1])
        return gate.Contact()

    @api.model
    def _get_contact_sql(self, leads):
        """Last message of each direction: rows of lead, direction, date, message."""
        return SQL(
            """
            WITH thread AS (
                SELECT l.id AS lead_id, m.id
                  FROM crm_lead l
                  JOIN mail_message m ON m.model = 'crm.lead' AND m.res_id = l.id
                 WHERE l.id = ANY(%(lead_ids)s)
                 UNION ALL
                SELECT l.id, m.id
                  FROM crm_lead l
                  JOIN mail_message m
                    ON m.model = 'res.partner' AND m.res_id = l.partner_id
                 WHERE l.id = ANY(%(lead_ids)s)
            ), proof AS (
                SELECT thread.lead_id,
                       CASE
                           WHEN m.contact_outcome = 'reached' THEN 'reached'
                           WHEN m.contact_outcome = 'no_answer' THEN 'outbound'
                           WHEN m.contact_outcome = 'no_proof' THEN NULL
                           WHEN activity.category = 'phonecall' THEN 'outbound'
                           WHEN COALESCE(subtype.internal, FALSE) THEN NULL
                           WHEN m.message_type = 'email_outgoing'
                                AND %(no_mailing)s THEN 'outbound'
                           WHEN NOT from_us.is_ours AND %(posted_by_them)s
                                AND %(is_theirs)s THEN 'inbound'
                           WHEN m.message_type IN ('comment', 'email')
                                AND from_us.is_ours
                                AND %(has_external_recipient)s THEN 'outbound'
                       END AS direction,
                       LEAST(m.date, m.create_date) AS date,
                       m.id AS message_id
                  FROM thread
                  JOIN mail_message m ON m.id = thread.id
                  JOIN crm_lead l ON l.id = thread.lead_id
             LEFT JOIN mail_message_subtype subtype ON subtype.id = m.subtype_id
             LEFT JOIN mail_activity_type activity
                    ON activity.id = m.mail_activity_type_id
             LEFT JOIN res_partner author ON author.id = m.author_id
             LEFT JOIN res_partner contact ON contact.id = l.partner_id
             LEFT JOIN res_users creator ON creator.id = m.create_uid
            CROSS JOIN LATERAL (
                SELECT lower(substring(m.email_from FROM %(address)s)) AS email
            ) sender
            CROSS JOIN LATERAL (
                SELECT COALESCE(author.id IS NOT NULL AND EXISTS (
                    SELECT FROM res_users u
                     WHERE u.partner_id = author.id AND NOT u.share
                ), FALSE) AS is_ours
            ) from_us
            )
            SELECT DISTINCT ON (lead_id, direction)
                   lead_id, direction, date, message_id
              FROM proof
             WHERE direction IS NOT NULL
          ORDER BY lead_id, direction, date DESC, message_id DESC
            """,
            lead_ids=leads.ids,
            address=r"[^<>\s,;\"]+@[^<>\s,;\"]+",
            no_mailing=self._get_no_mailing_sql(),
            posted_by_them=SQL(
                "((m.message_type = 'email' AND m.create_uid = %s)"
                " OR (m.message_type IN ('email', 'comment') AND creator.share))",
                api.SUPERUSER_ID,
            ),
            is_theirs=SQL(
                "(author.commercial_partner_id = contact.commercial_partner_id"
                " OR sender.email = l.email_normalized"
                " OR l.email_domain_criterion"
                "    IN (sender.email, '@' || split_part(sender.email, '@', 2)))"
            ),
            has_external_recipient=SQL(
                "(COALESCE(m.outgoing_email_to, '') <> '' OR EXISTS ("
                " SELECT FROM mail_message_res_partner_rel r"
                "  WHERE r.mail_message_id = m.id AND NOT EXISTS ("
                "   SELECT FROM res_users u"
                "    WHERE u.partner_id = r.res_partner_id AND NOT u.share)))"
            ),
        )

    @api.model
    def _get_no_mailing_sql(self):
        """Condition on an outgoing e-mail ``m``: it was not part of a mass mailing."""
        if "mailing_id" not in self.env["mail.mail"]._fields:
            return SQL("TRUE")
        return SQL(
            "NOT EXISTS (SELECT FROM mail_mail WHERE mail_mail.mail_message_id = m.id"
            " AND mail_mail.mailing_id IS NOT NULL)"
        )
