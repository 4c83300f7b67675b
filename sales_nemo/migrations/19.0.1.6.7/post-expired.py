"""An answer that has expired says so beside its result, no longer in place of it."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Grade anew what was stored as expired; filters of users ask for it, too."""
    cr.execute("SELECT id FROM crm_qualification_answer WHERE state = 'expired'")
    ids = [row[0] for row in cr.fetchall()]
    answers = api.Environment(cr, SUPERUSER_ID, {})["crm.qualification.answer"]
    expired = answers.browse(ids)
    # what the leads' verdicts follow from stays the same: they aren't told
    for name in ("state", "points", "is_expired"):
        answers.env.add_to_compute(answers._fields[name], expired)
    expired.flush_recordset()
    cr.execute(
        r"""
        UPDATE ir_filters
           SET domain = regexp_replace(
               domain, $$(['"])state\1, *(['"])=\2, *(['"])expired\3$$,
               $$'is_expired', '=', True$$, 'g')
         WHERE model_id = 'crm.qualification.answer'
        """
    )
