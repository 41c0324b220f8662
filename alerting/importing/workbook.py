"""A workbook (.xlsx of Excel, .ods of LibreOffice), read by a process of its own.

What opens workbooks is a library in Rust that ends its process where memory runs out, and a file of
some kilobytes can ask for gigabytes. So `alerting.importing.workbook_reader` reads it, bounded in
memory, time and in what it writes; its rows come back in a temporary file, and are believed only
when it has ended well.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.importing.headings import named
from alerting.importing.raw_table import CellType, FileForm, RawRow
from alerting.importing.workbook_reader import NO_SHEET

PROGRAM: tuple[str, ...] = ("-m", "alerting.importing.workbook_reader")
LONGEST_READING = 600.0
"""Seconds; on a machine that has other work it waits more than it computes (MOST_SECONDS)."""
ENVIRONMENT = ("PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")
"""What the reader is told of ours: none of the secrets."""

OLD_WORKBOOK = msgid(
    "The file is a workbook in an old format or is protected by a password: save it as .xlsx or CSV"
)
NOT_FINISHED = msgid(
    "The workbook could not be read: it is damaged, or reading it takes too much memory or time. "
    "Save only the list, as CSV"
)


def is_workbook(start: bytes) -> bool:
    """Whether a file that starts so is a workbook; BadRequest for the kinds that are not read."""
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadRequest(OLD_WORKBOOK)
    return start.startswith(b"PK\x03\x04")


class WorkbookFile:
    """The sheet of a workbook that holds a list: the one with headings for the fields `needed`.

    Raises BadRequest where there is none, where there are two, and where reading the workbook
    takes too much, crashes, or does not end.
    """

    def __init__(self, stream: BinaryIO, needed: Sequence[str]) -> None:
        self._rows = tempfile.TemporaryFile(prefix="alerting-")  # noqa: SIM115  closed below
        weakref.finalize(self, self._rows.close)
        with tempfile.TemporaryFile(prefix="alerting-") as packed:
            stream.seek(0)
            shutil.copyfileobj(stream, packed)
            packed.seek(0)
            self._run(packed, needed)
        self._rows.seek(0)
        head = json.loads(self._rows.readline())
        self._begin = self._rows.tell()
        if "refused" in head:
            facts = {"columns": named(needed)} if head["refused"] == NO_SHEET else head["facts"]
            raise BadRequest(head["refused"], **facts)
        self.form = FileForm(**head)

    def _run(self, packed: BinaryIO, needed: Sequence[str]) -> None:
        """Have it read; the process is gone afterwards, whatever came of it."""
        try:
            ended = subprocess.run(
                [sys.executable, *PROGRAM, *needed],
                stdin=packed,
                stdout=self._rows,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
                timeout=LONGEST_READING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BadRequest(NOT_FINISHED) from None
        if ended.returncode:
            raise BadRequest(NOT_FINISHED)

    def rows(self) -> Iterator[RawRow]:
        """Every row from the first, as a spreadsheet counts them."""
        self._rows.seek(self._begin)
        for line in self._rows:
            number, cells, types = json.loads(line)
            kinds = {int(at): CellType(kind) for at, kind in types.items()}
            yield RawRow(number, tuple(cells), kinds)
