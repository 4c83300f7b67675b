"""What can't be seen is no answer since 19.0.1.10.0, what was told twice is one."""

from odoo import SUPERUSER_ID, api

# Answers without a letter or digit, and leads with two needs or promises of one name.
UNSEEN = """
    SELECT id FROM crm_qualification_answer
     WHERE value_text <> '' AND value_text !~ '[[:alnum:]]'
        OR value_text ~ '[<&]'
"""
TWINS = """
    SELECT lead_id FROM crm_lead_need WHERE active
  GROUP BY lead_id HAVING COUNT(*) > COUNT(DISTINCT lower(btrim(name)))
     UNION
    SELECT lead_id FROM crm_lead_commitment WHERE active
  GROUP BY lead_id HAVING COUNT(*) > COUNT(DISTINCT lower(btrim(name)))
"""


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    cr.execute(UNSEEN)
    answers = env["crm.qualification.answer"].browse(row[0] for row in cr.fetchall())
    env.add_to_compute(answers._fields["state"], answers)
    answers.modified(["state", "points"])
    cr.execute(TWINS)
    leads = env["crm.lead"].browse(row[0] for row in cr.fetchall())
    leads._compute_again("qualification_state")
    env.flush_all()
