"""pytest plugin: each process that shares the tests has stored files of its own.

Odoo removes stored files that its database doesn't know after each class of tests;
pytest-odoo gives the processes a database each but one folder of files. So what one
process had just stored, and not yet committed, was removed by another.
"""

import shutil
from pathlib import Path
from unittest import mock

import pytest

import odoo

from . import databases


@pytest.fixture(scope="session", autouse=True)
def own_files(load_registry):
    """Give this process's database its own folder of files until its tests end."""
    config = odoo.tools.config
    [database] = config["db_name"]
    shared, own = Path(config.filestore(database)).name, databases.filestore(database)
    if shared == database:
        yield
        return
    databases.link_files(shared, database)
    with mock.patch.object(config, "filestore", return_value=str(own)):
        yield
    shutil.rmtree(own)
