"""Functions can be read on one screen, and use no private module of Odoo."""

import ast
from pathlib import Path

ADDON = Path(__file__).parents[1] / "sales_nemo"
LINES = 60


def walk():
    """All nodes of the addon's Python, its tests aside, each with its file."""
    for path in ADDON.rglob("*.py"):
        if path.relative_to(ADDON).parts[0] != "tests":
            for node in ast.walk(ast.parse(path.read_text())):
                yield path.relative_to(ADDON), node


def test_no_function_is_longer_than_60_lines():
    long = [
        f"{path}: {node.name}"
        for path, node in walk()
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LINES
    ]
    assert not long


def test_private_modules_of_odoo_are_not_imported():
    private = [
        f"{path}: {node.module}"
        for path, node in walk()
        if isinstance(node, ast.ImportFrom)
        and f"{node.module}.".startswith("odoo.orm.")
    ]
    assert not private
