"""One command, one table: ``make bench``.

Two copies of one generated database, one of them with the addon. Each has a process of
its own, and they take turns at every measure, so that both meet the same machine. By
default there are few leads and rounds, and the figures are reported, whatever they are;
``make bench ARGS=--full`` takes the sizes and rounds that it judges by.
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

from . import picture, results, scale, world
from .measures import MEASURES
from .results import OURS, SIDES, STOCK

# What a run takes: leads of the two worlds, rounds, the most turns of a measure in each
# of them, and what one turn takes (``measures.Clock``).
REPORTING = {
    "size": 20_000,
    "scale": 10_000,
    "rounds": 2,
    "scale_rounds": 2,
    "turns": 3,
    "effort": {"many": 2000, "mass": 100, "singles": 11},
}
JUDGING = {
    "size": 50_000,
    "scale": 200_000,
    "rounds": 5,
    "scale_rounds": 3,
    "turns": 10,
    "effort": {"many": 5000, "mass": 200, "singles": 21},
}
WARMING_UP = {"many": 100, "mass": 10, "singles": 3}


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


@contextlib.contextmanager
def fresh_databases(size):
    """The generated database and its copy with the addon, for the time of the block.

    :param size: number of leads and opportunities, and of contacts
    :returns: name of the database by side
    """
    template = databases.crm_template(environment.prepare(), demo=False)
    day = world.get_today()
    with databases.temporary_copy(template, STOCK) as stock:
        with step(f"generating {size:,} leads and contacts"):
            with working_on(stock) as worker:
                worker.call("make_people")
            world.fill(stock, size, day)
        with databases.temporary_copy(stock, OURS) as ours:
            databases.install_addon(ours)
            with step("adding what the addon knows"), working_on(ours) as worker:
                worker.call("make_policy")
                world.add_facts(ours, day)
                worker.call("judge")
            for database in (stock, ours):
                command = ["psql", "-qXd", database, "-c", "VACUUM (FULL, ANALYZE)"]
                subprocess.run(command, check=True)
            yield {STOCK: stock, OURS: ours}


def measure_side_by_side(names, options):
    """Measure on both sides in turns; the first, short round only warms up.

    :param names: of the measures
    :returns: ``{name: Result}``
    """
    turns = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(fresh_databases(options.size))
        workers = {s: stack.enter_context(working_on(found[s])) for s in SIDES}
        with step("warming up"):
            for name in names:
                _take_turn(workers, name, WARMING_UP, 0)
        for number in range(options.rounds):
            with step(f"round {number + 1} of {options.rounds}"):
                for name in names:
                    for turn in range(min(MEASURES[name].turns, options.turns)):
                        turns[name].append(
                            _take_turn(workers, name, options.effort, number + turn)
                        )
    return {name: results.Result(MEASURES[name], turns[name]) for name in names}


def _take_turn(workers, name, effort, number):
    """One turn of a measure on each of its sides, as ``{side: result}``."""
    measured, found = MEASURES[name], {}
    # Who begins changes.
    for side in measured.sides if number % 2 else reversed(measured.sides):
        is_by_sql = bool(measured.by_sql) and side == STOCK
        found[side] = workers[OURS if is_by_sql else side].call(
            "measure_once", name=name, effort=effort, is_by_sql=is_by_sql
        )
    return found


def describe_machine():
    """The machine in one line, with how busy it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, "
        f"load {load:.1f} at the start"
    )


def read_options(arguments=None):
    """The options of the command line and of the environment."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="judge, with large sizes")
    names = ", ".join(scale.NAMES)
    parser.add_argument("--size", type=int, help="number of leads and contacts")
    parser.add_argument("--rounds", type=int, help="number of rounds")
    parser.add_argument("--scale", type=int, help=f"number of leads of: {names}")
    parser.add_argument("--scale-rounds", type=int, help=f"rounds of: {names}")
    known = [*MEASURES, *scale.NAMES]
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    parser.add_argument("--json", type=Path, help="write all figures there, too")
    parser.add_argument("--picture", type=Path, help="draw the ratios there, as SVG")
    options = parser.parse_args(arguments)
    for name, value in (JUDGING if options.full else REPORTING).items():
        named = os.environ.get(name.upper()) if name in ("size", "scale") else None
        if getattr(options, name, None) is None:
            setattr(options, name, int(named) if named else value)
    for size in (options.size, options.scale):
        if size < world.LEAST_SIZE or size % world.SIZES:
            parser.error(
                f"leads come in multiples of {world.SIZES}, at least {world.LEAST_SIZE}"
            )
    return options


def main():
    """Run the measures, print the table, and draw the picture.

    :returns: 1 when a goal was missed in a run that judges
    """
    options = read_options()
    start = time.monotonic()
    say(describe_machine())
    found = {}
    if names := [name for name in options.only if name in MEASURES]:
        found |= measure_side_by_side(names, options)
    if names := [name for name in options.only if name in scale.NAMES]:
        found |= scale.run(names, options.scale, options.scale_rounds, working_on)
    table = list(found.values())
    say(f"\n{options.size:,} leads and contacts\n\n{results.get_table(table)}")
    say(
        "\nTimes: medians (lowest–highest), a cold cache each. Ratio: median of those "
        "of the pairs of turns, with its interval of at least 95 %, or what is said."
    )
    say(f"\n{time.monotonic() - start:.0f} s in all")
    if options.json:
        figures = {name: result.get_figures() for name, result in found.items()}
        options.json.write_text(json.dumps(figures, indent=2))
    if options.picture:
        options.picture.write_text(picture.draw(table))
    text, code = results.conclude(table, judges=options.full)
    say(f"\n{text}")
    return code


if __name__ == "__main__":
    sys.exit(main())
