"""A journal of each chunk under way: what was begun, and what providers answered, as it happens.

It is there for a worker that is killed: what it had in memory is gone, what it had written into a
file's pages is not, since those are the kernel's. So nothing is synchronised to the disk, and what
a machine had that lost its power is no complete record, see `LeftJournal.complete`.

One file a chunk, begun before the chunk is leased and emptied for the next when it is settled. Its
room is allocated when it is made and then mapped: noting a message is a copy of some bytes, no
system call, and cannot fail for want of room. The file is locked (flock) by the worker that made
it; a lock that can be had says that this one is gone. No address and no text stands in it.
"""

import errno
import json
import mmap
import os
import stat
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from alerting import private_files
from alerting.domain.channel import Tracking
from alerting.domain.errors import OpenToOthers

try:
    import fcntl
except ImportError:  # Windows has no flock: a worker goes on without journals there
    fcntl = None  # type: ignore[assignment]

VERSION = 1
ENDING = ".journal"
ROOM = 128 * 1024
"""Bytes of a file: several times what a chunk of 500 needs. One that is full is void."""
VOID = b"void"
TIMED_EVERY = 0.1
"""Seconds after which the time is written again: to what answers are timed, read from a journal."""
ABANDONED_AFTER = 60.0
"""Seconds after which a file that was never finished (its name begins with a dot) is deleted."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another for each start of a machine, the same in all of its containers."""

log = structlog.get_logger()


class LeftMessage(NamedTuple):
    """What a journal says of a message that was begun, and not declined."""

    route: str
    tracking: Tracking
    unknown: bool
    """Whether an earlier try may have got through, and no provider could say."""
    accepted_at: datetime | None = None
    reference: str = ""


class LeftJournal(NamedTuple):
    """The journal of a worker that is gone."""

    path: Path
    worker: str
    chunk_id: int
    sending_id: int
    channel: str
    complete: bool
    """Whether what it does not name was not begun: it is of this start of the machine."""
    in_doubt: bool | None
    """Whether the chunk was in doubt when it was leased; None where it had not been leased yet."""
    messages: dict[int, LeftMessage]
    """By recipient; those that were begun."""


class Journal:
    """The journal of one chunk, for whoever sends it."""

    def __init__(self, folder: "JournalFolder", path: Path, handle: int, memory: mmap.mmap) -> None:
        self.path = path
        self.memory = memory
        self.at = 0
        """Where the next line goes."""
        self.chunk_id = 0
        self._folder = folder
        self._handle = handle
        self._timed = 0.0
        self._closed = False
        self._batch: BatchJournal | None = None

    def begin(self, chunk_id: int, header: bytes) -> None:
        """Use an empty file for this chunk. Its first byte comes last: without, it says nothing."""
        self.chunk_id = chunk_id
        self.memory[1 : len(header)] = header[1:]
        self.memory[:1] = header[:1]
        self.at = len(header)
        self._timed = 0.0

    def leased(self, *, in_doubt: bool) -> None:
        """The chunk is ours now."""
        self.write(b"leased in-doubt\n" if in_doubt else b"leased\n")

    def batch(
        self, route: str, tracking: Tracking, numbers: Sequence[int], unknown: Collection[int]
    ) -> "BatchJournal":
        """For the messages of a batch to these recipients, which goes by one route.

        Of those in `unknown`, an earlier try may have got through. Batches go one after the other:
        what is still told of the one before stands nowhere.
        """
        self._end_batch()
        self.write(f"route {route} {tracking}\n".encode())
        if unknown and (some := [number for number in numbers if number in unknown]):
            self.write(f"unknown {' '.join(map(str, some))}\n".encode())
        self._batch = BatchJournal(self, numbers)
        return self._batch

    def write(self, line: bytes) -> None:
        """Add a line; where there is no room for it, the whole says nothing any more."""
        end = self.at + len(line)
        if end > ROOM:
            if not self._closed:
                self.memory[: len(VOID)] = VOID
                self.at = ROOM
            return
        self.memory[self.at : end] = line
        self.at = end

    def note_time(self) -> None:
        """Write what time it is, unless that was done just now."""
        at = time.monotonic()
        if at >= self._timed + TIMED_EVERY:
            self._timed = at
            self.write(f"time {self._folder.now().isoformat()}\n".encode())

    def settled(self) -> None:
        """All that stands in it is settled, or nothing was begun: it is empty for the next."""
        self._end_batch()
        self.memory[:1] = b"\0"
        self.memory[: self.at] = bytes(self.at)
        self._folder.take_back(self)

    def leave(self) -> None:
        """Let go of the file: whoever comes next reads it. What is told later is not noted."""
        self._end_batch()
        self._closed, self.at = True, ROOM
        self.memory.close()
        os.close(self._handle)
        self._folder.note_left(self)

    def _end_batch(self) -> None:
        if self._batch is not None:
            self._batch.end()
            self._batch = None


def _nowhere(_line: bytes = b"") -> None:
    """Where the words about a batch that has ended go: its file may be another chunk's by now."""


class BatchJournal:
    """What a channel tells of the messages of a batch (`HandOverJournal`), until that has ended."""

    __slots__ = ("_note_time", "_numbers", "_write")

    def __init__(self, journal: Journal, numbers: Sequence[int]) -> None:
        self._note_time: Callable[[], None] = journal.note_time
        self._write: Callable[[bytes], None] = journal.write
        self._numbers = numbers

    def end(self) -> None:
        """What is told from now on is written nowhere."""
        self._note_time = self._write = _nowhere

    def begun(self, index: int) -> None:
        """From now on the provider may have it."""
        self._write(b"begun %d\n" % self._numbers[index])

    def accepted(self, index: int, reference: str) -> None:
        """The provider took it."""
        self._note_time()
        self._write(f"accepted {self._numbers[index]} {reference}\n".encode())

    def declined(self, index: int) -> None:
        """It surely was not taken."""
        self._write(b"declined %d\n" % self._numbers[index])


class JournalFolder:
    """The journals of one worker, and those left by others, in a folder of this machine.

    `database` is the mark of the database they are about: files of another are left alone.
    `fault` says what keeps this worker from keeping journals, as the system calls it ("ENOSPC").
    """

    def __init__(
        self, folder: Path, *, database: str, worker: str, now: Callable[[], datetime]
    ) -> None:
        self.fault = ""
        self._folder = folder
        self._database = database
        self._worker = worker
        self.now = now
        self._boot = boot_id()
        self._made = 0
        self._free: list[Journal] = []
        self._left: dict[int, Path] = {}
        """Of this worker's own, those that it let go of, by chunk."""
        self._strangers: set[str] = set()

    def open(self, chunk_id: int, *, sending_id: int, channel: str) -> Journal | None:
        """Begin the journal of a chunk before it is leased; None where it cannot be had.

        The worker then goes on without, and what is in doubt if it is killed is the whole chunk.
        """
        header = {
            "version": VERSION,
            "database": self._database,
            "boot": self._boot,
            "worker": self._worker,
            "chunk": chunk_id,
            "sending": sending_id,
            "channel": channel,
        }
        try:
            journal = self._free.pop() if self._free else self._new()
        except (OSError, OpenToOthers) as error:
            self._note_fault(_named(error))
            return None
        self._note_fault("")
        journal.begin(chunk_id, json.dumps(header).encode() + b"\n")
        return journal

    def has_left(self, chunk_id: int) -> bool:
        """Whether this worker let go of a journal of the chunk that is not settled yet."""
        path = self._left.get(chunk_id)
        if path is not None and not path.exists():
            del self._left[chunk_id]
            return False
        return path is not None

    def take_back(self, journal: Journal) -> None:
        """One that is empty again."""
        self._free.append(journal)

    def note_left(self, journal: Journal) -> None:
        """One that was let go of."""
        self._left[journal.chunk_id] = journal.path

    def close(self) -> None:
        """Delete the empty ones: this worker goes."""
        while self._free:
            journal = self._free.pop()
            journal.path.unlink(missing_ok=True)
            journal.leave()

    def left(self) -> Generator[LeftJournal, None, None]:
        """The journals whose workers are gone, each ours for as long as it is looked at."""
        if fcntl is None:
            return
        try:
            paths = sorted(self._folder.iterdir())
        except OSError:
            return  # nobody has made it yet, or `open` says what is wrong with it
        for path in paths:
            name = path.name
            if not name.endswith(ENDING) or name in self._strangers:
                continue
            if name.startswith("."):
                _delete_unfinished(path)
                continue
            with _locked(path) as content:
                if content is None:
                    continue
                if not content.partition(b"\0")[0]:  # its worker had nothing in it
                    path.unlink(missing_ok=True)
                    continue
                journal = read_journal(path, content, database=self._database, boot=self._boot)
                if journal is None:
                    self._strangers.add(name)
                    log.warning("journal.not_ours", path=str(path))
                else:
                    yield journal

    def _new(self) -> Journal:
        if fcntl is None:
            raise OSError(errno.ENOTSUP, "no flock")
        private_files.folder(self._folder)
        self._made += 1
        path = self._folder / f"{self._worker}.{self._made}{ENDING}"
        beside = path.with_name(f".{path.name}")
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(handle, 0, ROOM)
            memory = mmap.mmap(handle, ROOM)
            beside.rename(path)
        except OSError:
            os.close(handle)
            beside.unlink(missing_ok=True)
            raise
        return Journal(self, path, handle, memory)

    def _note_fault(self, fault: str) -> None:
        if fault != self.fault:
            log.warning("journal.fault", folder=str(self._folder), fault=fault or "none any more")
        self.fault = fault


def boot_id() -> str:
    """The present start of this machine; empty where the system does not say."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def read_journal(path: Path, content: bytes, *, database: str, boot: str) -> LeftJournal | None:
    """What a file says; None where it is no journal, or one about another database.

    A line that was being written when its worker was killed is no line yet. A void one names no
    message and is not complete.
    """
    head, *lines = content.partition(b"\0")[0].split(b"\n")[:-1] or [b""]
    void = head.startswith(VOID)
    try:
        header = json.loads(b'{"ve' + head.removeprefix(VOID) if void else head)
        known = (header["version"], header["database"]) == (VERSION, database)
        whose = str(header["worker"]), int(header["chunk"]), int(header["sending"])
        complete = not void and bool(boot) and header["boot"] == boot
        channel = str(header["channel"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not known:
        return None
    worker, chunk_id, sending_id = whose
    try:
        in_doubt, messages = _read_lines([] if void else lines)
    except ValueError:
        log.warning("journal.unreadable", path=str(path))
        complete, in_doubt, messages = False, None, {}
    return LeftJournal(path, worker, chunk_id, sending_id, channel, complete, in_doubt, messages)


def _read_lines(lines: Sequence[bytes]) -> tuple[bool | None, dict[int, LeftMessage]]:
    in_doubt: bool | None = None
    messages: dict[int, LeftMessage] = {}
    unknown: set[int] = set()
    route, tracking, at = "", Tracking.ACCEPTANCE, None
    for line in lines:
        word, *rest = line.decode(errors="replace").split(" ", 2)
        match word, rest:
            case "leased", _:
                in_doubt = bool(rest)
            case "route", [route, name]:
                tracking, unknown = Tracking(name), set()
            case "unknown", _:
                unknown = {int(number) for number in line.split()[1:]}
            case "time", [when]:
                at = datetime.fromisoformat(when)
            case "begun", [number]:
                who = int(number)
                messages[who] = LeftMessage(route, tracking, who in unknown)
            case "accepted", [number, reference]:
                who = int(number)
                messages[who] = LeftMessage(route, tracking, who in unknown, at, reference)
            case "declined", [number]:
                messages.pop(int(number), None)
            case _:
                raise ValueError(f"a line that is none of ours: {word}")
    return in_doubt, messages


@contextmanager
def _locked(path: Path) -> Iterator[bytes | None]:
    """A file's content, and nobody else's meanwhile; None where somebody has it, or had it."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe waits for none
        handle = os.open(path, flags)
    except OSError:
        yield None
        return
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        yield None
        return
    with os.fdopen(handle, "rb") as file:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        # Whoever had it before may have settled and deleted it.
        yield file.read(ROOM) if os.fstat(handle).st_nlink else None


def _delete_unfinished(path: Path) -> None:
    """A file whose maker was killed before it had its name."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
            path.unlink(missing_ok=True)


def _named(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, type(error).__name__) if number else type(error).__name__
