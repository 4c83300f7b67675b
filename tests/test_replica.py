"""PostgreSQL with a replica, from which two workers of Odoo read."""

import contextlib
import shutil

import own_postgres
import pytest
from test_conversion import DIALOG, call, get_conversions, open_dialog, prepare, serve
from waiting import wait_for

from dev import postgres

pytestmark = [
    pytest.mark.full,
    pytest.mark.trust("Two workers read from a streaming replica"),
]

READ = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = '{}'"
OPPORTUNITIES = {"opportunity"}
# What a salesperson's screens read, in the order of a morning.
SCREENS = (
    ("crm.qualification.home", "get_home"),
    ("crm.qualification.home", "get_start"),
    ("crm.qualification.funnel", "get_funnel"),
)


@contextlib.contextmanager
def replica(server):
    """A server that repeats what another one writes, for the time of the block."""
    source = f"'host={server.socket} port={postgres.PORT} user={postgres.ROLE}'"
    with postgres.apart(primary_conninfo=source) as standby:
        standby.stop("immediate")
        shutil.rmtree(standby.data)
        server.copy_to(standby.data)
        (standby.data / "standby.signal").touch()
        standby.start()
        yield standby


def test_what_is_read_comes_from_it(source, log, monkeypatch, record_property):
    with (
        own_postgres.with_addon(source) as (server, database),
        replica(server) as standby,
    ):
        told = prepare(database, 4, facts=True)
        monkeypatch.setenv("PGHOST_REPLICA", str(standby.socket))
        monkeypatch.setenv("PGPORT_REPLICA", postgres.PORT)
        [key, *_others], leads = told["keys"], told["leads"]

        def count():
            with monkeypatch.context() as there:
                there.setenv("PGHOST", str(standby.socket))
                return int(postgres.sql(READ.format(database), database))

        with serve(database, log) as (process, address):
            before = count()
            for model, method in SCREENS:
                call(address, key, model, method)
            for lead in leads:
                call(address, key, "crm.lead", "get_qualification_sheet", ids=[lead])
                call(address, key, "crm.lead", "qualification_check", ids=[lead])
            wait_for(lambda: count() > before, process)
            ids, context = open_dialog(address, key, leads)
            call(address, key, DIALOG, "action_mass_convert", ids=ids, context=context)
            wait_for(lambda: get_types(address, key, leads) == OPPORTUNITIES, process)
            record_property("figure", f"{count() - before} transactions on the replica")
        assert get_conversions(database) == {("opportunity", "1", "1")}
    assert " ERROR " not in log.read_text()


def get_types(address, key, leads):
    """What the leads are, as the replica knows it."""
    asked = {"specification": {"type": {}}}
    read = call(address, key, "crm.lead", "web_read", ids=leads, **asked)
    return {lead["type"] for lead in read}
