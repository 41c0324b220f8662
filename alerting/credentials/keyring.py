"""The keys of this installation: named files in the secrets folder, and what is sealed with them.

A key is a file `NAME.NUMBER.key` (0600) with 32 random bytes in base64. The newest of a name seals,
older ones still open what they sealed; a retired one (`NAME.NUMBER.retired`) does neither. A key
is never in the database, a log or an export: there a key is called by its fingerprint.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from alerting import private_files
from alerting.domain.errors import KeyInTheWay, KeyMissing, NotFound
from alerting.domain.text.i18n import msgid

FILE = re.compile(r"(?P<name>[a-z]{1,16})\.(?P<number>[0-9]{1,6})\.(?P<ending>key|retired)")
FINGERPRINT_LETTERS = 16
SECRET_BYTES = 32
KEY = msgid("key")


class KeyName(StrEnum):
    """What a key is for; each use has a key of its own."""

    SEAL = "seal"
    """Closes what is kept in the database and has to be read again, such as an app's secret."""
    OPT_OUT = "optout"
    """Hashes the addresses of those who left a list, which nobody has to read again."""
    ARCHIVE = "archive"
    """Signs the archive of the public folder (Ed25519) that mirrors fetch."""


class KeyState(StrEnum):
    """What a key still does."""

    CURRENT = "current"
    """It seals and opens, or hashes."""
    VALID = "valid"
    """It opens what it sealed, or tells what it hashed, before a newer one was made."""
    RETIRED = "retired"
    """Nothing any more."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key; its secret shows in no representation."""

    name: str
    number: int
    state: KeyState
    made_at: datetime
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What it is called where the key itself may not stand: 16 hexadecimal digits."""
        return hashlib.sha256(b"alerting key:" + self.secret).hexdigest()[:FINGERPRINT_LETTERS]


class Keyring:
    """The keys in one folder, read anew at each use: a change holds at once in every process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def listed(self) -> list[Key]:
        """Every key, by name and from the oldest; KeyMissing for a file that holds none."""
        if not self.folder.is_dir():
            return []
        found: list[tuple[str, int, Path, bool]] = []
        for path in self.folder.iterdir():
            match = FILE.fullmatch(path.name)
            if match:
                retired = match["ending"] == "retired"
                found.append((match["name"], int(match["number"]), path, retired))
        newest = {name: number for name, number, _, retired in sorted(found) if not retired}
        return [
            Key(
                name,
                number,
                KeyState.RETIRED
                if retired
                else KeyState.CURRENT
                if newest[name] == number
                else KeyState.VALID,
                datetime.fromtimestamp(path.stat().st_mtime, UTC),
                _read(path),
            )
            for name, number, path, retired in sorted(found)
        ]

    def current(self, name: KeyName) -> Key:
        """The newest of a name; KeyMissing where there is none."""
        for key in self.listed():
            if key.name == name and key.state is KeyState.CURRENT:
                return key
        raise KeyMissing(key=name, folder=self.folder)

    def make_missing(self) -> list[Key]:
        """Make a first key for every name that has none; those that were made."""
        held = {key.name for key in self.listed()}
        return [self._make(name, 1) for name in KeyName if name not in held]

    def make(self, name: KeyName) -> Key:
        """The first key of a name; KeyInTheWay where there is one."""
        if any(key.name == name for key in self.listed()):
            raise KeyInTheWay(key=name)
        return self._make(name, 1)

    def rotate(self, name: KeyName) -> Key:
        """A new key of a name, which seals from now on; the old ones go on opening."""
        held = [key.number for key in self.listed() if key.name == name]
        if not held:
            raise KeyMissing(key=name, folder=self.folder)
        return self._make(name, max(held) + 1)

    def named(self, name: KeyName, number: int) -> Key:
        """One key that is not retired; NotFound where there is none."""
        for key in self.listed():
            if (key.name, key.number) == (name, number) and key.state is not KeyState.RETIRED:
                return key
        raise NotFound(what=KEY, number=f"{name}.{number}")

    def retire(self, key: Key) -> None:
        """It opens nothing any more. The file stays, renamed, for copies of the database."""
        path = self.folder / f"{key.name}.{key.number}.key"
        path.rename(path.with_suffix(".retired"))

    def seal(self, text: str, *, about: str) -> str:
        """`text`, readable by this keyring only, and only as something `about` the same thing."""
        from cryptography.fernet import Fernet  # a worker seals nothing and need not load it

        key = self.current(KeyName.SEAL)
        content = json.dumps({"about": about, "text": text}).encode()
        return f"{key.fingerprint}:{Fernet(_encoded(key.secret)).encrypt(content).decode()}"

    def open(self, sealed: str, *, about: str) -> str:
        """What was sealed; KeyMissing where its key is not here, or it is about something else."""
        from cryptography.fernet import Fernet, InvalidToken

        fingerprint, _, token = sealed.partition(":")
        for key in self.listed():
            if key.fingerprint == fingerprint and key.state is not KeyState.RETIRED:
                try:
                    content = json.loads(Fernet(_encoded(key.secret)).decrypt(token.encode()))
                except InvalidToken:
                    break
                if content["about"] != about:
                    break
                return str(content["text"])
        raise KeyMissing(key=fingerprint, folder=self.folder)

    def hmacs(self, name: KeyName) -> Callable[[str], dict[str, str]]:
        """What gives the HMAC-SHA256 of a text under every key of a name that is not retired.

        By the fingerprint of the key, the current one first; KeyMissing where there is none.
        """
        current = self.current(name)
        older = [key for key in self.listed() if key.name == name and key.state is KeyState.VALID]
        secrets_by_key = {key.fingerprint: key.secret for key in (current, *reversed(older))}
        return lambda text: {
            fingerprint: hmac_of(secret, text) for fingerprint, secret in secrets_by_key.items()
        }

    def _make(self, name: KeyName, number: int) -> Key:
        path = self.folder / f"{name}.{number}.key"
        try:
            private_files.folder(self.folder)
            private_files.write_new(path, _encoded(secrets.token_bytes(SECRET_BYTES)) + b"\n")
        except OSError:  # a folder that an orchestrator filled may be there to be read only
            raise KeyMissing(key=path.name, folder=self.folder) from None
        return next(key for key in self.listed() if (key.name, key.number) == (name, number))


def hmac_of(secret: bytes, text: str) -> str:
    """HMAC-SHA256 (RFC 2104) in 64 hexadecimal digits."""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def sealed_with(sealed: str) -> str:
    """The fingerprint of the key that opens it."""
    return sealed.partition(":")[0]


def _encoded(secret: bytes) -> bytes:
    return base64.urlsafe_b64encode(secret)


def _read(path: Path) -> bytes:
    private_files.narrow(path)
    try:
        secret = base64.urlsafe_b64decode(path.read_bytes().strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise KeyMissing(key=path.name, folder=path.parent)
    return secret
