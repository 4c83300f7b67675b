"""What only this addon raises."""

from odoo.exceptions import UserError


class StageRefused(UserError):
    """An opportunity may not come into a stage yet.

    Its arguments are those of Odoo's ``RedirectWarning``: the web client shows it like
    one, with a button that opens the dialog in which what is missing is entered.
    """

    def __init__(self, message, action_id, button, context):
        super().__init__(message)
        self.args = (message, action_id, button, context)

    def __str__(self):
        return self.args[0]
