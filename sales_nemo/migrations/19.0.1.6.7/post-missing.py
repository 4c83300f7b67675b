"""What the gate finds missing is stored with the verdict."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Judge open leads anew: a few at once, many by the scheduled review."""
    profiles = api.Environment(cr, SUPERUSER_ID, {})["crm.qualification.profile"]
    profiles.search([])._review_leads()
