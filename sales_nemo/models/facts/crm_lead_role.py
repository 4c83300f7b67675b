from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmLeadRole(models.Model):
    """The part that a person plays in the decision about one lead or opportunity.

    Not the job position: the same person may decide here and block there, and play
    several parts at once.
    """

    _name = "crm.lead.role"
    _description = "Role in the Decision"
    _inherit = ["qualification.door.mixin"]
    _order = "lead_id, role, id"
    _rec_name = "role"

    _qualification_links = ("lead_id", "partner_id")

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_company', '=', False)]",
    )
    role = fields.Selection(
        [
            ("decision_maker", "Decision maker"),
            ("budget", "Holds the budget"),
            ("champion", "Champion"),
            ("influencer", "Influencer"),
            ("user", "User"),
            ("gatekeeper", "Gatekeeper"),
            ("blocker", "Blocker"),
        ],
        required=True,
        help="Decision maker: says yes or no.\nHolds the budget: pays for it.\n"
        "Champion: wants it, and speaks for us.\nInfluencer: is listened to.\n"
        "User: will work with it.\nGatekeeper: opens the door to the others, or not.\n"
        "Blocker: is against it.",
    )
    note = fields.Char(help="What moves this person.")

    @api.constrains("lead_id", "partner_id", "role")
    def _check_once(self):
        """Each role of a person on a lead once.

        Not a unique index: Odoo merges partners in SQL and would fail, or drop rows.
        """
        # sudo: a role that the user can't see still counts
        twins = self.sudo()._read_group(
            [
                ("lead_id", "in", self.lead_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ],
            ["lead_id", "partner_id", "role"],
            having=[("__count", ">", 1)],
        )
        if twins:
            labels = dict(self._fields["role"]._description_selection(self.env))
            # Odoo checks in superuser mode: nobody is to learn a hidden name by it
            shown = self.sudo(False).partner_id._filtered_access("read")
            raise ValidationError(
                self.env._(
                    "These people have that role already: %s.",
                    ", ".join(
                        f"{(person & shown.sudo()).name or '?'} – {labels[role]}"
                        for _lead, person, role in twins
                    ),
                )
            )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def write(self, vals):
        res = super().write(vals)
        if "lead_id" in vals:
            # Odoo asks before it writes: nobody gives people roles on a hidden lead
            self.check_access("write")
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _move_to(self, owner):
        """Follow a merged lead or contact, without doubles; what was noted is kept.

        :param owner: ``crm.lead``, or ``res.partner`` of a person
        """
        if not self:
            return
        field = "lead_id" if owner._name == "crm.lead" else "partner_id"
        other = "partner_id" if field == "lead_id" else "lead_id"
        own_roles = self.search([(field, "=", owner.id)])
        known = {(role[other], role.role): role for role in own_roles}
        gone = self.browse()
        for role in self - own_roles:
            twin = known.setdefault((role[other], role.role), role)
            if twin != role:
                notes = dict.fromkeys(note for note in (twin.note, role.note) if note)
                twin.note = "; ".join(notes)
                gone |= role
        gone.unlink()
        (self - own_roles - gone).write({field: owner.id})
