"""AUTH PLAIN (RFC 4616) and LOGIN, which nobody specified and everybody speaks."""

import base64
import binascii
import hmac
from typing import Final

USERNAME: Final = b"334 VXNlcm5hbWU6\r\n"
PASSWORD: Final = b"334 UGFzc3dvcmQ6\r\n"
DONE: Final = b"235 2.7.0 Authentication successful\r\n"
WRONG: Final = b"535 5.7.8 Authentication credentials invalid\r\n"
CANCELLED: Final = b"501 5.7.0 Authentication cancelled\r\n"


class SignIn:
    """One client's way to be known."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._mechanism = ""
        self._given: list[bytes] = []
        self.done = False

    @property
    def wanted(self) -> bool:
        """Whether a name and a password are asked for at all."""
        return bool(self._username)

    @property
    def asking(self) -> bool:
        """Whether the next line is an answer and not a command."""
        return bool(self._mechanism)

    def begin(self, line: bytes) -> bytes:
        """The AUTH command; the reply."""
        words = line.split()
        if not self.wanted or self.done:
            return b"503 5.5.1 Not asked for\r\n"
        mechanism = words[1].upper().decode("ascii", "replace") if len(words) > 1 else ""
        if mechanism not in {"PLAIN", "LOGIN"}:
            return b"504 5.5.4 Mechanism not offered\r\n"
        self._mechanism, self._given = mechanism, []
        if len(words) > 2:
            return self.answer(b"" if words[2] == b"=" else words[2])
        return USERNAME if mechanism == "LOGIN" else b"334 \r\n"

    def answer(self, line: bytes) -> bytes:
        """One line of the exchange; the reply."""
        if line == b"*":
            self._mechanism = ""
            return CANCELLED
        try:
            self._given.append(base64.b64decode(line, validate=True))
        except binascii.Error:
            self._mechanism = ""
            return b"501 5.5.2 Not base64\r\n"
        if self._mechanism == "LOGIN" and len(self._given) < 2:
            return PASSWORD
        names = self._given if self._mechanism == "LOGIN" else self._given[0].split(b"\0")[1:]
        self._mechanism = ""
        expected = [self._username.encode(), self._password.encode()]
        self.done = len(names) == 2 and all(map(hmac.compare_digest, names, expected))
        return DONE if self.done else WRONG
