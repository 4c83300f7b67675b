"""A lead's answers are its company's; only those about accounts name one themselves."""

from odoo import SUPERUSER_ID, api

# Odoo updates no rules. Their names: how earlier versions shipped them, and how this
# one does; what an administrator wrote stays.
RULES = {
    "crm_qualification_answer_rule_company": (
        "[('company_id', 'in', company_ids + [False])]",
        "['|', '&', ('partner_id', '!=', False), ('company_id', 'in', company_ids),"
        " '&', ('lead_id', '!=', False),"
        " ('lead_id.company_id', 'in', company_ids + [False])]",
    ),
    "crm_qualification_answer_rule_personal": (
        "['|', ('lead_id.user_id', '=', user.id), ('lead_id.user_id', '=', False)]",
        "['|', ('lead_id', '=', False),"
        " '|', ('lead_id.user_id', '=', user.id), ('lead_id.user_id', '=', False)]",
    ),
}


def migrate(cr, version):
    """Take the company off leads' answers, and have the rules ask the lead."""
    cr.execute(
        """
        UPDATE crm_qualification_answer SET company_id = NULL
         WHERE lead_id IS NOT NULL AND company_id IS NOT NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, (earlier, now) in RULES.items():
        rule = env.ref(f"sales_nemo.{name}", raise_if_not_found=False)
        if rule and rule.domain_force == earlier:
            rule.domain_force = now
