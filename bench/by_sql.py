"""What reports and the home page show, found by one SQL statement each.

As somebody would write it who knows the profile, the teams and their territories.
"""

from .world import HIERARCHIES, LEAST_SCORE, TERRITORIES

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
     WHERE (active OR won_status <> 'pending')
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
"""

# Of all teams, and of each.
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

# By outcome, with Wilson's bounds of the won rates.
OVERRIDES = """
SELECT outcome, n, won, lost, pending, 100 * won / closed,
       100 * (won + 1.920729410347062
              - 1.959963984540054 * sqrt(won * (closed - won) / closed
                                         + 0.960364705173531))
           / (closed + 3.841458820694124),
       100 * (won + 1.920729410347062
              + 1.959963984540054 * sqrt(won * (closed - won) / closed
                                         + 0.960364705173531))
           / (closed + 3.841458820694124)
  FROM (SELECT outcome, COUNT(*) AS n, SUM((won_status = 'won')::int)::float8 AS won,
               SUM((won_status = 'lost')::int) AS lost,
               SUM((won_status = 'pending')::int) AS pending,
               NULLIF(SUM((won_status <> 'pending')::int), 0)::float8 AS closed
          FROM crm_lead l
          JOIN crm_qualification_decision d ON d.id = l.qualification_decision_id
         WHERE type = 'opportunity' AND (active OR won_status <> 'pending')
           AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
           AND (d.company_id IS NULL OR d.company_id = ANY(%(companies)s))
         GROUP BY GROUPING SETS ((), (outcome))) counted
"""

# Won rates by answer, with Wilson's bounds.
LIFT = """
WITH lead AS (
    SELECT l.id, l.won_status = 'won' AS won, l.qualification_profile_id AS profile,
           l.phone IS NOT NULL AS has_phone, p.commercial_partner_id AS account,
           COALESCE(l.company_id, u.company_id) AS company,
           l.date_closed + interval '5 minutes' AS until
      FROM crm_lead l
 LEFT JOIN res_partner p ON p.id = l.partner_id
 LEFT JOIN res_users u ON u.id = l.user_id
     WHERE l.won_status IN ('won', 'lost') AND l.qualification_profile_id IS NOT NULL
       AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
), answer AS NOT MATERIALIZED (
    SELECT a.lead_id, a.partner_id, a.company_id, a.criterion_id, a.date,
           CASE WHEN a.state = 'disqualifying' THEN 'not_met'
                ELSE a.state END AS state
      FROM crm_qualification_answer a
), account AS (
    SELECT * FROM answer WHERE partner_id IS NOT NULL
), given AS (
    SELECT a.criterion_id, won,
           CASE WHEN s.state <> 'unknown' AND s.date <= until
                     AND (s.date >= a.date OR a.state = 'unknown' OR a.date > until)
                THEN s.state
                WHEN a.state <> 'unknown' AND a.date <= until THEN a.state
                WHEN a.state <> 'unknown' OR s.state <> 'unknown' THEN 'late'
                ELSE 'unknown' END AS state
      FROM lead
      JOIN answer a ON a.lead_id = lead.id
 LEFT JOIN account s ON s.partner_id = lead.account AND s.company_id = lead.company
                    AND s.criterion_id = a.criterion_id
     UNION ALL
    SELECT s.criterion_id, won,
           CASE WHEN s.state <> 'unknown' AND s.date > until THEN 'late'
                ELSE s.state END
      FROM lead
      JOIN account s ON s.partner_id = lead.account AND s.company_id = lead.company
     WHERE NOT EXISTS (SELECT FROM crm_qualification_answer o
                        WHERE o.lead_id = lead.id AND o.criterion_id = s.criterion_id)
     UNION ALL
    SELECT c.id, won, CASE WHEN has_phone THEN 'met' ELSE 'not_met' END
      FROM lead
      JOIN crm_qualification_criterion c
        ON c.profile_id = lead.profile AND c.answer_type = 'automatic'
), total AS (
    SELECT profile, COUNT(*)::float AS n, SUM(won::int)::float AS won
      FROM lead GROUP BY profile
), counted AS (
    SELECT criterion_id, state, COUNT(*)::float AS n, SUM(won::int)::float AS won
      FROM given WHERE state <> 'unknown' GROUP BY criterion_id, state
), sample AS (
    SELECT * FROM counted
     UNION ALL
    SELECT c.id, 'unknown', total.n - SUM(counted.n), total.won - SUM(counted.won)
      FROM crm_qualification_criterion c
      JOIN total ON total.profile = c.profile_id
      JOIN counted ON counted.criterion_id = c.id
  GROUP BY c.id, total.n, total.won
)
SELECT s.criterion_id, s.state, s.n, s.won, s.won / s.n,
       (s.won / s.n + 1.92073 / s.n
        - 1.959964 * sqrt((s.won / s.n) * (1 - s.won / s.n) / s.n
                          + 0.9603647 / (s.n * s.n))) / (1 + 3.841459 / s.n),
       (s.won / s.n + 1.92073 / s.n
        + 1.959964 * sqrt((s.won / s.n) * (1 - s.won / s.n) / s.n
                          + 0.9603647 / (s.n * s.n))) / (1 + 3.841459 / s.n)
  FROM sample s
 WHERE s.n > 0 AND s.state <> 'late'
"""

# (part of the page, key, figure), one pass over the leads for the steps and what to do,
# one for the funnel, one over the contacts.
HOME = """
WITH unmet AS (
    SELECT l.id
      FROM crm_lead l
      JOIN crm_qualification_criterion c
        ON c.profile_id = l.qualification_profile_id AND c.requirement = 'met'
 LEFT JOIN crm_qualification_answer a
        ON a.criterion_id = c.id AND a.lead_id = l.id AND a.state = 'met'
       AND NOT a.is_expired
     WHERE a.id IS NULL
), overdue AS (
    SELECT lead_id FROM crm_lead_commitment
     WHERE active AND state = 'open' AND date_deadline < {today}
), counted AS (
    SELECT COUNT(*) FILTER (WHERE up) AS pool,
           COUNT(*) FILTER (WHERE led AND profile IS NULL) AS unmatched,
           COUNT(*) FILTER (WHERE blocked AND question IS NOT NULL) AS asked,
           COUNT(*) FILTER (WHERE led AND contact = 'none') AS silent,
           COUNT(*) FILTER (WHERE led AND state = 'ready') AS ready,
           COUNT(*) FILTER (WHERE blocked) AS blocked,
           COUNT(*) FILTER (WHERE going AND type = 'opportunity') AS open,
           COUNT(*) FILTER (WHERE won_status = 'won') AS won,
           COUNT(*) FILTER (WHERE won_status = 'lost') AS lost,
           COUNT(*) FILTER (WHERE won_status = 'lost' AND recycle_date IS NOT NULL
               AND recycle_to IN ('same', 'other', 'pool')
               AND recycle_outcome IS NULL) AS returning,
           COUNT(*) FILTER (WHERE judged AND contact = 'none') AS contact_none,
           COUNT(*) FILTER (WHERE judged AND contact = 'outbound') AS contact_outbound,
           COUNT(*) FILTER (WHERE judged AND contact = 'inbound') AS contact_inbound,
           COUNT(*) FILTER (WHERE judged AND (
               contact_name IS NULL AND is_company IS NOT FALSE
               OR email_normalized IS NULL AND length(
                   regexp_replace(COALESCE(phone, ''), '[^0-9]', '', 'g')) < 5
           )) AS reachable,
           COUNT(*) FILTER (WHERE judged AND id NOT IN (
               SELECT lead_id FROM crm_lead_need WHERE state = 'confirmed'
           )) AS needs_known,
           COUNT(*) FILTER (WHERE judged AND id NOT IN (
               SELECT lead_id FROM crm_lead_commitment WHERE state IN ('open', 'kept')
           )) AS committed,
           COUNT(*) FILTER (WHERE judged AND score < {least}) AS score,
           COUNT(*) FILTER (WHERE judged AND id IN (
               SELECT id FROM unmet)) AS criteria_missing,
           COUNT(*) FILTER (WHERE led AND state = 'disqualified') AS disqualified,
           COUNT(*) FILTER (WHERE going AND id IN (
               SELECT res_id FROM mail_activity
                WHERE res_model = 'crm.lead' AND active AND user_id = %(user)s
                  AND date_deadline <= {today})) AS activities,
           COUNT(*) FILTER (WHERE mine AND going AND contact = 'inbound') AS waiting,
           COUNT(*) FILTER (WHERE mine AND led AND state = 'ready') AS my_ready,
           COUNT(*) FILTER (WHERE mine AND led AND recycled_from_id IS NOT NULL
               AND contact = 'none') AS returned,
           COUNT(*) FILTER (WHERE mine AND going AND answer_due < now()
               AND contact_answered_date IS NULL) AS unanswered,
           COUNT(*) FILTER (WHERE mine AND going AND promised) AS promised,
           COUNT(*) FILTER (WHERE mine AND going AND state = 'flagged') AS flagged,
           COUNT(*) FILTER (WHERE mine AND going AND state = 'flagged'
               AND qualification_deadline < {today}) AS late
      FROM (
        SELECT l.*, p.is_company, l.id IN (SELECT lead_id FROM overdue) AS promised,
               l.qualification_profile_id AS profile, going, led,
               qualification_question_id AS question, contact_state AS contact,
               qualification_state AS state, qualification_score AS score,
               l.user_id = %(user)s AS mine, is_up_for_grabs AS up,
               led AND qualification_state IN ('blocked', 'disqualified') AS blocked,
               led AND qualification_state IN ('blocked', 'disqualified')
                   AND l.qualification_profile_id IS NOT NULL AS judged
          FROM crm_lead l
     LEFT JOIN res_partner p ON p.id = l.partner_id,
               LATERAL (SELECT l.active AND won_status = 'pending' AS going) g,
               LATERAL (SELECT going AND l.type = 'lead' AS led) f
         WHERE l.company_id IS NULL OR l.company_id = ANY(%(companies)s)
      ) lead
), person AS (
    SELECT 'person_' || COALESCE(user_id, 0) AS key,
           COUNT(*) FILTER (WHERE contact_state = 'inbound') AS waiting,
           COUNT(*) FILTER (WHERE lead AND contact_state = 'none') AS silent,
           COUNT(*) FILTER (WHERE lead AND state = 'ready') AS ready,
           COUNT(*) FILTER (WHERE lead AND state IN ('blocked', 'disqualified')
               AND create_date < {today} - 30) AS stuck,
           COUNT(qualification_exception_id) AS asked,
           COUNT(*) FILTER (WHERE id IN (SELECT lead_id FROM overdue)) AS promised,
           COUNT(*) FILTER (WHERE state = 'flagged'
               AND qualification_deadline < {today}) AS late
      FROM crm_lead,
           LATERAL (SELECT type = 'lead' AS lead, qualification_state AS state) known
     WHERE active AND won_status = 'pending'
       AND team_id IN (SELECT id FROM crm_team WHERE user_id = %(user)s)
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
  GROUP BY user_id
), asked AS (
    SELECT 'question_' || qualification_question_id AS key, COUNT(*) AS figure
      FROM crm_lead
     WHERE active AND won_status = 'pending' AND type = 'lead'
       AND qualification_state IN ('blocked', 'disqualified')
       AND id IN (SELECT id FROM unmet)
       AND qualification_question_id IN (
           SELECT id FROM crm_qualification_criterion WHERE requirement = 'met')
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
  GROUP BY qualification_question_id
  ORDER BY COUNT(*) DESC, qualification_question_id
     LIMIT 5
), funnel AS (
    SELECT COUNT(*) AS lead, SUM(contacted::int) AS contacted,
           100.0 * SUM(contacted::int) / COUNT(*) AS contacted_rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY to_contact) AS contacted_days,
           SUM(qualified::int) AS qualified,
           100.0 * SUM(qualified::int) / NULLIF(SUM(contacted::int), 0)
               AS qualified_rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY to_qualify) AS qualified_days,
           SUM(sold::int) AS opportunity,
           100.0 * SUM(sold::int) / NULLIF(SUM(qualified::int), 0) AS opportunity_rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY to_convert)
               AS opportunity_days,
           SUM((sold AND qualified_date IS NULL)::int) AS unqualified,
           SUM(won::int) AS won,
           100.0 * SUM(won::int) / NULLIF(SUM(sold::int), 0) AS won_rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY to_win) AS won_days,
           SUM(lost::int) AS lost, 100.0 * SUM(lost::int) / COUNT(*) AS lost_rate,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY to_lose) AS lost_days
      FROM ({steps}) lead
     WHERE create_date >= {today} - interval '12 months'
), contact AS (
    SELECT lifecycle, going, inside
      FROM res_partner p,
           LATERAL (SELECT COALESCE(crm_lifecycle->>%(company)s, 'prospect')
                               AS lifecycle,
                           COALESCE((crm_in_progress->>%(company)s)::bool, FALSE)
                               AS going) known,
           LATERAL (SELECT ARRAY[{conditions}] AS inside) territory
     WHERE active AND partner_share AND type = 'contact'
       AND commercial_partner_id NOT IN (SELECT partner_id FROM res_company)
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
       AND TRUE = ANY(inside)
)
SELECT 'counted', key, value::float
  FROM counted, jsonb_each_text(to_jsonb(counted))
 UNION ALL
SELECT person.key, figure.key, value::float
  FROM person, jsonb_each_text(to_jsonb(person) - 'key') figure
 UNION ALL
SELECT 'asked', key, figure FROM asked
 UNION ALL
SELECT 'funnel', key, value::float
  FROM funnel, jsonb_each_text(to_jsonb(funnel))
 UNION ALL
SELECT 'sea', 'sea', COUNT(*) FROM contact WHERE NOT going
 UNION ALL
SELECT 'sea', 'untouched', COUNT(*)
  FROM contact WHERE NOT going AND lifecycle = 'prospect'
 UNION ALL
SELECT 'Team ' || number - 1, COALESCE('territory_' || lifecycle, 'territory')
           || '_count', COUNT(*)
  FROM contact, unnest(inside) WITH ORDINALITY i (is_inside, number)
 WHERE is_inside
 GROUP BY GROUPING SETS ((number), (number, lifecycle))
 UNION ALL
SELECT 'counted', 'profiles', COUNT(*) FROM crm_qualification_profile
 WHERE active AND state = 'published'
 UNION ALL
SELECT 'counted', 'criteria', COUNT(*)
  FROM crm_qualification_criterion c
  JOIN crm_qualification_profile p ON p.id = c.profile_id AND p.active
       AND p.state = 'published'
 WHERE c.active
""".format(
    today="(now() AT TIME ZONE 'UTC')::date",
    steps=STEPS_OF_LEADS,
    least=LEAST_SCORE,
    conditions=", ".join(sql for _domain, sql in TERRITORIES + HIERARCHIES),
)
