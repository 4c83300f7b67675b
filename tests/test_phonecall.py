"""The sample addon, and what the documentation quotes of it.

``tests/addons/sales_nemo_phonecall`` adds one of everything that another addon can add.
Its own tests say what users see of that; here Odoo runs them.
"""

import ast
import re
import textwrap

import pytest

from dev import crm_suite, databases, odoo_command, serving
from dev.paths import ADDON, ROOT

NAME = "sales_nemo_phonecall"
SAMPLE = ROOT / "tests/addons" / NAME
DEVELOP = (ADDON / "readme/DEVELOP.md").read_text()
# A file's path, and below it what it says.
QUOTE = re.compile(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", re.M | re.S)


def test_its_own_tests_pass(source):
    template = databases.addon_template(source, demo=False)
    folders = ",".join(map(str, (*source.addons, ROOT, SAMPLE.parent)))
    with (
        databases.temporary_copy(template, "phonecall") as database,
        # to run tests, Odoo listens in any case
        serving.reserved_port() as port,
    ):
        log = odoo_command.change_modules(
            database,
            *("-i", NAME, "--test-tags", f"/{NAME}", "--http-port", port),
            f"--addons-path={folders}",
            failure="The sample addon fails.",
        )
        assert odoo_command.complaints(log) == []
        ran = crm_suite.read_log(log.read_text()).tests
        there = sum(
            len(re.findall(r"^    def test_", path.read_text(), re.M))
            for path in SAMPLE.glob("tests/test_*.py")
        )
        assert ran == there


def test_documentation_quotes_its_files():
    quoted = dict(QUOTE.findall(DEVELOP))
    files = [SAMPLE / "hooks.py"]
    files += [*SAMPLE.glob("models/[!_]*.py"), *SAMPLE.glob("data/*.xml")]
    assert quoted == {str(path.relative_to(ROOT)): path.read_text() for path in files}


@pytest.mark.parametrize(
    ("method", "start", "end"),
    [
        ("write", "The steps of a write,", "A creation goes"),
        ("create", "A creation goes", "Some of these hooks"),
    ],
)
def test_documentation_has_the_door_s_steps_in_their_order(method, start, end):
    """The names of ours that the method calls are those in the text, in this order."""
    told = DEVELOP.split("\n## The door\n")[1]
    told = told.replace("\n", " ").split(start)[1].split(end)[0]
    tree = ast.parse((ADDON / "models/decision/crm_lead.py").read_text())
    calls = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == method
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    calls.sort(key=lambda call: (call.end_lineno, call.end_col_offset))
    done = [call.func.attr for call in calls if call.func.attr.startswith("_")]
    assert re.findall(r"`(_\w+)`", told) == done


def test_common_tests_quote_one_of_them():
    said = ast.get_docstring(ast.parse((ADDON / "tests/common.py").read_text()))
    example = textwrap.indent((SAMPLE / "tests/test_check.py").read_text(), " " * 4)
    assert f"::\n\n{example}\n" in said
