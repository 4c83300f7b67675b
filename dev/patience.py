"""pytest plugin: Odoo's time limits for its browser tests, made to catch what hangs.

Odoo gives a browser ten seconds to start, a tour a minute, a request to the server
twelve seconds. On a slow or busy machine what takes longer is slow, not wrong.
"""

import sys

# As many times as long as Odoo waits.
PATIENCE = 20


def pytest_collection_finish():
    """Called by pytest when all test files are imported, and Odoo with them."""
    common = sys.modules.get("odoo.tests.common")
    if not common:
        return
    common.CHECK_BROWSER_ITERATIONS *= PATIENCE
    common.BROWSER_WAIT *= PATIENCE
    common.BaseCase.test_cursor_lock_timeout *= PATIENCE
    # Odoo's own multiplier, which goes with a browser that is slowed down on purpose.
    common.ChromeBrowser.throttling_factor = property(
        lambda browser: PATIENCE, lambda browser, factor: None
    )
    url_open = common.HttpCase.url_open

    def patient_url_open(case, url, *args, **kwargs):
        return url_open(case, url, *args, **{"timeout": 12 * PATIENCE, **kwargs})

    common.HttpCase.url_open = patient_url_open
