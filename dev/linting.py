"""Checks of style and of mistakes that a reader of the text can see."""

import re
import subprocess
from pathlib import Path

from . import node
from .console import say
from .paths import ADDON, PYTHON, ROOT
from .processes import run_foreground

PRETTY = (".xml", ".js", ".mjs")
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
    node.prepare()
    failed = [name for name, command in _checks() if _fails(name, command)]
    if _fails("no host names of registries, no paths of this machine", None):
        failed.append("names")
    say(f"\nlint: {', '.join(failed)} failed" if failed else "\nlint: all good")
    return int(bool(failed))


def fix():
    """Repair what the tools can repair.

    :returns: 0 when no tool failed
    """
    node.prepare()
    commands = [
        [PYTHON, "-m", "ruff", "check", "--fix", "--quiet", "."],
        [PYTHON, "-m", "ruff", "format", "--quiet", "."],
        [*_prettier(), "--write", "--log-level", "warn", *_files(*PRETTY)],
    ]
    return max([run_foreground(command) for command in commands])


def _prettier():
    plugin = node.MODULES / "@prettier/plugin-xml/src/plugin.js"
    return ["node", node.MODULES / "prettier/bin/prettier.cjs", f"--plugin={plugin}"]


def _checks():
    scripts = _files(".js", ".mjs")
    pylint = [PYTHON, "-m", "pylint", "--rcfile=.pylintrc"]
    eslint = ["node", node.MODULES / "eslint/bin/eslint.js", "--max-warnings=0"]
    return [
        ("ruff", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
        ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("pylint-odoo", [*pylint, f"--ignore-paths=^{ADDON / 'tests'}", ADDON]),
        # it knows tests by their folder, and not those in a folder of it
        (
            "pylint-odoo on tests",
            [*pylint, "--disable=translation-required", ADDON / "tests"],
        ),
        (
            "prettier",
            [*_prettier(), "--check", "--log-level", "warn", *_files(*PRETTY)],
        ),
        ("eslint", [*eslint, *scripts]),
        ("translations", [PYTHON, "-m", "dev.languages"]),
        ("pages", [PYTHON, "-m", "dev.page", "--check"]),
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
