"""A lead's answers are its company's; only those about accounts name one themselves."""

from odoo import SUPERUSER_ID, api

RULE = (
    "['|', '&', ('partner_id', '!=', False), ('company_id', 'in', company_ids),"
    " '&', ('lead_id', '!=', False),"
    " ('lead_id.company_id', 'in', company_ids + [False])]"
)


def migrate(cr, version):
    """Take the company off leads' answers, and have the rule ask the lead."""
    cr.execute(
        """
        UPDATE crm_qualification_answer SET company_id = NULL
         WHERE lead_id IS NOT NULL AND company_id IS NOT NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref("sales_nemo.crm_qualification_answer_rule_company", False)
    if rule:
        rule.domain_force = RULE
