from odoo import fields, models


class CrmLeadRole(models.Model):
    """The part that a person plays in the decision about one lead or opportunity.

    Not the job position: the same person may decide here and block there, and play
    several parts at once.
    """

    _name = "crm.lead.role"
    _description = "Role in the Decision"
    _inherit = ["qualification.withdraw.mixin"]
    _order = "lead_id, role, id"
    _rec_name = "role"

    _qualification_links = ("lead_id", "partner_id")
    _said = frozenset({"partner_id", "role", "note"})

    lead_id = fields.Many2one(
        "crm.lead",
        required=True,
        index=True,
        ondelete="cascade",
        help="In which deal the person plays this role.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_company', '=', False)]",
        help="Somebody who works for the account.",
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
            ("other", "Not known yet"),
        ],
        required=True,
        help="Decision maker: says yes or no.\nHolds the budget: pays for it.\n"
        "Champion: wants it, and speaks for us.\nInfluencer: is listened to.\n"
        "User: will work with it.\nGatekeeper: opens the door to the others, or not.\n"
        "Blocker: is against it.\nNot known yet: has to do with it, as somebody who "
        "was the contact of a merged lead.",
    )
    note = fields.Char(help="What moves this person.")

    _unique_role = models.UniqueIndex(
        "(lead_id, partner_id, role) WHERE active",
        "This person has that role on this lead already.",
    )

    def _move_to(self, owner):
        """Follow a merged lead or contact, without doubles; what was noted is kept.

        :param owner: ``crm.lead``, or ``res.partner`` of a person
        """
        if not self:
            return
        field = "lead_id" if owner._name == "crm.lead" else "partner_id"
        other = "partner_id" if field == "lead_id" else "lead_id"
        own_roles = self.search([(field, "=", owner.id), ("active", "=", True)])
        known, gone = {}, self.browse()
        for role in own_roles | self:
            twin = known.setdefault((role[other], role.role), role)
            if twin != role:
                notes = dict.fromkeys(note for note in (twin.note, role.note) if note)
                twin.note = "; ".join(notes)
                gone |= role
        gone.unlink()
        (self - own_roles - gone).write({field: owner.id})
