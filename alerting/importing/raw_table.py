"""Rows as a file holds them, before anybody knows what its columns mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from alerting.domain.text.i18n import msgid

LONGEST_FIELD = 10_000
"""Characters in one cell."""
MAX_COLUMNS = 200
REPLACED = "\ufffd"
"""What stands for bytes that are no text in the encoding of the file."""
HEAD_ROWS = 20
"""The headings are looked for in so many rows; a title may stand above them."""

FORMULA_ERROR = "#N/A"
"""Stands for a cell whose formula has no result."""
ERRORS = re.compile(
    r"#(?:N/A|N/B|NV|N/D|NA|REF!|REF|VERW!|BEZUG!|VALUE!|VALEUR!|WAARDE!|WERT!|NAME\?|NAAM\?|NOM\?"
    r"|DIV/0!|DEEL/0!|NUM!|NOMBRE!|GETAL!|ZAHL!|NULL!|NUL!|LEEG!|SPILL!|CALC!|FIELD!|BLOCKED!)"
    r"|Err:[0-9]{3}"
)
"""How Excel and LibreOffice show an error in four languages, as a CSV file holds it too."""

TOO_WIDE = msgid("The file has more than {most} columns: keep only the list itself")


class CellType(StrEnum):
    """What a spreadsheet made of what somebody typed into a cell, where it is no text any more."""

    NUMBER = "number"
    DATE = "date"
    ERROR = "error"
    """A formula with an error, or whose result the file does not hold."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row. `number` is the one a spreadsheet shows, from 1.

    `problem` is a message id where the row cannot be trusted, with `facts` for its fields.
    """

    number: int
    cells: tuple[str, ...]
    types: Mapping[int, CellType] = field(default_factory=dict)
    """Position of a cell, from 0 -> its type, for cells that are no text."""
    problem: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[int, int] = (0, 0)
    """The first and the last line of a CSV file that it takes up."""

    @property
    def filled(self) -> int:
        """How many cells hold anything."""
        return sum(bool(cell.strip()) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a file is written, as it was found out."""

    format: str
    """csv, xlsx or ods."""
    encoding: str = ""
    """Of a CSV file, as Python calls it."""
    or_encoding: str = ""
    """Another in which its letters look as much like words."""
    delimiter: str = ""
    sheet: str = ""
    """Of a workbook: the sheet with the headings."""
    hidden: bool = False
    """Whether a spreadsheet does not show that sheet."""
    hidden_rows: int = 0
    """Rows of that sheet that hold something and are not shown, by a filter for instance."""
    hidden_columns: int = 0


class RawTable(Protocol):
    """A file whose rows can be read, from the first, as often as needed, in bounded memory."""

    form: FileForm

    def rows(self) -> Iterator[RawRow]:
        """Every row, empty ones too."""
        ...
