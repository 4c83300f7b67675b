"""What the home page counts besides leads and decisions, and its figures by SQL.

Everything about lead or contact ``n`` follows from its number.
"""

from . import deals
from .data import LOGIN

LEADS_PER_CONTACT = 4
# First id of the contacts, above all that a new database has.
FIRST_CONTACT = 100_000
CITIES = ("Ghent", "Antwerp", "Bruges", "Brussels", "Paris", "Lille", "Utrecht")
# The territories of the salesperson's teams, as domain and as SQL; they overlap.
TERRITORIES = (
    ("[('city', '=', 'Ghent')]", "city = 'Ghent'"),
    ("[('city', 'in', ['Antwerp', 'Bruges'])]", "city IN ('Antwerp', 'Bruges')"),
    ("[('is_company', '=', True)]", "is_company"),
    (
        "[('category_id', 'child_of', {tag})]",
        "p.id IN (SELECT r.partner_id FROM res_partner_res_partner_category_rel r"
        " JOIN res_partner_category t ON t.id = r.category_id"
        " JOIN res_partner_category top ON t.parent_path LIKE top.parent_path || '%%'"
        " WHERE top.name->>'en_US' = 'Sea')",
    ),
    (
        "[('id', 'child_of', {account})]",
        f"(p.id = {FIRST_CONTACT} OR p.parent_id = {FIRST_CONTACT})",
    ),
)


def add_home_facts(root):
    """Decisions, what else is known of the leads, and who is in the sea.

    The salesperson leads a team for each of the territories.

    :param root: environment of the superuser, on a copy with the addon
    """
    profile = deals.add_decisions(root)
    user = root["res.users"].search([("login", "=", LOGIN)])
    top = root["res.partner.category"].create({"name": "Sea"})
    tag = root["res.partner.category"].create({"name": "Fish", "parent_id": top.id})
    teams = root["crm.team"].search([("name", "like", "Team %")], order="id")
    for team, (domain, _condition) in zip(teams, TERRITORIES, strict=False):
        domain = domain.format(tag=top.id, account=FIRST_CONTACT)
        team.write({"user_id": user.id, "territory_domain": domain})
    leads = root["crm.lead"].with_context(active_test=False).search_count([])
    values = {
        "profile": profile.id,
        "criteria": profile.criterion_ids.ids,
        "user": user.id,
        "activity": root.ref("mail.mail_activity_data_todo").id,
        "model": root["ir.model"]._get_id("crm.lead"),
        "company": str(user.company_id.id),
        "cities": list(CITIES),
        "first": FIRST_CONTACT,
        "contacts": leads // LEADS_PER_CONTACT,
        "tag": tag.id,
    }
    root.flush_all()
    for statement in (JUDGED, RETURNED, NEEDS, COMMITMENTS, ACTIVITIES, SEA, TAGGED):
        root.cr.execute(statement, values)
    root.invalidate_all()


def get_figures(page):
    """The figures of the page, each as the SQL names it.

    :param page: what ``crm.lead.get_home`` gave
    :returns: ``{(part, key): figure}``
    """
    figures = {}
    for step in page["steps"]:
        for number in step["numbers"]:
            part = "sea" if number["key"] in ("sea", "untouched") else "counted"
            figures[part, number["key"]] = number["count"]
    for step in page["funnel"]["steps"]:
        figures["funnel", step["key"]] = step["count"]
        for name in ("rate", "days"):
            figures["funnel", f"{step['key']}_{name}"] = step[name]
    figures["funnel", "unqualified"] = page["funnel"]["unqualified"]["count"]
    for number in page["stuck"]["reasons"]:
        part = "asked" if number["key"].startswith("question_") else "counted"
        figures[part, number["key"]] = number["count"]
    for number in page["today"]:
        mine = "my_ready" if number["key"] == "ready" else number["key"]
        figures["counted", mine] = number["count"]
    for team in page["territory"]:
        for number in team["numbers"]:
            figures[team["name"], number["key"]] = number["count"]
    return figures


# Of ten leads seven are blocked, one is ruled out, two are ready; a few have no
# profile. A seventh of the opportunities is flagged, a third of these too long.
JUDGED = """
UPDATE crm_qualification_profile
   SET enforcement = 'advise', score_min = 50 WHERE id = %(profile)s;
UPDATE crm_lead
   SET contact_state = (ARRAY['none', 'outbound', 'inbound', 'two_way'])[1 + id %% 4],
       qualification_score = id * 7 %% 101,
       qualification_profile_id = CASE WHEN id %% 50 <> 3 THEN %(profile)s END,
       qualification_question_id = CASE WHEN id %% 6 > 0
            THEN (%(criteria)s)[1 + id %% 5] END,
       qualification_state = CASE
            WHEN id %% 50 = 3 THEN 'none'
            WHEN type = 'opportunity' THEN CASE WHEN id %% 7 = 4 THEN 'flagged'
                                                ELSE 'qualified' END
            WHEN id / 5 %% 10 < 2 THEN 'ready' WHEN id / 5 %% 10 = 2 THEN 'disqualified'
            ELSE 'blocked' END,
       qualification_deadline = CASE WHEN type = 'opportunity' AND id %% 7 = 4
            THEN CURRENT_DATE + 5 - id %% 9 END,
       recycle_to = CASE WHEN won_status = 'lost' THEN
            (ARRAY['never', 'same', 'pool'])[1 + id / 5 %% 3] END,
       recycle_date = CASE WHEN won_status = 'lost' AND id / 5 %% 3 > 0
            THEN CURRENT_DATE + 30 END
"""

# Every hundredth open lead came back, half of these for whoever takes them.
RETURNED = """
UPDATE crm_lead l
   SET recycled_from_id = lost.id, attempt = 2, is_pooled = l.id %% 2 = 0,
       is_up_for_grabs = l.id %% 2 = 0,
       user_id = CASE WHEN l.id %% 2 = 1 THEN l.user_id END
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n
          FROM crm_lead WHERE type = 'lead' AND active AND won_status = 'pending') open
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n
          FROM crm_lead WHERE won_status = 'lost') lost ON lost.n * 100 = open.n
 WHERE l.id = open.id
"""

NEEDS = """
INSERT INTO crm_lead_need (lead_id, name, state, sequence)
SELECT id, 'Need ' || k, CASE WHEN (id + k) %% 3 = 0 THEN 'suspected'
                              ELSE 'confirmed' END, k
  FROM crm_lead, generate_series(1, 2) k WHERE id %% 4 > 0
"""

COMMITMENTS = """
INSERT INTO crm_lead_commitment (lead_id, name, kind, state)
SELECT id, 'Demo', 'meeting', (ARRAY['open', 'kept', 'broken'])[1 + id / 3 %% 3]
  FROM crm_lead WHERE id %% 3 > 0
"""

ACTIVITIES = """
INSERT INTO mail_activity (res_model_id, res_model, res_id, activity_type_id, user_id,
                           date_deadline, active)
SELECT %(model)s, 'crm.lead', id, %(activity)s, %(user)s, CURRENT_DATE + 2 - id %% 5,
       TRUE
  FROM crm_lead WHERE active AND id / 5 %% 8 = 0
"""

# A fifth are accounts, each with four people. Half of the accounts were sold to.
SEA = """
INSERT INTO res_partner (id, name, complete_name, type, parent_id, active, is_company,
                         partner_share, commercial_partner_id, lang, city,
                         crm_lifecycle, crm_in_progress)
SELECT %(first)s + n, 'Contact ' || n, 'Contact ' || n, 'contact',
       CASE WHEN n %% 5 > 0 THEN account END, TRUE, n %% 5 = 0, TRUE, account, 'en_US',
       (%(cities)s)[1 + n / 5 * 3 %% array_length(%(cities)s, 1)],
       CASE WHEN state <> 'prospect'
            THEN jsonb_build_object(%(company)s, state) END,
       CASE WHEN state IN ('lead', 'opportunity')
            THEN jsonb_build_object(%(company)s, TRUE) END
  FROM generate_series(0, %(contacts)s - 1) n,
       LATERAL (SELECT %(first)s + n / 5 * 5 AS account,
                       (ARRAY['lead', 'opportunity', 'customer', 'lost', 'prospect'])
                           [1 + LEAST(n / 5 %% 8, 4)] AS state) known
"""

TAGGED = """
INSERT INTO res_partner_res_partner_category_rel (partner_id, category_id)
SELECT id, %(tag)s FROM res_partner WHERE id >= %(first)s AND id %% 3 = 0
"""


# ------------------------------------------------------------ the page, by SQL

# As somebody would write it who knows the profile, the teams and their territories:
# (part of the page, key, figure), one pass over the leads for the steps and what to do,
# one for the funnel, one over the contacts.
FIGURES = """
WITH counted AS (
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
           COUNT(*) FILTER (WHERE judged AND score < 50) AS score,
           COUNT(*) FILTER (WHERE led AND state = 'disqualified') AS disqualified,
           COUNT(*) FILTER (WHERE going AND id IN (
               SELECT res_id FROM mail_activity
                WHERE res_model = 'crm.lead' AND active AND user_id = %(user)s
                  AND date_deadline <= {today})) AS activities,
           COUNT(*) FILTER (WHERE mine AND going AND contact = 'inbound') AS waiting,
           COUNT(*) FILTER (WHERE mine AND led AND state = 'ready') AS my_ready,
           COUNT(*) FILTER (WHERE mine AND led AND recycled_from_id IS NOT NULL
               AND contact = 'none') AS returned,
           COUNT(*) FILTER (WHERE mine AND going AND state = 'flagged'
               AND qualification_deadline < {today}) AS late
      FROM (
        SELECT l.*, p.is_company, l.qualification_profile_id AS profile, going, led,
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
), asked AS (
    SELECT 'question_' || qualification_question_id AS key, COUNT(*) AS figure
      FROM crm_lead
     WHERE active AND won_status = 'pending' AND type = 'lead'
       AND qualification_state IN ('blocked', 'disqualified')
       AND qualification_question_id IS NOT NULL
       AND (company_id IS NULL OR company_id = ANY(%(companies)s))
  GROUP BY 1
  ORDER BY 2 DESC, 1
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
SELECT 'counted', 'profiles', COUNT(*) FROM crm_qualification_profile WHERE active
 UNION ALL
SELECT 'counted', 'criteria', COUNT(*)
  FROM crm_qualification_criterion c
  JOIN crm_qualification_profile p ON p.id = c.profile_id AND p.active
""".format(
    today="(now() AT TIME ZONE 'UTC')::date",
    steps=deals.STEPS_OF_LEADS,
    conditions=", ".join(condition for _domain, condition in TERRITORIES),
)
