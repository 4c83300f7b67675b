"""The real leads' shaping: no line is lost, nothing raises, nothing is guessed."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.x_education import importing, meaning
from examples.x_education.load import REAL, SAMPLE
from examples.x_education.shape import COLUMNS, shape

HEADER = [column for column, _read in COLUMNS.values()]
ID = "00000000-0000-4000-8000-{:012}"

cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"]),
    max_size=12,
)
# Pieces that make rows of all kinds of wrong.
pieces = st.sampled_from(
    [",".join(HEADER), *'",;\t\n\r', "\r\n", " ", "\x00", "\ufeff", ID.format(1), "Yes"]
)
dirt = st.lists(pieces | st.text(max_size=5), max_size=40).map("".join)


def to_csv(*rows):
    """Rows as the text of a CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def make_row(number=1, **values):
    """A row with a valid id and the given values by attribute."""
    values = {"prospect_id": ID.format(number), **values}
    return [values.get(name, "") for name in COLUMNS]


def covered(shaped):
    """Lines of the file by how often they were accounted for."""
    places = shaped.leads + shaped.problems
    lines = Counter(n for p in places for n in range(p.line, p.last_line + 1))
    if shaped.header_line:
        lines[shaped.header_line] += 1
    return lines


def count_lines(text):
    """Lines of a text, counted without the code under test."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.count("\n") + (bool(text) and not text.endswith("\n"))


@given(st.text() | dirt | dirt.map(lambda text: f"{','.join(HEADER)}\n{text}"))
def test_every_line_is_in_one_place(text):
    shaped = shape(text)
    text = text.removeprefix("\ufeff")
    assert covered(shaped) == dict.fromkeys(range(1, count_lines(text) + 1), 1)


@given(st.binary() | st.binary().map(lambda b: ",".join(HEADER).encode() + b"\n" + b))
def test_any_bytes_are_met_calmly(data):
    lines = covered(shape(data))
    assert set(lines.values()) <= {1}
    assert set(lines) == set(range(1, len(lines) + 1))


@given(st.lists(cells, min_size=len(HEADER) - 1, max_size=len(HEADER) - 1))
def test_quoting_a_row_whole_changes_nothing(values):
    row = [ID.format(1), *values]
    plain = shape(to_csv(HEADER, row)).leads
    whole = shape(to_csv(HEADER, [to_csv(row).rstrip("\r\n")])).leads
    assert len(plain) == len(whole) == 1
    assert whole[0].repairs[0] == "row quoted whole"
    for name in COLUMNS:
        assert getattr(plain[0], name) == getattr(whole[0], name)


@pytest.mark.parametrize("word", ["Select", "select", "", " ", "NaN", "unknown", "-"])
def test_an_untouched_field_is_unknown(word):
    (lead,) = shape(to_csv(HEADER, make_row(city=word, visits=word))).leads
    assert (lead.city, lead.visits, lead.set_aside) == (None, None, ())


@pytest.mark.parametrize(
    "word", ["many", "-1", "1,5", "1e9", "inf", "12345678901", "0x1f", "٣", "3.5"]
)
def test_a_number_that_is_none_is_set_aside(word):
    (lead,) = shape(to_csv(HEADER, make_row(visits=word))).leads
    assert lead.visits is None
    assert lead.set_aside == ("TotalVisits: not a whole number",)


def test_yes_and_no():
    row = make_row(do_not_email="yes", do_not_call="0", converted="perhaps")
    (lead,) = shape(to_csv(HEADER, row)).leads
    assert (lead.do_not_email, lead.do_not_call, lead.converted) == (True, False, None)
    assert lead.set_aside == ("Converted: neither yes nor no",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_found_by_name(delimiter):
    header, row = HEADER[::-1], make_row(city="Mumbai", visits="4")[::-1]
    text = "\n".join(delimiter.join(["", *line]) for line in (header, row))
    (lead,) = shape(f"Leads of May\n{text}").leads
    assert (lead.line, lead.city, lead.visits) == (3, "Mumbai", 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    text = to_csv(HEADER, make_row(city="Zürich"))
    (lead,) = shape(text.encode(encoding)).leads
    assert lead.city == "Zürich"


def test_without_a_usable_header_all_lines_are_reported():
    shaped = shape(to_csv(make_row(1), make_row(2)))
    assert [(p.line, p.last_line, p.reason) for p in shaped.problems] == [
        (1, 2, "no usable header")
    ]
    assert shape("") == shape(b"")
    assert not shape("").problems


def test_an_open_quote_costs_one_line():
    rows = [to_csv(make_row(n)) for n in range(1, 5)]
    rows[1] = '"' + rows[1]
    shaped = shape(to_csv(HEADER) + "".join(rows))
    assert [lead.line for lead in shaped.leads] == [2, 4, 5]
    assert [p.line for p in shaped.problems] == [3]


def test_the_sample_is_shaped():
    shaped = shape(SAMPLE.read_bytes())
    assert len(shaped.leads) == 34
    assert Counter(problem.reason for problem in shaped.problems) == {
        "blank line": 2,
        "header repeated": 1,
        "lead repeated": 1,
        "lead repeated with other values": 1,
        "no valid Prospect ID": 1,
        "quotes don't match": 1,
        "too few cells": 1,
        "too many cells": 1,
    }
    assert Counter(repair for lead in shaped.leads for repair in lead.repairs) == {
        "row quoted whole": 3,
        "empty cells at the end": 1,
        "letter case": 1,
        "line break in a value": 1,
        "unquoted delimiter in a value": 1,
    }
    assert Counter(reason for lead in shaped.leads for reason in lead.set_aside) == {
        "City: unreadable characters": 1,
        "Total Time Spent on Website: not a whole number": 1,
        "TotalVisits: not a whole number": 1,
    }


@pytest.mark.verify
def test_the_sample_is_our_own():
    if not REAL.is_file():
        pytest.skip("needs data that is not in the repository")
    real = {lead.prospect_id for lead in shape(REAL.read_bytes()).leads}
    assert real.isdisjoint(
        lead.prospect_id for lead in shape(SAMPLE.read_bytes()).leads
    )


@pytest.mark.verify
def test_the_real_leads_are_shaped():
    if not REAL.is_file():
        pytest.skip("needs data that is not in the repository")
    shaped = shape(REAL.read_bytes())
    assert len(shaped.leads) == 1500
    assert not shaped.problems
    assert Counter(repair for lead in shaped.leads for repair in lead.repairs) == {
        "row quoted whole": 47,
        "letter case": 1,
    }
    assert not any(lead.set_aside for lead in shaped.leads)


# ------------------------------------------------------------ meaning


def test_contacts_come_from_activity_and_tag():
    row = make_row(last_activity="SMS Sent", tag="will revert after reading the  email")
    (lead,) = shape(to_csv(HEADER, row)).leads
    assert [kind for kind, _words in meaning.contacts(lead)] == ["no_answer", "reached"]


@pytest.mark.parametrize(
    "tag", ["Closed by Horizzon", "Lost to EINS", "invalid number"]
)
def test_a_tag_that_tells_the_outcome_proves_no_contact(tag):
    row = make_row(last_activity="Page Visited on Website", tag=tag)
    (lead,) = shape(to_csv(HEADER, row)).leads
    assert not meaning.contacts(lead)


def test_what_is_unknown_is_not_answered():
    (lead,) = shape(to_csv(HEADER, make_row(do_not_call="No", visits="0"))).leads
    assert meaning.answers(lead) == [("visits", "0"), ("do_not_call", "no")]


def test_choices_that_only_the_file_has_are_added():
    rows = [make_row(1, occupation="Astronaut"), make_row(2, occupation="student")]
    leads = shape(to_csv(HEADER, *rows)).leads
    occupation = next(c for c in meaning.CRITERIA if c.key == "occupation")
    added = meaning.choices(occupation, leads).keys() - occupation.choices.keys()
    assert added == {"Astronaut"}


# ------------------------------------------------------------ Odoo's answers


def make_error(row, text):
    """An error as Odoo's import reports it."""
    return {"type": "error", "rows": {"from": row, "to": row + 1}, "message": text}


def test_the_failure_of_a_batch_is_not_blamed_on_its_first_lead():
    owners = ["first", "first", "second", "second", "third", "third"]
    messages = [make_error(0, "bad"), make_error(2, "bad"), make_error(4, "worse")]
    messages.append({"type": "warning", "message": "many errors"})
    assert importing.get_reported(messages, owners) == {
        "second": "bad",
        "third": "worse",
    }
    assert importing.get_reported(messages[:1], owners) == {"first": "bad"}


def test_an_error_without_a_row_ends_the_import():
    with pytest.raises(importing.ImportFailed, match="no file"):
        importing.get_reported([{"type": "error", "message": "no file"}], [])
