"""A workbook (.xlsx of Excel, .ods of LibreOffice), bounded before anything opens it.

An archive of some kilobytes can unfold to gigabytes, and a sheet of two cells can claim a billion:
what is unfolded is counted, and the extent of each sheet is read from its XML, before
python-calamine sees any of it. It is given a copy that holds only what was counted. Cells whose
formula has an error, or no stored result, are found there too: calamine gives them as empty.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from posixpath import join, normpath
from typing import Any, BinaryIO
from xml.parsers import expat

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.headings import named
from alerting.importing.raw_table import (
    FORMULA_ERROR,
    HEAD_ROWS,
    LONGEST_FIELD,
    MAX_COLUMNS,
    TOO_WIDE,
    CellType,
    FileForm,
    RawRow,
)

UNFOLDED_BYTES = 50_000_000
MOST_CELLS = 5_000_000
"""In the rectangle that a sheet spans, empty ones too."""
MOST_ERRORS = 100_000
"""Cells of a sheet whose formula has no result; each is kept by its row and column."""
MOST_PARTS = 1000
OPENED = (".xml", ".rels")
"""Parts of a workbook that are read; pictures and macros are not."""
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,8})")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What was measured of one sheet."""

    errors: frozenset[tuple[int, int]]
    """Row and column, from 1, of cells whose formula has no result."""
    hidden_rows: int = 0
    """Rows that hold something and that a spreadsheet does not show, by a filter or by hand."""
    hidden_columns: int = 0


Sheets = Mapping[str, _Sheet]
"""By the names of the sheets."""

NOT_WORKBOOK = msgid("The file is not a readable workbook: save it as .xlsx, .ods or CSV")
OLD_WORKBOOK = msgid(
    "The file is a workbook in an old format or is protected by a password: save it as .xlsx or CSV"
)
TOO_BIG = msgid("The workbook is too large to be read here: save only the list, as CSV")
NO_SHEET = msgid("No sheet of the workbook has known headings; required: {columns}")
NO_RESULTS = msgid(
    "More than {most} formulas in the workbook have an error or no stored result: open the "
    "workbook, let it recalculate, and save the list with values instead of formulas"
)
TWO_SHEETS = msgid(
    "The sheets “{first}” and “{second}” both contain a list: import a separate file for each"
)


def is_workbook(start: bytes) -> bool:
    """Whether a file that starts so is a workbook; BadRequest for the kinds that are not read."""
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadRequest(OLD_WORKBOOK)
    return start.startswith(b"PK\x03\x04")


class WorkbookFile:
    """The sheet of a workbook that holds a list.

    `is_headings` tells whether some cells are the headings of one; the sheet is the one with such
    a row near its beginning. Raises BadRequest where there is none, or where there are two.
    """

    def __init__(
        self, stream: BinaryIO, is_headings: Callable[[Sequence[str]], bool], needed: Sequence[str]
    ) -> None:
        # 4 MB nobody else needs
        from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

        kind, content, measured = _bounded(stream)
        try:
            book = CalamineWorkbook.from_filelike(content)
            names = [name for name in book.sheet_names if name in measured]
            sheets = [(name, book.get_sheet_by_name(name)) for name in names]
        except (CalamineError, ValueError, OSError):
            raise BadRequest(NOT_WORKBOOK) from None
        lists = []
        for name, sheet in sheets:
            self._sheet, self._errors = sheet, measured[name].errors
            head = (row.cells for row, _ in zip(self.rows(), range(HEAD_ROWS), strict=False))
            if any(is_headings(cells) for cells in head):
                lists.append((name, sheet))
        if not lists:
            raise BadRequest(NO_SHEET, columns=named(needed))
        if len(lists) > 1:
            raise BadRequest(TWO_SHEETS, first=lists[0][0], second=lists[1][0])
        name, self._sheet = lists[0]
        self._errors = measured[name].errors
        shown = {one.name: one.visible for one in book.sheets_metadata}
        hidden = shown.get(name, SheetVisibleEnum.Visible) != SheetVisibleEnum.Visible
        self.form = FileForm(
            kind,
            sheet=name,
            hidden=hidden,
            hidden_rows=measured[name].hidden_rows,
            hidden_columns=measured[name].hidden_columns,
        )

    def rows(self) -> Iterator[RawRow]:
        """Every row from the first, as a spreadsheet counts them."""
        shift = self._sheet.start[1] if self._sheet.start else 0
        wrong: dict[int, list[int]] = {}
        for number, column in self._errors:
            wrong.setdefault(number, []).append(column - 1)
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            cells = [""] * shift + [_text(value) for value in row]
            for at in wrong.get(number, ()):
                cells += [""] * (at + 1 - len(cells))
                cells[at] = FORMULA_ERROR
            types = {
                shift + at: kind
                for at, value in enumerate(row)
                if (kind := _type(value)) is not None
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


def _bounded(stream: BinaryIO) -> tuple[str, BinaryIO, Sheets]:
    """The kind of a workbook, a copy of what is read of it, which is no more than was counted, and
    what was measured of each sheet."""
    copy = io.BytesIO()
    left = UNFOLDED_BYTES
    names: set[str] = set()
    kind = ""
    sheets: Sheets = {}
    measured: dict[str, _Sheet] = {}
    index: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(stream) as archive, zipfile.ZipFile(copy, "w") as kept:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise BadRequest(TOO_BIG)
            for part in parts:
                if part.filename in names or part.flag_bits & 1:
                    raise BadRequest(NOT_WORKBOOK)
                names.add(part.filename)
                if part.filename != "mimetype" and not part.filename.endswith(OPENED):
                    continue
                with archive.open(part) as content:
                    data = content.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise BadRequest(TOO_BIG)
                if part.filename == "mimetype" and data.decode(errors="replace").strip() == ODS:
                    kind = "ods"
                if part.filename in (BOOK, RELATIONS):
                    index[part.filename] = data
                if part.filename == "content.xml":
                    data = LINE_BREAK.sub(b" ", data)  # python-calamine reads nothing there
                    sheets = _measure(data)
                elif part.filename.startswith("xl/worksheets/"):
                    measured[part.filename] = _measure(data).get("", _Sheet(frozenset()))
                kept.writestr(part.filename, data)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
        raise BadRequest(NOT_WORKBOOK) from None
    if BOOK in names:
        kind, sheets = "xlsx", _by_sheet(index, measured)
    if not kind:
        raise BadRequest(NOT_WORKBOOK)
    copy.seek(0)
    return kind, copy, sheets


def _by_sheet(index: Mapping[str, bytes], measured: Mapping[str, _Sheet]) -> Sheets:
    """What was measured in the parts of an .xlsx, by the names of their sheets."""
    parts: dict[str, str] = {}
    names: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        match tag.rpartition(":")[2]:
            case "Relationship":
                target = join("xl", plain.get("Target", "")).removeprefix("/")
                parts[plain.get("Id", "")] = normpath(target)
            case "sheet":
                names[plain.get("name", "")] = next(
                    (value for key, value in attributes.items() if key.endswith(":id")), ""
                )

    for data in index.values():
        _parse(data, start)
    found = {name: parts.get(number, "") for name, number in names.items()}
    return {name: measured[part] for name, part in found.items() if part in measured}


LINE_BREAK = re.compile(rb"<text:line-break ?/>")
"""In a cell of LibreOffice."""


class _Extent:
    """How far the sheets of a part reach: cells with something in them, repeats unfolded.

    `errors`: by sheet, cells whose formula has no result. The sheet of an .xlsx has no name here.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.errors: dict[str, set[tuple[int, int]]] = {}
        self.hidden: dict[str, tuple[int, int]] = {}
        """By sheet, how many rows with something in them and how many columns are hidden."""
        self._hidden_columns: list[tuple[int, int]] = []
        self._hidden_rows = self._columns = 0
        self._hides = False
        self._parser = parser
        self._sheet = ""
        self._type = ""
        self._formula = self._result = False
        self.row = self.column = 0
        self.last_row = self.last_column = 0
        self._repeated = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self._hide(name, plain)
        match name:
            case "sheetData" | "table":
                self._must_fit()
                self.row = self.column = self.last_row = self.last_column = self._repeated = 0
                self._sheet = plain.get("name", "")
                self.errors.setdefault(self._sheet, set())
            case "row":  # xlsx
                self.row, self.column = int(plain.get("r", self.row + 1)), 0
            case "c":
                self._xlsx_cell(plain.get("r", ""))
                self._type, self._formula, self._result = plain.get("t", ""), False, False
            case "f" if self.column:
                self._formula = True
                self._parser.CharacterDataHandler = self._text
            case "v" | "is":
                self._filled(self.row, self.column)
                # Excel writes an empty text that a formula gives as “str” with an empty value.
                self._result = self._result or self._type == "str"
            case "table-row":  # ods
                self.row += self._repeated
                self._repeated = int(plain.get("number-rows-repeated", 1))
                self.column = 0
            case "table-cell" | "covered-table-cell":
                times = int(plain.get("number-columns-repeated", 1))
                self.column += times
                types = [value for key, value in attributes.items() if key.endswith(":value-type")]
                if types:
                    self._filled(self.row + self._repeated, self.column)
                if "error" in types or ("formula" in plain and not types):  # LibreOffice: calcext
                    self._without_result(self._repeated, times)
            case "p":  # a text without a type
                if self.column:
                    self._filled(self.row + self._repeated, self.column)

    def _hide(self, name: str, plain: Mapping[str, str]) -> None:
        """Rows and columns that are not shown: ECMA-376 18.3.1.13 and .73, ODF 1.3 19.749."""
        hides = plain.get("hidden") in {"1", "true"}
        unseen = plain.get("visibility", "visible") != "visible"
        match name:
            case "table":  # in an .xlsx the columns stand before the rows
                self._count_hidden()
            case "row" | "table-row":
                self._hides = hides or unseen
            case "col" if hides:
                self._hidden_columns.append((int(plain.get("min", 0)), int(plain.get("max", 0))))
            case "table-column":
                first = self._columns + 1
                self._columns += int(plain.get("number-columns-repeated", 1))
                if unseen:
                    self._hidden_columns.append((first, self._columns))

    def end(self, tag: str) -> None:
        """An element is over: of a cell of an .xlsx all is known."""
        match tag.rpartition(":")[2]:
            case "f":
                self._result = False  # what was heard was the formula
            case "c":
                self._parser.CharacterDataHandler = None
                if self._type == "e" or (self._formula and not self._result):
                    self.row -= 1
                    self._without_result(1, 1)
                    self.row += 1

    def finish(self) -> None:
        """The part is over."""
        self._must_fit()
        self._count_hidden()

    def _count_hidden(self) -> None:
        """The sheet is over: of hidden columns those count that it reaches."""
        columns = sum(
            max(min(last, self.last_column) - first + 1, 0) for first, last in self._hidden_columns
        )
        self.hidden[self._sheet] = (self._hidden_rows, columns)
        self._hidden_columns, self._hidden_rows, self._columns = [], 0, 0

    def _text(self, text: str) -> None:
        self._result = self._result or bool(text.strip())

    def _without_result(self, rows: int, columns: int) -> None:
        """The cell where we are, in so many rows below `row` and columns up to `column`."""
        self._filled(self.row + rows, self.column)
        found = self.errors.setdefault(self._sheet, set())
        if len(found) + rows * columns > MOST_ERRORS:
            raise BadRequest(NO_RESULTS, most=MOST_ERRORS)
        found.update(
            (self.row + row + 1, self.column - column)
            for row in range(rows)
            for column in range(columns)
        )

    def _xlsx_cell(self, reference: str) -> None:
        if found := REFERENCE.fullmatch(reference):
            column = 0
            for letter in found[1]:
                column = column * 26 + ord(letter) - 64
            self.row, self.column = int(found[2]), column
        else:
            self.column += 1

    def _filled(self, row: int, column: int) -> None:
        if self._hides:
            self._hidden_rows += max(self._repeated, 1)
            self._hides = False
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        self._must_fit()

    def _must_fit(self) -> None:
        if self.last_column > MAX_COLUMNS:
            raise BadRequest(TOO_WIDE, most=MAX_COLUMNS)
        if self.last_row * self.last_column > MOST_CELLS:
            raise BadRequest(TOO_BIG)


def _measure(data: bytes) -> Sheets:
    """The sheets of a part that is not too large."""
    parser = expat.ParserCreate()
    extent = _Extent(parser)
    parser.EndElementHandler = extent.end
    _parse(data, extent.start, parser)
    extent.finish()
    return {
        name: _Sheet(frozenset(cells), *extent.hidden.get(name, (0, 0)))
        for name, cells in extent.errors.items()
    }


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    parser: expat.XMLParserType | None = None,
) -> None:
    parser = parser or expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise BadRequest(NOT_WORKBOOK) from None


def _refuse_entities(*_: object) -> None:
    """No spreadsheet declares any; they are how a small document unfolds into a large one."""
    raise BadRequest(NOT_WORKBOOK)
