"""Mail addresses as lists hold them, checked by email-validator without asking the network."""

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from alerting.domain.text.i18n import msgid

BAD_EMAIL = msgid("not a valid e-mail address")
NEEDS_SMTPUTF8 = msgid(
    "an e-mail address with characters before the @ that not all mail servers accept: ask "
    "for another address"
)

PLAIN = re.compile(
    r"\A([A-Za-z0-9]++(?:[._-][A-Za-z0-9]++)*+)@"
    r"((?:[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.)+)([A-Za-z]{2,})\Z"
)
"""An address as most lists hold it; what the library makes of it is known."""
PLAIN_LOCAL, PLAIN_DOMAIN = 64, 63
"""Characters: with more, the library says whether it is too long."""
SPECIAL = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
"""Ends of domains of which some are no address of anybody (RFC 6761)."""


class RefusedAddress(Exception):
    """`reason` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_address(typed: str) -> str:
    """An address, its domain in small letters and in the ASCII form of IDNA 2008.

    RefusedAddress says why not; a local part beyond ASCII would need SMTPUTF8 (RFC 6531) at every
    server on the way. A plain address is not taken to the library, which needs forty times as long
    for the same answer.
    """
    if plain := PLAIN.fullmatch(typed):
        local, domain, last = plain[1], f"{plain[2]}{plain[3]}".lower(), plain[3].lower()
        if len(local) <= PLAIN_LOCAL and len(domain) <= PLAIN_DOMAIN and last not in SPECIAL:
            return f"{local}@{domain}"
    return _read_by_library(typed)


def _read_by_library(typed: str) -> str:
    try:
        address = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        raise RefusedAddress(BAD_EMAIL) from None
    if address.ascii_email is None:
        raise RefusedAddress(NEEDS_SMTPUTF8)
    return address.ascii_email
