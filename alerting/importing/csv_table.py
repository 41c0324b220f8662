"""A CSV file as a spreadsheet saves it: encoding, delimiter and header found out, not asked."""

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid

DELIMITERS = ";,\t"
LONGEST_FIELD = 10_000
FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""What begins one, also as wide letters and behind blanks, which some spreadsheets pass over."""

NOT_TEXT = msgid("The file is not a CSV text: save it from the spreadsheet as “CSV UTF-8”")
NO_HEADER = msgid("The first line must name the columns; these are missing: {columns}")
EMPTY = msgid("The file is empty")


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `number` is the line in the file, the header being 1."""

    number: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file, read."""

    columns: tuple[str, ...]
    lines: Sequence[Line]


def read_table(data: bytes, *, required: Sequence[str], synonyms: Mapping[str, str]) -> Table:
    """Read a CSV file; header names are matched without case, and by `synonyms`.

    Raises BadRequest when it is no table with the required columns.
    """
    text = _decode(data)
    if not text.strip():
        raise BadRequest(EMPTY)
    first = text.splitlines()[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [_column(name, synonyms) for name in next(reader)]
        missing = [name for name in required if name not in header]
        if missing:
            raise BadRequest(NO_HEADER, columns=", ".join(missing))
        lines = []
        for row in reader:
            if any(field.strip() for field in row):
                fields = dict(zip(header, (field.strip() for field in row), strict=False))
                lines.append(Line(reader.line_num, fields))
    except csv.Error as fault:
        raise BadRequest(NOT_TEXT) from fault
    return Table(tuple(header), lines)


def write_table(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """CSV with `;`, as Belgian spreadsheets expect it; cells cannot become formulas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(column) for column in columns])
    for row in rows:
        writer.writerow([harmless(row.get(column, "")) for column in columns])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that starts like a formula would be run by a spreadsheet; a quote before it stops it.

    A phone number in E.164 starts with `+` and is left alone: it is not a formula.
    """
    begins = cell.lstrip()[:1]
    number = cell[:1] == "+" and cell[1:].isascii() and cell[1:].isdigit()
    first = cell[:1]
    if any(one and one in FORMULA for one in (first, begins)) and not number:
        return f"'{cell}"
    return cell


def _column(name: str, synonyms: Mapping[str, str]) -> str:
    plain = name.strip().lower()
    return synonyms.get(plain, plain)


def _decode(data: bytes) -> str:
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel writes in Belgium when it is not told otherwise.
        text = data.decode("cp1252", errors="replace")
    if "\x00" in text or "\ufffd" in text:
        raise BadRequest(NOT_TEXT)
    return text
