"""The pool and the return in a running Odoo: people and workers at the same moment.

Two worker processes serve, as in a company; nothing is patched.
"""

import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import json2
import pytest
from waiting import wait_for

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

# Lost records, those that came back, new leads, and lost ones that these continue.
COUNT = """
    SELECT count(*) FILTER (WHERE recycle_to = 'other'),
           count(*) FILTER (WHERE recycle_outcome = 'returned'),
           count(*) FILTER (WHERE attempt = 2),
           count(DISTINCT recycled_from_id)
      FROM crm_lead
"""

# While one worker holds a batch, another takes what is left and waits for nothing.
BESIDE = """
import json
from odoo import api
from odoo.addons.sales_nemo.models.recycling import crm_lead_recycling

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
env.cr.execute(COUNT)
print(json.dumps([[first, second, left], env.cr.fetchone()]))
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


@pytest.fixture(scope="module")
def all_lost(source):
    """A database with lost records whose day is there, to be copied."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "lost") as name:
        odoo_command.run_script(name, LOSE)
        yield name


@pytest.fixture
def lost(all_lost):
    """A copy of the database with the lost records."""
    with databases.temporary_copy(all_lost, "returning") as name:
        yield name


def query(database, sql):
    """All rows of a query, each as a list of texts."""
    return [line.split("|") for line in postgres.sql(sql, database).splitlines()]


def claim(address, key, lead_id):
    """Claim a lead by a person's own program.

    :returns: None, or what the person is told instead
    """
    status, answer = json2.post(address, key, "crm.lead", "action_claim", ids=[lead_id])
    return None if status == 200 else answer["message"]


def test_two_people_claim_the_same_lead_at_once(database, tmp_path):
    told = json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])
    log = tmp_path / "odoo.log"
    answers = {lead_id: [] for lead_id in told["leads"]}
    start = threading.Barrier(2)

    def claim_all(address, key):
        try:
            for lead_id in told["leads"]:
                start.wait()
                answers[lead_id].append(claim(address, key, lead_id))
        except Exception:
            # the other one need not wait
            start.abort()
            raise

    options = ("--workers=2", "--max-cron-threads=0", f"--logfile={log}")
    with serving.server(database, *options) as (_process, address):
        list(ThreadPoolExecutor(2).map(claim_all, [address] * 2, told["keys"]))
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
    output = odoo_command.run_script(database, PREPARE + LATE)
    owner, told, noted = json.loads(output.splitlines()[-1])
    assert owner == "ann"
    assert [refused for refused, _text in told] == [True, False]
    assert "Somebody else was faster" in told[1][1] or "Ann has it" in told[1][1]
    assert not noted


def count_returns(database):
    """What ``COUNT`` counts, as numbers."""
    return [int(count) for count in query(database, COUNT)[0]]


def test_two_workers_bring_each_back_once(lost):
    list(ThreadPoolExecutor(2).map(odoo_command.run_script, [lost] * 2, [WORK] * 2))
    odoo_command.run_script(lost, WORK)
    assert count_returns(lost) == [300] * 4


def test_a_batch_of_another_worker_is_left_to_it(lost):
    script = f"COUNT = {COUNT!r}\n{BESIDE}{WORK}"
    told = json.loads(odoo_command.run_script(lost, script).splitlines()[-1])
    done, counts = told
    assert done == [100, 100, 200], "what was rolled back is still to come"
    assert counts == [300, 100, 100, 100]
    assert count_returns(lost) == [300] * 4


def test_a_killed_worker_leaves_nothing_half_done(lost, tmp_path):
    line = [LAUNCHER, "shell", "-c", CONFIGURATION, "-d", lost, "--no-http"]
    worker = subprocess.Popen(
        [*line, f"--logfile={tmp_path / 'odoo.log'}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    worker.stdin.write(WORK.encode())
    worker.stdin.close()
    wait_for(lambda: count_returns(lost)[1] > 0, worker)
    worker.kill()
    worker.wait()
    all_of_them, returned, created, continued = count_returns(lost)
    assert returned == created == continued
    assert 0 < returned < all_of_them, "killed in between"
    odoo_command.run_script(lost, WORK)
    assert count_returns(lost) == [300] * 4
