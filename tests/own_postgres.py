"""A PostgreSQL of a test's own, which may be stopped while others use theirs."""

import contextlib
import subprocess

import pytest

from dev import databases, postgres
from dev.postgres import ROLE

# What was committed is kept, whatever happens to the server: as a company has it.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on"}


@contextlib.contextmanager
def with_addon(source):
    """A server with a database that has the addon, named by the PG* variables.

    :returns: the :class:`postgres.Private` and the database's name
    """
    template = databases.addon_template(source, demo=False)
    with (
        # it has the files, too: they are found by the database's name
        databases.temporary_copy(template, "own") as database,
        postgres.apart(**DURABLE) as server,
        pytest.MonkeyPatch.context() as variables,
    ):
        dump = subprocess.run(
            ["pg_dump", "-Fp", "-d", database], stdout=subprocess.PIPE, check=True
        )
        variables.setenv("PGHOST", str(server.socket))
        variables.setenv("PGUSER", ROLE)
        subprocess.run(["createdb", database], check=True)
        subprocess.run(
            ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", database],
            input=dump.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield server, database
