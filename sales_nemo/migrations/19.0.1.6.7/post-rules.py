"""Who sees a mass conversion works for all companies that it went through."""

from odoo import SUPERUSER_ID, api

# Odoo updates no rules. Their names, and the path to the conversion: what an
# administrator wrote stays.
RULES = {
    "crm_lead_conversion_job_rule_company": "",
    "crm_lead_conversion_line_rule_company": "job_id.",
}


def migrate(cr, version):
    """Have the rules ask for all of the companies, not for one of them."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, path in RULES.items():
        rule = env.ref(f"sales_nemo.{name}", raise_if_not_found=False)
        if rule and rule.domain_force == f"[('{path}company_ids', 'in', company_ids)]":
            rule.domain_force = (
                f"['|', ('{path}user_id', '=', user.id), ('{path}company_ids',"
                " 'not any', [('id', 'not in', company_ids)])]"
            )
