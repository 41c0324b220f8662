"""The folder with uploaded lists: private files, each of one import job, gone when that is over.

Which folder a file lies in is told by a mark in the folder itself, so that several processes, or
machines, that share it are known to, and those with a folder of their own under the same path are
not. Whoever works on a file holds a lock of the system on it: a lock that can be had says that
nobody does, however the last one ended.
"""

import hashlib
import html
import io
import os
import re
import secrets
import shutil
import time
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from alerting import private_files
from alerting.domain.recipient import mentions

try:
    import fcntl
except ImportError:  # Windows has no flock: one process serves there, see `_working`
    fcntl = None  # type: ignore[assignment]

MARK = ".mark"
REJECTED = ".rejected.csv"
MARK_CHARS = 32
SPARE_BYTES = 200_000_000
"""Room that uploads leave on the disk."""
STRAY_AFTER = 86_400.0
"""Seconds after which a file that no job knows, and nobody writes to any more, is deleted: what a
killed process was receiving. It may be of another installation, whose imports take less."""
SCANNED_BYTES = 20_000_000
"""Files up to this size are read through when somebody named in them is removed."""
UNFOLDED_BYTES = 50_000_000
"""Of a workbook; an import refuses one that unfolds to more."""
CELL = re.compile(r"</?(?:\w+:)?(?:c|si|v|is|p|table-cell|row)(?=[\s/>])")
"""Where a cell of a workbook begins or ends; the rest of its tags format parts of its text."""
TAG = re.compile(r"<[^<>]*>")

_working: set[Path] = set()
"""The files this process works on."""


class ImportFile:
    """A file that is arriving: written part by part, hashed on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, private_files.FILE)
        self._file = os.fdopen(handle, "wb")

    @property
    def number(self) -> str:
        """Of the job it will be."""
        return self.path.name

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Add a part. Raises OSError where the disk takes no more."""
        self._digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def finish(self) -> None:
        """All of it is here, and on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """It is not wanted."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class ImportFolder:
    """The files of import jobs; made where it is missing."""

    def __init__(self, path: Path) -> None:
        """Raises OpenToOthers where others could put their files there, OSError where none can."""
        private_files.folder(path)
        self._path = path
        private_files.write_new(path / MARK, secrets.token_hex(MARK_CHARS // 2).encode())
        self.mark = (path / MARK).read_text("ascii")
        """What tells this folder from any other."""

    def upload(self) -> ImportFile:
        """A new file."""
        return ImportFile(self._path / secrets.token_urlsafe(24))

    def has_room_for(self, size: int) -> bool:
        """Whether so many bytes fit on the disk, and leave some."""
        return shutil.disk_usage(self._path).free >= size + SPARE_BYTES

    def path_of(self, number: str) -> Path:
        """Where the list itself is."""
        return self._path / number

    def rejected_path(self, number: str) -> Path:
        """Where its rows with errors are, as a list to correct."""
        return self._path / f"{number}{REJECTED}"

    def remove(self, number: str) -> None:
        """Delete all that is kept of a job."""
        self.path_of(number).unlink(missing_ok=True)
        self.rejected_path(number).unlink(missing_ok=True)

    def remove_strays(self, known: Collection[str], over: Collection[str]) -> None:
        """Delete files of jobs that are over, and those that are no job's and nobody writes to."""
        for path in self._path.iterdir():
            number = path.name.removesuffix(REJECTED)
            if path.name == MARK or number in known:
                continue
            with suppress(FileNotFoundError):
                if number in over or path.stat().st_mtime < time.time() - STRAY_AFTER:
                    path.unlink()

    @contextmanager
    def working_on(self, number: str) -> Iterator[bool]:
        """Whether nobody else works on a file, which nobody then may until the block ends."""
        path = self.path_of(number)
        if path in _working:
            yield False
            return
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            yield True  # there is nothing to work on, which is for whoever asks to say
            return
        _working.add(path)
        try:
            yield _locked(handle)
        finally:
            _working.discard(path)
            os.close(handle)

    def names(self, number: str, addresses: Sequence[str]) -> bool:
        """Whether the files of a job hold one of these addresses; large ones are not read for it.

        See SCANNED_BYTES.
        """
        for path in (self.path_of(number), self.rejected_path(number)):
            try:
                small = path.stat().st_size <= SCANNED_BYTES
                if small and holds(path.read_bytes(), addresses):
                    return True
            except FileNotFoundError:
                continue
        return False


def _locked(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def holds(content: bytes, addresses: Iterable[str]) -> bool:
    """Whether a file holds one of these addresses, in any encoding; of a workbook, packed in it."""
    wanted = tuple(addresses)
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _workbook_holds(content, wanted)
    # Without their zeros, letters of ASCII in UTF-16 are those of every other encoding.
    plain = content.replace(b"\0", b"").decode("latin-1")
    return mentions(f"{plain}\n{content.decode(errors='ignore')}", wanted)


def _workbook_holds(content: bytes, addresses: Sequence[str]) -> bool:
    """One that unfolds to more than an import reads, or is locked, counts as one that does."""
    left = UNFOLDED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    return True
                text = html.unescape(TAG.sub("", CELL.sub("\n", data.decode(errors="ignore"))))
                if mentions(text, addresses):
                    return True
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        return True
    return False
