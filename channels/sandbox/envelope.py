"""The paths and parameters of MAIL and RCPT (RFC 5321 4.1.2)."""

import re
from typing import Final

PATH: Final = re.compile(
    rb"(?<!\s)\s*+<(?:@[^:<>]*:)?((?:\"(?:\\.|[^\"\\])*\"@)?[^<>\s]*)>(?:\s+(.*))?", re.DOTALL
)
BODIES: Final = frozenset({b"7BIT", b"8BITMIME"})


class BadPath(ValueError):
    """Not a path in angle brackets."""


class UnknownParameter(ValueError):
    """A parameter of an extension that is not offered."""


def mailbox(line: bytes, keyword: bytes) -> tuple[str, dict[bytes, bytes]]:
    """The address and the parameters of a MAIL or RCPT command."""
    begin = 5 + len(keyword)
    if line[5:begin].upper() != keyword:
        raise BadPath
    match = PATH.fullmatch(line, begin)
    if match is None:
        raise BadPath
    try:
        address = match[1].decode()
    except UnicodeDecodeError:
        raise BadPath from None
    if address and "@" not in address and address.lower() != "postmaster":
        raise BadPath
    return address, parameters(match[2] or b"", of_sender=keyword == b"FROM:")


def parameters(text: bytes, *, of_sender: bool) -> dict[bytes, bytes]:
    """The parameters by name, those alone that go with what EHLO offers."""
    given: dict[bytes, bytes] = {}
    for word in text.split():
        name, _, value = word.partition(b"=")
        name = name.upper()
        fits = of_sender and (
            (name == b"SIZE" and value.isdigit() and len(value) <= 20)
            or (name == b"BODY" and value.upper() in BODIES)
            or (name == b"SMTPUTF8" and not value)
            or name == b"AUTH"
        )
        if not fits:
            raise UnknownParameter(f"Unsupported parameter {name.decode('ascii', 'replace')[:20]}")
        given[name] = value
    return given


def size_of(given: dict[bytes, bytes]) -> int:
    """What the sender says the message's size will be."""
    return int(given.get(b"SIZE", b"0"))
