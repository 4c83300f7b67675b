"""Many contacts, made by SQL, and the territories of the teams that sell to them.

A fifth are accounts, each with three people; every second account has an address for
deliveries, too, and for every other one there is a person without an account. Half of
the accounts were sold to in the past or are now.
"""

import random

from dev import postgres

from .data import LOGIN, SEED, add_profile, answer_for_accounts, make_user

# An account, its people, and an address or somebody without an account.
GROUP = 5
# Accounts are treated alike in steps of this.
LEAST_SIZE = 20 * GROUP
# First ids of what is generated, above all that a new database has.
FIRST_PARTNER, FIRST_LEAD, FIRST_MESSAGE = 10_000, 1000, 10_000

CITIES = ("Ghent", "Antwerp", "Bruges", "Brussels", "Paris", "Lille", "Utrecht")
# The salesperson is in the first of these teams. They overlap.
TERRITORIES = {
    "Flanders": "[('country_id', 'in', [{country}]), "
    "('city', 'in', ['Ghent', 'Antwerp', 'Bruges'])]",
    "Belgium": "[('country_id.code', '=', 'BE')]",
    "Companies": "[('is_company', '=', True)]",
    "Abroad": "[('country_id', 'not in', [{country}])]",
}
SHARE_BLACKLISTED = 50


def generate(database, size):
    """Fill a database that has CRM alone and the salesperson.

    :param size: number of contacts and accounts; a fifth as many leads
    """
    cities = ", ".join(f"'{city}'" for city in CITIES)
    numbers = {
        "size": size,
        "group": GROUP,
        "cities": f"(ARRAY[{cities}])",
        "different_cities": len(CITIES),
        "first_partner": FIRST_PARTNER,
        "first_lead": FIRST_LEAD,
        "first_message": FIRST_MESSAGE,
        "share_blacklisted": SHARE_BLACKLISTED,
    }
    # Each in a session of its own, as in history.py.
    for statements in (PARTNERS, LEADS, MESSAGES, BLACKLIST, SEQUENCES):
        postgres.sql(statements.format(**numbers), database)


def make_salesperson(root):
    """The user who looks at the contacts.

    :param root: environment of the superuser, on a database with CRM alone
    """
    make_user(root)


def add_territories(root):
    """Teams with territories, and what is known about a half of the accounts.

    :param root: environment of the superuser, on a copy with the addon
    """
    env = root(context={"tracking_disable": True})
    answer_for_accounts(env, add_profile(env), random.Random(SEED))
    country = env.ref("base.be").id
    teams = env["crm.team"].create(
        [
            {"name": name, "territory_domain": domain.format(country=country)}
            for name, domain in TERRITORIES.items()
        ]
    )
    teams[0].member_ids = env["res.users"].search([("login", "=", LOGIN)])
    env.flush_all()
    kinds = env["res.partner"]._read_group([], ["crm_lifecycle"])
    if len(kinds) != len(env["res.partner"]._fields["crm_lifecycle"].selection):
        raise AssertionError(f"not every lifecycle is there: {kinds}")


PARTNERS = """
INSERT INTO res_partner (id, name, complete_name, type, parent_id, email,
                         email_normalized, phone, active, is_company, partner_share,
                         commercial_partner_id, commercial_company_name, lang,
                         street, zip, city, country_id, create_date, write_date)
SELECT id, name,
       CASE WHEN id = account THEN name ELSE 'Company ' || a || ', ' || name END,
       CASE WHEN is_address THEN 'delivery' ELSE 'contact' END,
       CASE WHEN id <> account THEN account END,
       address, address, '+32 2 ' || n, TRUE, part = 0, TRUE, account,
       CASE WHEN account <> id OR part = 0 THEN 'Company ' || a END, 'en_US',
       'Street ' || n, '9' || n % 1000, {cities}[1 + place],
       (SELECT id FROM res_country
         WHERE code = CASE WHEN place < 4 THEN 'BE' WHEN place < 6 THEN 'FR'
                           ELSE 'NL' END),
       now(), now()
  FROM generate_series(0, {size} - 1) n,
       LATERAL (SELECT {first_partner} + n AS id, n % {group} AS part,
                       n / {group} AS a) number,
       LATERAL (SELECT part = 4 AND a % 2 = 0 AS is_address,
                       part = 4 AND a % 2 = 1 AS is_alone,
                       a * 31 % {different_cities} AS place) kind,
       LATERAL (SELECT CASE WHEN is_alone THEN id
                            ELSE {first_partner} + a * {group} END AS account,
                       CASE WHEN part = 0 THEN 'Company ' || a
                            WHEN is_address THEN 'Warehouse ' || a
                            ELSE 'Person ' || n * 7919 % {size} END AS name,
                       CASE WHEN NOT is_address
                            THEN 'person' || n || '@company' || a || '.example.com'
                       END AS address) more;
"""

# Of twenty accounts two have an open lead, two an open opportunity, two were won, four
# are lost, each with one of the first two of its people; the others have nothing. Every
# one of these has two leads.
LEADS = """
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, stage_id, probability,
    automated_probability, won_status, lost_reason_id, date_closed, partner_id,
    contact_name, email_from, email_normalized, email_domain_criterion, phone,
    expected_revenue, priority, create_uid, create_date, write_date)
SELECT {first_lead} + row_number() OVER (), 'Lead of ' || p.name,
       CASE WHEN kind IN (0, 1) THEN 'lead' ELSE 'opportunity' END,
       NOT lost, u.id, (SELECT MIN(id) FROM crm_team),
       CASE WHEN won THEN (SELECT MIN(id) FROM crm_stage WHERE is_won)
            ELSE (SELECT MIN(id) FROM crm_stage) END,
       chance, chance,
       CASE WHEN won THEN 'won' WHEN lost THEN 'lost' ELSE 'pending' END,
       CASE WHEN lost THEN (SELECT MIN(id) FROM crm_lost_reason) + a % 3 END,
       CASE WHEN won OR lost THEN now() - interval '9 days' END,
       p.id, p.name, p.email, p.email, '@' || split_part(p.email, '@', 2), p.phone,
       p.id, '0', 2, now() - interval '700 days', now()
  FROM generate_series(0, {size} / {group} - 1) a
  JOIN LATERAL (SELECT a % 20 AS kind) which ON kind < 10
  JOIN LATERAL (SELECT kind IN (4, 5) AS won, kind > 5 AS lost) ending ON TRUE
  JOIN LATERAL (SELECT CASE WHEN won THEN 100 WHEN lost THEN 0 ELSE 20 END AS chance)
       likely ON TRUE
  JOIN generate_series(1, 2) part ON TRUE
  JOIN res_partner p ON p.id = {first_partner} + a * {group} + part
  JOIN res_users u ON u.login = 'bench';
"""

# Every second lead was answered; one of the people of every third account wrote to us.
MESSAGES = """
INSERT INTO mail_message (id, model, res_id, message_type, subtype_id, is_internal,
                          author_id, email_from, create_uid, subject, body, date,
                          create_date, message_id)
SELECT {first_message} + row_number() OVER (), model, res_id, 'email',
       (SELECT res_id FROM ir_model_data
         WHERE model = 'mail.message.subtype' AND name = 'mt_comment'),
       FALSE, author, address, 1, 'Our needs', '<p>Hello</p>', sent, sent,
       '<' || row_number() OVER () || '@bench>'
  FROM (SELECT 'crm.lead' AS model, id AS res_id, partner_id AS author,
               email_from AS address, now() - id % 600 * interval '1 day' AS sent
          FROM crm_lead
         WHERE id % 2 = 0
         UNION ALL
        SELECT 'res.partner', id, id, email, now() - id % 700 * interval '1 day'
          FROM res_partner
         WHERE id >= {first_partner} AND (id - {first_partner}) % {group} = 2
           AND (id - {first_partner}) / {group} % 3 = 0) wrote;
"""

BLACKLIST = """
INSERT INTO mail_blacklist (email, active)
SELECT email_normalized, TRUE
  FROM res_partner
 WHERE id >= {first_partner} AND id % {share_blacklisted} = 0
       AND email_normalized IS NOT NULL;
"""

SEQUENCES = """
SELECT setval(pg_get_serial_sequence(name, 'id'), 10000000)
  FROM unnest('{{res_partner,crm_lead,mail_message}}'::text[]) name;
"""
