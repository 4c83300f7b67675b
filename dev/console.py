"""What the user sees: steps with their time, and problems in plain words."""

import contextlib
import sys
import threading
import time


class Failure(Exception):
    """A problem that the user can solve; its text is all that is shown."""


class NoNetwork(Failure):
    """A download that reached nobody.

    :param problem: what could not be had
    """

    def __init__(self, problem):
        super().__init__(
            "There is no network, or it doesn't lead to where downloads come from.\n"
            f"{problem}\n"
            "Connect this machine and call this again. Downloads are kept: once all "
            "are there, no network is needed."
        )


def say(text):
    """Print one line at once, also when the output is a file or a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def step(name, progress=None, every=10):
    """Announce a step, say every few seconds that it is still running, and time it.

    :param name: what is being done, as the user would call it
    :param progress: optional function that returns how far the step is, as text
    :param every: seconds between two signs of life
    """
    start = time.monotonic()
    done = threading.Event()

    def report():
        while not done.wait(every):
            detail = progress() if progress else ""
            say(f"   ... {time.monotonic() - start:.0f} s{detail and ', ' + detail}")

    say(f"-- {name}")
    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
    say(f"   done in {time.monotonic() - start:.1f} s")


def warn(text):
    """Print a warning to the error stream."""
    print(text, file=sys.stderr, flush=True)
