"""What says nothing is no name, no number and no address since 19.0.1.6.8."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Judge open leads anew: a few at once, many by the scheduled review."""
    profiles = api.Environment(cr, SUPERUSER_ID, {})["crm.qualification.profile"]
    profiles.search([])._review_leads()
