"""Installing, upgrading and removing the addon, as an administrator does it."""

import json

import pytest

from dev import crm_suite, databases, odoo_command, postgres

# What a database is made of, apart from its rows.
STRUCTURE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default
          FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    # Without the list of addons that are at hand.
    "names": """
        SELECT module, name, model FROM ir_model_data
         WHERE model != 'ir.module.module'
    """,
    "fields": "SELECT model, name FROM ir_model_fields",
    "parameters": "SELECT key FROM ir_config_parameter",
    "scoring": "SELECT DISTINCT variable FROM crm_lead_scoring_frequency",
    "scored": "SELECT value FROM ir_config_parameter WHERE key = 'crm.pls_fields'",
    "jobs": "SELECT cron_name FROM ir_cron",
}

UNINSTALL = """
env.ref("base.module_sales_nemo").button_immediate_uninstall()
"""

# A manager has lead scoring learn from our fields, and deals are closed.
SCORE_BY_OUR_FIELDS = """
parameters = env["ir.config_parameter"]
fields = parameters.get_param("crm.pls_fields")
parameters.set_param("crm.pls_fields", fields + ",qualification_grade,contact_state")
parameters.set_param("crm.pls_start_date", "2000-01-01")
Lead = env["crm.lead"]
Lead.create([{"name": name, "type": "opportunity"} for name in "abc"]).action_set_won()
Lead._rebuild_pls_frequency_table()
rows = env["crm.lead.scoring.frequency"].search([])
ours = rows.filtered(lambda r: r.variable in ("qualification_grade", "contact_state"))
print(sorted(set(ours.mapped("variable"))))
(rows - ours).unlink()
Lead.search([("name", "in", list("abc"))]).unlink()
env.cr.commit()
"""

# The database as earlier versions left it, with a mail that nobody read.
FOURTH_VERSION = """
UPDATE crm_qualification_answer SET company_id = 1;
UPDATE ir_rule SET domain_force = '[(''company_id'', ''in'', company_ids + [False])]'
 WHERE id = (SELECT res_id FROM ir_model_data
              WHERE name = 'crm_qualification_answer_rule_company');
DROP VIEW crm_qualification_funnel, crm_qualification_override;
ALTER TABLE crm_lead DROP COLUMN contacted_date, DROP COLUMN qualified_date;
UPDATE ir_module_module SET latest_version = '19.0.1.3.0' WHERE name = 'sales_nemo';
"""
THIRD_VERSION = f"""
{FOURTH_VERSION}
DROP TABLE crm_lead_conversion_line;
DROP TABLE crm_lead_conversion_job_res_company_rel;
ALTER TABLE crm_lead2opportunity_partner_mass DROP COLUMN job_id;
DROP TABLE crm_lead_conversion_job;
ALTER TABLE crm_lead_need DROP COLUMN state_date;
ALTER TABLE crm_lead_commitment DROP COLUMN state_date;
UPDATE ir_module_module SET latest_version = '19.0.1.2.0' WHERE name = 'sales_nemo';
"""
SECOND_VERSION = f"""
{THIRD_VERSION}
ALTER TABLE crm_lead DROP COLUMN contact_heard_date;
ALTER TABLE res_partner DROP COLUMN crm_lifecycle, DROP COLUMN crm_in_progress,
      DROP COLUMN crm_heard_date;
ALTER TABLE crm_team DROP COLUMN territory_domain;
ALTER TABLE crm_qualification_answer DROP COLUMN history;
DROP TABLE crm_lead_role;
DELETE FROM ir_default d USING ir_model_data x
 WHERE x.name = 'ir_default_crm_lifecycle' AND x.res_id = d.id;
DELETE FROM ir_model_data WHERE name = 'ir_default_crm_lifecycle';
UPDATE ir_module_module SET latest_version = '19.0.1.1.0' WHERE name = 'sales_nemo';
"""
FIRST_VERSION = f"""
{SECOND_VERSION}
ALTER TABLE crm_lead DROP COLUMN contact_waiting_since, DROP COLUMN contact_event_id,
      DROP COLUMN contact_inferred, DROP COLUMN qualification_grade,
      DROP COLUMN qualification_question_id;
ALTER TABLE mail_message DROP COLUMN is_auto_reply;
ALTER TABLE mail_activity_type DROP COLUMN contact_effect;
UPDATE crm_lead SET contact_state = 'none', contact_date = NULL;
UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'sales_nemo';
"""

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
    {"profile_id": profile.id, "name": "Budget?"}
)
env["crm.qualification.answer"].create(
    {"criterion_id": criterion.id, "lead_id": lead.id, "value": "yes"}
)
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
env.cr.commit()
"""

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
       (SELECT domain_force LIKE '%lead_id.company_id%' FROM ir_rule
         WHERE id = (SELECT res_id FROM ir_model_data
                      WHERE name = 'crm_qualification_answer_rule_company'))
  FROM mail_activity_type a
  JOIN ir_model_data x ON x.res_id = a.id AND x.name = 'mail_activity_data_email',
       crm_lead l
  JOIN res_partner p ON p.id = l.partner_id
 WHERE l.name = 'Old'
"""

# When each was first in touch, and first qualified.
STEPS_AFTER_UPGRADE = """
SELECT name, contacted_date = contact_date, qualified_date
  FROM crm_lead WHERE name IN ('Known', 'Old') ORDER BY name
"""

# What a salesperson does first: open the views, make a lead, convert it.
USE_CRM = """
import json
Lead = env["crm.lead"]
kinds = ["list", "form", "kanban", "search", "graph", "pivot", "calendar"]
opened = Lead.get_views([(False, kind) for kind in kinds])["views"]
lead = Lead.create({"name": "A lead", "type": "lead", "contact_name": "Somebody"})
wizard = env["crm.lead2opportunity.partner"].with_context(
    active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
).create({"name": "convert", "action": "create"})
wizard.action_apply()
print(json.dumps({"views": sorted(opened), "type": lead.type}))
"""


def install(database):
    """Install the addon; returns what Odoo complained about."""
    log = odoo_command.change_modules(
        database, "-i", "sales_nemo", failure="The installation failed."
    )
    return odoo_command.complaints(log)


def structure(database):
    """All of a database's tables, columns, names and so on: {kind: set of lines}."""
    return {
        kind: set(postgres.sql(question, database).splitlines())
        for kind, question in STRUCTURE.items()
    }


@pytest.fixture(scope="module")
def untouched(crm_database):
    """Structure of the database before the addon comes."""
    return structure(crm_database)


@pytest.fixture
def with_leads(source):
    """Structure of a database whose settings page has switched Leads on.

    The addon does that on a database without CRM records, and the page leaves a
    parameter of Odoo's own behind.
    """
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "leads") as database:
        odoo_command.run_script(database, crm_suite.LEADS_ON)
        return structure(database)


def test_installs_on_an_empty_database(source):
    with databases.temporary("empty") as database:
        assert install(database) == []
        state = "SELECT state FROM ir_module_module WHERE name = 'sales_nemo'"
        assert postgres.sql(state, database) == "installed"


def test_installs_on_a_crm_without_complaints(untouched, crm_database):
    assert install(crm_database) == []
    assert structure(crm_database) != untouched


def test_upgrades_without_complaints_and_without_changes(crm_database):
    before = structure(crm_database)
    log = odoo_command.change_modules(
        crm_database, "-u", "sales_nemo", failure="The upgrade failed."
    )
    assert odoo_command.complaints(log) == []
    assert structure(crm_database) == before


@pytest.mark.parametrize(
    "version",
    [FIRST_VERSION, SECOND_VERSION, THIRD_VERSION, FOURTH_VERSION],
    ids="1234",
)
def test_upgrades_from_earlier_versions(source, version):
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "earlier") as database:
        odoo_command.run_script(database, MAKE_HISTORY)
        postgres.sql(version, database)
        log = odoo_command.change_modules(
            database, "-u", "sales_nemo", failure="The upgrade failed."
        )
        assert odoo_command.complaints(log) == []
        after = 'inbound|t|d4|outbound|{"1": "opportunity"}|{"1": true}|t|t|t|t|t'
        assert postgres.sql(AFTER_UPGRADE, database) == after
        steps = postgres.sql(STEPS_AFTER_UPGRADE, database)
        assert steps == "Known|t|2026-01-05 00:00:00\nOld||"


def test_uninstalling_leaves_crm_as_it_was(untouched, with_leads, crm_database):
    told = odoo_command.run_script(crm_database, SCORE_BY_OUR_FIELDS)
    assert told.splitlines()[-1] == "['contact_state', 'qualification_grade']"
    odoo_command.run_script(crm_database, UNINSTALL)
    after = structure(crm_database)
    known = {kind: untouched[kind] | with_leads[kind] for kind in STRUCTURE}
    left = {kind: after[kind] - known[kind] for kind in STRUCTURE}
    lost = {kind: untouched[kind] - after[kind] for kind in STRUCTURE}
    assert left == {kind: set() for kind in STRUCTURE}
    assert lost == {kind: set() for kind in STRUCTURE}


def test_crm_works_after_uninstalling(crm_database):
    told = json.loads(odoo_command.run_script(crm_database, USE_CRM).splitlines()[-1])
    assert told["type"] == "opportunity"
    assert {"form", "kanban", "list", "search"} <= set(told["views"])


def test_installs_again_after_uninstalling(crm_database):
    assert install(crm_database) == []
