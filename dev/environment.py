"""The virtual environment in which Odoo, the tests and the linters run."""

import contextlib
import hashlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from . import odoo_source, system_packages
from .console import Failure, step
from .paths import CACHE, DATA, LAUNCHER, PYTHON, ROOT, VENV, WORK
from .processes import checkout_lock, download, locked, run_logged

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CONFIGURATION = WORK / "odoo.conf"
STAMP = VENV / "ready"
WORKER_SECONDS = 36000
# A shell script for the system and a Python file for Python: the system would cut the
# path of a "#!" line at its first space. Odoo wants a file, to start parts of itself.
LAUNCHER_TEXT = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import odoo.cli

odoo.cli.main()
"""
# The pinned packages come as wheels for these.
PYTHON_VERSIONS = ((3, 11), (3, 13))


def prepare():
    """Make the environment, with Odoo in it.

    :returns: the :class:`odoo_source.Source` that is used
    """
    _check_python()
    system_packages.require("venv")
    WORK.mkdir(exist_ok=True)
    source = odoo_source.find()
    with checkout_lock("Python environment"):
        paths = f"{VENV} {source.python_path}"
        key = _key(sys.version, paths, REQUIREMENTS.read_text())
        if not _is_ready(key):
            _build(source)
            STAMP.write_text(key)
        _link(WORK / "odoo", source.python_path)
        _write_configuration(source)
    return source


def _check_python():
    first, last = PYTHON_VERSIONS
    if not first <= sys.version_info[:2] <= last:
        raise Failure(
            f"Python {'.'.join(map(str, first))} to {'.'.join(map(str, last))} is "
            f"needed; this is {sys.version.split()[0]} ({sys.executable}).\n"
            "Name another one: make PYTHON=/usr/bin/python3.11 run"
        )


def _key(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_ready(key):
    return STAMP.is_file() and STAMP.read_text() == key and _runs(PYTHON)


def _runs(python):
    """False when the Python that the environment was made from is gone."""
    return python.exists() and not subprocess.run([python, "-c", ""]).returncode


def _build(source):
    shutil.rmtree(VENV, ignore_errors=True)
    with step("virtual environment"):
        run_logged(
            [sys.executable, "-m", "venv", VENV],
            "venv",
            "The virtual environment could not be made.",
        )
    wheels = _wheels()
    with step("installing the Python packages"):
        run_logged(
            [PYTHON, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
            + sorted(wheels.glob("*.whl")),
            "pip-install",
            "The Python packages could not be installed.",
        )
    found = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = Path(found.stdout.strip())
    (packages / "odoo.pth").write_text(f"{source.python_path}\n")
    write_launcher(LAUNCHER, PYTHON)


def write_launcher(launcher, python):
    """Make the file that starts Odoo.

    :param launcher: its path
    :param python: path of the Python that has Odoo
    """
    launcher.write_text(LAUNCHER_TEXT.format(python=shlex.quote(str(python))))
    launcher.chmod(0o755)


def _wheels():
    """Folder in the cache with a wheel of every pinned package."""
    key = _key(sys.version, REQUIREMENTS.read_text())[:16]
    folder = CACHE / "wheels" / key
    with locked(CACHE / "wheels.lock", "the Python packages"):
        if not folder.exists():
            part = folder.with_name(f"{key}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            with step(
                "downloading the Python packages",
                lambda: f"{len(list(part.glob('*.whl')))} packages",
            ):
                download(
                    # PEP 517: else building a source package needs what Debian's
                    # Python doesn't bring.
                    [PYTHON, "-m", "pip", "wheel", "-q", "--use-pep517"]
                    # Offline, pip tries in vain for each package and each time.
                    + ["--retries", "2", "-w", part, "-r", REQUIREMENTS],
                    "pip-wheel",
                    "The Python packages could not be had.",
                )
            part.rename(folder)
    return folder


def forget_downloads():
    """Remove what is kept for the next checkout: the unpacked Odoo, the packages.

    PostgreSQL's data of another checkout, which may lie there too, stays.
    """
    for name, what in (("odoo", "Odoo"), ("wheels", "the Python packages")):
        lock = CACHE / f"{name}.lock"
        with locked(lock, what):
            shutil.rmtree(CACHE / name, ignore_errors=True)
            lock.unlink()
    with contextlib.suppress(OSError):
        CACHE.rmdir()


def _link(link, target):
    """Point a link at the Odoo in use, so that it is at hand for reading."""
    if not link.is_symlink() or link.resolve() != target.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _write_configuration(source):
    addons = ",".join(str(folder) for folder in (*source.addons, ROOT))
    limits = ("limit_time_cpu", "limit_time_real", "limit_time_real_cron")
    CONFIGURATION.write_text(
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {DATA}\n"
        "http_interface = 127.0.0.1\n"
        # Odoo would end a worker whose request takes long on a slow machine.
        + "".join(f"{limit} = {WORKER_SECONDS}\n" for limit in limits)
    )
