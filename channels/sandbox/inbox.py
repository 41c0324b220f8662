"""What the providers were sent, kept so that it outlives them.

One append-only file of JSON lines per provider: a restart, also after a kill, finds everything up
to the last tenth of a second. Nothing is synced to disk: this is a sandbox, and it has to be fast.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from channels.sandbox.faults import PROVIDERS

FLUSH_SECONDS: Final = 0.1


@dataclass(slots=True)
class ReceivedMessage:
    """One message as its provider took it."""

    at: float
    to: tuple[str, ...]
    key: str
    """What makes it the same message when it comes again."""
    reference: str
    """The provider's own name for it."""
    fields: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    """A mail exactly as it came; read it with `received_email.read`."""


class Box:
    """What one provider was sent."""

    def __init__(self, name: str, *, folder: Path | None = None, count_only: bool = False) -> None:
        self.name = name
        self.count_only = count_only
        self.received = 0
        self.messages: list[ReceivedMessage] = []
        self._keys: set[int] = set()
        self._by_address: defaultdict[str, list[ReceivedMessage]] = defaultdict(list)
        self._by_reference: dict[str, ReceivedMessage] = {}
        self._unwritten: list[str] = []
        self._waiting: asyncio.TimerHandle | None = None
        self._grown = asyncio.Event()
        self._file: BinaryIO | None = None
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{name}.jsonl"
            path.touch(mode=0o600)
            path.chmod(0o600)  # messages and addresses, as they were sent
            self._reread(path)
            self._file = path.open("ab", buffering=0)

    @property
    def distinct(self) -> int:
        """Messages that were not a repetition of another."""
        return len(self._keys)

    @property
    def duplicates(self) -> int:
        """Messages that came again."""
        return self.received - len(self._keys)

    def add(self, message: ReceivedMessage) -> None:
        """Keep one message; it is on its way to the file when this returns."""
        self._remember(message)
        if self._file is not None:
            self._write({"key": message.key} if self.count_only else as_line(message))
        self._grown.set()

    def amend(self, reference: str, changes: dict[str, str]) -> None:
        """What became of a message later."""
        message = self._by_reference.get(reference)
        if message is None:
            return
        message.fields.update(changes)
        if self._file is not None:
            self._write({"amend": reference, "fields": changes})
        self._grown.set()

    def by_reference(self, reference: str) -> ReceivedMessage | None:
        """The message the provider calls this."""
        return self._by_reference.get(reference)

    def to(self, address: str) -> Iterator[ReceivedMessage]:
        """Messages to exactly this address, newest first."""
        return reversed(self._by_address.get(address, []))

    def newest(self) -> Iterator[ReceivedMessage]:
        """All messages, newest first."""
        return reversed(self.messages)

    async def grown(self) -> None:
        """Wait until something is added or amended."""
        self._grown.clear()
        await self._grown.wait()

    def reset(self) -> None:
        """Forget everything, the file's content too."""
        self._unwritten.clear()
        self.received = 0
        for kept in (self.messages, self._keys, self._by_address, self._by_reference):
            kept.clear()
        if self._file is not None:
            self._file.truncate(0)

    def flush(self) -> None:
        """Hand to the operating system what waits."""
        self._waiting = None
        if self._file is not None and self._unwritten:
            lines, self._unwritten = self._unwritten, []
            self._file.write(("\n".join(lines) + "\n").encode())

    def close(self) -> None:
        """Flush and let go of the file."""
        if self._waiting is not None:
            self._waiting.cancel()
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _remember(self, message: ReceivedMessage) -> None:
        self.received += 1
        self._keys.add(hash(message.key))  # 64 bits of it: a million keys must stay small
        if self.count_only:
            return
        self.messages.append(message)
        self._by_reference[message.reference] = message
        for address in message.to:
            self._by_address[address].append(message)

    def _write(self, line: dict[str, Any]) -> None:
        self._unwritten.append(json.dumps(line))
        if self._waiting is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.call_later(FLUSH_SECONDS, self.flush)

    def _reread(self, path: Path) -> None:
        if not path.exists():
            return
        whole = 0
        with path.open("rb") as spool:
            for line in spool:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                try:
                    self._recall(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue  # torn by an earlier kill; what follows it is whole
        # What is added next must not be glued to half a line.
        with path.open("r+b") as spool:
            spool.truncate(whole)

    def _recall(self, line: dict[str, Any]) -> None:
        if (reference := line.get("amend")) is not None:
            if (message := self._by_reference.get(reference)) is not None:
                message.fields.update(line["fields"])
        elif "reference" in line:
            self._remember(from_line(line))
        else:
            self.received += 1
            self._keys.add(hash(str(line["key"])))


class SandboxInbox:
    """The boxes of all providers."""

    def __init__(self, *, folder: Path | None = None, count_only: bool = False) -> None:
        self._boxes = {name: Box(name, folder=folder, count_only=count_only) for name in PROVIDERS}

    def of(self, provider: str) -> Box:
        """One provider's box, by its name."""
        return self._boxes[provider]

    @property
    def smtp(self) -> Box:
        """The first mail server's."""
        return self._boxes["smtp"]

    @property
    def twilio(self) -> Box:
        """Twilio's."""
        return self._boxes["twilio"]

    @property
    def x(self) -> Box:
        """X's."""
        return self._boxes["x"]

    def reset(self) -> None:
        """Forget everything."""
        for name in PROVIDERS:
            self.of(name).reset()

    def close(self) -> None:
        """Flush and let go of the files."""
        for name in PROVIDERS:
            self.of(name).close()


def as_line(message: ReceivedMessage) -> dict[str, Any]:
    """A message as it stands in the file; Latin-1 carries any octets through JSON unchanged."""
    return {
        "at": message.at,
        "to": message.to,
        "key": message.key,
        "reference": message.reference,
        "fields": message.fields,
        "raw": message.raw.decode("latin-1"),
    }


def from_line(line: dict[str, Any]) -> ReceivedMessage:
    """The message a line of the file stands for."""
    return ReceivedMessage(
        at=float(line["at"]),
        to=tuple(line["to"]),
        key=str(line["key"]),
        reference=str(line["reference"]),
        fields=dict(line["fields"]),
        raw=str(line["raw"]).encode("latin-1"),
    )
