"""What salespeople were told of a conversion is counted under a better name."""

from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    """Keep the number of a conversion that goes on afterwards."""
    table = "crm_lead_conversion_job"
    if column_exists(cr, table, "told_count"):
        rename_column(cr, table, "told_count", "notified_line_count")
