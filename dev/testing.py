"""Running the tests: the addon's own inside Odoo, the others from outside.

What is slow by nature is marked so (``verify``, ``full``) and left to the command of
that name; ``served`` is given to what needs a browser or a running Odoo (``marks``).
"""

import os
import time

from . import browser, databases
from .console import Failure, say
from .environment import CONFIGURATION
from .paths import ADDON, PYTHON, ROOT, WORK
from .processes import run_foreground

INSIDE = ADDON / "tests"
OUTSIDE = ROOT / "tests"
# Which tests a command runs, as pytest's marks.
TEST = "not verify and not full"
FAST = f"{TEST} and not served"
VERIFY = "verify"
# What is claimed is shown, however quick it is.
FULL = "verify or full or trust"
# pytest's exit code when a selection leaves no test.
NO_TESTS = 5
# Each test process has a database, and as a rule a browser: more than these only wait.
MOST_PROCESSES = 4
PLUGINS = ("dev.marks", "dev.no_skips", "dev.no_warnings", "dev.patience", "dev.trust")


def run(source, arguments, marks=TEST, coverage=False):
    """Run all tests of a kind, or those that the arguments select.

    All together they are shared among processes; a selection runs in one, so that a
    debugger can be used.

    :param arguments: pytest's options, and paths of tests
    :param marks: which tests, as an expression of marks
    :param coverage: whether to measure which lines and branches of the addon were run
    :returns: 0 when everything passed
    """
    start = time.monotonic()
    options, inside, outside = _split(arguments)
    is_selection = bool(options or inside or outside)
    if not inside and not outside:
        inside, outside = ([str(p.relative_to(ROOT))] for p in (INSIDE, OUTSIDE))
    common = ["-m", marks, "--durations=10", *_share(not is_selection), *options]
    codes = []
    if coverage:
        _measure("erase")
    if inside:
        codes.append(_run_inside(source, [*common, *inside], marks, coverage))
    if outside:
        databases.crm_template(source, demo=False)
        say("== tests from outside")
        by_file = ["-p", "no:odoo", "--dist=loadfile"]
        codes.append(_pytest([*by_file, *common, *outside], coverage))
    if coverage:
        # each process has noted its own
        _measure("combine", "--quiet")
        _measure("report")
    say(f"\n{time.monotonic() - start:.0f} s in all")
    if set(codes) != {NO_TESTS}:
        codes = [code for code in codes if code != NO_TESTS]
    return max(codes, default=0)


def _run_inside(source, arguments, marks, coverage):
    """Run tests of the addon in processes that have loaded Odoo."""
    in_odoo = ["--odoo-config", CONFIGURATION, "--odoo-log-level", "warn"]
    in_odoo += ["-p", "dev.own_files"]
    template = databases.inside_template(source)
    if marks != FAST:
        browser.path()
        template = databases.web_template(template)
        in_odoo.append("--odoo-http")
    with databases.temporary_copy(template, "inside") as database:
        in_odoo += ["--odoo-database", database, "--dist=loadscope"]
        say(f"== tests of the addon, inside Odoo (database {database})")
        return _pytest([*in_odoo, *arguments], coverage)


def _share(is_shared):
    """pytest's option for as many processes as there are cores, or for none."""
    processes = min(os.cpu_count() or 1, MOST_PROCESSES) if is_shared else 0
    return [f"--numprocesses={processes}"]


def _pytest(arguments, coverage):
    program = ["coverage", "run", "-m", "pytest"] if coverage else ["pytest"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(WORK / "hypothesis")
    environment.pop("ODOO_RC", None)
    plugins = [part for plugin in PLUGINS for part in ("-p", plugin)]
    return run_foreground(
        [PYTHON, "-m", *program, *plugins, *arguments], env=environment
    )


def _measure(*arguments):
    return run_foreground([PYTHON, "-m", "coverage", *arguments])


def _split(arguments):
    """Sort pytest's arguments.

    :returns: options, paths inside the addon, paths outside
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
    return options, inside, outside
