"""Calling Odoo."""

import subprocess

from .environment import CONFIGURATION
from .paths import LAUNCHER
from .processes import run_foreground, run_logged


def command(database, *arguments):
    """Command line that runs Odoo with this checkout's settings.

    :param database: name of the database, or None to leave it open
    :returns: list of program and arguments
    """
    line = [str(LAUNCHER), "-c", str(CONFIGURATION)]
    if database:
        line += ["-d", database, f"--db-filter=^{database}$"]
    return [*line, *map(str, arguments)]


def change_modules(database, *arguments, failure):
    """Install or upgrade modules and end.

    :param arguments: Odoo's options, for example ``"-i", "crm", "--with-demo"``
    :param failure: what to tell the user when Odoo fails
    :returns: path of Odoo's log
    """
    line = command(database, *arguments, "--stop-after-init", "--no-http")
    return run_logged([*line, "--max-cron-threads=0"], f"odoo-{database}", failure)


def complaints(log):
    """Lines of an Odoo log that are warnings or worse, without date and process."""
    levels = ("WARNING", "ERROR", "CRITICAL")
    found = []
    for line in log.read_text(errors="replace").splitlines():
        parts = line.split(" ", 4)
        if len(parts) == 5 and parts[3] in levels:
            found.append(f"{parts[3]} {parts[4]}")
    return found


def run_script(database, script, *arguments):
    """Run Python in Odoo's shell; ``env`` is there, the script commits by itself.

    :param arguments: Odoo's options
    :returns: what the script printed
    :raises RuntimeError: when it failed or Odoo logged an error
    """
    line = [str(LAUNCHER), "shell", "-c", str(CONFIGURATION), "-d", database]
    result = subprocess.run(
        [*line, *arguments, "--no-http", "--log-level=error"],
        input=script,
        capture_output=True,
        text=True,
    )
    wrong = ("Traceback", " ERROR ", " CRITICAL ")
    if result.returncode or any(word in result.stderr for word in wrong):
        raise RuntimeError(f"Odoo's shell failed:\n{result.stdout}\n{result.stderr}")
    return result.stdout


def pass_through(arguments):
    """Run Odoo with the user's own arguments.

    :returns: Odoo's exit code
    """
    # A subcommand ("shell", "scaffold" ...) has to come before the options.
    arguments = list(arguments)
    subcommand = []
    if arguments and not arguments[0].startswith("-"):
        subcommand = [arguments.pop(0)]
    line = [LAUNCHER, *subcommand, "-c", CONFIGURATION, *arguments]
    return run_foreground(line, interactive=True)
