"""Installing, upgrading and removing the addon, as an administrator does it."""

import ast
import json

import pytest
import structure

from dev import crm_suite, databases, odoo_command, postgres

pytestmark = pytest.mark.trust(
    "It installs, upgrades and uninstalls; what stays is a database that never had it"
)

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

# A scorecard is in force: 0.5 a point, none of which is known.
PUBLISH_A_SCORECARD = """
import json
Lead = env["crm.lead"]
env["crm.lead.scoring.frequency"].search([]).unlink()
stage = env["crm.stage"].search([], order="sequence, id", limit=1)
env["crm.lead.scoring.frequency"].create(
    {"variable": "stage_id", "value": stage.id, "won_count": 20, "lost_count": 80}
)
names = ("Auto", "By hand", "Archived")
leads = Lead.create([{"name": name, "type": "opportunity"} for name in names])
leads[1].probability = 70
leads[2].active = False
profile = leads.qualification_profile_id
content = json.loads(__import__("base64").b64decode(profile.policy_file))
measure = {"auc": 0.7, "brier": 0.2, "log_loss": 0.6, "bins": []}
kinds = dict.fromkeys(("shown", "new", "hand", "base"), measure) | {"odoo": None}
content["scorecard"] = {
    "points": profile._get_points(), "means": {}, "quality": kinds,
    "intercept": 0.4, "slope": 0.5, "stages": 1.0, "gain": 0.1, "gain_error": 0.02,
    "bands": [["a", 60], ["b", 0]],
    "learnt": {"date": "2026-11-30", "deals": 200, "won": 80},
}
draft = env["crm.qualification.profile"].browse(profile.action_change()["res_id"])
draft.apply_policy(content)
draft.publish()
env.flush_all()
env.cr.commit()
"""
TELL_PROBABILITIES = """
known = env["crm.lead"].with_context(active_test=False).search(
    [("name", "in", ("Auto", "By hand", "Archived"))], order="name"
)
print([[lead.name, lead.probability, lead.automated_probability] for lead in known])
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


def change(database, *arguments):
    """Install or update the addon; returns what Odoo complained about."""
    log = odoo_command.change_modules(
        database, *arguments, failure="The installation or update failed."
    )
    return odoo_command.complaints(log)


@pytest.fixture(scope="module")
def untouched(crm_database):
    """Structure of the database before the addon comes."""
    return structure.of(crm_database)


@pytest.fixture
def with_leads(source):
    """Structure of a database whose settings page has switched Leads on.

    The addon does that on a database without CRM records, and the page leaves a
    parameter of Odoo's own behind.
    """
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "leads") as database:
        odoo_command.run_script(database, crm_suite.LEADS_ON)
        return structure.of(database)


@pytest.mark.verify
def test_installs_on_an_empty_database(source):
    with databases.temporary("empty") as database:
        assert change(database, "-i", "sales_nemo") == []
        state = "SELECT state FROM ir_module_module WHERE name = 'sales_nemo'"
        assert postgres.sql(state, database) == "installed"


@pytest.mark.verify
def test_installs_and_upgrades_with_demo_data_without_complaints(source):
    template = databases.crm_template(source, demo=True)
    with databases.temporary_copy(template, "demo") as database:
        assert change(database, "-i", "sales_nemo", "--with-demo") == []
        assert change(database, "-u", "sales_nemo", "--with-demo") == []


def test_installs_on_a_crm_without_complaints(untouched, crm_database):
    assert change(crm_database, "-i", "sales_nemo") == []
    assert structure.of(crm_database) != untouched


@pytest.mark.verify
def test_upgrades_without_complaints_and_without_changes(crm_database):
    before = structure.of(crm_database)
    assert change(crm_database, "-u", "sales_nemo") == []
    assert structure.of(crm_database) == before


def test_uninstalling_leaves_crm_as_it_was(untouched, with_leads, crm_database):
    told = odoo_command.run_script(crm_database, SCORE_BY_OUR_FIELDS + UNINSTALL)
    assert told.splitlines()[-1] == "['contact_state', 'qualification_grade']"
    after = structure.of(crm_database)
    known = {kind: lines | with_leads[kind] for kind, lines in untouched.items()}
    assert structure.beyond(after, known) == {}
    assert structure.beyond(untouched, after) == {}


def test_crm_works_after_uninstalling(crm_database):
    told = json.loads(odoo_command.run_script(crm_database, USE_CRM).splitlines()[-1])
    assert told["type"] == "opportunity"
    assert {"form", "kanban", "list", "search"} <= set(told["views"])


@pytest.mark.verify
def test_odoo_says_the_probability_again_after_uninstalling(source):
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "scorecard") as database:

        def tell(script):
            told = odoo_command.run_script(database, script + TELL_PROBABILITIES)
            return ast.literal_eval(told.splitlines()[-1])

        assert tell(PUBLISH_A_SCORECARD) == [
            ["Archived", 59.87, 59.87],
            ["Auto", 59.87, 59.87],
            ["By hand", 70.0, 59.87],
        ]
        odoo_command.run_script(database, UNINSTALL)
        # as its frequencies have it: 20 of 100
        assert tell("") == [
            ["Archived", 20.0, 20.0],
            ["Auto", 20.0, 20.0],
            ["By hand", 70.0, 20.0],
        ]


@pytest.mark.verify
def test_installs_again_after_uninstalling(crm_database):
    assert change(crm_database, "-i", "sales_nemo") == []
