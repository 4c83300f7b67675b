"""Losing asks for a reason from this version on, where the settings say so."""

from odoo import SUPERUSER_ID, api

from odoo.addons.sales_nemo.hooks import allow_losing_without_reason


def migrate(cr, version):
    """An update refuses nothing that was allowed before; the settings do."""
    allow_losing_without_reason(api.Environment(cr, SUPERUSER_ID, {}))
