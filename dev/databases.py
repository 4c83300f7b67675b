"""Databases: templates that are made once, and quick copies of them."""

import contextlib
import hashlib
import os
import re
import shutil
import time
from pathlib import Path

from . import odoo_command, postgres
from .console import Failure, say, step
from .paths import ADDON, CHECKOUT_ID, DATA
from .processes import checkout_lock

# Changes when templates are made in another way.
RECIPE = 1
# Folders of the addon that a database does not know: no upgrade when they change.
NOT_IN_DATABASE = {"tests", "static", "readme"}
# Those that its web bundles don't know either.
NOT_IN_BUNDLES = {"tests", "readme"}
TEMPORARY = "tmp"
# A process of pytest-xdist works on a copy with a name of its own.
OWNER = re.compile(r"_(\d+)(-gw\d+)?$")
# What the tests inside Odoo share.
PREPARE_TESTS = """
from odoo.addons.sales_nemo.tests import common
common.prepare(env)
env.cr.commit()
"""
# As Odoo's own test runner does before browser tests: else each compiles them anew. And
# what it leaves out: processes that share the files would delete each other's.
COMPILE_BUNDLES = """
env["ir.qweb"]._pregenerate_assets_bundles()
env["ir.qweb"]._get_asset_bundle("bus.websocket_worker_assets").js()
env.cr.commit()
"""


def name(purpose):
    """Name of this checkout's database for a purpose.

    Checkouts may share a server that the user named, so there the name tells them
    apart.
    """
    prefix = f"sales_nemo_{CHECKOUT_ID}" if postgres.is_external() else "sales_nemo"
    return f"{prefix}_{purpose}"


def crm_template(source, demo):
    """Name of a template database with CRM alone; made if it isn't there.

    :param source: the :class:`odoo_source.Source` in use
    :param demo: whether it has Odoo's demo data
    """
    template = name("tpl_crm_demo" if demo else "tpl_crm")
    key = f"{RECIPE} {source.identity}"

    def build(database):
        options = ["-i", "crm"] + (["--with-demo"] if demo else [])
        content = "CRM and demo data" if demo else "CRM"
        with step(f"template database with {content}"):
            odoo_command.change_modules(
                database, *options, failure="CRM could not be installed."
            )

    _provide(template, key, build)
    return template


def addon_template(source, demo):
    """Name of a template database with CRM and the addon as it is now."""
    crm = crm_template(source, demo)
    template = name("tpl_addon_demo" if demo else "tpl_addon")
    key = f"{RECIPE} {source.identity} {addon_key()}"

    def build(database):
        copy(crm, database)
        install_addon(database, demo)

    _provide(template, key, build)
    return template


def inside_template(source):
    """Name of a template for the tests inside Odoo, with what they share."""
    common = (ADDON / "tests/common.py").read_bytes()
    key = f"{addon_key()} {hashlib.sha256(common).hexdigest()}"
    addon = addon_template(source, demo=False)
    return _derive(addon, "tpl_inside", key, PREPARE_TESTS)


def web_template(template):
    """Name of a copy of a template in which the web bundles are compiled.

    :param template: name of a template that has the addon
    """
    key = f"{_noted(template)} {addon_key(NOT_IN_BUNDLES)}"
    purpose = template.removeprefix(name("tpl_"))
    return _derive(template, f"tpl_web_{purpose}", key, COMPILE_BUNDLES)


def serving_database(source):
    """Name of the database that is served: it is kept, and upgraded when need be."""
    database = name("run")
    with checkout_lock(database):
        if not exists(database):
            part = name("run_part")
            copy(crm_template(source, demo=True), part)
            install_addon(part, demo=True)
            _note(part, addon_key())
            rename(part, database)
        elif _noted(database) != addon_key():
            with step("upgrading sales_nemo"):
                log = odoo_command.change_modules(
                    database,
                    *("-u", "sales_nemo"),
                    failure="sales_nemo could not be upgraded. "
                    "'make clean' starts over with new databases.",
                )
            _show(log)
            _note(database, addon_key())
    return database


def install_addon(database, demo=False):
    """Install sales_nemo and show what Odoo complains about."""
    options = ["-i", "sales_nemo"] + (["--with-demo"] if demo else [])
    with step("installing sales_nemo" + (" with demo data" if demo else "")):
        log = odoo_command.change_modules(
            database, *options, failure="sales_nemo could not be installed."
        )
    _show(log)
    state = "SELECT state FROM ir_module_module WHERE name = 'sales_nemo'"
    if postgres.sql(state, database) != "installed":
        raise Failure(f"Odoo did not install sales_nemo. Its log: {log}")


def addon_key(left_out=NOT_IN_DATABASE):
    """Digest of the addon, as a rule of all that a database knows of it.

    :param left_out: names of the addon's folders that don't count
    """
    digest = hashlib.sha256()
    for path in sorted(ADDON.rglob("*")):
        inside = path.relative_to(ADDON)
        is_left_out = inside.parts[0] in left_out or path.suffix == ".pyc"
        if path.is_file() and not is_left_out:
            digest.update(f"{inside}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


@contextlib.contextmanager
def temporary(purpose):
    """Name for a database that is removed when the block ends."""
    _drop_abandoned()
    database = f"{name(TEMPORARY)}_{purpose}_{os.getpid()}"
    drop(database)
    try:
        yield database
    finally:
        drop(database)


@contextlib.contextmanager
def temporary_copy(template, purpose="test"):
    """Name of a copy of a template that is removed when the block ends."""
    with temporary(purpose) as database:
        copy(template, database)
        yield database


# ------------------------------------------------------------ plain operations


def exists(database):
    """Whether a database is there."""
    return bool(postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))


def copy(template, database):
    """Copy a database with its files; one of that name is replaced."""
    drop(database)
    postgres.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    link_files(template, database)


def link_files(database, other):
    """Give another database the files of one, if there are any."""
    if filestore(database).is_dir():
        # Odoo never changes a stored file, so that a link is as good as a copy.
        shutil.copytree(filestore(database), filestore(other), copy_function=os.link)


def drop(database):
    """Remove a database and its files, if it is there."""
    postgres.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    shutil.rmtree(filestore(database), ignore_errors=True)


def rename(database, new_name):
    """Give a database, and its files, another name."""
    if filestore(database).is_dir():
        shutil.rmtree(filestore(new_name), ignore_errors=True)
        filestore(database).rename(filestore(new_name))
    postgres.sql(f'ALTER DATABASE "{database}" RENAME TO "{new_name}"')


def drop_all():
    """Remove all databases that this checkout has made."""
    prefix = name("")
    listed = postgres.sql(
        f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')"
    )
    for database in listed.split():
        drop(database)


def filestore(database):
    """Folder with a database's files."""
    return Path(DATA) / "filestore" / database


# ------------------------------------------------------------ internals


def _derive(template, purpose, key, script):
    """Name of a copy of a template in which a script was run; made if it isn't there.

    :param purpose: as :func:`name` takes it
    """
    derived = name(purpose)

    def build(database):
        copy(template, database)
        with step(f"template database {derived}"):
            odoo_command.run_script(database, script)

    _provide(derived, f"{RECIPE} {key}", build)
    return derived


def _provide(database, key, build):
    """Make a template unless there is one with this key.

    Only a whole template ever has the final name. Nobody can connect to it: a database
    in use could not be copied.
    """
    with checkout_lock(database):
        if _noted(database) == key:
            return
        part = f"{database}_part"
        drop(part)
        build(part)
        _note(part, key)
        _wait_until_unused(part)
        drop(database)
        rename(part, database)
        postgres.sql(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')


def _note(database, key):
    postgres.sql(f"COMMENT ON DATABASE \"{database}\" IS '{key}'")


def _noted(database):
    """What was last noted on a database; empty if there is no such database."""
    return postgres.sql(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname = '{database}'"
    )


def _wait_until_unused(database, seconds=30):
    """Wait until the server has noticed that everyone has left a database."""
    question = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'"
    deadline = time.monotonic() + seconds
    while postgres.sql(question) != "0":
        if time.monotonic() > deadline:
            raise Failure(f"Somebody is still connected to the database {database}.")
        time.sleep(0.2)


def _drop_abandoned():
    """Remove the temporary copies of commands that were killed."""
    prefix = f"{name(TEMPORARY)}_"
    listed = postgres.sql(
        f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')"
    )
    for database in listed.split():
        owner = OWNER.search(database)
        if not owner or not Path(f"/proc/{owner[1]}").exists():
            drop(database)


def _show(log):
    for line in odoo_command.complaints(log):
        say(f"   {line}")
