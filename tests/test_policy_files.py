"""Files of policies, broken in every way: one message, and nothing half applied."""

import json

from dev import odoo_command

# In Odoo's own process: what a policy may be, the models say.
BROKEN_FILES = """
import copy, json
from hypothesis import HealthCheck, given, settings, strategies as st
from odoo.addons.sales_nemo.models.policy.policy_content import write_down
from odoo.exceptions import UserError

profiles = env["crm.qualification.profile"].with_user(env.ref("base.user_admin"))
frameworks = profiles.search([("state", "=", "framework")])
contents = [write_down(framework) for framework in frameworks]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)

def get_places(content, path=()):
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in list(items):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from get_places(value, (*path, key))

@st.composite
def broken(draw):
    content = copy.deepcopy(draw(st.sampled_from(contents)))
    for _number in range(draw(st.integers(0, 3))):
        *path, last = draw(st.sampled_from(list(get_places(content))))
        place = content
        for key in path:
            place = place[key]
        if draw(st.booleans()):
            place[last] = draw(values)
        else:
            del place[last]
    return content

counts = {"tried": 0, "applied": 0, "refused": 0, "halves": 0, "unstable": 0}

@settings(max_examples=300, deadline=None, database=None,
          suppress_health_check=list(HealthCheck))
@given(broken() | values)
def check(content):
    counts["tried"] += 1
    before = profiles.search_count([])
    try:
        with env.cr.savepoint():
            draft = profiles.browse(profiles.import_policy(content)["id"])
            written = write_down(draft)
            draft.apply_policy(written)
            counts["unstable"] += write_down(draft) != written
            counts["applied"] += 1
            draft.unlink()
    except UserError as error:
        assert str(error).strip()
        counts["refused"] += 1
    counts["halves"] += profiles.search_count([]) != before

check()
print(json.dumps(counts))
"""


def test_broken_files_are_refused_in_words_or_make_what_they_say(database):
    printed = odoo_command.run_script(database, BROKEN_FILES)
    found = json.loads(printed.splitlines()[-1])
    assert (found["halves"], found["unstable"]) == (0, 0)
    assert min(found["applied"], found["refused"]) > 20
