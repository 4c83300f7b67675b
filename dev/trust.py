"""What is claimed of the addon and what showed it: ``readme/TRUST.md``.

A test says with ``@pytest.mark.trust("what is claimed, in words")`` what it shows, and
tells a figure of its own with ``record_property("figure", "...")``. As a pytest plugin
this notes the results, also from pytest-xdist's processes. They count for as long as
the addon and Odoo stay as they are, so that the table can be filled in several goes.
"""

import ast
import dataclasses
import datetime
import json

from . import databases, odoo_source, postgres
from .console import say
from .paths import ADDON, ROOT, WORK

RESULTS = WORK / "trust.jsonl"
TABLE = ADDON / "readme/TRUST.md"
HEAD = """\
# What was tried

Written by `make verify ARGS=--full`, and only where nothing failed. A row is what the
tests with that claim showed; each of them runs a real Odoo on a real PostgreSQL.

- {date}, sales_nemo {version}
- Odoo of {odoo}, PostgreSQL {postgres}
- Only what these showed: {files}

| What is claimed | Figures | Passed | Failed | Skipped | Seconds |
| --- | --- | ---: | ---: | ---: | ---: |
"""


@dataclasses.dataclass
class Result:
    """What one test, or one run of Odoo's tests, gave."""

    claim: str
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    figures: list = dataclasses.field(default_factory=list)


def note(result):
    """Keep a :class:`Result`; the last one of a name counts."""
    line = json.dumps({"key": _get_key(), **dataclasses.asdict(result)})
    with RESULTS.open("a") as file:
        file.write(f"{line}\n")


def forget():
    """Start with an empty table."""
    RESULTS.unlink(missing_ok=True)


def get_results():
    """What was noted with the addon and the Odoo of now, in the order of names."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else ()
    key, last = _get_key(), {}
    for values in map(json.loads, lines):
        if values.pop("key") == key:
            last[values["name"]] = Result(**values)
    return [last[name] for name in sorted(last)]


def make_table(results):
    """The table as text; PostgreSQL has to run."""
    rows = {}
    for one in results:
        row = rows.setdefault(one.claim, Result(one.claim, one.name))
        row.passed += one.passed
        row.failed += one.failed
        row.skipped += one.skipped
        row.seconds += one.seconds
        row.figures += [text for text in one.figures if text not in row.figures]
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    head = HEAD.format(
        date=datetime.date.today(),
        version=manifest["version"],
        odoo=odoo_source.find().build,
        files=", ".join(dict.fromkeys(one.name.split("::")[0] for one in results)),
        postgres=postgres.sql("SHOW server_version").split()[0],
    )
    return head + "".join(
        f"| {row.claim} | {'; '.join(row.figures)} "
        f"| {row.passed} | {row.failed} | {row.skipped} | {row.seconds:.0f} |\n"
        for row in rows.values()
    )


def write():
    """Write the table.

    :returns: 0; 1 where something failed, and nothing is written
    """
    results = get_results()
    failed = [one.name for one in results if one.failed]
    if failed or not results:
        say("\n".join([f"{TABLE.name} stays as it was. Failed:", *failed]))
        return 1
    TABLE.write_text(make_table(results))
    say(f"Written: {TABLE.relative_to(ROOT)}")
    return 0


def _get_key():
    return f"{databases.addon_key()} {odoo_source.find().identity}"


# ------------------------------------------------------------ pytest's hooks


def pytest_collection_modifyitems(items):
    """Called by pytest when it knows all tests: the nearest claim is a test's own."""
    for item in items:
        if mark := item.get_closest_marker("trust"):
            item.user_properties.append(("claim", mark.args[0]))


class Notes:
    """Notes what the tests with a claim gave."""

    def __init__(self):
        self.results = {}

    def pytest_runtest_logreport(self, report):
        """Called by pytest after each phase of a test, those of its processes, too."""
        told = dict(report.user_properties)
        if "claim" not in told:
            return
        result = self.results.setdefault(
            report.nodeid, Result(told["claim"], report.nodeid)
        )
        result.seconds += report.duration
        result.failed |= report.failed
        result.skipped |= report.skipped
        result.passed |= report.when == "call" and report.passed
        result.figures = [
            text for name, text in report.user_properties if name == "figure"
        ]

    def pytest_sessionfinish(self):
        """Called by pytest when all tests have run."""
        for result in self.results.values():
            note(result)


def pytest_configure(config):
    """Called by pytest when it starts, in each of its processes."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Notes(), "sales-nemo-trust")
