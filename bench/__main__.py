"""One command, one table: ``make bench``.

Two copies of one generated database, one of them with the addon. Each has a process of
its own, and they take turns at every measure, so that both meet the same machine.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from dev import databases, environment
from dev.console import say, step
from dev.paths import PYTHON, ROOT

from . import closed, contacts, deals, picture, results, scale
from .data import LEAST_SIZE, MADE_BY_ODOO
from .measures import MEASURES, OURS, SIDES, STOCK
from .multiply import multiply

DEFAULT_SIZE = 20_000
DEFAULT_CONTACTS = 50_000
DEFAULT_ROUNDS = 5


class Worker:
    """A process that has one database open and measures in it when told to."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [PYTHON, "-m", "bench.worker", database],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, call, /, **values):
        """Have the worker do something.

        :returns: its answer
        """
        self.process.stdin.write(json.dumps({"call": call, **values}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"The worker failed at {call} {values or ''}")
        return json.loads(answer)

    def end(self):
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait()


@contextlib.contextmanager
def working_on(database):
    """A worker for the time of the block."""
    worker = Worker(database)
    try:
        yield worker
    finally:
        worker.end()


def fill_with_leads(database, size):
    """Leads, made as users make them."""
    with step(f"generating {size:,} leads"), working_on(database) as worker:
        worker.call("generate", size=size)


def fill_with_contacts(database, size):
    """Contacts and accounts, made by SQL."""
    with step(f"generating {size:,} contacts"):
        with working_on(database) as worker:
            worker.call("make_salesperson")
        contacts.generate(database, size)


def fill_with_deals(database, size):
    """Leads and opportunities, open and closed, made by SQL."""
    with step(f"generating {size:,} leads and opportunities"):
        with working_on(database) as worker:
            worker.call("make_seller")
        deals.generate(database, size)


def fill_with_closed(database, size):
    """Leads that were won or lost, made by SQL."""
    with step(f"generating {size:,} closed leads"):
        with working_on(database) as worker:
            worker.call("make_reader")
        closed.generate(database, size)


# How the databases are filled: with CRM alone, and what the addon's has besides.
DATA = {
    "leads": (fill_with_leads, "add_facts"),
    "contacts": (fill_with_contacts, "add_territories"),
    "deals": (fill_with_deals, "add_home_facts"),
    "closed": (fill_with_closed, "add_answers"),
}


@contextlib.contextmanager
def fresh_databases(kind, size, times):
    """The generated database and its copy with the addon, for the time of the block.

    :param kind: of what there are many, a key of ``DATA``
    :param size: how many are generated
    :param times: how often they are there in the end
    :returns: name of the database by side
    """
    fill, add = DATA[kind]
    template = databases.crm_template(environment.prepare(), demo=False)
    with databases.temporary_copy(template, STOCK) as stock:
        fill(stock, size)
        with databases.temporary_copy(stock, OURS) as ours:
            databases.install_addon(ours)
            with step("adding what the addon knows"), working_on(ours) as worker:
                worker.call(add)
            for database in (stock, ours):
                if times > 1:
                    with step(f"having them {times} times"):
                        multiply(database, times)
                command = ["psql", "-qXd", database, "-c", "VACUUM (FULL, ANALYZE)"]
                subprocess.run(command, check=True)
            yield {STOCK: stock, OURS: ours}


def run(workers, measures, rounds):
    """Measure in turns; the first round only warms up.

    :returns: ``{(measure, side): [result of a turn, …]}``
    """
    found = {}
    for number in range(rounds + 1):
        with step(f"round {number} of {rounds}" if number else "warming up"):
            for name in measures:
                for turn in range(MEASURES[name].turns if number else 1):
                    for side, result in _take_turns(workers, name, number, turn):
                        if number:
                            found.setdefault((name, side), []).append(result)
    return found


def _take_turns(workers, name, number, turn):
    """One turn of a measure on each of its sides, as ``(side, result)``."""
    measured = MEASURES[name]
    parts = {side: [] for side in SIDES if side in measured.sides}
    for part in range(measured.parts if number else 1):
        # Who begins changes, too.
        for side in parts if (number + turn + part) % 2 else reversed(parts):
            result = _measure(workers, name, side, short=not number)
            parts[side].append(result)
    return [(side, results.add_up(found)) for side, found in parts.items()]


def _measure(workers, name, side, short):
    by_sql = bool(MEASURES[name].by_sql) and side == STOCK
    worker = workers[OURS if by_sql else side]
    return worker.call("measure", name=name, short=short, by_sql=by_sql)


def describe_machine():
    """The machine in one line, with how busy it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, "
        f"load {load:.1f} at the start"
    )


def read_options():
    """The options of the command line and of the environment."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    size = int(os.environ.get("SIZE") or DEFAULT_SIZE)
    parser.add_argument("--size", type=int, default=size, help="number of leads")
    parser.add_argument(
        "--made",
        type=int,
        default=MADE_BY_ODOO,
        help="most leads that Odoo makes; more are copies of these",
    )
    size = int(os.environ.get("CONTACTS") or DEFAULT_CONTACTS)
    parser.add_argument("--contacts", type=int, default=size, help="number of contacts")
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS)
    size = int(os.environ.get("SCALE") or scale.DEFAULT_SIZE)
    names = ", ".join(scale.SCALE_MEASURES)
    parser.add_argument(
        "--scale", type=int, default=size, help=f"number of leads of: {names}"
    )
    parser.add_argument(
        "--scale-rounds", type=int, default=scale.DEFAULT_ROUNDS, metavar="ROUNDS"
    )
    known = [*MEASURES, *scale.SCALE_MEASURES]
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    parser.add_argument("--json", type=Path, help="write the medians there, too")
    parser.add_argument("--picture", type=Path, help="draw the ratios there, as SVG")
    options = parser.parse_args()
    if options.size < LEAST_SIZE or options.made < LEAST_SIZE:
        parser.error(f"at least {LEAST_SIZE} leads are needed")
    if options.size > options.made and options.size % options.made:
        parser.error(f"more than {options.made} leads come in multiples of that")
    if options.scale < scale.LEAST_SIZE or options.scale % scale.LEAST_SIZE:
        parser.error(f"the scale is a multiple of {scale.LEAST_SIZE}")
    if options.contacts < contacts.LEAST_SIZE or options.contacts % contacts.LEAST_SIZE:
        parser.error(f"contacts come in multiples of {contacts.LEAST_SIZE}")
    return options


def measure_side_by_side(names, kind, size, times, rounds):
    """Measure on both sides in turns, and print the table.

    :param names: of the measures
    :param kind: of what there are many, a key of ``DATA``
    :param size: how many are generated
    :param times: how often they are there when it is measured
    :returns: the summary
    """
    say(f"{size * times:,} {kind}, {rounds} rounds")
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(fresh_databases(kind, size, times))
        workers = {s: stack.enter_context(working_on(found[s])) for s in SIDES}
        summary = results.summarize(run(workers, names, rounds))
    say(f"\n{results.get_table(results.get_results(summary))}")
    say(f"\nMedian of {rounds} rounds (lowest–highest), a cold cache each.")
    if quick := [name for name in names if MEASURES[name].turns > 1]:
        say(f"Several turns in each round: {', '.join(quick)}.")
    return summary


def main():
    """Run the measures, print the tables, and draw the picture.

    :returns: 1 when a goal was missed
    """
    options = read_options()
    start = time.monotonic()
    say(describe_machine())
    summary = {}
    made = min(options.size, options.made)
    for kind, size, times in (
        ("leads", made, options.size // made),
        ("contacts", options.contacts, 1),
        ("deals", options.size, 1),
        ("closed", options.size, 1),
    ):
        names = [n for n in options.only if n in MEASURES and MEASURES[n].data == kind]
        if names:
            summary |= measure_side_by_side(names, kind, size, times, options.rounds)
    found = results.get_results(summary)
    missed = results.get_missed(found)
    names = [name for name in options.only if name in scale.SCALE_MEASURES]
    if names:
        rounds = options.scale_rounds
        figures, missed_at_scale = scale.run(names, options.scale, rounds, working_on)
        summary |= figures
        missed += missed_at_scale
    say(f"\n{time.monotonic() - start:.0f} s in all")
    if options.json:
        options.json.write_text(json.dumps(summary, indent=2))
    if options.picture:
        options.picture.write_text(picture.draw(found))
    say(f"\nGoals missed: {', '.join(missed)}" if missed else "\nAll goals are met.")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
