"""What happens when two people, or a person and a job, write at the same moment."""

import json

import pytest

from dev import databases, odoo_command

pytestmark = pytest.mark.trust(
    "Who writes at the same moment loses nothing and doubles nothing"
)

# A mail comes in while somebody saves the lead, the contact or the account: the
# gateway's transaction has begun before, and PostgreSQL refuses to let it write there.
MAIL_MEETS_SAVING = """
import json
from email.message import EmailMessage
from odoo import api

account = env["res.partner"].create({"name": "Customer", "is_company": True})
person = account.create(
    {"name": "Ann", "email": "ann@customer.example", "parent_id": account.id}
)
leads = env["crm.lead"].create(
    [{"name": n, "type": "lead", "partner_id": person.id} for n in "1234"]
)
env.cr.commit()
told = []
nobody = env["crm.lead"]
for number, (model, thread, saved) in enumerate((
    ("crm.lead", leads[0], leads[0]),
    ("res.partner", person, leads[1]),
    ("crm.lead", leads[2], person),
    ("crm.lead", leads[3], account),
    ("res.partner", person, account),
    ("crm.lead", nobody, person),
    ("crm.lead", nobody, account),
)):
    # as if nobody had been heard of
    env["mail.message"].search([("message_type", "=", "email")]).unlink()
    env.cr.commit()
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ann <ann@customer.example>", "us@company.example"
    mail["Message-Id"], mail["Subject"] = f"<{number}@customer.example>", "Hello"
    mail.set_content("Hello")
    with env.registry.cursor() as gateway:
        threads = api.Environment(gateway, api.SUPERUSER_ID, {})["mail.thread"]
        gateway.execute("SELECT count(*) FROM res_users")
        with env.registry.cursor() as other:
            row = saved.with_env(api.Environment(other, api.SUPERUSER_ID, {}))
            row.write({"city": f"Ghent {number}"})
        threads.message_process(model, mail.as_string(), thread_id=thread.id)
    env.cr.commit()
    env.invalidate_all()
    found = env["mail.message"].search([("message_id", "=", mail["Message-Id"])])
    lead = nobody.browse(found.res_id) if found.model == "crm.lead" else leads[1]
    heard = [bool(partner.crm_heard_date) for partner in (person, account)]
    told.append([len(found), saved.city, lead.contact_state, *heard])
print(json.dumps(told))
"""

# Two people answer one question at once: the second one changes the first one's answer.
TWO_ANSWER = """
import json
from odoo import api
from odoo.service.model import retrying

account = env["res.partner"].create({"name": "Customer", "is_company": True})
lead = env["crm.lead"].create({"name": "Lead", "type": "lead"})
profile = env["crm.qualification.profile"].create(
    {"name": "Asks", "state": "published"}
)
asked, wanted = env["crm.qualification.criterion"].create(
    [
        {"name": "Sector?", "scope": "account", "profile_id": profile.id},
        {"name": "Budget?", "profile_id": profile.id},
    ]
)
env.cr.commit()
told = []
for owner, save in (
    (account, lambda one, value: one.save_account_answer(asked.id, value)),
    (lead, lambda one, value: one.save_qualification_answer(wanted.id, value)),
):
    with env.registry.cursor() as first, env.registry.cursor() as second:
        late = owner.with_env(api.Environment(second, api.SUPERUSER_ID, {}))
        second.execute("SELECT count(*) FROM res_users")
        save(owner.with_env(api.Environment(first, api.SUPERUSER_ID, {})), "yes")
        first.commit()
        retrying(lambda: save(late, "no"), late.env)
    env.cr.commit()
    env.invalidate_all()
    answers = owner.qualification_answer_ids
    told.append([answers.mapped("value"), "yes (" in (answers[:1].history or "")])
print(json.dumps(told))
"""

# Two ask for an exception for one lead at once, and two approvers answer at once.
EXCEPTION = """
import json
from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user
from odoo.tools import mute_logger

seller, manager = "sales_team.group_sale_salesman", "sales_team.group_sale_manager"
sellers = [new_test_user(env, login, seller) for login in ("ann", "bob")]
approvers = [new_test_user(env, login, manager) for login in ("cleo", "dan")]
env["crm.qualification.profile"].create(
    {"name": "Strict", "state": "published", "enforcement": "enforce", "sequence": -1}
)
lead = env["crm.lead"].create({"name": "Lead", "type": "lead", "user_id": False})
env.cr.commit()

def ask(env):
    dialogs = env["crm.lead2opportunity.partner"].with_context(active_id=lead.id)
    dialog = dialogs.create({"lead_id": lead.id, "override_reason": env.user.login})
    return dialog.action_ask_exception()["res_id"]

def answer(env, state):
    values = {"exception_id": asked[0], "state": state, "answer": "Well"}
    return env["crm.qualification.exception.answer"].create(values).action_answer()

def both(users, *walks):
    with env.registry.cursor() as first, env.registry.cursor() as second:
        crs = first, second
        envs = [api.Environment(cr, user.id, {}) for cr, user in zip(crs, users)]
        second.execute("SELECT count(*) FROM res_users")
        done = walks[0](envs[0])
        first.commit()
        # that PostgreSQL refuses, and Odoo tries again, is logged
        with mute_logger("odoo.sql_db"):
            return done, retrying(lambda: walks[1](envs[1]), envs[1])

asked = both(sellers, ask, ask)
try:
    both(approvers, lambda e: answer(e, "granted"), lambda e: answer(e, "declined"))
    told = ""
except UserError as error:
    told = str(error)
env.cr.commit()
env.invalidate_all()
rows = env["crm.qualification.exception"].search([])
print(json.dumps([len(rows), asked[0] == asked[1], rows.state, lead.type, told]))
"""

# The daily job meets a lead that somebody is saving: the others age all the same.
JOB_MEETS_SAVING = """
import json
from odoo import api

leads = env["crm.lead"].create(
    [{"name": n, "type": "lead", "contact_name": "Ann"} for n in ("one", "two")]
)
for lead in leads:
    lead._log_contact("We talked", "reached")
env.flush_all()
env.cr.execute(
    "UPDATE crm_lead SET contact_date = contact_date - interval '20 days'"
    " WHERE id = ANY(%s)", [leads.ids],
)
env.cr.execute(
    "UPDATE mail_message SET date = date - interval '20 days'"
    " WHERE model = 'crm.lead' AND res_id = ANY(%s)", [leads.ids],
)
env.cr.commit()
told = []
with env.registry.cursor() as other:
    rows = api.Environment(other, api.SUPERUSER_ID, {})["crm.lead"]
    rows.browse(leads[0].id).priority = "2"
    rows.flush_model()
    with env.registry.cursor() as job:
        api.Environment(job, api.SUPERUSER_ID, {})["crm.lead"]._cron_age()
    other.commit()
env.cr.commit()
env.invalidate_all()
told.append(leads.mapped("qualification_grade"))
env["crm.lead"]._cron_age()
env.invalidate_all()
told.append(leads.mapped("qualification_grade"))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def database(source):
    """A copy of the database with the addon, to write in for real."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "concurrent") as name:
        yield name


def run(database, script):
    """What a script printed last, in another process."""
    return json.loads(odoo_command.run_script(database, script).splitlines()[-1])


def test_no_mail_is_lost_when_somebody_saves_its_lead_or_contact(database):
    told = run(database, MAIL_MEETS_SAVING)
    assert told == [[1, f"Ghent {n}", "inbound", True, True] for n in range(7)]


def test_ageing_leaves_a_lead_that_is_being_saved_for_the_next_run(database):
    first, second = run(database, JOB_MEETS_SAVING)
    assert first == ["d1", "d2"]
    assert second == ["d2", "d2"]


def test_two_answers_at_once_are_one(database):
    assert run(database, TWO_ANSWER) == [[["no"], True]] * 2


def test_two_ask_and_two_answer_at_once(database):
    count, is_same, state, lead_type, told = run(database, EXCEPTION)
    assert (count, is_same) == (1, True)
    assert (state, lead_type) == ("granted", "opportunity")
    assert "Granted, cleo" in told
