from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .policy_content import give_codes


class CrmQualificationChoice(models.Model):
    """One of the answers to a criterion of type *choice*, with what it is worth."""

    _name = "crm.qualification.choice"
    _inherit = ["qualification.policy.mixin", "qualification.door.mixin"]
    _description = "Choice of a Qualification Criterion"
    _order = "criterion_id, sequence, id"

    _policy_company = "criterion_id.profile_id.company_id"
    _policy_parent = "criterion_id"

    criterion_id = fields.Many2one(
        "crm.qualification.criterion", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True, help="What people choose.")
    code = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        help="What the choice is known by, whatever it is called.",
    )
    active = fields.Boolean(
        default=True, help="Taken out it stays the answer of who chose it."
    )
    sequence = fields.Integer(default=10, help="Its place among the choices.")
    points = fields.Float(
        default=100.0,
        help="Percent of the criterion's weight that this answer earns: 100 meets the "
        "criterion, 0 fails it, anything between meets it partly.",
    )
    is_disqualifying = fields.Boolean(
        string="Disqualifies", help="This answer rules the lead out."
    )

    _unique_code = models.Constraint(
        "UNIQUE (criterion_id, code)", "Each choice has a code of its own."
    )
    _check_points = models.Constraint(
        "CHECK (points >= 0 AND points <= 100)",
        "Points are a percentage of the criterion's weight: choose 0 to 100.",
    )

    @api.constrains("name", "criterion_id")
    def _check_unique_name(self):
        for criterion in self.criterion_id:
            # without a name Odoo says that it is required
            choices = criterion.choice_ids.filtered("active")
            given = filter(None, choices.mapped("name"))
            names = [name.casefold() for name in given]
            double = sorted({name for name in names if names.count(name) > 1})
            if double:
                raise ValidationError(
                    self.env._(
                        "Choices of “%(question)s” must differ: %(names)s.",
                        question=criterion.name,
                        names=", ".join(double),
                    )
                )

    @api.constrains("points", "is_disqualifying")
    def _check_required_can_be_met(self):
        self.criterion_id._check_can_be_met()

    @api.model_create_multi
    def create(self, vals_list):
        choices = super().create(give_codes(self, vals_list))
        choices.criterion_id._criteria_changed()
        return choices

    def write(self, vals):
        res = super().write(vals)
        self.criterion_id._criteria_changed()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        # sudo: also answers that the manager can't see
        answers = self.env["crm.qualification.answer"].sudo()
        used = answers.search([("choice_id", "in", self.ids)]).choice_id
        if used:
            raise ValidationError(
                self.env._(
                    "These choices were given as answers and can't be deleted: %s.",
                    ", ".join(used.mapped("name")),
                )
            )
