"""OCA's addons for CRM of this version, as the package index has them: all together."""

import re
import subprocess
import zipfile
from email.parser import Parser

import pytest

from dev import crm_suite, databases, odoo_command
from dev.paths import PYTHON, ROOT, WORK

pytestmark = [
    pytest.mark.full,
    pytest.mark.trust("OCA's addons for CRM work together with it as without it"),
]

WHEELS = WORK / "oca"
PREFIX = "odoo-addon-"
ADDONS = """
crm_claim crm_claim_code crm_event crm_industry crm_lead_code crm_lead_currency
crm_lead_to_task crm_lead_vat crm_location crm_operating_unit crm_partner_assign
crm_phonecall crm_phonecall_summary_predefined crm_project_create crm_project_task
crm_stage_probability crm_timesheet crm_won_restrict_per_stage marketing_crm_partner
partner_firstname mail_activity_team
""".split()


def download(name):
    """Unpack an addon's wheel, unless it is there.

    :returns: names of the addons of the index that it depends on
    """
    folder = WHEELS / name
    if not folder.is_dir():
        line = [PYTHON, "-m", "pip", "download", "-qq", "--no-deps", "--pre"]
        package = f"{PREFIX}{name}>=19.0,<20"
        subprocess.run([*line, "--dest", folder, package], check=True)
        [wheel] = folder.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(folder)
    [metadata] = folder.glob("*.dist-info/METADATA")
    wanted = Parser().parsestr(metadata.read_text()).get_all("Requires-Dist", [])
    names = (re.split(r"[^\w-]", one)[0].replace("-", "_") for one in wanted)
    start = PREFIX.replace("-", "_")
    return [name.removeprefix(start) for name in names if name.startswith(start)]


@pytest.fixture(scope="module")
def folders():
    """Folders with the addons, and with those that they depend on."""
    wanted, done = list(ADDONS), set()
    while wanted:
        name = wanted.pop()
        if name not in done:
            done.add(name)
            wanted += download(name)
    return [WHEELS / name / "odoo/addons" for name in sorted(done)]


def run_their_tests(source, folders, database):
    """Install them, their tests run; returns what those gave."""
    path = ",".join(map(str, (*source.addons, ROOT, *folders)))
    tags = ",".join(f"/{name}" for name in ADDONS)
    line = odoo_command.command(database, "-i", ",".join(ADDONS), "--stop-after-init")
    line += [f"--addons-path={path}", "--test-tags", tags, "--max-cron-threads=0"]
    return crm_suite.run(line, database)


def test_together_they_do_what_they_do_without_it(source, folders, record_property):
    template = databases.crm_template(source, demo=True)
    with databases.temporary_copy(template, "oca") as stock:
        # as the addon does it
        odoo_command.run_script(stock, crm_suite.LEADS_ON)
        with databases.temporary_copy(stock, "oca_addon") as addon:
            databases.install_addon(addon)
            odoo_command.run_script(addon, crm_suite.ADVISE)
            without = run_their_tests(source, folders, stock)
            with_it = run_their_tests(source, folders, addon)
    both = len(without.failures & with_it.failures)
    record_property("figure", f"{len(ADDONS)} addons, {with_it.tests} tests")
    record_property("figure", f"{both} fail with it and without it")
    assert with_it.tests == without.tests
    assert with_it.failures <= without.failures
