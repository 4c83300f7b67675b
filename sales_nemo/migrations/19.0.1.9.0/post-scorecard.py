"""Versions say which choices are a scale, and what was learnt from history."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Keep what rules as a version, where the last one lacks these."""
    profiles = api.Environment(cr, SUPERUSER_ID, {})["crm.qualification.profile"]
    for profile in profiles.with_context(active_test=False)._get_drifted():
        profile._add_version()
