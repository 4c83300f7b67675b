from odoo.tools.sql import column_exists, create_column


def add_columns(model, definitions):
    """Add stored columns at once, before the ORM would compute them record by record.

    :param model: model whose ``_auto_init`` asks for them; columns that exist stay
    :param dict definitions: ``{name of the column: type and default in SQL}``
    """
    for name, definition in definitions.items():
        if not column_exists(model.env.cr, model._table, name):
            create_column(model.env.cr, model._table, name, definition)
