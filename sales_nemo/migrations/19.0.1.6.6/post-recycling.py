"""Losing asks for a reason since 19.0.1.4.0, where the settings say so."""

from odoo import SUPERUSER_ID, api

from odoo.addons.sales_nemo.hooks import allow_losing_without_reason


def migrate(cr, version):
    """An update refuses nothing that was allowed before; the settings do."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    if not env["ir.config_parameter"].get_param("sales_nemo.lost_reason_opportunity"):
        allow_losing_without_reason(env)
