"""Mutants of the pure modules: small faults, put in on purpose, that tests must notice.

Each is one module with one change, in a process of its own that ends with the first
test that fails, or after too much work. Those that nobody can tell from the module are
listed in ``mutants.txt``, with the reason.
"""

import ast
import importlib.util
import multiprocessing
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy  # noqa: F401, once for all processes
import pytest
from hypothesis import HealthCheck, Phase, settings

from .console import say, step
from .paths import ADDON, ROOT

# Modules, and the files of tests that are asked, in this order.
MODULES = {
    "facts": ("test_gate", "test_chance", "test_backtest"),
    "policy": ("test_gate", "test_chance", "test_backtest"),
    "gate": ("test_gate", "test_chance", "test_backtest"),
    "backtest": ("test_backtest",),
    "chance": ("test_chance",),
    "intervals": ("test_intervals", "test_drift"),
    "scorecard": ("test_scorecard_by_hand", "test_scorecard"),
}
EXPLAINED = Path(__file__).with_name("mutants.txt")
# Percent of the mutants that tests must notice.
LEAST = 95
# Of the processor, not of the clock: many times what the tests of a module need.
SECONDS = 20
# The same examples for each mutant; the first failure will do.
QUICK = {"derandomize": True, "database": None, "deadline": None, "max_examples": 40}
QUICK |= {"suppress_health_check": list(HealthCheck)}
QUICK |= {"phases": (Phase.explicit, Phase.generate)}
PYTEST = "-x --assert=plain --noconftest -p no:terminal -p no:cacheprovider -c".split()
# not what needs data that are not everywhere
PYTEST += [os.devnull, "--rootdir", str(ROOT), "-m", "not (verify or full or skipif)"]
# Operators, and what each becomes.
OTHERS = {"Lt": "LtE GtE", "LtE": "Lt Gt", "Gt": "GtE LtE", "GtE": "Gt Lt"}
OTHERS |= {"Eq": "NotEq", "NotEq": "Eq", "In": "NotIn", "NotIn": "In", "Is": "IsNot"}
OTHERS |= {"IsNot": "Is", "And": "Or", "Or": "And", "Add": "Sub", "Sub": "Add"}
OTHERS |= {"Mult": "Div", "Div": "Mult", "USub": "UAdd"}
# What says nothing about what the code does.
UNREAD = ("annotation", "returns", "decorator_list")


def main(names):
    """Print how many mutants of each module tests notice, and what they don't.

    :param names: of modules; empty: all
    :returns: 0 when enough are noticed, and exactly the others are explained
    """
    if unknown := set(names) - set(MODULES):
        raise SystemExit(f"There are mutants of {', '.join(MODULES)} only: {unknown}.")
    code, lines = 0, EXPLAINED.read_text().splitlines()
    explained = {line for line in lines if line and not line.startswith((" ", "#"))}
    for name in names or MODULES:
        mutants = make_mutants(name)
        with step(f"{len(mutants)} mutants of {name}"):
            survivors = {what for what, noticed in _try(name, mutants) if not noticed}
        told = {what for what in explained if what.startswith(f"{name}.")}
        share = 100 - 100 * len(survivors) / len(mutants)
        code = code or int(share < LEAST or survivors != told)
        say(f"   {share:.1f} % noticed, {len(survivors)} not")
        for what in sorted(survivors ^ told):
            kind = "not explained" if what in survivors else "explained, but noticed"
            say(f"   {kind}: {what}")
    return code


def make_mutants(name):
    """All mutants of a module: ``{where and what it became: source}``."""
    source = (ADDON / f"{name}.py").read_text()
    tree, lines = ast.parse(source), source.splitlines()
    mutants, seen = {}, Counter()
    for node, where in list(_read(tree, name)):
        for field, value in _get_changes(node):
            old = getattr(node, field)
            setattr(node, field, value)
            became = ast.unparse(node).splitlines()[0]
            what = f"{where}: {lines[node.lineno - 1].strip()} → {became}"
            seen[what] += 1
            what += f" (no. {seen[what]})" * (seen[what] > 1)
            mutants[what] = ast.unparse(tree)
            setattr(node, field, old)
    return mutants


def _read(node, where):
    """All of a module that does something, each with the name of where it stands."""
    for name, field in ast.iter_fields(node):
        for child in field if isinstance(field, list) else [field]:
            # a check of itself, and how often at most one tries what ends before
            is_strict = isinstance(child, ast.keyword) and child.arg == "strict"
            is_limit = name == "iter" and ast.unparse(node.target) == "_try"
            is_read = name not in UNREAD and not is_strict and not is_limit
            if isinstance(child, ast.AST) and is_read:
                is_named = isinstance(child, (ast.FunctionDef, ast.ClassDef))
                inner = f"{where}.{child.name}" if is_named else where
                yield child, inner if "." in inner else f"{inner}."
                yield from _read(child, inner)


def _get_changes(node):
    """The small faults of one node: one of its fields, and its value then."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in OTHERS.get(type(operator).__name__, "").split():
                other = getattr(ast, other)()
                yield "ops", [*node.ops[:place], other, *node.ops[place + 1 :]]
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "value", not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield from (("value", node.value + more) for more in (1, -1))
    elif isinstance(node, ast.Return) and ast.unparse(node.value) != "None":
        yield "value", None
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "test", ast.UnaryOp(ast.Not(), node.test)
    elif hasattr(node, "op"):
        for other in OTHERS.get(type(node.op).__name__, "").split():
            yield "op", getattr(ast, other)()


def _try(name, mutants):
    """Whether tests notice each mutant: ``[(what it became, whether), …]``."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(ROOT / "tests"))
    settings.register_profile("quick", **QUICK)
    settings.load_profile("quick")
    untouched = (ADDON / f"{name}.py").read_text()
    tasks = [(name, text) for text in (untouched, *mutants.values())]
    with multiprocessing.get_context("fork").Pool(maxtasksperchild=1) as pool:
        is_broken, *found = pool.starmap(_is_noticed, tasks, chunksize=1)
    if is_broken:
        raise SystemExit(f"The tests of {name} fail without any mutant.")
    return zip(mutants, found, strict=True)


def _is_noticed(name, text):
    """Whether a test of a module fails with this text of it."""
    signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    path = ADDON / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"plain.{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    files = [str(ROOT / "tests" / f"{file}.py") for file in MODULES[name]]
    try:
        exec(compile(text, path, "exec"), module.__dict__)
        setattr(importlib.import_module("plain"), name, module)
        return pytest.main([*PYTEST, *files]) != pytest.ExitCode.OK
    except (Exception, KeyboardInterrupt):
        return True  # it can't even be loaded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
