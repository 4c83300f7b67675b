"""When leads were first in touch, and first qualified."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Read it from the contact and the decisions that are there."""
    api.Environment(cr, SUPERUSER_ID, {})["crm.lead"]._read_steps()
