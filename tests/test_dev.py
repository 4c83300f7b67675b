"""The parts of the commands that can go wrong on somebody else's machine."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

from dev import __main__ as commands
from dev import (
    console,
    crm_suite,
    databases,
    environment,
    no_skips,
    odoo_command,
    odoo_source,
    postgres,
    processes,
    serving,
    trust,
)
from dev import system_packages as packages
from dev.console import Failure, NoNetwork
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


# ------------------------------------------------------------ a path with spaces


def test_odoo_starts_from_a_folder_with_spaces(tmp_path):
    folder = tmp_path / "Bob's own  add-ons $HOME"
    (folder / "odoo/cli").mkdir(parents=True)
    (folder / "odoo/__init__.py").touch()
    (folder / "odoo/cli/__init__.py").write_text(
        "import sys\n\ndef main():\n    print(sys.executable, *sys.argv, sep='\\n')\n"
    )
    python, launcher = folder / "python", folder / "odoo command"
    python.symlink_to(sys.executable)
    environment.write_launcher(launcher, python)
    arguments = ["shell", "-d", "my database", "it's", ""]
    done = subprocess.run(
        [launcher, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\n".join([str(python), str(launcher), *arguments, ""])


# ------------------------------------------------------------ waiting for each other


@pytest.fixture
def said(monkeypatch):
    """What the user is told meanwhile; an event is set by the first line."""
    lines, first = [], threading.Event()

    def say(text):
        lines.append(text)
        first.set()

    monkeypatch.setattr(console, "say", say)
    return lines, first


def test_who_waits_says_for_what(monkeypatch, tmp_path, said):
    monkeypatch.setattr(processes, "SILENT_ATTEMPTS", 1)
    monkeypatch.setattr(processes, "LOCKS", tmp_path)
    lines, first = said
    done = []

    def second_command():
        with processes.checkout_lock("environment"):
            done.append("second")

    second = threading.Thread(target=second_command)
    with processes.checkout_lock("environment"):
        second.start()
        assert first.wait()
        done.append("first")
    second.join()
    assert lines[0] == (
        "-- waiting for environment (another command of this checkout holds it)"
    )
    assert done == ["first", "second"]


def test_nobody_waits_for_a_lock_that_was_removed(tmp_path):
    path = tmp_path / "locks/environment"
    with processes.locked(path, "environment"):
        shutil.rmtree(path.parent)
        with processes.locked(path, "environment"):
            with open(path) as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ------------------------------------------------------------ no network

OFFLINE = {
    "apt-get": "Err:1 http://mirror.example/debian sid InRelease\n"
    "  Temporary failure resolving 'mirror.example'\n"
    "W: Failed to fetch http://mirror.example/debian/dists/sid/InRelease\n",
    "pip": "WARNING: Retrying (Retry(total=0)) after connection broken by "
    "'NewConnectionError(': Failed to establish a new connection: [Errno 101] Network "
    "is unreachable')': /simple/asn1crypto/\n"
    "ERROR: No matching distribution found for asn1crypto==1.5.1\n",
}


@pytest.mark.parametrize("tool", OFFLINE)
def test_a_download_without_a_network_says_so(monkeypatch, tmp_path, tool):
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    script = "import sys; sys.exit(sys.argv[1])"
    with pytest.raises(NoNetwork) as problem:
        processes.download([sys.executable, "-c", script, OFFLINE[tool]], "it", "No.")
    assert "There is no network" in str(problem.value)
    assert str(tmp_path / "it.log") in str(problem.value)


def test_a_download_that_fails_otherwise_shows_why(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    script = "import sys; sys.exit('ERROR: no space left on device')"
    with pytest.raises(Failure, match="no space left") as problem:
        processes.download([sys.executable, "-c", script], "it", "No.")
    assert not isinstance(problem.value, NoNetwork)


@pytest.fixture
def offline_apt(monkeypatch, tmp_path):
    """An ``apt-get`` without a network.

    As the real one, its "update" is content, unless it is told that any error counts;
    then it doesn't know the packages.
    """
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/apt-get"
    script.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = update ]; then\n'
        f'    echo "{OFFLINE["apt-get"]}"\n'
        '    ! grep -qs Error-Mode "$APT_CONFIG"\n'
        "else\n"
        "    echo 'E: Unable to locate package'; exit 100\n"
        "fi\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(processes, "LOGS", tmp_path / "logs")


def test_odoo_without_a_network(monkeypatch, tmp_path, offline_apt):
    monkeypatch.delenv("ODOO_HOME", raising=False)
    monkeypatch.setattr(odoo_source, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(odoo_source, "_importable", lambda: None)
    monkeypatch.setattr(odoo_source, "_mirror", lambda: "http://mirror.example/debian")
    monkeypatch.setattr(packages, "require", lambda *tools: None)
    with pytest.raises(NoNetwork):
        odoo_source.find()
    assert list((tmp_path / "cache/odoo").iterdir()) == []


def test_system_packages_without_a_network(monkeypatch, offline_apt):
    monkeypatch.setitem(packages.TOOLS, "venv", (lambda: False, "python3-venv"))
    monkeypatch.setattr(packages, "_administrator", lambda: [])
    with pytest.raises(NoNetwork, match="could not be installed: python3-venv"):
        packages.require("venv")


# ------------------------------------------------------------ cleaning up


@pytest.fixture
def own_folders(monkeypatch, tmp_path):
    """Folders that "clean" may remove, in place of the real ones."""
    cache, work = tmp_path / "cache", tmp_path / "work"
    for folder in ("odoo/debian", "wheels/0123", "postgres-of-another-checkout"):
        (cache / folder).mkdir(parents=True)
    work.mkdir()
    monkeypatch.setattr(environment, "CACHE", cache)
    monkeypatch.setattr(commands, "WORK", work)
    monkeypatch.setattr(postgres, "is_external", lambda: False)
    monkeypatch.setattr(postgres, "remove", lambda: None)
    return cache, work


def test_clean_keeps_the_downloads(own_folders):
    cache, work = own_folders
    commands.clean([])
    assert not work.exists()
    assert (cache / "odoo/debian").exists() and (cache / "wheels/0123").exists()


def test_clean_cache_removes_the_downloads_and_nothing_else(own_folders):
    cache, work = own_folders
    commands.clean(["--cache"])
    assert not work.exists()
    assert [path.name for path in cache.iterdir()] == ["postgres-of-another-checkout"]
    (cache / "postgres-of-another-checkout").rmdir()
    commands.clean(["--cache"])
    assert not cache.exists()


def test_clean_removes_nothing_when_it_was_told_something_odd(own_folders):
    _cache, work = own_folders
    with pytest.raises(Failure, match="--cahce"):
        commands.clean(["--cahce"])
    assert work.exists()


# ------------------------------------------------------------ ports

# Serves pages on the port that it is given as Odoo does: when that is taken, it ends.
SERVER = """
import http.server, sys
address = ("127.0.0.1", int(sys.argv[1]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served")
http.server.HTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def started(monkeypatch):
    """Have :data:`SERVER` in Odoo's place; returns the ports that it was given."""
    ports = []

    def command(_database, option, port, *_arguments):
        assert option == "--http-port"
        ports.append(port)
        return [sys.executable, "-c", SERVER, port]

    monkeypatch.setattr(odoo_command, "command", command)
    return ports


def free_port(first):
    """The port that a command would get now."""
    with serving.reserved_port(first) as port:
        return port


def listener(port=0):
    """Another program that has a port, and never answers."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((serving.HOST, port))
    taken.listen()
    return taken


def test_two_commands_get_two_ports():
    """The port of one that hasn't come to listen yet is not given to another."""
    script = "import sys; from dev import serving; "
    script += "print(serving.reserved_port(int(sys.argv[1])).__enter__())"
    with serving.reserved_port(21000) as port:
        line = [sys.executable, "-c", script, str(port)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
        assert int(done.stdout) > port
    assert free_port(port) == port


def test_a_server_takes_the_next_port_when_another_was_quicker(monkeypatch, started):
    """It is also never taken for the other one, which has the first port."""
    others = []

    def start_late(line, **options):
        if not others:
            others.append(listener(line[-1]))
        return processes.start(line, **options, stderr=subprocess.DEVNULL)

    monkeypatch.setattr(serving, "start", start_late)
    with serving.server("db") as (process, address):
        assert process.poll() is None
        assert started[0] != started[1]
        assert address == f"http://localhost:{started[1]}"
        with urllib.request.urlopen(f"{address}/web/login") as page:
            assert page.read() == b"served"
    others[0].close()


def test_a_port_that_was_asked_for_and_is_taken(started):
    with listener() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=f"Port {port} is taken"):
            with serving.server("db", port=port):
                pass
    assert not started


def test_an_odoo_that_ends_while_it_starts(monkeypatch):
    line = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(odoo_command, "command", lambda *_arguments: line)
    with pytest.raises(Failure, match=r"ended while starting \(exit code 3\)"):
        with serving.server("db"):
            pass


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + serving.PORTS


def test_a_free_port_is_used():
    port = free_port(20000)
    assert free_port(port) == port


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
    line = [sys.executable, "-m", "pytest", "-p", "no:odoo"]
    line += ["-p", "dev.no_skips", "-p", "dev.no_warnings"]
    line += ["-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_skipped_test_is_a_failure(tmp_path):
    code, output = run_pytest(
        tmp_path, "def test_it():\n    pytest.skip('no browser')\n"
    )
    assert code == 1
    assert "skipped tests: a failure" in output


@pytest.mark.parametrize("reason", [no_skips.ALLOWED, no_skips.HISTORY])
def test_missing_data_or_history_may_skip(tmp_path, reason):
    code, _output = run_pytest(
        tmp_path, f"def test_it():\n    pytest.skip({reason!r})\n"
    )
    assert code == 0


@pytest.mark.parametrize(
    ("logger", "code"), [("odoo.addons.sales_nemo.models", 1), ("odoo.http", 0)]
)
def test_a_logged_warning_is_a_failure(tmp_path, logger, code):
    """Unless it is what Odoo logs of each refusal that a user is told."""
    body = "import logging\n\ndef test_it():\n"
    body += f"    logging.getLogger({logger!r}).warning('That is odd')\n"
    exit_code, output = run_pytest(tmp_path, body)
    assert exit_code == code
    assert (f"WARNING {logger}: That is odd" in output) == bool(code)


# ------------------------------------------------------------ the table of claims


@pytest.fixture
def claims(monkeypatch, tmp_path):
    """Results and table in a folder of the test's own."""
    monkeypatch.setattr(trust, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(trust, "TABLE", tmp_path / "TRUST.md")
    monkeypatch.setattr(trust, "ROOT", tmp_path)
    trust.note(trust.Result("Safe", "a", passed=1, seconds=1.2, figures=["7 kills"]))
    trust.note(trust.Result("Safe", "b", failed=1))
    return trust


def test_a_claim_is_one_row(source, claims):
    claims.note(trust.Result("Safe", "b", passed=1, figures=["7 kills", "2 restarts"]))
    assert claims.write() == 0
    row = claims.TABLE.read_text().splitlines()[-1]
    assert row == "| Safe | 7 kills; 2 restarts | 2 | 0 | 0 | 1 |"


def test_where_a_test_failed_nothing_is_written(claims):
    assert claims.write() == 1
    assert not claims.TABLE.exists()


def test_results_of_other_code_do_not_count(claims, monkeypatch):
    monkeypatch.setattr(databases, "addon_key", lambda: "other")
    assert claims.get_results() == []
