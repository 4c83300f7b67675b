"""What there is to read in the history: told by plain Python, and written by hand.

:class:`Expected` says from the numbers alone, without looking at the database, which
contact there was with a lead. ``BY_HAND`` is what somebody would write instead of the
addon who knows which messages there are: the same columns of the same rows.
"""

import random
import time
from collections import defaultdict
from datetime import datetime, timedelta

from dev import postgres

from .world import (
    GROUP,
    KIND_CIRCLE,
    KIND_OF,
    LIMIT_DAYS,
    LIMIT_SHARE,
    MARKED,
    MESSAGES,
    REPLIED,
    STEP,
    TIME_CIRCLE,
    WROTE,
)

SAMPLE = 5000
SEED = 19
# What the addon fills from the history, with what it is where there is none.
COLUMNS = {
    "crm_lead": {
        "contact_state": "'none'",
        "contact_date": "NULL",
        "contact_waiting_since": "NULL",
        "contact_message_id": "NULL",
        "contact_event_id": "NULL",
        "contact_inferred": "FALSE",
        "contact_heard_date": "NULL",
        "contacted_date": "NULL",
    },
    "res_partner": {
        "crm_lifecycle": "NULL",
        "crm_in_progress": "NULL",
        "crm_heard_date": "NULL",
    },
}


class Expected:
    """The contact with each lead, told from the numbers alone.

    :param size: number of leads
    :param date day: the day on which the world was made
    """

    def __init__(self, size, day):
        self.size = size
        self.midnight = datetime.combine(day, datetime.min.time())
        self.accounts = size // GROUP
        # accounts with leads; each has three people
        self.sold = self.accounts // 2
        self.met_leads, self.met_accounts = self._get_meetings()

    def get_contact(self, lead):
        """State, time of the last two-way contact, and since when they wait.

        :param lead: number of the lead, from 1
        :returns: ``(state, datetime or None, datetime or None)``
        """
        times = defaultdict(list)
        self._note_all(times, lead, with_contact=False)
        if self._has_contact(lead):
            # the leads that have the same person as contact
            apart = 6 * self.sold
            for other in range(lead % apart, self.size + 1, apart):
                if self._has_contact(other):
                    self._note_all(times, other, with_contact=True)
            times["reached"] += self.met_accounts[lead // 2 % self.sold * 2]
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

    def _has_contact(self, lead):
        return lead > MARKED and lead % 2 == 0

    def _note_all(self, times, lead, with_contact):
        """Note the messages of a lead: those with its contact, or those with itself."""
        marked = lead <= MARKED
        count = 2 if marked else MESSAGES[lead // 10 % len(MESSAGES)]
        for number in range(1, count + 1):
            if with_contact == (self._has_contact(lead) and number % 5 == 0):
                self._note(times, lead, number)

    def _note(self, times, lead, number):
        if lead <= MARKED:
            kind = WROTE if number == 1 else REPLIED
            minutes = 4000 - 1000 * number
        else:
            kind = KIND_OF[(lead * 7919 + number * 104729) % KIND_CIRCLE % 100]
            spot = (lead * 6007 + number * 3571) % TIME_CIRCLE
            minutes = spot * STEP
            if lead % LIMIT_SHARE == 1:
                day = LIMIT_DAYS[lead // LIMIT_SHARE % len(LIMIT_DAYS)]
                minutes = day * 1440 - 1 - spot % 1200
        direction = kind.direction
        if kind.sender == "colleague" and lead % 10 == 1:
            direction = None
        times[direction or "nothing"].append(self.midnight - timedelta(minutes=minutes))

    def _get_meetings(self):
        """Ends of the held meetings.

        :returns: ``({lead: [datetime, …]}, {number of the account: [datetime, …]})``
        """
        leads, accounts = defaultdict(list), defaultdict(list)
        for meeting in range(1, self.size // 10 + 1):
            rest = meeting % 10
            if meeting % 5 == 2 or meeting % 20 == 5 or rest in (1, 3):
                continue
            stop = self.midnight - timedelta(minutes=meeting * 31 % 600000)
            if rest < 5 or rest == 6:
                leads[1 + meeting * 9973 % self.size].append(stop)
            else:
                accounts[meeting * 7 % self.accounts].append(stop)
        return leads, accounts


def check(database, size, day):
    """Compare what the addon stored with what there is to read, for some leads.

    :raises AssertionError: names the leads that differ
    """
    expected = Expected(size, day)
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


def fill_by_hand(database):
    """Take back what the addon has filled, and fill it by hand.

    :param database: as the installation leaves it
    :returns: seconds that it took by hand
    :raises AssertionError: something else came out
    """
    for table, columns in COLUMNS.items():
        names = ", ".join(columns)
        nothing = ", ".join(columns.values())
        postgres.sql(
            f"CREATE TABLE bench_{table} AS SELECT id, {names} FROM {table};"
            f"UPDATE {table} SET ({names}) = ROW({nothing})"
            f" WHERE ({names}) IS DISTINCT FROM ({nothing});",
            database,
        )
        postgres.sql(f"VACUUM (FULL, ANALYZE) {table}", database)
    start = time.perf_counter()
    postgres.sql(BY_HAND, database)
    seconds = time.perf_counter() - start
    for table, columns in COLUMNS.items():
        names = ", ".join(["id", *columns])
        different = postgres.sql(
            f"SELECT * FROM (SELECT {names} FROM bench_{table}"
            f" EXCEPT SELECT {names} FROM {table} LIMIT 10) theirs;"
            f"SELECT * FROM (SELECT {names} FROM {table}"
            f" EXCEPT SELECT {names} FROM bench_{table} LIMIT 10) ours",
            database,
        )
        if different:
            raise AssertionError(f"{table}, by the addon and by hand:\n{different}")
    return seconds


# A contact is two-way with the last call or meeting, or when we answered their last
# message; what we write later proves nothing. Accounts sum up what their people have.
BY_HAND = r"""
BEGIN;
CREATE TEMP TABLE said ON COMMIT DROP AS
SELECT m.id, m.model, m.res_id, LEAST(m.date, m.create_date) AS date,
       m.message_type = 'email' AS inferred, author.commercial_partner_id AS author_id,
       lower(substring(m.email_from FROM '([^<> "]+)>?$')) AS address,
       CASE WHEN activity.name = 'mail_activity_data_meeting' THEN 'reached'
            WHEN activity.name = 'mail_activity_data_call' THEN 'tried'
            WHEN m.message_type = 'email_outgoing' THEN 'outbound'
            WHEN u.share OR m.create_uid = 1 AND NOT m.email_from LIKE '%@ours.%'
            THEN CASE WHEN m.subject LIKE 'Automatic reply%' THEN NULL ELSE 'inbound'
                 END
            WHEN m.incoming_email_to <> '' OR m.outgoing_email_to <> '' THEN 'outbound'
            WHEN EXISTS (SELECT FROM mail_message_res_partner_rel r
                           JOIN res_partner p ON p.id = r.res_partner_id
                          WHERE r.mail_message_id = m.id AND p.partner_share)
                 AND NOT author.partner_share THEN 'outbound' END AS direction
  FROM mail_message m
  JOIN res_users u ON u.id = m.create_uid
  LEFT JOIN res_partner author ON author.id = m.author_id
  LEFT JOIN ir_model_data activity
    ON activity.model = 'mail.activity.type'
   AND activity.res_id = m.mail_activity_type_id
 WHERE m.model IN ('crm.lead', 'res.partner')
   AND (m.message_type IN ('email', 'email_outgoing')
        OR m.message_type = 'comment' AND NOT m.is_internal
        OR m.mail_activity_type_id IS NOT NULL);
CREATE TEMP TABLE met ON COMMIT DROP AS
SELECT e.id, COALESCE(e.opportunity_id, CASE WHEN e.res_model = 'crm.lead'
                                             THEN e.res_id END) AS lead,
       guest.id AS guest, guest.commercial_partner_id AS account, e.stop
  FROM calendar_event e
  JOIN calendar_attendee a ON a.event_id = e.id AND a.state <> 'declined'
  JOIN res_partner guest ON guest.id = a.partner_id AND guest.partner_share
 WHERE e.active AND e.stop <= now() AT TIME ZONE 'UTC'
   AND EXISTS (SELECT FROM calendar_attendee o
                 JOIN res_partner p ON p.id = o.partner_id AND NOT p.partner_share
                WHERE o.event_id = e.id AND o.state <> 'declined');
ANALYZE said, met;
WITH evidence AS (
    SELECT l.id AS lead, l.email_domain_criterion AS domain, a.commercial_partner_id
               AS account, s.id AS message, NULL::int AS event, s.date, direction,
           inferred, author_id, address
      FROM crm_lead l
      LEFT JOIN res_partner a ON a.id = l.partner_id
      JOIN said s ON s.model = 'crm.lead' AND s.res_id = l.id
     UNION ALL
    SELECT l.id, l.email_domain_criterion, a.commercial_partner_id, s.id, NULL, s.date,
           direction, inferred, author_id, address
      FROM crm_lead l
      JOIN res_partner a ON a.id = l.partner_id
      JOIN said s ON s.model = 'res.partner' AND s.res_id = l.partner_id
     UNION ALL
    SELECT DISTINCT lead, NULL, NULL::int, NULL::int, id, stop, 'reached', FALSE,
           NULL::int, NULL
      FROM met WHERE lead IS NOT NULL
     UNION ALL
    SELECT DISTINCT l.id, NULL, NULL::int, NULL::int, met.id, stop, 'reached', FALSE,
           NULL::int, NULL
      FROM met
      JOIN res_partner a ON a.commercial_partner_id = met.account
      JOIN crm_lead l ON l.partner_id = a.id
     WHERE met.lead IS NULL
), theirs AS (
    SELECT *, MAX(date) FILTER (WHERE direction = 'inbound') OVER one AS last
      FROM evidence
     WHERE direction IN ('reached', 'tried', 'outbound') OR direction = 'inbound'
       AND (author_id = account OR domain IN (address, substring(address FROM '@.*')))
    WINDOW one AS (PARTITION BY lead)
), summed AS (
    SELECT lead, last, MAX(date) FILTER (WHERE direction IN ('reached', 'inbound'))
               AS heard,
           MIN(date) FILTER (WHERE direction = 'inbound') AS since,
           MIN(date) FILTER (WHERE direction = 'outbound' AND date >= last) AS answer,
           BOOL_OR(direction = 'outbound' OR direction = 'reached' AND date < last)
               AS both_ways,
           MAX(date) FILTER (WHERE direction = 'reached') AS reached,
           (array_agg(ARRAY[message, event, inferred::int] ORDER BY date DESC, message)
                FILTER (WHERE direction = 'reached'))[1:1] AS met,
           (array_agg(ARRAY[message, NULL, inferred::int] ORDER BY date DESC,
                      message DESC) FILTER (WHERE direction = 'inbound'))[1:1] AS wrote,
           (array_agg(ARRAY[message, NULL, 0] ORDER BY date DESC, message DESC)
                FILTER (WHERE direction IN ('outbound', 'tried')))[1:1] AS tried
      FROM theirs
     GROUP BY lead, last
), found AS (
    SELECT summed.*, is_talk, is_reply,
           CASE WHEN is_talk THEN met WHEN last IS NOT NULL THEN wrote ELSE tried END
               AS proof
      FROM summed,
           LATERAL (SELECT last IS NOT NULL AND both_ways AS is_reply) r,
           LATERAL (SELECT reached IS NOT NULL AND (NOT is_reply
                           OR reached > COALESCE(answer, last)) AS is_talk) t
)
UPDATE crm_lead
   SET contact_state = CASE WHEN is_talk OR is_reply THEN 'two_way'
                            WHEN last IS NOT NULL THEN 'inbound' ELSE 'outbound' END,
       contact_date = two_way,
       contacted_date = two_way,
       contact_waiting_since = CASE WHEN two_way IS NULL THEN since END,
       contact_message_id = proof[1][1], contact_event_id = proof[1][2],
       contact_inferred = proof[1][3] = 1, contact_heard_date = heard
  FROM found,
       LATERAL (SELECT CASE WHEN is_talk THEN reached
                            WHEN is_reply THEN COALESCE(answer, last) END AS two_way) d
 WHERE crm_lead.id = lead;
WITH known AS (
    SELECT partner_id, won_status = 'won' AS won, won_status = 'lost' AS lost,
           won_status = 'pending' AND active AND type = 'opportunity' AS sells,
           won_status = 'pending' AND active AND type = 'lead' AS leads,
           contact_heard_date AS heard
      FROM crm_lead WHERE partner_id IS NOT NULL
     UNION ALL
    SELECT p.id, FALSE, FALSE, FALSE, FALSE, s.date
      FROM said s
      JOIN res_partner p ON p.id = s.res_id
     WHERE s.model = 'res.partner'
       AND (direction = 'reached' OR direction = 'inbound'
            AND (author_id = p.commercial_partner_id OR address = p.email_normalized))
     UNION ALL
    SELECT guest, FALSE, FALSE, FALSE, FALSE, stop FROM met WHERE lead IS NULL
), summed AS (
    SELECT id, BOOL_OR(won) AS won, BOOL_OR(lost) AS lost, BOOL_OR(sells) AS sells,
           BOOL_OR(leads) AS leads, MAX(heard) AS heard
      FROM (SELECT partner_id AS id, * FROM known
             UNION ALL
            SELECT p.commercial_partner_id, known.*
              FROM known
              JOIN res_partner p
                ON p.id = partner_id AND p.commercial_partner_id <> p.id) both_levels
     GROUP BY id
)
UPDATE res_partner
   SET crm_lifecycle = CASE WHEN state <> 'prospect'
            THEN jsonb_build_object(company, state) END,
       crm_in_progress = CASE WHEN sells OR leads
            THEN jsonb_build_object(company, TRUE) END,
       crm_heard_date = CASE WHEN heard IS NOT NULL THEN jsonb_build_object(
            company, to_char(heard, 'YYYY-MM-DD HH24:MI:SS')) END
  FROM summed,
       LATERAL (SELECT CASE WHEN won THEN 'customer' WHEN sells THEN 'opportunity'
                            WHEN leads THEN 'lead' WHEN lost THEN 'lost'
                            ELSE 'prospect' END AS state) s,
       (SELECT MIN(id) AS company FROM res_company) c
 WHERE res_partner.id = summed.id;
COMMIT;
"""
