"""What ``make lint`` says about translations."""

import polib
import pytest

from dev import languages


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        ("%(count)s of %(all)s", "%(all)s, davon %(count)s"),
        ("Go <b>on</b>", "<b>Weiter</b>"),
        ("100 %", "100 %"),
        ("{name}: %s", "%s: {name}"),
        ('<i class="fa" title="Fit"/>', '<i class="fa" title="Passt"/>'),
    ],
)
def test_places_may_stand_elsewhere(meant, said):
    assert languages.find_problem(polib.POEntry(msgid=meant, msgstr=said)) is None


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        ("%(count)s leads", "Leads"),
        ("%(count)s leads", "%(anzahl)s Leads"),
        ("Go <b>on</b>", "Weiter"),
        ('<i class="fa" title="Fit"/>', '<i title="Passt"/>'),
        ("Go on", ""),
    ],
)
def test_what_is_lost_is_told(meant, said):
    assert languages.find_problem(polib.POEntry(msgid=meant, msgstr=said))


def test_what_a_tool_guessed_is_not_translated():
    entry = polib.POEntry(msgid="Go on", msgstr="Weiter", flags=["fuzzy"])
    assert languages.find_problem(entry) == "is not translated"


def test_words_of_the_glossary_are_kept():
    entry = polib.POEntry(msgid="Lead", msgstr="Spur")
    assert "Lead" in languages.find_problem(entry, "Lead")
