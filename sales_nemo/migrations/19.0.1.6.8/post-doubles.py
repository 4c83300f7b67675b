"""One answer an account and question, one role a person and lead since 19.0.1.6.8."""

from odoo import SUPERUSER_ID, api

# What there may be only one of, by model; the first is whose it is.
UNIQUE = {
    "crm.qualification.answer": ["partner_id", "criterion_id", "company_id"],
    "crm.lead.role": ["lead_id", "partner_id", "role"],
}


def migrate(cr, version):
    """Merge doubles as records are merged; then Odoo makes the unique indexes."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model, names in UNIQUE.items():
        records = env[model].with_context(active_test=False)
        domain = [(names[0], "!=", False)]
        for owner in {
            owner
            for owner, *_rest in records._read_group(
                domain, names, having=[("__count", ">", 1)]
            )
        }:
            records.search([(names[0], "=", owner.id)])._move_to(owner)
