"""pytest plugin: marks that a test need not carry itself.

- ``served``: it needs a browser or an Odoo beside it, so that ``make test-fast`` leaves
  it out;
- ``verify``: tests inside Odoo say it with Odoo's own tag of that name.
"""

import sys


def pytest_collection_modifyitems(items):
    """Called by pytest when it knows all tests."""
    for item in items:
        if "verify" in getattr(item.cls, "test_tags", ()):
            item.add_marker("verify")
        if _is_browser_test(item.cls) or "source" in getattr(item, "fixturenames", ()):
            item.add_marker("served")


def _is_browser_test(cls):
    common = sys.modules.get("odoo.tests.common")
    return bool(common and cls and issubclass(cls, common.HttpCase))
