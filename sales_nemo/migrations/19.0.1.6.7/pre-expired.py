"""Whether an answer has expired stands beside its result."""

from odoo.tools.sql import create_column


def migrate(cr, version):
    """Add the column at once, so that the ORM computes it for no old answer."""
    table = "crm_qualification_answer"
    create_column(cr, table, "is_expired", "bool")
