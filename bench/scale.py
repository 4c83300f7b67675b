"""What happens to large databases: history that is read, and a day that passes.

Both work on copies of one world, in turns with what they are compared with, and check
that what came out is right before they tell how long it took.
"""

import contextlib
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor

from dev import databases, environment, postgres
from dev.console import say, step

from . import ageing, history, world
from .results import OURS, STOCK, Goal, Measure, Result

NAMES = ("history", "ageing")
INSTALL = Goal(ratio=2.0)
# Memory is measured with this accuracy.
MEMORY = Goal(ratio=1.1)
DAY = Goal(ratio=3.0)


def run(names, size, rounds, working_on):
    """Measure.

    :param names: of ``NAMES``
    :param size: number of leads and opportunities
    :param working_on: context manager, a worker on a database
    :returns: ``{name: Result}``
    """
    day = world.get_today()
    empty = databases.crm_template(environment.prepare(), demo=False)
    results = {}
    with databases.temporary_copy(empty, "live") as live:
        with step(f"generating {size:,} leads and contacts, and their history"):
            with working_on(live) as worker:
                worker.call("make_people")
            world.fill(live, size, day)
        if "history" in names:
            results |= _measure_history(empty, live, size, rounds, day)
        if "ageing" in names:
            results |= _measure_ageing(live, rounds, day, working_on)
    if world.get_today() != day:
        raise AssertionError("midnight has passed: measure again")
    return results


# ------------------------------------------------------------ history


def _measure_history(empty, live, size, rounds, day):
    """Install the addon on a live database and on an empty one, and do by hand what it
    does with the history."""
    times, memory = [], []
    for number in range(rounds):
        found = {}
        # Who begins changes.
        for name in ("empty", "live") if number % 2 else ("live", "empty"):
            template = {"empty": empty, "live": live}[name]
            with databases.temporary_copy(template, "installed") as database:
                found[name] = _install_apart(database)
                if name == "live":
                    history.check(database, size, day)
                    with step("filling the same columns by hand"):
                        by_hand = history.fill_by_hand(database)
        on_live, on_empty = found["live"][0], found["empty"][0]
        say(f"   on the live database {on_live:.1f} s, on the empty one {on_empty:.1f}")
        longer = on_live - on_empty
        times.append({OURS: _get_result(longer), STOCK: _get_result(by_hand)})
        memory.append(
            {
                OURS: _get_result(found["live"][1]),
                STOCK: _get_result(found["empty"][1]),
            }
        )
    messages = int(postgres.sql("SELECT COUNT(*) FROM mail_message", live))
    label = f"Install on {size:,} leads and {messages:,} messages; by hand"
    return {
        "history": Result(
            Measure(label, goal=INSTALL),
            times,
        ),
        "history_memory": Result(
            Measure(
                "Peak memory of installing on them; on an empty CRM",
                goal=MEMORY,
                unit="MB",
            ),
            memory,
        ),
    }


def _get_result(value):
    return {"value": value, "queries": None, "queries_of_few": None, "items": 1}


def _install_apart(database):
    """Install in a process of its own, so that its peak memory is known."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_install, database).result()


def _install(database):
    """Install the addon.

    :returns: seconds, and megabytes of the largest process
    """
    start = time.perf_counter()
    databases.install_addon(database)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


# ------------------------------------------------------------ ageing


def _measure_ageing(live, rounds, day, working_on):
    """One day's scheduled job, and the same by hand in SQL on a copy."""
    question = "SELECT COUNT(*) FROM crm_lead WHERE won_status = 'pending'"
    count = int(postgres.sql(question, live))
    results = {}
    with databases.temporary_copy(live, "judged") as judged:
        databases.install_addon(judged)
        with working_on(judged) as worker:
            worker.call("make_policy")
        for share, expiring in world.EXPIRES.items():
            with databases.temporary_copy(judged, "ageing") as template:
                with step(f"{count:,} open leads; a limit today for {share} of them"):
                    world.add_facts(template, day, expiring)
                    world.store_verdicts(template, day)
                turns = _age_in_turns(template, rounds, working_on, day)
            label = f"A day for {count:,} leads, {share} cross a limit; by hand"
            results[f"ageing, {share}"] = Result(Measure(label, goal=DAY), turns)
    return results


def _age_in_turns(template, rounds, working_on, day):
    """Age copies of a database both ways, and compare them.

    :param date day: the day on which the database was made
    :returns: the turns of a :class:`Result`
    :raises AssertionError: names leads that differ
    """
    before = ageing.read(template)
    turns = []
    for number in range(rounds):
        with contextlib.ExitStack() as stack:
            first, second = (
                stack.enter_context(databases.temporary_copy(template, name))
                for name in ("age_ours", "age_by_hand")
            )
            worker = stack.enter_context(working_on(first))
            ways = {
                OURS: lambda worker=worker: worker.call("age"),
                STOCK: lambda second=second: ageing.age_by_hand(second, day),
            }
            with step(f"round {number + 1} of {rounds}"):
                # Who begins changes.
                order = (OURS, STOCK) if number % 2 else (STOCK, OURS)
                turns.append({side: _get_result(ways[side]()) for side in order})
            changed = ageing.compare(ageing.read(first), ageing.read(second), before)
            if wrong := worker.call("get_wrong"):
                raise AssertionError(f"The addon itself says otherwise: {wrong[:10]}")
        say(f"   {changed:,} leads changed, the same in both")
    return turns
