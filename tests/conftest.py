"""What the tests from outside share: databases, and an Odoo that serves one."""

import pytest
from hypothesis import HealthCheck, settings

from dev import databases, environment, postgres, serving

# Odoo runs the tests of the sample addons.
collect_ignore = ["addons"]

# How long an example takes says something about the machine only.
settings.register_profile(
    "no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("no clock")


@pytest.fixture(scope="session")
def source():
    """The Odoo in use, with PostgreSQL running."""
    found = environment.prepare()
    with postgres.running():
        yield found


@pytest.fixture(scope="module")
def crm_database(source):
    """Name of a database with CRM alone, for one file of tests."""
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "crm") as database:
        yield database


@pytest.fixture(scope="module")
def database(source):
    """Name of a database with the addon, without demo data, for one file of tests."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "outside") as copied:
        yield copied


@pytest.fixture(scope="module")
def address(database):
    """Address of an Odoo that serves ``database``."""
    quiet = ("--log-level=error", "--max-cron-threads=0")
    with serving.server(database, *quiet) as (_process, served_at):
        yield served_at


@pytest.fixture
def log(tmp_path):
    """File of all that Odoo logs."""
    return tmp_path / "odoo.log"
