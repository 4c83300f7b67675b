"""What the words of a promise say: its kind, and by when. Plain Python, as the gate is.

English is read, and the names of weekdays and months in the reader's own language.
"""

import re
from datetime import date

from babel import Locale
from dateutil.relativedelta import FR, relativedelta

# The first of them that is named counts.
KINDS = {
    "decision_maker": r"decision[- ]?makers?|boss|management|board|c[efo]o|introduc\w+",
    "trial": r"trials?|pilot\w*|test\w*|try|tries",
    "decision": r"decisions?|decides?|sign\w*|orders?|approv\w+|buys?|purchases?",
    "data": r"sends?|shar\w+|provid\w+|uploads?|forwards?|data|plan|lists?|drawings?",
    "meeting": r"meet\w*|calls?|visits?|demos?|appointments?|workshops?|talks?",
}
# A week is over on Friday, a month on its last day.
RELATIVE = {
    "day after tomorrow": {"days": 2},
    "tomorrow": {"days": 1},
    "today": {},
    "next week": {"days": 5, "weekday": FR},
    "next month": {"months": 1, "day": 31},
}


def propose(words, today, locale):
    """What a promise is about, and its day, which lies ahead.

    :param str words: for example "Send floor plan by Friday"
    :param date today: of the reader
    :param locale: ``babel.Locale`` of the reader
    :return: kind and day, each None where the words don't tell
    """
    words = " ".join(words.casefold().split())
    named = (kind for kind, said in KINDS.items() if re.search(rf"\b({said})\b", words))
    return next(named, None), _find_day(words, today, locale)


def _find_day(words, today, locale):
    for said, ahead in RELATIVE.items():
        if re.search(rf"\b{said}\b", words):
            return today + relativedelta(**ahead)
    months = _get_names(locale, "months", "abbreviated", "wide")
    day = r"(\d\d?)(?:st|nd|rd|th|\.)?"
    month = "|".join(map(re.escape, months))
    said = rf"\b(?:{day} (?:of )?)?({month})\b\.?(?: {day}\b)?(?:,? (\d{{4}}))?"
    for before, name, after, year in re.findall(said, words):
        if before or after:
            when = months[name], int(before or after)
            passed = not year and when < (today.month, today.day)
            try:
                return date(int(year or today.year + passed), *when)
            except ValueError:
                return None
    weekdays = _get_names(locale, "days", "wide")
    weekday = "|".join(map(re.escape, weekdays))
    if found := re.search(rf"\b(next )?({weekday})\b", words):
        ahead = weekdays[found[2]] - today.weekday()
        return today + relativedelta(days=ahead + 7 * bool(found[1] or ahead <= 0))
    return None


def _get_names(locale, what, *widths):
    """Weekdays or months by their names, in English and in the reader's language."""
    return {
        name.rstrip(".").casefold(): number
        for language in (Locale("en"), locale)
        for names in getattr(language, what).values()
        for width in widths
        for number, name in names.get(width, {}).items()
    }
