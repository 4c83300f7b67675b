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
    "jobs": "SELECT cron_name FROM ir_cron",
}

UNINSTALL = """
env.ref("base.module_sales_nemo").button_immediate_uninstall()
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


def test_uninstalling_leaves_crm_as_it_was(untouched, with_leads, crm_database):
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
