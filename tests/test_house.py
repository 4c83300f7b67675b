"""The addon's models live in rooms; each knows its own and those before it."""

import ast
import re
from collections import defaultdict

import pytest

from dev.paths import ADDON

MODELS = ADDON / "models"
ROOMS = re.findall(r"^    (\w+),$", (MODELS / "__init__.py").read_text(), re.M)
FILES = sorted(MODELS.glob("*/*.py"))


def room_of(path):
    return ROOMS.index(path.parent.name)


def calls_super(function):
    """Whether a method passes on to one of the same name."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == function.name
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
        for node in ast.walk(function)
    )


def get_declarations():
    """The first room in which each name of ours is defined; Odoo's are not ours."""
    found = defaultdict(dict)
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
                of_ours = not calls_super(node)
                known = found[node.name].get(room_of(path), False)
                found[node.name][room_of(path)] = of_ours or known
    return {name: min(rooms) for name, rooms in found.items() if rooms[min(rooms)]}


DECLARED = get_declarations()


def test_all_models_are_in_a_room():
    assert {path.name for path in MODELS.glob("*.py")} == {"__init__.py"}
    assert {path.parent.name for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_room_imports_from_a_later_one(path):
    later = [
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.level == 2
        and ROOMS.index(node.module.split(".")[0]) > room_of(path)
    ]
    assert later == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_room_calls_what_only_a_later_one_defines(path):
    later = {
        f"{node.func.attr} of {ROOMS[DECLARED[node.func.attr]]}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and DECLARED.get(node.func.attr, 0) > room_of(path)
    }
    assert later == set()


def test_odoos_loader_is_told_of_all_tests():
    tests = ADDON / "tests"
    there = {f"{p.parent.name}.{p.stem}" for p in tests.glob("*/test_*.py")}
    told = {
        f"{node.module}.{alias.name}"
        for node in ast.parse((tests / "__init__.py").read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == there
