"""An answer's last day is one of its company since 19.0.1.6.8."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Move the last days that the company's zone makes others, in one statement."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    company = SQL("COALESCE(a.company_id, l.company_id, u.company_id)")
    moved = env.execute_query(
        SQL(
            """
            UPDATE crm_qualification_answer SET expires_on = told.expires_on
              FROM (
                SELECT a.id, %s + c.validity_days AS expires_on
                  FROM crm_qualification_answer a
                  JOIN crm_qualification_criterion c ON c.id = a.criterion_id
             LEFT JOIN crm_lead l ON l.id = a.lead_id
             LEFT JOIN res_users u ON u.id = a.user_id
                 WHERE c.validity_days <> 0
              ) told
             WHERE crm_qualification_answer.id = told.id
               AND crm_qualification_answer.expires_on <> told.expires_on
         RETURNING told.id
            """,
            env["res.company"]._get_day_sql(company, SQL("a.date")),
        )
    )
    answers = env["crm.qualification.answer"].browse([row[0] for row in moved])
    # whether they are over follows, and what the gate says
    answers.modified(["expires_on"])
    env.flush_all()
