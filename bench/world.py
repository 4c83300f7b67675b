"""The one world that all is measured in: made by SQL, the same at every run.

Everything follows from numbers: whose lead ``n`` is and how it ended, what its message
``k`` is and when it was written, what is known about it, from the number of the lead
and its own within it. So plain Python, and SQL that was written for just this world,
can say what there is to find.

Of each 100 leads 45 are open, and 15 open opportunities; 15 are won, 15 lost as
opportunities, 10 as leads. A few are archived without being lost. There are as many
contacts as leads: a fifth are accounts, each with three people and an address for
deliveries or somebody without an account. Every other account has five leads, with its
people, and these are half of all leads; the other accounts have nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from dev import postgres

# The salesperson who works in the measures, in no team; who is in the first team, who
# leads all of them, who share the leads that are converted in mass, and a customer.
LOGIN, MEMBER, LEADER = "bench", "bench_member", "bench_leader"
COLLEAGUES = ("bench_colleague_1", "bench_colleague_2")
PORTAL = "bench_portal"
STRANGER = "supplier@supplier.example.com"
# Marks of leads, in ``referred``. About the first two everything is known that the gate
# asks for, but nobody is their customer yet.
READY = "ready"
MASS = "mass"
# One of so many, a contact of an account whose every question is answered: ten answers.
KNOWN = "known"
KNOWN_SHARE = 4
ANSWERS = 10
READY_LEADS, MASS_LEADS = 100, 200
MARKED = READY_LEADS + MASS_LEADS
# Leads come in multiples of the one, and there are at least these.
SIZES, LEAST_SIZE = 100, 800
# First id of the contacts, above all that a new database has; an account, its people,
# and an address or somebody without an account follow each other.
FIRST_CONTACT, GROUP = 100_000, 5
PROFILE = "Bench"
LEAST_SCORE = 40

# Type, scope, weight, days of validity, required, disqualifying. The weights make every
# score a whole number of hundredths, so that all ways of rounding agree.
CRITERIA = (
    ("choice", "lead", 3, 90, True, False),
    ("yes_no", "lead", 3, 180, True, False),
    ("yes_no", "lead", 2, 365, True, True),
    ("number", "lead", 2, 90, False, False),
    ("yes_no", "lead", 2, 60, False, False),
    ("date", "lead", 2, 120, False, False),
    ("number", "lead", 2, 365, False, False),
    ("text", "lead", 1, 0, False, False),
    ("choice", "account", 1, 0, False, False),
    ("number", "account", 1, 0, False, False),
    ("automatic", "lead", 1, 0, False, False),
)
CHOICES = (("Yes", 100), ("Partly", 60), ("Not yet", 0))
# Numbers have to be at least this.
LEAST_NUMBER = 50
EXPIRING = sum(bool(validity) for _t, _s, _w, validity, _r, _d in CRITERIA)
# Which leads n have an answer k that expires today.
NOTHING_EXPIRES = "FALSE"
EXPIRES = {
    "a tenth": f"n % 20 = 10 AND k = n / 20 % {EXPIRING}",
    "all": f"k = n % {EXPIRING} OR n % 4 = 0 AND k = (n + 3) % {EXPIRING}",
}

# The territories of the teams, as domain and as SQL; they overlap.
BELGIUM = "(SELECT id FROM res_country WHERE code = 'BE')"
TERRITORIES = (
    (
        "[('country_id', 'in', [{country}]), "
        "('city', 'in', ['Ghent', 'Antwerp', 'Bruges'])]",
        f"country_id = {BELGIUM} AND city IN ('Ghent', 'Antwerp', 'Bruges')",
    ),
    ("[('country_id.code', '=', 'BE')]", f"country_id = {BELGIUM}"),
    ("[('is_company', '=', True)]", "is_company"),
    (
        "[('country_id', 'not in', [{country}])]",
        f"(country_id IS NULL OR country_id <> {BELGIUM})",
    ),
)
# More of them, for the home page alone.
HIERARCHIES = (
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
CITIES = ("Ghent", "Antwerp", "Bruges", "Brussels", "Paris", "Lille", "Utrecht")

# ------------------------------------------------------------ messages

# Numbers of messages of one lead, in turns; five on average.
MESSAGES = (0, 1, 2, 3, 4, 6, 8, 16)
# A change of lead, then of number, moves far within these circles.
KIND_CIRCLE, TIME_CIRCLE = 9973, 9967
# Minutes that one step of the circle of times is long; all of it: 22 months.
STEP = 97
# Of one lead in so many all messages are of one of these days: who was in touch then
# crosses a limit of the grade today. Days ago.
LIMIT_SHARE, LIMIT_DAYS = 7, (15, 31, 91)


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
    subtype: str = "mt_comment"
    sender: str = "ours"
    creator: str = "ours"
    recipient: str = ""
    activity: str = ""
    subject: str = "Our offer"


WROTE = Kind(6, "outbound", "email_outgoing")
REPLIED = Kind(8, "inbound", "email", sender="customer", creator="root")
KINDS = (
    # of no contact value
    Kind(38, None, "notification", "mt_lead_stage"),
    Kind(14, None, "comment", "mt_note"),
    Kind(4, None, "comment", recipient="ours"),
    Kind(2, None, "notification", "mt_activities", activity="todo"),
    # from us
    Kind(9, "outbound", "comment", recipient="customer"),
    WROTE,
    Kind(3, "tried", "notification", "mt_activities", activity="call"),
    Kind(2, "outbound", "email", creator="root", recipient="customer"),
    Kind(1, None, "email", creator="root"),
    # from them
    REPLIED,
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
    Kind(1, "reached", "notification", "mt_activities", activity="meeting"),
)
# The kind of every percent.
KIND_OF = tuple(kind for kind in KINDS for _percent in range(kind.share))


def get_today():
    """The day as Odoo sees it (UTC)."""
    return datetime.now(timezone.utc).date()


# ------------------------------------------------------------ what stock Odoo has


def make_people(root):
    """The users, and the teams of the salespeople.

    :param root: environment of the superuser, on a database with CRM alone
    """
    env = root(context={"tracking_disable": True, "no_reset_password": True})
    env["res.config.settings"].create({"group_use_lead": True}).execute()
    seller = env.ref("sales_team.group_sale_salesman_all_leads")
    users = env["res.users"].create(
        [
            {
                "name": login.replace("_", " ").capitalize(),
                "login": login,
                "email": f"{login}@ours.example.com",
                "group_ids": [(6, 0, group.ids)],
            }
            for login, group in [
                *((login, seller) for login in (LOGIN, MEMBER, LEADER, *COLLEAGUES)),
                (PORTAL, env.ref("base.group_portal")),
            ]
        ]
    )
    env["res.partner"].create({"name": "Supplier", "email": STRANGER})
    teams = env["crm.team"].create(
        [
            {"name": f"Team {number}", "user_id": users[2].id}
            for number in range(len(TERRITORIES))
        ]
    )
    teams[0].member_ids = users[1]
    top = env["res.partner.category"].create({"name": "Sea"})
    env["res.partner.category"].create({"name": "Fish", "parent_id": top.id})


def fill(database, size, day):
    """Contacts, leads and opportunities, messages, meetings.

    :param database: with CRM alone and the people
    :param size: number of contacts, and of leads and opportunities
    :param date day: today; all that has happened was before
    """
    # Each in a session of its own: PostgreSQL keeps the plan of a foreign key's check,
    # and one that was made for a small table is slow on a large one.
    for statements in (CONTACTS, LEADS, LOG, MEETINGS, SEQUENCES):
        postgres.sql(_fill_in(statements, size=size, day=day), database)
    postgres.sql("VACUUM ANALYZE", database)


def _fill_in(statements, **values):
    """The statements with the numbers of this world."""
    size = values.get("size", 0)
    values["day"] = f"DATE '{values['day']}'"
    return statements.format(
        accounts=size // GROUP,
        # accounts with leads, which stand beside those without
        sold=size // GROUP // 2,
        first=FIRST_CONTACT,
        group=GROUP,
        cities=_get_array(CITIES),
        marked=MARKED,
        ready_leads=READY_LEADS,
        ready=READY,
        mass=MASS,
        known=KNOWN,
        known_share=KNOWN_SHARE,
        login=LOGIN,
        leader=LEADER,
        colleagues=_get_array(COLLEAGUES),
        portal=PORTAL,
        stranger=STRANGER,
        kinds=_get_kind_rows(),
        kind_circle=KIND_CIRCLE,
        time_circle=TIME_CIRCLE,
        step=STEP,
        limit_share=LIMIT_SHARE,
        limit_days=f"ARRAY{list(LIMIT_DAYS)}",
        messages=f"ARRAY{list(MESSAGES)}",
        message_numbers=len(MESSAGES),
        wrote=KIND_OF.index(WROTE),
        replied=KIND_OF.index(REPLIED),
        profile=PROFILE,
        least=LEAST_SCORE,
        least_number=LEAST_NUMBER,
        **values,
    )


def _get_array(words):
    return f"(ARRAY[{', '.join(map(repr, words))}])"


def _get_kind_rows():
    """The kinds as rows of a VALUES list: first and last percent, then as in Kind."""
    rows, first = [], 0
    for kind in KINDS:
        words = (
            kind.message_type,
            kind.subtype,
            kind.sender,
            kind.creator,
            kind.recipient,
            kind.activity,
            kind.subject,
        )
        quoted = ", ".join(map(repr, words))
        rows.append(f"({first}, {first + kind.share - 1}, {quoted})")
        first += kind.share
    return ",\n".join(rows)


CONTACTS = """
INSERT INTO res_partner (id, name, complete_name, type, parent_id, email,
                         email_normalized, phone, phone_sanitized, active, is_company,
                         partner_share, commercial_partner_id, commercial_company_name,
                         lang, street, zip, city, country_id, create_uid, create_date,
                         write_date)
SELECT id, name,
       CASE WHEN id = account THEN name ELSE 'Company ' || a || ', ' || name END,
       CASE WHEN is_address THEN 'delivery' ELSE 'contact' END,
       CASE WHEN id <> account THEN account END,
       address, address, '+32 2 ' || 5000000 + n, '+322' || 5000000 + n, TRUE, part = 0,
       TRUE, account, CASE WHEN account <> id OR part = 0 THEN 'Company ' || a END,
       'en_US', 'Street ' || n, '9' || n % 1000, {cities}[1 + place],
       (SELECT id FROM res_country
         WHERE code = CASE WHEN place < 4 THEN 'BE' WHEN place < 6 THEN 'FR'
                           ELSE 'NL' END),
       1, {day}, {day}
  FROM generate_series(0, {size} - 1) n,
       LATERAL (SELECT {first} + n AS id, n % {group} AS part, n / {group} AS a) number,
       LATERAL (SELECT part = 4 AND a % 2 = 0 AS is_address,
                       part = 4 AND a % 2 = 1 AS is_alone,
                       a * 31 % array_length({cities}, 1) AS place) kind,
       LATERAL (SELECT CASE WHEN is_alone THEN id ELSE {first} + a * {group} END
                           AS account,
                       CASE WHEN part = 0 THEN 'Company ' || a
                            WHEN is_address THEN 'Warehouse ' || a
                            ELSE 'Person ' || n::bigint * 7919 % {size} END AS name,
                       CASE WHEN NOT is_address
                            THEN 'person' || n || '@company' || a || '.example.com'
                       END AS address) more;
INSERT INTO mail_blacklist (email, active)
SELECT email_normalized, TRUE FROM res_partner
 WHERE id >= {first} AND id % 50 = 3 AND email_normalized IS NOT NULL;
INSERT INTO res_partner_res_partner_category_rel (partner_id, category_id)
SELECT p.id, tag.id
  FROM res_partner p, res_partner_category tag
 WHERE p.id >= {first} AND p.id % 3 = 0 AND tag.name ->> 'en_US' = 'Fish';
"""

# All leads of an account end in the same way. Some write from a free mail provider.
LEADS = """
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, stage_id, company_id, lang_id,
    probability, automated_probability, won_status, lost_reason_id, source_id,
    date_open, date_last_stage_update, date_conversion, date_closed, partner_id,
    contact_name, partner_name, email_from, email_normalized, email_domain_criterion,
    phone, phone_sanitized, expected_revenue, priority, referred, create_uid,
    create_date, write_date)
SELECT n, 'Lead ' || n, CASE WHEN sold THEN 'opportunity' ELSE 'lead' END,
       NOT lost AND (n % 97 > 0 OR is_sure),
       (SELECT id FROM res_users WHERE login = CASE
            WHEN n > {ready_leads} AND is_marked THEN {colleagues}[1 + n % 2]
            WHEN n % 4 = 1 AND NOT is_marked THEN '{leader}' ELSE '{login}' END),
       teams.ids[CASE WHEN is_marked THEN 1 ELSE 1 + n % teams.number END],
       CASE WHEN won THEN (SELECT MIN(id) FROM crm_stage WHERE is_won)
            ELSE (SELECT MIN(id) FROM crm_stage) + n % 3 END,
       (SELECT MIN(id) FROM res_company),
       CASE WHEN p.id > 0 THEN (SELECT MIN(id) FROM res_lang WHERE active) END,
       chance, chance,
       CASE WHEN won THEN 'won' WHEN lost THEN 'lost' ELSE 'pending' END,
       CASE WHEN lost THEN (SELECT MIN(id) FROM crm_lost_reason) + n % 3 END,
       sources.ids[1 + n % sources.number], came, came,
       CASE WHEN sold AND n % 10 <> 3 THEN came + n % 43 * interval '7 hours' END,
       CASE WHEN won OR lost THEN came + (20 + n % 61) * interval '1 day' END,
       p.id, COALESCE(p.name, 'Visitor ' || n),
       COALESCE(p.commercial_company_name, 'Prospect ' || n), address, address,
       CASE WHEN address LIKE '%@gmail.com' THEN address
            ELSE '@' || split_part(address, '@', 2) END,
       CASE WHEN has_phone THEN '+32 2 ' || 3000000 + n END,
       CASE WHEN has_phone THEN '+322' || 3000000 + n END,
       n % 50000, '0',
       CASE WHEN n <= {ready_leads} THEN '{ready}' WHEN is_marked THEN '{mass}'
            WHEN is_sure THEN '{known}' END, 1, came, came
  FROM generate_series(1, {size}) n
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids, COUNT(*) AS number
               FROM crm_team) teams
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids, COUNT(*) AS number
               FROM utm_source) sources
 CROSS JOIN LATERAL (
       SELECT n <= {marked} AS is_marked,
              n <= {marked} OR n % {known_share} = 2 AS is_sure,
              n <= {marked} OR n % 3 > 0 AS has_phone,
              {day} - (100 + n::bigint * 7919 % 730) * interval '1 day'
                    + n % 86400 * interval '1 second' AS came
       ) mark
 CROSS JOIN LATERAL (
       SELECT CASE WHEN is_sure THEN 14 WHEN n % 2 = 0 THEN n / 2 % {sold} / 2 % 15
                   ELSE n / 2 % 15 END AS fate
       ) turn
 CROSS JOIN LATERAL (
       SELECT fate < 3 AS won, fate BETWEEN 3 AND 7 AS lost,
              fate < 6 OR fate BETWEEN 8 AND 10 AS sold,
              CASE WHEN fate < 3 THEN 100 WHEN fate < 8 THEN 0 ELSE 20 END AS chance
       ) ending
  LEFT JOIN res_partner p
    ON n % 2 = 0 AND NOT is_marked
   AND p.id = {first} + n / 2 % {sold} * 2 * {group} + 1 + n / 2 / {sold} % 3
 CROSS JOIN LATERAL (
       SELECT COALESCE(p.email, 'visitor' || n || CASE WHEN n % 10 = 1 THEN '@gmail.com'
              ELSE '@prospect' || n || '.example.com' END) AS address
       ) reached_at;
INSERT INTO mail_activity (res_model_id, res_model, res_id, activity_type_id, user_id,
                           date_deadline, active)
SELECT model.id, 'crm.lead', l.id, kind.res_id, u.id, {day} + 2 - l.id % 5, TRUE
  FROM crm_lead l
  JOIN res_users u ON u.login = '{leader}'
  JOIN ir_model model ON model.model = 'crm.lead'
  JOIN ir_model_data kind ON kind.name = 'mail_activity_data_todo'
 WHERE l.active AND l.id > {marked} AND l.id / 5 % 8 = 0;
"""

# Every fifth message with a lead that has a contact is one with this contact. We wrote
# to the marked ones, and they answered.
LOG = """
CREATE TEMP TABLE message AS
SELECT row_number() OVER (ORDER BY minutes DESC, lead, number)
       + (SELECT COALESCE(MAX(id), 0) FROM mail_message) AS id, m.*
  FROM (
    SELECT l.id AS lead, number, l.partner_id, l.email_normalized AS email,
           split_part(l.email_normalized, '@', 2) AS domain, l.user_id,
           CASE WHEN l.id > {marked}
                THEN (l.id::bigint * 7919 + number * 104729) % {kind_circle} % 100
                WHEN number = 1 THEN {wrote} ELSE {replied} END AS percent,
           CASE WHEN l.id <= {marked} THEN 4000 - 1000 * number
                WHEN l.id % {limit_share} = 1
                THEN ({limit_days})[1 + l.id / {limit_share} % 3] * 1440
                     - 1 - spot % 1200
                ELSE spot * {step} END AS minutes
      FROM crm_lead l,
           generate_series(1, CASE WHEN l.id <= {marked} THEN 2 ELSE
               ({messages})[1 + l.id / 10 % {message_numbers}] END) number,
           LATERAL (SELECT (l.id::bigint * 6007 + number * 3571) % {time_circle} AS spot
                   ) times
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
       CASE WHEN on_contact THEN m.partner_id ELSE lead END,
       message_type, subtype_id, subtype IN ('mt_note', 'mt_activities'), activity_id,
       CASE sender WHEN 'ours' THEN u.partner_id WHEN 'customer' THEN m.partner_id
                   WHEN 'stranger' THEN stranger.id END,
       CASE sender WHEN 'ours' THEN u.login || '@ours.example.com'
                   WHEN 'customer' THEN '"Someone" <' || m.email || '>'
                   WHEN 'colleague' THEN 'Other.Person@' || domain
                   ELSE stranger.email END,
       CASE creator WHEN 'root' THEN 1 WHEN 'portal' THEN portal.id ELSE u.id END,
       CASE WHEN creator = 'root' AND recipient = 'customer' THEN m.email END,
       CASE WHEN creator = 'ours' AND recipient = 'customer' AND m.partner_id IS NULL
            THEN m.email END,
       k.subject, '<p>' || repeat('What we talk about. ', 5 + m.id::int % 20) || '</p>',
       -- headers may lie
       sent + CASE WHEN m.id % 7 = 0 AND creator = 'root' THEN interval '1 day'
                   ELSE interval '0' END,
       sent, '<' || m.id || '@bench>'
  FROM message m
  JOIN kind k ON m.percent BETWEEN k.first AND k.last
  JOIN res_users u ON u.id = m.user_id
  JOIN res_users portal ON portal.login = '{portal}'
  JOIN res_partner stranger ON stranger.email = '{stranger}',
       LATERAL (SELECT m.partner_id IS NOT NULL AND number % 5 = 0 AS on_contact,
                       {day} - minutes * interval '1 minute' AS sent) more
 ORDER BY m.id;
INSERT INTO mail_message_res_partner_rel (mail_message_id, res_partner_id)
SELECT m.id, CASE k.recipient WHEN 'customer' THEN m.partner_id ELSE u.partner_id END
  FROM message m
  JOIN kind k ON m.percent BETWEEN k.first AND k.last
  JOIN res_users u ON u.login = {colleagues}[1]
 WHERE k.creator = 'ours'
   AND (k.recipient = 'ours' OR k.recipient = 'customer' AND m.partner_id IS NOT NULL);
"""

# One for every tenth lead. Of ten, six are linked to a lead, one of these in the
# generic way, four are not, but somebody of an account comes; two were declined, by the
# guest or by us; some were cancelled, a fifth are still to come.
MEETINGS = """
INSERT INTO calendar_event (id, name, active, user_id, start, stop, duration, allday,
                            show_as, privacy, opportunity_id, res_model, res_id)
SELECT n, 'Meeting ' || n, n % 20 <> 5, u.id, stop - interval '1 hour', stop, 1, FALSE,
       'busy', 'public', CASE WHEN n % 10 < 5 THEN lead END,
       CASE WHEN n % 10 = 6 THEN 'crm.lead' END,
       CASE WHEN n % 10 = 6 THEN lead END
  FROM generate_series(1, {size} / 10) n
  JOIN res_users u ON u.login = '{login}'
 CROSS JOIN LATERAL (
       SELECT 1 + n::bigint * 9973 % {size} AS lead,
              {day} + CASE WHEN n % 5 = 2 THEN interval '10 days' + n * interval '1 s'
                           ELSE -(n::bigint * 31 % 600000) * interval '1 minute' END
                  AS stop
       ) which;
CREATE TEMP TABLE guest AS
SELECT e.id AS event_id,
       CASE WHEN linked IS NULL
            THEN {first} + e.id * 7 % {accounts} * {group} + 1 + e.id % 3
            ELSE COALESCE(l.partner_id, stranger.id) END AS partner_id,
       CASE WHEN e.id % 10 = 1 THEN 'declined' ELSE 'needsAction' END AS state
  FROM calendar_event e
  JOIN res_partner stranger ON stranger.email = '{stranger}'
 CROSS JOIN LATERAL (
       SELECT COALESCE(e.opportunity_id,
                       CASE WHEN e.res_model = 'crm.lead' THEN e.res_id END) AS linked
       ) link
  LEFT JOIN crm_lead l ON l.id = linked
 UNION ALL
SELECT e.id, u.partner_id, CASE WHEN e.id % 10 = 3 THEN 'declined' ELSE 'accepted' END
  FROM calendar_event e
  JOIN res_users u ON u.id = e.user_id;
INSERT INTO calendar_attendee (event_id, partner_id, state)
SELECT event_id, partner_id, state FROM guest;
INSERT INTO calendar_event_res_partner_rel (calendar_event_id, res_partner_id)
SELECT event_id, partner_id FROM guest;
"""

SEQUENCES = """
SELECT setval(pg_get_serial_sequence(name, 'id'), 10000000)
  FROM unnest('{{res_partner,crm_lead,mail_message,calendar_event}}'::text[]) name;
"""


# ------------------------------------------------------------ what the addon adds


def make_policy(root):
    """A profile that enforces, and the territories of the teams.

    :param root: environment of the superuser, on a copy with the addon
    """
    env = root(context={"tracking_disable": True})
    env["crm.qualification.profile"].create(
        {
            "name": PROFILE,
            "state": "published",
            "sequence": -1,
            "enforcement": "enforce",
            "score_min": LEAST_SCORE,
            "criterion_ids": [
                (0, 0, _get_criterion(number, *values))
                for number, values in enumerate(CRITERIA)
            ],
        }
    )
    teams = env["crm.team"].search([("name", "like", "Team %")], order="id")
    for team, (domain, _condition) in zip(teams, TERRITORIES, strict=True):
        team.territory_domain = domain.format(country=env.ref("base.be").id)
    env.flush_all()
    kinds = env["res.partner"]._read_group([], ["crm_lifecycle"])
    if len(kinds) != len(env["res.partner"]._fields["crm_lifecycle"].selection):
        raise AssertionError(f"not every lifecycle is there: {kinds}")


def add_hierarchies(root, leader):
    """Two more teams, whose territories are what belongs to a tag and to an account.

    :param root: environment of the superuser
    :param leader: user of the teams
    """
    tag = root["res.partner.category"].search([("name", "=", "Sea")])
    root["crm.team"].create(
        [
            {
                "name": f"Team {number}",
                "user_id": leader.id,
                "territory_domain": domain.format(tag=tag.id, account=FIRST_CONTACT),
            }
            for number, (domain, _condition) in enumerate(HIERARCHIES, len(TERRITORIES))
        ]
    )


def _get_criterion(
    number, answer_type, scope, weight, validity, required, disqualifying
):
    return {
        "name": f"Question {number}",
        "sequence": number,
        "answer_type": answer_type,
        "scope": scope,
        "weight": weight,
        "validity_days": validity,
        "requirement": "met" if required else "none",
        "is_disqualifying": disqualifying,
        "number_rule": "at_least",
        "number_min": LEAST_NUMBER,
        "domain": "[('phone', '!=', False)]",
        "choice_ids": [
            (0, 0, {"name": name, "points": points})
            for name, points in CHOICES
            if answer_type == "choice"
        ],
    }


def add_facts(database, day, expiring=NOTHING_EXPIRES):
    """Answers, needs, commitments, decisions, and records that came back.

    :param database: with the addon and the policy
    :param date day: today
    :param expiring: condition on lead ``n`` and criterion ``k``: expires today
    """
    for statements in (ANSWERED, ENTERED, DECIDED, RETURNED):
        postgres.sql(_fill_in(statements, day=day, expiring=expiring), database)


def store_verdicts(database, day):
    """Have all open leads hold the verdict of yesterday, by SQL."""
    yesterday = day - timedelta(days=1)
    postgres.sql(get_verdict_statement(yesterday, "TRUE"), database)
    # the leads as a restored backup holds them, not as updated many times
    postgres.sql("VACUUM FULL crm_lead", database)
    postgres.sql("VACUUM ANALYZE", database)


def get_verdict_statement(day, which):
    """The UPDATE that stores the verdicts on some leads.

    :param date day: today
    :param which: condition on ``crm_lead l``
    """
    return VERDICTS.format(facts=_fill_in(FACTS, which=which, day=day))


def judge(root):
    """Have the addon judge all open leads.

    :param root: environment of the superuser, on a database with the facts
    """
    leads = root["crm.lead"].with_context(active_test=False)
    ids = leads.search([("won_status", "=", "pending")], order="id").ids
    for start in range(0, len(ids), 2000):
        leads.browse(ids[start : start + 2000])._review_qualification()
        root.flush_all()
        root.invalidate_all()
    ready = leads.search([("referred", "in", (READY, MASS))])
    if set(ready.mapped("qualification_state")) != {"ready"}:
        raise AssertionError("leads with all facts are not ready")


# About the marked ones all is known and good. Of ten answers of other open leads about
# six are good, two of a choice are half good, one is bad or missing, one has expired
# some time ago. Closed ones have five of six, and their own about the account's size.
# Half of the accounts that have leads have
# both their answers, all good, and every other one of the rest.
ANSWERED = """
CREATE TEMP TABLE criterion AS
SELECT c.*, row_number() OVER (ORDER BY c.sequence) - 1 AS k, good, half, bad
  FROM crm_qualification_criterion c
  JOIN crm_qualification_profile p ON p.id = c.profile_id
  LEFT JOIN (
       SELECT criterion_id, MAX(id) FILTER (WHERE points = 100) AS good,
              MAX(id) FILTER (WHERE points = 60) AS half,
              MAX(id) FILTER (WHERE points = 0) AS bad
         FROM crm_qualification_choice
        GROUP BY criterion_id
       ) choice ON choice.criterion_id = c.id
 WHERE p.name ->> 'en_US' = '{profile}' AND answer_type <> 'automatic';
INSERT INTO crm_qualification_answer (
    criterion_id, lead_id, value_yes_no, choice_id, value_number, value_date,
    value_text, is_zero, is_expired, active, state, points, date, expires_on)
SELECT c.id, n,
       CASE WHEN answer_type = 'yes_no' THEN
            CASE quality WHEN 'bad' THEN 'no' ELSE 'yes' END END,
       CASE quality WHEN 'bad' THEN bad WHEN 'half' THEN half ELSE good END,
       CASE WHEN answer_type = 'number' THEN
            {least_number} + CASE quality WHEN 'bad' THEN -5 ELSE 20 END END,
       CASE WHEN answer_type = 'date' AND quality <> 'bad' THEN {day} + 99 END,
       CASE WHEN answer_type = 'text' AND quality <> 'bad' THEN 'The owner' END,
       FALSE, quality = 'old', TRUE,
       CASE WHEN quality = 'half' AND answer_type = 'choice' THEN 'partly'
            WHEN quality <> 'bad' THEN 'met'
            WHEN answer_type IN ('date', 'text') THEN 'unknown'
            WHEN is_disqualifying THEN 'disqualifying'
            ELSE 'not_met' END,
       CASE WHEN quality = 'bad' THEN 0
            WHEN quality = 'half' AND answer_type = 'choice' THEN 0.6
            ELSE 1 END,
       COALESCE(expiry, {day} - n % 97) - validity_days - 1 + interval '9 hours',
       expiry - 1
  FROM (SELECT id AS n, won_status = 'pending' AS is_open,
               referred IS NOT NULL AS is_sure FROM crm_lead) l
  JOIN criterion c
    ON CASE WHEN scope = 'lead' THEN is_open OR (n + k) % 6 > 0
            ELSE NOT is_open AND answer_type = 'number' END
 CROSS JOIN LATERAL (SELECT {expiring} AS expires) today
 CROSS JOIN LATERAL (SELECT (n * 31::bigint + n / 10 * 7 + k * 13) % 10 AS spot) spread
 CROSS JOIN LATERAL (
       SELECT CASE WHEN is_sure OR spot < 6 THEN 'good'
                   WHEN expires AND (spot = 9 OR answer_type = 'date') THEN 'good'
                   WHEN spot < 8 THEN 'half'
                   WHEN spot = 9 AND validity_days > 0 AND is_open THEN 'old'
                   WHEN n % 3 = 0 THEN 'bad'
                   ELSE 'good' END AS quality
       ) answer
 CROSS JOIN LATERAL (
       SELECT CASE WHEN validity_days = 0 OR NOT is_open THEN NULL
                   WHEN quality = 'old' THEN {day} - 10 - n % 50
                   WHEN expires THEN {day}
                   ELSE {day} + 1 + (n::bigint * 3 + k * 5)::int % (validity_days - 1)
                   END AS expiry
       ) ends;
INSERT INTO crm_qualification_answer (
    criterion_id, partner_id, company_id, choice_id, value_number, is_zero, is_expired,
    active, state, points, date)
SELECT c.id, p.id, (SELECT MIN(id) FROM res_company), good,
       CASE WHEN answer_type = 'number' THEN
            {least_number} + CASE WHEN is_good THEN 20 ELSE -5 END END,
       FALSE, FALSE, TRUE,
       CASE WHEN is_good THEN 'met' ELSE 'not_met' END,
       CASE WHEN is_good THEN 1 ELSE 0 END,
       {day} - 100 - p.id % 97 + interval '9 hours'
  FROM res_partner p
 CROSS JOIN LATERAL (SELECT (p.id - {first}) / {group} AS a) number
  JOIN criterion c ON c.scope = 'account'
 CROSS JOIN LATERAL (
       SELECT a % 4 = 2 OR answer_type = 'choice' OR a % 3 > 0 AS is_good
       ) answer
 WHERE p.id >= {first} AND p.is_company AND (a % 4 = 2 OR a % 8 = 4);
UPDATE crm_lead
   SET qualification_profile_id = (SELECT DISTINCT profile_id FROM criterion),
       contacted_date = CASE WHEN id % 10 < 7
                             THEN create_date + id % 29 * interval '5 hours' END,
       qualified_date = CASE WHEN id % 10 < 4
                             THEN create_date + id % 37 * interval '6 hours' END;
"""

ENTERED = """
INSERT INTO crm_lead_need (active, lead_id, name, state, sequence)
SELECT TRUE, id, 'Need ' || k,
       CASE WHEN referred IS NULL AND (id + k) % 3 = 0 THEN 'suspected'
            ELSE 'confirmed' END, k
  FROM crm_lead, generate_series(1, CASE WHEN id % 4 = 1 THEN 2 ELSE 1 END) k
 WHERE referred IS NOT NULL OR id % 7 > 0;
INSERT INTO crm_lead_commitment (active, lead_id, name, kind, state)
SELECT TRUE, id, 'Sends the figures', 'data',
       CASE WHEN referred IS NULL THEN (ARRAY['open', 'kept', 'broken'])[1 + id / 3 % 3]
            ELSE 'open' END
  FROM crm_lead
 WHERE referred IS NOT NULL OR id % 11 > 0;
"""

# Of opportunities that were flagged a third have been so for too long.
DECIDED = """
WITH decided AS (
    INSERT INTO crm_qualification_decision (
        lead_id, lead_name, company_id, profile_id, date, user_id, user_name, path,
        outcome, reason, facts, verdict, score, grade, signature)
    SELECT id, name, company_id, qualification_profile_id,
           COALESCE(date_conversion, create_date), user_id, 'Bench', 'wizard', outcome,
           CASE WHEN outcome = 'overridden' THEN 'Reason ' || id % 20 END,
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
                                  'settled', 'advised'])[1 + id % 7] AS outcome) known
     WHERE type = 'opportunity'
 RETURNING id, lead_id, outcome)
UPDATE crm_lead
   SET qualification_decision_id = decided.id,
       qualification_deadline = CASE WHEN outcome = 'flagged' AND won_status = 'pending'
            THEN {day} + 5 - lead_id % 9 END
  FROM decided WHERE decided.lead_id = crm_lead.id;
"""

# What is lost comes back or not. Every hundredth open lead came back, half of these for
# whoever takes them: one in 40 of those that nothing stands out by.
RETURNED = """
UPDATE crm_lead
   SET recycle_to = (ARRAY['never', 'same', 'pool'])[1 + id / 5 % 3],
       recycle_date = CASE WHEN id / 5 % 3 > 0 THEN {day} + 30 END
 WHERE won_status = 'lost';
UPDATE crm_lead l
   SET recycled_from_id = lost.id, attempt = 2, is_pooled = lost.n % 2 = 0,
       is_up_for_grabs = lost.n % 2 = 0,
       user_id = CASE WHEN lost.n % 2 = 1 THEN l.user_id END
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n
          FROM crm_lead
         WHERE type = 'lead' AND active AND won_status = 'pending'
           AND referred IS NULL) open
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n
          FROM crm_lead WHERE won_status = 'lost') lost ON lost.n * 40 = open.n
 WHERE l.id = open.id;
"""

# Score, state and grade of open leads as the profile asks for them.
FACTS = """
SELECT id, score,
       CASE WHEN type = 'lead' THEN CASE WHEN ruled_out THEN 'disqualified'
                                         WHEN passes THEN 'ready' ELSE 'blocked' END
            WHEN outcome IN ('flagged', 'advised') AND (ruled_out OR NOT passes)
            THEN 'flagged'
            WHEN outcome = 'overridden' THEN 'overridden'
            ELSE 'qualified' END AS state,
       CASE WHEN score >= 75 THEN 'a' WHEN score >= 50 THEN 'b'
            WHEN score >= 25 THEN 'c' ELSE 'd' END
       || CASE WHEN days <= age_fresh THEN 1 WHEN days <= age_recent THEN 2
               WHEN days <= age_old THEN 3 ELSE 4 END AS grade
  FROM (
    SELECT x.*,
           met AND score >= {least} AND contact_state = 'two_way'
           AND contact_name <> '' AND email_normalized <> ''
           AND EXISTS (SELECT FROM crm_lead_need f
                        WHERE f.lead_id = x.id AND f.state = 'confirmed')
           AND EXISTS (SELECT FROM crm_lead_commitment f
                        WHERE f.lead_id = x.id AND f.state IN ('open', 'kept'))
               AS passes
      FROM (
        SELECT l.id, l.type, l.contact_state, l.contact_name, l.email_normalized,
               {day} - l.contact_date::date AS days,
               p.age_fresh, p.age_recent, p.age_old, d.outcome, met, ruled_out,
               round(((own.earned + COALESCE(account.earned, 0)
                       + CASE WHEN l.phone <> '' THEN total.automatic ELSE 0 END)
                      / total.weight * 100)::numeric, 2) AS score
          FROM crm_lead l
          JOIN crm_qualification_profile p ON p.id = l.qualification_profile_id
          JOIN (
            SELECT profile_id, SUM(weight) AS weight,
                   SUM(weight) FILTER (WHERE answer_type = 'automatic') AS automatic
              FROM crm_qualification_criterion
             GROUP BY profile_id
          ) total ON total.profile_id = p.id
          JOIN (
            SELECT lead_id,
                   COALESCE(SUM(c.weight * a.points) FILTER (WHERE NOT is_expired), 0)
                       AS earned,
                   BOOL_AND(a.state = 'met' AND NOT is_expired)
                       FILTER (WHERE c.requirement = 'met') AS met,
                   BOOL_OR(a.state = 'disqualifying' AND NOT is_expired) AS ruled_out
              FROM crm_qualification_answer a
              JOIN crm_qualification_criterion c ON c.id = a.criterion_id
             WHERE lead_id IS NOT NULL
             GROUP BY lead_id
          ) own ON own.lead_id = l.id
          LEFT JOIN res_partner person ON person.id = l.partner_id
          LEFT JOIN (
            SELECT partner_id, SUM(c.weight * a.points) AS earned
              FROM crm_qualification_answer a
              JOIN crm_qualification_criterion c ON c.id = a.criterion_id
             WHERE partner_id IS NOT NULL AND NOT is_expired
             GROUP BY partner_id
          ) account ON account.partner_id = person.commercial_partner_id
          LEFT JOIN crm_qualification_decision d ON d.id = l.qualification_decision_id
         WHERE l.won_status = 'pending' AND {which}
      ) x
  ) judged
"""

VERDICTS = """
UPDATE crm_lead
   SET qualification_score = new.score, qualification_state = new.state,
       qualification_grade = new.grade
  FROM ({facts}) new
 WHERE new.id = crm_lead.id;
"""
