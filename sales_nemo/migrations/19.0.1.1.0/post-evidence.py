"""Facts that this version reads for the first time."""

from odoo import SUPERUSER_ID, api

from odoo.addons.sales_nemo.hooks import preset_activity_types


def migrate(cr, version):
    """Read the history of contacts and have open leads graded."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    preset_activity_types(env)
    env["crm.contact.evidence"]._read_history()
    env["crm.qualification.profile"]._review_leads()
