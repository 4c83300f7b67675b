"""A database of its own for an example, and an Odoo that works in it."""

import contextlib

from dev import databases, environment


@contextlib.contextmanager
def fresh_database(purpose, temporary):
    """A copy of the database with the addon and no leads; its name.

    :param purpose: what the database is for
    :param temporary: drop it when the block ends
    """
    template = databases.addon_template(environment.prepare(), demo=False)
    if temporary:
        with databases.temporary_copy(template, purpose) as database:
            yield database
    else:
        database = databases.name(purpose)
        databases.copy(template, database)
        yield database


@contextlib.contextmanager
def odoo(database):
    """An Odoo environment of the administrator, committed when the block ends."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["-c", str(environment.CONFIGURATION), "--log-level=error", "--no-http"]
    config.parse_config([*options, "-d", database])
    with Registry(database).cursor() as cr:
        root = api.Environment(cr, SUPERUSER_ID, {})
        yield root(user=root.ref("base.user_admin"), su=False)
