"""When leads were first in touch, and first qualified."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Fill the dates of what leads and opportunities did before there were such dates.

    Contacted: the last contact that is stored. Qualified: the oldest decision whose
    facts passed; else now, if they pass now.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    cr.execute(
        """
        UPDATE crm_lead SET contacted_date = made.contacted_date,
                            qualified_date = made.qualified_date
          FROM (
            SELECT l.id,
                   COALESCE(l.contacted_date, CASE
                       WHEN l.contact_state = 'two_way' THEN l.contact_date
                   END) AS contacted_date,
                   COALESCE(l.qualified_date, passed.date, CASE
                       WHEN l.qualification_state IN ('ready', 'qualified')
                       THEN now() AT TIME ZONE 'UTC'
                   END) AS qualified_date
              FROM crm_lead l
         LEFT JOIN (
            SELECT lead_id, MIN(date) AS date
              FROM crm_qualification_decision
             WHERE outcome IN ('passed', 'settled')
          GROUP BY lead_id
         ) passed ON passed.lead_id = l.id
          ) made
         WHERE crm_lead.id = made.id
           AND (crm_lead.contacted_date, crm_lead.qualified_date)
               IS DISTINCT FROM (made.contacted_date, made.qualified_date)
        """
    )
    env.invalidate_all()
