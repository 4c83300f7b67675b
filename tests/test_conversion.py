"""Mass conversion in a running Odoo: people at once, and a worker that is killed.

Two worker processes serve, as in a company; nothing is patched.
"""

import contextlib
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import json2
import pytest
from waiting import wait_for

from dev import databases, odoo_command, postgres, serving

pytestmark = pytest.mark.trust(
    "Mass conversion: workers killed, two people at once; each lead converted once"
)

# Salespeople with keys and leads that pass the gate.
PREPARE = """
import datetime, json
group = env.ref("sales_team.group_sale_salesman_all_leads")
tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
keys = []
users = env["res.users"]
for login in PEOPLE:
    user = env["res.users"].create(
        {"name": login, "login": login, "group_ids": [(6, 0, group.ids)]}
    )
    keys.append(
        env["res.users.apikeys"].with_user(user)._generate("rpc", "test", tomorrow)
    )
    users |= user
leads = env["crm.lead"].with_context(tracking_disable=True).create([
    {
        "name": f"Lead {n}",
        "type": "lead",
        "contact_name": f"Person {n}",
        "partner_name": f"Company {n % 7}",
        "email_from": f"person{n}@x{n}.example",
        "user_id": users[n % len(users)].id,
    }
    for n in range(NUMBER)
])
if FACTS:
    for lead in leads:
        lead._log_contact("We talked", "reached")
    env["crm.lead.need"].create(
        [{"lead_id": lead.id, "name": "Speed", "state": "confirmed"} for lead in leads]
    )
    env["crm.lead.commitment"].create(
        [{"lead_id": lead.id, "name": "Demo"} for lead in leads]
    )
    env.flush_all()
    assert set(leads.mapped("qualification_state")) == {"ready"}
else:
    env["crm.qualification.profile"].search([]).enforcement = "advise"
# what other scheduled actions log about leads that are being converted is theirs
ours = env.ref("sales_nemo.ir_cron_conversion")
(env["ir.cron"].search([]) - ours).active = False
env.cr.commit()
told = {"keys": keys, "leads": leads.ids, "users": users.ids}
print(json.dumps(told))
"""
# The first of them asks for all leads; few are many for who asks here. Nobody is to be
# at work before somebody looks: it waits until it is resumed.
ASK = """
from odoo.addons.sales_nemo.models.conversion import crm_lead_conversion_job

crm_lead_conversion_job.BACKGROUND_FROM = NUMBER
context = {"active_model": "crm.lead", "active_ids": leads.ids}
dialogs = env["crm.lead2opportunity.partner.mass"].with_user(users[0])
dialog = dialogs.with_context(context).create({"deduplicate": False})
job = env["crm.lead.conversion.job"].browse(dialog.action_mass_convert()["res_id"])
job.state = "cancelled"
env.cr.commit()
print(json.dumps({**told, "job": job.id}))
"""
DIALOG = "crm.lead2opportunity.partner.mass"
JOB = "crm.lead.conversion.job"


@pytest.fixture
def database(source):
    """A copy of the database with the addon, to write in for real."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "conversion") as name:
        yield name


@contextlib.contextmanager
def serve(database, log):
    """An Odoo with two workers and scheduled actions, for the time of the block.

    :returns: its process and address
    """
    # workers have a second port, which two servers can't share either
    with serving.reserved_port(first=8200) as port:
        options = ("--workers=2", "--max-cron-threads=1", f"--gevent-port={port}")
        with serving.server(database, *options, f"--logfile={log}") as served:
            yield served


def prepare(database, number, facts, more="", people=("ann", "ben")):
    """People and leads, before any scheduled action is at work.

    :param more: a script that goes on
    :param people: their logins
    :returns: ``{"keys", "leads", "users"}``
    """
    script = f"NUMBER, FACTS, PEOPLE = {number}, {facts}, {people}\n{PREPARE}{more}"
    return json.loads(odoo_command.run_script(database, script).splitlines()[-1])


def call(address, key, model, method, **body):
    """What a method answers to a person's own program."""
    status, answer = json2.post(address, key, model, method, **body)
    assert status == 200, answer
    return answer


def open_dialog(address, key, lead_ids, **options):
    """The dialog as the browser saves it.

    :returns: its id and the context of its button
    """
    context = {
        "active_model": "crm.lead",
        "active_id": lead_ids[0],
        "active_ids": lead_ids,
    }
    values = {"deduplicate": False, **options}
    ids = call(address, key, DIALOG, "create", vals_list=[values], context=context)
    return ids, context


def query(database, sql):
    """All rows of a query, each as a list of texts."""
    return [line.split("|") for line in postgres.sql(sql, database).splitlines()]


def get_conversions(database):
    """``{(type, decisions that let it through, lines of jobs that converted it)}``."""
    found = query(
        database,
        """
        SELECT DISTINCT l.type,
               (SELECT count(*) FROM crm_qualification_decision d
                 WHERE d.lead_id = l.id AND NOT d.is_pending
                   AND d.outcome IN ('passed', 'advised')),
               (SELECT count(*) FROM crm_lead_conversion_line c
                 WHERE c.lead_id = l.id AND c.outcome = 'converted')
          FROM crm_lead l
        """,
    )
    return {tuple(row) for row in found}


def assert_quiet(log):
    """Nobody was shown a dead-lock, nothing failed."""
    lines = log.read_text().splitlines()
    loud = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    assert not loud, loud[:5]
    assert not [line for line in lines if line.startswith("Traceback")]


@pytest.mark.parametrize(
    "deduplicate", [False, pytest.param(True, marks=pytest.mark.verify)]
)
def test_two_people_convert_the_same_leads_at_once(database, log, deduplicate):
    told = prepare(database, 60, facts=True)
    leads = told["leads"]
    selections = (leads[:40], leads[:19:-1])
    start = threading.Barrier(2)

    def convert(address, key, dialog):
        ids, context = dialog
        start.wait()
        call(address, key, DIALOG, "action_mass_convert", ids=ids, context=context)

    with serve(database, log) as (_process, address):
        dialogs = [
            open_dialog(address, key, ids, deduplicate=deduplicate)
            for key, ids in zip(told["keys"], selections, strict=True)
        ]
        people = ThreadPoolExecutor(2)
        list(people.map(convert, [address] * 2, told["keys"], dialogs))
    assert get_conversions(database) == {("opportunity", "1", "1")}
    # the 20 that both had selected: one of them was told so
    outcomes = query(
        database,
        "SELECT outcome, count(*) FROM crm_lead_conversion_line GROUP BY 1 ORDER BY 1",
    )
    assert outcomes == [["converted", "60"], ["skipped", "20"]]
    # one customer each
    customers = query(
        database,
        "SELECT count(*), count(DISTINCT partner_id) FROM crm_lead"
        " WHERE partner_id IS NOT NULL",
    )
    assert customers == [["60", "60"]]
    assert_quiet(log)


def test_who_is_at_work_in_the_background_is_killed(database, log):
    """Few leads, so that it is quick: a conversion that was stopped is resumed."""
    told = prepare(database, 300, facts=False, more=ASK)

    def wake():
        # Odoo looks once a minute for what nobody tells it
        postgres.sql(f"NOTIFY cron_trigger, '{database}'")

    with serve(database, log) as (process, address):
        call(address, told["keys"][0], JOB, "action_resume", ids=[told["job"]])
        kill_who_converts(database, process, address, told, wake)
    check_that_each_was_converted_once(database, log, told)


@pytest.mark.verify
def test_many_are_converted_in_the_background_although_workers_are_killed(
    database, log
):
    told = prepare(database, 1200, facts=False)
    key = told["keys"][0]
    with serve(database, log) as (process, address):
        ids, context = open_dialog(address, key, told["leads"])
        action = call(
            address, key, DIALOG, "action_mass_convert", ids=ids, context=context
        )
        told["job"] = action["res_id"]
        kill_who_converts(database, process, address, told)
    check_that_each_was_converted_once(database, log, told)


def kill_who_converts(database, process, address, told, wake=lambda: None):
    """Kill who converts when it is at work, and let another end it.

    :param wake: function that tells Odoo to look for work
    """
    number, job = len(told["leads"]), told["job"]

    def get_progress():
        wake()
        return call(address, told["keys"][0], JOB, "get_progress", ids=[job])

    assert get_progress()["total"] == number
    wait_for(lambda: get_progress()["done"] > 0, process)
    with workers_killed(process):
        done = f"SELECT done_count FROM crm_lead_conversion_job WHERE id = {job}"
        assert 0 < int(postgres.sql(done, database)) < number, "killed in between"
    wait_for(lambda: get_progress()["state"] == "done", process)
    assert get_progress()["done"] == number


def check_that_each_was_converted_once(database, log, told):
    """Nothing is half done, and nobody is told twice."""
    assert get_conversions(database) == {("opportunity", "1", "1")}
    # done as who asked, each lead written once
    users = query(database, "SELECT DISTINCT user_id FROM crm_qualification_decision")
    assert users == [[str(told["users"][0])]]
    # who asked is told once, and the colleague of what is theirs
    subjects = query(
        database,
        """
        SELECT r.res_partner_id, m.subject FROM mail_message m
          JOIN mail_message_res_partner_rel r ON r.mail_message_id = m.id
         WHERE m.message_type = 'user_notification'
           AND (m.subject LIKE '%mass conversion%' OR m.subject LIKE '%converted%')
        """,
    )
    assert len(subjects) == 2
    assert_quiet(log)


@contextlib.contextmanager
def workers_killed(process):
    """Kill all workers of a server at once; after the block it starts new ones."""
    process.send_signal(signal.SIGSTOP)
    try:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)],
            capture_output=True,
            check=True,
            text=True,
        )
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        yield
    finally:
        process.send_signal(signal.SIGCONT)
