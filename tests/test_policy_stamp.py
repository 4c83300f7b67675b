"""What a process keeps of the policy, while another transaction changes it."""

import json

import pytest

from dev import odoo_command

# Two connections of one process, as two requests of a worker have them: what
# the asking one is told of the policy before, while and after the other changes it.
TWO_CONNECTIONS = """
import json
from odoo import api

profile = env["crm.qualification.profile"].search([], limit=1)
profile.enforcement = "advise"
criterion = profile.criterion_ids[0]
criterion.domain, criterion.answer_type = "[('id', '>', 0)]", "automatic"
env.cr.commit()

def ask(cr):
    asking = api.Environment(cr, api.SUPERUSER_ID, {})
    there = profile.with_env(asking)
    return [
        there._get_policy().enforcement,
        there._get_policy().questions[0].name,
        there._get_policy().questions[0].key in
            asking["crm.qualification.criterion"]._get_account_ids(),
        asking["crm.qualification.criterion"]._get_names()[criterion.id],
        criterion.with_env(asking)._get_question()["name"],
        criterion.with_env(asking)._get_automatic_rule()[0],
        [rule[3] for rule in there._get_match_rules() if rule[0] == profile.id],
        asking["res.company"]._is_alone(),
        bool(asking["res.company"]._get_only_id()),
    ]

def change(cr):
    changing = api.Environment(cr, api.SUPERUSER_ID, {})
    row = criterion.with_env(changing)
    row.write({"name": "Changed?", "domain": "[('id', '<', 0)]", "scope": "account"})
    profile.with_env(changing).write(
        {"enforcement": "off", "lead_domain": "[('name', '=', 'x')]"}
    )
    changing["res.company"].create({"name": "Another"})

told = {}
with env.registry.cursor() as cr:
    told["before"] = ask(cr)
with env.registry.cursor() as old, env.registry.cursor() as changing:
    old.execute("SELECT count(*) FROM res_users")  # its snapshot is from here on
    change(changing)
    told["its own"] = ask(changing)
    with env.registry.cursor() as other:
        told["not committed"] = ask(other)
    changing.commit()
    told["an older transaction"] = ask(old)
    with env.registry.cursor() as other:
        told["after"] = ask(other)
with env.registry.cursor() as undone:
    profile.with_env(api.Environment(undone, api.SUPERUSER_ID, {})).enforcement = (
        "enforce"
    )
    told["to be undone"] = ask(undone)
    undone.rollback()
    told["undone"] = ask(undone)
print(json.dumps(told))
"""


BEFORE = "before"
CHANGED = "its own"


@pytest.fixture(scope="module")
def told(database):
    """What each transaction was told, in the order of ``ask``."""
    printed = odoo_command.run_script(database, TWO_CONNECTIONS)
    return json.loads(printed.splitlines()[-1])


def test_who_changes_the_policy_works_by_it_at_once(told):
    name, text = "Changed?", "[('id', '<', 0)]"
    policy = ["off", name, True, name, name, text, ["[('name', '=', 'x')]"]]
    assert told[CHANGED] == [*policy, False, False]


def test_what_is_not_committed_is_nobody_elses(told):
    assert told["not committed"] == told[BEFORE]


def test_an_older_transaction_goes_on_as_it_began(told):
    assert told["an older transaction"] == told[BEFORE]


def test_what_the_older_one_kept_is_not_used_by_the_next(told):
    assert told["after"] == told[CHANGED]


def test_what_is_undone_was_never_there(told):
    assert (told["to be undone"][0], told["undone"]) == ("enforce", told[CHANGED])
