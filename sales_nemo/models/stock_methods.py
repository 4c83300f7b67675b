"""Whether other addons change what a method of Odoo does."""

# The addons whose code a shortcut stands for.
KNOWN = ("odoo.addons.crm.", "odoo.addons.sales_nemo.")


def is_stock(records, *names) -> bool:
    """True when none but Odoo CRM and this addon define these methods of a model.

    :param records: recordset of the model
    :param names: names of methods
    """
    return all(
        (getattr(vars(cls)[name], "__module__", None) or "").startswith(KNOWN)
        for name in names
        for cls in type(records).mro()
        if name in vars(cls)
    )
