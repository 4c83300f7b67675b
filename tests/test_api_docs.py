"""The examples of API.md, run against an Odoo that is served, in their order.

An answer holds all that its example shows, and may hold more.
"""

import json
import re

import json2
import pytest

from dev import odoo_command
from dev.paths import ADDON

PAGE = (ADDON / "readme/API.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
METHODS = {
    "qualification_add_commitment",
    "qualification_add_need",
    "qualification_answer",
    "qualification_ask_exception",
    "qualification_check",
    "qualification_convert",
    "qualification_log_contact",
}

# A program with a key and two leads; prints what the examples call by other ids.
PREPARE = """
import datetime, json
sales = env.ref("sales_team.group_sale_salesman_all_leads")
user = env["res.users"].create({
    "name": "Robo",
    "login": "robo",
    "is_qualification_agent": True,
    "group_ids": [(6, 0, sales.ids)],
})
approvers = env.ref("sales_nemo.group_qualification_approver")
approvers.user_ids |= env.ref("base.user_admin")
tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
key = env["res.users.apikeys"].with_user(user)._generate("rpc", "test", tomorrow)
Lead = env["crm.lead"].with_user(user)
known = Lead.create({"name": "Chairs", "type": "lead", "contact_name": "Ann",
                     "email_from": "ann@customer.example"})
unknown = Lead.create({"name": "Unknown", "type": "lead"})
env.cr.commit()
print(json.dumps({"key": key, "uid": user.id, "ids": {7: known.id, 8: unknown.id}}))
"""


@pytest.fixture(scope="module")
def program(database, address):
    """What the program has: key, user and leads, see ``PREPARE``."""
    return json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])


def renumber(value, ids):
    """An example with the ids of the leads that there are."""
    if isinstance(value, dict):
        return {
            key: [ids[str(one)] for one in known]
            if key == "ids"
            else ids[str(known)]
            if key == "id"
            else renumber(known, ids)
            for key, known in value.items()
        }
    return [renumber(one, ids) for one in value] if isinstance(value, list) else value


def cut(answer, example):
    """An answer without what its example leaves out."""
    if isinstance(answer, dict) and isinstance(example, dict):
        return {k: cut(answer[k], example[k]) for k in example.keys() & answer.keys()}
    if isinstance(answer, list) and isinstance(example, list):
        pairs = zip(answer, example, strict=False)
        return [*(cut(*pair) for pair in pairs), *answer[len(example) :]]
    return answer


def test_every_method_has_an_example():
    called = {
        m for kind, code in BLOCKS for m in re.findall(r"/(qualification_\w+)", code)
    }
    assert called == METHODS


@pytest.mark.served
def test_the_examples(address, database, program):
    ids, answer = program["ids"], None
    for kind, code in BLOCKS:
        if kind == "http":
            line, body = code.split("\n", 1)
            model, method = line.removeprefix("POST /json/2/").split("/")
            body = renumber(json.loads(body), ids)
            _status, answer = json2.post(address, program["key"], model, method, **body)
        elif kind == "json":
            example = renumber(json.loads(code), ids)
            assert cut(answer, example) == example, code
        else:
            known = {"url": address, "db": database, "uid": program["uid"]}
            code = code.replace("[[8]", f"[[{ids['8']}]")
            exec(code, known | {"key": program["key"]})


@pytest.mark.served
def test_no_key_of_json_makes_an_agent_a_person(address, database, program):
    lead = program["ids"]["8"]
    values = {"lead_id": lead, "name": "Desks", "state": "confirmed"}
    for value in ("person", "import", True, {"__class__": "object"}, [], None):
        context = {"qualification_origin": value}
        status, answer = json2.post(
            address,
            program["key"],
            "crm.lead.need",
            "create",
            vals_list=[values],
            context=context,
        )
        assert status == 200, answer
        _status, [row] = json2.post(
            address,
            program["key"],
            "crm.lead.need",
            "read",
            ids=answer,
            fields=["origin"],
        )
        assert row["origin"] == "agent", value
