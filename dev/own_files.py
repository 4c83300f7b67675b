"""pytest plugin: each process that shares the tests has stored files of its own.

Odoo removes stored files that its database doesn't know after each class of tests;
pytest-odoo gives the processes a database each but one folder of files. So what one
process had just stored, and not yet committed, was removed by another.
"""

import os
import shutil
from pathlib import Path
from unittest import mock

import pytest

import odoo


@pytest.fixture(scope="session", autouse=True)
def own_files(load_registry):
    """Give this process's database its own folder of files until its tests end."""
    config = odoo.tools.config
    [database] = config["db_name"]
    shared = Path(config.filestore(database))
    own = shared.with_name(database)
    if own == shared:
        yield
        return
    # Odoo never changes a stored file, so that a link is as good as a copy.
    shutil.copytree(shared, own, copy_function=os.link, dirs_exist_ok=True)
    with mock.patch.object(config, "filestore", return_value=str(own)):
        yield
    shutil.rmtree(own)
