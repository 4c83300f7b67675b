"""A PostgreSQL server: the one that PG* variables name, else a private one.

The private server lives in ``.odoo/postgres``, listens on a socket in a folder that
only its owner may enter, and is shared by all commands that run in this checkout: the
first starts it, the last one out stops it.
"""

import contextlib
import fcntl
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import system_packages
from .console import Failure, say, step
from .paths import CACHE, CHECKOUT_ID, LOCKS, WORK
from .processes import checkout_lock

# Any of these names a server. The rest (user, password, options) only describes us.
NAMING = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
ROLE = "odoo"
PORT = "5432"
# The system limits the length of a socket's path.
SOCKET_PATH_LIMIT = 100

# The data can be made anew at any time: speed counts more than surviving a power cut.
SETTINGS = {
    "listen_addresses": "''",
    "port": PORT,
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "max_wal_size": "'2GB'",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "'30s'",
}


def is_external():
    """True when the user's PG* variables name a server other than our own."""
    if os.environ.get("PGHOST") in {str(p) for p in _socket_candidates()}:
        return False  # Called by one of our own commands.
    return any(os.environ.get(name) for name in NAMING)


@contextlib.contextmanager
def running():
    """Have a server for as long as the block runs; PG* variables name it to everyone.

    :raises Failure: when there is no server to be had
    """
    system_packages.require("psql")
    # Which database is always said explicitly.
    os.environ.pop("PGDATABASE", None)
    if is_external():
        _check_external()
        yield
        return
    system_packages.require("postgresql")
    with _shared():
        yield


def sql(statement, database="postgres"):
    """Run SQL statements.

    :returns: the output: a line a row, columns separated by ``|``
    :raises Failure: with what PostgreSQL said
    """
    result = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database],
        input=statement,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise Failure(f"PostgreSQL: {result.stderr.strip()}\nin: {statement}")
    return result.stdout.strip()


def _check_external():
    question = (
        "SELECT current_user, rolcreatedb OR rolsuper FROM pg_roles"
        " WHERE rolname = current_user"
    )
    named = ", ".join(f"{n}={os.environ[n]}" for n in NAMING if os.environ.get(n))
    try:
        user, may_create = sql(question).split("|")
    except Failure as problem:
        raise Failure(
            f"The PostgreSQL that {named} names can't be used.\n{problem}\n"
            "Correct the variables, or unset them to get a private server."
        ) from None
    if user == "postgres":
        raise Failure(
            "Odoo refuses to work as PostgreSQL's user 'postgres'. Name another role "
            "in PGUSER, one that may create databases."
        )
    if may_create != "t":
        raise Failure(
            f"PostgreSQL's role '{user}' may not create databases. As an administrator:"
            f'\n    ALTER ROLE "{user}" CREATEDB;'
        )


# ------------------------------------------------------------ the private server


@contextlib.contextmanager
def _shared():
    LOCKS.mkdir(parents=True, exist_ok=True)
    users = os.open(LOCKS / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with checkout_lock("postgres"):
            fcntl.flock(users, fcntl.LOCK_SH)
            private = Private()
            private.start()
        os.environ.update(PGHOST=str(private.socket), PGPORT=PORT, PGUSER=ROLE)
        yield
    finally:
        with checkout_lock("postgres"):
            if _is_last(users) and not private.has_clients():
                private.stop()
            os.close(users)


def _is_last(users):
    """True when no other command of this checkout uses the server."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove():
    """Stop the private server and remove its data."""
    if not WORK.is_dir():
        return
    with checkout_lock("postgres"):
        home = _known_home()
        if home:
            Private(home).stop()
            shutil.rmtree(home, ignore_errors=True)
        for socket in _socket_candidates():
            shutil.rmtree(socket, ignore_errors=True)


def _owner():
    """User who runs the server: PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def _places():
    """Folders for the private server's data, in order of preference."""
    return [
        WORK / "postgres",
        CACHE / f"postgres-{CHECKOUT_ID}",
        Path("/var/tmp") / f"sales_nemo-{CHECKOUT_ID}",
    ]


def _known_home():
    """Folder with the private server's data, None if there is none yet."""
    return next((p for p in _places() if (p / "data").is_dir()), None)


def _home():
    """Folder for the private server's data that its owner can reach; made if new."""
    home = _known_home()
    if home and _reachable(home):
        return home
    for place in _places():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _owner():
            shutil.chown(place, _owner(), _owner())
        if place.stat().st_uid == _uid() and _reachable(place):
            if place != _places()[0]:
                say(
                    f"   The user '{_owner()}' can't enter this checkout: PostgreSQL's"
                    f" data is in {place} ('make clean' removes it)"
                )
            return place
        with contextlib.suppress(OSError):
            place.rmdir()
    raise Failure(
        "No folder was found in which PostgreSQL's user can keep its data. "
        "Move the checkout to a folder that everyone may enter, or name a running "
        "server in PGHOST, PGPORT and PGUSER."
    )


def _uid():
    owner = _owner()
    return pwd.getpwnam(owner).pw_uid if owner else os.geteuid()


def _reachable(folder):
    return not subprocess.run(
        ["test", "-w", str(folder)], user=_owner(), cwd="/"
    ).returncode


def _socket_candidates():
    inside = WORK / "postgres" / "socket"
    if len(str(inside)) < SOCKET_PATH_LIMIT:
        yield inside
    yield Path(tempfile.gettempdir()) / f"sales_nemo-{CHECKOUT_ID}"


@contextlib.contextmanager
def apart(**settings):
    """A :class:`Private` server that nobody else uses, for the time of the block.

    :param settings: what is set otherwise, as PostgreSQL's file has it
    """
    with tempfile.TemporaryDirectory(prefix="sales_nemo-") as folder:
        home = Path(folder)
        if _owner():
            shutil.chown(home, _owner(), _owner())
        server = Private(home, home / "socket", settings)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


class Private:
    """A server of our own; as a rule the one that all commands of this checkout share.

    :param home: its folder
    :param socket: the folder in which it listens
    :param settings: what is set otherwise than in ``SETTINGS``
    """

    def __init__(self, home=None, socket=None, settings=()):
        self.home = home or _home()
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.settings = {**SETTINGS, **dict(settings)}
        in_checkout = self.home == WORK / "postgres"
        candidates = list(_socket_candidates())
        self.socket = socket or candidates[0 if in_checkout else -1]

    def start(self):
        """Start the server unless it runs."""
        if not (self.data / "PG_VERSION").is_file():
            self._create()
        if self._answers():
            return
        self._forget_dead_server()
        self._make_socket_folder()
        folder = str(self.socket).replace("'", "''")
        settings = {**self.settings, "unix_socket_directories": f"'{folder}'"}
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.data / "postgresql.auto.conf").write_text(text)
        result = self._program(
            "pg_ctl", "start", "-w", "-t", "120", "-D", self.data, "-l", self.log
        )
        if result.returncode or not self._answers():
            lines = self.log.read_text(errors="replace").splitlines()[-10:]
            raise Failure(
                "\n".join(["The private PostgreSQL did not start:", *lines])
                + "\n'make clean' removes it with all its databases."
            )

    def stop(self, mode="fast"):
        """Stop the server if it runs.

        :param mode: ``fast``, or ``immediate``, as a crash does it
        """
        if (self.data / "postmaster.pid").exists():
            self._program("pg_ctl", "stop", "-m", mode, "-w", "-D", self.data)

    def copy_to(self, folder):
        """Write its data to a folder, for another server to go on with."""
        whose = ("-h", self.socket, "-p", PORT, "-U", ROLE)
        # a checkpoint that spares others the load would take minutes
        soon = "--checkpoint=fast"
        result = self._program("pg_basebackup", "-D", folder, soon, *whose)
        if result.returncode:
            raise Failure(f"pg_basebackup failed: {result.stderr.strip()}")

    def has_clients(self):
        """True when somebody is connected who came in past our commands."""
        others = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid != pg_backend_pid()"
        )
        try:
            return sql(others) != "0"
        except Failure:
            return False

    def _create(self):
        with step("private PostgreSQL server"):
            part = self.home / "data.part"
            shutil.rmtree(part, ignore_errors=True)
            result = self._program(
                "initdb",
                *("-D", part, "-U", ROLE, "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            )
            if result.returncode:
                raise Failure(f"initdb failed: {result.stderr.strip()}")
            part.rename(self.data)

    def _program(self, name, *arguments):
        """Run one of PostgreSQL's own programs as the server's owner."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        # The output goes to a file: the server keeps it open after pg_ctl has ended.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(self._bin() / name), *map(str, arguments)],
                user=_owner(),
                group=_owner(),
                extra_groups=[] if _owner() else None,
                cwd=self.home,
                env={**environment, "HOME": str(self.home), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            output.seek(0)
            result.stderr = output.read()
        return result

    def _bin(self):
        """Folder with the programs of the version that the data belongs to."""
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            version = "*"
        found = glob.glob(f"/usr/lib/postgresql/{version}/bin/postgres")
        if found:
            return Path(max(found, key=lambda p: float(Path(p).parts[4]))).parent
        initdb = shutil.which("initdb")
        if initdb:
            return Path(initdb).resolve().parent
        raise Failure(
            f"The private databases were made by PostgreSQL {version}, which is no "
            "longer installed. 'make clean' removes them."
        )

    def _answers(self):
        probe = ["psql", "-XAtqc", "SELECT 1", "-d", "postgres"]
        probe += ["-h", str(self.socket), "-p", PORT, "-U", ROLE]
        return not subprocess.run(probe, capture_output=True).returncode

    def _forget_dead_server(self):
        """Remove the lock files of a server that was killed.

        PostgreSQL does it too, except when the number of the process is taken: by
        another one, or still by the dead one, which nobody has buried.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        lines = pid_file.read_text().split()
        try:
            command = Path(f"/proc/{lines[0]}/cmdline").read_bytes().decode()
        except (OSError, IndexError):
            command = ""
        if str(self.data) not in command:
            pid_file.unlink()
            shutil.rmtree(self.socket, ignore_errors=True)

    def _make_socket_folder(self):
        self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _owner():
            shutil.chown(self.socket, _owner(), _owner())
        if self.socket.stat().st_uid != _uid():
            raise Failure(f"{self.socket} belongs to somebody else: remove it.")
