"""The pool and the return in a running Odoo: people and workers at the same moment.

Two worker processes serve, as in a company; nothing is patched.
"""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from dev import databases, odoo_command, postgres, serving
from dev.environment import CONFIGURATION
from dev.paths import LAUNCHER

# Two salespeople with keys, and leads that anybody may claim.
PREPARE = """
import datetime, json
group = env.ref("sales_team.group_sale_salesman")
tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
keys = []
for login in ("ann", "ben"):
    user = env["res.users"].create(
        {"name": login, "login": login, "group_ids": [(6, 0, group.ids)]}
    )
    keys.append(
        env["res.users.apikeys"].with_user(user)._generate("rpc", "test", tomorrow)
    )
leads = env["crm.lead"].create(
    [
        {
            "name": f"Lead {n}",
            "type": "lead",
            "user_id": False,
            "team_id": False,
            "is_pooled": True,
        }
        for n in range(20)
    ]
)
env["ir.cron"].search([]).active = False
env.cr.commit()
print(json.dumps({"keys": keys, "leads": leads.ids}))
"""

# Lost records whose day is there.
LOSE = """
import datetime
deals = env["crm.lead"].with_context(tracking_disable=True).create(
    [
        {"name": f"Deal {n}", "type": "lead", "email_from": f"p{n}@x{n}.example"}
        for n in range(300)
    ]
)
deals.action_set_lost(recycle_to="other", recycle_date=datetime.date(2020, 1, 1))
env.cr.commit()
"""
WORK = """
env["crm.lead"]._cron_recycle()
env.cr.commit()
"""

# While one worker holds a batch, another takes what is left and waits for nothing.
BESIDE = """
import json
from odoo import api
from odoo.addons.sales_nemo.models import crm_lead_recycling

crm_lead_recycling.RETURN_BATCH = 100
with env.registry.cursor() as other:
    colleague = api.Environment(other, api.SUPERUSER_ID, {})["crm.lead"]
    first = colleague._recycle_due()
    second = env["crm.lead"]._recycle_due()
    env.cr.commit()
    other.rollback()
env.invalidate_all()
left = env["crm.lead"].with_context(active_test=False).search_count(
    [("recycle_to", "=", "other"), ("recycle_outcome", "=", False)]
)
print(json.dumps([first, second, left]))
"""

# Whoever read the pool before a colleague's claim was saved meets PostgreSQL's refusal,
# which Odoo answers by trying again. It is no error of anybody.
LATE = """
import json, logging
from psycopg2 import OperationalError
from odoo import api

lead = env["crm.lead"].search([("is_up_for_grabs", "=", True)], limit=1)
ann, ben = (env["res.users"].search([("login", "=", l)]) for l in ("ann", "ben"))
env.cr.commit()
noted, told = [], []
logging.getLogger("odoo.sql_db").addFilter(lambda record: noted.append(str(record)))
for _try in range(2):
    with env.registry.cursor() as late:
        late.execute("SELECT count(*) FROM crm_lead")
        if not told:
            with env.registry.cursor() as first:
                lead.with_env(api.Environment(first, ann.id, {})).action_claim()
        try:
            lead.with_env(api.Environment(late, ben.id, {})).action_claim()
        except Exception as error:
            late.rollback()
            told.append([isinstance(error, OperationalError), str(error)])
env.invalidate_all()
print(json.dumps([lead.user_id.login, told, noted]))
"""


@pytest.fixture
def database(source):
    """A copy of the database with the addon, to write in for real."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "pool") as name:
        yield name


def query(database, sql):
    """All rows of a query, each as a list of texts."""
    return [line.split("|") for line in postgres.sql(sql, database).splitlines()]


def claim(address, key, lead_id):
    """Claim a lead by a person's own program.

    :returns: None, or what the person is told instead
    """
    request = urllib.request.Request(
        f"{address}/json/2/crm.lead/action_claim",
        data=json.dumps({"ids": [lead_id]}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"bearer {key}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)["message"]
    return None


def test_two_people_claim_the_same_lead_at_once(database, tmp_path):
    told = json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])
    log = tmp_path / "odoo.log"
    answers = {lead_id: [] for lead_id in told["leads"]}
    start = threading.Barrier(2)

    def claim_all(address, key):
        for lead_id in told["leads"]:
            start.wait()
            answers[lead_id].append(claim(address, key, lead_id))

    options = ("--workers=2", "--max-cron-threads=0", f"--logfile={log}")
    with serving.server(database, *options) as (_process, address):
        people = [
            threading.Thread(target=claim_all, args=(address, key))
            for key in told["keys"]
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
    for lead_id, (first, second) in answers.items():
        assert (first is None) != (second is None), (lead_id, first, second)
        assert "Somebody else was faster" in (first or second)
    found = query(
        database,
        "SELECT count(*), count(user_id), count(*) FILTER (WHERE is_up_for_grabs)"
        " FROM crm_lead",
    )
    assert found == [["20", "20", "0"]]
    lines = log.read_text().splitlines()
    assert not [line for line in lines if line.startswith("Traceback")]
    assert not [line for line in lines if " ERROR " in line]


def test_who_claims_a_moment_too_late_leaves_no_error_in_the_log(database):
    odoo_command.run_script(database, PREPARE)
    output = odoo_command.run_script(database, LATE)
    owner, told, noted = json.loads(output.splitlines()[-1])
    assert owner == "ann"
    assert [refused for refused, _text in told] == [True, False]
    assert "Somebody else was faster" in told[1][1] or "Ann has it" in told[1][1]
    assert not noted


def count_returns(database):
    """Lost records, those that came back, new leads, and lost ones these continue."""
    return query(
        database,
        """
        SELECT count(*) FILTER (WHERE recycle_to = 'other'),
               count(*) FILTER (WHERE recycle_outcome = 'returned'),
               count(*) FILTER (WHERE attempt = 2),
               count(DISTINCT recycled_from_id)
          FROM crm_lead
        """,
    )[0]


def test_two_workers_bring_each_back_once(database):
    odoo_command.run_script(database, LOSE)
    workers = [
        threading.Thread(target=odoo_command.run_script, args=(database, WORK))
        for _number in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    odoo_command.run_script(database, WORK)
    assert count_returns(database) == ["300"] * 4


def test_a_batch_of_another_worker_is_left_to_it(database):
    odoo_command.run_script(database, LOSE)
    told = json.loads(odoo_command.run_script(database, BESIDE).splitlines()[-1])
    assert told == [100, 100, 200], "what was rolled back is still to come"
    assert count_returns(database) == ["300", "100", "100", "100"]
    odoo_command.run_script(database, WORK)
    assert count_returns(database) == ["300"] * 4


def test_a_killed_worker_leaves_nothing_half_done(database, tmp_path):
    odoo_command.run_script(database, LOSE)
    line = [LAUNCHER, "shell", "-c", CONFIGURATION, "-d", database, "--no-http"]
    worker = subprocess.Popen(
        [*line, f"--logfile={tmp_path / 'odoo.log'}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    worker.stdin.write(WORK.encode())
    worker.stdin.close()
    deadline = time.monotonic() + 120
    while count_returns(database)[1] == "0":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    lost, returned, created, continued = count_returns(database)
    assert returned == created == continued
    assert 0 < int(returned) < int(lost), "killed in between"
    odoo_command.run_script(database, WORK)
    assert count_returns(database) == ["300"] * 4
