"""What somebody types or imports as an answer, read as the value that it means."""

import re
from contextlib import suppress
from datetime import date, datetime

from odoo import models
from odoo.exceptions import ValidationError

YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
# The typed field of an answer that holds the value, by type of answer.
VALUE_FIELDS = {
    "yes_no": "value_yes_no",
    "choice": "choice_id",
    "number": "value_number",
    "date": "value_date",
    "text": "value_text",
}

# Separators in numbers, and what stands before the first of thousands.
MARKS = r"[.,'’]"
GROUP = r"[+-]?[1-9]\d{0,2}"


def read_number(text):
    """What a number may mean, as plain texts; none where it is plain, or no number."""
    first, *groups = re.split(MARKS, "".join(text.split()))
    if not groups or not re.fullmatch(r"[+-]?\d+", first + "".join(groups)):
        return []
    marks, readings = re.findall(MARKS, text), []
    if re.fullmatch(GROUP, first) and {len(group) for group in groups} == {3}:
        readings.append(first + "".join(groups))
    if marks[-1] in ".," and marks.count(marks[-1]) == 1:
        *whole, decimals = first, *groups
        readings.append(to_plain("".join(whole), decimals))
    return readings if len(readings) > 1 or marks != ["."] else []


def to_plain(whole, decimals):
    """A number whose point nobody takes for a separator of thousands, as text."""
    decimals = decimals.rstrip("0")
    if len(decimals) == 3 and re.fullmatch(GROUP, whole):
        decimals += "0"
    return f"{whole}.{decimals}" if decimals else whole


def read_date(text):
    """The days that a date may mean: plain texts, none where it is plain itself."""
    if not (found := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)):
        return []
    first, second, year = map(int, found.groups())
    days = []
    for month, day in ((first, second), (second, first)):
        with suppress(ValueError):
            days.append(date(year, month, day).isoformat())
    return sorted(set(days))


READINGS = {"number": read_number, "date": read_date}


class CrmQualificationCriterion(models.Model):
    _inherit = "crm.qualification.criterion"

    def _parse_value(self, text):
        """The typed value that a text means.

        :param str text: "yes", a choice's name, "12.5", "2026-05-01", free text
        :return: values for the answer's typed fields; all empty for an empty text
        :rtype: dict
        :raise ValidationError: names the values that are allowed, or what to write
            instead of one that may mean several
        """
        self.ensure_one()
        values = dict.fromkeys([*VALUE_FIELDS.values(), "is_zero"], False)
        if self.answer_type == "number" and type(text) is float:
            # no text: its point is one
            text = f"{text:.4f}"
        text = (str(text) if text or text == 0 else "").strip()
        if not text:
            return values
        readings = READINGS.get(self.answer_type, lambda _text: [])(text)
        if readings:
            raise ValidationError(
                self.env._(
                    "“%(value)s” is not read alike everywhere. Write %(readings)s.",
                    value=text,
                    readings=self.env._(" or ").join(readings),
                )
            )
        parse = getattr(self, f"_parse_{self.answer_type}", None)
        parsed = parse(text) if parse else None
        if parsed is None:
            raise ValidationError(
                self.env._(
                    "“%(value)s” is no answer to “%(question)s”. Allowed: %(allowed)s.",
                    value=text,
                    question=self.name,
                    allowed=self._describe_values(),
                )
            )
        return values | parsed

    def _parse_yes_no(self, text):
        word = text.lower()
        if word in YES | {self.env._("Yes").lower()}:
            return {"value_yes_no": "yes"}
        if word in NO | {self.env._("No").lower()}:
            return {"value_yes_no": "no"}
        return None

    def _parse_choice(self, text):
        word = text.casefold()
        # imports are often in the language that the choices were written in
        for choices in (self.choice_ids, self.choice_ids.with_context(lang="en_US")):
            for choice in choices:
                if choice.name.casefold() == word:
                    return {"choice_id": choice.id}
        return None

    def _parse_number(self, text):
        try:
            number = float("".join(text.split()).replace("_", "?"))
        except ValueError:
            return None
        # "nan" and "inf" are floats, but no numbers that anybody means
        if not abs(number) < 1e15:
            return None
        return {"value_number": number, "is_zero": not number}

    def _parse_date(self, text):
        try:
            # a spreadsheet's days have a time
            day = datetime.strptime(text.removesuffix(" 00:00:00"), "%Y-%m-%d")
            return {"value_date": day.date()}
        except ValueError:
            return None

    def _parse_text(self, text):
        return {"value_text": text}

    def _describe_values(self):
        """The values that an answer may take, in words."""
        self.ensure_one()
        return {
            "yes_no": self.env._("yes, no"),
            "choice": ", ".join(self.choice_ids.mapped("name")),
            "number": self.env._("a number such as 12.5"),
            "date": self.env._("a date such as 2026-05-01"),
            "text": self.env._("any text"),
            "automatic": self.env._(
                "none, this criterion is answered by its filter automatically"
            ),
        }[self.answer_type]
