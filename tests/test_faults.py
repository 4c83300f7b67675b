"""What is killed while it is at work: Odoo, its workers, PostgreSQL.

Each time the work goes on afterwards, nothing is lost and nothing is there twice.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import own_postgres
import pytest
import structure
from test_conversion import (
    DIALOG,
    call,
    get_conversions,
    open_dialog,
    prepare,
    query,
    serve,
    workers_killed,
)
from test_install import change
from waiting import PAUSE, wait_for

from dev import databases, odoo_command, postgres, serving
from dev.__main__ import CHECK_DATA
from dev.processes import start

pytestmark = pytest.mark.full

# What Odoo logs when it gets to an early, a middle and a late part of an installation.
STEPS = (
    "module sales_nemo: creating or updating database tables",
    "loading sales_nemo/security/",
    "loading sales_nemo/views/",
)

# The jobs' work: open leads whose answers and contacts are older than they may be, and
# lost ones whose day to come back is there. All else is at rest.
PREPARE_AGEING = """
from odoo.addons.sales_nemo.models.decision.crm_lead_ageing import ANSWER_BATCH

profile = env["crm.qualification.profile"].create(
    {"name": "Asks", "sequence": -1}
)
asked = env["crm.qualification.criterion"].create(
    {"name": "Budget?", "profile_id": profile.id, "validity_days": 30}
)
profile.publish()
leads = env["crm.lead"].with_context(tracking_disable=True).create([
    {"name": f"Lead {n}", "type": "lead", "contact_name": f"Person {n}"}
    for n in range(ANSWER_BATCH + ANSWER_BATCH // 2)
])
env["crm.qualification.answer"].create(
    [{"criterion_id": asked.id, "lead_id": lead.id, "value": "yes"} for lead in leads]
)
met = leads[-100:]
for lead in met:
    lead._log_contact("We talked", "reached")
env.flush_all()
env.cr.execute(
    "UPDATE crm_qualification_answer"
    " SET date = date - interval '50 days', expires_on = expires_on - 50;"
    "UPDATE crm_lead SET contact_date = contact_date - interval '20 days'"
    " WHERE id = ANY(%s);"
    "UPDATE mail_message SET date = date - interval '20 days'"
    " WHERE model = 'crm.lead' AND res_id = ANY(%s)", [met.ids, met.ids],
)
"""
PREPARE_RETURN = """
users = [
    env["res.users"].create({
        "name": login, "login": login,
        "group_ids": [(6, 0, env.ref("sales_team.group_sale_salesman").ids)],
    })
    for login in ("ann", "ben")
]
leads = env["crm.lead"].with_context(tracking_disable=True).create([
    {
        "name": f"Lead {n}", "type": "opportunity", "user_id": users[n % 2].id,
        "contact_name": f"Person {n}", "email_from": f"person{n}@x{n}.example",
    }
    for n in range(400)
])
leads.action_set_lost()
env.flush_all()
env.cr.execute(
    "UPDATE crm_lead SET recycle_to = 'same', recycle_date = CURRENT_DATE - 1"
    " WHERE id = ANY(%s)", [leads.ids],
)
"""
AT_REST = """
env["ir.cron"].search([]).active = False
env.ref("sales_nemo.JOB").write({"active": True, "nextcall": "2026-01-01 00:00:00"})
env.cr.commit()
"""
# How many are done, of how many.
AGED = """
SELECT count(*) FILTER (WHERE is_expired), count(*) FROM crm_qualification_answer
"""
RETURNED = """
SELECT count(*) FILTER (WHERE recycle_outcome = 'returned'), count(*)
  FROM crm_lead WHERE recycle_to IS NOT NULL
"""
# What is left to do.
YOUNG = """
SELECT count(*) FROM crm_lead
 WHERE contact_date IS NOT NULL AND qualification_grade NOT LIKE '%2'
"""
# Of each that was lost: what came back, what it was told, who is reminded of it.
CAME_BACK = """
SELECT DISTINCT
       (SELECT count(*) FROM crm_lead n WHERE n.recycled_from_id = l.id),
       (SELECT count(*) FROM mail_message m
         WHERE m.model = 'crm.lead' AND m.res_id = l.id AND m.body LIKE '%Came back%'),
       (SELECT count(*) FROM mail_activity a JOIN crm_lead n ON n.id = a.res_id
         WHERE a.res_model = 'crm.lead' AND n.recycled_from_id = l.id)
  FROM crm_lead l WHERE l.recycle_to IS NOT NULL
"""


@pytest.fixture
def copied(source):
    """A copy of the database with the addon, to write in for real."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "faults") as name:
        yield name


def check_data(database):
    """What is stored that is not as it should be; a text, empty where all is right."""
    return odoo_command.run_script(database, CHECK_DATA).strip()


def kill_installation(database, step, log):
    """Install the addon, and kill Odoo when it logs a step; nothing is stored yet."""
    options = ("-i", "sales_nemo", "--stop-after-init", "--no-http")
    process = start(odoo_command.command(database, *options, f"--logfile={log}"))
    wait_for(lambda: log.exists() and step in log.read_text(), process)
    process.kill()
    process.wait()
    found = "SELECT to_regclass('crm_qualification_profile')"
    assert postgres.sql(found, database) == "", "killed before it was stored"


@pytest.mark.trust(
    "kill -9 in an installation: the next one ends as if it were the first"
)
def test_an_installation_is_killed(source, database, log, record_property):
    untouched = databases.crm_template(source, demo=False)
    with databases.temporary_copy(untouched, "killed") as name:
        for number, step in enumerate(STEPS):
            kill_installation(name, step, log.with_name(f"{number}.log"))
        assert change(name, "-i", "sales_nemo") == []
        assert structure.of(name) == structure.of(database)
        assert check_data(name) == ""
    record_property("figure", f"killed {len(STEPS)} times in installation")


def kill_job(database, log, job, question):
    """Kill the workers when a job has done a part of its work; a new one does the rest.

    :param question: SQL that tells how much is done, of how much
    :returns: how much was done when they were killed, and how much in all
    """
    odoo_command.run_script(database, AT_REST.replace("JOB", job))

    def get_progress():
        # Odoo looks once a minute for what nobody tells it
        postgres.sql(f"NOTIFY cron_trigger, '{database}'")
        return tuple(map(int, postgres.sql(question, database).split("|")))

    with serve(database, log) as (process, _address):
        wait_for(lambda: get_progress()[0], process)
        with workers_killed(process):
            done, total = get_progress()
            assert 0 < done < total, "killed in between"
        wait_for(lambda: get_progress() == (total, total), process)
        due = "SELECT count(*) FROM ir_cron WHERE nextcall < now() AND active"
        wait_for(lambda: postgres.sql(due, database) == "0", process)
    return done, total


@pytest.mark.trust("kill -9 in ageing: every lead has aged afterwards")
def test_ageing_is_killed(copied, log, record_property):
    odoo_command.run_script(copied, PREPARE_AGEING + "env.cr.commit()")
    assert check_data(copied) != "", "there is something to do"
    done, total = kill_job(copied, log, "ir_cron_qualification_age", AGED)
    assert postgres.sql(YOUNG, copied) == "0"
    assert check_data(copied) == ""
    record_property("figure", f"killed after {done} of {total} answers in ageing")


@pytest.mark.trust("kill -9 in the return of lost leads: each came back once")
def test_the_return_of_lost_leads_is_killed(copied, log, record_property):
    odoo_command.run_script(copied, PREPARE_RETURN + "env.cr.commit()")
    done, total = kill_job(copied, log, "ir_cron_recycling", RETURNED)
    assert query(copied, CAME_BACK) == [["1", "1", "1"]]
    assert check_data(copied) == ""
    record_property("figure", f"killed after {done} of {total} leads in return")


PEOPLE = tuple(f"user{n}" for n in range(8))
# Others wait for the rows that one of them has locked.
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
"""


def convert_at_last(address, key, leads):
    """Convert leads as a person does: again, as long as Odoo says that it failed.

    :returns: how often it failed
    """
    failures = 0
    while True:
        try:
            ids, context = open_dialog(address, key, leads)
            call(address, key, DIALOG, "action_mass_convert", ids=ids, context=context)
            return failures
        # no answer, or Odoo's page for errors of its own
        except (OSError, AssertionError, json.JSONDecodeError) as error:
            failures += 1
            assert failures < 200, error
            time.sleep(10 * PAUSE)


@pytest.mark.trust("PostgreSQL crashes under 8 users who convert 40 leads: each once")
def test_postgresql_restarts_under_eight_people(source, log, record_property):
    with own_postgres.with_addon(source) as (server, database):
        told = prepare(database, 40, facts=True, people=PEOPLE)
        together = threading.Barrier(len(PEOPLE))

        def work(address, number):
            leads = told["leads"][5 * number :] + told["leads"][: 5 * number]
            together.wait()
            return convert_at_last(address, told["keys"][number], leads)

        with (
            # in threads: Odoo's parent of workers ends where it can't reach PostgreSQL
            serving.server(database, "--max-cron-threads=0", f"--logfile={log}") as (
                process,
                address,
            ),
            ThreadPoolExecutor(len(PEOPLE)) as people,
        ):
            working = [people.submit(work, address, n) for n in range(len(PEOPLE))]
            wait_for(lambda: postgres.sql(WAITING) != "0", process)
            server.stop("immediate")
            server.start()
            failures = sum(one.result() for one in working)
        assert failures, "somebody noticed"
        assert get_conversions(database) == {("opportunity", "1", "1")}
        customers = (
            "SELECT count(DISTINCT partner_id), (SELECT count(*) FROM res_partner"
            " WHERE NOT is_company AND email LIKE 'person%') FROM crm_lead"
        )
        assert query(database, customers) == [["40", "40"]]
        assert check_data(database) == ""
    record_property(
        "figure", f"one crash, {failures} requests failed and were made again"
    )
