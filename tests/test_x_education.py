"""The loader of real leads on a real database: from a raw file to verdicts."""

import json
import subprocess
import sys

import pytest

from examples.x_education import load


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


def test_what_odoo_reports_is_dropped_and_listed(sample):
    figures, text = sample
    (line,) = figures["dropped"]
    assert line == "line 25"
    assert "Atlantis" in figures["dropped"][line]
    assert f"{line}: {figures['dropped'][line]}" in text


def test_the_rest_of_the_sample_is_imported(sample):
    figures, _text = sample
    assert figures["imported"] == {
        "leads": 33,
        "answers": 246,
        "needs": 29,
        "contacts": {"wrote": 21, "reached": 20, "no_answer": 10, "wrote_to_us": 2},
    }
    assert figures["contact_states"] == {"two_way": 19, "outbound": 9, "none": 5}


def test_the_gate_on_the_sample(sample):
    figures, text = sample
    assert counts(figures["passed"]) == (17, 16, 9)
    assert counts(figures["refused"]) == (16, 16, 4)
    assert figures["reasons"] == {
        "Contacted": 14,
        "Needs known": 4,
        "Criteria met": 4,
        "Not disqualified": 1,
    }
    assert "passed: 17 leads, really converted 9 of 16" in text


def test_the_real_leads_are_imported(real):
    figures, _text = real
    assert set(figures["dropped"]) == {"line 699", "line 1407"}
    assert figures["imported"] == {
        "leads": 1498,
        "answers": 10359,
        "needs": 1034,
        "contacts": {
            "wrote": 608,
            "reached": 546,
            "no_answer": 725,
            "wrote_to_us": 183,
        },
    }
    assert figures["contact_states"] == {"outbound": 727, "two_way": 544, "none": 227}


def test_the_gate_on_the_real_leads(real):
    figures, _text = real
    assert counts(figures["passed"]) == (415, 415, 282)
    assert counts(figures["refused"]) == (1083, 1083, 297)
    assert figures["reasons"] == {
        "Contacted": 954,
        "Criteria met": 565,
        "Needs known": 464,
    }


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
