"""Many leads and opportunities, made by SQL, and what their reports say, by SQL, too.

Everything about lead ``n`` follows from its number: whether somebody was in touch, on
which day it was qualified, who decided, and how it ended.
"""

from dev import postgres

from .data import LOGIN, make_user

ANSWERS = 5


def generate(database, size):
    """Fill a database that has CRM alone and the salesperson.

    :param size: number of leads and opportunities
    """
    postgres.sql(LEADS.format(size=size, login=LOGIN), database)


def make_seller(root):
    """The user who looks at the reports.

    :param root: environment of the superuser, on a database with CRM alone
    """
    make_user(root)
    root["crm.team"].create([{"name": f"Team {number}"} for number in range(8)])


def add_decisions(root):
    """When the leads made their steps, who let them in, and five answers each.

    :param root: environment of the superuser, on a copy with the addon
    :returns: the leads' ``crm.qualification.profile``
    """
    profile = root["crm.qualification.profile"].create(
        {
            "name": "Bench",
            "sequence": -1,
            "enforcement": "off",
            "criterion_ids": [
                (0, 0, {"name": f"Question {number}"}) for number in range(ANSWERS)
            ],
        }
    )
    root.cr.execute(STEPS, {"profile": profile.id})
    root.cr.execute(DECISIONS, {"profile": profile.id})
    root.cr.execute(ANSWERED, {"criteria": profile.criterion_ids.ids})
    root.invalidate_all()
    return profile


# Forty of a hundred are opportunities, ten of them were never leads. Of the others
# thirty are won, thirty lost; of the leads a tenth is lost.
LEADS = """
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, stage_id, probability, won_status,
    contact_name, partner_name, email_from, email_normalized, email_domain_criterion,
    phone, priority, source_id, create_uid, create_date, write_date, date_conversion,
    date_closed)
SELECT n, 'Lead ' || n, CASE WHEN sold THEN 'opportunity' ELSE 'lead' END,
       status <> 'lost' AND n % 97 <> 0, u.id, teams.ids[1 + n * 7 % teams.number],
       CASE WHEN status = 'won' THEN (SELECT MIN(id) FROM crm_stage WHERE is_won)
            ELSE (SELECT MIN(id) FROM crm_stage) END,
       CASE status WHEN 'won' THEN 100 WHEN 'lost' THEN 0 ELSE 20 END, status,
       'Person ' || n, 'Prospect ' || n, address, address,
       '@prospect' || n || '.example.com', '+32 2 ' || n, '0',
       sources.ids[1 + n * 3 % sources.number], 2, came, came,
       CASE WHEN sold AND n % 10 <> 3 THEN came + n % 43 * interval '7 hours' END,
       CASE WHEN status <> 'pending' THEN came + (20 + n % 61) * interval '1 day' END
  FROM generate_series(1, {size}) n
  JOIN res_users u ON u.login = '{login}'
 CROSS JOIN (SELECT array_agg(id) AS ids, COUNT(*) AS number FROM crm_team) teams
 CROSS JOIN (SELECT array_agg(id) AS ids, COUNT(*) AS number FROM utm_source) sources
 CROSS JOIN LATERAL (
    SELECT 'person' || n || '@prospect' || n || '.example.com' AS address,
           n % 5 < 2 AS sold,
           CURRENT_DATE - (100 + n * 7919 % 730) * interval '1 day'
               + n % 86400 * interval '1 second' AS came
 ) number
 CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT sold THEN CASE n / 5 % 10 WHEN 0 THEN 'lost' ELSE 'pending' END
                WHEN n / 5 % 10 < 3 THEN 'won' WHEN n / 5 % 10 < 6 THEN 'lost'
                ELSE 'pending' END AS status
 ) ending;
SELECT setval('crm_lead_id_seq', {size});
"""

# Seven of ten were contacted, four of ten qualified.
STEPS = """
UPDATE crm_lead
   SET contacted_date = CASE WHEN id %% 10 < 7
                             THEN create_date + id %% 29 * interval '5 hours' END,
       qualified_date = CASE WHEN id %% 10 < 4
                             THEN create_date + id %% 37 * interval '6 hours' END,
       qualification_profile_id = %(profile)s
"""

DECISIONS = """
WITH decided AS (
    INSERT INTO crm_qualification_decision (
        lead_id, lead_name, company_id, profile_id, date, user_id, user_name, path,
        outcome, reason, facts, verdict, score, grade, signature)
    SELECT id, name, company_id, %(profile)s, COALESCE(date_conversion, create_date),
           user_id, 'Bench', 'wizard', outcome,
           CASE WHEN outcome = 'overridden' THEN 'Reason ' || id %% 20 END,
           jsonb_build_object('answers', (
               SELECT jsonb_agg(jsonb_build_object(
                   'key', k, 'value', 'yes', 'state', 'met', 'points', 1))
                 FROM generate_series(1, 10) k)),
           jsonb_build_object('passed', TRUE, 'checks', (
               SELECT jsonb_agg(jsonb_build_object(
                   'key', 'check' || k, 'state', 'passed', 'reason', 'All is known.'))
                 FROM generate_series(1, 6) k)),
           75, 'a1', md5(id::text)
      FROM crm_lead,
           LATERAL (SELECT (ARRAY['passed', 'passed', 'passed', 'overridden', 'flagged',
                                  'settled', 'advised'])[1 + id %% 7] AS outcome) known
     WHERE type = 'opportunity'
 RETURNING id, lead_id)
UPDATE crm_lead SET qualification_decision_id = decided.id
  FROM decided WHERE decided.lead_id = crm_lead.id
"""

ANSWERED = """
INSERT INTO crm_qualification_answer (
    criterion_id, lead_id, value_yes_no, is_zero, state, points, date)
SELECT c, l.id, CASE WHEN (l.id + c) %% 3 = 0 THEN 'no' ELSE 'yes' END, FALSE,
       CASE WHEN (l.id + c) %% 3 = 0 THEN 'not_met' ELSE 'met' END,
       CASE WHEN (l.id + c) %% 3 = 0 THEN 0 ELSE 1 END, l.create_date
  FROM crm_lead l, unnest(%(criteria)s) c
"""

# ------------------------------------------------------------ the reports, by SQL

# How far each lead came, and the days that it took.
STEPS_OF_LEADS = """
    SELECT team_id, create_date, won, lost, sold, qualified_date,
           qualified_date IS NOT NULL OR sold AS qualified,
           contacted_date IS NOT NULL OR qualified_date IS NOT NULL OR sold
               AS contacted,
           CASE WHEN contacted_date >= create_date
                THEN extract(epoch FROM contacted_date - create_date)::float8 / 86400
           END AS to_contact,
           CASE WHEN qualified_date >= contacted_date
                THEN extract(epoch FROM qualified_date - contacted_date)::float8 / 86400
           END AS to_qualify,
           CASE WHEN became >= qualified_date
                THEN extract(epoch FROM became - qualified_date)::float8 / 86400
           END AS to_convert,
           CASE WHEN won AND date_closed >= became
                THEN extract(epoch FROM date_closed - became)::float8 / 86400
           END AS to_win,
           CASE WHEN lost AND date_closed >= became
                THEN extract(epoch FROM date_closed - became)::float8 / 86400
           END AS to_lose
      FROM crm_lead,
           LATERAL (SELECT won_status = 'won' AS won, won_status = 'lost' AS lost,
                           type = 'opportunity' AS sold,
                           CASE WHEN type = 'opportunity'
                                THEN COALESCE(date_conversion, create_date)
                           END AS became) step
     WHERE (active OR won_status = 'lost')
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
"""

# As somebody would write it who knows which leads there are: of all teams, and of each.
FUNNEL = f"""
SELECT team_id, COUNT(*), SUM(contacted::int),
       100.0 * SUM(contacted::int) / COUNT(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY to_contact),
       SUM(qualified::int),
       100.0 * SUM(qualified::int) / NULLIF(SUM(contacted::int), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY to_qualify),
       SUM(sold::int), 100.0 * SUM(sold::int) / NULLIF(SUM(qualified::int), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY to_convert),
       SUM(won::int), 100.0 * SUM(won::int) / NULLIF(SUM(sold::int), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY to_win)
  FROM ({STEPS_OF_LEADS}) lead
 GROUP BY GROUPING SETS ((), (team_id))
"""

OVERRIDES = """
SELECT outcome, COUNT(*), SUM((won_status = 'won')::int),
       SUM((won_status = 'lost')::int), SUM((won_status = 'pending')::int),
       100.0 * SUM((won_status = 'won')::int)
           / NULLIF(SUM((won_status <> 'pending')::int), 0)
  FROM crm_lead l
  JOIN crm_qualification_decision d ON d.id = l.qualification_decision_id
 WHERE type = 'opportunity' AND (active OR won_status = 'lost')
   AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
   AND (d.company_id IS NULL OR d.company_id = ANY(%(companies)s))
 GROUP BY GROUPING SETS ((), (outcome))
"""
