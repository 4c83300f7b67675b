"""What a salesperson's own program can do with a key, over Odoo's JSON-2 API.

The gate must hold against whoever talks to the server directly: nothing of the web
client is between these calls and the models.
"""

import json
from functools import partial

import json2
import pytest

from dev import odoo_command, postgres

# A salesperson with a key, and a lead about which nothing is known. Prints both, and
# the columns that only the addon itself may write.
PREPARE = """
import datetime, json
user = env["res.users"].create({
    "name": "Sam Seller",
    "login": "sam",
    "group_ids": [(6, 0, env.ref("sales_team.group_sale_salesman").ids)],
})
tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
key = env["res.users.apikeys"].with_user(user)._generate("rpc", "test", tomorrow)
Lead = env["crm.lead"].with_user(user)
lead = Lead.create({"name": "Unknown", "type": "lead", "user_id": user.id})
columns = {
    name: Lead._fields[name].type
    for name in Lead._get_written_by("code")
    if Lead._fields[name].store
}
profiles = env["crm.qualification.profile"].search([])
env.cr.commit()
print(json.dumps({
    "key": key,
    "lead": lead.id,
    "stage": env["crm.stage"].search([("is_won", "=", True)], limit=1).id,
    "user": user.id,
    "columns": columns,
    "enforcement": profiles.mapped("enforcement"),
}))
"""

# A value of each type that differs from what a new lead has.
VALUES = {
    "boolean": True,
    "char": "a1",
    "date": "2026-05-01",
    "datetime": "2026-05-01 10:00:00",
    "float": 99.0,
    "integer": 99,
    "json": {"qualification_grade": "a1"},
    "many2one": 1,
    "one2many": [[0, 0, {"outcome": "passed"}]],
    "selection": None,
}
SELECTIONS = {
    "qualification_state": "qualified",
    "qualification_grade": "a1",
    "contact_origin": "import",
    "contact_state": "two_way",
    "qualification_step": "convert",
    "recycle_outcome": "returned",
    "won_status": "won",
}


@pytest.fixture(scope="module")
def seller(database, address):
    """What the salesperson has: key, lead and so on, see ``PREPARE``."""
    told = json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])
    assert told["enforcement"] and set(told["enforcement"]) == {"enforce"}
    return told


@pytest.fixture(scope="module")
def call(address, seller):
    """Function that calls a method and returns status and answer."""

    return partial(json2.post, address, seller["key"])


@pytest.fixture
def row(database, seller):
    """Function that reads columns of a lead past Odoo."""

    def read(columns, lead=seller["lead"]):
        question = f"SELECT {columns} FROM crm_lead WHERE id = {int(lead)}"
        return postgres.sql(question, database)

    return read


def value_for(seller, column):
    """A value that a salesperson would like to see in a protected column."""
    kind = seller["columns"][column]
    return SELECTIONS[column] if kind == "selection" else VALUES[kind]


def refused(status, answer):
    """Whether Odoo refused: for missing rights, or with a reason to act on."""
    return status in (403, 422) and answer["name"].startswith("odoo.exceptions.")


def test_the_key_works(call, seller):
    status, found = call(
        "crm.lead", "search", domain=[["user_id", "=", seller["user"]]]
    )
    assert (status, found) == (200, [seller["lead"]])
    status, answer = call(
        "crm.lead", "write", ids=[seller["lead"]], vals={"name": "Renamed"}
    )
    assert (status, answer) == (200, True)


def test_a_wrong_key_does_not(address, database):
    assert json2.post(address, "wrong", "crm.lead", "search", domain=[])[0] == 401


@pytest.mark.parametrize("method", ["write", "web_save"])
@pytest.mark.parametrize("context", [{}, {"default_qualification_state": "qualified"}])
def test_the_type_is_refused_with_every_reason(call, seller, row, method, context):
    arguments = {"vals": {"type": "opportunity"}}
    if method == "web_save":
        arguments["specification"] = {}
    status, answer = call(
        "crm.lead", method, ids=[seller["lead"]], context=context, **arguments
    )
    assert refused(status, answer)
    assert answer["message"]
    assert row("type") == "lead"


def test_converting_by_method_is_refused(call, seller, row):
    status, answer = call(
        "crm.lead", "convert_opportunity", ids=[seller["lead"]], partner=False
    )
    assert refused(status, answer)
    assert row("type") == "lead"


def test_winning_a_lead_is_refused(call, seller, row):
    before = row("type, won_status")
    won = {"stage_id": seller["stage"]}
    for values in (won, {**won, "probability": 100}):
        status, answer = call("crm.lead", "write", ids=[seller["lead"]], vals=values)
        assert refused(status, answer), values
    status, answer = call("crm.lead", "action_set_won", ids=[seller["lead"]])
    assert refused(status, answer)
    # Without a won stage a probability alone does not win in Odoo 19.
    call("crm.lead", "write", ids=[seller["lead"]], vals={"probability": 100})
    assert row("type, won_status") == before


def test_there_are_columns_to_protect(seller):
    assert set(SELECTIONS) <= set(seller["columns"])


def test_protected_columns_can_not_be_written(call, seller, row):
    stored = [c for c, kind in seller["columns"].items() if kind != "one2many"]
    before = row(", ".join(stored))
    for column in seller["columns"]:
        values = {column: value_for(seller, column)}
        for method, more in (("write", {}), ("web_save", {"specification": {}})):
            status, answer = call(
                "crm.lead", method, ids=[seller["lead"]], vals=values, **more
            )
            assert refused(status, answer), (column, method, answer)
    assert row(", ".join(stored)) == before


def test_protected_columns_can_not_be_created(call, seller, database):
    count = "SELECT count(*) FROM crm_lead WHERE name = 'Smuggled'"
    for column in seller["columns"]:
        values = {"name": "Smuggled", "type": "lead", column: value_for(seller, column)}
        status, answer = call("crm.lead", "create", vals_list=[values])
        assert refused(status, answer), (column, answer)
    assert postgres.sql(count, database) == "0"


def test_protected_columns_can_not_come_as_defaults(call, seller, row):
    status, (fresh,) = call(
        "crm.lead", "create", vals_list=[{"name": "Plain", "type": "lead"}]
    )
    assert status == 200
    for column in seller["columns"]:
        status, answer = call(
            "crm.lead",
            "create",
            vals_list=[{"name": "By default", "type": "lead"}],
            context={f"default_{column}": value_for(seller, column)},
        )
        if status == 200 and seller["columns"][column] != "one2many":
            assert row(column, answer[0]) == row(column, fresh), column
        else:
            assert status == 200 or refused(status, answer), (column, answer)


def test_protected_columns_can_not_be_imported(call, seller, database):
    count = "SELECT count(*) FROM crm_lead WHERE name = 'Imported'"
    for column, value in SELECTIONS.items():
        status, answer = call(
            "crm.lead",
            "load",
            fields=["name", "type", column],
            data=[["Imported", "lead", value]],
        )
        assert refused(status, answer) or not answer["ids"], (column, answer)
    assert postgres.sql(count, database) == "0"


def test_decisions_can_not_be_forged(call, seller, database):
    values = {"lead_id": seller["lead"], "outcome": "passed"}
    before = postgres.sql("SELECT count(*) FROM crm_qualification_decision", database)
    status, answer = call("crm.qualification.decision", "create", vals_list=[values])
    assert refused(status, answer)
    after = postgres.sql("SELECT count(*) FROM crm_qualification_decision", database)
    assert before == after


def test_private_methods_are_out_of_reach(call, seller):
    for method in ("_decide_entry", "_collect_facts", "_get_verdicts"):
        status, _answer = call("crm.lead", method, ids=[seller["lead"]])
        assert status in (403, 404), method
