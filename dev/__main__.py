"""Commands of ``python3 -m dev``; the Makefile's targets call them."""

import argparse
import os
import shlex
import shutil
import signal
import sys
import time
from datetime import date

from . import (
    crm_suite,
    databases,
    environment,
    linting,
    odoo_command,
    postgres,
    serving,
    testing,
    trust,
)
from .console import Failure, say, step, warn
from .paths import CACHE, PYTHON, ROOT, VENV, WORK
from .processes import run_foreground

CHECK_DATA = """
check = env["crm.qualification.check"]
for kind, rows in check._compare().items():
    ids = ", ".join(str(row[0]) for row in rows[:5])
    print("%s: %s, e.g. no. %s" % (kind, len(rows), ids))
"""
REPAIR = """
check = env["crm.qualification.check"]
check.action_check_data()
check.search([("count", ">", 0)]).state = "repairing"
while check._go_on("repairing"):
    env.cr.commit()
"""

JUDGE_AGAIN = """
from odoo.tools import split_every

log = env["crm.qualification.decision"].with_context(prefetch_fields=False)
period = [("date", ">=", {first!r}), ("date", "<=", {last!r} + " 23:59:59")]
counts = {{"the same": 0, "different": 0}}
for ids in split_every(1000, log.search(period, order="id").ids):
    for found in log.browse(ids).judge_again():
        kind = "different" if found["differences"] else found["problem"] or "the same"
        counts[kind] = counts.get(kind, 0) + 1
        if found["differences"]:
            print("No. %s: %s" % (found["id"], "; ".join(found["differences"])))
    env.invalidate_all()
print("; ".join("%s: %s" % item for item in counts.items()))
"""


def run(arguments):
    """serve Odoo with the addon and demo data on http://localhost:8069"""
    source = environment.prepare()
    with postgres.running():
        return serving.serve(databases.serving_database(source), arguments)


def test(arguments):
    """run all tests, or those that pytest's options and paths select"""
    coverage, arguments = take_out("--coverage", arguments)
    source = environment.prepare()
    with postgres.running():
        return testing.run(source, arguments, coverage=coverage)


def test_fast(arguments):
    """run the tests that need neither a browser nor a server"""
    source = environment.prepare()
    with postgres.running():
        return testing.run(source, arguments, testing.FAST)


def prepare(arguments):
    """get everything ready: Odoo, Python packages, PostgreSQL, databases"""
    source = environment.prepare()
    with postgres.running():
        databases.serving_database(source)
        databases.addon_template(source, demo=False)


def odoo(arguments):
    """call Odoo with this checkout's settings, e.g. odoo -d DB -u sales_nemo"""
    environment.prepare()
    with postgres.running():
        return odoo_command.pass_through(arguments)


def psql(arguments):
    """call psql; without a database name, on the one that 'run' serves"""
    with postgres.running():
        if not any(not argument.startswith("-") for argument in arguments[:1]):
            arguments = [*arguments, "-d", databases.name("run")]
        return run_foreground(["psql", *arguments], interactive=True)


def execute(arguments):
    """run any program with PostgreSQL running and the environment's Python first"""
    environment.prepare()
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with postgres.running():
        return run_foreground(arguments or ["bash"], interactive=True)


def verify(arguments):
    """run what is slow: --ci without Odoo's own tests, --full without limit"""
    for_ci, arguments = take_out("--ci", arguments)
    in_full, arguments = take_out("--full", arguments)
    # the table of all tests; of those that paths name only where this asks for it
    writing, arguments = take_out("--write", arguments)
    marks = testing.FULL if in_full else testing.VERIFY
    source = environment.prepare()
    start = time.monotonic()
    if in_full and not arguments:
        trust.forget()
    with postgres.running():
        code = testing.run(source, arguments, marks)
        if not (for_ci or arguments):
            siblings = crm_suite.find_siblings(source) if in_full else ()
            code = max(code, compare_suites(source, (*crm_suite.CRM, *siblings)))
            say(f"\n{time.monotonic() - start:.0f} s with Odoo's own tests")
        if in_full:
            say(trust.make_table(trust.get_results()))
            if not code and (writing or not arguments):
                code = trust.write()
    return code


def compare_suites(source, modules):
    """Run Odoo's own tests with and without the addon, and note what they gave.

    :returns: 0 when the addon breaks nothing
    """
    start = time.monotonic()
    found = crm_suite.compare(source, modules)
    for one in found:
        others = len(one.with_addon.failures) - len(one.new)
        trust.note(
            trust.Result(
                "Odoo's own tests fail nowhere only because of the addon",
                one.suite,
                passed=one.with_addon.tests - len(one.with_addon.failures),
                failed=one.broken,
                seconds=(time.monotonic() - start) / len(found),
                figures=[
                    f"{one.suite}: {one.with_addon.tests} tests, {others} fail in both"
                ],
            )
        )
    return int(any(one.broken for one in found))


def check_data(arguments):
    """compare what a database stores with what it follows from; --repair it first"""
    repairing, arguments = take_out("--repair", arguments)
    environment.prepare()
    if len(arguments) != 1:
        raise Failure("check-data needs the name of one database.")
    with postgres.running():
        script = REPAIR * repairing + CHECK_DATA
        told = odoo_command.run_script(arguments[0], script).strip()
    say(told or "All that is stored is right.")
    return int(bool(told))


def judge_again(arguments):
    """judge what a database decided in a period again: NAME FIRST-DAY LAST-DAY"""
    environment.prepare()
    if len(arguments) != 3:
        raise Failure("judge-again needs a database, the first and the last day (UTC).")
    database, *days = arguments
    try:
        first, last = (date.fromisoformat(day).isoformat() for day in days)
    except ValueError as error:
        raise Failure(f"judge-again takes days such as 2026-05-01: {error}") from error
    with postgres.running():
        script = JUDGE_AGAIN.format(first=first, last=last)
        told = odoo_command.run_script(database, script).strip()
    say(told)
    return int("different: 0" not in told.splitlines()[-1])


def mutants(arguments):
    """put small faults into the pure modules: do tests notice? [MODULE ...]"""
    environment.prepare()
    return run_foreground([PYTHON, "-m", "dev.mutants", *arguments])


def bench(arguments):
    """measure the addon against Odoo alone; with --full, judge"""
    return execute([PYTHON, "-m", "bench", *arguments])


def real_leads(arguments):
    """load the real leads and tell what the gate makes of them"""
    return execute([PYTHON, ROOT / "examples/x_education/load.py", *arguments])


def b2b(arguments):
    """load the deals of a hardware seller and tell what criteria were worth"""
    return execute([PYTHON, ROOT / "examples/b2b/load.py", *arguments])


def screenshots(arguments):
    """take the pictures of README and of the store page anew, of demo data"""
    return execute([PYTHON, "-m", "dev.pictures", *arguments])


def page(arguments):
    """make the addon's page in Apps and its README.rst anew, of readme/"""
    return execute([PYTHON, "-m", "dev.page"])


def words(arguments):
    """make the template of the translations anew, and tell them what is new"""
    return execute([PYTHON, "-m", "dev.languages", "--update"])


def take_out(option, arguments):
    """Whether an option of ours is among the arguments, and the others."""
    return option in arguments, [a for a in arguments if a != option]


def lint(arguments):
    """check style, and mistakes that can be seen in the text"""
    environment.prepare()
    return linting.check()


def reformat(arguments):
    """repair what the linters can repair"""
    environment.prepare()
    return linting.fix()


def clean(arguments):
    """stop PostgreSQL, remove all that was made here; with --cache, downloads too"""
    if set(arguments) - {"--cache"}:
        raise Failure(f"clean knows --cache only, not: {' '.join(arguments)}")
    if postgres.is_external():
        with step("removing this checkout's databases"), postgres.running():
            databases.drop_all()
    with step(f"removing {WORK}"):
        postgres.remove()
        shutil.rmtree(WORK, ignore_errors=True)
    if arguments:
        with step(f"removing the downloads in {CACHE}"):
            environment.forget_downloads()


def show_help(arguments):
    """list the commands"""
    say("\n".join(f"{name:12} {command.__doc__}" for name, command in COMMANDS.items()))


COMMANDS = {
    "run": run,
    "test": test,
    "test-fast": test_fast,
    "prepare": prepare,
    "lint": lint,
    "format": reformat,
    "verify": verify,
    "check-data": check_data,
    "judge-again": judge_again,
    "mutants": mutants,
    "bench": bench,
    "real-leads": real_leads,
    "b2b": b2b,
    "screenshots": screenshots,
    "page": page,
    "words": words,
    "odoo": odoo,
    "psql": psql,
    "exec": execute,
    "clean": clean,
    "help": show_help,
}


def main():
    """Call the command that the user named."""
    parser = argparse.ArgumentParser(prog="python3 -m dev")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    # "make test ARGS=..." hands over one string.
    arguments = options.arguments + shlex.split(os.environ.pop("ARGS", ""))
    # A SIGTERM ends us as Ctrl-C does: everything is put away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.chdir(ROOT)
    try:
        return COMMANDS[options.command](arguments) or 0
    except Failure as problem:
        warn(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
