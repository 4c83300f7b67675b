"""Facts that this version reads for the first time."""

from odoo import SUPERUSER_ID, api

from odoo.addons.sales_nemo.hooks import preset_activity_types


def migrate(cr, version):
    """Read the history of contacts, have open leads graded, rename a logged fact."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    preset_activity_types(env)
    env["crm.contact.evidence"]._read_history()
    env["crm.qualification.profile"]._review_leads()
    # the log's facts name the message what it is, now that meetings prove contact, too
    cr.execute(
        """
        UPDATE crm_qualification_decision
           SET facts = jsonb_set(facts #- '{contact,proof}', '{contact,message}',
                                 facts #> '{contact,proof}')
         WHERE facts -> 'contact' ? 'proof'
        """
    )
