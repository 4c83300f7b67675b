from odoo import fields, models

from ..models.base.calls import on_one


class CrmQualificationExceptionAnswer(models.TransientModel):
    """An approver grants or declines what was asked for, with a word."""

    _name = "crm.qualification.exception.answer"
    _description = "Answer to an Exception"
    _inherit = ["qualification.door.mixin"]

    _qualification_links = ("exception_id",)

    exception_id = fields.Many2one(
        "crm.qualification.exception",
        required=True,
        ondelete="cascade",
        help="What was asked for.",
    )
    checks = fields.Json(related="exception_id.checks", related_sudo=False)
    state = fields.Selection(
        [("granted", "Grant"), ("declined", "Decline")],
        required=True,
        default="granted",
    )
    answer = fields.Char(string="Your Answer", help="What who asked is told.")

    @on_one
    def action_answer(self):
        """Grant or decline; see ``crm.qualification.exception``."""
        self.exception_id._answer(self.state, self.answer)
        return {"type": "ir.actions.act_window_close"}
