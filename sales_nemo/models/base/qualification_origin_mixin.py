from odoo import api, fields, models
from odoo.exceptions import AccessError

from .qualification_checks_mixin import IMPORTED


class QualificationOriginMixin(models.AbstractModel):
    """What was told about a customer, and by whom: a person, a file, an agent.

    An agent is a user whom administrators marked as a program.
    """

    _name = "qualification.origin.mixin"
    _description = "Told by Somebody"
    _inherit = ["qualification.door.mixin"]

    # Who writes one of these tells it anew.
    _said = frozenset()
    # So does an agent who has it count elsewhere.
    _placed = frozenset({"lead_id", "partner_id"})

    origin = fields.Selection(
        [("person", "Person"), ("import", "Import"), ("agent", "Agent")],
        string="Told By",
        default=lambda self: self._get_origin(),
        copy=False,
        help="Person: a user entered or confirmed it.\nImport: it came with a file.\n"
        "Agent: a program told it that works as a user of its own.",
        written_by="code",
        old_rows="'person'",
    )

    def write(self, vals):
        res = super().write(vals)
        if self.env.su:
            # code moves and folds what others told
            return res
        origin = self._get_origin()
        names = self._said | (self._placed if origin == "agent" else frozenset())
        if not names.isdisjoint(vals):
            # sudo: nobody chooses who told it
            other = self.sudo().filtered(lambda told: told.origin != origin)
            super(QualificationOriginMixin, other).write({"origin": origin})
        return res

    @api.model
    def _get_origin(self):
        """Who tells what is told now."""
        if self.env.user.is_qualification_agent:
            return "agent"
        is_read = self.env.context.get("qualification_origin") is IMPORTED
        return "import" if is_read else "person"


class ResUsers(models.Model):
    """Programs that work as users of their own are marked as such."""

    _inherit = "res.users"

    is_qualification_agent = fields.Boolean(
        string="Agent",
        groups="base.group_erp_manager",
        help="A program works as this user. What it tells about customers is shown as "
        "told by an agent, and profiles may have a person confirm it.",
    )

    def write(self, vals):
        is_own = "is_qualification_agent" in vals and self.env.user in self
        if is_own and not self.env.su:
            raise AccessError(
                self.env._("Somebody else has to say whether you are an agent.")
            )
        return super().write(vals)

    def _is_doubted(self):
        """Hook: whether a person confirms what this user tells, anywhere."""
        return False
