"""One day that passes over many open leads, and the same done by hand in SQL.

The leads are stored as yesterday left them. Today some answers are older than their
validity, and some contacts older than a limit of the grade.
"""

import random
import time

from dev import postgres

from .world import get_verdict_statement

SAMPLE = 2000
SEED = 19


def age(root):
    """Run the scheduled job, which commits.

    :param root: environment of the superuser
    :returns: seconds that it took
    """
    start = time.perf_counter()
    root["crm.lead"]._cron_age()
    return time.perf_counter() - start


def age_by_hand(database, day):
    """What the scheduled job does in a day, as an administrator would write it.

    :param date day: today
    :returns: seconds that it took
    """
    verdicts = get_verdict_statement(day, "l.id IN (SELECT lead_id FROM expired)")
    statements = BY_HAND.format(verdicts=verdicts, day=f"DATE '{day}'")
    start = time.perf_counter()
    postgres.sql(statements, database)
    return time.perf_counter() - start


def read(database):
    """All that the job writes.

    :returns: a line a lead: id, score, state, grade, and of its answers whether they
        have expired, states and points
    """
    return postgres.sql(RESULT, database).splitlines()


def get_wrong(root):
    """Leads of a sample whose stored verdict is not what the addon says today.

    :returns: ids
    """
    leads = root["crm.lead"].search([("won_status", "=", "pending")], order="id")
    sample = random.Random(SEED).sample(leads.ids, min(SAMPLE, len(leads)))
    leads = leads.browse(sorted(sample))
    names = ("qualification_score", "qualification_state", "qualification_grade")
    stored = {lead: [lead[name] for name in names] for lead in leads}
    leads._review_qualification()
    wrong = [lead.id for lead in leads if [lead[n] for n in names] != stored[lead]]
    root.cr.rollback()
    return wrong


def compare(ours, by_hand, before):
    """Check that both did the same, and anything at all.

    :param ours: what :func:`read` gave afterwards
    :param by_hand: what it gave of the other database
    :param before: what it gave before that day
    :returns: number of leads that changed
    :raises AssertionError: names leads that differ
    """
    pairs = zip(ours, by_hand, strict=True)
    different = [f"{o}, by hand {h}" for o, h in pairs if o != h]
    if different:
        text = "\n".join(different[:10])
        raise AssertionError(f"{len(different)} leads differ:\n{text}")
    changed = sum(o != b for o, b in zip(ours, before, strict=True))
    if not changed:
        raise AssertionError("no lead has aged")
    return changed


BY_HAND = """
BEGIN;
CREATE TEMP TABLE expired ON COMMIT DROP AS
  WITH done AS (
    UPDATE crm_qualification_answer a SET is_expired = TRUE
      FROM crm_lead l
     WHERE l.id = a.lead_id AND l.won_status = 'pending'
       AND a.expires_on < {day} AND NOT a.is_expired AND a.state <> 'unknown'
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
       string_agg(a.is_expired || ' ' || a.state || ' ' || a.points, ','
                  ORDER BY a.criterion_id)
  FROM crm_lead l
  JOIN crm_qualification_answer a ON a.lead_id = l.id
 GROUP BY l.id
 ORDER BY l.id
"""
