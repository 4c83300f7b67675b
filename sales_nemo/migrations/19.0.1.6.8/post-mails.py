"""Whether a program wrote is told once; our own people are nobody's customers."""

from odoo import SUPERUSER_ID, api

from odoo.addons.sales_nemo.models.evidence.incoming_mail import (
    OLD_AUTO_REPLY_SUBJECTS,
)


def migrate(cr, version):
    """Mark automatic replies that only their subject told, until now with each look."""
    cr.execute(
        """
        UPDATE mail_message SET is_auto_reply = TRUE
         WHERE message_type = 'email' AND model IN ('crm.lead', 'res.partner')
           AND is_auto_reply IS FALSE AND subject ~* ANY(%s)
        """,
        [OLD_AUTO_REPLY_SUBJECTS],
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["crm.contact.evidence"]._read_history()
    env["res.partner"]._read_all_lifecycles()
