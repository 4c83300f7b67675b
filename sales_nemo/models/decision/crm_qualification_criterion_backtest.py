from dataclasses import replace
from types import SimpleNamespace

from odoo import models
from odoo.exceptions import ValidationError

from ...facts import OPEN_ANSWERS, Answer


class CrmQualificationCriterion(models.Model):
    """Answers of the past, graded by the rules of today."""

    _inherit = "crm.qualification.criterion"

    def _can_disqualify(self):
        """True when there is an answer that rules a lead out for good."""
        self.ensure_one()
        return self.is_disqualifying or any(self.choice_ids.mapped("is_disqualifying"))

    def _grade_past(self, past, by_key, grades):
        """Facts of the past with their answers graded by the criteria as they are now.

        What can't be read by today's rule keeps the state that it had: answers of a
        filter, open ones, and choices that are gone.

        :param past: ``backtest.Past``
        :param dict by_key: criteria by what answers know them by
        :param dict grades: what was graded before; grows
        :rtype: backtest.Past
        """
        answers = []
        for answer in past.facts.answers:
            criterion = by_key.get(answer.key)
            if criterion is not None:
                asked = answer.key, answer.state, answer.points, answer.value
                if asked not in grades:
                    grades[asked] = criterion._grade_past_answer(answer)
                answers.append(grades[asked])
        return replace(past, facts=replace(past.facts, answers=tuple(answers)))

    def _grade_past_answer(self, answer):
        """One answer of the past, graded by this criterion as it is now.

        :param answer: ``Answer``
        :rtype: Answer
        """
        self.ensure_one()
        if answer.state in OPEN_ANSWERS or not answer.value:
            return answer
        # the log knows plain values only
        plain = float if self.answer_type == "number" else str
        try:
            values = self._parse_value(plain(answer.value))
        except (ValidationError, ValueError):
            return answer
        choice = self.choice_ids.browse(values["choice_id"] or ())
        given = SimpleNamespace(**values | {"choice_id": choice})
        return Answer(answer.key, *self._grade_answer(given), answer.value)
