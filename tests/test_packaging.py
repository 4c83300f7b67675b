"""The addon as a wheel: what is in it, and Odoo that finds it where pip puts it."""

import json
import subprocess
import sysconfig
import zipfile
from ast import literal_eval
from email.parser import HeaderParser
from pathlib import Path

import pytest

from dev import databases, odoo_command
from dev.environment import CONFIGURATION
from dev.paths import ADDON, LAUNCHER, PYTHON, ROOT
from dev.processes import run_logged

FOLDER = "odoo/addons/sales_nemo/"
# As an administrator does it in Apps.
INSTALL = """
import json
Module = env["ir.module.module"]
Module.update_list()
Module.search([("name", "=", "sales_nemo")]).button_immediate_install()
module = env["ir.module.module"].search([("name", "=", "sales_nemo")])
from odoo.addons import sales_nemo
print(json.dumps({
    "state": module.state,
    "application": module.application,
    "icon": module.icon,
    "file": sales_nemo.__file__,
}))
"""


def list_files():
    """All files of the addon's folder, but for what Python itself writes there."""
    return {path for path in ADDON.rglob("*") if path.parent.name != "__pycache__"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The addon's wheel, built without a network and without a trace."""
    folder = tmp_path_factory.mktemp("wheel")
    before = list_files()
    run_logged(
        [PYTHON, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
        + ["--no-index", "--wheel-dir", folder, "./sales_nemo"],
        "pip-wheel-sales_nemo",
        "The wheel could not be built.",
    )
    assert list_files() == before
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def manifest():
    """What the manifest says."""
    return literal_eval((ADDON / "__manifest__.py").read_text())


def test_contents(wheel, manifest):
    """All that git knows of the addon is in the wheel, as it is."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ADDON, capture_output=True, text=True, check=True
    ).stdout
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(FOLDER): archive.read(name)
            for name in archive.namelist()
            if ".dist-info/" not in name
        }
    assert set(packed) == set(listed.split("\0")) - {"", "pyproject.toml"}
    assert {n: (ADDON / n).read_bytes() for n in packed} == packed
    assert set(manifest["images"]) <= set(packed)


def test_metadata(wheel, manifest):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    assert metadata["Name"] == "odoo-addon-sales_nemo"
    # whool appends how many commits came after the version
    assert f"{metadata['Version']}.".startswith(f"{manifest['version']}.")
    assert metadata.get_all("Requires-Dist") == ["odoo==19.0.*"]
    assert metadata["Author"] == manifest["author"]
    assert "Development Status :: 4 - Beta" in metadata.get_all("Classifier")
    assert metadata.get_payload() == (ADDON / "README.rst").read_text()


@pytest.mark.verify
def test_installed_from_wheel(source, wheel, tmp_path):
    """Odoo finds the addon in an environment that knows nothing of this checkout."""
    python = tmp_path / "venv/bin/python"
    run_logged(
        [PYTHON, "-m", "venv", "--without-pip", tmp_path / "venv"],
        "venv-sales_nemo",
        "The virtual environment could not be made.",
    )
    run_logged(
        [PYTHON, "-m", "pip", "--python", python, "install", "--no-index"]
        + ["--no-deps", wheel],
        "pip-install-sales_nemo",
        "The wheel could not be installed.",
    )
    packages = Path(
        sysconfig.get_path("purelib", "venv", {"base": str(tmp_path / "venv")})
    )
    # Odoo and what it needs come from the environment of this checkout.
    shared = f"{sysconfig.get_path('purelib')}\n{source.python_path}\n"
    (packages / "odoo.pth").write_text(shared)
    addons = [source.python_path / "odoo/addons", *source.addons]
    assert ROOT not in addons
    log = tmp_path / "odoo.log"
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "wheel") as database:
        result = subprocess.run(
            [python, LAUNCHER, "shell", "-c", CONFIGURATION, "-d", database]
            + ["--addons-path", ",".join(map(str, addons))]
            + ["--logfile", log, "--no-http"],
            input=INSTALL,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert result.returncode == 0, result.stderr
    assert odoo_command.complaints(log) == []
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "state": "installed",
        "application": True,
        "icon": "/sales_nemo/static/description/icon.png",
        "file": str(packages / "odoo/addons/sales_nemo/__init__.py"),
    }
