"""The addon's pure modules without Odoo, for example ``from plain import gate``.

The addon's folder is this package's, so that they import each other; the addon itself
is not loaded.
"""

from dev.paths import ADDON

__path__ = [str(ADDON)]
