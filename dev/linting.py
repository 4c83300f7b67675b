"""Checks of style and of mistakes that a reader of the text can see."""

import re
import shutil
import subprocess
from pathlib import Path

from . import system_packages
from .console import say, step
from .paths import ADDON, PYTHON, ROOT, WORK
from .processes import checkout_lock, run_foreground, run_logged

NODE = WORK / "node"
PRETTY = (".xml", ".js", ".mjs")
NPM_FILES = ("package.json", "package-lock.json")
# Where packages come from is each machine's own business: a file that names a host
# would send everybody there.
HOSTS = re.compile(
    r"registry[.]npmjs|registry[.]yarnpkg|pypi[.]org|pythonhosted[.]org"
    r"|(deb|ftp|snapshot|security)[.]([a-z]{2}[.])?debian[.]org|archive[.]ubuntu"
)


def check():
    """Run all checks, also after one has failed.

    :returns: 0 when there is nothing to complain about
    """
    _prepare()
    failed = [name for name, command in _checks() if _fails(name, command)]
    if _fails("no host names of registries, no paths of this machine", None):
        failed.append("names")
    say(f"\nlint: {', '.join(failed)} failed" if failed else "\nlint: all good")
    return int(bool(failed))


def fix():
    """Repair what the tools can repair.

    :returns: 0 when no tool failed
    """
    _prepare()
    commands = [
        [PYTHON, "-m", "ruff", "check", "--fix", "--quiet", "."],
        [PYTHON, "-m", "ruff", "format", "--quiet", "."],
        [*_prettier(), "--write", "--log-level", "warn", *_files(*PRETTY)],
    ]
    return max([run_foreground(command) for command in commands])


def _prepare():
    system_packages.require("node", "npm")
    with checkout_lock("node"):
        wanted = "".join((ROOT / name).read_text() for name in NPM_FILES)
        stamp = NODE / "ready"
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        shutil.rmtree(NODE, ignore_errors=True)
        NODE.mkdir(parents=True)
        for name in NPM_FILES:
            shutil.copy(ROOT / name, NODE)
        with step("npm packages of the linters"):
            run_logged(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                "npm",
                "The npm packages could not be installed.",
                cwd=NODE,
            )
        stamp.write_text(wanted)


def _prettier():
    modules = NODE / "node_modules"
    plugin = modules / "@prettier/plugin-xml/src/plugin.js"
    return ["node", modules / "prettier/bin/prettier.cjs", f"--plugin={plugin}"]


def _checks():
    scripts = _files(".js", ".mjs")
    eslint = ["node", NODE / "node_modules/eslint/bin/eslint.js", "--max-warnings=0"]
    return [
        ("ruff", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
        ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("pylint-odoo", [PYTHON, "-m", "pylint", "--rcfile=.pylintrc", ADDON]),
        (
            "prettier",
            [*_prettier(), "--check", "--log-level", "warn", *_files(*PRETTY)],
        ),
        ("eslint", [*eslint, *scripts]),
    ]


def _fails(name, command):
    say(f"-- {name}")
    return run_foreground(command) if command else not _names_are_clean()


def _files(*suffixes):
    """The project's files, tracked or new, with one of the suffixes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [name for name in listed.split("\0") if name]
    found = [n for n in names if not suffixes or n.endswith(suffixes)]
    return [name for name in found if (ROOT / name).is_file()]


def _names_are_clean():
    clean = True
    here = {str(ROOT), str(Path.home())}
    for name in _files():
        try:
            lines = (ROOT / name).read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if HOSTS.search(line) or any(f"{path}/" in line for path in here):
                say(f"{name}:{number}: {line.strip()[:100]}")
                clean = False
    return clean
