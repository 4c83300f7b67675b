"""What only this addon raises."""

from odoo.exceptions import UserError


class StageRefused(UserError):
    """An opportunity may not come into a stage yet.

    The web client offers the dialog in which what is missing is entered: its arguments
    are the message, the id of the opportunity, and that of the stage.
    """

    def __init__(self, message, lead_id, stage_id):
        super().__init__(message)
        self.args = (message, lead_id, stage_id)

    def __str__(self):
        return self.args[0]
