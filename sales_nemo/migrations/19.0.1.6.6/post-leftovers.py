"""What updates from earlier versions left in the database."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# Odoo drops neither the table of a model that is gone nor that of such a many2many.
TABLES = ("crm_lead2opportunity_refusal", "crm_lead2opportunity_mass_converted_rel")
# A scheduled job that is not updated; it was called so when it also ended meetings.
JOB = "Qualification: meetings end, answers and contacts age"


def migrate(cr, version):
    """Drop the tables and what Odoo notes of them; name the job by what it does."""
    for table in TABLES:
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
    cr.execute("DELETE FROM ir_model_relation WHERE name IN %s", [TABLES])
    cr.execute(
        """
        DELETE FROM ir_model_constraint c USING ir_module_module m
         WHERE m.id = c.module AND m.name = 'sales_nemo' AND c.type = 'f'
           AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conname = c.name)
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    job = env.ref("sales_nemo.ir_cron_qualification_age", raise_if_not_found=False)
    if job and job.name == JOB:
        job.name = "Qualification: answers and contacts age"
