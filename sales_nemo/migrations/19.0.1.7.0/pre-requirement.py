"""What is required of a criterion is none, known or met since 19.0.1.7.0."""

from odoo.tools.sql import create_column

# How users' filters asked, and how they do now.
FILTERS = {
    r"""(['"])is_required\1, *(['"])(=\2, *True|!=\2, *False)""": (
        "'requirement', '=', 'met'"
    ),
    r"""(['"])is_required\1, *(['"])(=\2, *False|!=\2, *True)""": (
        "'requirement', '!=', 'met'"
    ),
    # grouped and sorted by it
    r"\mis_required\M": "requirement",
}


def migrate(cr, version):
    """What was required must be met; Odoo drops the former column."""
    table = "crm_qualification_criterion"
    create_column(cr, table, "requirement", "varchar")
    cr.execute(
        """
        UPDATE crm_qualification_criterion
           SET requirement = CASE WHEN is_required THEN 'met' ELSE 'none' END
        """
    )
    for former, present in FILTERS.items():
        cr.execute(
            """
            UPDATE ir_filters
               SET domain = regexp_replace(domain, %(former)s, %(present)s, 'g'),
                   context = regexp_replace(context, %(former)s, %(present)s, 'g'),
                   sort = regexp_replace(sort::text, %(former)s, %(present)s, 'g')
             WHERE model_id = 'crm.qualification.criterion'
            """,
            {"former": former, "present": present},
        )
    cr.execute(
        r"""
        UPDATE ir_exports_line line
           SET name = regexp_replace(line.name, '\mis_required$', 'requirement')
          FROM ir_exports e
         WHERE e.id = line.export_id
           AND e.resource ~ '^crm.qualification.(criterion|profile)$'
        """
    )
