"""When they first wrote, and when we first answered, is kept since 19.0.1.8.0."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Read it from the history, in one query; what has no target was never due."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["crm.contact.evidence"]._read_history()
