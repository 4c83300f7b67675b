"""Who may do what with each model and dialog of the addon, asked in two ways.

``access_matrix.csv`` says what is meant: a row a model, a column a role, of create,
read, write and unlink the letters that are allowed.
"""

import csv
import json
from pathlib import Path

import json2
import pytest

from dev import odoo_command

pytestmark = [
    pytest.mark.verify,
    pytest.mark.trust("Nine roles may do with each model what is meant, and no more"),
]

MATRIX = Path(__file__).with_name("access_matrix.csv")
OPERATIONS = {"c": "create", "r": "read", "w": "write", "u": "unlink"}
# What HTTP says where somebody may not do it, or has no key.
NOT_ALLOWED = (401, 403)

# Nine roles with a key each, and what the ORM says that they may do.
PREPARE = """
import datetime, json
named = {
    "public": "base.group_public",
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "salesperson": "sales_team.group_sale_salesman",
    "all documents": "sales_team.group_sale_salesman_all_leads",
    "approver": "sales_team.group_sale_salesman,"
    "sales_nemo.group_qualification_approver",
    "manager": "sales_team.group_sale_manager",
    "administrator": "base.group_system",
    "other company": "sales_team.group_sale_manager",
}
other = env["res.company"].create({"name": "Other"})
tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
ours = sorted(
    name
    for name, model in env.registry.items()
    if not model._abstract and model._original_module == "sales_nemo"
)
lead = env["crm.lead"].create({"name": "Lead", "type": "lead"})
for name in ("crm.lead.need", "crm.lead.commitment"):
    env[name].create({"lead_id": lead.id, "name": "Fact"})
ids = {}
for model in ours:
    found = env[model].search([], limit=1) if env[model]._auto else env[model]
    ids[model] = found.ids or [2**30]
roles = {}
for role, names in named.items():
    groups = [(4, env.ref(name).id) for name in names.split(",")]
    values = {"name": role, "login": f"role {role}", "group_ids": groups}
    if role == "other company":
        values |= {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
    user = env["res.users"].create(values)
    keys = env["res.users.apikeys"].with_user(user).sudo()
    key = keys._generate("rpc", role, tomorrow)
    may = {
        model: "".join(
            letter
            for letter, operation in %r.items()
            if env[model].with_user(user).has_access(operation)
        )
        for model in ours
    }
    roles[role] = {"key": key, "may": may, "ids": ids}
env.cr.commit()
print(json.dumps(roles))
""" % (OPERATIONS,)


@pytest.fixture(scope="module")
def roles(database, address):
    """What there is of each role, see ``PREPARE``."""
    return json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])


@pytest.fixture(scope="module")
def matrix():
    """``{role: {model: letters}}`` as it is meant."""
    with MATRIX.open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "model"]
    return {name: {row["model"]: row[name] for row in rows} for name in names}


def test_the_orm_lets_each_role_do_what_is_meant(roles, matrix):
    assert {role: found["may"] for role, found in roles.items()} == matrix


def test_so_does_json_2(address, roles, matrix):
    found = {}
    for role, models in matrix.items():
        for model in models:
            # what should be refused is tried on a record that is there
            kept = models[model] in ("", "r")
            ids = roles[role]["ids"][model] if kept else [2**30]
            calls = {
                "c": ("create", {"vals_list": [{}]}),
                "r": ("search", {"domain": []}),
                "w": ("write", {"ids": ids, "vals": {}}),
                "u": ("unlink", {"ids": ids}),
            }
            letters = ""
            for letter, (method, body) in calls.items():
                key = roles[role]["key"]
                status, _answer = json2.post(address, key, model, method, **body)
                # who may do it is told what else is wrong
                letters += "" if status in NOT_ALLOWED else letter
            found.setdefault(role, {})[model] = letters
    assert found == matrix
