from odoo import api, fields, models, tools

from .policy_content import write_number


class CrmQualificationProfile(models.Model):
    """What the points of a profile were learnt as, and what they say of the chance."""

    _inherit = "crm.qualification.profile"

    scorecard = fields.Json(
        copy=True,
        written_by="code",
        help="What was learnt from closed deals: points by answer, how they become a "
        "chance of winning, and how good that is. Empty: the weights are set by hand.",
    )

    is_scorecard_probability = fields.Boolean(
        string="Scorecard Gives the Probability",
        default=True,
        help="What was learnt gives the automatic probability of open records. Off: "
        "Odoo's own predictive scoring does.",
    )

    grade_bands = fields.Char(
        string="Learnt Letters",
        compute="_compute_grade_bands",
        help="The letters of the grade, with the least score that earns each. Empty: "
        "weights or points say something else than what was learnt.",
    )

    @api.depends("scorecard", "criterion_ids")
    @api.depends_context("lang")
    def _compute_grade_bands(self):
        for profile in self:
            bands = (profile._origin._get_scorecard() or {}).get("bands", ())
            shown = [(x.upper(), write_number(self.env, least)) for x, least in bands]
            profile.grade_bands = ", ".join(f"{x} ≥ {least} %" for x, least in shown)

    def copy_data(self, default=None):
        # from another profile's deals nothing was learnt yet
        vals_list = super().copy_data(default)
        return [
            {k: v for k, v in vals.items() if k != "scorecard"} for vals in vals_list
        ]

    @tools.ormcache("self._get_policy_stamp()", "self.id")
    def _get_scorecard(self):
        """What was learnt from history, where weights and points still say that.

        Kept for all: don't change it.

        :return: as ``scorecard.learn`` gives it; None: nothing is in force
        :rtype: dict or None
        """
        # sudo: the same for everybody, as it is kept for everybody
        card = self.sudo().scorecard
        if not card:
            return None
        stand = self._get_points()
        for code in {*stand, *card["points"]}:
            learnt, now = card["points"].get(code, {}), stand.get(code, {})
            for key in {*learnt, *now}:
                if abs(learnt.get(key, 0) - now.get(key, 0)) > 0.01:
                    return None
        return card

    def _get_points(self):
        """Points that each answer earns now, by the codes of criterion and choice.

        :return: ``{criterion code: {choice code, or "met": points}}``
        :rtype: dict
        """
        # sudo: as in _get_scorecard; active ones: as in _get_policy
        criteria = self.sudo().criterion_ids.filtered("active")
        return {
            criterion.code: {
                choice.code: 0.0
                if choice.is_disqualifying
                else criterion.weight * choice.points / 100
                for choice in criterion.choice_ids.filtered("active")
            }
            if criterion.answer_type == "choice"
            else {"met": criterion.weight}
            for criterion in criteria
        }
