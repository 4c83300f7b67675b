"""The npm packages of the linters, and of the tests in a browser."""

import shutil

from . import system_packages
from .console import step
from .paths import ROOT, WORK
from .processes import checkout_lock, download

NODE = WORK / "node"
MODULES = NODE / "node_modules"
NPM_FILES = ("package.json", "package-lock.json")


def prepare():
    """Make sure that the packages are there, in the versions of the lock file.

    :returns: folder with the packages
    """
    system_packages.require("node", "npm")
    with checkout_lock("node"):
        wanted = "".join((ROOT / name).read_text() for name in NPM_FILES)
        stamp = NODE / "ready"
        if stamp.is_file() and stamp.read_text() == wanted:
            return MODULES
        shutil.rmtree(NODE, ignore_errors=True)
        NODE.mkdir(parents=True)
        for name in NPM_FILES:
            shutil.copy(ROOT / name, NODE)
        with step("npm packages of the linters and of the tests"):
            download(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                "npm",
                "The npm packages could not be installed.",
                cwd=NODE,
            )
        stamp.write_text(wanted)
    return MODULES
