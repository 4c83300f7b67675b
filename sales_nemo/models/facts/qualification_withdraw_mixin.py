from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.calls import on_some
from ..base.identity import get_words

WITHDRAWAL = {"active", "withdrawn_by_id", "withdrawn_date", "withdrawn_reason"}


class QualificationWithdrawMixin(models.AbstractModel):
    """What somebody found out is withdrawn, not deleted: who, when and why stay.

    What is withdrawn counts nowhere.
    """

    _name = "qualification.withdraw.mixin"
    _description = "Withdrawn, Not Deleted"
    _inherit = ["qualification.origin.mixin"]

    active = fields.Boolean(
        default=True,
        help="Off: it is withdrawn, and counts nowhere.",
        written_by="code",
    )
    withdrawn_by_id = fields.Many2one(
        "res.users", copy=False, written_by="code", help="Who said that it was wrong."
    )
    withdrawn_date = fields.Datetime(
        "Withdrawn on",
        copy=False,
        written_by="code",
        help="From this moment on it counts no more.",
    )
    withdrawn_reason = fields.Char("Why", copy=False, help="Why it was withdrawn.")
    is_deletable = fields.Boolean(
        compute="_compute_is_deletable",
        help="You entered it today, on an open lead: it needn't be withdrawn.",
    )

    @api.depends_context("uid")
    def _compute_is_deletable(self):
        for fact in self:
            # sudo: whose it is and whether the lead is open are no secrets
            known, lead = fact.sudo(), fact.sudo().lead_id
            fact.is_deletable = (
                known.active
                and known.create_uid == self.env.user
                and known._get_author() == self.env.user
                and (not lead or lead._peek_won_status() == "pending")
                and lead._get_day(known.create_date) == lead._get_day()
            )

    def write(self, vals):
        if not (self.env.su or all(self.mapped("active"))):
            raise UserError(self.env._("This was withdrawn: enter it anew instead."))
        if not (self._said | self._placed).isdisjoint(vals):
            self._refuse_agents()
        res = super().write(vals)
        if not vals.keys().isdisjoint({"lead_id", "partner_id", "company_id"}):
            # Odoo asks before it writes: nobody tells anything about who is hidden
            self.check_access("write")
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_if_deletable(self):
        if not self.env.su and not all(fact.is_deletable for fact in self):
            raise UserError(
                self.env._(
                    "You can only delete what you have entered yourself, today and on "
                    "an open lead. Withdraw it instead: it counts no more, and who "
                    "withdrew it, when and why stays to be seen."
                )
            )

    @on_some
    def action_withdraw(self, reason=None):
        """Withdraw these facts: they can still be seen, and count nowhere.

        :param str reason: why; None: as it is noted on them already
        :return: a dialog that asks why, where that isn't noted; or one that closes it
        :raise UserError: they are withdrawn already
        """
        self.check_access("write")
        self._refuse_agents()
        if reason:
            self.withdrawn_reason = reason
        if not all(map(get_words, self.mapped("withdrawn_reason"))):
            view = self.env.ref(f"sales_nemo.{self._table}_view_form_withdraw")
            name = self.env._("Withdraw")
            return self[:1]._get_records_action(
                name=name, views=[(view.id, "form")], target="new"
            )
        who = {"withdrawn_by_id": self.env.uid, "withdrawn_date": self.env.cr.now()}
        # sudo: a client withdraws, and archives in no other way
        self.sudo().write(who | {"active": False})
        return {"type": "ir.actions.act_window_close"}

    def _refuse_agents(self):
        """Keep agents from what others told, where theirs is to be confirmed."""
        if self.env.su or self._get_origin() != "agent":
            return
        # sudo: who told it, and on which lead, is no secret
        others = self.sudo().filtered(lambda fact: fact.origin != "agent")
        if others._get_leads()._filter_doubting():
            text = self.env._("Agents can't change here what others have told.")
            raise AccessError(text)

    def _get_leads(self):
        """The leads that these facts speak of."""
        return self.lead_id

    def _get_author(self):
        """Who entered this as it is now."""
        return self.write_uid
