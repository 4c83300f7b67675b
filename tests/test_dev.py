"""The parts of the commands that can go wrong on somebody else's machine."""

import socket
import subprocess
import sys

import pytest

from dev import crm_suite, databases, no_skips, odoo_source, postgres, serving
from dev import system_packages as packages
from dev.console import Failure
from dev.paths import ROOT

RELEASE = "version_info = (19, 0, 0, FINAL, 0, '')\n"


@pytest.fixture
def no_pg_variables(monkeypatch):
    for name in postgres.NAMING:
        monkeypatch.delenv(name, raising=False)


def make_odoo(folder, release=RELEASE, crm="odoo/addons"):
    """Put just enough of an Odoo into a folder to be recognised."""
    views = folder / crm / "crm/views"
    views.mkdir(parents=True)
    (views / "crm_lead_views.xml").write_text("<odoo/>")
    (folder / "odoo").mkdir(exist_ok=True)
    (folder / "odoo/release.py").write_text(release)


# ------------------------------------------------------------ ports


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < serving.free_port(port) < port + serving.PORTS


def test_a_free_port_is_used():
    port = serving.free_port(20000)
    assert serving.free_port(port) == port


@pytest.mark.parametrize("option", [["--http-port=8123"], ["-p", "8123"]])
def test_a_port_that_is_asked_for_is_used(option):
    others = ["--log-level=info", "--dev", "all"]
    assert serving.split_port([*option, *others]) == (8123, others)
    assert serving.split_port(others) == (None, others)


# ------------------------------------------------------------ PostgreSQL


@pytest.mark.parametrize("name", postgres.NAMING)
def test_pg_variables_name_a_server(no_pg_variables, monkeypatch, name):
    assert not postgres.is_external()
    monkeypatch.setenv(name, "5433")
    assert postgres.is_external()


def test_an_own_socket_is_no_external_server(no_pg_variables, monkeypatch):
    for folder in postgres._socket_candidates():
        monkeypatch.setenv("PGHOST", str(folder))
        monkeypatch.setenv("PGPORT", postgres.PORT)
        assert not postgres.is_external()


def test_a_server_that_is_not_there_is_named(no_pg_variables, monkeypatch, tmp_path):
    monkeypatch.setenv("PGHOST", str(tmp_path))
    with pytest.raises(Failure, match=f"PGHOST={tmp_path} names can't be used"):
        with postgres.running():
            pass


# ------------------------------------------------------------ Odoo


def test_odoo_home_as_a_checkout(monkeypatch, tmp_path):
    make_odoo(tmp_path, crm="addons")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    source = odoo_source.find()
    assert source.python_path == tmp_path
    assert source.addons == (tmp_path / "addons",)


def test_odoo_home_as_an_unpacked_package(monkeypatch, tmp_path):
    make_odoo(tmp_path / "usr/lib/python3/dist-packages")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    source = odoo_source.find()
    assert source.python_path == tmp_path / "usr/lib/python3/dist-packages"
    assert source.addons == ()


@pytest.mark.parametrize("release", [None, RELEASE.replace("19", "18")])
def test_odoo_home_without_odoo_19(monkeypatch, tmp_path, release):
    if release:
        make_odoo(tmp_path, release)
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Failure, match=r"there is no Odoo 19\.0 in it"):
        odoo_source.find()


def test_no_odoo_to_be_had_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("ODOO_HOME", raising=False)
    monkeypatch.setattr(odoo_source, "CACHE", tmp_path)
    monkeypatch.setattr(odoo_source, "_importable", lambda: None)
    monkeypatch.setattr(odoo_source.shutil, "which", lambda name: None)
    with pytest.raises(Failure) as problem:
        odoo_source.find()
    assert "this machine has no apt-get" in str(problem.value)
    assert "export ODOO_HOME=" in str(problem.value)


def test_a_failed_download_leaves_nothing_half_done(monkeypatch, tmp_path):
    def no_archive():
        raise Failure("apt knows no Debian archive on this machine.")

    monkeypatch.delenv("ODOO_HOME", raising=False)
    monkeypatch.setattr(odoo_source, "CACHE", tmp_path)
    monkeypatch.setattr(odoo_source, "_importable", lambda: None)
    monkeypatch.setattr(odoo_source, "_mirror", no_archive)
    monkeypatch.setattr(odoo_source.shutil, "which", lambda name: name)
    monkeypatch.setattr(packages, "require", lambda *tools: None)
    with pytest.raises(Failure, match="export ODOO_HOME="):
        odoo_source.find()
    assert list((tmp_path / "odoo").iterdir()) == []


# ------------------------------------------------------------ system packages


def test_missing_packages_are_named_with_the_command(monkeypatch, capsys):
    monkeypatch.setitem(packages.TOOLS, "venv", (lambda: False, "python3-venv"))
    monkeypatch.setattr(packages, "_administrator", lambda: None)
    with pytest.raises(Failure, match="sudo apt-get install python3-venv"):
        packages.require("venv")
    assert "python3-venv" in capsys.readouterr().out


# ------------------------------------------------------------ databases


def test_the_addon_key_follows_what_a_database_knows(monkeypatch, tmp_path):
    monkeypatch.setattr(databases, "ADDON", tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "tests").mkdir()
    model = tmp_path / "models/lead.py"
    model.write_text("one")
    first = databases.addon_key()
    (tmp_path / "tests/test_lead.py").write_text("a test")
    assert databases.addon_key() == first
    model.write_text("two")
    assert databases.addon_key() != first


# ------------------------------------------------------------ reading results

LOG = """\
2026-01-05 10:00:00,123 7 INFO db odoo.addons.crm.tests.test_a: Query count less than \
expected for user sam: 10 < 12 in test_few at crm/tests/test_a.py:5
2026-01-05 10:00:01,123 7 ERROR db odoo.addons.crm.tests.test_a: FAIL: TestA.test_bad
Traceback (most recent call last):
AssertionError: 1 != 2
 
2026-01-05 10:00:02,123 7 ERROR db odoo.addons.crm.tests.test_a: FAIL: TestA.test_many
Traceback (most recent call last):
AssertionError: Query count more than expected for user sam: 14 > 12 in test_many at \
crm/tests/test_a.py:9
2026-01-05 10:00:03,123 7 ERROR db odoo.addons.crm.tests.test_a: ERROR: TestA.test_odd
ValueError
2026-01-05 10:00:04,123 7 ERROR db odoo.tests.result: 2 failed, 1 error(s) of 9 tests \
when loading database 'db'
"""


def test_query_counts_are_told_from_other_failures():
    outcome = crm_suite.read_log(LOG)
    assert outcome.tests == 9
    assert outcome.failures == {"TestA.test_bad", "TestA.test_odd"}
    assert outcome.queries == {
        ("sam", "test_few at crm/tests/test_a.py:5"): (10, 12),
        ("sam", "test_many at crm/tests/test_a.py:9"): (14, 12),
    }


def run_pytest(folder, body):
    """Run a file of tests as ``make test`` does; returns exit code and output."""
    (folder / "test_it.py").write_text(f"import pytest\n\n{body}")
    line = [sys.executable, "-m", "pytest", "-p", "dev.no_skips", "-p", "no:odoo"]
    line += ["-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_skipped_test_is_a_failure(tmp_path):
    code, output = run_pytest(
        tmp_path, "def test_it():\n    pytest.skip('no browser')\n"
    )
    assert code == 1
    assert "skipped tests: a failure" in output


def test_missing_data_may_skip(tmp_path):
    code, _output = run_pytest(
        tmp_path, f"def test_it():\n    pytest.skip({no_skips.ALLOWED!r})\n"
    )
    assert code == 0
