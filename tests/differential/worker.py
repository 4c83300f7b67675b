"""A process with one database open, which does one thing and ends.

``python -m differential.worker DATABASE CALL VALUES`` calls a function of ``mixes`` or
``conversions`` with the values, given as JSON, and prints its answer as JSON.
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


def run(database, call, **values):
    """Do something in a process of its own.

    :param call: name of a function of ``mixes`` or ``conversions``
    :param values: its further arguments; ``environment`` are variables of the process,
        ``addons`` folders of addons besides those that are always there
    :returns: its answer
    :raises RuntimeError: when it failed, or Odoo logged a warning
    """
    addons = values.pop("addons", ())
    variables = values.pop("environment", {})
    result = subprocess.run(
        [PYTHON, "-m", "differential.worker", database, call, json.dumps(values)]
        + [str(folder) for folder in addons],
        capture_output=True,
        text=True,
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )
    if result.returncode or "Traceback" in result.stderr:
        raise RuntimeError(f"{call} in {database} failed:\n{result.stderr}")
    return json.loads(result.stdout)


def open_database(database, addons):
    """Load Odoo for one database.

    :returns: the registry
    """
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["-c", str(CONFIGURATION), "--log-level=warn", "--no-http"]
    config.parse_config([*options, "-d", database, *addons_path(addons)])
    return Registry(database)


def addons_path(addons):
    """Odoo's option for folders of addons besides those of the configuration."""
    folders = [str(folder) for folder in (ROOT, *addons)]
    return [f"--addons-path={','.join(folders)}"]


def _keep_mails():
    """No mail may leave, and what became of one is not the conversion's doing."""
    from odoo.addons.mail.models.mail_mail import MailMail

    MailMail.send_after_commit = lambda self: None
    MailMail.send = lambda self, *args, **kwargs: None


def main(database, call, values, *addons):
    """Do what the command line says."""
    # Whatever Odoo prints must not get into the answer.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    registry = open_database(database, addons)
    logging.captureWarnings(True)

    from odoo import SUPERUSER_ID, api

    from . import conversions, mixes

    _keep_mails()
    module = next(m for m in (mixes, conversions) if hasattr(m, call))
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps(getattr(module, call)(env, **json.loads(values))), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
