"""Open leads have a next step, closed ones none; versions say when to give up."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Judge open leads anew; many are left to the scheduled review."""
    cr.execute(
        "UPDATE crm_lead SET qualification_question_id = NULL"
        " WHERE won_status <> 'pending' AND qualification_question_id IS NOT NULL"
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    profiles = env["crm.qualification.profile"]
    for profile in profiles.with_context(active_test=False)._get_drifted():
        profile._add_version()
    profiles.search([])._review_leads()
