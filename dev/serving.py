"""Serving Odoo for a person to look at."""

import argparse
import contextlib
import signal
import socket
import time
import urllib.error
import urllib.request

from . import odoo_command
from .console import Failure, say
from .processes import end, start

FIRST_PORT = 8069
PORTS = 100
# How long a server may take until it answers.
START_SECONDS = 120


def free_port(first=FIRST_PORT, host="127.0.0.1"):
    """The first free TCP port, starting with ``first``."""
    for port in range(first, first + PORTS):
        with socket.socket() as probe:
            # Odoo listens the same way: a port that was just closed counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise Failure(f"No port from {first} to {first + PORTS - 1} is free.")


@contextlib.contextmanager
def server(database, *arguments, port=None, **options):
    """An Odoo that serves a database for the time of the block.

    :param arguments: further options of Odoo
    :param options: for ``subprocess.Popen``
    :returns: the process and the address
    :raises Failure: when it doesn't answer in time
    """
    port = port or free_port()
    line = odoo_command.command(database, "--http-port", port, *arguments)
    # Its own session: a Ctrl-C reaches only us, and we tell Odoo once. Told twice it
    # would end at once.
    process = start(line, start_new_session=True, **options)
    try:
        address = f"http://localhost:{port}"
        _wait_for(process, f"{address}/web/login")
        yield process, address
    finally:
        end(process, signal.SIGINT)


def _wait_for(process, address):
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(address, timeout=START_SECONDS):
                return
        if process.poll() is not None:
            raise Failure(
                f"Odoo ended while starting (exit code {process.returncode})."
            )
        if time.monotonic() > deadline:
            raise Failure(f"Odoo did not answer at {address}.")
        time.sleep(0.2)


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
    if not port:
        port = free_port()
        if port != FIRST_PORT:
            say(f"   Port {FIRST_PORT} is taken: using {port}")
    quiet = () if arguments else ("--log-level=warn",)
    with server(database, *quiet, *arguments, port=port) as (process, address):
        say(f"\nOdoo with sales_nemo:  {address}\nLogin admin, password admin")
        say("Ctrl-C stops it.\n")
        try:
            code = process.wait()
        except KeyboardInterrupt:
            say("\nStopping.")
            return 0
    raise Failure(f"Odoo ended by itself (exit code {code}).")
