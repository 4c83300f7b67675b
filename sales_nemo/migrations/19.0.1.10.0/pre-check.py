"""There is one check of each kind since 19.0.1.10.0: the next one makes them anew."""

from odoo.tools.sql import table_exists


def migrate(cr, version):
    if table_exists(cr, "crm_qualification_check"):
        cr.execute("DELETE FROM crm_qualification_check")
