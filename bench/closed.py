"""Many closed leads with their answers, made by SQL, and what these are worth, by SQL.

What is known of lead ``n``, and how it ended, follows from its number.
"""

from dev import postgres

from .data import LOGIN, make_user

# An account for so many leads.
LEADS_PER_ACCOUNT = 10
# Where accounts begin, above everybody whom Odoo makes.
FIRST_ACCOUNT = 1_000_000
# The first of these is of each lead and is asked of its account, too.
CRITERIA = (
    {
        "name": "How many work there?",
        "scope": "account",
        "answer_type": "number",
        "number_rule": "at_least",
        "number_min": 50,
    },
    {"name": "Is there a budget?"},
    {"name": "Is there a date?"},
    {"name": "Who decides?"},
    {"name": "Do they know us?"},
    {"name": "Is it urgent?"},
    {
        "name": "Is there a phone number?",
        "answer_type": "automatic",
        "domain": "[('phone', '!=', False)]",
    },
)


def make_reader(root):
    """The user who looks at the report.

    :param root: environment of the superuser, on a database with CRM alone
    """
    make_user(root)


def generate(database, size):
    """Fill a database that has CRM alone and the salesperson.

    :param size: number of leads and opportunities; all are closed
    """
    statements = LEADS.format(
        size=size, login=LOGIN, first=FIRST_ACCOUNT, leads=LEADS_PER_ACCOUNT
    )
    postgres.sql(statements, database)


def add_answers(root):
    """A profile of seven criteria, and five answers a lead.

    :param root: environment of the superuser, on a copy with the addon
    """
    profile = root["crm.qualification.profile"].create(
        {
            "name": "Bench",
            "sequence": -1,
            "enforcement": "off",
            "criterion_ids": [(0, 0, values) for values in CRITERIA],
        }
    )
    asked = profile.criterion_ids.filtered(lambda c: c.answer_type != "automatic")
    values = {
        "profile": profile.id,
        "size": asked[0].id,
        "criteria": asked.ids,
        "company": root.company.id,
        "first": FIRST_ACCOUNT,
    }
    root.cr.execute(ANSWERS, values)
    root.invalidate_all()


# Two of five are won. Every other one belongs to an account.
LEADS = """
INSERT INTO res_partner (id, name, complete_name, type, active, is_company,
                         partner_share, commercial_partner_id, lang)
SELECT {first} + n, 'Company ' || n, 'Company ' || n, 'contact', TRUE, TRUE, TRUE,
       {first} + n, 'en_US'
  FROM generate_series(1, {size} / {leads}) n;
SELECT setval('res_partner_id_seq', {first} + {size} / {leads});
INSERT INTO crm_lead (id, name, type, active, user_id, stage_id, probability,
                      won_status, partner_id, phone, priority, create_uid, create_date,
                      write_date, date_closed)
SELECT n, 'Lead ' || n, 'opportunity', won, u.id,
       (SELECT MIN(id) FROM crm_stage WHERE is_won = won),
       CASE WHEN won THEN 100 ELSE 0 END, CASE WHEN won THEN 'won' ELSE 'lost' END,
       CASE WHEN n % 2 = 0 THEN {first} + 1 + n % ({size} / {leads}) END,
       CASE WHEN n % 3 = 0 THEN '+32 2 ' || n END, '0', 2, day, day,
       day + n % 61 * interval '1 day'
  FROM generate_series(1, {size}) n
  JOIN res_users u ON u.login = '{login}'
 CROSS JOIN LATERAL (SELECT (n * 7919 % 1000) % 5 < 2 AS won,
                            timestamp '2025-01-01' + n % 365 * interval '1 day' AS day)
            number;
SELECT setval('crm_lead_id_seq', {size});
"""

# Five answers a lead on average, and one about each account; a fifth of the numbers
# have expired, a tenth of the others say nothing.
ANSWERS = """
UPDATE crm_qualification_profile SET enforcement = 'advise' WHERE id = %(profile)s;
UPDATE crm_lead SET qualification_profile_id = %(profile)s;
INSERT INTO crm_qualification_answer (
    criterion_id, lead_id, partner_id, company_id, value_number, value_yes_no, is_zero,
    state, points, date)
SELECT c, lead, account, company, CASE WHEN c = %(size)s THEN k %% 100 END,
       CASE WHEN c <> %(size)s AND state <> 'unknown'
            THEN CASE state WHEN 'met' THEN 'yes' ELSE 'no' END END,
       FALSE, CASE WHEN c = %(size)s AND k %% 5 = 0 THEN 'expired' ELSE state END,
       0, timestamp '2025-06-01' + k * 7 %% 97 * interval '1 day'
  FROM (
    SELECT c, l.id AS lead, NULL::int AS account, l.company_id AS company,
           (l.id * 31 + c * 17) %% 9973 AS k
      FROM crm_lead l, unnest(%(criteria)s) c
     WHERE (l.id + c) %% 6 > 0
     UNION ALL
    SELECT %(size)s, NULL, p.id, %(company)s, p.id * 13 %% 9973
      FROM res_partner p WHERE p.id > %(first)s
  ) given
 CROSS JOIN LATERAL (
    SELECT CASE WHEN c = %(size)s THEN CASE WHEN k %% 100 >= 50 THEN 'met'
                                            ELSE 'not_met' END
                WHEN k %% 10 = 0 THEN 'unknown' WHEN k %% 10 < 6 THEN 'met'
                ELSE 'not_met' END AS state
 ) worth;
"""

# ------------------------------------------------------------ the report, by SQL

# As somebody would write it who knows these criteria: won rates by answer, with
# Wilson's bounds, and the lift.
LIFT = """
WITH lead AS (
    SELECT l.id, l.won_status = 'won' AS won, l.qualification_profile_id AS profile,
           l.phone IS NOT NULL AS has_phone, p.commercial_partner_id AS account,
           COALESCE(l.company_id, u.company_id) AS company
      FROM crm_lead l
 LEFT JOIN res_partner p ON p.id = l.partner_id
 LEFT JOIN res_users u ON u.id = l.user_id
     WHERE l.won_status IN ('won', 'lost') AND l.qualification_profile_id IS NOT NULL
       AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
), answer AS NOT MATERIALIZED (
    SELECT a.lead_id, a.partner_id, a.company_id, a.criterion_id, a.date,
           CASE WHEN a.state <> 'expired' THEN a.state
                WHEN a.value_number >= 50 THEN 'met' ELSE 'not_met' END AS state
      FROM crm_qualification_answer a
), account AS (
    SELECT * FROM answer WHERE partner_id IS NOT NULL
), given AS (
    SELECT a.criterion_id, won,
           CASE WHEN s.date >= a.date OR a.state = 'unknown' AND s.date IS NOT NULL
                THEN s.state ELSE a.state END AS state
      FROM lead
      JOIN answer a ON a.lead_id = lead.id
 LEFT JOIN account s ON s.partner_id = lead.account AND s.company_id = lead.company
                    AND s.criterion_id = a.criterion_id
     UNION ALL
    SELECT s.criterion_id, won, s.state
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
                          + 0.9603647 / (s.n * s.n))) / (1 + 3.841459 / s.n),
       s.won / s.n / (total.won / total.n)
  FROM sample s
  JOIN crm_qualification_criterion c ON c.id = s.criterion_id
  JOIN total ON total.profile = c.profile_id
 WHERE s.n > 0
 ORDER BY 8 DESC
"""
