"""Reads a workbook in a process of its own: `python -m alerting.importing.workbook_reader FIELD …`.

The workbook is the standard input, a file. On the standard output comes one JSON object, how the
file is written or why it is refused, and behind it a line of JSON for each row of the sheet that
has headings for all the fields. Ends with another status than 0 where it was cut short.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.headings import fields_named, named
from alerting.importing.raw_table import (
    FORMULA_ERROR,
    HEAD_ROWS,
    LONGEST_FIELD,
    CellType,
    FileForm,
    RawRow,
)
from alerting.importing.workbook_measure import NOT_WORKBOOK, MeasuredSheet, measured_copy

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_MEMORY = 1_000_000_000
"""Bytes of address space; the largest workbook that is read takes a good half."""
MOST_SECONDS = 60
"""Of a processor; the largest workbook that is read takes a tenth of them."""
MOST_WRITTEN = 300_000_000
"""Bytes of rows."""

NO_SHEET = msgid("No sheet of the workbook has known headings; required: {columns}")
TWO_SHEETS = msgid(
    "The sheets “{first}” and “{second}” both contain a list: import a separate file for each"
)
ROW_TWICE = msgid(
    "The sheet “{sheet}” contains row {row}, or one of its cells, more than once: check that row, "
    "then save only the list, as CSV"
)


def main() -> None:
    """Read the workbook on the standard input."""
    _limit()
    try:
        form, rows = read_workbook(sys.stdin.buffer, sys.argv[1:])
    except BadRequest as refused:
        facts = {key: fact for key, fact in refused.facts.items() if isinstance(fact, str | int)}
        _write({"refused": refused.says, "facts": facts})
        return
    _write(asdict(form))
    for row in rows:
        _write((row.number, row.cells, row.types))
    sys.stdout.flush()


def _write(value: object) -> None:
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def _limit() -> None:
    """Take no more than is allowed. Windows knows no such limits, macOS none of memory: there what
    was measured before, and the time its parent waits, are all that bounds it."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),  # what is in memory is personal
    ):
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (least, least))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise


def read_workbook(stream: BinaryIO, needed: Sequence[str]) -> tuple[FileForm, Iterator[RawRow]]:
    """How the sheet that holds a list is written, and its rows, from the first, empty ones too.

    Raises BadRequest where no sheet has headings for the fields `needed`, or where two have.
    """
    # 4 MB nobody else needs
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    kind, content, measured = measured_copy(stream)
    found = None
    try:
        book = CalamineWorkbook.from_filelike(content)
        for name in (one for one in book.sheet_names if one in measured):
            sheet = book.get_sheet_by_name(name)
            head = islice(_rows(sheet, measured[name]), HEAD_ROWS)
            if any(fields_named(row.cells).issuperset(needed) for row in head):
                if found:
                    raise BadRequest(TWO_SHEETS, first=found[0], second=name)
                found = name, sheet
    except (CalamineError, ValueError, OSError):
        raise BadRequest(NOT_WORKBOOK) from None
    if not found:
        raise BadRequest(NO_SHEET, columns=named(needed))
    name, sheet = found
    if measured[name].twice:
        raise BadRequest(ROW_TWICE, sheet=name, row=measured[name].twice)
    shown = {sheet_metadata.name: sheet_metadata.visible for sheet_metadata in book.sheets_metadata}
    form = FileForm(
        kind,
        sheet=name,
        hidden=shown.get(name, SheetVisibleEnum.Visible) != SheetVisibleEnum.Visible,
        hidden_rows=measured[name].hidden_rows,
        hidden_columns=measured[name].hidden_columns,
    )
    return form, _rows(sheet, measured[name])


def _rows(sheet: "CalamineSheet", measured: MeasuredSheet) -> Iterator[RawRow]:
    shift = sheet.start[1] if sheet.start else 0
    wrong: dict[int, list[int]] = {}
    for number, column in measured.errors:
        wrong.setdefault(number, []).append(column - 1)
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [""] * shift + [_text(value) for value in row]
        for at in wrong.get(number, ()):
            cells += [""] * (at + 1 - len(cells))
            cells[at] = FORMULA_ERROR
        types = {
            shift + at: kind for at, value in enumerate(row) if (kind := _type(value)) is not None
        }
        yield RawRow(number, tuple(cells), types)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return str(value)[:LONGEST_FIELD]


def _type(value: Any) -> CellType | None:
    match value:
        case bool():
            return None
        case int() | float():
            return CellType.NUMBER
        case date() | time() | timedelta():
            return CellType.DATE
    return None


if __name__ == "__main__":
    main()
