"""What is known of many leads and accounts, read at once as the gate reads it."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...facts import Answer


class KnownAnswer(NamedTuple):
    """An answer as it is stored: columns of its row, which are quick to read."""

    id: int
    lead_id: int | None
    partner_id: int | None
    company_id: int | None
    date: datetime
    criterion_id: int
    state: str
    points: float
    expires_on: date | None
    origin: str
    value_number: float | None = None
    value_yes_no: str | None = None
    value_date: date | None = None
    value_text: str | None = None
    choice_id: int | None = None

    @property
    def precedence(self):
        """Of a lead's own answer and its account's the one with the higher counts."""
        # of the same second the account's counts; of two of its own the later record
        return self.state != "unknown", self.date, not self.lead_id, self.id


# What was answered, by type; read only where somebody asks for it.
TYPED_FIELDS = KnownAnswer._fields[-5:]


class CrmQualificationAnswer(models.Model):
    _inherit = "crm.qualification.answer"

    @api.model
    def _read_known(self, domain, values=False):
        """Answers as they are stored, in no order.

        :param domain: which answers
        :param bool values: with what was answered
        :rtype: list[KnownAnswer]
        """
        # one without a state is just being deleted, before it was ever judged
        domain = Domain(domain) & Domain("state", "!=", False)
        domain &= Domain("active", "=", True)
        query = self._search(domain)
        columns = [
            self._field_to_sql(query.table, name, query)
            if values or name not in TYPED_FIELDS
            else SQL("NULL")
            for name in KnownAnswer._fields
        ]
        known = [
            KnownAnswer(*row) for row in self.env.execute_query(query.select(*columns))
        ]
        # sudo: the choice's name is no secret to who may read the answer
        choices = self.env["crm.qualification.choice"].sudo()
        asked = {answer.choice_id for answer in known if answer.choice_id}
        choices.browse(asked).fetch(["name"])
        return known

    @api.model
    def _get_known_value(self, answer):
        """What was answered, as text; empty where that is unknown, or was not read.

        :param answer: ``KnownAnswer``
        """
        if answer.state == "unknown":
            return ""
        if answer.choice_id:
            # sudo: as in _read_known, which has read it
            choice = (
                self.env["crm.qualification.choice"].sudo().browse(answer.choice_id)
            )
            return choice.name
        # of the typed values there is one; a number may be zero
        value = (
            answer.value_yes_no
            or answer.value_date
            or answer.value_text
            or answer.value_number
        )
        if isinstance(value, Decimal):
            value = float(value)
        return "" if value is None else self._describe(value)

    @api.model
    def _get_fact(self, answer, today, is_told=True, is_doubted=False):
        """An answer as the gate reads it.

        :param answer: ``KnownAnswer``
        :param date today: as in ``_is_over``
        :param bool is_told: with what was answered
        :param bool is_doubted: it is still to be confirmed
        :rtype: Answer
        """
        is_over = self._is_over(answer, today)
        state, points = ("expired", 0.0) if is_over else (answer.state, answer.points)
        if is_doubted:
            state, points = "unknown", 0.0
        value = self._get_known_value(answer) if is_told else ""
        return Answer(answer.criterion_id, state, points, value, answer.origin)
