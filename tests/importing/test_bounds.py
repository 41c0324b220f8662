"""A CSV file is read as a stream: however long it is, only a few lines of it are in memory."""

import gc
import io
import tracemalloc

import pytest

from alerting import temporary
from alerting.domain.errors import BadRequest
from alerting.domain.recipient import Recipient, RowFinding
from alerting.importing.csv_table import LONGEST_LINE
from alerting.importing.table import Row, open_table
from tests.importing.reading import read

HEAD = b"reference;langue;commune;gsm;remarques\n"
ROW = b'R;fr;"Namur";0470001101;"deux\nlignes"\n'
REQUIRED = ("language", "municipality")


class Repeated(io.RawIOBase):
    """A file of the same row many times, which is nowhere in memory."""

    def __init__(self, times: int) -> None:
        self._length = len(HEAD) + times * len(ROW)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, at: int, whence: int = 0) -> int:
        assert whence == 0
        self._at = at
        return at

    def read(self, size: int = -1) -> bytes:
        """The bytes from here on, made as they are asked for."""
        size = min(size if size >= 0 else 1 << 16, self._length - self._at)
        inside = self._at - len(HEAD)
        first = max(inside, 0) // len(ROW)
        start = (len(HEAD) + first * len(ROW)) if inside >= 0 else 0
        made = (HEAD if inside < 0 else b"") + ROW * (size // len(ROW) + 2)
        chunk = made[self._at - start : self._at - start + size]
        self._at += len(chunk)
        return chunk


def test_a_long_file_is_read_in_bounded_memory() -> None:
    stream = Repeated(10_000)
    tracemalloc.start()
    table = open_table(stream, required=REQUIRED)  # type: ignore[arg-type]
    count = last = 0
    for row in table.rows():
        count += not row.problem
        last = row.number
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, last) == (10_000, 10_001)
    assert peak < 2_000_000


@pytest.mark.parametrize("data", [b"x" * LONGEST_LINE, b'"' + b"x" * LONGEST_LINE])
def test_a_line_without_end_is_no_list(data: bytes) -> None:
    with pytest.raises(BadRequest):
        read(HEAD + data)


def test_a_quotation_mark_that_stays_open_costs_no_more_than_fifty_lines() -> None:
    rows = b'"\n' * 2_001
    intake = read(HEAD + rows)
    assert len(intake.rejected) <= 2_001
    assert not intake.people


def test_rows_that_were_read_are_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither people nor faults nor remarks, though every row has something of each kind."""
    monkeypatch.setattr(temporary, "PART", 10)
    rows = "".join(f"R{n};fr;Namur;47000{n:04}\nB{n};fr;Namur;1\n" for n in range(300))
    intake = read(f"reference;langue;commune;gsm\n{rows}")
    kinds = (Recipient, RowFinding, Row)
    here = sum(isinstance(one, kinds) for one in gc.get_objects())
    assert (len(intake.people), len(intake.faults), len(intake.remarks)) == (300, 300, 300)
    assert here < 10 * 10
