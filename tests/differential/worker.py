"""A process with one database open, which does some things and ends.

``python -m differential.worker DATABASE`` calls functions of ``mixes`` and
``conversions``, as it reads in JSON, and prints the answer of the last as JSON.
"""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from dev.environment import CONFIGURATION
from dev.paths import PYTHON, ROOT

TESTS = Path(__file__).resolve().parent.parent
ADDONS = TESTS / "addons"


def run(database, *calls, install=()):
    """Do something in a process of its own.

    :param calls: ``(name of a function of mixes or conversions, its further
        arguments)``
    :param install: names of addons to install before
    :returns: the last call's answer
    :raises RuntimeError: when it failed, or Odoo logged a failure
    """
    result = subprocess.run(
        [PYTHON, "-m", "differential.worker", database],
        input=json.dumps({"calls": calls, "install": install}),
        capture_output=True,
        text=True,
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    if result.returncode or "Traceback" in result.stderr:
        names = " and ".join(name for name, _values in calls)
        raise RuntimeError(f"{names} in {database} failed:\n{result.stderr}")
    return json.loads(result.stdout)


def open_database(database, install):
    """Load Odoo for one database.

    :returns: the registry
    """
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["-c", str(CONFIGURATION), "--log-level=warn", "--no-http"]
    options += [f"--addons-path={ROOT},{ADDONS}"]
    config.parse_config([*options, "-d", database])
    return Registry.new(database, install_modules=install)


def _keep_mails():
    """No mail may leave, and what became of one is not the conversion's doing."""
    from odoo.addons.mail.models.mail_mail import MailMail

    MailMail.send_after_commit = lambda self: None
    MailMail.send = lambda self, *args, **kwargs: None


def _take_off_people(registry):
    """What differs from Odoo on purpose, and is tested by itself.

    Two people of merged leads stay two; the address of a contact before is dropped.
    """
    leads = registry["crm.lead"]
    if hasattr(leads, "_filter_same_person"):
        leads._filter_same_person = lambda self: self
        leads._drop_earlier_address = lambda self, before, names: None


def main(database):
    """Do what standard input says."""
    # Whatever Odoo prints must not get into the answer.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    told = json.load(sys.stdin)
    registry = open_database(database, told["install"])
    logging.captureWarnings(True)

    from odoo import SUPERUSER_ID, api

    from . import conversions, mixes, overrides

    _keep_mails()
    _take_off_people(registry)
    overrides.take_off(registry)
    answer = None
    for call, values in told["calls"]:
        module = next(m for m in (mixes, conversions) if hasattr(m, call))
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            answer = getattr(module, call)(env, **values)
    print(json.dumps(answer), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
