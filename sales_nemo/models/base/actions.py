"""Actions that a client does when a method returns them."""


def list_records(records, name, **context):
    """Show records in a list, archived ones, too."""
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": records._name,
        "views": [(False, "list"), (False, "form")],
        "domain": [("id", "in", records.ids)],
        "context": {"active_test": False, **context},
    }
