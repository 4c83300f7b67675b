"""Debian packages that the machine itself has to have."""

import glob
import importlib.util
import os
import shutil
import subprocess
import sys

from .console import Failure, NoNetwork, say, step
from .processes import reached_nobody

BROWSERS = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")


def _has_command(*names):
    return any(shutil.which(name) for name in names)


def _has_postgresql():
    return bool(_has_command("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb"))


# What is needed: (is it there?, Debian package). Debian keeps venv apart from Python.
TOOLS = {
    "venv": (lambda: importlib.util.find_spec("ensurepip"), "python3-venv"),
    "postgresql": (_has_postgresql, "postgresql"),
    "psql": (lambda: _has_command("psql"), "postgresql-client"),
    "browser": (lambda: _has_command(*BROWSERS), "chromium"),
    "node": (lambda: _has_command("node"), "nodejs"),
    "npm": (lambda: _has_command("npm"), "npm"),
    "keyring": (
        lambda: os.path.exists("/usr/share/keyrings/debian-archive-keyring.gpg"),
        "debian-archive-keyring",
    ),
}


def require(*tools):
    """Make sure that tools are there; name the missing packages, then install them.

    :param tools: keys of ``TOOLS``
    :raises Failure: when a package is missing and can't be installed from here
    """
    packages = sorted({TOOLS[tool][1] for tool in tools if not TOOLS[tool][0]()})
    if not packages:
        return
    listed = " ".join(packages)
    say(f"System packages missing on this machine: {listed}")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    prefix = _administrator()
    if prefix is None or not shutil.which("apt-get"):
        raise Failure(
            f"These system packages are needed: {listed}\n"
            f"Install them as an administrator, then call this again:\n"
            f"    sudo apt-get update && sudo apt-get install {listed}"
        )
    say(f"Installing them: {' '.join(prefix + install)}")
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
    }
    output = ""
    with step("system packages"):
        for command in (["apt-get", "update", "-q"], install):
            result = subprocess.run(
                [*prefix, *command],
                env=environment,
                stdin=None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            output += result.stdout
    missing = [TOOLS[tool][1] for tool in tools if not TOOLS[tool][0]()]
    if result.returncode or missing:
        problem = f"These packages could not be installed: {listed}"
        if reached_nobody(output):
            raise NoNetwork(problem)
        tail = "\n".join(result.stdout.splitlines()[-10:])
        raise Failure(f"{problem}\n{tail}")


def _administrator():
    """Prefix that runs a command as administrator, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        silent = subprocess.run(["sudo", "-n", "true"], capture_output=True)
        if not silent.returncode or (sys.stdin and sys.stdin.isatty()):
            return ["sudo"]
    return None
