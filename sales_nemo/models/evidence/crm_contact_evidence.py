from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...facts import CONTACT_STATES, Contact
from ..base.batches import WITHOUT_JIT
from . import evidence_sql
from .evidence_sql import COLUMNS, CONTACT_COLUMNS, READ_FIELDS, RESELLERS
from .incoming_mail import OLD_AUTO_REPLY_HINTS, OLD_AUTO_REPLY_SUBJECTS


class CrmContactEvidence(models.AbstractModel):
    """Who has heard from whom, read from messages and held meetings.

    Odoo keeps the contact already; this reads it, for a few leads at once or for the
    history of all of them, with the same SQL.

    - *outbound*: a comment of ours to the account or, where none is known, to anybody
      outside; an outgoing e-mail, a text message, a message left in a call, an activity
      done whose type says so; not mass mailings, not notes, not what Odoo or code sends
      from a template, not what reached nobody outside;
    - *tried*: a call that nobody answered, or of which nobody said what it came to; it
      is no message, so that it answers nothing;
    - *put_off*: they want to be called another day, so they can be reached;
    - *inbound*: told by who entered the lead (``first_contact_text``) or forwarded an
      e-mail; posted by the mail gateway, a portal user or the website's form, from the
      lead, its account or the same company's mail domain, or in answer to what we wrote
      to them; never by one of our own users, whoever they name as the author; never by
      the lead's reseller, who may give it their own address; never an automatic reply;
    - *reached*: a call or visit logged as such, a meeting that was held.

    *Attempts* are what was outbound or tried since the last of the other three.

    What was logged while a lead's contact was of another account proves nothing now.

    *Two-way* is reached, or inbound and outbound. It dates from the later of the two,
    but what we write without an answer makes it no younger: our first message after
    their last one counts. Who is *inbound* waits since their first message.

    A message counts from the earlier of its date and its creation: headers lie. A
    meeting counts from its end, if somebody of the account, and somebody of ours where
    we are listed, did not decline. It is one of the lead, or of the account's people
    and of no lead.

    What is said to the account's people outside of leads counts for a company's lead
    if who entered it works for the company.
    """

    _name = "crm.contact.evidence"
    _description = "Evidence of Contact"

    @api.model
    def _get_contact(self, leads, until=None):
        """The contact with these leads, as messages and meetings show it now.

        :param leads: recordset of ``crm.lead``, stored
        :param SQL until: as in ``_get_contact_sql``
        :return: ``{lead id: Contact}`` of those that there are; one SQL query
        :rtype: dict
        """
        if not leads:
            return {}
        self._execute(self._get_contact_sql(SQL("l.id = ANY(%s)", leads.ids), until))
        keys = [column.key for column in COLUMNS]
        return {
            lead_id: Contact(date=date, **dict(zip(keys, values, strict=True)))
            for lead_id, date, *values in self.env.cr.fetchall()
        }

    @api.model
    def _get_past_contact(self, leads):
        """The contact before the day on which each became an opportunity.

        Messages and meetings of that day itself are left out: they may be younger than
        the decision. Who was created as an opportunity became one then.

        :param leads: as in ``_get_contact``, which tells the result, too
        """
        leads.flush_model(["date_conversion"])
        until = SQL(
            "date < (SELECT COALESCE(date_conversion, create_date)::date"
            " FROM crm_lead WHERE id = party_id)"
        )
        return self._get_contact(leads, until)

    @api.model
    def _read_history(self):
        """Fill the contact columns of all leads and opportunities, in one UPDATE.

        Set-based: however long the history, nothing of it passes through Python. Only
        rows that change are written. Verdicts are left alone.

        :return: number of leads and opportunities that changed
        :rtype: int
        """
        self._mark_mailings()
        self._execute(
            SQL(
                "UPDATE crm_lead l SET (%s, contacted_date) = ROW(%s,"
                " COALESCE(l.contacted_date, c.contact_date)) FROM %s",
                SQL(", ").join(map(SQL.identifier, CONTACT_COLUMNS)),
                evidence_sql.join_columns("c"),
                evidence_sql.get_differences(self._get_contact_sql(SQL("TRUE"))),
            )
        )
        changed = self.env.cr.rowcount
        self.env["crm.lead"].invalidate_model([*CONTACT_COLUMNS, "contacted_date"])
        return changed

    @api.model
    def _get_stale(self, leads=None):
        """Leads whose stored contact is not what messages and meetings show now.

        :param leads: recordset of ``crm.lead``, or None to look at all of them
        :return: ids
        :rtype: list[int]
        """
        self.env["crm.lead"].flush_model(CONTACT_COLUMNS)
        scope = SQL("TRUE") if leads is None else SQL("l.id = ANY(%s)", leads.ids)
        differences = evidence_sql.get_differences(self._get_contact_sql(scope))
        self._execute(SQL("SELECT l.id FROM crm_lead l, %s", differences))
        return [row[0] for row in self.env.cr.fetchall()]

    def _mark_mailings(self):
        """Take mass mailings from before the addon out of what may prove contact.

        Odoo deletes their mails when they are sent, and keeps their traces.
        """
        if "mailing.trace" in self.env:
            self.env.cr.execute(
                """
                UPDATE mail_message SET contact_outcome = 'no_proof'
                 WHERE message_type = 'email_outgoing' AND contact_outcome IS NULL
                   AND (id IN (SELECT mail_message_id FROM mail_mail
                                WHERE mailing_id IS NOT NULL)
                        OR message_id IN (SELECT message_id FROM mailing_trace
                                           WHERE message_id IS NOT NULL))
                """
            )
            self.env["mail.message"].invalidate_model(["contact_outcome"])

    @api.model
    def _get_last(self, account, companies):
        """The last contact with anybody of an account, in either direction.

        :param account: ``res.partner``, a commercial entity
        :param companies: ``res.company``, those whose leads count
        :return: ``{"date", "direction", "message_id", "event_id"}``, direction as in
            the class, or None
        """
        leads = SQL(
            "account.commercial_partner_id = %s"
            " AND (l.company_id IS NULL OR l.company_id = ANY(%s))",
            account.id,
            companies.ids,
        )
        parties = SQL(
            "%s UNION ALL %s",
            SQL(evidence_sql.LEADS, leads),
            SQL(evidence_sql.PARTNERS, SQL("p.commercial_partner_id = %s", account.id)),
        )
        self._execute(SQL(evidence_sql.LAST, self._get_evidence(parties)))
        return next(iter(self.env.cr.dictfetchall()), None)

    @api.model
    def _is_outbound(self, messages, record):
        """True where one of some messages of ours was written to a lead or partner.

        :param messages: ``mail.message``
        :param record: ``crm.lead`` or ``res.partner``
        """
        of_lead = record._name == "crm.lead"
        parties = SQL(
            evidence_sql.LEADS if of_lead else evidence_sql.PARTNERS,
            SQL("%s = %s", SQL.identifier("l" if of_lead else "p", "id"), record.id),
        )
        self._execute(
            SQL(
                "WITH %s SELECT FROM evidence"
                " WHERE direction = 'outbound' AND message_id = ANY(%s)",
                self._get_evidence(parties),
                messages.ids,
            )
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _get_words(self, leads, accounts):
        """In which messages and held meetings the people of leads and accounts spoke.

        What is said on any lead or contact of an account is said by the account.

        :param leads: ``crm.lead``
        :param accounts: ``res.partner``, commercial entities
        :return: pairs: a lead or account, a ``mail.message`` or ``calendar.event``
        :rtype: set
        """
        of_account = SQL("commercial_partner_id = ANY(%s)", accounts.ids)
        of_leads = SQL("l.id = ANY(%s) OR account.%s", leads.ids, of_account)
        models = ("crm.lead", "res.partner", "mail.message", "calendar.event")
        lead, account, message, event = (self.env[name].browse for name in models)
        words = set()
        # the ids of leads and partners are not to be mixed up
        for party in (
            SQL(evidence_sql.LEADS, of_leads),
            SQL(evidence_sql.PARTNERS, SQL("p.%s", of_account)),
        ):
            self._execute(SQL(evidence_sql.WORDS, self._get_evidence(party)))
            for lead_id, account_id, message_id, event_id in self.env.cr.fetchall():
                proof = message(message_id) or event(event_id)
                words |= {(lead(lead_id), proof), (account(account_id), proof)}
        return words

    @api.model
    def _open(self, message, meeting):
        """Action that shows the message or meeting that proves a fact.

        :param message: ``mail.message``, may be empty
        :param meeting: ``calendar.event``, may be empty
        :raise UserError: there is neither, or the user may not see it
        """
        # sudo: that there is a proof is no secret, whether it may be seen is checked
        if not (message.sudo().exists() or meeting.sudo().exists()):
            raise UserError(
                self.env._("There is no message or meeting that proves this.")
            )
        if message and not message.has_access("read"):
            raise UserError(
                self.env._("This was proven by a message that you may not read.")
            )
        if meeting and not self._may_see(meeting):
            raise UserError(
                self.env._("This was proven by a private meeting of other people.")
            )
        record = message or meeting
        view = self.env.ref(f"sales_nemo.{record._table}_view_form_proof")
        return record._get_records_action(
            name=self.env._("Proof"),
            views=[(view.id, "form")],
            target="new",
            context={},
        )

    def _may_see(self, meeting):
        """False for meetings that Odoo shows to this user as "Busy" only."""
        return (
            meeting.has_access("read") and not meeting._check_private_event_conditions()
        )

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def _flush(self):
        """Write what the SQL reads."""
        for name, read in READ_FIELDS.items():
            model = self.env[name]
            model.flush_model([field for field in read if field in model._fields])

    def _execute(self, query):
        """Execute a query on evidence, on what is known by now."""
        self._flush()
        self.env.cr.execute(SQL("%s; %s", WITHOUT_JIT, query))

    def _get_evidence(self, parties):
        """Common table expressions, the last of them ``evidence``.

        :param SQL parties: as ``evidence_sql.LEADS`` and ``PARTNERS``
        """
        sources = SQL(" UNION ALL ").join(self._get_sources())
        return SQL(evidence_sql.EVIDENCE, parties=parties, sources=sources)

    def _get_sources(self):
        """Extension point: what reads evidence of ``party``, a query for each kind.

        Columns: party_id, direction (as in the class, or NULL), date, message_id,
        event_id, inferred.

        :rtype: list[SQL]
        """
        lead_fields = self.env["crm.lead"]._fields
        resellers = [sql for name, sql in RESELLERS.items() if name in lead_fields]
        is_resellers = evidence_sql.IS_RESELLERS if resellers else "FALSE"
        is_resellers = is_resellers.replace(
            "{resellers}", " UNION ALL ".join(resellers)
        )
        known = {
            "is_alone": self.env["res.company"]._is_alone(),
            "superuser": SUPERUSER_ID,
        }
        sender, attendee = evidence_sql.SENDER, evidence_sql.ATTENDEE
        return [
            SQL(
                evidence_sql.MESSAGES,
                **known,
                odoobot=self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root"),
                auto_reply=OLD_AUTO_REPLY_SUBJECTS,
                hints=OLD_AUTO_REPLY_HINTS,
                is_resellers=SQL(
                    is_resellers.format(row="m", partner="m.author_id", email=sender)
                ),
            ),
            SQL(
                evidence_sql.MEETINGS,
                **known,
                now=fields.Datetime.now(),
                is_resellers=SQL(
                    is_resellers.format(row="met", partner="person.id", email=attendee)
                ),
            ),
        ]

    def _get_contact_sql(self, scope, until=None):
        """One row for each lead: what it is to store.

        Columns: lead_id, date (as in ``Contact``), and ``CONTACT_COLUMNS``.

        :param SQL scope: condition on ``crm_lead l``
        :param SQL until: condition on ``evidence`` that leaves out what came later
        """
        columns = [
            SQL("%s AS %s", column.expression, SQL.identifier(column.name))
            for column in COLUMNS
        ]
        return SQL(
            evidence_sql.CONTACT,
            evidence=self._get_evidence(SQL(evidence_sql.LEADS, scope)),
            until=until or SQL("TRUE"),
            columns=SQL(", ").join(columns),
            states=list(CONTACT_STATES),
        )
