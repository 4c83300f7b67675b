"""Who has nothing to do with CRM doesn't notice that the addon is there."""

import json
from pathlib import Path

import pytest

from dev import databases, odoo_command

SCRIPT = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import outsiders
print(json.dumps(outsiders.act(env)))
"""


def act(database):
    """What everybody did, and what came of it."""
    return json.loads(odoo_command.run_script(database, SCRIPT).splitlines()[-1])


def test_everyday_actions_without_crm(crm_database, database):
    without, with_addon = act(crm_database), act(database)
    differing = {
        k: (v, with_addon[k]) for k, v in without.items() if v != with_addon[k]
    }
    assert not differing
    assert len(without) > 180
    # where everything is refused, nothing would be compared
    assert sum("Error" in str(told) for told in without.values()) < len(without) / 3


@pytest.mark.verify
def test_everyday_actions_of_a_recruiter(source):
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "hr") as stock:
        odoo_command.change_modules(
            stock, "-i", "hr_recruitment", failure="HR could not be installed."
        )
        with databases.temporary_copy(stock, "hr_addon") as ours:
            databases.install_addon(ours)
            assert act(stock) == act(ours)
