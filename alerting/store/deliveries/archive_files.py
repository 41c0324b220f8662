"""Files with the deliveries of old sendings: written whole or not at all, and verified.

In a folder of this installation, for its own user only (0600). A file is named by its content, so
that two of one sending never take each other's place.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from alerting import private_files
from alerting.domain.delivery_archive import ArchivedDelivery

try:
    import fcntl
except ImportError:  # Windows has no flock: what is archived there is archived by one process
    fcntl = None  # type: ignore[assignment]

PIECE = 1 << 20
"""Bytes that are read at once."""
NAMED_BY = 16
"""Digits of the hash in the name of a file."""
LOCK = ".lock"


class ArchiveContent(NamedTuple):
    """What a file holds."""

    sha256: str
    lines: int
    size: int
    """In bytes."""


class ArchiveFile:
    """A file being written; it has no name of its own before `finish`."""

    def __init__(self, folder: Path, title: str) -> None:
        self._folder, self._title = folder, title
        handle, name = tempfile.mkstemp(prefix=f".{title}-", dir=folder)  # makes it 0600
        self._beside = Path(name)
        self._target = os.fdopen(handle, "wb")
        self._hash = hashlib.sha256()
        self._lines = self._size = 0

    def write(self, deliveries: Iterable[ArchivedDelivery]) -> None:
        """Add a line for each."""
        for line in (archived_delivery.line() for archived_delivery in deliveries):
            self._lines += 1
            self._size += self._target.write(line)
            self._hash.update(line)

    def finish(self) -> tuple[str, ArchiveContent]:
        """Its name and what it holds, once it is on the disk and was read back from there.

        Raises OSError where what was read is not what was written.
        """
        self._target.flush()
        os.fsync(self._target.fileno())
        self._target.close()
        content = ArchiveContent(self._hash.hexdigest(), self._lines, self._size)
        if content_of(self._beside) != content:
            raise OSError(f"{self._beside} is not what was written")
        name = f"{self._title}-{content.sha256[:NAMED_BY]}.jsonl"
        self._beside.replace(self._folder / name)
        _sync_folder(self._folder)
        return name, content

    def discard(self) -> None:
        """Delete it, unless it was finished; on a full disk too, where closing it fails."""
        self._beside.unlink(missing_ok=True)
        with suppress(OSError):
            self._target.close()


def content_of(path: Path) -> ArchiveContent:
    """What is in a file; raises OSError where it cannot be read."""
    hash_, lines, size = hashlib.sha256(), 0, 0
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            hash_.update(piece)
            lines += piece.count(b"\n")
            size += len(piece)
    return ArchiveContent(hash_.hexdigest(), lines, size)


def is_as_recorded(path: Path, content: ArchiveContent) -> bool:
    """Whether a file is there and holds what was recorded of it."""
    with suppress(OSError):
        return content_of(path) == content
    return False


def read_from(path: Path, begin: int, *, lines: int) -> tuple[list[bytes], int]:
    """At most so many lines from a byte on, and the byte behind the last."""
    with path.open("rb") as source:
        source.seek(begin)
        found = [line for _, line in zip(range(lines), source, strict=False)]
    return found, begin + sum(map(len, found))


def lock_folder(folder: Path) -> IO[bytes] | None:
    """The lock of this folder until it is closed; None where another process here has it.

    The folder is made where it is missing.
    """
    private_files.folder(folder)
    private_files.file(folder / LOCK)
    buffered_reader = (folder / LOCK).open("rb")
    try:
        if fcntl is not None:
            fcntl.flock(buffered_reader, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        buffered_reader.close()
        if isinstance(error, BlockingIOError):
            return None
        raise
    return buffered_reader


def drop_unfinished(folder: Path, title: str) -> None:
    """Delete what a process that was killed had begun to write. Only with the lock."""
    for left in folder.glob(f".{title}-*"):
        left.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the name on the disk too, where folders can be opened for that (not on Windows)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
