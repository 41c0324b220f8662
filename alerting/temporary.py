"""What is too long for memory, in temporary files: closed to other users, gone with the process.

The files have no name once they are open, so that nothing stays of them, however the process ends.
Each is used by one thread at a time. They lie where `tempfile` puts them (TMPDIR).
"""

import pickle
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import IO, TypeVar, overload

T = TypeVar("T")

PART = 500
"""Items of a list that are written and read together."""
KEPT_KEYS = 20_000
"""Keys in memory, some megabytes, before a file is made."""
CACHE_KB = 4_000
DIGEST = 16
"""Bytes of a key that are kept in a file: two keys with the same are never seen."""


class DiskList(Sequence[T]):
    """Items in the order in which they were added; all but the newest few are in a file."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._file: IO[bytes] | None = None
        self._ends = [0]
        self._last: list[T] = []
        self._read: tuple[int, list[T]] = (-1, [])
        self.extend(items)

    def append(self, item: T) -> None:
        """Add one."""
        self._last.append(item)
        if len(self._last) == PART:
            self._write()

    def extend(self, items: Iterable[T]) -> None:
        """Add several."""
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return (len(self._ends) - 1) * PART + len(self._last)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[T, ...]: ...
    def __getitem__(self, at: int | slice) -> T | tuple[T, ...]:
        if isinstance(at, slice):
            return tuple(self[one] for one in range(*at.indices(len(self))))
        at = range(len(self))[at]
        return self._part(at // PART)[at % PART]

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._ends)):
            yield from self._part(number)

    def _part(self, number: int) -> list[T]:
        if number == len(self._ends) - 1 or self._file is None:
            return self._last
        if self._read[0] != number:
            begin, end = self._ends[number : number + 2]
            self._file.seek(begin)
            # Written by this process, into a file that nobody else can open.
            self._read = number, pickle.loads(self._file.read(end - begin))  # noqa: S301
        return self._read[1]

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="alerting-")  # noqa: SIM115  closed below
            weakref.finalize(self, self._file.close)
        self._file.seek(self._ends[-1])
        self._file.write(pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL))
        self._ends.append(self._file.tell())
        self._last = []


class DiskKeys:
    """Keys, each with a whole number of 64 bits; many are in a file."""

    def __init__(self) -> None:
        self._few: dict[str, int] = {}
        self._many: sqlite3.Connection | None = None

    def setdefault(self, key: str, value: int) -> int:
        """The number of a key; `value`, from now on, where it is not there yet."""
        if self._many is None:
            found = self._few.setdefault(key, value)
            if len(self._few) > KEPT_KEYS:
                self._move()
            return found
        statement = "INSERT INTO key VALUES (?, ?) ON CONFLICT DO NOTHING"
        if self._many.execute(statement, (_digest(key), value)).rowcount:
            return value
        return self.get(key, value)

    def get(self, key: str, otherwise: int) -> int:
        """The number of a key; `otherwise` where it is not there."""
        if self._many is None:
            return self._few.get(key, otherwise)
        statement = "SELECT value FROM key WHERE digest = ?"
        row = self._many.execute(statement, (_digest(key),)).fetchone()
        return int(row[0]) if row else otherwise

    def __contains__(self, key: str) -> bool:
        return bool(self.get(key, 0) or self.get(key, 1) == 0)

    def clear(self) -> None:
        """Forget all of them."""
        if self._many is not None:
            self._many.close()
        self._few, self._many = {}, None

    def _move(self) -> None:
        # Without a name it is a database of SQLite's own, in a file that is gone when it is closed.
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, connection.close)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        connection.execute(
            "CREATE TABLE key (digest BLOB PRIMARY KEY, value INTEGER) WITHOUT ROWID"
        )
        connection.execute("BEGIN")
        rows = ((_digest(key), value) for key, value in self._few.items())
        connection.executemany("INSERT INTO key VALUES (?, ?)", rows)
        self._few, self._many = {}, connection


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()
