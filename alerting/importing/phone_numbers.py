"""Which telephone numbers a list takes: those of allowed countries, at the price of a call.

A number that costs more than a call (premium, shared cost, a personal number that is forwarded) or
that belongs to no country (satellites, international networks, +870 to +883) takes public money to
whoever rents it. No setting allows those.
"""

import re
from collections.abc import Collection, Iterable

import phonenumbers
from babel import Locale

from alerting.domain.language import Language
from alerting.domain.phone_numbers import COUNTRIES, ORDINARY, is_ordinary
from alerting.domain.text.i18n import ByLanguage, msgid

HOME = "BE"
DEFAULT_COUNTRIES = frozenset({"BE", "DE", "FR", "LU", "NL"})
"""Belgium and its neighbours, as ISO 3166-1."""

__all__ = [
    "BECAME_NUMBER",
    "COUNTRIES",
    "DEFAULT_COUNTRIES",
    "ORDINARY",
    "READ_AS",
    "SCIENTIFIC",
    "RefusedNumber",
    "lost_its_beginning",
    "read_number",
]

BAD_PHONE = msgid("not a valid telephone number: use 0470 12 34 56 or +32470123456")
NOT_ORDINARY = msgid(
    "a premium-rate, shared-cost, satellite or service number: no messages are sent to such numbers"
)
LETTERS_IN_PHONE = msgid("a telephone number cannot contain letters: write it in digits")
BECAME_NUMBER = msgid(
    "the spreadsheet changed it to “{value}”: format the column as Text and type the number again"
)
READ_AS = msgid("“{value}” lost its first characters in a spreadsheet: read as {number}")
FOREIGN = msgid(
    "a number from another country ({country}); messages are only sent to numbers from: {allowed}"
)


WRITTEN = re.compile(r"[0-9 +()./\-‐‑–]*")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What address books put around a number to keep its direction."""
SCIENTIFIC = re.compile(r"\A[0-9]+(?:[.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
BETWEEN_DIGITS = re.compile(r"[ ()./\-‐‑–]+")
PLAIN_MOBILE = re.compile(
    r"(?:\+32 ?|0)(4[5-9][0-9])[ ./]?([0-9]{2})[ .]?([0-9]{2})[ .]?([0-9]{2})"
)
"""A Belgian mobile number as most lists hold it; what the library makes of it is known."""
BARE = re.compile(r"[1-9][0-9]*")
"""Digits without the 0 or the + that every telephone number begins with."""


class RefusedNumber(Exception):
    """`reason` is a message id, `facts` fill its fields."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def read_number(typed: str, allowed: Collection[str]) -> str:
    """A number in E.164, typed as in Belgium or with its country; RefusedNumber says why not.

    `allowed` are countries as ISO 3166-1. A plain Belgian mobile number is not taken to the
    library, which needs a hundred times as long for the same answer.
    """
    if HOME in allowed and (plain := PLAIN_MOBILE.fullmatch(typed)):
        return "+32" + "".join(plain.groups())
    return _read_by_library(typed, allowed)


def _read_by_library(typed: str, allowed: Collection[str]) -> str:
    typed = INVISIBLE.sub("", typed).strip()
    if SCIENTIFIC.fullmatch(typed):
        raise RefusedNumber(BECAME_NUMBER, value=typed)
    if not WRITTEN.fullmatch(typed):
        raise RefusedNumber(LETTERS_IN_PHONE if any(map(str.isalpha, typed)) else BAD_PHONE)
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        raise RefusedNumber(BAD_PHONE) from None
    if not phonenumbers.is_valid_number(number):
        raise RefusedNumber(BAD_PHONE)
    country = phonenumbers.region_code_for_number(number)
    if country is None or not is_ordinary(number):
        raise RefusedNumber(NOT_ORDINARY)
    if country not in allowed:
        raise RefusedNumber(FOREIGN, country=_names([country]), allowed=_names(sorted(allowed)))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _names(countries: Iterable[str]) -> ByLanguage:
    """What countries are called, for whoever reads it."""
    codes = tuple(countries)

    def told(language: Language) -> str:
        names = Locale(language.value).territories
        return ", ".join(sorted(names.get(code, code) for code in codes))

    return ByLanguage({one: told(one) for one in Language})


def lost_its_beginning(typed: str) -> bool:
    """Whether a number stands there without the 0 or the + that it was surely typed with."""
    return typed[:1] not in {"0", "+"} and _is_bare(typed)


def _is_bare(typed: str) -> bool:
    return BARE.fullmatch(BETWEEN_DIGITS.sub("", INVISIBLE.sub("", typed))) is not None
