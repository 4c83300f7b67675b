"""A live database with a long history, made by SQL, and what there is to read in it.

Everything follows from numbers: what a message is, and when it was written, from the
number of its lead and its own number within it. So plain Python can say, without
looking at the database, which contact there was with a lead. That is what the addon's
reading is compared with.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from dev import postgres

# Numbers of messages of one lead, in turns; five on average.
MESSAGES = (0, 1, 2, 3, 4, 6, 8, 16)
# A change of lead, then of number, moves far within these circles.
KIND_CIRCLE, TIME_CIRCLE = 9973, 9967
# Minutes that one step of the circle of times is long; all of it: 22 months.
STEP = 97
# Leads, accounts, persons and meetings depend on one another in steps of this.
LEAST_SIZE = 100
LEADS_PER_ACCOUNT, LEADS_PER_PERSON, LEADS_PER_MEETING = 10, 5, 10
SALESPEOPLE = 10
SAMPLE = 5000
SEED = 19

# First ids of what is generated, above all that a new database has.
FIRST_USER = 1000
PORTAL_USER = 1100
STRANGER = 1200
FIRST_ACCOUNT = 2000


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    :param share: percent of all messages
    :param direction: reached / outbound / tried (a call of which nobody said what it
        came to) / inbound, or None as it is no contact; a colleague's mail from a free
        mail provider is nobody's
    :param message_type: as in ``mail.message``
    :param subtype: XML id
    :param sender: ours / customer / colleague (of the customer) / stranger
    :param creator: the user who stored it: ours / root (the mail gateway) / portal
    :param recipient: customer / ours, or empty
    :param activity: XML id of the activity's type, or empty
    """

    share: int
    direction: str | None
    message_type: str
    subtype: str = "mail.mt_comment"
    sender: str = "ours"
    creator: str = "ours"
    recipient: str = ""
    activity: str = ""
    subject: str = "Our offer"


KINDS = (
    # of no contact value
    Kind(38, None, "notification", "crm.mt_lead_stage"),
    Kind(14, None, "comment", "mail.mt_note"),
    Kind(4, None, "comment", recipient="ours"),
    Kind(2, None, "notification", "mail.mt_activities", activity="todo"),
    # from us
    Kind(9, "outbound", "comment", recipient="customer"),
    Kind(6, "outbound", "email_outgoing"),
    Kind(3, "tried", "notification", "mail.mt_activities", activity="call"),
    Kind(2, "outbound", "email", creator="root", recipient="customer"),
    Kind(1, None, "email", creator="root"),
    # from them
    Kind(8, "inbound", "email", sender="customer", creator="root"),
    Kind(3, "inbound", "email", sender="colleague", creator="root"),
    Kind(1, "inbound", "comment", sender="customer", creator="portal"),
    # from them, as it seems
    Kind(3, None, "email", sender="stranger", creator="root"),
    Kind(
        *(3, None, "email"),
        sender="customer",
        creator="root",
        subject="Automatic reply: Our offer",
    ),
    Kind(2, None, "comment", sender="customer"),
    # both of us
    Kind(1, "reached", "notification", "mail.mt_activities", activity="meeting"),
)
# The kind of every percent.
KIND_OF = tuple(kind for kind in KINDS for _percent in range(kind.share))


# ------------------------------------------------------------ the database


def generate(database, size, now):
    """Fill a database that has CRM alone.

    :param size: number of leads and opportunities; five times as many messages
    :param datetime now: the moment from which times are counted back (UTC)
    """
    numbers = {
        "size": size,
        "accounts": size // LEADS_PER_ACCOUNT,
        "persons": size // LEADS_PER_PERSON,
        "meetings": size // LEADS_PER_MEETING,
        "first_person": FIRST_ACCOUNT + size // LEADS_PER_ACCOUNT,
        "now": f"'{now}'::timestamp",
        "first_user": FIRST_USER,
        "salespeople": SALESPEOPLE,
        "portal_user": PORTAL_USER,
        "stranger": STRANGER,
        "first_account": FIRST_ACCOUNT,
        "kind_circle": KIND_CIRCLE,
        "time_circle": TIME_CIRCLE,
        "step": STEP,
        "kinds": _get_kind_rows(),
        "message_numbers": f"'{{{','.join(map(str, MESSAGES))}}}'::int[]",
        "different_numbers": len(MESSAGES),
    }
    # Each in a session of its own: PostgreSQL keeps the plan of a foreign key's check,
    # and one that was made for a small table is slow on a large one.
    for statements in (USERS, ACCOUNTS, PERSONS, LEADS, LOG, MEETINGS, SEQUENCES):
        postgres.sql(statements.format(**numbers), database)
    postgres.sql("VACUUM ANALYZE", database)


def _get_kind_rows():
    """The kinds as rows of a VALUES list: first and last percent, then as in Kind."""
    rows, first = [], 0
    for kind in KINDS:
        words = (
            kind.message_type,
            kind.subtype.split(".")[1],
            kind.sender,
            kind.creator,
            kind.recipient,
            kind.activity,
            kind.subject,
        )
        quoted = ", ".join(f"'{word}'" for word in words)
        rows.append(f"({first}, {first + kind.share - 1}, {quoted})")
        first += kind.share
    return ",\n".join(rows)


USERS = """
INSERT INTO res_partner (id, name, complete_name, type, email, email_normalized,
                         active, is_company, partner_share, commercial_partner_id)
SELECT id, name, name, 'contact', email, email, TRUE, FALSE, share, id
  FROM (SELECT {first_user} + n AS id, 'Salesperson ' || n AS name,
               'sales' || n || '@ours.example.com' AS email, FALSE AS share
          FROM generate_series(1, {salespeople}) n
         UNION ALL
        SELECT {portal_user}, 'Portal', 'portal@portal.example.com', TRUE
         UNION ALL
        SELECT {stranger}, 'Supplier', 'supplier@supplier.example.com', TRUE) someone;
INSERT INTO res_users (id, login, partner_id, company_id, active, share,
                       notification_type)
SELECT id, email, id, (SELECT MIN(id) FROM res_company), TRUE, partner_share, 'email'
  FROM res_partner
 WHERE id BETWEEN {first_user} AND {portal_user};
INSERT INTO res_company_users_rel (cid, user_id)
SELECT company_id, id FROM res_users WHERE id BETWEEN {first_user} AND {portal_user};
INSERT INTO res_groups_users_rel (gid, uid)
SELECT d.res_id, u.id
  FROM res_users u
  JOIN ir_model_data d
    ON d.model = 'res.groups'
       AND d.name = CASE WHEN u.share THEN 'group_portal' ELSE 'group_user' END
 WHERE u.id BETWEEN {first_user} AND {portal_user};
"""

ACCOUNTS = """
INSERT INTO res_partner (id, name, complete_name, type, email, email_normalized,
                         active, is_company, partner_share, commercial_partner_id)
SELECT {first_account} + n, 'Company ' || n, 'Company ' || n, 'contact', email, email,
       TRUE, TRUE, TRUE, {first_account} + n
  FROM generate_series(0, {accounts} - 1) n,
       LATERAL (SELECT 'info@company' || n || '.example.com' AS email) address;
"""

PERSONS = """
INSERT INTO res_partner (id, name, complete_name, type, parent_id, email,
                         email_normalized, active, is_company, partner_share,
                         commercial_partner_id)
SELECT {first_person} + n, 'Person ' || n, 'Company ' || a || ', Person ' || n,
       'contact', {first_account} + a, email, email, TRUE, FALSE, TRUE,
       {first_account} + a
  FROM generate_series(0, {persons} - 1) n,
       LATERAL (SELECT n % {accounts} AS a) account,
       LATERAL (SELECT 'person' || n || '@company' || a || '.example.com' AS email)
           address;
"""

# Every second one has a partner, a fifth are opportunities, some of them won; a tenth
# are lost, a few archived without being lost; some write from a free mail provider.
LEADS = """
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, stage_id, probability,
    automated_probability, won_status, date_closed, partner_id, contact_name,
    partner_name, email_from, email_normalized, email_domain_criterion, phone,
    expected_revenue, priority, create_uid, create_date, write_date)
SELECT n, 'Lead ' || n, CASE WHEN n % 5 = 0 THEN 'opportunity' ELSE 'lead' END,
       NOT (lost OR n % 100 = 7), {first_user} + 1 + n % {salespeople},
       (SELECT MIN(id) FROM crm_team),
       CASE WHEN won THEN (SELECT MIN(id) FROM crm_stage WHERE is_won)
            ELSE (SELECT MIN(id) FROM crm_stage) + n % 3 END,
       chance, chance,
       CASE WHEN won THEN 'won' WHEN lost THEN 'lost' ELSE 'pending' END,
       CASE WHEN won OR lost THEN {now} - interval '1 hour' END,
       p.id, COALESCE(p.name, 'Visitor ' || n),
       CASE WHEN p.id IS NULL THEN 'Prospect ' || n END,
       address, address,
       CASE WHEN n % 10 = 1 THEN address ELSE '@' || split_part(address, '@', 2) END,
       '+32 2 ' || n, n % 50000, '0', 2, {now} - interval '700 days', {now}
  FROM generate_series(1, {size}) n
  JOIN LATERAL (SELECT n % 25 = 0 AS won, n % 10 = 3 AS lost) ending ON TRUE
  JOIN LATERAL (SELECT CASE WHEN won THEN 100 WHEN lost THEN 0 ELSE 20 END AS chance)
       likely ON TRUE
  LEFT JOIN res_partner p ON n % 2 = 0 AND p.id = {first_person} + n / 2 % {persons}
  JOIN LATERAL (
    SELECT COALESCE(p.email, CASE WHEN n % 10 = 1 THEN 'visitor' || n || '@gmail.com'
           ELSE 'visitor' || n || '@prospect' || n || '.example.com' END) AS address
  ) reached_at ON TRUE;
"""

# Every fifth message with a lead that has a partner is one with this contact.
LOG = """
CREATE TEMP TABLE message AS
SELECT row_number() OVER (ORDER BY minutes DESC, lead, number)
       + (SELECT COALESCE(MAX(id), 0) FROM mail_message) AS id, m.*
  FROM (
    SELECT l.id AS lead, number, l.partner_id, l.email_normalized AS email,
           split_part(l.email_normalized, '@', 2) AS domain,
           {first_user} + 1 + l.id % {salespeople} AS user_id,
           (l.id::bigint * 7919 + number * 104729) % {kind_circle} % 100 AS percent,
           (l.id::bigint * 6007 + number * 3571) % {time_circle} * {step} AS minutes
      FROM crm_lead l,
           generate_series(1, ({message_numbers})[
               1 + l.id / 10 % {different_numbers}]) number
  ) m;
CREATE TEMP TABLE kind AS
SELECT k.*, subtype.res_id AS subtype_id, activity.res_id AS activity_id
  FROM (VALUES {kinds}) k (first, last, message_type, subtype, sender, creator,
                           recipient, activity, subject)
  JOIN ir_model_data subtype
    ON subtype.model = 'mail.message.subtype' AND subtype.name = k.subtype
  LEFT JOIN ir_model_data activity
    ON activity.model = 'mail.activity.type'
       AND activity.name = 'mail_activity_data_' || k.activity;
ANALYZE message;
INSERT INTO mail_message (
    id, model, res_id, message_type, subtype_id, is_internal, mail_activity_type_id,
    author_id, email_from, create_uid, incoming_email_to, outgoing_email_to, subject,
    body, date, create_date, message_id)
SELECT m.id,
       CASE WHEN on_contact THEN 'res.partner' ELSE 'crm.lead' END,
       CASE WHEN on_contact THEN partner_id ELSE lead END,
       message_type, subtype_id, subtype IN ('mt_note', 'mt_activities'), activity_id,
       CASE sender WHEN 'ours' THEN user_id WHEN 'customer' THEN partner_id
                   WHEN 'stranger' THEN {stranger} END,
       CASE sender WHEN 'ours' THEN 'sales@ours.example.com'
                   WHEN 'customer' THEN '"Someone" <' || email || '>'
                   WHEN 'colleague' THEN 'Other.Person@' || domain
                   ELSE 'supplier@supplier.example.com' END,
       CASE creator WHEN 'root' THEN 1 WHEN 'portal' THEN {portal_user}
                    ELSE user_id END,
       CASE WHEN creator = 'root' AND recipient = 'customer' THEN email END,
       CASE WHEN creator = 'ours' AND recipient = 'customer' AND partner_id IS NULL
            THEN email END,
       k.subject, '<p>' || repeat('What we talk about. ', 5 + m.id::int % 20) || '</p>',
       -- headers may lie
       sent + CASE WHEN m.id % 7 = 0 AND creator = 'root' THEN interval '1 day'
                   ELSE interval '0' END,
       sent, '<' || m.id || '@bench>'
  FROM message m
  JOIN kind k ON m.percent BETWEEN k.first AND k.last,
       LATERAL (SELECT partner_id IS NOT NULL AND number % 5 = 0 AS on_contact,
                       {now} - minutes * interval '1 minute' AS sent) more
 ORDER BY m.id;
INSERT INTO mail_message_res_partner_rel (mail_message_id, res_partner_id)
SELECT m.id, CASE k.recipient WHEN 'customer' THEN partner_id
                              ELSE {first_user} + 1 + (user_id + 1) % {salespeople} END
  FROM message m
  JOIN kind k ON m.percent BETWEEN k.first AND k.last
 WHERE k.creator = 'ours'
   AND (k.recipient = 'ours' OR k.recipient = 'customer' AND partner_id IS NOT NULL);
"""

# Of ten, six are linked to a lead, one of these in the generic way, four are not; two
# were declined, by the guest or by us; some were cancelled, a fifth are still to come.
MEETINGS = """
INSERT INTO calendar_event (id, name, active, user_id, start, stop, duration, allday,
                            show_as, privacy, opportunity_id, res_model, res_id)
SELECT n, 'Meeting ' || n, n % 20 <> 5, {first_user} + 1 + n % {salespeople},
       stop - interval '1 hour', stop, 1, FALSE, 'busy', 'public',
       CASE WHEN n % 10 < 5 THEN lead END,
       CASE WHEN n % 10 = 6 THEN 'crm.lead' END,
       CASE WHEN n % 10 = 6 THEN lead END
  FROM generate_series(1, {meetings}) n,
       LATERAL (
         SELECT 1 + n::bigint * 9973 % {size} AS lead,
                {now} + CASE WHEN n % 5 = 2 THEN interval '10 days' + n * interval '1 s'
                             ELSE -(n * 31 % 600000) * interval '1 minute' END AS stop
       ) which;
CREATE TEMP TABLE guest AS
SELECT e.id AS event_id,
       CASE WHEN linked IS NOT NULL THEN COALESCE(l.partner_id, {stranger})
            ELSE {first_person} + e.id * 7 % {persons} END AS partner_id,
       CASE WHEN e.id % 10 = 1 THEN 'declined' ELSE 'needsAction' END AS state
  FROM calendar_event e
  JOIN LATERAL (
       SELECT COALESCE(e.opportunity_id,
                       CASE WHEN e.res_model = 'crm.lead' THEN e.res_id END) AS linked
       ) link ON TRUE
  LEFT JOIN crm_lead l ON l.id = linked
 UNION ALL
SELECT e.id, e.user_id, CASE WHEN e.id % 10 = 3 THEN 'declined' ELSE 'accepted' END
  FROM calendar_event e;
INSERT INTO calendar_attendee (event_id, partner_id, state)
SELECT event_id, partner_id, state FROM guest;
INSERT INTO calendar_event_res_partner_rel (calendar_event_id, res_partner_id)
SELECT event_id, partner_id FROM guest;
"""

SEQUENCES = """
SELECT setval(pg_get_serial_sequence(name, 'id'), 10000000)
  FROM unnest('{{res_partner,res_users,crm_lead,mail_message,calendar_event}}'::text[])
       name;
"""


# ------------------------------------------------------------ what there is to read


class Expected:
    """The contact with each lead, told from the numbers alone."""

    def __init__(self, size, now):
        self.size = size
        self.now = now
        self.persons = size // LEADS_PER_PERSON
        self.accounts = size // LEADS_PER_ACCOUNT
        self.met_leads, self.met_accounts = self._get_meetings()

    def get_contact(self, lead):
        """State, time of the last two-way contact, and since when they wait.

        :param lead: number of the lead, from 1
        :returns: ``(state, datetime or None, datetime or None)``
        """
        times = defaultdict(list)
        for number in range(1, self._count(lead) + 1):
            if not self._is_with_contact(lead, number):
                self._note(times, lead, number)
        if lead % 2 == 0:
            person = lead // 2 % self.persons
            for other in self._get_leads(person):
                for number in range(1, self._count(other) + 1):
                    if self._is_with_contact(other, number):
                        self._note(times, other, number)
            times["reached"] += self.met_accounts[person % self.accounts]
        times["reached"] += self.met_leads[lead]
        return self._sum_up(**times)

    @staticmethod
    def _sum_up(reached=(), outbound=(), inbound=(), tried=(), **_nothing):
        """What messages and meetings at these times come to."""
        ends = [max(reached)] if reached else []
        if inbound:
            last = max(inbound)
            if outbound or any(time < last for time in reached):
                # when we first answered; what we write after that proves nothing
                ends.append(min((t for t in outbound if t >= last), default=last))
        if ends:
            return "two_way", max(ends), None
        if inbound:
            return "inbound", None, min(inbound)
        return "outbound" if outbound or tried else "none", None, None

    def _count(self, lead):
        return MESSAGES[lead // 10 % len(MESSAGES)]

    def _is_with_contact(self, lead, number):
        return lead % 2 == 0 and number % 5 == 0

    def _get_leads(self, person):
        """The leads whose partner is this person."""
        first = person or self.persons
        return range(2 * first, self.size + 1, 2 * self.persons)

    def _note(self, times, lead, number):
        kind = KIND_OF[(lead * 7919 + number * 104729) % KIND_CIRCLE % 100]
        direction = kind.direction
        if kind.sender == "colleague" and lead % 10 == 1:
            direction = None
        minutes = (lead * 6007 + number * 3571) % TIME_CIRCLE * STEP
        times[direction or "nothing"].append(self.now - timedelta(minutes=minutes))

    def _get_meetings(self):
        """Ends of the held meetings.

        :returns: ``({lead: [datetime, …]}, {number of the account: [datetime, …]})``
        """
        leads, accounts = defaultdict(list), defaultdict(list)
        for meeting in range(1, self.size // LEADS_PER_MEETING + 1):
            rest = meeting % 10
            if meeting % 5 == 2 or meeting % 20 == 5 or rest in (1, 3):
                continue
            stop = self.now - timedelta(minutes=meeting * 31 % 600000)
            lead = 1 + meeting * 9973 % self.size
            if rest < 5 or rest == 6:
                leads[lead].append(stop)
            else:
                accounts[meeting * 7 % self.persons % self.accounts].append(stop)
        return leads, accounts


def check(database, size, now):
    """Compare what the addon stored with what there is to read, for some leads.

    :returns: ``{contact state: number of all leads in it}``
    :raises AssertionError: names the leads that differ
    """
    expected = Expected(size, now)
    numbers = range(1, size + 1)
    sample = random.Random(SEED).sample(numbers, min(SAMPLE, size))
    rows = postgres.sql(
        "SELECT id, contact_state, contact_date, contact_waiting_since FROM crm_lead"
        f" WHERE id = ANY('{{{','.join(map(str, sample))}}}')",
        database,
    )
    found = [line.split("|") for line in rows.splitlines()]
    wrong = []
    for lead, state, *times in found:
        stored = (state, *(datetime.fromisoformat(t) if t else None for t in times))
        if stored != expected.get_contact(int(lead)):
            wrong.append(f"{lead}: {stored}, not {expected.get_contact(int(lead))}")
    if len(found) != len(sample) or wrong:
        raise AssertionError("\n".join(["The contact is wrong:", *wrong[:10]]))
    rows = postgres.sql(
        "SELECT contact_state, COUNT(*) FROM crm_lead GROUP BY 1 ORDER BY 2 DESC",
        database,
    )
    pairs = (row.split("|") for row in rows.splitlines())
    return {state: int(number) for state, number in pairs}
