"""Updating the addon from each of its versions, installed from that version's own code.

The repository's history has it. What an update leaves behind, or forgets, shows beside
a database that got the addon as it is now.
"""

import contextlib
import io
import subprocess
import tarfile

import pytest
import structure
from test_install import UNINSTALL

from dev import crm_suite, databases, no_skips, odoo_command, postgres
from dev.__main__ import CHECK_DATA
from dev.paths import ROOT

pytestmark = pytest.mark.trust(
    "An upgrade from each version that was out gives what a new installation gives"
)

# The commits in which the versions began.
BEGINNINGS = {
    "1.0.0": "27c8b4e8e3d6f9e1292ae2f737680bdbde03f1fa",
    "1.1.0": "1085a1182ca7c9ac946f8e4b4b2f4301ff3f73d1",
    "1.2.0": "d157b94108fa33d3f515b18f12cbe3595a27980a",
    "1.3.0": "2d1c411f0ac52db8c5d7ffa70e15d8b86d4db274",
    "1.4.0": "b953bb5b60cb5f8f64b05b1c595707af41d0e8fc",
    "1.5.0": "a5b335615af21a5bcffe97af0028df99ba60133e",
    "1.6.0": "5ddcbe6161c3fc52025424c051449f362632b6a2",
    "1.6.1": "00246f697bd17f6147c0f4ea2592567c1e38ca98",
    "1.6.2": "14ca089d24f0e96928506c829f8a563ef5586317",
    "1.6.3": "ae102e91758addcb490cfbbfd135b7846d7d33a2",
    "1.6.4": "b601e69972e29852084db8a9f65e8490fa8f8d85",
    "1.6.5": "46a7e37e9f4f65cca12b2427656ed14a74ee9054",
    "1.6.6": "7e87c91678dd47fb24705312a6fae39c6976a9cb",
    "1.6.7": "61c0fb87c76c3a8f85551b5fcf2dbc1af0fbed01",
    "1.6.8": "26d4325e15913ea8755db8193f10dd74518ca797",
    "1.7.0": "b4368d1b7350402e3645d6ff6f2a1a79f6143d14",
    "1.8.0": "dc37e2a45881a62a845c9ea785be74dd5495ec4c",
    "1.9.0": "5f136d4fe32689cd911c83a52d4b5505bc5661b1",
    "1.10.0": "1715ac23a2634fb88ab5061933ab7da9887a8115",
}
# Where other commits of a version stored something else than what came out, that one.
RELEASED = {
    "1.6.7": "c74ba0f376c76b8e91e03233a5af3aee49962263",
    "1.6.8": "4f22efd385b4c33be4771ef0e317f751cd7a7996",
    "1.7.0": "28d62ad2527623b4f5e4465691de15b0ba8c8321",
    "1.8.0": "c16be97ef6219e64cadda6498fc9ad12fed0c471",
    "1.9.0": "e1d90d2147cda115f63d4afc63c66eb3026ce55f",
    "1.10.0": "f7a8c388a42bb77ad43e4f18cbe220fd2abbe035",
}

# With the code of the version. One lead that waits for us, one that is known but not
# qualified by a method, and one that is converted as a salesperson does it.
MAKE_HISTORY = """
ann = env["res.partner"].create({"name": "Ann", "email": "ann@customer.example"})
lead = env["crm.lead"].create(
    {"name": "Old", "type": "opportunity", "partner_id": ann.id}
)
lead.with_user(env.ref("base.user_root")).message_post(
    body="Hello", message_type="email", email_from="ann@customer.example",
    subtype_xmlid="mail.mt_comment",
)
env["crm.lead.need"].create({"lead_id": lead.id, "name": "Speed"})
env["crm.lead.commitment"].create({"lead_id": lead.id, "name": "Demo"})
profile = env["crm.qualification.profile"].create({"name": "Other", "active": False})
criterion = env["crm.qualification.criterion"].create(
    {
        "profile_id": profile.id, "name": "Budget?", "validity_days": 30,
        "is_required": True,
    }
)
env["crm.qualification.answer"].create(
    {"criterion_id": criterion.id, "lead_id": lead.id, "value": "yes"}
)
env.flush_all()
env["ir.filters"].create(
    {
        "name": "Expired", "model_id": "crm.qualification.answer",
        "domain": "[('state', '=', 'expired')]",
    }
)
env["ir.filters"].create(
    {
        "name": "Required", "model_id": "crm.qualification.criterion",
        "domain": "[('is_required', '=', True)]",
        "context": "{'group_by': ['is_required']}",
    }
)
# as the daily job leaves it
env.cr.execute(
    "UPDATE crm_qualification_answer SET state = 'expired', points = 0,"
    " date = '2026-01-05 10:00:00', expires_on = '2026-02-04'"
)
env.invalidate_all()
known = env["crm.lead"].create({"name": "Known", "type": "lead"})
known._log_contact("We talked", "reached")
decisions = [
    ("refused", "2026-01-04"), ("passed", "2026-01-05"), ("passed", "2026-01-06")
]
env["crm.qualification.decision"].create(
    [
        {"lead_id": known.id, "outcome": outcome, "path": "wizard", "date": date}
        for outcome, date in decisions
    ]
)
passed = env["crm.lead"].create(
    {"name": "Passed", "type": "lead", "partner_id": ann.id}
)
passed._log_contact("We talked", "reached")
env["crm.lead.need"].create(
    {"lead_id": passed.id, "name": "Speed", "state": "confirmed"}
)
env["crm.lead.commitment"].create({"lead_id": passed.id, "name": "Demo"})
env["crm.lead2opportunity.partner"].with_context(
    active_model="crm.lead", active_id=passed.id, active_ids=passed.ids
).create({"name": "convert", "action": "exist", "partner_id": ann.id}).action_apply()
env.cr.commit()
"""
# What is said otherwise since 19.0.1.6.7: how it was, and how it is.
SINCE_EXPIRED = {
    "[('state', '=', 'expired')]": "[('is_expired', '=', True)]",
    "SET state = 'expired', points = 0,": "SET is_expired = TRUE,",
}
# And since 19.0.1.7.0.
SINCE_PUBLISHED = {
    '{"name": "Other", "active": False}': '{"name": "Other"}',
    '"is_required": True': '"requirement": "met"',
    'env["crm.qualification.answer"].create': "profile.publish()\n"
    "profile.active = False\n"
    'env["crm.qualification.answer"].create',
    "[('is_required', '=', True)]": "[('requirement', '=', 'met')]",
    "{'group_by': ['is_required']}": "{'group_by': ['requirement']}",
}
# With the code of 19.0.1.6.7, which let two workers answer and name people at once, and
# whose grade of closed records went on changing.
MAKE_DOUBLES = """
account = env["res.partner"].create({"name": "Acme", "is_company": True})
ann = env["res.partner"].create({"name": "Ann", "parent_id": account.id})
profile = env["crm.qualification.profile"].create({"name": "Other", "active": False})
criterion = env["crm.qualification.criterion"].create(
    {"profile_id": profile.id, "name": "Budget?", "scope": "account"}
)
deal = env["crm.lead"].create({"name": "Deal", "type": "lead", "partner_id": ann.id})
env["crm.qualification.answer"].create(
    {"criterion_id": criterion.id, "partner_id": account.id, "value": "yes"}
)
env["crm.lead.role"].create(
    {
        "lead_id": deal.id, "partner_id": ann.id, "role": "champion",
        "note": "Loves it",
    }
)
lost, won = env["crm.lead"].create(
    [{"name": "Lost", "type": "lead"}, {"name": "Won", "type": "opportunity"}]
)
lost._log_contact("We talked", "reached")
won._log_contact("We talked", "reached")
lost.action_set_lost(
    lost_reason_id=env["crm.lost.reason"].create({"name": "Too expensive"}).id
)
won.action_set_won()
env.flush_all()
env.cr.execute(
    "INSERT INTO crm_qualification_answer (criterion_id, partner_id, company_id,"
    "       value_yes_no, state, points, user_id, date)"
    " SELECT criterion_id, partner_id, company_id, 'no', 'not_met', 0, user_id,"
    "        date + interval '1 hour' FROM crm_qualification_answer;"
    "INSERT INTO crm_lead_role (lead_id, partner_id, role, note)"
    " SELECT lead_id, partner_id, role, 'Uses it' FROM crm_lead_role;"
    "UPDATE crm_lead SET qualification_grade = 'b3', contact_state = 'outbound'"
    " WHERE name IN ('Lost', 'Won')"
)
env.cr.commit()
"""
# The very first code could not yet take a mail on an opportunity with a deadline.
WITHOUT_DEADLINES = """
env["crm.qualification.profile"].search([]).enforcement = "advise"
"""

INSTALLED = "SELECT latest_version FROM ir_module_module WHERE name = 'sales_nemo'"

AFTER_UPGRADE = """
SELECT l.contact_state, l.contact_inferred, l.qualification_grade, a.contact_effect,
       p.crm_lifecycle, p.crm_in_progress,
       p.crm_heard_date ->> '1'
           = to_char(l.contact_heard_date, 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT bool_and(state_date = create_date)
          FROM crm_lead_need),
       (SELECT bool_and(state_date = create_date)
          FROM crm_lead_commitment),
       (SELECT bool_and(company_id IS NULL) FROM crm_qualification_answer),
       (SELECT bool_and(state = 'met' AND is_expired) FROM crm_qualification_answer),
       (SELECT domain FROM ir_filters WHERE name = 'Expired'),
       (SELECT domain || context FROM ir_filters WHERE name = 'Required'),
       (SELECT string_agg(DISTINCT c.requirement || (a.id IS NULL), ',')
          FROM crm_qualification_criterion c
          JOIN crm_qualification_profile p ON p.id = c.profile_id
           AND p.state = 'published' AND p.version_id IS NOT NULL
          LEFT JOIN crm_qualification_answer a ON a.criterion_id = c.id),
       (SELECT domain_force LIKE '%lead_id.company_id%' FROM ir_rule
         WHERE id = (SELECT res_id FROM ir_model_data
                      WHERE name = 'crm_qualification_answer_rule_company'))
  FROM mail_activity_type a
  JOIN ir_model_data x ON x.res_id = a.id AND x.name = 'mail_activity_data_email',
       crm_lead l
  JOIN res_partner p ON p.id = l.partner_id
 WHERE l.name = 'Old'
"""

# Whether each was in touch and qualified, and whether long ago: the first time counts.
STEPS_AFTER_UPGRADE = """
SELECT name, type, contacted_date = contact_date, qualified_date IS NOT NULL,
       qualified_date = '2026-01-05'
  FROM crm_lead WHERE name IN ('Known', 'Old', 'Passed') ORDER BY name
"""

DOUBLES_AFTER_UPGRADE = """
SELECT value_yes_no, history LIKE 'yes (%' FROM crm_qualification_answer;
SELECT role, note FROM crm_lead_role;
SELECT name, qualification_grade, closing_values ->> 'qualification_grade',
       closing_values ->> 'contact_state'
  FROM crm_lead WHERE name IN ('Lost', 'Won') ORDER BY name;
"""
# They talk again after it was closed; then it is restored.
RESTORE = """
lost = env["crm.lead"].with_context(active_test=False).search([("name", "=", "Lost")])
lost._log_contact("We talked again", "reached")
print(lost.qualification_grade)
lost.action_unarchive()
print(lost.qualification_grade, lost.closing_values)
env.cr.commit()
"""


def commits():
    """pytest's parameters: each version as it began, and as it was before the next;
    or as it came out.

    Those that only mended something are tried where there is no limit of time.
    """
    versions = list(BEGINNINGS)
    for version, following in zip(versions, [*versions[1:], None], strict=True):
        marks = pytest.mark.verify if version.endswith(".0") else pytest.mark.full
        if released := RELEASED.get(version):
            yield pytest.param(version, released, id=version, marks=marks)
            continue
        began = BEGINNINGS[version]
        yield pytest.param(version, began, id=f"{version}-began", marks=marks)
        if following:
            ended = f"{BEGINNINGS[following]}^"
            yield pytest.param(version, ended, id=f"{version}-ended", marks=marks)


def is_since(version, first):
    """Whether a version is the first one or came after it."""
    versions = list(BEGINNINGS)
    return versions.index(version) >= versions.index(first)


def unpack(commit, folder):
    """Unpack the addon as it was in a commit; skip the test where there is none."""
    archive = subprocess.run(
        ["git", "archive", commit, "sales_nemo"], cwd=ROOT, capture_output=True
    )
    if archive.returncode:
        pytest.skip(f"{no_skips.HISTORY}: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as content:
        content.extractall(folder, filter="data")


@contextlib.contextmanager
def upgraded(source, version, commit, folder, history=MAKE_HISTORY):
    """Name of a database that was used with a version's own code, and then updated."""
    unpack(commit, folder)
    with_old_code = "--addons-path=" + ",".join(map(str, (*source.addons, folder)))
    if commit == BEGINNINGS["1.0.0"]:
        history = WITHOUT_DEADLINES + history
    for first, words in (("1.6.7", SINCE_EXPIRED), ("1.7.0", SINCE_PUBLISHED)):
        if is_since(version, first):
            for before, after in words.items():
                history = history.replace(before, after, 1)
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "earlier") as database:
        odoo_command.change_modules(
            database,
            *("-i", "sales_nemo", with_old_code),
            failure="The earlier version could not be installed.",
        )
        assert postgres.sql(INSTALLED, database) == f"19.0.{version}"
        odoo_command.run_script(database, history, with_old_code)
        log = odoo_command.change_modules(
            database, "-u", "sales_nemo", failure="The upgrade failed."
        )
        assert odoo_command.complaints(log) == []
        # The settings page saves its parameters: it did so in a fresh database, too.
        odoo_command.run_script(database, crm_suite.LEADS_ON)
        yield database


@pytest.fixture(scope="module")
def fresh(database):
    """Structure of a database that got the addon as it is now."""
    return structure.of(database)


@pytest.fixture(scope="module")
def untouched(crm_database):
    """Structure of a database without the addon, with Leads."""
    odoo_command.run_script(crm_database, crm_suite.LEADS_ON)
    return structure.of(crm_database)


@pytest.mark.parametrize("version, commit", list(commits()))
def test_an_upgraded_database_is_like_a_new_one(
    source, fresh, version, commit, tmp_path
):
    with upgraded(source, version, commit, tmp_path) as database:
        after = 'inbound|t|d4|outbound|{"1": "opportunity"}|{"1": true}|t|t|t|t|t|'
        after += "[('is_expired', '=', True)]|"
        after += "[('requirement', '=', 'met')]{'group_by': ['requirement']}|"
        after += "metfalse,nonetrue|t"
        assert postgres.sql(AFTER_UPGRADE, database) == after
        steps = postgres.sql(STEPS_AFTER_UPGRADE, database)
        # since then the steps are kept by what decides, which this log was made without
        known = "f|" if is_since(version, "1.6.6") else "t|t"
        assert steps.splitlines() == [
            f"Known|lead|t|{known}",
            "Old|opportunity||f|",
            "Passed|opportunity|t|t|f",
        ]
        assert odoo_command.run_script(database, CHECK_DATA).strip() == ""
        found = structure.of(database)
        assert structure.beyond(found, fresh) == {}
        assert structure.beyond(fresh, found) == {}


@pytest.mark.verify
def test_doubles_become_one_and_closed_records_keep_their_grade(
    source, fresh, tmp_path
):
    version = "1.6.7"
    commit = BEGINNINGS[version]
    with upgraded(source, version, commit, tmp_path, MAKE_DOUBLES) as database:
        assert postgres.sql(DOUBLES_AFTER_UPGRADE, database).splitlines() == [
            "no|t",
            "champion|Loves it; Uses it",
            "Lost|b3|b3|outbound",
            "Won|b3|b3|outbound",
        ]
        assert odoo_command.run_script(database, CHECK_DATA).strip() == ""
        assert structure.beyond(fresh, structure.of(database)) == {}, "unique indexes"
        told = odoo_command.run_script(database, RESTORE).split()
        assert told == ["b3", "d1", "False"]


@pytest.mark.verify
def test_uninstalling_after_an_upgrade_leaves_nothing(source, untouched, tmp_path):
    first = "1.0.0"
    with upgraded(source, first, BEGINNINGS[first], tmp_path) as database:
        odoo_command.run_script(database, UNINSTALL)
        after = structure.of(database)
        assert structure.beyond(after, untouched) == {}
        assert structure.beyond(untouched, after) == {}
