"""Shapes the raw CSV of leads: repairs what needs no guessing, reports the rest.

Only the standard library is used. Nothing that a file may contain raises: every line
ends up in exactly one place, the header, a lead or a problem.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

DELIMITERS = (",", ";", "\t", "|")
# How many lines a value with line breaks may go on for.
MAX_CONTINUATION = 5
# A row that was quoted whole more often than this is not worth the search.
MAX_UNWRAP = 3
MAX_LENGTH = 200
BAD_QUOTES = "quotes don't match"
UNREADABLE = "\ufffd"

# What control and format characters become, by their Unicode category.
STAND_INS = {"Cc": " ", "Cf": ""}

# What stands for "not known". "Select" is a form field that nobody touched.
UNKNOWN = {"", "select", "n/a", "na", "nan", "null", "none", "unknown", "-", "?"}
YES = {"yes", "true", "1", "1.0"}
NO = {"no", "false", "0", "0.0"}

PROSPECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WHOLE_NUMBER = re.compile(r"([0-9]{1,9})(\.0+)?")
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Lead:
    """One lead of the file; None is "not known", which is never "no".

    ``line`` and ``last_line`` are where it stood, ``repairs`` what was put right, and
    ``set_aside`` the values that could not be read, as "column: why".
    """

    line: int
    last_line: int
    prospect_id: str
    number: int | None = None
    origin: str | None = None
    source: str | None = None
    do_not_email: bool | None = None
    do_not_call: bool | None = None
    converted: bool | None = None
    visits: int | None = None
    seconds_on_site: int | None = None
    pages_per_visit: float | None = None
    last_activity: str | None = None
    country: str | None = None
    specialization: str | None = None
    occupation: str | None = None
    matters_most: str | None = None
    tag: str | None = None
    city: str | None = None
    repairs: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Lines that give no lead: where, why in words to count by, and the particulars."""

    line: int
    last_line: int
    reason: str
    detail: str = ""


@dataclass
class Shaped:
    """What a file holds; ``header_line`` is None when there is no usable header."""

    leads: list[Lead] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    header_line: int | None = None


class NotReadable(ValueError):
    """A row or a value that can't be read; its text says why."""


# ------------------------------------------------------------ values


def _text(raw):
    return raw


def _yes_no(raw):
    if raw.casefold() in YES:
        return True
    if raw.casefold() in NO:
        return False
    raise NotReadable("neither yes nor no")


def _whole_number(raw):
    match = WHOLE_NUMBER.fullmatch(raw)
    if not match:
        raise NotReadable("not a whole number")
    return int(match[1])


def _number(raw):
    if not NUMBER.fullmatch(raw):
        raise NotReadable("not a number")
    return float(raw)


# Attribute of a lead: its column and how it is read.
COLUMNS = {
    "prospect_id": ("Prospect ID", _text),
    "number": ("Lead Number", _whole_number),
    "origin": ("Lead Origin", _text),
    "source": ("Lead Source", _text),
    "do_not_email": ("Do Not Email", _yes_no),
    "do_not_call": ("Do Not Call", _yes_no),
    "converted": ("Converted", _yes_no),
    "visits": ("TotalVisits", _whole_number),
    "seconds_on_site": ("Total Time Spent on Website", _whole_number),
    "pages_per_visit": ("Page Views Per Visit", _number),
    "last_activity": ("Last Activity", _text),
    "country": ("Country", _text),
    "specialization": ("Specialization", _text),
    "occupation": ("What is your current occupation", _text),
    "matters_most": ("What matters most to you in choosing a course", _text),
    "tag": ("Tags", _text),
    "city": ("City", _text),
}
TEXTS = [name for name, (_, read) in COLUMNS.items() if read is _text]


def clean(raw):
    """A value without control characters, invisible ones and needless spaces."""
    kept = (STAND_INS.get(unicodedata.category(c), c) for c in raw)
    return " ".join("".join(kept).split())


def _value(raw, read):
    """A typed value, None when it is not known.

    :raises NotReadable: when it can't be read
    """
    value = clean(raw)
    if UNREADABLE in value:
        raise NotReadable("unreadable characters")
    if value.casefold() in UNKNOWN:
        return None
    if len(value) > MAX_LENGTH:
        raise NotReadable("too long")
    return read(value)


# ------------------------------------------------------------ rows


def _split(text, delimiter):
    """The cells of one row of CSV.

    :raises NotReadable: when its quotes don't match
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        large = "limit" in str(error)
        raise NotReadable("cell too large" if large else BAD_QUOTES) from None
    if len(rows) > 1:
        raise NotReadable(BAD_QUOTES)
    return rows[0] if rows else []


def _is_quoted_whole(cells, delimiter):
    """True when the first cell holds a whole row and the others nothing."""
    return bool(cells) and delimiter in cells[0] and not any(map(str.strip, cells[1:]))


def _cells(text, delimiter):
    """The cells of a row, unpacked when the row as a whole was quoted.

    :returns: cells and list of repairs
    :raises NotReadable: when its quotes don't match
    """
    text = text.strip(" \ufeff")
    repairs = []
    try:
        cells = _split(text, delimiter)
    except NotReadable:
        # Quoted whole by somebody who forgot to double the quotes inside.
        if not (len(text) > 1 and text[0] == text[-1] == '"'):
            raise
        cells = _split(text[1:-1], delimiter)
        repairs = ["row quoted whole"]
    for _attempt in range(MAX_UNWRAP):
        if not _is_quoted_whole(cells, delimiter):
            break
        cells = _split(cells[0], delimiter)
        repairs = ["row quoted whole"]
    return cells, repairs


def _rejoined(cells, delimiter):
    """Cells in which a value that had a delimiter and a space in it is whole again."""
    joined = cells[:1]
    for cell in cells[1:]:
        if cell.startswith(" ") and cell.strip():
            joined[-1] += delimiter + cell
        else:
            joined.append(cell)
    return joined


def _fitted(cells, width, delimiter):
    """Cells of exactly the header's width.

    :returns: cells and list of repairs
    :raises NotReadable: when that takes guessing
    """
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width], ["empty cells at the end"]
    if len(cells) > width:
        joined = _rejoined(cells, delimiter)
        if len(joined) == width:
            return joined, ["unquoted delimiter in a value"]
    if len(cells) != width:
        raise NotReadable("too many cells" if len(cells) > width else "too few cells")
    return cells, []


# ------------------------------------------------------------ the file


def decode(data):
    """Text of a file; bytes that are no UTF-8 become the replacement character."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def split_lines(text):
    """Lines of a text as an editor counts them, without their ends."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if not lines[-1] else lines


def _header(line):
    """Columns and delimiter of a header line, None when it is none."""
    for delimiter in DELIMITERS:
        try:
            cells, _repairs = _cells(line, delimiter)
        except NotReadable:
            continue
        names = [clean(cell).casefold() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if all(names.count(column.casefold()) == 1 for column, _ in COLUMNS.values()):
            return names, delimiter
    return None


def shape(data):
    """Read a file of leads.

    :param data: its content, as bytes or text
    :returns: a :class:`Shaped`
    """
    lines = split_lines(decode(data))
    for index, line in enumerate(lines):
        header = _header(line)
        if header:
            return _Reader(lines, index, *header).read()
    problems = [Problem(1, len(lines), "no usable header")] if lines else []
    return Shaped(problems=problems)


class _Reader:
    """Goes once through the lines below a header."""

    def __init__(self, lines, header_index, names, delimiter):
        self.lines = lines
        self.names = names
        self.delimiter = delimiter
        self.positions = {
            name: names.index(column.casefold())
            for name, (column, _read) in COLUMNS.items()
        }
        self.seen = {}
        self.index = header_index
        self.shaped = Shaped(header_line=header_index + 1)
        if header_index:
            self._reject(1, header_index, "before the header")

    def read(self):
        """Read all lines.

        :returns: the :class:`Shaped`
        """
        self.index += 1
        while self.index < len(self.lines):
            first = self.index + 1
            try:
                cells, repairs = self._next_row()
                self._add(first, cells, repairs)
            except NotReadable as reason:
                self._reject(first, self.index, str(reason))
        self.shaped.leads = _one_spelling(self.shaped.leads)
        return self.shaped

    def _reject(self, first, last, reason):
        detail = clean(self.lines[first - 1])[:80]
        self.shaped.problems.append(Problem(first, last, reason, detail))

    def _next_row(self):
        """Cells of the row that starts at the current line; moves behind it.

        :raises NotReadable: when there is none; one line is passed over
        """
        start = self.index
        self.index += 1
        text = self.lines[start]
        if not text.strip():
            raise NotReadable("blank line")
        try:
            return self._row(text)
        except NotReadable:
            if text.count('"') % 2 == 0:
                raise
            return self._continued(start)

    def _row(self, text):
        cells, repairs = _cells(text, self.delimiter)
        if not any(map(str.strip, cells)):
            raise NotReadable("blank line")
        cells, more = _fitted(cells, len(self.names), self.delimiter)
        return cells, repairs + more

    def _continued(self, start):
        """A row with line breaks in a value: the next lines up to its last one."""
        text = self.lines[start]
        for index in range(start + 1, start + 1 + MAX_CONTINUATION):
            if index >= len(self.lines) or self._stands_alone(self.lines[index]):
                break
            text += "\n" + self.lines[index]
            try:
                cells, repairs = self._row(text)
            except NotReadable:
                continue
            self.index = index + 1
            return cells, [*repairs, "line break in a value"]
        raise NotReadable(BAD_QUOTES)

    def _stands_alone(self, text):
        try:
            self._row(text)
        except NotReadable:
            return False
        return True

    def _add(self, first, cells, repairs):
        """Add a lead.

        :raises NotReadable: when the row is none
        """
        if [clean(cell).casefold() for cell in cells] == self.names:
            raise NotReadable("header repeated")
        values, set_aside = self._values(cells)
        prospect_id = (values["prospect_id"] or "").casefold()
        if not PROSPECT_ID.fullmatch(prospect_id):
            raise NotReadable("no valid Prospect ID")
        values["prospect_id"] = prospect_id
        self._check_new(values)
        self.shaped.leads.append(
            Lead(
                line=first,
                last_line=self.index,
                repairs=tuple(repairs),
                set_aside=tuple(set_aside),
                **values,
            )
        )

    def _values(self, cells):
        values, set_aside = {}, []
        for name, (column, read) in COLUMNS.items():
            try:
                values[name] = _value(cells[self.positions[name]], read)
            except NotReadable as reason:
                values[name] = None
                set_aside.append(f"{column}: {reason}")
        return values, set_aside

    def _check_new(self, values):
        """Refuse a lead that was there before: which of two to believe is a guess."""
        earlier = self.seen.setdefault(values["prospect_id"], values)
        if earlier is not values:
            same = earlier == values
            raise NotReadable(f"lead repeated{'' if same else ' with other values'}")


def _one_spelling(leads):
    """Leads whose texts, where only the case of letters differs, are spelled alike.

    The most frequent spelling wins, the first one where several are.
    """
    changes = defaultdict(dict)
    for name in TEXTS:
        spellings = Counter(getattr(lead, name) for lead in leads)
        best = {}
        for text, _count in spellings.most_common():
            if text is not None and best.setdefault(text.casefold(), text) != text:
                changes[name][text] = best[text.casefold()]
    return [_respelled(lead, changes) for lead in leads]


def _respelled(lead, changes):
    new = {
        name: texts[getattr(lead, name)]
        for name, texts in changes.items()
        if getattr(lead, name) in texts
    }
    if not new:
        return lead
    return replace(lead, repairs=(*lead.repairs, "letter case"), **new)
