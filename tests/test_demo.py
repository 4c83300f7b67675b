"""The demo data: a year of a small company."""

import json

import pytest

from dev import databases, odoo_command

pytestmark = pytest.mark.verify

READ = """
import json
env = env(context={"active_test": False})
leads = env["crm.lead"].search([])
check = env["crm.qualification.check"]
profile = env.ref("sales_nemo.demo_profile")
log = env["crm.qualification.decision"]
again = log.search([]).judge_again()
asked = env["crm.qualification.exception"].search([])
names = env["ir.model.data"].search([("module", "=", "crm")])
stock = leads.browse(names.filtered(lambda x: x.model == "crm.lead").mapped("res_id"))
closed = leads.filtered(lambda x: x.qualification_profile_id == profile)
print(json.dumps({
    "stored wrongly": sorted(check._compare()),
    "judged otherwise": [one for one in again if one["differences"]],
    "won": len(closed.filtered(lambda lead: lead.won_status == "won")),
    "lost": len(closed.filtered(lambda lead: lead.won_status == "lost")),
    "states": sorted({*leads.mapped("qualification_state")}),
    "contact": sorted({*leads.mapped("contact_state")}),
    "outcomes": sorted({*log.search([]).mapped("outcome")}),
    "exceptions": sorted({*asked.mapped("state")}),
    "promises": sorted({*env["crm.lead.commitment"].search([]).mapped("state")}),
    "came back and were won": len(leads.filtered(
        lambda lead: lead.attempt > 1 and lead.won_status == "won"
    )),
    "up for grabs": len(leads.filtered("is_up_for_grabs")),
    "due to come back": env["crm.lead"]._recycle_due(),
    "learnt": bool(profile._get_scorecard()),
    "published": [str(x.date) for x in profile.version_ids.sorted("number")],
    "coloured": [row.criterion_id.code for row in env["crm.qualification.lift"].search([
        ("profile_id", "=", profile.id), ("difference_low", ">", 0),
    ])],
    "mails": env["mail.mail"].search_count([("res_id", "in", (leads - stock).ids)]),
}))
"""


@pytest.fixture(scope="module")
def told(source):
    """What is in the database with demo data."""
    template = databases.addon_template(source, demo=True)
    with databases.temporary_copy(template, "year") as database:
        return json.loads(odoo_command.run_script(database, READ).splitlines()[-1])


def test_what_is_stored_is_what_it_follows_from(told):
    assert told["stored wrongly"] == []
    assert told["judged otherwise"] == []


def test_leads_are_in_every_state(told):
    states = "blocked disqualified flagged none overridden qualified ready"
    assert told["states"] == states.split()
    assert told["contact"] == ["inbound", "none", "outbound", "two_way"]
    assert {"flagged", "overridden", "passed", "refused"} <= {*told["outcomes"]}
    assert told["exceptions"] == ["asked", "declined", "granted"]
    assert told["promises"] == ["broken", "kept", "open"]


def test_what_was_lost_comes_back(told):
    assert told["came back and were won"]
    assert told["up for grabs"] >= 3
    assert not told["due to come back"]


def test_history_tells_what_answers_were_worth(told):
    assert told["won"] >= 40
    assert told["lost"] >= 40
    assert told["learnt"]
    assert told["published"] == sorted(told["published"])
    assert len(told["coloured"]) >= 2
    assert "labels" not in told["coloured"]


def test_nobody_is_written_to(told):
    assert told["mails"] == 0
