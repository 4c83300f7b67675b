"""Closed records keep what scoring has counted since 19.0.1.6.8."""


def migrate(cr, version):
    """Keep what was closed before with what is stored of it, in one statement."""
    cr.execute(
        """
        UPDATE crm_lead SET closing_values = jsonb_build_object(
                   'qualification_grade', qualification_grade,
                   'contact_state', contact_state)
         WHERE won_status IN ('won', 'lost') AND closing_values IS NULL
        """
    )
