"""Decisions and exceptions are found by the e-mail address since 19.0.1.9.0."""


def migrate(cr, version):
    """Take it from their leads; of deleted ones nobody knows it any more."""
    for table in ("crm_qualification_decision", "crm_qualification_exception"):
        cr.execute(
            f"""
            UPDATE {table} kept
               SET email_normalized = lead.email_normalized
              FROM crm_lead lead
             WHERE lead.id = kept.lead_id AND lead.email_normalized IS NOT NULL
            """
        )
