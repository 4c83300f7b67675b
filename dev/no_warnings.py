"""pytest plugin: a test fails in which Odoo logs a warning, or worse.

A test that expects one says so, with ``assertLogs`` or ``mute_logger``.
"""

import logging

import pytest


def is_stock(record):
    """Whether Odoo alone logs the same: it does of each refusal that it tells."""
    return record.name == "odoo.http" and record.levelno == logging.WARNING


class Listener(logging.Handler):
    """Keeps what is logged until somebody asks."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.heard = []

    def emit(self, record):
        """Called by logging."""
        if record.name.startswith("odoo") and not is_stock(record):
            text = record.getMessage()
            self.heard.append(f"{record.levelname} {record.name}: {text}")


LISTENER = Listener()


def pytest_collection_finish():
    """Called by pytest when all test files are imported, and Odoo with them."""
    logging.getLogger().addHandler(LISTENER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Called by pytest after each phase of a test."""
    report = yield
    heard, LISTENER.heard = LISTENER.heard, []
    if heard and report.passed:
        report.outcome = "failed"
        report.longrepr = "\n".join(["Odoo logged:", *heard])
    return report
