"""A CSV file as a spreadsheet saves it: encoding, delimiter and quotes found out, not asked.

It is read as a stream: a first pass over the bytes finds the encoding, a second gives the rows,
each in bounded memory, however long the file is.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.raw_table import (
    HEAD_ROWS,
    LONGEST_FIELD,
    MAX_COLUMNS,
    REPLACED,
    TOO_WIDE,
    FileForm,
    RawRow,
)

DELIMITERS = ";,\t|"
LONGEST_LINE = 100_000
"""Characters in one line of the file."""
MOST_LINES = 50
"""Lines in one cell; a quotation mark that is open for longer was never meant to be."""
FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
"""What begins one, also as wide letters and behind blanks, which some spreadsheets pass over."""
CHUNK_BYTES = 1 << 16
INSIDE = re.compile(r'(?:[^"]++|"")*+')
"""What stands between the quotation marks of a cell."""
SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line that tells Excel the delimiter."""
AS_TEXT = re.compile(r'="([^"]*)"')
"""How exports keep Excel from making a number of a text."""

LETTER_WEIGHTS: Mapping[str, int] = {
    **dict.fromkeys("é", 12), **dict.fromkeys("è", 4), **dict.fromkeys("ëüöäêàçïôîâûùœß", 2),
    **dict.fromkeys("ÉÈËÜÖÄÊÀÇÏÔÎÂ", 1),
}  # fmt: skip
"""How much a letter speaks for the code page in which it appears."""
CODE_PAGES = ("cp1252", "cp850", "mac_roman")
"""Windows, “CSV (MS-DOS)”, and Excel on a Macintosh; the first wins where all are equal, and that
another is as likely is said."""
MACINTOSH = ("mac_roman", "cp1252")
IN_UTF_8 = re.compile("[À-ſ‘’“”–€]")
RARELY = 10

NOT_TEXT = msgid("The file is not a CSV file: save it from the spreadsheet as “CSV UTF-8”")
EMPTY = msgid("The file is empty")
LONG_LINE = msgid("Line {line} has more than {most} characters: the file is not a list")
NOT_CLOSED = msgid("the quotation mark in line {line} of the file is not closed correctly")
LONG_CELL = msgid("a cell has more than {most} characters")


class CsvFile:
    """A CSV file in a stream that can be read again from its start.

    `recognised` tells how many of some cells are headings: the delimiter is the one that shows
    most. Raises BadRequest for what is no text.
    """

    def __init__(self, stream: BinaryIO, recognised: Callable[[Sequence[str]], int]) -> None:
        self._stream = stream
        encoding, other = _encoding(stream)
        self.form = FileForm("csv", encoding, other)
        lines = [line for line, _ in zip(self._lines(), range(HEAD_ROWS), strict=False)]
        declared = SEPARATOR.fullmatch(lines[0].rstrip("\r\n")) if lines else None
        if not any(line.strip() for line in lines):
            raise BadRequest(EMPTY)
        self._skipped = int(declared is not None)
        self._headings_at = 0
        self._reads_as_row: Callable[[Sequence[str], bool], bool] = lambda cells, inside: False
        delimiter = declared[1] if declared else _delimiter(lines, recognised)
        self.form = FileForm("csv", encoding, other, delimiter)

    def expect(self, headings_at: int, reads_as_row: Callable[[Sequence[str], bool], bool]) -> None:
        """Know how rows below the headings look, so that none is taken for a line of a cell.

        `reads_as_row` is given the cells of a line, and whether it stands inside a cell.
        """
        self._headings_at, self._reads_as_row = headings_at, reads_as_row

    def rows(self) -> Iterator[RawRow]:
        """Every row; one whose quotation marks are not right is given with that problem, and the
        lines after it are read as if it were not there."""
        delimiter = self.form.delimiter
        lines, waiting = enumerate(self._lines(), 1), deque[tuple[int, str]]()
        for _ in range(self._skipped):
            next(lines)
        width = number = 0
        while (found := _next(waiting, lines)) is not None:
            number += 1
            at, line = found
            taken = [line]
            splitter = RowSplitter(delimiter)
            cells = splitter.feed(line)
            while cells is None and len(taken) < MOST_LINES:
                if (more := _next(waiting, lines)) is None:
                    break
                taken.append(more[1])
                cells = splitter.feed(more[1])
            below = number > self._headings_at > 0
            if cells and not (len(taken) > 1 and self._swallows(cells, taken, width, below=below)):
                width = max(width, len(cells))
                yield replace(_row(number, cells), lines=(at, at + len(taken) - 1))
            else:
                waiting.extendleft(
                    reversed([(at + n, text) for n, text in enumerate(taken[1:], 1)])
                )
                plain = tuple(line.rstrip("\r\n").split(delimiter)[:MAX_COLUMNS])
                yield RawRow(number, plain, problem=NOT_CLOSED, facts={"line": at})

    def _swallows(
        self, cells: Sequence[str], taken: Sequence[str], width: int, *, below: bool
    ) -> bool:
        """Whether a row of several lines holds what looks like rows of its own."""
        delimiter = self.form.delimiter
        inside = [line for cell in cells for line in cell.splitlines()[1:]]
        if any(line.count(delimiter) >= max(1, width // 2) for line in inside):
            return True
        if not below:
            return False
        if any(self._reads_as_row(line.split(delimiter), True) for line in inside):
            return True
        # A mark may open in one row and close in the next, in the middle of both.
        rows = [self._reads_as_row(line.split(delimiter), False) for line in taken]
        return sum(rows) > 1

    def _lines(self) -> Iterator[str]:
        self._stream.seek(0)
        text = io.TextIOWrapper(self._stream, self.form.encoding, errors="replace", newline="")
        try:
            number = 0
            while line := text.readline(LONGEST_LINE):
                number += 1
                if len(line) >= LONGEST_LINE:
                    raise BadRequest(LONG_LINE, line=number, most=LONGEST_LINE)
                yield line
        finally:
            text.detach()


class RowSplitter:
    """Splits a row as RFC 4180 writes it, line by line, each character looked at once."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._cells: list[str] = []
        self._quoted: list[str] | None = None
        """What was read of a cell whose quotation mark is open."""

    def feed(self, line: str) -> list[str] | None:
        """The cells after one more line; None while a quotation mark is open.

        An empty list: a quotation mark closes where no cell ends.
        """
        body = line.removesuffix("\n").removesuffix("\r")
        if self._quoted is None and '"' not in body:
            return body.split(self._delimiter)
        at = 0
        while True:
            if self._quoted is not None or body.startswith('"', at):
                begin = at if self._quoted is not None else at + 1
                inside = INSIDE.match(body, begin)
                end = inside.end() if inside else begin
                quoted = self._quoted = self._quoted or []
                if end >= len(body):
                    quoted.append(body[begin:] + line[len(body) :])
                    return None
                quoted.append(body[begin:end])
                self._cells.append("".join(quoted).replace('""', '"'))
                self._quoted = None
                at = end + 1
                while body.startswith(" ", at):
                    at += 1
                if at < len(body) and body[at] != self._delimiter:
                    return []
            else:
                end = body.find(self._delimiter, at)
                end = len(body) if end < 0 else end
                self._cells.append(body[at:end])
                at = end
            if at >= len(body):
                return self._cells
            at += 1


def split_row(text: str, delimiter: str) -> list[str] | None:
    """The cells of a row, as RowSplitter gives them."""
    return RowSplitter(delimiter).feed(text)


def write_rows(rows: Iterable[Sequence[str]]) -> str:
    """CSV with `;`, as Belgian spreadsheets expect it; cells cannot become formulas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
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


def plain(cell: str) -> str:
    """A cell without what only keeps spreadsheets from changing it; every blank is one space."""
    text = " ".join(cell.split())
    if match := AS_TEXT.fullmatch(text):
        return match[1].strip()
    if text[:1] == "'" and text[1:2] and text[1] in FORMULA:
        return text[1:].lstrip()
    return text


def _next(
    waiting: deque[tuple[int, str]], lines: Iterator[tuple[int, str]]
) -> tuple[int, str] | None:
    return waiting.popleft() if waiting else next(lines, None)


def _row(number: int, cells: Sequence[str]) -> RawRow:
    if len(cells) > MAX_COLUMNS and any(cell.strip() for cell in cells[MAX_COLUMNS:]):
        raise BadRequest(TOO_WIDE, most=MAX_COLUMNS)
    if any(len(cell) > LONGEST_FIELD for cell in cells):
        short = tuple(cell[:LONGEST_FIELD] for cell in cells)
        return RawRow(number, short, problem=LONG_CELL, facts={"most": LONGEST_FIELD})
    return RawRow(number, tuple(cells[:MAX_COLUMNS]))


def _delimiter(lines: Sequence[str], recognised: Callable[[Sequence[str]], int]) -> str:
    def shown(delimiter: str) -> int:
        return max(recognised(split_row(line, delimiter) or ()) for line in lines)

    if best := max(map(shown, DELIMITERS)):
        return next(one for one in DELIMITERS if shown(one) == best)
    return max(DELIMITERS, key=lines[0].count)


def _encoding(stream: BinaryIO) -> tuple[str, str]:
    """The encoding, by its mark, by being UTF-8, or by the letters that it would show; and another
    that shows as much, where there is one."""
    stream.seek(0)
    start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _decodes(stream, "utf-16"):
            return "utf-16", ""
        raise BadRequest(NOT_TEXT)
    if _decodes(stream, "utf-8") or _mostly_utf_8(stream):
        return "utf-8-sig", ""
    high, ends = Counter[int](), set[int]()
    stream.seek(0)
    while chunk := stream.read(CHUNK_BYTES):
        high.update(byte for byte in chunk if byte >= 0x80)
        ends.update(chunk)
    # Only Macintosh programs end a line with CR alone.
    pages = MACINTOSH if ord("\r") in ends and ord("\n") not in ends else CODE_PAGES
    scores = {page: _score(high, page) for page in pages}
    best = max(pages, key=lambda page: scores[page])
    others = [page for page in pages if page != best and scores[page] == scores[best] > 0]
    return best, next(iter(others), "")


def _mostly_utf_8(stream: BinaryIO) -> bool:
    """Whether there are letters in UTF-8 and little that is not.

    Elsewhere two letters are one of UTF-8 by chance, and then hardly one of our languages.

    What is not becomes U+FFFD, and is refused where it stands.
    """
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    letters = wrong = 0
    while chunk := stream.read(CHUNK_BYTES):
        text = decoder.decode(chunk)
        wrong += text.count(REPLACED)
        letters += len(IN_UTF_8.findall(text))
    return letters * RARELY > wrong


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    """Whether all of it is text in this encoding; a NUL is in no text."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(CHUNK_BYTES):
            if "\0" in decoder.decode(chunk):
                raise BadRequest(NOT_TEXT)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if _has_nul(stream):
            raise BadRequest(NOT_TEXT) from None
        return False
    return True


def _has_nul(stream: BinaryIO) -> bool:
    stream.seek(0)
    return any(b"\0" in chunk for chunk in iter(lambda: stream.read(CHUNK_BYTES), b""))


def _score(high: Counter[int], page: str) -> int:
    """How much these bytes look like words of our languages in a code page."""
    letters = {byte: bytes([byte]).decode(page, errors="replace") for byte in high}
    if REPLACED in letters.values():
        return -1
    return sum(LETTER_WEIGHTS.get(letters[byte], 0) * times for byte, times in high.items())
