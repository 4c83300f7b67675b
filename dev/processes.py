"""Starting other programs, and locks between several of our own commands."""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import time

from .console import Failure, NoNetwork, step
from .paths import LOCKS, LOGS, ROOT

# Time that a program gets to end by itself after it was asked to.
GRACE_SECONDS = 30
INTERRUPT_SECONDS = 5
# From linux/prctl.h.
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
# Attempts, ten a second, to have a lock before we say that we wait for it.
SILENT_ATTEMPTS = 20
# What apt, pip and npm write when they reach nobody.
UNREACHABLE = (
    "Temporary failure",
    "Could not resolve",
    "Could not connect",
    "Unable to connect",
    "Cannot initiate the connection",
    "Connection refused",
    "Connection timed out",
    "Name or service not known",
    "No route to host",
    "Network is unreachable",
    "Failed to establish a new connection",
    "ConnectTimeoutError",
    "EAI_AGAIN",
    "ENETUNREACH",
    "ENOTFOUND",
)


def start(command, **options):
    """Start a program that is told to end when we die, even if we are killed.

    :param options: for ``subprocess.Popen``
    :returns: the process
    """
    return subprocess.Popen(
        [str(part) for part in command],
        preexec_fn=lambda: _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        **options,
    )


def run_logged(command, log_name, failure, **options):
    """Run a program with its output in a log file.

    :param command: list of program and arguments
    :param log_name: name of the log, without suffix
    :param failure: what to tell the user if the program fails
    :returns: path of the log
    :raises Failure: with the end of the log
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    with open(log, "wb") as output:
        code = run_foreground(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **options,
        )
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Failure(f"{failure}\n{tail}\nThe whole log: {log}")
    return log


def download(command, log_name, failure, **options):
    """Run a program that downloads something, as :func:`run_logged` does.

    :raises NoNetwork: when it reached nobody
    """
    try:
        return run_logged(command, log_name, failure, **options)
    except Failure as problem:
        if reached_nobody(str(problem)):
            raise NoNetwork(f"{failure} Its log: {LOGS / log_name}.log") from None
        raise


def reached_nobody(output):
    """Whether what a program wrote says that it could not reach the network."""
    return any(sign in output for sign in UNREACHABLE)


def run_foreground(command, interactive=False, **options):
    """Run a program until it ends; if we are interrupted, it ends first.

    :param interactive: leave Ctrl-C to the program, as a shell does
    :returns: the program's exit code
    """
    options.setdefault("cwd", ROOT)
    process = start(command, **options)
    if interactive:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # On a terminal the program has been interrupted together with us.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(INTERRUPT_SECONDS)
        raise
    finally:
        end(process)
        if interactive:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def end(process, stop_signal=signal.SIGTERM):
    """Ask a child process to end, and kill it if it does not."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def locked(path, name, holder="another command"):
    """Hold an exclusive lock on a file; released by the system if we are killed.

    :param name: what is locked, for the user who has to wait for it
    :param holder: who may have it, for the same
    """
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a") as file:
            _lock(file, f"waiting for {name} ({holder} holds it)")
            # "clean" may have removed the file while we waited.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                yield
                return


def _lock(file, waiting):
    for _attempt in range(SILENT_ATTEMPTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.1)
    with step(waiting):
        fcntl.flock(file, fcntl.LOCK_EX)


def checkout_lock(name):
    """Exclusive lock on one of this checkout's resources."""
    return locked(LOCKS / name, name, "another command of this checkout")
