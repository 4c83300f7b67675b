"""Where Odoo 19 comes from: ``ODOO_HOME``, an installed one, Debian's package.

Debian carries Odoo 19 in its sid suite only. Installing that on a stable system would
drag in sid's Python, so the package is unpacked into the user's cache and run from a
virtual environment.
"""

import dataclasses
import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import system_packages
from .console import Failure, NoNetwork, say, step
from .paths import CACHE
from .processes import download, locked, run_logged

SERIES = "19.0"
PACKAGE = "odoo-19"
# Odoo's package links to these for its web assets. Odoo needs Font Awesome 4.7, which
# sid no longer has.
SID_PACKAGES = (
    PACKAGE,
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-inconsolata",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
)
STABLE_SUITE = "bookworm"
STABLE_PACKAGES = ("fonts-font-awesome",)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Changes when the unpacked tree is made in another way.
RECIPE = 1

ADVICE = (
    "Odoo 19 was not found, and Debian's package of it could not be had: {reason}\n"
    "Unpack or clone Odoo 19 somewhere and name its folder:\n"
    "    export ODOO_HOME=/path/to/odoo"
)


@dataclasses.dataclass(frozen=True)
class Source:
    """An Odoo that can be run."""

    # Folder that makes ``import odoo`` work.
    python_path: Path
    # Folders with Odoo's addons that Odoo doesn't find by itself.
    addons: tuple
    # Changes with the Odoo: databases made by another one are not used again.
    identity: str

    @property
    def build(self):
        """The date that the series' builds differ in."""
        release = self.python_path / "odoo/release.py"
        return str(datetime.date.fromtimestamp(release.stat().st_mtime))


def find():
    """Return the :class:`Source` to use; Debian's package is fetched if need be.

    :raises Failure: when no Odoo 19 can be had
    """
    home = os.environ.get("ODOO_HOME")
    if home:
        source = _in_home(Path(home).expanduser().resolve())
        if not source:
            raise Failure(
                f"ODOO_HOME names {home}, and there is no Odoo {SERIES} in it.\n"
                "It should be a checkout of Odoo 19 or an unpacked install: a folder "
                "that has odoo/release.py in it."
            )
        return source
    return _importable() or _from_debian()


def _in_home(home):
    candidates = (home, home / "usr/lib/python3/dist-packages")
    return next(filter(None, map(_source, candidates)), None)


def _source(folder):
    """The :class:`Source` in a folder that holds ``odoo``; None if it isn't Odoo 19."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return None
    version = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
    if not version or ".".join(version.groups()) != SERIES:
        return None
    # A checkout keeps CRM in addons/, an install in odoo/addons. Debian's addons/ has
    # only Python files: it must stay off the addons path.
    if (folder / "odoo/addons/crm/views/crm_lead_views.xml").is_file():
        addons = ()
    elif (folder / "addons/crm/views/crm_lead_views.xml").is_file():
        addons = (folder / "addons",)
    else:
        return None
    stamp = int(release.stat().st_mtime)
    return Source(folder, addons, f"{folder} {stamp}")


def _importable():
    """An Odoo 19 that this Python or the system's can import."""
    script = "import odoo.release; print(odoo.release.__file__)"
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if shutil.which(python):
            found = subprocess.run(
                [python, "-c", script], capture_output=True, text=True, cwd="/"
            )
            if found.returncode == 0:
                source = _source(Path(found.stdout.strip()).parent.parent)
                if source:
                    return source
    return None


# ------------------------------------------------------------ Debian's package


def _from_debian():
    folder = CACHE / "odoo" / f"debian-{RECIPE}"
    python_path = "usr/lib/python3/dist-packages"
    with locked(CACHE / "odoo.lock", "Odoo"):
        if not folder.exists():
            _unpack_into(folder)
    source = _source(folder / python_path)
    if not source:
        raise Failure(
            f"The unpacked Odoo is not complete. Remove it and call this again:\n"
            f"    rm -r {folder}"
        )
    return source


def _unpack_into(folder):
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Failure(ADVICE.format(reason=f"this machine has no {tool}."))
    system_packages.require("keyring")
    work = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    tree, downloads = work / "tree", work / "downloads"
    tree.mkdir(parents=True)
    downloads.mkdir()
    try:
        configuration = _private_apt(work / "apt")
        environment = {
            **os.environ,
            "APT_CONFIG": str(configuration),
            "LC_ALL": "C.UTF-8",
        }
        with step("package lists of Debian sid"):
            download(
                ["apt-get", "update", "-q"],
                "apt-update",
                "Debian's package lists could not be had.",
                env=environment,
            )
        wanted = [f"{name}/sid" for name in SID_PACKAGES]
        wanted += [f"{name}/{STABLE_SUITE}" for name in STABLE_PACKAGES]
        with step(
            "Odoo 19 (Debian package, about 120 MB)",
            lambda: f"{_megabytes(downloads)} MB",
            every=3,
        ):
            download(
                ["apt-get", "download", "-q", *wanted],
                "apt-download",
                "Debian's package of Odoo could not be had.",
                cwd=downloads,
                env=environment,
            )
    except Failure as problem:
        shutil.rmtree(work, ignore_errors=True)
        if isinstance(problem, NoNetwork):
            raise
        raise Failure(ADVICE.format(reason=problem)) from None
    with step("unpacking Odoo into the cache"):
        for package in sorted(downloads.glob("*.deb")):
            run_logged(
                ["dpkg-deb", "-x", package, tree],
                "unpack",
                f"{package.name} could not be unpacked.",
            )
        _add_missing_script(tree / "usr/lib/python3/dist-packages")
    # Only a whole tree ever has the final name.
    tree.rename(folder)
    shutil.rmtree(work)
    say(f"   Odoo is in {folder}")


def _private_apt(folder):
    """Configuration of apt that leaves the system's own apt alone.

    :returns: path of the configuration file
    """
    lists, cache = folder / "lists", folder / "cache"
    (lists / "partial").mkdir(parents=True)
    (cache / "archives/partial").mkdir(parents=True)
    mirror = _mirror()
    (folder / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {mirror} {suite} main\n"
            for suite in ("sid", STABLE_SUITE)
        )
    )
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir::State::Lists "{lists}";\n'
        f'Dir::Cache "{cache}";\n'
        f'Dir::Etc::SourceList "{folder / "sources.list"}";\n'
        'Dir::Etc::SourceParts "-";\n'
        'Acquire::Languages "none";\n'
        # Otherwise apt, as root, downloads as a user who can't enter our folder.
        'APT::Sandbox::User "root";\n'
        # Otherwise "apt-get update" is content without a network.
        'APT::Update::Error-Mode "any";\n'
    )
    return configuration


def _mirror():
    """Address of the Debian archive that this machine's own apt uses."""
    listed = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT) $(IDENTIFIER)",
        ],
        capture_output=True,
        text=True,
    ).stdout
    suites = {"stable", "oldstable", "testing", "unstable", "sid", STABLE_SUITE}
    suites.add(_codename())
    for line in listed.splitlines():
        address, suite, component, identifier = (line.split() + [""] * 4)[:4]
        if (
            (suite, component, identifier) in {(s, "main", "Packages") for s in suites}
            and "ubuntu" not in address
            and "security" not in address
        ):
            return address
    raise Failure("apt knows no Debian archive on this machine.")


def _codename():
    try:
        content = Path("/etc/os-release").read_text()
    except OSError:
        return STABLE_SUITE
    name = re.search(r"^VERSION_CODENAME=(\w+)", content, re.M)
    return name.group(1) if name else STABLE_SUITE


def _add_missing_script(python_path):
    """Put an empty file where Debian leaves out a script (it blurs video backgrounds).

    Without the file every web bundle, and with it every browser test, fails.
    """
    script = (
        python_path / "odoo/addons/mail/static/lib/selfie_segmentation"
        "/selfie_segmentation.js"
    )
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("")


def _megabytes(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) // 2**20
