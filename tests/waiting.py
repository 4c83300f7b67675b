"""Waiting for what another process does: while it lives, it may take its time."""

import time

# Seconds between two looks.
PAUSE = 0.05


def wait_for(condition, process):
    """Wait until something is so.

    :param condition: function that tells whether it is
    :param process: who makes it so
    """
    while True:
        is_alive = process.poll() is None
        if condition():
            return
        assert is_alive, f"it ended with {process.returncode} before"
        time.sleep(PAUSE)
