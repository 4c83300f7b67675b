"""One day that passes over many open leads: the data, and the same done by hand in SQL.

The leads are stored as yesterday left them. Today some answers are older than their
validity, and some contacts older than a limit of the grade.
"""

import random
import time
from datetime import datetime, timezone

from dev import postgres

SAMPLE = 2000
SEED = 19
LEAST_SCORE = 40

# Type, weight, days of validity, required, disqualifying. The weights make every score
# a whole number of hundredths, so that all ways of rounding agree.
CRITERIA = (
    ("choice", 3, 90, True, False),
    ("yes_no", 3, 180, True, False),
    ("yes_no", 2, 365, True, True),
    ("number", 2, 90, False, False),
    ("choice", 2, 180, False, False),
    ("yes_no", 2, 60, False, False),
    ("date", 2, 120, False, False),
    ("number", 2, 365, False, False),
    ("yes_no", 1, 0, False, False),
    ("text", 1, 0, False, False),
)
EXPIRING = sum(bool(validity) for _t, _w, validity, _r, _d in CRITERIA)

# Which leads n have an answer that expires today, and which one (of those that do).
SCENARIOS = {
    "a tenth": f"n % 20 = 0 AND k = n / 20 % {EXPIRING}",
    "all": f"k = n % {EXPIRING} OR n % 4 = 0 AND k = (n + 3) % {EXPIRING}",
}


def make_profile(root):
    """A profile that enforces, with one criterion a line of ``CRITERIA``.

    :param root: environment of the superuser, on a database with the addon
    """
    choices = [("Yes", 100), ("Partly", 60), ("Not yet", 0)]
    root["crm.qualification.profile"].create(
        {
            "name": "Bench",
            "sequence": -1,
            "enforcement": "enforce",
            "score_min": LEAST_SCORE,
            "criterion_ids": [
                (
                    *(0, 0),
                    {
                        "name": f"Question {number}",
                        "sequence": number,
                        "answer_type": answer_type,
                        "weight": weight,
                        "validity_days": validity,
                        "is_required": required,
                        "is_disqualifying": disqualifying,
                        "number_rule": "at_least",
                        "number_min": 10,
                        "choice_ids": [
                            (0, 0, {"name": name, "points": points})
                            for name, points in choices
                            if answer_type == "choice"
                        ],
                    },
                )
                for number, (
                    answer_type,
                    weight,
                    validity,
                    required,
                    disqualifying,
                ) in enumerate(CRITERIA)
            ],
        }
    )


def get_today():
    """The day as Odoo sees it."""
    return datetime.now(timezone.utc).date()


def generate(database, size, expiring):
    """Fill a database that has the profile.

    :param size: number of open leads; ten answers each
    :param expiring: condition on lead ``n`` and criterion ``k``: expires today
    """
    day = _get_day()
    for statements in (LEADS, ANSWERS):
        filled = statements.format(size=size, expiring=expiring, day=day)
        postgres.sql(filled, database)
    facts = FACTS.format(which="TRUE", day=f"{day} - 1", least=LEAST_SCORE)
    postgres.sql(VERDICTS.format(facts=facts), database)
    # the leads as a restored backup holds them, not as updated twice
    postgres.sql("VACUUM FULL crm_lead", database)
    postgres.sql("VACUUM ANALYZE", database)


def age_by_hand(database):
    """What the scheduled job does in a day, as an administrator would write it.

    :returns: seconds that it took
    """
    facts = FACTS.format(
        which="l.id IN (SELECT lead_id FROM expired)",
        day=_get_day(),
        least=LEAST_SCORE,
    )
    verdicts = VERDICTS.format(facts=facts)
    start = time.perf_counter()
    postgres.sql(BY_HAND.format(verdicts=verdicts, day=_get_day()), database)
    return time.perf_counter() - start


def _get_day():
    return f"DATE '{get_today()}'"


def read(database):
    """All that the job writes.

    :returns: a line a lead: id, score, state, grade, states and points of its answers
    """
    return postgres.sql(RESULT, database).splitlines()


def age(root):
    """Run the scheduled job, which commits.

    :returns: seconds that it took
    """
    start = time.perf_counter()
    root["crm.lead"]._cron_age()
    return time.perf_counter() - start


def get_wrong(root):
    """Leads of a sample whose stored verdict is not what the addon says today.

    :returns: ids
    """
    leads = root["crm.lead"].search([], order="id")
    sample = random.Random(SEED).sample(leads.ids, min(SAMPLE, len(leads)))
    leads = leads.browse(sorted(sample))
    names = ("qualification_score", "qualification_state", "qualification_grade")
    stored = {lead: [lead[name] for name in names] for lead in leads}
    leads._review_qualification()
    wrong = [lead.id for lead in leads if [lead[n] for n in names] != stored[lead]]
    root.cr.rollback()
    return wrong


# ------------------------------------------------------------ SQL

# Seven of ten were in touch with us: they wrote, and an hour later we answered. With
# one of twenty that was so long ago that it crosses one of the limits (14, 30, 90 days)
# today. Needs and commitments are known for most.
LEADS = """
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, stage_id, probability, won_status,
    contact_name, partner_name, email_from, email_normalized, email_domain_criterion,
    phone, priority, create_uid, create_date, write_date, contact_state, contact_date,
    qualification_profile_id, qualification_profile_pinned)
SELECT n, 'Lead ' || n, 'lead', TRUE, 2, (SELECT MIN(id) FROM crm_team),
       (SELECT MIN(id) FROM crm_stage) + n % 3, 20, 'pending', 'Person ' || n,
       'Prospect ' || n, address, address, '@prospect' || n || '.example.com',
       '+32 2 ' || n, '0', 2, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
       CASE WHEN n % 10 < 7 THEN 'two_way' WHEN n % 10 < 9 THEN 'outbound'
            ELSE 'none' END,
       CASE WHEN n % 10 < 7 THEN {day} - days + interval '9 hours' END,
       (SELECT id FROM crm_qualification_profile WHERE name ->> 'en_US' = 'Bench'),
       FALSE
  FROM generate_series(1, {size}) n,
       LATERAL (SELECT 'person' || n || '@prospect' || n || '.example.com' AS address)
           reached_at,
       LATERAL (SELECT n * 7 % 200 AS spot) spread,
       LATERAL (SELECT CASE WHEN n % 20 = 5 THEN ('{{15,31,91}}'::int[])[1 + n / 20 % 3]
                            WHEN spot IN (15, 31, 91) THEN spot + 1
                            ELSE spot END AS days) age;
INSERT INTO crm_lead_need (lead_id, name, sequence, state)
SELECT id, 'Less waste', 10, 'confirmed' FROM crm_lead WHERE id % 7 <> 0;
INSERT INTO crm_lead_commitment (lead_id, name, kind, state)
SELECT id, 'Sends the figures', 'data', 'open' FROM crm_lead WHERE id % 11 <> 0;
SELECT setval('crm_lead_id_seq', {size});
INSERT INTO mail_message (model, res_id, message_type, subtype_id, author_id,
                          email_from, create_uid, is_auto_reply, subject, date,
                          create_date)
SELECT 'crm.lead', l.id, kind, subtype.res_id, CASE WHEN theirs THEN NULL ELSE 3 END,
       CASE WHEN theirs THEN l.email_from ELSE 'sales@ours.example.com' END,
       CASE WHEN theirs THEN 1 ELSE 2 END, FALSE, 'Our offer', sent, sent
  FROM crm_lead l
  JOIN ir_model_data subtype
    ON subtype.model = 'mail.message.subtype' AND subtype.name = 'mt_comment',
       LATERAL (VALUES ('email', TRUE), ('email_outgoing', FALSE)) m (kind, theirs),
       LATERAL (SELECT COALESCE(contact_date, {day} - 3 + interval '9 hours')
                       - theirs::int * interval '1 hour' AS sent) times
 WHERE contact_state = 'two_way' OR contact_state = 'outbound' AND NOT theirs
 ORDER BY sent;
UPDATE crm_lead l
   SET contact_message_id = m.id,
       contact_heard_date = CASE m.message_type WHEN 'email' THEN m.date END
  FROM mail_message m
 WHERE m.model = 'crm.lead' AND m.res_id = l.id
   AND m.message_type = CASE contact_state WHEN 'two_way' THEN 'email'
                                           ELSE 'email_outgoing' END;
"""

# Of ten answers about six are good, two of a choice are half good, one is bad or
# missing, one has expired some time ago.
ANSWERS = """
CREATE TEMP TABLE criterion AS
SELECT c.*, row_number() OVER (ORDER BY c.sequence) - 1 AS k
  FROM crm_qualification_criterion c
  JOIN crm_qualification_profile p ON p.id = c.profile_id
 WHERE p.name ->> 'en_US' = 'Bench';
CREATE TEMP TABLE choice AS
SELECT criterion_id, MAX(id) FILTER (WHERE points = 100) AS good,
       MAX(id) FILTER (WHERE points = 60) AS half, MAX(id) FILTER (WHERE points = 0)
       AS bad
  FROM crm_qualification_choice
 GROUP BY criterion_id;
INSERT INTO crm_qualification_answer (
    criterion_id, lead_id, value_yes_no, choice_id, value_number, value_date,
    value_text, is_zero, state, points, date, expires_on)
SELECT c.id, n,
       CASE WHEN answer_type = 'yes_no' THEN
            CASE quality WHEN 'bad' THEN 'no' ELSE 'yes' END END,
       CASE quality WHEN 'bad' THEN bad WHEN 'half' THEN half ELSE good END,
       CASE WHEN answer_type = 'number' THEN CASE quality WHEN 'bad' THEN 5 ELSE 20 END
            END,
       CASE WHEN answer_type = 'date' AND quality <> 'bad' THEN {day} + 99 END,
       CASE WHEN answer_type = 'text' AND quality <> 'bad' THEN 'The owner' END,
       FALSE,
       CASE WHEN quality = 'old' THEN 'expired'
            WHEN quality = 'half' AND answer_type = 'choice' THEN 'partly'
            WHEN quality <> 'bad' THEN 'met'
            WHEN answer_type IN ('date', 'text') THEN 'unknown'
            WHEN is_disqualifying THEN 'disqualifying'
            ELSE 'not_met' END,
       CASE WHEN quality IN ('old', 'bad') THEN 0
            WHEN quality = 'half' AND answer_type = 'choice' THEN 0.6
            ELSE 1 END,
       COALESCE(expiry, {day}) - validity_days - 1 + interval '9 hours',
       expiry - 1
  FROM generate_series(1, {size}) n
 CROSS JOIN criterion c
  LEFT JOIN choice ON choice.criterion_id = c.id
  JOIN LATERAL (SELECT {expiring} AS expires) today ON TRUE
  JOIN LATERAL (SELECT (n * 31 + n / 10 * 7 + k * 13) % 10 AS spot) spread ON TRUE
  JOIN LATERAL (
       SELECT CASE WHEN spot < 6 THEN 'good'
                   WHEN expires AND (spot = 9 OR answer_type = 'date') THEN 'good'
                   WHEN spot < 8 THEN 'half'
                   WHEN spot = 9 AND validity_days > 0 THEN 'old'
                   WHEN n % 3 = 0 THEN 'bad'
                   ELSE 'good' END AS quality
       ) answer ON TRUE
  JOIN LATERAL (
       SELECT CASE WHEN validity_days = 0 THEN NULL
                   WHEN quality = 'old' THEN {day} - 10 - n % 50
                   WHEN expires THEN {day}
                   ELSE {day} + 1 + (n * 3 + k * 5)::int % (validity_days - 1)
                   END AS expiry
       ) ends ON TRUE;
"""

# Score, state and grade of leads as the profile asks for them.
FACTS = """
SELECT id, score,
       CASE WHEN ruled_out THEN 'disqualified'
            WHEN met AND score >= {least} AND contact_state = 'two_way'
                 AND contact_name <> '' AND email_normalized <> ''
                 AND EXISTS (SELECT FROM crm_lead_need f
                              WHERE f.lead_id = x.id AND f.state = 'confirmed')
                 AND EXISTS (SELECT FROM crm_lead_commitment f
                              WHERE f.lead_id = x.id AND f.state IN ('open', 'kept'))
            THEN 'ready' ELSE 'blocked' END AS state,
       CASE WHEN score >= 75 THEN 'a' WHEN score >= 50 THEN 'b'
            WHEN score >= 25 THEN 'c' ELSE 'd' END
       || CASE WHEN days <= age_fresh THEN 1 WHEN days <= age_recent THEN 2
               WHEN days <= age_old THEN 3 ELSE 4 END AS grade
  FROM (
    SELECT l.id, l.contact_state, l.contact_name, l.email_normalized,
           {day} - l.contact_date::date AS days,
           p.age_fresh, p.age_recent, p.age_old, a.*
      FROM crm_lead l
      JOIN crm_qualification_profile p ON p.id = l.qualification_profile_id
      JOIN (
        SELECT lead_id,
               round((SUM(c.weight * a.points) / SUM(c.weight) * 100)::numeric, 2)
                   AS score,
               BOOL_AND(a.state = 'met') FILTER (WHERE c.is_required) AS met,
               BOOL_OR(a.state = 'disqualifying') AS ruled_out
          FROM crm_qualification_answer a
          JOIN crm_qualification_criterion c ON c.id = a.criterion_id
         GROUP BY lead_id
      ) a ON a.lead_id = l.id
     WHERE {which}
  ) x
"""

VERDICTS = """
UPDATE crm_lead
   SET qualification_score = new.score, qualification_state = new.state,
       qualification_grade = new.grade
  FROM ({facts}) new
 WHERE new.id = crm_lead.id;
"""

BY_HAND = """
BEGIN;
CREATE TEMP TABLE expired ON COMMIT DROP AS
  WITH done AS (
    UPDATE crm_qualification_answer a SET state = 'expired', points = 0
      FROM crm_lead l
     WHERE l.id = a.lead_id AND l.won_status = 'pending'
       AND a.expires_on < {day} AND a.state NOT IN ('unknown', 'expired')
 RETURNING a.lead_id)
SELECT DISTINCT lead_id FROM done;
ANALYZE expired;
{verdicts}
UPDATE crm_lead
   SET qualification_grade = left(qualification_grade, 1) || new.number
  FROM (
    SELECT l.id, CASE WHEN days <= age_fresh THEN '1' WHEN days <= age_recent THEN '2'
                      WHEN days <= age_old THEN '3' ELSE '4' END AS number
      FROM crm_lead l
      JOIN crm_qualification_profile p ON p.id = l.qualification_profile_id,
           LATERAL (SELECT {day} - l.contact_date::date AS days) age
     WHERE l.won_status = 'pending' AND l.qualification_grade <> 'none'
  ) new
 WHERE new.id = crm_lead.id AND new.number <> right(qualification_grade, 1);
COMMIT;
"""

RESULT = """
SELECT l.id, round(qualification_score::numeric, 2), qualification_state,
       qualification_grade,
       string_agg(a.state || ' ' || a.points, ',' ORDER BY a.criterion_id)
  FROM crm_lead l
  JOIN crm_qualification_answer a ON a.lead_id = l.id
 GROUP BY l.id
 ORDER BY l.id
"""
