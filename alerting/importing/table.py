"""A list somebody brings, as CSV or as a workbook: its headings, understood, and its rows."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import BinaryIO

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.csv_table import EMPTY, CsvFile, plain
from alerting.importing.headings import Headings, fields_named, named, read_headings, recognised
from alerting.importing.language_words import read_language
from alerting.importing.raw_table import ERRORS, HEAD_ROWS, CellType, FileForm, RawRow, RawTable
from alerting.importing.workbook import WorkbookFile, is_workbook

NUMBER = re.compile(r"[+0][0-9 ./()-]{8,30}")
ADDRESS_CELLS = 3
"""With fewer cells a line with an address in it may be a remark."""
TITLE_CELLS = 2
"""A row above the headings with more cells filled is no title: somebody may stand in it."""

NO_HEADER = msgid(
    "None of the first {rows} rows has headings for all required columns; missing: {columns}"
)
ROW_ABOVE = msgid(
    "Row {row} is above the headings, which are in row {headings}: move it below them"
)
LONGER = msgid("the row is longer than the headings: “{value}” is in column {column}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the one a spreadsheet shows, the first being 1.

    `problem` is a message id where the row cannot be trusted, with `facts` for its fields.
    """

    number: int
    fields: Mapping[str, str]
    types: Mapping[str, CellType] = field(default_factory=dict)
    """Fields whose cell is no text any more."""
    cells: tuple[str, ...] = ()
    """As they stand in the file."""
    problem: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Fields whose cells the row is too short for: nothing is said of them."""
    lines: tuple[int, int] = (0, 0)
    """The first and the last line of a CSV file that it takes up."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose headings are understood; `rows` reads it in bounded memory."""

    form: FileForm
    headings: Headings
    _source: RawTable
    nameless: set[int] = field(default_factory=set)
    """Columns, from 1, that hold something and have no heading, as far as rows were read."""

    def rows(self) -> Iterator[Row]:
        """Every row below the headings that holds anything."""
        for raw in self._source.rows():
            if raw.number > self.headings.row and (raw.filled or raw.problem):
                yield self._read(raw)

    def _read(self, raw: RawRow) -> Row:
        cells = [plain(cell) for cell in raw.cells]
        fields, at, missing = self.headings.read(cells)
        types: dict[str, CellType] = {}
        for name, places in at.items():
            for index in places:
                cell = cells[index] if index < len(cells) else ""
                if cell[:1] in {"#", "E"} and ERRORS.fullmatch(cell):
                    types[name] = CellType.ERROR
                elif index in raw.types:
                    types.setdefault(name, raw.types[index])
        self.nameless.update(
            at for at in self.headings.nameless if at <= len(cells) and cells[at - 1]
        )
        problem, facts = raw.problem, raw.facts
        if not problem:
            for column, cell in enumerate(cells[self.headings.width :], self.headings.width + 1):
                if cell:
                    problem, facts = LONGER, {"value": cell[:60], "column": column}
                    break
        return Row(raw.number, fields, types, raw.cells, problem, facts, missing, raw.lines)


def open_table(source: bytes | BinaryIO, *, required: Sequence[str]) -> Table:
    """Understand the headings of a list. Raises BadRequest where it is none.

    `source` is read again from its start for the rows. The headings are the first row, of those
    near the beginning, that names every field `required`.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    stream.seek(0)

    def has_required(cells: Sequence[str]) -> bool:
        return fields_named(cells).issuperset(required)

    raw: RawTable
    if is_workbook(stream.read(4)):
        raw = WorkbookFile(stream, required)
    else:
        raw = CsvFile(stream, recognised)
    head = list(islice(raw.rows(), HEAD_ROWS))
    raw_row = next((row for row in head if has_required(row.cells)), None)
    if raw_row is None:
        best = max(head, key=lambda row: recognised(row.cells), default=None)
        if best is None:
            raise BadRequest(EMPTY)
        missing = [name for name in required if name not in fields_named(best.cells)]
        raise BadRequest(NO_HEADER, rows=HEAD_ROWS, columns=named(missing))
    above = [row for row in head if row.number < raw_row.number and row.filled]
    for row in above:
        if row.filled > TITLE_CELLS or row.problem:
            raise BadRequest(ROW_ABOVE, row=row.number, headings=raw_row.number)
    headings = read_headings(raw_row.number, [row.number for row in above], raw_row.cells)
    if isinstance(raw, CsvFile):
        raw.expect(headings.row, partial(_reads_as_row, headings))
    return Table(raw.form, headings, raw)


def _is_address(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None or ("@" in cell and " " not in cell)


def _reads_as_row(headings: Headings, cells: Sequence[str], inside: bool) -> bool:
    """Whether a line is a row: a language stands in its column. Inside a cell, where a line may be
    the rest of a row, a whole telephone number or mail address among others is enough."""
    bare = [plain(cell.replace('"', "")) for cell in cells]
    if inside and len(bare) >= ADDRESS_CELLS and any(map(_is_address, bare)):
        return True
    places = [heading.column - 1 for heading in headings.columns if heading.field == "language"]
    return len(bare) > 1 and any(
        at < len(bare) and read_language(bare[at]) is not None for at in places
    )
