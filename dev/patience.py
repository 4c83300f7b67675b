"""pytest plugin: the browser may take its time to start.

Odoo skips a browser test when the browser is not there within ten seconds. Its first
start on a machine that has just read it from a slow disk takes longer.
"""

import sys

# Tenths of a second.
BROWSER_STARTS_WITHIN = 600


def pytest_collection_finish(session):
    """Called by pytest when all test files are imported, and Odoo with them."""
    common = sys.modules.get("odoo.tests.common")
    if common:
        common.CHECK_BROWSER_ITERATIONS = BROWSER_STARTS_WITHIN
        common.BROWSER_WAIT = BROWSER_STARTS_WITHIN * common.CHECK_BROWSER_SLEEP
