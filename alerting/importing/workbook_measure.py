"""What a workbook holds is counted before anything opens it.

An archive of some kilobytes can unfold to gigabytes, a sheet of two cells can claim a billion, and
one long text can stand in each of a million cells. What is unfolded is counted here, the extent of
each sheet and the length of its texts are read from its XML, before python-calamine sees any of it.
It is given a copy that holds only what was counted. Cells whose formula has an error, or no stored
result, are found here too: calamine gives them as empty.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.raw_table import MAX_COLUMNS, TOO_WIDE

UNFOLDED_BYTES = 50_000_000
MOST_CELLS = 5_000_000
"""In the rectangles that the sheets span, empty ones too."""
MOST_TEXT = 50_000_000
"""Characters in all cells, a text that stands in several counted in each."""
MOST_ERRORS = 100_000
"""Cells whose formula has no result; each is kept by its row and column."""
MOST_PARTS = 1000
OPENED = (".xml", ".rels")
"""Parts of a workbook that are counted; pictures and macros are not."""
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
ROOT = "_rels/.rels"
STRINGS, STYLES, SHEETS = "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/"
MIMETYPE, MANIFEST, CONTENT = "mimetype", "META-INF/manifest.xml", "content.xml"
KINDS = {BOOK: "officeDocument", STRINGS: "sharedStrings", STYLES: "styles"}
READ = {name.lower(): name for name in (STRINGS, STYLES, MANIFEST)}
"""How a part is called here that may be written in other capitals."""
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,8})")
LINE_BREAK = re.compile(rb"<text:line-break ?/>")
"""In a cell of LibreOffice."""
CDATA, CDATA_ENDS = b"<![CDATA[", b"]]>"
"""Around text as it stands; no spreadsheet writes it, and XML allows it."""
LAYOUT = frozenset({"row", "col", "table", "table-row", "table-column"})
"""Elements that say what is hidden."""
VALUES = frozenset(
    {"value", "string-value", "date-value", "time-value", "boolean-value", "formula"}
)
"""Attributes of a cell of LibreOffice that are copied with it."""


@dataclass(frozen=True, slots=True)
class MeasuredSheet:
    """What was measured of one sheet."""

    errors: frozenset[tuple[int, int]]
    """Row and column, from 1, of cells whose formula has no result."""
    hidden_rows: int = 0
    """Rows that hold something and that a spreadsheet does not show, by a filter or by hand."""
    hidden_columns: int = 0
    twice: int = 0
    """A row, from 1, that several elements claim: what is in it is anybody's guess. 0: none."""


Sheets = Mapping[str, MeasuredSheet]
"""By the names of the sheets."""

NOT_WORKBOOK = msgid("The file is not a readable workbook: save it as .xlsx, .ods or CSV")
TOO_BIG = msgid("The workbook is too large to be read here: save only the list, as CSV")
NO_RESULTS = msgid(
    "More than {most} formulas in the workbook have an error or no stored result: open the "
    "workbook, let it recalculate, and save the list with values instead of formulas"
)
SAME_NAME = msgid(
    "Several sheets of the workbook have the name “{sheet}”: save only the list, as CSV"
)


@dataclass(slots=True)
class _Room:
    """What may still come, of all sheets together."""

    cells: int = MOST_CELLS
    text: int = MOST_TEXT
    errors: int = MOST_ERRORS
    strings: list[int] = field(default_factory=list)
    """How long each text is that cells of an .xlsx share."""

    def take_text(self, length: int) -> None:
        """A cell, or several, hold so much."""
        self.text -= length
        if self.text < 0:
            raise BadRequest(TOO_BIG)


def measured_copy(stream: BinaryIO) -> tuple[str, BinaryIO, Sheets]:
    """The kind of a workbook, a copy of what was measured and of nothing else, and the sheets.

    Raises BadRequest for what is no workbook, or too large.
    """
    try:
        parts = _parts(stream)
        if BOOK in parts:
            return "xlsx", *_copy_of_xlsx(parts)
        if parts.get(MIMETYPE, b"").strip() != ODS.encode() or CONTENT not in parts:
            raise BadRequest(NOT_WORKBOOK)
        # python-calamine reads nothing in either.
        parts[CONTENT] = _without_cdata(LINE_BREAK.sub(b" ", parts[CONTENT]))
        if len(parts[CONTENT]) > UNFOLDED_BYTES:
            raise BadRequest(TOO_BIG)
        kept = {name: parts[name] for name in (MIMETYPE, MANIFEST, CONTENT) if name in parts}
        return "ods", _packed(kept), _measure(parts[CONTENT], _Room())
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
        raise BadRequest(NOT_WORKBOOK) from None


def _without_cdata(content: bytes) -> bytes:
    """The content with its CDATA escaped; one without an end stays, for the parser to refuse."""
    first, *others = content.split(CDATA)
    pieces = [first]
    for one in others:
        text, end, behind = one.partition(CDATA_ENDS)
        if end:
            text = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
        pieces += (text, behind) if end else (CDATA, text)
    return b"".join(pieces)


def _parts(stream: BinaryIO) -> dict[str, bytes]:
    """The parts that are read; capitals make no difference in their names (ECMA-376, part 2)."""
    left = UNFOLDED_BYTES
    found: dict[str, bytes] = {}
    names: set[str] = set()
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise BadRequest(TOO_BIG)
        for part in parts:
            name = part.filename.lower()
            if name in names or part.flag_bits & 1:
                raise BadRequest(NOT_WORKBOOK)
            names.add(name)
            if name != MIMETYPE and not name.endswith(OPENED):
                continue
            with archive.open(part) as content:
                data = content.read(left + 1)
            left -= len(data)
            if left < 0:
                raise BadRequest(TOO_BIG)
            found[READ.get(name, name)] = data
    return found


def _packed(parts: Mapping[str, bytes]) -> BinaryIO:
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    copy.seek(0)
    return copy


def _copy_of_xlsx(parts: Mapping[str, bytes]) -> tuple[BinaryIO, Sheets]:
    """Its index is written anew, so that nobody finds another part than the one measured here."""
    book = _Book()
    for name in (RELATIONS, BOOK):
        if name in parts:
            _parse(parts[name], book.start, expat.ParserCreate(namespace_separator=" "))
    room = _Room()
    kept: dict[str, bytes] = {}
    for name in (STRINGS, STYLES):
        target = book.named.get(name, name)
        target = READ.get(target.lower(), target.lower())
        if target in parts:
            kept[name] = parts[target]
    if STRINGS in kept:
        room.strings = _lengths(kept[STRINGS])
    relations = [(f"part{at}", name) for at, name in enumerate(kept)]
    measured: dict[str, MeasuredSheet] = {}
    sheets = []
    for name, (number, state) in book.sheets.items():
        part = book.parts.get(number, "").lower()
        if not part.startswith(SHEETS) or part not in parts:
            continue
        at = len(measured) + 1
        measured[name] = _measure(parts[part], room).get("", MeasuredSheet(frozenset()))
        kept[f"{SHEETS}sheet{at}.xml"] = parts[part]
        relations.append((f"sheet{at}", f"{SHEETS}sheet{at}.xml"))
        sheets.append(
            f'<sheet name={quoteattr(name)} state={quoteattr(state)} sheetId="{at}" '
            f'r:id="sheet{at}"/>'
        )
    kept[BOOK] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904={quoteattr(book.epoch)}'
        f"/><sheets>{''.join(sheets)}</sheets></workbook>"
    ).encode()
    kept[RELATIONS] = _relations(relations)
    kept[ROOT] = _relations([("book", BOOK)])
    return _packed(kept), measured


def _relations(parts: Iterable[tuple[str, str]]) -> bytes:
    """By their numbers, the parts to which a part of the copy refers."""
    lines = "".join(
        f'<Relationship Id="{number}" Type="{OFFICE}/{KINDS.get(part, "worksheet")}" '
        f'Target="/{part}"/>'
        for number, part in parts
    )
    return f'<Relationships xmlns="{PACKAGE}">{lines}</Relationships>'.encode()


class _Book:
    """The index of an .xlsx. Attributes come with their namespace before them, where they have one.

    Raises BadRequest where sheets have the same name.
    """

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        """By the number of a relation."""
        self.named: dict[str, str] = {}
        """The parts that stand for the shared texts and the styles."""
        self.sheets: dict[str, tuple[str, str]] = {}
        """By its name: the number of its relation, and whether it is shown."""
        self.epoch = "0"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        match tag.rpartition(" ")[2]:
            case "Relationship":
                number = attributes.get("Id", "")
                if number in self.parts:
                    raise BadRequest(NOT_WORKBOOK)
                target = join("xl", attributes.get("Target", "")).removeprefix("/")
                self.parts[number] = normpath(target)
                kind = attributes.get("Type", "").rpartition("/")[2]
                for name in (STRINGS, STYLES):
                    if kind == KINDS[name]:
                        self.named[name] = self.parts[number]
            case "workbookPr":
                self.epoch = attributes.get("date1904", "0")
            case "sheet":
                name = attributes.get("name", "")
                if name in self.sheets:
                    raise BadRequest(SAME_NAME, sheet=name)
                numbers = [attributes.get(f"{space} id", "") for space in (OFFICE, STRICT)]
                number = next(filter(None, numbers), "")
                self.sheets[name] = number, attributes.get("state", "visible")


def _lengths(data: bytes) -> list[int]:
    """How long each of the shared texts of an .xlsx is."""
    found: list[int] = []
    parser = expat.ParserCreate()

    def start(tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            found.append(0)

    def text(text: str) -> None:
        if found:
            found[-1] += len(text)

    parser.CharacterDataHandler = text
    _parse(data, start, parser)
    return found


class _Extent:
    """How far the sheets of a part reach: cells with something in them, repeats unfolded.

    `errors`: by sheet, cells whose formula has no result. The sheet of an .xlsx has no name here.
    """

    def __init__(self, parser: expat.XMLParserType, room: _Room) -> None:
        self.errors: dict[str, set[tuple[int, int]]] = {}
        self.hidden: dict[str, tuple[int, int]] = {}
        """By sheet, how many rows with something in them and how many columns are hidden."""
        self.twice = 0
        """Of an .xlsx, a row that several elements claim."""
        self._room = room
        self._hidden_columns: list[tuple[int, int]] = []
        self._hidden_rows = self._columns = 0
        self._hides = False
        self._parser = parser
        self._sheet = ""
        self._type = self._index = ""
        self._formula = self._result = self._holds = False
        self._number = 1
        """Of the element of a row of an .xlsx where we are."""
        self._claimed = bytearray()
        """By the number of a row: 1 where an element had cells in it."""
        self._claims = 0
        """The row in which the element where we are has its cells; 0: not known yet."""
        self._columns_here: set[int] = set()
        self.row = self.column = 0
        self.last_row = self.last_column = 0
        self._repeated = 0
        self._times = self._length = 0
        """Of a cell of an .ods: how often it stands beside itself, and how long it is."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins. In one piece: each tag is one case of the same state."""
        name = tag.rpartition(":")[2]
        if name in LAYOUT:
            self._hide(name, _plain(attributes))
        match name:
            case "sheetData" | "table":
                self._sheet_is_over()
                self.row = self.column = self._repeated = 0
                self._sheet = attributes.get("table:name", "")
                if self._sheet and self._sheet in self.errors:
                    raise BadRequest(SAME_NAME, sheet=self._sheet)
                self.errors.setdefault(self._sheet, set())
            case "row":
                said = int(attributes.get("r", 0))
                self._number = said or self._number
                self._claims, self.column, self._columns_here = said, 0, set()
            case "c":
                self._xlsx_cell(attributes.get("r", ""))
                self._type, self._index = attributes.get("t", ""), ""
                self._formula = self._result = self._holds = False
                if self._type == "s":
                    self._parser.CharacterDataHandler = self._index_text
            case "f" if self.column:
                self._formula = True
                if self._type != "s":
                    self._parser.CharacterDataHandler = self._text
            case "v" | "is":
                self._filled(self.row, self.column)
                self._holds, self._index = True, ""
                # Excel writes an empty text that a formula gives as “str” with an empty value.
                self._result = self._result or self._type == "str"
            case _:
                self._start_ods(name, attributes)

    def _start_ods(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table-row":
                self.row += self._repeated
                self._repeated = _repeats(attributes, "number-rows-repeated")
                self.column = 0
            case "table-cell" | "covered-table-cell":
                self._times = _repeats(attributes, "number-columns-repeated")
                self.column += self._times
                self._holds = False
                plain = _plain(attributes)
                self._length = sum(len(value) for key, value in plain.items() if key in VALUES)
                self._parser.CharacterDataHandler = self._hear
                types = [value for key, value in attributes.items() if key.endswith(":value-type")]
                if types:
                    self._holds = True
                    self._filled(self.row + self._repeated, self.column)
                if "error" in types or ("formula" in plain and not types):  # LibreOffice: calcext
                    self._without_result(self._repeated, self._times)
            case "p":  # a text without a type
                if self.column:
                    self._holds = True
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
        """An element is over: of a cell all is known."""
        match tag.rpartition(":")[2]:
            case "f":
                self._result = False  # what was heard was the formula
            case "row":
                self._number += 1
            case "c":
                self._parser.CharacterDataHandler = None
                if self._type == "e" or (self._formula and not self._result):
                    self.row -= 1
                    self._without_result(1, 1)
                    self.row += 1
                    self._holds = True
                if self._holds:
                    self._claim()
                at = int(self._index) if self._index.strip().isdecimal() else -1
                if 0 <= at < len(self._room.strings):
                    self._room.take_text(self._room.strings[at])
            case "table-cell" | "covered-table-cell":
                self._parser.CharacterDataHandler = None
                if self._holds:
                    self._room.take_text(self._length * self._times * self._repeated)

    def _claim(self) -> None:
        """A cell of an .xlsx holds something. It is in the row of its element, and alone there."""
        if not self._columns_here:
            self._claims = self._claims or self.row
            if self._claims >= len(self._claimed):
                self._claimed.extend(bytes(self._claims + 1 - len(self._claimed)))
            if self._claimed[self._claims]:
                self.twice = self.twice or self._claims
            self._claimed[self._claims] = 1
        if self.row != self._claims or self.column in self._columns_here:
            self.twice = self.twice or self.row
        self._columns_here.add(self.column)

    def finish(self) -> None:
        """The part is over."""
        self._count_hidden()
        self._sheet_is_over()

    def _sheet_is_over(self) -> None:
        self._must_fit()
        self._room.cells -= self.last_row * self.last_column
        self.last_row = self.last_column = 0

    def _count_hidden(self) -> None:
        """The sheet is over: of hidden columns those count that it reaches."""
        columns = sum(
            max(min(last, self.last_column) - first + 1, 0) for first, last in self._hidden_columns
        )
        self.hidden[self._sheet] = (self._hidden_rows, columns)
        self._hidden_columns, self._hidden_rows, self._columns = [], 0, 0

    def _text(self, text: str) -> None:
        self._result = self._result or bool(text.strip())

    def _index_text(self, text: str) -> None:
        self._index += text
        self._text(text)

    def _hear(self, text: str) -> None:
        self._length += len(text)

    def _without_result(self, rows: int, columns: int) -> None:
        """The cell where we are, in so many rows below `row` and columns up to `column`."""
        self._filled(self.row + rows, self.column)
        self._room.errors -= rows * columns
        if self._room.errors < 0:
            raise BadRequest(NO_RESULTS, most=MOST_ERRORS)
        self.errors.setdefault(self._sheet, set()).update(
            (self.row + row + 1, self.column - column)
            for row in range(rows)
            for column in range(columns)
        )

    def _xlsx_cell(self, reference: str) -> None:
        if match := REFERENCE.fullmatch(reference):
            column = 0
            for letter in match[1]:
                column = column * 26 + ord(letter) - 64
            self.row, self.column = int(match[2]), column
        else:
            self.row, self.column = self._number, self.column + 1

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
        if self.last_row * self.last_column > self._room.cells:
            raise BadRequest(TOO_BIG)


def _plain(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes by their names alone, whatever prefix stands before them."""
    return {key.rpartition(":")[2]: value for key, value in attributes.items()}


def _repeats(attributes: Mapping[str, str], name: str) -> int:
    """How often an .ods repeats what is here; under two prefixes it may say so twice."""
    said = [int(value) for key, value in attributes.items() if key.rpartition(":")[2] == name]
    return max(said, default=1)


def _measure(data: bytes, room: _Room) -> Sheets:
    """The sheets of a part that is not too large."""
    parser = expat.ParserCreate()
    extent = _Extent(parser, room)
    parser.EndElementHandler = extent.end
    _parse(data, extent.start, parser)
    extent.finish()
    return {
        name: MeasuredSheet(frozenset(cells), *extent.hidden.get(name, (0, 0)), twice=extent.twice)
        for name, cells in extent.errors.items()
    }


def _parse(
    data: bytes, start: Callable[[str, dict[str, str]], None], parser: expat.XMLParserType
) -> None:
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise BadRequest(NOT_WORKBOOK) from None


def _refuse_entities(*_: object) -> None:
    """No spreadsheet declares any; they are how a small document unfolds into a large one."""
    raise BadRequest(NOT_WORKBOOK)
