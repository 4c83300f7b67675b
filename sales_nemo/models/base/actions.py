"""Actions that a client does when a method returns them."""


def notify(message, **params):
    """Tell the user something in a corner of the screen.

    :param params: ``type``, such as "warning"; ``title``; ``sticky``: until it is
        closed; ``next``: the action after it
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"message": message, **params},
    }


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
