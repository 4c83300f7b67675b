from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.batches import lock_rows
from ..base.calls import check_ids
from ..base.qualification_checks_mixin import KEPT


class CrmLead(models.Model):
    """The pool: leads that came back for whoever takes them.

    They stay out of Odoo's automatic assignment, which would give them to anybody, and
    so do all that exclude somebody. Managers may still assign them by hand.
    """

    _inherit = "crm.lead"

    excluded_user_ids = fields.Many2many(
        "res.users",
        "crm_lead_excluded_user_rel",
        "lead_id",
        "user_id",
        string="Not for",
        copy=False,
        groups="base.group_user",
        help="Who had it before: they can't take it again. A manager may change that.",
        written_by="manager",
    )
    is_pooled = fields.Boolean(
        help="It came back for whoever takes it.",
        **KEPT | {"old_rows": "FALSE"},
    )
    is_up_for_grabs = fields.Boolean(
        string="Up for Grabs",
        compute="_compute_is_up_for_grabs",
        store=True,
        help="It came back and nobody has it: the first who claims it gets it.",
        **KEPT | {"old_rows": "FALSE"},
    )
    can_claim = fields.Boolean(
        compute="_compute_can_claim",
        search="_search_can_claim",
        groups="base.group_user",
        help="The user may take it: nobody has it, the user did not have it before and "
        "is in its team, or a manager.",
    )
    recycled_reason_id = fields.Many2one(
        related="recycled_from_id.lost_reason_id",
        string="Last Lost Reason",
        groups="base.group_user",
        help="Why the earlier attempt was lost.",
    )
    recycled_contact_date = fields.Datetime(
        related="recycled_from_id.contact_date",
        string="Last Contact of the Earlier Attempt",
        groups="base.group_user",
    )

    # A partial one: the pool is small.
    _pool_idx = models.Index("(team_id) WHERE is_up_for_grabs")

    @api.depends("is_pooled", "user_id", "active", "won_status")
    def _compute_is_up_for_grabs(self):
        for lead in self:
            lead.is_up_for_grabs = (
                lead.is_pooled
                and lead.active
                and not lead.user_id
                and lead._peek_won_status() == "pending"
            )

    @api.depends("is_up_for_grabs", "excluded_user_ids", "team_id")
    @api.depends_context("uid")
    def _compute_can_claim(self):
        if up := self.filtered("is_up_for_grabs"):
            up = up.filtered_domain(self._get_claim_domain())
        for lead in self:
            lead.can_claim = lead in up

    def _search_can_claim(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("is_up_for_grabs", "=", True) & self._get_claim_domain()
        return domain if True in value else ~domain

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_claim(self):
        """Take these leads from the pool.

        Of two people who claim the same lead at once, one gets it.

        :return: action that opens the lead, or the list of several
        :rtype: dict
        :raise UserError: names all that the user can't take, and why; none is taken
        """
        self.browse().check_access("write")
        # sudo: also what a colleague has by now is to be told
        leads = lock_rows(check_ids(self).sudo())
        leads.invalidate_recordset(["is_up_for_grabs", "user_id"])
        refusals = leads.with_env(self.env)._explain_no_claim()
        if len(leads) < len(self):
            refusals.insert(0, self._get_faster_text())
        if refusals:
            raise UserError("\n".join(refusals))
        self.write({"user_id": self.env.uid})
        return self._get_records_action(name=self.env._("Claimed"), context={})

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        """Nobody takes by merging what they may not take: it is written nowhere.

        :raise UserError: names the leads
        """
        if not self._may_assign_any():
            ordered = self._sort_by_confidence_level(reverse=True)
            # as Odoo chooses them
            if taker_id := user_id or ordered.user_id[:1].id:
                self._check_taker(taker_id)
            else:
                self._check_pool_kept(team_id or ordered.team_id[:1].id)
        return super()._merge_opportunity(user_id, team_id, auto_unlink, max_length)

    def _get_lead_duplicates(self, partner=None, email=None, include_lost=False):
        """What is left in the pool is not merged into what is assigned."""
        found = super()._get_lead_duplicates(partner, email, include_lost)
        if self.env.context.get("qualification_allocating"):
            return found._filter_assignable()
        return found

    @api.model
    def _get_claim_domain(self):
        """What of the pool the user may take."""
        free = Domain("excluded_user_ids", "not in", [self.env.uid])
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return free
        # sudo: in which teams the user is
        teams = self.env["crm.team"].sudo()
        own = teams.search(
            [
                "|",
                ("user_id", "=", self.env.uid),
                ("crm_team_member_ids.user_id", "=", self.env.uid),
            ]
        )
        return free & Domain("team_id", "in", [False, *own.ids])

    @api.model
    def _check_taking(self, vals):
        """What came back goes to whom it came back for, or to who claims it."""
        super()._check_taking(vals)
        if vals.keys().isdisjoint({"user_id", "team_id"}) or self._may_assign_any():
            return
        self.check_access("write")
        if vals.get("user_id"):
            self._check_taker(vals["user_id"])
        if "user_id" in vals:
            self._exclude_losers()
        if "team_id" in vals:
            self._check_pool_kept(vals["team_id"])

    def _may_assign_any(self):
        """True for who may give any lead to anybody: managers, and superuser code."""
        return self.env.su or self.env.user.has_group("sales_team.group_sale_manager")

    def _get_faster_text(self):
        return self.env._(
            "Somebody else was faster: it is not up for grabs now. Reload the page."
        )

    def _explain_no_claim(self):
        """Why the user can't take these leads, one line each.

        :rtype: list[str]
        """
        visible = self._filtered_access("read")
        claimable = visible.filtered_domain(self._get_claim_domain())
        claimable = claimable.filtered("is_up_for_grabs")
        lines = [
            # what a colleague has by now is named only to who may see it
            lead._explain_not_mine() if lead in visible else self._get_faster_text()
            for lead in self - claimable
        ]
        return list(dict.fromkeys(lines))

    def _explain_not_mine(self):
        """Why the user can't take this lead."""
        self.ensure_one()
        lead = self.sudo()  # sudo: colleagues and teams are named
        if not lead.is_up_for_grabs and lead.user_id:
            return self.env._(
                "%(lead)s: %(user)s has it.", lead=lead.name, user=lead.user_id.name
            )
        if not lead.is_up_for_grabs:
            return self.env._("%s: it is not up for grabs.", lead.name)
        if self.env.user in lead.excluded_user_ids:
            return lead._get_excluded_text(self.env.user)
        return self.env._(
            "%(lead)s: it is for the people of the team %(team)s. Ask a manager to "
            "assign it to you.",
            lead=lead.name,
            team=lead.team_id.name,
        )

    def _get_excluded_text(self, user):
        return self.env._(
            "%(lead)s: %(user)s had it before, it is for somebody else now. A manager "
            "may assign it by hand.",
            lead=self.name,
            user=user.name,
        )

    def _check_taker(self, user_id):
        """Nobody but a manager gives a lead to who had it before.

        In the pool or not: who archives it, or passes it on, takes it out of the pool.

        :param user_id: who would have it, as ``write`` takes it
        :raise UserError: names the leads
        """
        field = self._fields["user_id"]
        user = self.env["res.users"].browse(field.convert_to_cache(user_id, self))
        # sudo: colleagues are named; most leads never came back: nothing to look up
        excluding = self.sudo().filtered(
            lambda lead: (
                lead.recycled_from_id and user in lead.excluded_user_ids - lead.user_id
            )
        )
        lines = [lead._get_excluded_text(user.sudo()) for lead in excluding]
        if user == self.env.user and (free := self._filter_free()):
            # who writes instead of claiming gets the same answer
            theirs = free - free.filtered_domain(self._get_claim_domain()) - excluding
            lines += [lead._explain_not_mine() for lead in theirs]
        if lines:
            raise UserError("\n".join(dict.fromkeys(lines)))

    def _check_pool_kept(self, team_id):
        """Nobody takes a lead out of a team's pool but who claims it, and managers.

        Else they would move it to their own team, and claim it there.

        :param team_id: its next team, as ``write`` takes it
        :raise UserError: names the leads
        """
        field = self._fields["team_id"]
        team_id = field.convert_to_cache(team_id, self) or False
        moved = self._filter_free().filtered(lambda lead: lead.team_id.id != team_id)
        if moved:
            raise UserError(
                self.env._(
                    "They are up for grabs in their team: claim them first, or ask a "
                    "manager to move %(names)s.",
                    names=moved._format_names(),
                )
            )

    def _filter_free(self):
        """Those of the pool that nobody has, archived ones, too.

        Else who archives one takes it.
        """
        # sudo: whoever writes a lead may not read it
        free = self.sudo().filtered(lambda lead: lead.is_pooled and not lead.user_id)
        return free.with_env(self.env)

    def _exclude_losers(self):
        """What comes back for somebody else doesn't forget who lost it.

        Else they would give the lost record away, and claim what comes back.
        """
        # sudo: managers and this code say who is excluded
        for lost in self.sudo()._filter_lost():
            if lost.user_id and lost.recycle_to in ("other", "pool"):
                lost.excluded_user_ids |= lost.user_id

    def _filter_assignable(self):
        """Those that Odoo may assign automatically."""
        # sudo: whom a lead excludes doesn't depend on who asks
        return self.filtered(
            lambda lead: not lead.is_up_for_grabs and not lead.sudo().excluded_user_ids
        )
