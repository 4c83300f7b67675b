"""Serving Odoo for a person to look at."""

import argparse
import contextlib
import os
import signal
import socket
import time
import urllib.request
from pathlib import Path

from . import odoo_command
from .console import Failure, say, step
from .processes import end, start

HOST = "127.0.0.1"
FIRST_PORT = 8069
PORTS = 100
# However slow the machine: only a server that hangs takes longer for a page.
ANSWER_SECONDS = 3600
# State of a listening socket in Linux's table of connections.
LISTENING = "0A"


@contextlib.contextmanager
def reserved_port(first=FIRST_PORT, count=PORTS):
    """The first free TCP port, kept from all our other commands during the block.

    :raises Failure: when none is free
    """
    for port in range(first, first + count):
        with socket.socket(socket.AF_UNIX) as claim:
            try:
                # An abstract address has no file: it is gone when we are, and all
                # checkouts and users that share the ports share it.
                claim.bind(f"\0sales_nemo port {port}")
            except OSError:
                continue
            if _is_free(port):
                yield port
                return
    if count == 1:
        raise Failure(f"Port {first} is taken.")
    raise Failure(f"No port from {first} to {first + count - 1} is free.")


def _is_free(port):
    with socket.socket() as probe:
        # Odoo listens the same way: a port that was just closed counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def server(database, *arguments, port=None, **options):
    """An Odoo that serves a database for the time of the block.

    :param arguments: further options of Odoo
    :param port: the one to use; by default the first that is free
    :param options: for ``subprocess.Popen``
    :returns: the process and the address
    :raises Failure: when it doesn't come to answer
    """
    wanted = (port, 1) if port else ()
    answers = False
    while not answers:
        with reserved_port(*wanted) as free:
            line = odoo_command.command(database, "--http-port", free, *arguments)
            # Its own session: a Ctrl-C reaches only us, and we tell Odoo once. Told
            # twice it would end at once.
            process = start(line, start_new_session=True, **options)
            try:
                answers = _answers(process, free)
                if answers:
                    yield process, f"http://localhost:{free}"
                elif _is_free(free):
                    raise Failure(
                        f"Odoo ended while starting (exit code {process.returncode})."
                    )
                # Else another program was quicker to take the port.
            finally:
                end(process, signal.SIGINT)


def _answers(process, port):
    """Wait until a server answers; False when it has ended instead.

    :raises Failure: when it hangs
    """
    address = f"http://{HOST}:{port}/web/login"
    # Whatever proxy the environment names, it isn't for this machine's own addresses.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + ANSWER_SECONDS
    while process.poll() is None:
        if _listens(process, port):
            with contextlib.suppress(OSError):
                with direct.open(address, timeout=ANSWER_SECONDS):
                    return True
        if time.monotonic() > deadline:
            raise Failure(f"Odoo does not answer at {address}.")
        time.sleep(0.1)
    return False


def _listens(process, port):
    """Whether it is this process that listens on a port, not somebody else's."""
    with contextlib.suppress(OSError):
        files = {os.readlink(f) for f in Path(f"/proc/{process.pid}/fd").iterdir()}
        for table in ("tcp", "tcp6"):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                _number, local, _remote, state, *others = line.split()
                if (
                    state == LISTENING
                    and local.endswith(f":{port:04X}")
                    and f"socket:[{others[5]}]" in files
                ):
                    return True
    return False


def split_port(arguments):
    """Take the port out of Odoo's options.

    :returns: the port, None where they name none, and the other options
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-p", "--http-port", type=int)
    known, others = parser.parse_known_args(arguments)
    return known.http_port, others


def serve(database, arguments):
    """Serve a database until Ctrl-C.

    :param arguments: options of Odoo
    :returns: exit code
    """
    port, arguments = split_port(arguments)
    quiet = () if arguments else ("--log-level=warn",)
    with contextlib.ExitStack() as stack:
        with step("starting Odoo"):
            process, address = stack.enter_context(
                server(database, *quiet, *arguments, port=port)
            )
        used = address.rpartition(":")[2]
        if not port and used != str(FIRST_PORT):
            say(f"   Port {FIRST_PORT} is taken: using {used}")
        say(f"\nOdoo with sales_nemo:  {address}\nLogin admin, password admin")
        say("Ctrl-C stops it.\n")
        try:
            code = process.wait()
        except KeyboardInterrupt:
            say("\nStopping.")
            return 0
    raise Failure(f"Odoo ended by itself (exit code {code}).")
