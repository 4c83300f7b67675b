"""The loader of real leads on a real database: from a raw file to verdicts."""

import json
import subprocess
import sys

import pandas
import pytest

from examples.x_education import load
from examples.x_education.shape import shape

STATES = ("met", "partly", "not_met", "unknown")
# Records from which on the addon tells a rate.
SAMPLE_MIN = 30
# 97.5 % of a normal distribution lie below so many deviations.
Z = 1.959963984540054
# What choices are worth, in lower case; those of the file that no list has are worth
# half of the points.
GOOD_CHOICES = {
    "occupation": {"working professional", "businessman"},
    "source": {"reference"},
    "city": {"mumbai", "thane & outskirts"},
}
QUESTIONS = {
    "occupation": "What is their occupation?",
    "specialization": "Which specialization do they want?",
    "seconds_on_site": "How many seconds did they spend on the website?",
    "visits": "How often did they visit the website?",
    "source": "How did they find us?",
    "city": "Where do they live?",
    "country": "Do they live in India?",
    "do_not_email": "Did they ask not to be e-mailed?",
    "do_not_call": "Did they ask not to be called?",
}


def tell_story(folder, file):
    """Load a file into a database of its own.

    :returns: the figures, and what was printed
    """
    figures = folder / "figures.json"
    result = subprocess.run(
        [
            sys.executable,
            load.__file__,
            file,
            *("--temporary", "--close", "--json", figures),
        ],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(figures.read_text()), result.stdout


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return tell_story(tmp_path_factory.mktemp("sample"), load.SAMPLE)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not load.REAL.is_file():
        pytest.skip("needs data that is not in the repository")
    return tell_story(tmp_path_factory.mktemp("real"), load.REAL)


def counts(group):
    """Leads, those whose outcome is known, and those that were won."""
    return group["leads"], group["known"], group["won"]


def test_a_country_that_odoo_does_not_know_costs_no_lead(sample):
    figures, text = sample
    assert figures["unread"] == {"line 25": "Atlantis"}
    assert not figures["dropped"]
    assert "line 25: Atlantis" in text


def test_the_rest_of_the_sample_is_imported(sample):
    figures, _text = sample
    assert figures["imported"] == {
        "leads": 34,
        "answers": 253,
        "needs": 30,
        "contacts": {"wrote": 22, "reached": 21, "no_answer": 10, "wrote_to_us": 2},
    }
    assert figures["contact_states"] == {"two_way": 20, "outbound": 9, "none": 5}


def test_the_gate_on_the_sample(sample):
    figures, text = sample
    assert counts(figures["passed"]) == (18, 17, 10)
    assert counts(figures["refused"]) == (16, 16, 4)
    assert figures["reasons"] == {
        "Contacted": 14,
        "Needs known": 4,
        "Criteria met": 4,
        "Not disqualified": 1,
    }
    assert "passed: 18 leads, really converted 10 of 17" in text


@pytest.mark.verify
def test_the_real_leads_are_imported(real):
    figures, _text = real
    assert set(figures["unread"]) == {"line 699", "line 1407"}
    assert not figures["dropped"]
    assert figures["imported"] == {
        "leads": 1500,
        "answers": 10369,
        "needs": 1034,
        "contacts": {
            "wrote": 608,
            "reached": 546,
            "no_answer": 726,
            "wrote_to_us": 183,
        },
    }
    assert figures["contact_states"] == {"outbound": 728, "two_way": 544, "none": 228}


@pytest.mark.verify
def test_the_gate_on_the_real_leads(real):
    figures, _text = real
    assert counts(figures["passed"]) == (415, 415, 282)
    assert counts(figures["refused"]) == (1085, 1085, 298)
    assert figures["reasons"] == {
        "Contacted": 956,
        "Criteria met": 567,
        "Needs known": 466,
    }


def judge(name, value):
    """What a value of the file is worth, without the addon's help."""
    if value is None:
        return "unknown"
    if name == "country":
        return "met" if value == "India" else "not_met"
    if name in GOOD_CHOICES:
        return "met" if value.casefold() in GOOD_CHOICES[name] else "partly"
    good = {
        "specialization": True,
        "seconds_on_site": name == "seconds_on_site" and value >= 300,
        "visits": name == "visits" and 2 <= value <= 30,
        "do_not_email": value is False,
        "do_not_call": value is False,
    }
    return "met" if good[name] else "not_met"


def count(file, figures):
    """Won and all leads by question and state, of those that were imported."""
    unread = {int(line.removeprefix("line ")) for line in figures["unread"]}
    leads = pandas.DataFrame(
        [
            {name: judge(name, getattr(lead, name)) for name in QUESTIONS}
            | ({"country": "unknown"} if lead.line in unread else {})
            | {"won": lead.converted}
            for lead in shape(file.read_bytes()).leads
            if lead.converted is not None
        ]
    )
    return leads, {
        question: leads.groupby(name)["won"].agg(["size", "sum"])
        for name, question in QUESTIONS.items()
    }


def check_lift(story, file):
    """Each figure of the report is what the file says."""
    figures, _text = story
    leads, groups = count(file, figures)
    assert set(figures["lift"]) == set(groups)
    for question, group in groups.items():
        found = figures["lift"][question]
        assert (found["closed"], found["won"]) == (len(leads), leads["won"].sum())
        rates = {}
        for state in STATES:
            n, good = group.loc[state] if state in group.index else (0, 0)
            told = found[state]
            assert (told["count"], told["won_count"]) == (n, good), (question, state)
            rate = low = high = 0
            if n >= SAMPLE_MIN:
                rate, middle = good / n, (good + Z**2 / 2) / (n + Z**2)
                reach = Z * (good * (n - good) / n + Z**2 / 4) ** 0.5 / (n + Z**2)
                low, high = middle - reach, middle + reach
            rates[state] = n, rate, low, high
            bounds = told["rate"], told["low"], told["high"]
            assert bounds == pytest.approx((rate, low, high)), (question, state)
        (met, rate, low, high), (others, *other) = rates["met"], rates["not_met"]
        expected = [0, 0, 0]
        if min(met, others) >= SAMPLE_MIN:
            down = ((rate - low) ** 2 + (other[2] - other[0]) ** 2) ** 0.5
            up = ((high - rate) ** 2 + (other[0] - other[1]) ** 2) ** 0.5
            expected = [rate - other[0] + x for x in (0, -down, up)]
        assert found["difference"] == pytest.approx(expected), question


def test_the_lift_on_the_sample(sample):
    check_lift(sample, load.SAMPLE)


@pytest.mark.verify
def test_the_lift_on_the_real_leads(real):
    check_lift(real, load.REAL)
    figures, text = real
    told = figures["lift"]["What is their occupation?"]["texts"]
    assert all(word in text for word in told)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "FILE="),
        (b"", "No lead can be read"),
        (b"some\x00thing else\n", "no usable header"),
    ],
)
def test_a_file_without_leads_is_named(content, words, tmp_path):
    file = tmp_path / "leads.csv"
    if content is not None:
        file.write_bytes(content)
    command = [sys.executable, load.__file__, file]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert str(file) in result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
