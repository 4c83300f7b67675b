"""What happens to large databases: history that is read, and a day that passes.

Each measure makes its databases by SQL, works on copies of them in turns, and checks
that what came out is right before it tells how long it took.
"""

import contextlib
import multiprocessing
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta, timezone

from dev import databases, environment, postgres
from dev.console import say, step

from . import ageing, history
from .results import tell_met

DEFAULT_SIZE = 200_000
DEFAULT_ROUNDS = 3
# Leads, accounts, persons and meetings come in these numbers.
LEAST_SIZE = history.LEAST_SIZE
MOST_SECONDS_LONGER = 25
MOST_TIMES_BY_HAND = 3
# Memory is measured with this accuracy.
MOST_TIMES_MEMORY = 1.1


# ------------------------------------------------------------ history


def measure_history(size, rounds, working_on):
    """Install the addon on a live database and on an empty one.

    :param size: number of leads; five messages each
    :param working_on: not needed here
    :returns: lines of the table, the last of each whether its goal is met, and figures
        by name
    """
    now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
    now -= timedelta(hours=1)
    empty = databases.crm_template(environment.prepare(), demo=False)
    found = {"empty": [], "live": []}
    with databases.temporary_copy(empty, "history") as live:
        with step(f"generating {size:,} leads and their history"):
            history.generate(live, size, now)
        messages = int(postgres.sql("SELECT COUNT(*) FROM mail_message", live))
        templates = {"empty": empty, "live": live}
        for number in range(rounds):
            # Who begins changes.
            for name in sorted(templates, reverse=number % 2):
                with databases.temporary_copy(templates[name], name) as database:
                    found[name].append(_install_apart(database))
                    if name == "live":
                        states = history.check(database, size, now)
    figures = {
        f"{name}_{what}": statistics.median(result[what] for result in results)
        for name, results in found.items()
        for what in ("seconds", "megabytes")
    }
    longer = figures["live_seconds"] - figures["empty_seconds"]
    memory = figures["live_megabytes"] / figures["empty_megabytes"]
    lines = [
        (
            f"Install on {size:,} leads with {messages:,} messages; on an empty CRM",
            *(_seconds([r["seconds"] for r in found[n]]) for n in ("live", "empty")),
            f"{longer:.1f} s longer",
            f"≤ {MOST_SECONDS_LONGER} s",
            longer <= MOST_SECONDS_LONGER,
        ),
        (
            "Peak memory of installing on them",
            *(f"{figures[f'{n}_megabytes']:.0f} MB" for n in ("live", "empty")),
            f"{memory:.2f}",
            f"≤ {MOST_TIMES_MEMORY:.2f}",
            memory <= MOST_TIMES_MEMORY,
        ),
    ]
    for state, count in states.items():
        lines.append((f"… contact found: {state}", f"{count:,}", "", "", "", None))
    return lines, figures | {"longer": longer, "states": states}


def _install_apart(database):
    """Install in a process of its own, so that its peak memory is known."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_install, database).result()


def _install(database):
    """Install the addon.

    :returns: ``{"seconds", "megabytes"}``, the latter of the largest process
    """
    start = time.perf_counter()
    databases.install_addon(database)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": seconds, "megabytes": peak / 1024}


# ------------------------------------------------------------ ageing


def measure_ageing(size, rounds, working_on):
    """One day's scheduled job, and the same by hand in SQL on a copy.

    :param size: number of open leads; ten answers each
    :param working_on: context manager, a worker on a database
    :returns: as :func:`measure_history`
    """
    lines, figures = [], {}
    addon = databases.addon_template(environment.prepare(), demo=False)
    for share, expiring in ageing.SCENARIOS.items():
        day = ageing.get_today()
        with databases.temporary_copy(addon, "ageing") as template:
            with step(f"generating {size:,} leads; a limit today for {share} of them"):
                with working_on(template) as worker:
                    worker.call("make_profile")
                ageing.generate(template, size, expiring)
            results = _age_in_turns(template, rounds, working_on, day)
        medians = [statistics.median(seconds) for seconds in results]
        ratio = medians[0] / medians[1]
        lines.append(
            (
                f"A day passes for {size:,} leads, {share} of them cross a limit; "
                "by hand",
                *map(_seconds, results),
                f"{ratio:.2f} times",
                f"≤ {MOST_TIMES_BY_HAND} times",
                ratio <= MOST_TIMES_BY_HAND,
            )
        )
        figures[share] = {"ours": medians[0], "by_hand": medians[1], "ratio": ratio}
    return lines, figures


def _age_in_turns(template, rounds, working_on, day):
    """Age copies of a database both ways, and compare them.

    :param day: the day on which the database was made
    :returns: seconds of the addon's rounds, seconds of those by hand
    :raises AssertionError: names leads that differ
    """
    before = ageing.read(template)
    ours, by_hand = [], []
    for number in range(rounds):
        with contextlib.ExitStack() as stack:
            first, second = (
                stack.enter_context(databases.temporary_copy(template, name))
                for name in ("age_ours", "age_by_hand")
            )
            worker = stack.enter_context(working_on(first))
            turns = [
                (ours, lambda worker=worker: worker.call("age")),
                (by_hand, lambda database=second: ageing.age_by_hand(database)),
            ]
            with step(f"round {number + 1} of {rounds}"):
                for results, run in turns[:: -1 if number % 2 else 1]:
                    results.append(run())
            compared = ageing.read(first), ageing.read(second), before
            wrong = worker.call("get_wrong")
            if ageing.get_today() != day:
                raise AssertionError("midnight has passed: measure again")
            _compare(*compared)
            if wrong:
                raise AssertionError(f"The addon itself says otherwise: {wrong[:10]}")
    return ours, by_hand


def _compare(ours, by_hand, before):
    pairs = zip(ours, by_hand, strict=True)
    different = [f"{o}, by hand {h}" for o, h in pairs if o != h]
    if different:
        text = "\n".join(different[:10])
        raise AssertionError(f"{len(different)} leads differ:\n{text}")
    changed = sum(o != b for o, b in zip(ours, before, strict=True))
    if not changed:
        raise AssertionError("no lead has aged")
    say(f"   {changed:,} leads changed, the same in both")


# ------------------------------------------------------------ both

SCALE_MEASURES = {"history": measure_history, "ageing": measure_ageing}


def run(names, size, rounds, working_on):
    """Measure, and print the table as Markdown.

    :returns: figures by name of the measure, and a text for each goal that was missed
    """
    table, figures = [], {}
    for name in names:
        lines, figures[name] = SCALE_MEASURES[name](size, rounds, working_on)
        table += lines
    say("\n| At scale | ours | compared with | result | goal | met |")
    say("|---|---:|---:|---:|---:|---|")
    missed = []
    for *cells, is_met in table:
        say(f"| {' | '.join([*cells, tell_met(is_met)])} |")
        if is_met is False:
            label, _ours, _compared, result, goal = cells
            missed.append(f"{label} ({result}, goal {goal})")
    say(f"\nMedian of {rounds} rounds (lowest–highest), each on a fresh copy.")
    return figures, missed


def _seconds(found):
    """Median of some durations with the lowest and the highest one."""
    return f"{statistics.median(found):.3g} s ({min(found):.3g}–{max(found):.3g})"
