"""Contacts that nobody works on are called so."""

from odoo.tools import SQL


def migrate(cr, version):
    """Have the filters that users saved, and those of policies, use the new name."""
    for table, column in (
        ("ir_filters", "domain"),
        ("ir_filters", "context"),
        ("crm_qualification_profile", "lead_domain"),
        ("crm_qualification_criterion", "domain"),
    ):
        cr.execute(
            SQL(
                "UPDATE %(table)s"
                " SET %(column)s = replace(%(column)s, %(old)s, %(new)s)"
                " WHERE strpos(%(column)s, %(old)s) > 0",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                old="is_in_sea",
                new="is_unworked",
            )
        )
