"""The SQL that reads from messages and meetings who has heard from whom.

A *party* is the lead or the partner that is asked about. *Evidence* is what one message
or meeting says of the contact with it; ``crm.contact.evidence`` says in words what
counts, puts this together and executes it.
"""

from typing import NamedTuple

from odoo.tools import SQL


class Column(NamedTuple):
    """What a lead stores of the contact with it.

    :param name: stored field of ``crm.lead``
    :param key: field of ``Contact``
    :param expression: SQL on a row of ``contact``, all NULL where nobody was in touch;
        see ``CONTACT``
    """

    name: str
    key: str
    expression: SQL


COLUMNS = (
    Column("contact_state", "state", SQL("COALESCE(state, 'none')")),
    Column(
        "contact_date", "two_way_date", SQL("CASE state WHEN 'two_way' THEN moment END")
    ),
    Column(
        "contact_waiting_since",
        "waiting_since",
        SQL("CASE state WHEN 'inbound' THEN their_first END"),
    ),
    Column("contact_message_id", "proof", SQL("message_id")),
    Column("contact_event_id", "meeting", SQL("event_id")),
    Column(
        "contact_inferred",
        "inferred",
        SQL("COALESCE(inferred AND state <> 'outbound', FALSE)"),
    ),
    Column("contact_heard_date", "heard_date", SQL("heard_date")),
    Column("attempt_count", "attempts", SQL("COALESCE(attempts, 0)::integer")),
    Column("contact_asked_date", "asked_date", SQL("DATE_TRUNC('second', asked)")),
    Column(
        "contact_answered_date",
        "answered_date",
        SQL("DATE_TRUNC('second', answered)"),
    ),
    Column(
        "contact_origin",
        "origin",
        SQL(
            "(SELECT NULLIF(m.origin, 'person') FROM mail_message m"
            " WHERE m.id = contact.message_id UNION ALL"
            " SELECT NULLIF(e.origin, 'person') FROM calendar_event e"
            " WHERE e.id = contact.event_id LIMIT 1)"
        ),
    ),
)
# Their names, for those who read or write them.
CONTACT_COLUMNS = tuple(column.name for column in COLUMNS)

# Where messages are looked for, and which types can be contact without an activity.
CONTACT_MODELS = ("crm.lead", "res.partner")
CONTACT_TYPES = ("email", "comment", "email_outgoing", "sms")

# Where resellers are installed, Odoo's or other addons': who may say who the customer
# is, or could. By the field, which isn't always there, where it is stored.
RESELLERS = {
    "partner_assigned_id": "SELECT id AS lead_id, partner_assigned_id AS partner_id"
    " FROM crm_lead",
    "partner_declined_ids": "SELECT lead_id, partner_id FROM crm_lead_declined_partner",
}
# Fields of leads that tell whose messages and meetings count.
ADDRESS_FIELDS = (
    "partner_id",
    "email_normalized",
    "email_domain_criterion",
    "company_id",
)

# What the SQL reads of each model: written before it is executed.
READ_FIELDS = {
    "crm.lead": (*ADDRESS_FIELDS, "email_from", *RESELLERS),
    "res.partner": ("commercial_partner_id", "email", "email_normalized"),
    "res.users": ("partner_id", "share", "company_ids"),
    "mail.activity.type": ("category", "contact_effect"),
    "mail.message.subtype": ("internal",),
    "mail.message": (
        "author_id", "contact_outcome", "contact_with_id", "date", "email_from",
        "incoming_email_cc", "incoming_email_to", "is_auto_reply", "is_internal",
        "mail_activity_type_id", "message_type", "model", "origin", "outgoing_email_to",
        "res_id", "subject", "subtype_id",
    ),
    "mail.notification": (
        "mail_message_id", "notification_status", "notification_type",
        "res_partner_id",
    ),
    "calendar.event": (
        "active", "opportunity_id", "origin", "res_id", "res_model", "stop",
    ),
    "calendar.attendee": ("event_id", "partner_id", "state"),
}  # fmt: skip

# The messages ``m`` that may be contact.
MAY_PROVE = f"""
    (m.message_type IN {CONTACT_TYPES} OR m.mail_activity_type_id IS NOT NULL
     OR m.contact_outcome IS NOT NULL)
"""

# An address without the tag that its owner added: ann+shop@…
TAGLESS = r"regexp_replace(lower({}), '(.)\+[^\s<>,;@]*@', '\1@', 'g')"
# The last address of a sender: a name before it may look like one.
LAST_ADDRESS = r"([^<>\s,;\"]+@[^<>\s,;\"]+)>?\s*$"
SENDER = TAGLESS.format(f"substring(m.email_from FROM '{LAST_ADDRESS}')")
# What stands between the addresses of one field; names before them may look like some.
BETWEEN = r"(\"[^\"]*\"|[\s<>,;\"])+"
# The addresses in a field of Odoo's, of which it keeps the first one normalized.
EMAILS = f"""
    CASE WHEN {{0}} LIKE '%%@%%@%%'
         THEN regexp_split_to_array({TAGLESS.format("{0}")}, '{BETWEEN}')
         ELSE ARRAY[{TAGLESS.format("{1}")}] END
"""

# All addresses of a partner ``person``.
PERSONS = EMAILS.format("person.email", "person.email_normalized")
# An address is that of the party in ``row``, or of the same company's mail domain.
IS_ADDRESS = f"""
    ({TAGLESS.format("{email}")} = ANY({{row}}.party_emails)
     OR {{row}}.party_domain IN ({{email}}, '@' || split_part({{email}}, '@', 2)))
"""

# A notification with one of these reached nobody.
FAILED = ("exception", "bounce", "canceled")
# Not all of a message's notifications to people outside failed.
IS_DELIVERED = f"""
    COALESCE((
        SELECT BOOL_OR(n.notification_status NOT IN {FAILED})
          FROM mail_notification n
         WHERE n.mail_message_id = m.id AND n.notification_type <> 'inbox'
           AND (n.res_partner_id IS NULL
                OR n.res_partner_id NOT IN (SELECT partner_id FROM ours))), TRUE)
"""

# The parties, of leads ``l`` and of partners ``p`` outside of any lead.
LEADS = f"""
    SELECT l.id AS party_id, l.id AS lead_id, l.partner_id,
           account.commercial_partner_id AS account_id,
           {EMAILS.format("l.email_from", "l.email_normalized")} AS party_emails,
           l.email_domain_criterion AS party_domain, l.company_id
      FROM crm_lead l
 LEFT JOIN res_partner account ON account.id = l.partner_id
     WHERE %s
"""
PARTNERS = f"""
    SELECT p.id AS party_id, NULL::integer AS lead_id, p.id AS partner_id,
           p.commercial_partner_id AS account_id,
           {EMAILS.format("p.email", "p.email_normalized")} AS party_emails,
           NULL::varchar AS party_domain, NULL::integer AS company_id
      FROM res_partner p
     WHERE %s
"""

EVIDENCE = """
    ours AS (
        SELECT DISTINCT partner_id FROM res_users WHERE NOT share
    ), party AS MATERIALIZED (
        %(parties)s
    ), evidence AS MATERIALIZED (
        %(sources)s
    )
"""

# Window functions and one join: PostgreSQL can't tell how many rows the evidence has,
# and would look through all of it for each lead.
CONTACT = """
      WITH %(evidence)s, placed AS (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY party_id
                                           ORDER BY date, message_id) AS place
            FROM evidence
           WHERE direction IS NOT NULL AND %(until)s
      ), turns AS (
          SELECT *, MAX(place) FILTER (WHERE direction = 'inbound')
                        OVER (PARTITION BY party_id) AS their_last,
                 MAX(place) FILTER (WHERE direction IN
                                          ('inbound', 'reached', 'put_off'))
                        OVER (PARTITION BY party_id) AS last_word
            FROM placed
      ), last AS (
          SELECT DISTINCT ON (party_id, direction) *,
                 MIN(date) FILTER (WHERE direction = 'outbound'
                                         AND place > their_last)
                     OVER one AS answer,
                 MIN(date) FILTER (WHERE direction = 'inbound')
                     OVER one AS their_first,
                 MAX(date) FILTER (WHERE direction IN ('inbound', 'reached'))
                     OVER one AS heard_date,
                 COUNT(*) FILTER (WHERE direction IN ('outbound', 'tried')
                                        AND place > COALESCE(last_word, 0))
                     OVER one AS attempts,
                 MIN(date) FILTER (WHERE direction IN ('outbound', 'reached'))
                     OVER one AS our_first,
                 MIN(date) FILTER (WHERE direction <> 'inbound') OVER one AS tried,
                 BOOL_OR(direction = 'outbound'
                         OR direction = 'reached' AND place < their_last)
                     OVER one AS is_answered
            FROM turns
          WINDOW one AS (PARTITION BY party_id)
        ORDER BY party_id, direction, place DESC
      ), contact AS (
          SELECT *,
                 CASE WHEN direction = 'reached' THEN 'two_way'
                      WHEN direction <> 'inbound' THEN 'outbound'
                      WHEN is_answered THEN 'two_way'
                      ELSE 'inbound'
                 END AS state,
                 CASE direction WHEN 'inbound' THEN COALESCE(answer, date)
                                ELSE date
                 END AS moment,
                 CASE WHEN their_first <= COALESCE(our_first, 'infinity')
                      THEN their_first END AS asked,
                 CASE WHEN their_first <= COALESCE(our_first, 'infinity')
                      THEN our_first ELSE tried END AS answered
            FROM last
      )
      SELECT DISTINCT ON (party_id) party_id AS lead_id, moment AS date, %(columns)s
        FROM party LEFT JOIN contact USING (party_id)
    ORDER BY party_id, array_position(%(states)s, state) DESC, moment DESC,
             message_id DESC
"""

# Evidence that is not an agent's word; what an agent sent is there to be read.
NOT_BY_AGENTS = SQL(
    """
    NOT EXISTS (
        SELECT FROM mail_message m
         WHERE m.id = evidence.message_id AND m.origin = 'agent'
           AND (m.contact_outcome IS NOT NULL OR m.mail_activity_type_id IS NOT NULL))
    AND NOT EXISTS (
        SELECT FROM calendar_event e
         WHERE e.id = evidence.event_id AND e.origin = 'agent')
    """
)

# Somebody of the party is the sender.
THEIRS = f"""
    (author.commercial_partner_id = m.account_id
     OR {IS_ADDRESS.format(email=SENDER, row="m")}
     OR EXISTS (
        SELECT FROM res_partner person
         WHERE person.commercial_partner_id = m.account_id
           AND {SENDER} = ANY({PERSONS})))
"""

# A message of ours was sent to somebody outside.
TO_THEM = f"""
    (EXISTS (
        SELECT
          FROM mail_message_res_partner_rel r
          JOIN res_partner reader ON reader.id = r.res_partner_id
         WHERE r.mail_message_id = m.id
           AND reader.id NOT IN (SELECT partner_id FROM ours)
           AND (m.account_id IS NULL
                OR reader.commercial_partner_id = m.account_id
                OR {IS_ADDRESS.format(email="reader.email_normalized", row="m")}))
    OR m.account_id IS NULL AND COALESCE(m.outgoing_email_to, '') <> ''
    OR EXISTS (
        SELECT
          FROM regexp_split_to_table(lower(concat_ws(' ',
               m.outgoing_email_to, m.incoming_email_to,
               m.incoming_email_cc)), '{BETWEEN}') address
         WHERE {IS_ADDRESS.format(email="address", row="m")}))
"""

# Somebody is of the lead's reseller, or of one that declined it. Portal users of theirs
# change the lead's address, and what else tells who the customer is: what they say is
# not the customer's word.
IS_RESELLERS = f"""
    EXISTS (
        SELECT FROM ({{resellers}}) known
          JOIN res_partner reseller ON reseller.id = known.partner_id
          JOIN res_partner person
            ON person.commercial_partner_id = reseller.commercial_partner_id
         WHERE known.lead_id = {{row}}.lead_id
           AND (person.id = {{partner}} OR {{email}} = ANY({PERSONS})))
"""

# What a user entered counts for the company of a party, if there is one: they work for
# it, or nobody is asked, as of the superuser, or where there is one company only.
IS_FOR_COMPANY = """
    (%(is_alone)s OR party.company_id IS NULL OR NOT EXISTS (
        SELECT
          FROM res_users colleague
         WHERE colleague.id = {user} AND NOT colleague.share
           AND colleague.id <> %(superuser)s
           AND NOT EXISTS (
                SELECT
                  FROM res_company_users_rel works
                 WHERE works.user_id = colleague.id
                   AND works.cid = party.company_id)))
"""

# What is needed of the party comes along with each of its messages: looked up
# afterwards, PostgreSQL would expect billions of rows, and plan for them.
MESSAGES = f"""
       SELECT m.party_id,
              CASE
                  WHEN talked.commercial_partner_id <> m.account_id THEN NULL
                  WHEN m.contact_outcome = 'reached' THEN 'reached'
                  WHEN m.contact_outcome = 'no_answer' THEN 'tried'
                  WHEN m.contact_outcome = 'left_message' THEN 'outbound'
                  WHEN m.contact_outcome = 'call_back' THEN 'put_off'
                  WHEN m.contact_outcome = 'told' THEN 'inbound'
                  WHEN m.contact_outcome = 'form'
                       AND ({SENDER} IS NULL OR {THEIRS}) THEN 'inbound'
                  WHEN m.contact_outcome IN ('form', 'no_proof', 'wrong_number')
                       THEN NULL
                  WHEN activity.contact_effect = 'two_way' THEN 'reached'
                  WHEN activity.contact_effect = 'outbound'
                       AND activity.category = 'phonecall' THEN 'tried'
                  WHEN activity.contact_effect = 'outbound' THEN 'outbound'
                  WHEN m.message_type = 'sms' AND ours.partner_id IS NOT NULL
                       AND NOT COALESCE(m.is_internal, FALSE)
                       AND {IS_DELIVERED} THEN 'outbound'
                  WHEN COALESCE(subtype.internal, FALSE) THEN NULL
                  WHEN m.message_type = 'email_outgoing'
                       AND m.author_id IS DISTINCT FROM %(odoobot)s
                       AND {IS_DELIVERED} THEN 'outbound'
                  WHEN ours.partner_id IS NULL
                       AND (m.message_type = 'email' AND m.create_uid = %(superuser)s
                            OR m.message_type IN ('email', 'comment')
                               AND creator.share)
                       AND ({THEIRS} OR m.contact_outcome = 'answer')
                       AND NOT COALESCE(m.is_auto_reply,
                                        CASE WHEN m.subject ~* ANY(%(hints)s)
                                             THEN m.subject ~* ANY(%(auto_reply)s) END,
                                        FALSE)
                       AND NOT %(is_resellers)s THEN 'inbound'
                  WHEN m.message_type IN ('comment', 'email')
                       AND ours.partner_id IS NOT NULL
                       AND {TO_THEM} AND {IS_DELIVERED} THEN 'outbound'
              END AS direction,
              LEAST(m.date, m.create_date) AS date,
              m.id AS message_id,
              NULL::integer AS event_id,
              m.message_type = 'email' AND m.is_auto_reply IS NULL AS inferred
         FROM (
           SELECT party.*, m.*
             FROM party
             JOIN mail_message m ON m.model = 'crm.lead' AND m.res_id = party.lead_id
            WHERE {MAY_PROVE}
            UNION ALL
           SELECT party.*, m.*
             FROM party
             JOIN mail_message m
               ON m.model = 'res.partner' AND m.res_id = party.partner_id
            WHERE {MAY_PROVE} AND {IS_FOR_COMPANY.format(user="m.create_uid")}
         ) m
    LEFT JOIN ours ON ours.partner_id = m.author_id
    LEFT JOIN mail_message_subtype subtype ON subtype.id = m.subtype_id
    LEFT JOIN mail_activity_type activity ON activity.id = m.mail_activity_type_id
    LEFT JOIN res_partner author ON author.id = m.author_id
    LEFT JOIN res_partner talked ON talked.id = m.contact_with_id
    LEFT JOIN res_users creator ON creator.id = m.create_uid
"""

# The address of somebody who was there.
ATTENDEE = TAGLESS.format("person.email_normalized")
# Meetings that were held: a lead's own, and those of its account's people, or of the
# partner that is asked about, which are of no lead.
MEETINGS = f"""
       SELECT met.party_id, 'reached', e.stop, NULL, e.id, FALSE
         FROM (
           SELECT party.*, e.id AS event_id
             FROM party
             JOIN calendar_event e ON e.opportunity_id = party.lead_id
            UNION
           SELECT party.*, e.id
             FROM party
             JOIN calendar_event e
               ON e.res_model = 'crm.lead' AND e.res_id = party.lead_id
                  AND e.opportunity_id IS NULL
            UNION
           SELECT party.*, e.id
             FROM party
             JOIN res_partner person
               ON person.commercial_partner_id = party.account_id
                  AND (party.lead_id IS NOT NULL OR person.id = party.partner_id)
             JOIN calendar_event_res_partner_rel r ON r.res_partner_id = person.id
             JOIN calendar_event e
               ON e.id = r.calendar_event_id AND e.opportunity_id IS NULL
                  AND e.res_model IS DISTINCT FROM 'crm.lead'
            WHERE NOT EXISTS (SELECT FROM ours WHERE ours.partner_id = person.id)
              AND {IS_FOR_COMPANY.format(user="e.create_uid")}
           OFFSET 0 -- to plan one large join takes longer than two small ones
         ) met
         JOIN calendar_event e ON e.id = met.event_id
         JOIN calendar_attendee a ON a.event_id = e.id
         JOIN res_partner person ON person.id = a.partner_id
    LEFT JOIN ours ON ours.partner_id = a.partner_id
        WHERE e.active AND e.stop <= %(now)s
     GROUP BY met.party_id, e.id
       HAVING BOOL_OR(ours.partner_id IS NULL AND a.state <> 'declined'
                      AND (met.lead_id IS NOT NULL OR person.id = met.partner_id)
                      AND (met.account_id IS NULL
                           OR person.commercial_partner_id = met.account_id
                           OR {IS_ADDRESS.format(email=ATTENDEE, row="met")})
                      AND NOT %(is_resellers)s)
          AND COALESCE(BOOL_OR(a.state <> 'declined')
                       FILTER (WHERE ours.partner_id IS NOT NULL), TRUE)
"""

# The last contact in either direction.
LAST = """
      WITH %s
    SELECT date, direction, message_id, event_id
      FROM evidence
     WHERE direction IN ('inbound', 'outbound', 'reached')
  ORDER BY date DESC, message_id DESC
     LIMIT 1
"""

# What the people of a lead or account said, and where.
WORDS = """
      WITH %s
    SELECT DISTINCT party.lead_id, party.account_id, message_id, event_id
      FROM evidence JOIN party USING (party_id)
     WHERE direction IN ('inbound', 'reached')
"""

# One row for each partner that wrote or talked to us: when they did last.
HEARD = """
      WITH %s
    SELECT party_id AS partner_id, MAX(date) AS date
      FROM evidence
     WHERE direction IN ('inbound', 'reached')
  GROUP BY party_id
"""


def join_columns(alias):
    """The contact's columns of a table or query, for a list of SQL."""
    return SQL(", ").join(SQL.identifier(alias, name) for name in CONTACT_COLUMNS)


def get_differences(contact):
    """Contacts ``c`` with the condition that lead ``l`` stores another one.

    :param SQL contact: as from ``crm.contact.evidence._get_contact_sql``
    """
    return SQL(
        "(%s) c WHERE c.lead_id = l.id AND (%s) IS DISTINCT FROM (%s)",
        contact,
        join_columns("l"),
        join_columns("c"),
    )
