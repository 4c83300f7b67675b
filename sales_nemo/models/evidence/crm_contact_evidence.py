from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ... import gate

# Where messages are looked for, and which types can be contact without an activity.
CONTACT_MODELS = ("crm.lead", "res.partner")
CONTACT_TYPES = ("email", "comment", "email_outgoing", "sms")

# The messages ``m`` that may be contact.
WORTH_READING = SQL(
    "(m.message_type IN %s OR m.mail_activity_type_id IS NOT NULL"
    " OR m.contact_outcome IS NOT NULL)",
    CONTACT_TYPES,
)

# Columns of crm_lead that hold what is read here, in the order in which it is read.
CONTACT_COLUMNS = (
    "contact_state",
    "contact_date",
    "contact_waiting_since",
    "contact_message_id",
    "contact_event_id",
    "contact_inferred",
    "contact_heard_date",
)

# Fields of leads that tell whose messages and meetings count.
ADDRESS_FIELDS = (
    "partner_id",
    "email_normalized",
    "email_domain_criterion",
    "company_id",
)
# Where Odoo's resellers are installed: who may say who the customer is, or could.
RESELLER_FIELDS = ("partner_assigned_id", "partner_declined_ids")

# What the SQL reads of each model: written before it is executed.
READ_FIELDS = {
    "crm.lead": (*ADDRESS_FIELDS, *RESELLER_FIELDS),
    "res.partner": ("commercial_partner_id", "email_normalized"),
    "res.users": ("partner_id", "share", "company_ids"),
    "mail.activity.type": ("category", "contact_effect"),
    "mail.message.subtype": ("internal",),
    "mail.message": (
        "author_id", "contact_outcome", "date", "email_from", "incoming_email_cc",
        "incoming_email_to", "is_auto_reply", "is_internal", "mail_activity_type_id",
        "message_type", "model", "outgoing_email_to", "res_id", "subject", "subtype_id",
    ),
    "calendar.event": ("active", "opportunity_id", "res_id", "res_model", "stop"),
    "calendar.attendee": ("event_id", "partner_id", "state"),
}  # fmt: skip

# What they are to hold, of a contact ``c``; without one, the columns' own defaults.
NEW_COLUMNS = SQL(
    "COALESCE(c.state, 'none'), c.two_way_date, c.since, c.message_id, c.event_id,"
    " COALESCE(c.inferred, FALSE), c.heard_date"
)

# The views that show a proof.
PROOF_VIEWS = {
    "mail.message": "sales_nemo.mail_message_view_form_proof",
    "calendar.event": "sales_nemo.calendar_event_view_form_proof",
}

# Subjects of automatic replies, as mail programs write them when nobody changes them:
# the phrase alone or before a colon or dash: "Out of office chairs" is a human's.
AUTO_REPLY_SUBJECT = (
    r"^\s*\[?("
    r"auto(matic|mated)?[ -]?(reply|response|answer)|"
    r"out[ -]of[ -](the[ -])?office( (auto[ -]?reply|reply|message|notice))?|ooo|"
    r"(i am|i'm) (currently )?(out of (the )?office|on vacation)|"
    r"(vacation|holiday|away)( (reply|message|notice|responder))|"
    r"abwesenheits(notiz|nachricht|meldung)|abwesend|nicht im (büro|haus)|"
    r"automatische (antwort|beantwortung)|auto(matisch)?[ -]?antwoord|"
    r"automatisch antwoord|afwezig(heid(sbericht)?)?|niet aanwezig|"
    r"réponse automatique|absence( du bureau)?|message d'absence|"
    r"respuesta autom[aá]tica|fuera de (la )?oficina|"
    r"resposta autom[aá]tica|fora do escritório|"
    r"risposta automatica|fuori (sede|ufficio)|"
    r"auto(matisk(t)?)?[ -]?svar|frånvaro|fravær|automaattinen vastaus|poissa|"
    r"automatyczna odpowiedź|odpowiedź automatyczna|automatická odpověď|"
    r"automatikus válasz|răspuns automat|otomatik yanıt|"
    r"автоматический ответ|автоответ|автоматична відповідь|αυτόματη απάντηση|"
    r"自动回复|自動回覆|自動応答|不在通知|자동 회신|자동 응답"
    r")\]?\s*($|[:：.!–-])"
)


# One row for each lead that there is any contact with; see ``_get_contact_sql``.
CONTACT = """
      WITH %(evidence)s, placed AS (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY subject_id
                                           ORDER BY date, message_id) AS place
            FROM evidence
           WHERE direction IS NOT NULL AND %(until)s
      ), turns AS (
          SELECT *, MAX(place) FILTER (WHERE direction = 'inbound')
                        OVER (PARTITION BY subject_id) AS their_last
            FROM placed
      ), last AS (
          SELECT DISTINCT ON (subject_id, direction) *,
                 MIN(date) FILTER (WHERE direction = 'outbound'
                                         AND place > their_last)
                     OVER one AS answer,
                 MIN(date) FILTER (WHERE direction = 'inbound')
                     OVER one AS their_first,
                 MAX(date) FILTER (WHERE direction IN ('inbound', 'reached'))
                     OVER one AS heard_date,
                 BOOL_OR(direction = 'outbound'
                         OR direction = 'reached' AND place < their_last)
                     OVER one AS is_two_way
            FROM turns
          WINDOW one AS (PARTITION BY subject_id)
        ORDER BY subject_id, direction, place DESC
      ), contact AS (
          SELECT subject_id, message_id, event_id, 3 AS rank, 'two_way' AS state,
                 date, date AS two_way_date, NULL::timestamp AS since, inferred,
                 heard_date
            FROM last
           WHERE direction = 'reached'
           UNION ALL
          SELECT subject_id, message_id, NULL, 3, 'two_way',
                 COALESCE(answer, date), COALESCE(answer, date), NULL, inferred,
                 heard_date
            FROM last
           WHERE direction = 'inbound' AND is_two_way
           UNION ALL
          SELECT subject_id, message_id, NULL, 2, 'inbound',
                 date, NULL, their_first, inferred, heard_date
            FROM last
           WHERE direction = 'inbound'
           UNION ALL
          SELECT subject_id, message_id, NULL, 1, 'outbound',
                 date, NULL, NULL, FALSE, NULL
            FROM last
           WHERE direction IN ('outbound', 'tried')
      )
      SELECT DISTINCT ON (subject_id) subject_id AS lead_id, state, date,
             two_way_date, message_id, event_id, since, inferred, heard_date
        FROM contact
    ORDER BY subject_id, rank DESC, date DESC, message_id DESC
"""

# Messages with their direction; see ``_get_message_sql``.
MESSAGES = """
       SELECT m.subject_id,
              CASE
                  WHEN m.contact_outcome = 'reached' THEN 'reached'
                  WHEN m.contact_outcome = 'no_answer' THEN 'tried'
                  WHEN m.contact_outcome = 'form' THEN 'inbound'
                  WHEN m.contact_outcome = 'no_proof' THEN NULL
                  WHEN activity.contact_effect = 'two_way' THEN 'reached'
                  WHEN activity.contact_effect = 'outbound'
                       AND activity.category = 'phonecall' THEN 'tried'
                  WHEN activity.contact_effect = 'outbound' THEN 'outbound'
                  WHEN m.message_type = 'sms' AND ours.partner_id IS NOT NULL
                       AND NOT COALESCE(m.is_internal, FALSE) THEN 'outbound'
                  WHEN COALESCE(subtype.internal, FALSE) THEN NULL
                  WHEN m.message_type = 'email_outgoing'
                       AND m.author_id IS DISTINCT FROM %(odoobot)s THEN 'outbound'
                  WHEN ours.partner_id IS NULL AND %(posted_by_them)s
                       AND %(is_theirs)s AND NOT %(is_automatic)s
                       AND NOT %(is_resellers)s THEN 'inbound'
                  WHEN m.message_type IN ('comment', 'email')
                       AND ours.partner_id IS NOT NULL
                       AND %(is_to_them)s THEN 'outbound'
              END AS direction,
              LEAST(m.date, m.create_date) AS date,
              m.id AS message_id,
              NULL::integer AS event_id,
              m.message_type = 'email' AND m.is_auto_reply IS NULL AS inferred
         FROM (
           %(on_leads)s
           SELECT %(columns)s
             FROM subject
             JOIN mail_message m
               ON m.model = 'res.partner' AND m.res_id = subject.partner_id
            WHERE %(worth_reading)s AND %(for_company)s
         ) m
    LEFT JOIN ours ON ours.partner_id = m.author_id
    LEFT JOIN mail_message_subtype subtype ON subtype.id = m.subtype_id
    LEFT JOIN mail_activity_type activity ON activity.id = m.mail_activity_type_id
    LEFT JOIN res_partner author ON author.id = m.author_id
    LEFT JOIN res_users creator ON creator.id = m.create_uid
"""

# Meetings that were held; see ``_get_meeting_sql``.
MEETINGS = """
       SELECT met.subject_id, 'reached', e.stop, NULL, e.id, FALSE
         FROM (
           %(own)s
           SELECT %(columns)s
             FROM subject
             JOIN res_partner person ON %(is_guest)s
             JOIN calendar_event_res_partner_rel r ON r.res_partner_id = person.id
             JOIN calendar_event e
               ON e.id = r.calendar_event_id AND e.opportunity_id IS NULL
                  AND e.res_model IS DISTINCT FROM 'crm.lead'
            WHERE NOT EXISTS (SELECT FROM ours WHERE ours.partner_id = person.id)
              AND %(for_company)s
           OFFSET 0 -- to plan one large join takes longer than two small ones
         ) met
         JOIN calendar_event e ON e.id = met.event_id
         JOIN calendar_attendee a ON a.event_id = e.id
         JOIN res_partner person ON person.id = a.partner_id
    LEFT JOIN ours ON ours.partner_id = a.partner_id
        WHERE e.active AND e.stop <= %(now)s
     GROUP BY met.subject_id, e.id
       HAVING BOOL_OR(ours.partner_id IS NULL AND a.state <> 'declined'
                      AND %(attends)s AND NOT %(is_resellers)s)
          AND COALESCE(BOOL_OR(a.state <> 'declined')
                       FILTER (WHERE ours.partner_id IS NOT NULL), TRUE)
"""


class CrmContactEvidence(models.AbstractModel):
    """Who has heard from whom, read from messages and held meetings.

    Odoo keeps the contact already; this reads it, for a few leads at once or for the
    history of all of them, with the same SQL.

    - *outbound*: a comment of ours to the account or, where none is known, to anybody
      outside; an outgoing e-mail, a text message, an activity done whose type says so;
      not mass mailings, not notes, not what Odoo sends by itself;
    - *tried*: a call that nobody answered, or of which nobody said what it came to; it
      is no message, so that it answers nothing;
    - *inbound*: posted by the mail gateway, a portal user or the website's form, from
      the lead, its account or the same company's mail domain; never by one of our own
      users, whoever they name as the author; never by the lead's reseller, who may give
      it their own address; never an automatic reply;
    - *reached*: a call or visit logged as such, a meeting that was held.

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
    def _get_contact(self, leads):
        """The contact with these leads, as messages and meetings show it now.

        :param leads: recordset of ``crm.lead``, stored
        :return: ``{lead id: gate.Contact}``; one SQL query, however many leads
        :rtype: dict
        """
        contacts = dict.fromkeys(leads.ids, gate.Contact())
        if leads:
            self._flush()
            scope = SQL("l.id = ANY(%s)", leads.ids)
            self._execute(self._get_contact_sql(scope))
            for lead_id, *values in self.env.cr.fetchall():
                contacts[lead_id] = gate.Contact(*values)
        return contacts

    @api.model
    def _read_history(self):
        """Fill the contact columns of all leads and opportunities, in one UPDATE.

        Set-based: however long the history, nothing of it passes through Python. Only
        rows that change are written. Verdicts are left alone.

        :return: number of leads and opportunities that changed
        :rtype: int
        """
        self._flush()
        self._mark_mailings()
        self._execute(
            SQL(
                "UPDATE crm_lead l SET (%s, contacted_date) = ROW(%s,"
                " COALESCE(l.contacted_date, c.two_way_date)) FROM %s",
                SQL(", ").join(map(SQL.identifier, CONTACT_COLUMNS)),
                NEW_COLUMNS,
                self._get_difference_sql(SQL("TRUE")),
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
        self._flush()
        self.env["crm.lead"].flush_model(CONTACT_COLUMNS)
        scope = SQL("TRUE") if leads is None else SQL("l.id = ANY(%s)", leads.ids)
        self._execute(
            SQL("SELECT l.id FROM crm_lead l, %s", self._get_difference_sql(scope))
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _execute(self, query):
        """Execute a query on evidence; to compile it takes longer than it gains."""
        self.env.cr.execute(SQL("SET LOCAL jit = off; %s", query))

    def _get_difference_sql(self, scope):
        """Contacts ``c`` with the condition that they differ from those of lead ``l``.

        :param SQL scope: condition on ``crm_lead l``
        """
        return SQL(
            "(SELECT l.id AS one_id, contact.* FROM crm_lead l"
            "   LEFT JOIN (%(contact)s) contact ON contact.lead_id = l.id"
            "  WHERE %(scope)s) c"
            " WHERE c.one_id = l.id AND (%(old)s) IS DISTINCT FROM (%(new)s)",
            contact=self._get_contact_sql(scope),
            scope=scope,
            old=SQL(", ").join(SQL.identifier("l", name) for name in CONTACT_COLUMNS),
            new=NEW_COLUMNS,
        )

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
        self._flush()
        query = self._get_last_sql(
            SQL(
                "account.commercial_partner_id = %s"
                " AND (l.company_id IS NULL OR l.company_id = ANY(%s))",
                account.id,
                companies.ids,
            ),
            SQL("p.commercial_partner_id = %s", account.id),
        )
        self._execute(query)
        return next(iter(self.env.cr.dictfetchall()), None)

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
        return record._get_records_action(
            name=self.env._("Proof"),
            views=[(self.env.ref(PROOF_VIEWS[record._name]).id, "form")],
            target="new",
            context={},
        )

    def _may_see(self, meeting):
        """False for meetings that Odoo shows to this user as "Busy" only."""
        return (
            meeting.has_access("read") and not meeting._check_private_event_conditions()
        )

    def _flush(self):
        """Write what the SQL reads."""
        for name, read in READ_FIELDS.items():
            model = self.env[name]
            model.flush_model([field for field in read if field in model._fields])

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def _get_contact_sql(self, scope, until=None):
        """One row for each lead that there is any contact with.

        Window functions, no joins: PostgreSQL can't tell how many rows the evidence
        has, and would look through all of it for each lead.

        Columns: lead_id, then as in ``gate.Contact``: state, date, two_way_date,
        message_id, event_id, since, inferred, heard_date.

        :param SQL scope: condition on ``crm_lead l``
        :param SQL until: condition on ``evidence`` that leaves out what came later
        """
        return SQL(
            CONTACT,
            evidence=self._get_lead_evidence_sql(scope),
            until=until or SQL("TRUE"),
        )

    def _has_partner_evidence(self, scope):
        """False where there was no contact with some partners outside of any lead.

        To plan the query that reads it takes longer than this one.

        :param SQL scope: condition on ``res_partner p``
        :rtype: bool
        """
        query = SQL(
            """
            SELECT EXISTS (SELECT FROM res_partner p
                             JOIN mail_message m
                               ON m.model = 'res.partner' AND m.res_id = p.id
                            WHERE (%(scope)s) AND %(worth_reading)s)
                OR EXISTS (SELECT FROM res_partner p
                             JOIN calendar_event_res_partner_rel r
                               ON r.res_partner_id = p.id
                            WHERE %(scope)s)
            """,
            scope=scope,
            worth_reading=WORTH_READING,
        )
        return self.env.execute_query(query)[0][0]

    def _get_heard_sql(self, scope):
        """One row for each partner that wrote or talked to us, outside of any lead.

        Columns: partner_id, date (of the last time).

        :param SQL scope: condition on ``res_partner p``
        """
        return SQL(
            """
            WITH %(evidence)s
            SELECT subject_id AS partner_id, MAX(date) AS date
              FROM evidence
             WHERE direction IN ('inbound', 'reached')
          GROUP BY subject_id
            """,
            evidence=self._get_partner_evidence_sql(scope),
        )

    def _get_last_sql(self, leads, partners):
        """The last contact with any of some leads and partners, in one row.

        Columns: date, direction, message_id, event_id.

        :param SQL leads: condition on ``crm_lead l``
        :param SQL partners: condition on ``res_partner p``
        """
        last = SQL(
            "SELECT date, direction, message_id, event_id FROM evidence"
            " WHERE direction IN ('inbound', 'outbound', 'reached')"
        )
        return SQL(
            """
            SELECT * FROM (
                (WITH %(of_leads)s %(last)s)
                 UNION ALL
                (WITH %(of_partners)s %(last)s)
            ) contact
          ORDER BY date DESC, message_id DESC
             LIMIT 1
            """,
            of_leads=self._get_lead_evidence_sql(leads),
            of_partners=self._get_partner_evidence_sql(partners),
            last=last,
        )

    def _get_lead_evidence_sql(self, scope):
        """Evidence of contact with leads; see ``_get_evidence_sql``.

        :param SQL scope: condition on ``crm_lead l``
        """
        subjects = SQL(
            """
                SELECT l.id AS subject_id, l.partner_id,
                       account.commercial_partner_id AS account_id,
                       l.email_normalized AS subject_email,
                       l.email_domain_criterion AS subject_domain, l.company_id
                  FROM crm_lead l
             LEFT JOIN res_partner account ON account.id = l.partner_id
                 WHERE %s
            """,
            scope,
        )
        return self._get_evidence_sql(subjects, of_leads=True)

    def _get_partner_evidence_sql(self, scope):
        """Evidence of contact with partners outside of leads.

        :param SQL scope: condition on ``res_partner p``
        """
        subjects = SQL(
            """
                SELECT p.id AS subject_id, p.id AS partner_id,
                       p.commercial_partner_id AS account_id,
                       p.email_normalized AS subject_email,
                       NULL::varchar AS subject_domain, NULL::integer AS company_id
                  FROM res_partner p
                 WHERE %s
            """,
            scope,
        )
        return self._get_evidence_sql(subjects, of_leads=False)

    def _get_evidence_sql(self, subjects, of_leads):
        """Common table expressions, the last of them ``evidence``: its columns are
        subject_id, direction, date, message_id, event_id, inferred.

        :param SQL subjects: subject_id, partner_id, account_id, subject_email,
            subject_domain, company_id
        :param bool of_leads: the subjects are leads, else partners
        """
        return SQL(
            """
            ours AS (
                SELECT DISTINCT partner_id FROM res_users WHERE NOT share
            ), subject AS MATERIALIZED (
                %(subjects)s
            ), evidence AS MATERIALIZED (
                %(messages)s
                 UNION ALL
                %(meetings)s
            )
            """,
            subjects=subjects,
            messages=self._get_message_sql(of_leads),
            meetings=self._get_meeting_sql(of_leads),
        )

    def _get_message_sql(self, on_leads):
        """Messages of the subjects and their contacts, each with its direction.

        What is needed of the subject comes along with each of its messages: looked up
        afterwards, PostgreSQL would expect billions of rows, and plan for them.

        :param bool on_leads: the subjects are leads, messages on them count, too
        """
        columns = SQL(
            "subject_id, account_id, subject_email, subject_domain,"
            " m.id, m.message_type, m.subtype_id, m.author_id, m.email_from, m.subject,"
            " m.create_uid, m.date, m.create_date, m.mail_activity_type_id,"
            " m.contact_outcome, m.is_auto_reply, m.is_internal, m.outgoing_email_to,"
            " m.incoming_email_to, m.incoming_email_cc"
        )
        # the last address: a name before it may look like one
        sender = SQL(
            "lower(substring(m.email_from FROM %s))",
            r"([^<>\s,;\"]+@[^<>\s,;\"]+)>?\s*$",
        )
        return SQL(
            MESSAGES,
            columns=columns,
            worth_reading=WORTH_READING,
            for_company=self._get_for_company_sql(SQL("m.create_uid"), on_leads),
            on_leads=SQL(
                "SELECT %s FROM subject JOIN mail_message m"
                " ON m.model = 'crm.lead' AND m.res_id = subject_id"
                " WHERE %s UNION ALL",
                columns,
                WORTH_READING,
            )
            if on_leads
            else SQL(),
            posted_by_them=SQL(
                "((m.message_type = 'email' AND m.create_uid = %s)"
                " OR (m.message_type IN ('email', 'comment') AND creator.share))",
                api.SUPERUSER_ID,
            ),
            odoobot=self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root"),
            is_theirs=SQL(
                "(author.commercial_partner_id = m.account_id OR %s)",
                self._get_their_address_sql(sender, SQL("m")),
            ),
            is_resellers=self._get_reseller_sql(
                SQL("m.author_id"), sender, SQL("m"), on_leads
            ),
            is_automatic=SQL(
                "(COALESCE(m.is_auto_reply, FALSE) OR COALESCE(m.subject, '') ~* %s)",
                AUTO_REPLY_SUBJECT,
            ),
            is_to_them=self._get_to_them_sql(),
        )

    def _get_to_them_sql(self):
        """Condition on ``m``, a message of ours: it was sent to somebody outside."""
        return SQL(
            """
            (EXISTS (
                SELECT
                  FROM mail_message_res_partner_rel r
                  JOIN res_partner reader ON reader.id = r.res_partner_id
                 WHERE r.mail_message_id = m.id
                   AND reader.id NOT IN (SELECT partner_id FROM ours)
                   AND (m.account_id IS NULL
                        OR reader.commercial_partner_id = m.account_id
                        OR %s))
            OR m.account_id IS NULL AND COALESCE(m.outgoing_email_to, '') <> ''
            OR EXISTS (
                SELECT
                  FROM regexp_split_to_table(lower(concat_ws(' ',
                       m.outgoing_email_to, m.incoming_email_to,
                       m.incoming_email_cc)), %s) address
                 WHERE %s))
            """,
            self._get_same_address_sql(SQL("reader.email_normalized"), SQL("m")),
            r"[\s<>,;\"]+",
            self._get_same_address_sql(SQL("address"), SQL("m")),
        )

    def _get_meeting_sql(self, of_leads):
        """Meetings of the subjects that were held.

        :param bool of_leads: the subjects are leads: their own meetings, and those of
            their accounts' people; else those that a contact attended
        """
        columns = SQL(
            "subject_id, account_id, subject_email, subject_domain, e.id AS event_id"
        )
        return SQL(
            MEETINGS,
            columns=columns,
            own=SQL(
                """
                SELECT %(columns)s
                  FROM subject
                  JOIN calendar_event e ON e.opportunity_id = subject_id
                 UNION
                SELECT %(columns)s
                  FROM subject
                  JOIN calendar_event e
                    ON e.res_model = 'crm.lead' AND e.res_id = subject_id
                       AND e.opportunity_id IS NULL
                 UNION
                """,
                columns=columns,
            )
            if of_leads
            else SQL(),
            is_guest=SQL("person.commercial_partner_id = subject.account_id")
            if of_leads
            else SQL("person.id = subject.partner_id"),
            for_company=self._get_for_company_sql(SQL("e.create_uid"), of_leads),
            now=fields.Datetime.now(),
            attends=SQL(
                "(met.account_id IS NULL"
                " OR person.commercial_partner_id = met.account_id OR %s)",
                self._get_same_address_sql(SQL("person.email_normalized"), SQL("met")),
            )
            if of_leads
            else SQL("person.id = met.subject_id"),
            is_resellers=self._get_reseller_sql(
                SQL("person.id"), SQL("person.email_normalized"), SQL("met"), of_leads
            ),
        )

    def _get_reseller_sql(self, partner, email, row, of_leads):
        """Condition: somebody is of the lead's reseller, or of one that declined it.

        Portal users of theirs change the lead's address, and what else tells who the
        customer is: what they say is not the customer's word.

        :param SQL partner: id of a partner
        :param SQL email: a normalized address
        :param SQL row: alias of what carries the lead's id as subject
        :param bool of_leads: the subjects are leads; partners have no resellers
        """
        if not of_leads or RESELLER_FIELDS[0] not in self.env["crm.lead"]._fields:
            return SQL("FALSE")
        return SQL(
            """
            EXISTS (
                SELECT FROM (
                    SELECT id AS lead_id, partner_assigned_id AS partner_id
                      FROM crm_lead
                     UNION ALL
                    SELECT lead_id, partner_id FROM crm_lead_declined_partner
                  ) told
                  JOIN res_partner reseller ON reseller.id = told.partner_id
                  JOIN res_partner person
                    ON person.commercial_partner_id = reseller.commercial_partner_id
                 WHERE told.lead_id = %(row)s.subject_id
                   AND (person.id = %(partner)s OR person.email_normalized = %(email)s))
            """,
            row=row,
            partner=partner,
            email=email,
        )

    def _get_for_company_sql(self, user, of_leads):
        """Condition: what a user entered counts for the company of a subject.

        :param SQL user: id of who entered it; the superuser works for all companies
        :param bool of_leads: the subjects are leads, only these have companies
        """
        if not of_leads or self.env["res.company"]._is_alone():
            return SQL("TRUE")
        return SQL(
            """
            (subject.company_id IS NULL OR NOT EXISTS (
                SELECT
                  FROM res_users colleague
                 WHERE colleague.id = %(user)s AND NOT colleague.share
                   AND colleague.id <> %(superuser)s
                   AND NOT EXISTS (
                        SELECT
                          FROM res_company_users_rel works
                         WHERE works.user_id = colleague.id
                           AND works.cid = subject.company_id)))
            """,
            user=user,
            superuser=api.SUPERUSER_ID,
        )

    def _get_their_address_sql(self, email, row):
        """Condition: an address is the subject's, or of somebody of its account.

        :param SQL email: a normalized address
        :param SQL row: alias of what carries the subject's account and addresses
        """
        return SQL(
            """
            (%(same_address)s OR EXISTS (
                SELECT FROM res_partner person
                 WHERE person.commercial_partner_id = %(row)s.account_id
                   AND person.email_normalized = %(email)s))
            """,
            same_address=self._get_same_address_sql(email, row),
            row=row,
            email=email,
        )

    def _get_same_address_sql(self, email, row):
        """Condition: an address is the subject's, or of the same company's mail domain.

        :param SQL email: a normalized address
        :param SQL row: alias of what carries the subject's addresses
        """
        return SQL(
            "(%(email)s = %(row)s.subject_email OR %(row)s.subject_domain"
            " IN (%(email)s, '@' || split_part(%(email)s, '@', 2)))",
            email=email,
            row=row,
        )
