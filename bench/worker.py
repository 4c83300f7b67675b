"""A process with one database open: generates data and measures, as told on stdin.

Every line in is a JSON object with ``call`` and its values, every line out the answer.
"""

import json
import os
import sys

from dev.environment import CONFIGURATION

from . import ageing, measures, world

CALLS = {
    call.__name__: call
    for call in (
        world.make_people,
        world.make_policy,
        world.judge,
        ageing.age,
        ageing.get_wrong,
        measures.measure_once,
    )
}


def open_database(database):
    """Load Odoo for one database.

    :returns: the registry
    """
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["-c", str(CONFIGURATION), "--log-level=error", "--no-http"]
    config.parse_config([*options, "-d", database])
    return Registry(database)


def answer(registry, call, **values):
    """Do what was asked; data and ageing stay, measures leave no trace.

    :returns: the answer
    """
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        result = CALLS[call](env, **values)
        if call == measures.measure_once.__name__:
            cr.rollback()
            # What was read of it must not outlive it in the caches of the process.
            registry.reset_changes()
        return result


def main():
    """Answer until there are no more calls."""
    # Whatever Odoo prints must not get between the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    registry = open_database(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(answer(registry, **json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
