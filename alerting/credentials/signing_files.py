"""Keys that sign what others verify, beside the keyring: `NAME.NUMBER.pem` (0600), with whatever
their use keeps in one, a private key and its certificate.

What is in them is read where it is used. A retired one (`NAME.NUMBER.pem-retired`) signs nothing
and is published no more; its file stays.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from alerting import private_files
from alerting.domain.errors import KeyMissing, NotFound
from alerting.domain.text.i18n import msgid

FILE = re.compile(r"(?P<name>[a-z]{1,16})\.(?P<number>[0-9]{1,6})\.(?P<ending>pem|pem-retired)")
KEY = msgid("key")


class SigningUse(StrEnum):
    """What is signed; each use has keys of its own."""

    CAP = "cap"
    """CAP messages."""


@dataclass(frozen=True, slots=True)
class SigningFile:
    """One file; what is in it shows in no representation."""

    number: int
    data: bytes = field(repr=False)
    """Empty where it cannot be read."""


class SigningFiles:
    """The files of one use in one folder, read anew each time: a change holds at once in every
    process."""

    def __init__(self, folder: Path, use: SigningUse) -> None:
        self.folder = folder
        self.use = use

    def listed(self) -> Sequence[SigningFile]:
        """Those that are not retired, from the oldest."""
        listed = []
        for number, ending, path in self._found():
            if ending == "pem":
                try:
                    listed.append(SigningFile(number, self._read(path)))
                except KeyMissing:
                    listed.append(SigningFile(number, b""))
        return listed

    def add(self, data: bytes, *, first: bool = False) -> SigningFile:
        """Keep another one. `first`: only where there is none; of two processes that make the first
        one at once, both use the one that came first. KeyMissing where the folder takes none."""
        numbers = [number for number, _, _ in self._found()]
        number = 1 if first else max(numbers, default=0) + 1
        path = self.folder / f"{self.use}.{number}.pem"
        try:
            private_files.folder(self.folder)
            private_files.write_new(path, data)
        except OSError:  # a folder that an orchestrator filled may be there to be read only
            raise KeyMissing(key=path.name, folder=self.folder) from None
        return SigningFile(number, self._read(path))

    def retire(self, number: int) -> None:
        """It signs nothing any more; NotFound where there is none of that number."""
        path = self.folder / f"{self.use}.{number}.pem"
        try:
            path.rename(path.with_suffix(".pem-retired"))
        except FileNotFoundError:
            raise NotFound(what=KEY, number=f"{self.use}.{number}") from None

    def _found(self) -> list[tuple[int, str, Path]]:
        if not self.folder.is_dir():
            return []
        matches = [(FILE.fullmatch(path.name), path) for path in self.folder.iterdir()]
        return sorted(
            (int(match["number"]), match["ending"], path)
            for match, path in matches
            if match and match["name"] == self.use
        )

    def _read(self, path: Path) -> bytes:
        try:
            private_files.narrow(path)
            return path.read_bytes()
        except OSError:
            raise KeyMissing(key=path.name, folder=self.folder) from None
