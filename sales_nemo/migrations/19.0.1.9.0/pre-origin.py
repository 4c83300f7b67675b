"""Persons told what was known before anybody asked who did."""

TABLES = (
    "crm_lead_commitment",
    "crm_lead_need",
    "crm_lead_role",
    "crm_qualification_answer",
)


def migrate(cr, version):
    for table in TABLES:
        # a constant: no row is written
        cr.execute(
            f"ALTER TABLE IF EXISTS {table} ADD COLUMN origin varchar DEFAULT 'person'"
        )
        cr.execute(f"ALTER TABLE IF EXISTS {table} ALTER COLUMN origin DROP DEFAULT")
