"""Whether other addons change what a method of Odoo does."""

# The addons whose code a shortcut stands for: CRM, and what Odoo installs with it.
KNOWN = tuple(f"odoo.addons.{name}." for name in ("crm", "mail", "sms", "sales_nemo"))


def is_stock(records, *names) -> bool:
    """True when none but these addons define these methods of a model.

    :param records: recordset of the model
    :param names: names of methods
    """
    return all(
        (getattr(vars(cls)[name], "__module__", None) or "").startswith(KNOWN)
        for name in names
        for cls in type(records).mro()
        if name in vars(cls)
    )
