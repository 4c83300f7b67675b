from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What happens to a lost record next.
RECYCLE_TO = [
    ("never", "Stays lost"),
    ("same", "Back to the same salesperson"),
    ("other", "Back for someone else"),
    ("pool", "Back into a team's pool"),
]
# Days until a return where the reason doesn't say.
DEFAULT_DAYS = 90
# The most that can be chosen: a hundred years.
MOST_DAYS = 36_500


class CrmLostReason(models.Model):
    """What usually happens next to what was lost for this reason."""

    _inherit = "crm.lost.reason"

    recycle_to = fields.Selection(
        RECYCLE_TO,
        string="What Happens Next",
        default="never",
        required=True,
        help="Proposed where something is lost for this reason. What comes back is a "
        "new lead; the lost record stays as it is.",
    )
    recycle_days = fields.Integer(
        string="Back After (Days)",
        default=DEFAULT_DAYS,
        aggregator=None,
        help="Days from the loss to the return.",
    )
    recycle_team_id = fields.Many2one(
        "crm.team",
        string="Into the Pool of",
        ondelete="set null",
        help="Empty: the team that lost it. Also where this team is another company's.",
    )

    @api.constrains("recycle_to", "recycle_days")
    def _check_recycle_days(self):
        wrong = self.filtered(
            lambda reason: (
                reason.recycle_to != "never"
                and not 1 <= reason.recycle_days <= MOST_DAYS
            )
        )
        if wrong:
            raise ValidationError(
                self.env._(
                    "Say after how many days it comes back, one at least and %(most)s "
                    "at most: %(reasons)s.",
                    most=MOST_DAYS,
                    reasons=", ".join(wrong.mapped("name")),
                )
            )

    def _get_return_date(self, company):
        """The day on which what is lost today for this reason comes back.

        :param company: ``res.company`` whose day it is; empty: the current one
        :rtype: date
        """
        days = self.recycle_days if self.recycle_days > 0 else DEFAULT_DAYS
        return fields.Date.add((company or self.env.company)._get_day(), days=days)

    def _get_proposal(self, company):
        """What happens next to a record of a company that is lost for this reason.

        :param company: ``res.company`` of the record, or an empty one
        :return: values of ``crm.lead``
        :rtype: dict
        """
        # sudo: whether the team fits doesn't depend on who loses the lead
        reason = self.sudo()
        recycle_to = reason.recycle_to or "never"
        team = reason.recycle_team_id
        if recycle_to != "pool" or (team.company_id and team.company_id != company):
            team = team.browse()
        return {
            "recycle_to": recycle_to,
            "recycle_date": recycle_to != "never" and reason._get_return_date(company),
            "recycle_team_id": team.id,
        }
