"""What rules has a version, and old decisions name none."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Keep each profile as it is as its first version."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    profiles = env["crm.qualification.profile"].with_context(active_test=False)
    for profile in profiles.search([("state", "=", "published")]):
        profile._add_version()
