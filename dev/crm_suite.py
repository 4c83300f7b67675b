"""Odoo's own tests, of CRM and what extends it, with the addon and without it.

The addon may add queries, and nothing else: no test may fail with it that passes
without it. Odoo runs most of these tests while CRM is being loaded, before the code of
any addon that extends it. So they run twice: as Odoo does it, and with everything
loaded; there the tests of what CRM brings along run, too.
"""

import ast
import dataclasses
import re
import subprocess

from . import browser, databases, odoo_command, postgres, serving
from .console import Failure, say, step
from .paths import LAUNCHER, LOGS
from .processes import run_foreground

# The way Odoo's settings page does it: it also adjusts teams and mail aliases.
LEADS_ON = """
env["res.config.settings"].create({"group_use_lead": True}).execute()
env.cr.commit()
"""
ADVISE = """
profiles = env["crm.qualification.profile"].with_context(active_test=False).search([])
profiles.enforcement = "advise"
env.cr.commit()
"""
ENFORCING = """
SELECT count(*) FROM crm_qualification_profile WHERE enforcement != 'advise'
"""
# Tests that Odoo runs while the modules are loading, in a loaded registry.
LOADED = """
from odoo.tests.shell import run_tests
run_tests(env, "{tags}")
"""
CRM = ("crm",)
# What CRM brings along; who has nothing to do with leads uses it, too.
BROUGHT = ("calendar", "mail")

LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ \S+ (\S+): (.*)$")
VERDICT = re.compile(r"^(?:FAIL|ERROR): (.+)$")
QUERIES = re.compile(
    r"Query count (?:more|less) than expected for user (.+?): (\d+) [<>] (\d+) in (.+)"
)
TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


@dataclasses.dataclass
class Outcome:
    """What one run of the suite gave."""

    tests: int = 0
    # Tests that failed for another reason than their number of queries.
    failures: set = dataclasses.field(default_factory=set)
    # (user, place) → (queries, queries allowed), wherever the two differ.
    queries: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Comparison:
    """What one suite gave on both databases."""

    suite: str
    without: Outcome
    with_addon: Outcome

    @property
    def new(self):
        """Tests that only fail with the addon."""
        return sorted(self.with_addon.failures - self.without.failures)

    @property
    def broken(self):
        """How many, and one more where not the same tests were run."""
        return len(self.new) + (self.with_addon.tests != self.without.tests)


def read_log(text):
    """Make an :class:`Outcome` of an Odoo log."""
    outcome = Outcome()
    test, reasons = None, []

    def close():
        # A test may fail several times, in subtests: one other reason is enough.
        if test and not any(QUERIES.search(line) for line in reasons):
            outcome.failures.add(test)

    for line in text.splitlines():
        counted = QUERIES.search(line)
        if counted:
            user, queries, allowed, place = counted.groups()
            outcome.queries[user, place.strip()] = int(queries), int(allowed)
        header = LOG_LINE.match(line)
        if not header:
            reasons.append(line)
            continue
        close()
        verdict = VERDICT.match(header.group(2))
        test, reasons = (verdict.group(1) if verdict else None), []
        total = TOTAL.search(header.group(2))
        if total:
            outcome.tests = int(total.group(3))
    close()
    return outcome


def find_siblings(source):
    """Odoo's addons that extend CRM as ours does, in the order of their names.

    :param source: the :class:`odoo_source.Source` in use
    """
    folders = source.addons or (source.python_path / "odoo/addons",)
    manifests = sorted(m for f in folders for m in f.glob("*/__manifest__.py"))
    return [
        manifest.parent.name
        for manifest in manifests
        if "crm" in ast.literal_eval(manifest.read_text()).get("depends", ())
        # these bring half of Odoo with them
        and not manifest.parent.name.startswith("test_")
    ]


def compare(source, modules=CRM):
    """Run the modules' tests on both databases and tell the differences.

    :param modules: names of CRM and of addons of Odoo's; what CRM brings is run, too
    :returns: list of :class:`Comparison`
    """
    browser.path()
    template = databases.crm_template(source, demo=True)
    others = ",".join(module for module in modules if module not in CRM)
    with databases.temporary_copy(template, "stock") as stock:
        with step("switching Odoo's Leads on"):
            odoo_command.run_script(stock, LEADS_ON)
        if others:
            with step(f"installing {others}"):
                odoo_command.change_modules(
                    stock, "-i", others, failure="They could not be installed."
                )
        with databases.temporary_copy(stock, "addon") as addon:
            databases.install_addon(addon)
            odoo_command.run_script(addon, ADVISE)
            found = []
            for name, run_suite in (
                ("as Odoo runs it", _run_updating),
                ("with everything loaded", _run_loaded),
            ):
                suite = f"the suite of {', '.join(modules)} {name}"
                with step(f"{suite}, without the addon"):
                    without = run_suite(stock, modules)
                with step(f"{suite}, with the addon in advise"):
                    _check_advises(addon)
                    with_addon = run_suite(addon, modules)
                    _check_advises(addon)
                found.append(Comparison(suite, without, with_addon))
                _report(found[-1])
    return found


def _run_updating(database, modules):
    line = odoo_command.command(database, "-u", ",".join(modules), "--test-tags")
    tags = ",".join(f"/{module}" for module in modules)
    line += [tags, "--stop-after-init"]
    return run(line, f"crm-suite-{database}")


def _run_loaded(database, modules):
    line = [LAUNCHER, "shell", *odoo_command.command(database)[1:]]
    tags = [f"at_install/{name}" for name in modules] + [f"/{name}" for name in BROUGHT]
    return run(line, f"crm-suite-loaded-{database}", LOADED.format(tags=",".join(tags)))


def run(line, log_name, script=None):
    """Run Odoo with tests, which may fail.

    :param line: command line; a free port is added
    :param log_name: name of its log
    :param script: what Odoo's shell is to run
    :returns: :class:`Outcome`
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log, entered = LOGS / f"{log_name}.log", LOGS / f"{log_name}.in"
    entered.write_text(script or "")
    with (
        serving.reserved_port() as port,
        open(log, "wb") as output,
        open(entered, "rb") as stdin,
    ):
        line = [*line, "--http-port", str(port)]
        run_foreground(line, stdin=stdin, stdout=output, stderr=subprocess.STDOUT)
    outcome = read_log(log.read_text(errors="replace"))
    if not outcome.tests:
        raise Failure(f"Odoo ran no test. Its log: {log}")
    return outcome


def _check_advises(database):
    if postgres.sql(ENFORCING, database) != "0":
        raise Failure("A profile does not advise: its failures would say nothing.")


def _report(comparison):
    without, with_addon = comparison.without, comparison.with_addon
    say(f"\n== {comparison.suite}")
    for title, outcome in (("without", without), ("with", with_addon)):
        say(
            f"{title:8} the addon: {outcome.tests} tests, {len(outcome.failures)} "
            "failures that are not about the number of queries"
        )
    for test in sorted(without.failures & with_addon.failures):
        say(f"   fails in both: {test}")
    for test in comparison.new:
        say(f"   FAILS ONLY WITH THE ADDON: {test}")
    more = [
        (place, queries, allowed)
        for place, (queries, allowed) in with_addon.queries.items()
        if queries > allowed
    ]
    if more:
        say("More queries than a test allows (allowed, without the addon, with it):")
    for (user, place), queries, allowed in sorted(more):
        stock = without.queries.get((user, place), (allowed, allowed))[0]
        say(f"   {allowed:5} {stock:5} {queries:5}  {user}, {place}")
    if with_addon.tests != without.tests:
        say(f"   NOT THE SAME TESTS: {without.tests} and {with_addon.tests}")
