"""Where nobody reads a refusal it is a note: no customer's words are lost by it.

Odoo's automation rules, its mail gateway and its scheduled jobs, with the gate closed.
"""

import json

import pytest

from dev import databases, odoo_command

# A rule of the kind that companies have: what comes in is an opportunity at once.
PREPARE = """
import json
from email.message import EmailMessage
from odoo import api
from odoo.exceptions import UserError
from odoo.tests import new_test_user

Lead = env["crm.lead"]
profile = env["crm.qualification.profile"].search([])
profile.enforcement = "enforce"
rep = new_test_user(env, "rep", groups="sales_team.group_sale_salesman")

def make_rule(trigger, **values):
    field = env["ir.model.fields"]._get("crm.lead", "type")
    action = env["ir.actions.server"].create({
        "name": "Make it an opportunity",
        "model_id": env["ir.model"]._get_id("crm.lead"),
        "state": "object_write", "update_path": "type", "value": "opportunity",
        "selection_value": field.selection_ids.filtered(
            lambda s: s.value == "opportunity").id,
    })
    rule = env["base.automation"].create({
        "name": "Rule", "model_id": env["ir.model"]._get_id("crm.lead"),
        "trigger": trigger, "action_server_ids": [(6, 0, action.ids)], **values,
    })
    return rule, action

def receive(number, **values):
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Ann <ann{number}@x.example>", "us@us.example"
    mail["Message-Id"], mail["Subject"] = f"<{number}@x.example>", f"Mail {number}"
    mail.set_content("We want a factory")
    lead = env["mail.thread"].message_process("crm.lead", mail.as_string(), values)
    env.flush_all()
    return tell(Lead.browse(lead))

def tell(lead):
    lead.invalidate_recordset()
    bodies = " ".join(lead.message_ids.mapped("body"))
    decisions = lead.qualification_decision_ids
    return [
        lead.type, lead.won_status, "factory" in bodies, "Not " in bodies,
        sorted(set(decisions.mapped(lambda d: f"{d.outcome} {d.path}"))),
    ]

def refuses(work):
    try:
        with env.cr.savepoint():
            work()
            env.flush_all()
    except UserError as refusal:
        return "Not qualified" in str(refusal) or "can't be won" in str(refusal)
    return False
"""
RULE_ON_CREATE = (
    PREPARE
    + """
rule, action = make_rule("on_create")
told = {"mail": receive(1)}
leads = Lead.with_user(env.ref("base.public_user")).sudo().create(
    [{"name": "Form", "type": "lead", "description": "factory"}]
)
told["visitor"] = tell(leads)[:2]
own = Lead.with_user(rep).create({"name": "Own", "type": "lead"})
told["person"] = tell(own.sudo())[:2]
# what a person does themselves is told to them, also while a rule waits for it
told["own write"] = refuses(lambda: own.write({"type": "opportunity"}))
told["own click"] = refuses(
    lambda: action.with_context(
        active_model="crm.lead", active_id=own.id, active_ids=own.ids
    ).run()
)
print(json.dumps(told))
"""
)
RULE_THAT_LOSES = (
    PREPARE
    + """
rule, action = make_rule("on_create")
action.write({"state": "code", "code": "records.action_set_lost()"})
env["ir.config_parameter"].set_param("sales_nemo.lost_reason_lead", "required")
own = Lead.with_user(rep).create({"name": "Own", "type": "lead"})
print(json.dumps({"mail": receive(1), "person": tell(own.sudo())[:2]}))
"""
)
RULE_THAT_SENDS = (
    PREPARE
    + """
from unittest.mock import patch
from odoo.addons.sms.tools.sms_api import SmsApi

def send(api, messages, **options):
    numbers = [number for message in messages for number in message["numbers"]]
    return [{"uuid": n["uuid"], "state": "sent", "credit": 0} for n in numbers]

rule, action = make_rule("on_create")
text = env["sms.template"].create({
    "name": "Thanks", "model_id": env["ir.model"]._get_id("crm.lead"), "body": "Thanks",
})
action.write({"state": "sms", "sms_template_id": text.id, "sms_method": "comment"})
told = {}
with patch.object(SmsApi, "_send_sms_batch", send):
    receive(1, phone="+32 470 12 34 56")
    lead = Lead.search([], limit=1, order="id desc")
    told["sent"] = lead.message_ids.filtered(lambda m: m.message_type == "sms").mapped(
        "notification_ids.notification_status")
    told["rule"] = lead.contact_state
    rule.active = False
    env["sms.composer"].with_user(env.ref("base.user_admin")).with_context(
        default_res_model="crm.lead", default_res_id=lead.id,
    ).create({"composition_mode": "comment", "body": "Thanks"}).action_send_sms()
    env.flush_all()
told["person"] = lead.contact_state
print(json.dumps(told))
"""
)
RULE_BY_TIME = (
    PREPARE
    + """
import datetime
bad, good = Lead.create([
    {"name": name, "type": "lead", "contact_name": "Ann", "phone": "+32 2 555 12 34"}
    for name in ("Bad", "Good")
])
good._log_contact("We talked", "reached")
env["crm.lead.need"].create(
    {"lead_id": good.id, "name": "Speed", "state": "confirmed"}
)
env["crm.lead.commitment"].create({"lead_id": good.id, "name": "Demo"})
make_rule(
    "on_time", trg_date_id=env["ir.model.fields"]._get("crm.lead", "date_open").id,
    trg_date_range=1, trg_date_range_type="hour", trg_date_range_mode="after",
)
soon = datetime.datetime.now() - datetime.timedelta(hours=1, minutes=1)
env.flush_all()
env.cr.execute("UPDATE crm_lead SET date_open = %s", [soon])
env.invalidate_all()
env.cr.commit()
env["base.automation"].with_context(cron_id=1)._cron_process_time_based_actions()
print(json.dumps({"bad": tell(bad)[:2], "good": tell(good)[:2]}))
"""
)
REFUSED_AT_BIRTH = (
    PREPARE
    + """
profile.direct_policy = "refuse"
won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
told = {"mail": receive(1, type="opportunity")}
told["mail, won"] = receive(2, type="opportunity", stage_id=won.id)
visitor = Lead.with_user(env.ref("base.public_user")).sudo()
told["visitor"] = tell(visitor.create({"name": "Form", "type": "opportunity"}))[:2]
told["visitor, won"] = tell(
    visitor.create({"name": "Won", "type": "lead", "stage_id": won.id})
)[:2]
told["person"] = refuses(
    lambda: Lead.with_user(rep).create({"name": "Own", "type": "opportunity"})
)
print(json.dumps(told))
"""
)


@pytest.fixture(scope="module")
def template(source):
    """Name of a database with the addon and Odoo's automation rules."""
    addon = databases.addon_template(source, demo=False)
    with databases.temporary_copy(addon, "rules") as database:
        odoo_command.change_modules(
            database, "-i", "base_automation", failure="Rules could not be installed."
        )
        yield database


def run(template, script):
    """What a script printed last, on a copy of its own."""
    with databases.temporary_copy(template, "automation") as database:
        output = odoo_command.run_script(database, script)
    return json.loads(output.splitlines()[-1])


def test_a_rule_that_converts_what_comes_in_loses_nothing(template):
    told = run(template, RULE_ON_CREATE)
    assert told["mail"] == ["lead", "pending", True, True, ["refused automatic"]]
    assert told["visitor"] == ["lead", "pending"]
    assert told["person"] == ["lead", "pending"]
    assert told["own write"] and told["own click"]


def test_a_rule_by_time_goes_on_with_the_others(template):
    told = run(template, RULE_BY_TIME)
    assert told == {"bad": ["lead", "pending"], "good": ["opportunity", "pending"]}


def test_what_a_rule_sends_nobody_wrote(template):
    told = run(template, RULE_THAT_SENDS)
    assert told == {"sent": ["pending"], "rule": "inbound", "person": "two_way"}


def test_what_is_refused_at_birth_comes_in_as_a_lead(template):
    told = run(template, REFUSED_AT_BIRTH)
    assert told["mail"] == ["lead", "pending", True, True, ["refused automatic"]]
    assert told["mail, won"][:3] == ["lead", "pending", True]
    assert told["visitor"] == ["lead", "pending"]
    assert told["visitor, won"] == ["lead", "pending"]
    assert told["person"]


def test_a_rule_that_loses_has_nobody_to_ask_for_a_reason(template):
    told = run(template, RULE_THAT_LOSES)
    assert told["mail"][:3] == ["lead", "lost", True]
    assert told["person"] == ["lead", "lost"]
