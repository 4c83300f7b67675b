from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.calls import notify, on_one

# The columns of the board, in the order of the story.
WON_STATUSES = ("pending", "won", "lost")


class CrmLead(models.Model):
    """Pending, won and lost side by side: what the pipeline views show and move.

    A card that is dropped on a column does what the buttons of its form do. Nothing
    here writes a won status: stage, probability and archiving make it, as everywhere.
    """

    _inherit = "crm.lead"

    won_status = fields.Selection(group_expand="_read_group_won_status")
    qualification_outcome = fields.Selection(
        related="qualification_decision_id.outcome",
        string="Decision Outcome",
        groups="base.group_user",
        help="How it came into the pipeline: it passed, an approver let it through, or "
        "it was flagged.",
    )
    closing_date = fields.Date(
        compute="_compute_closing_date",
        search="_search_closing_date",
        groups="base.group_user",
        help="The day on which it was won or lost; while it is open, the expected one.",
    )

    @api.depends("won_status", "create_date", "date_closed", "date_deadline")
    @api.depends_context("tz")
    def _compute_closing_date(self):
        for lead in self:
            closed = lead.won_status != "pending" and lead._get_closing()
            lead.closing_date = (
                lead._get_local_day(closed) if closed else lead.date_deadline
            )

    def _get_local_day(self, moment):
        """The user's day of a moment; clients also store the first and the last day
        that there are, which no other time zone has."""
        try:
            return fields.Datetime.context_timestamp(self, moment).date()
        except OverflowError:
            return moment.date()

    def _search_closing_date(self, operator, value):
        expected = Domain("won_status", "=", "pending")
        if operator == "in":
            days = Domain.OR(
                Domain("closing_date", ">=", day) & Domain("closing_date", "<=", day)
                for day in value
                if day
            )
            return days | (
                expected & Domain("date_deadline", "=", False)
                if False in value
                else Domain.FALSE
            )
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        return (expected & Domain("date_deadline", operator, value)) | (
            ~expected & self._get_closing_domain(operator, value)
        )

    @on_one
    def action_set_won_status(self, status):
        """Do what the button does that a drop on a column of the board stands for.

        Won: wins it; a lead is converted first, its dialog says what is missing. Lost:
        asks Odoo's questions. Pending: restores what was lost; what was won goes back
        to the last open stage before it.

        :param str status: "pending", "won" or "lost"
        :return: an action to open, ``{"effect": …}``, or True
        :raise UserError: it can't be done, and what to do instead
        """
        self.check_access("write")
        if status not in WON_STATUSES:
            raise UserError(
                self.env._(
                    "The board knows no column “%(status)s”, only: %(known)s.",
                    status=status,
                    known=", ".join(WON_STATUSES),
                )
            )
        if status == self.won_status:
            return True
        if status == "lost":
            return self.action_open_lost_dialog()
        if status == "won":
            return self._win_or_convert()
        if self.won_status == "lost":
            self.action_restore()
        else:
            self._reopen()
        return True

    @api.model
    def _read_group_won_status(self, _values, _domain):
        """All columns of a board, empty ones too."""
        return list(WON_STATUSES)

    def _win_or_convert(self):
        """Win it, or open the dialog in which a lead shows why it can't be won yet."""
        if not self._is_won_refused():
            return self.action_set_won_rainbowman()
        if self.won_status == "lost":
            raise UserError(
                self.env._(
                    "“%s” is a lost lead: restore it, then convert it to an "
                    "opportunity.",
                    self.name,
                )
            )
        return notify(
            self.env._("A lead can't be won: convert it to an opportunity first."),
            next=self.action_open_convert_dialog(),
        )

    def _reopen(self):
        """Take a won one back to the last open stage before the one it is in.

        :raise UserError: its team has won stages only
        """
        stages = self._stage_find(domain=[("is_won", "=", False)], limit=None)
        if not stages:
            raise UserError(
                self.env._("There is no open stage to which “%s” can go.", self.name)
            )
        limit = self.stage_id.sequence
        before = stages.filtered(lambda stage: stage.sequence <= limit)
        self.stage_id = before[-1:] or stages[:1]
