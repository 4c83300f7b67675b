"""pytest plugin: a skipped test is a failure.

A browser test that is skipped because there is no browser tells nothing, and looks like
success.
"""

import pytest

# The reasons to skip: the data is large or not ours to publish; a download or a shallow
# clone has no earlier versions to update from.
ALLOWED = "needs data that is not in the repository"
HISTORY = "needs the repository's history"


class NoSkips:
    """Collects the skipped tests of a session."""

    def __init__(self):
        self.skipped = []

    def _look_at(self, report):
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = str(report.longrepr)
            if not any(allowed in reason for allowed in (ALLOWED, HISTORY)):
                self.skipped.append(report.nodeid)

    def pytest_runtest_logreport(self, report):
        """Called by pytest after each phase of a test."""
        self._look_at(report)

    def pytest_collectreport(self, report):
        """Called by pytest after a file was collected."""
        self._look_at(report)

    def pytest_terminal_summary(self, terminalreporter):
        """Called by pytest before the closing line."""
        if self.skipped:
            terminalreporter.section("skipped tests: a failure")
            for test in self.skipped:
                terminalreporter.line(test)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        """Called by pytest when all tests have run."""
        if self.skipped and session.exitstatus in (0, pytest.ExitCode.OK):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config):
    """Called by pytest when it starts."""
    config.pluginmanager.register(NoSkips(), "sales-nemo-no-skips")
