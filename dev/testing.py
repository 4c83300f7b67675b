"""Running the tests: the addon's own inside Odoo, the others from outside."""

import os

from . import browser, databases
from .console import Failure, say
from .environment import CONFIGURATION
from .paths import ADDON, PYTHON, ROOT, WORK
from .processes import run_foreground

INSIDE = ADDON / "tests"
OUTSIDE = ROOT / "tests"
# pytest's exit code when a selection leaves no test.
NO_TESTS = 5


def run(source, arguments, coverage=False):
    """Run all tests, or those that the arguments select.

    :param arguments: pytest's options, and paths of tests
    :param coverage: whether to measure which lines of the addon were run
    :returns: 0 when everything passed
    """
    browser.path()
    options, inside, outside = _split(arguments)
    codes = []
    if inside:
        template = databases.addon_template(source, demo=False)
        with databases.temporary_copy(template, "inside") as database:
            in_odoo = ["--odoo-config", CONFIGURATION, "--odoo-database", database]
            in_odoo += ["--odoo-http", "--odoo-log-level", "warn"]
            say(f"== tests of the addon, inside Odoo (database {database})")
            codes.append(_pytest(in_odoo + options + inside, coverage))
    if outside:
        databases.crm_template(source, demo=False)
        say("== tests from outside")
        codes.append(_pytest(["-p", "no:odoo", *options, *outside], False))
    if coverage:
        run_foreground([PYTHON, "-m", "coverage", "report"])
    if options and set(codes) != {NO_TESTS}:
        codes = [code for code in codes if code != NO_TESTS]
    return max(codes, default=0)


def _pytest(arguments, coverage):
    program = ["coverage", "run", "-m", "pytest"] if coverage else ["pytest"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(WORK / "hypothesis")
    environment.pop("ODOO_RC", None)
    return run_foreground(
        [
            PYTHON,
            "-m",
            *program,
            "-p",
            "dev.no_skips",
            "-p",
            "dev.patience",
            *arguments,
        ],
        env=environment,
    )


def _split(arguments):
    """Sort pytest's arguments.

    :returns: options, paths inside the addon, paths outside; without any path, both
        folders as they are
    """
    options, inside, outside = [], [], []
    for argument in arguments:
        path = ROOT / argument.split("::")[0]
        if argument.startswith("-") or not path.exists():
            options.append(argument)
        elif path.is_relative_to(ADDON):
            inside.append(argument)
        elif path.is_relative_to(OUTSIDE):
            outside.append(argument)
        else:
            raise Failure(f"There are no tests in {argument}.")
    if not inside and not outside:
        inside = [str(INSIDE.relative_to(ROOT))]
        outside = [str(OUTSIDE.relative_to(ROOT))]
    return options, inside, outside
