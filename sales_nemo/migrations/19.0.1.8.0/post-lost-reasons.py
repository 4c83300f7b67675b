"""Lost reasons propose a return."""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file


def migrate(cr, version):
    """Where the reasons are still Odoo's own: what an installation does."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    data = "data/crm_lost_reason_data.xml"
    convert_file(env, "sales_nemo", data, {}, mode="init", noupdate=True)
