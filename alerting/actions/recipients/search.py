"""How people and addresses are looked for, and how much of them those may see who may not."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from alerting.domain.officer import Officer, Permission
from alerting.domain.recipient import KEY_LENGTH
from alerting.domain.text.folding import folded
from alerting.importing.email_addresses import RefusedAddress, read_address
from alerting.importing.phone_numbers import RefusedNumber, read_number
from alerting.services import Services

PHONE = re.compile(r"\+?[\d\s./()-]{4,20}")
FEWEST_DIGITS = 4
MOST_WORDS = 6


def keys_of(text: str) -> tuple[str, ...]:
    """Beginnings of search keys for a name, a number or an address as people type them.

    A number or an address is found by its end, so that a few digits read out suffice.
    """
    text = text.strip()
    if "@" in text:
        return (f"m{_ascii(text)[::-1].lower()}"[:KEY_LENGTH],)
    if PHONE.fullmatch(text) and (digits := re.sub(r"\D", "", text)):
        # 0470… is written +32470… on the list: what they share is its end.
        national = digits.removeprefix("00").removeprefix("0") if digits[0] == "0" else digits
        return (f"p{national[::-1]}",) if len(national) >= FEWEST_DIGITS else ()
    words = sorted(folded(text).split(), key=len, reverse=True)
    return tuple(f"n{word}" for word in words[:MOST_WORDS])


def whole_address(text: str, countries: Collection[str]) -> str:
    """A number or mail address as a list holds it, however it is typed; what is none, as it is."""
    text = text.strip()
    if "@" in text:
        return _ascii(text)
    try:
        return read_number(text, countries)
    except RefusedNumber:
        return text


def _ascii(typed: str) -> str:
    """A mail address with its domain as lists hold it, in IDNA; the end of one likewise."""
    local, _, domain = typed.rpartition("@")
    try:
        return read_address(typed) if local else read_address(f"x@{domain}")[1:]
    except RefusedAddress:
        return typed


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed to find people by, as far as they may.

    `keys` are beginnings of search keys, `address` a whole one, `reference` a whole one too.
    """

    keys: tuple[str, ...] = ()
    address: str = ""
    reference: str = ""


def asked(services: Services, text: str, *, by: Officer) -> Asked:
    """Whoever may see addresses looks for a part of anything; the others for the whole.

    Digit by digit a part of a number would tell them the rest, and undo the mask.
    """
    text = text.strip()
    if by.may(Permission.SEE_ADDRESSES):
        # Digits without a 0 or a + may be the end of any number.
        whole = whole_address(text, services.phone_countries) if text[:1] in {"0", "+"} else text
        return Asked(keys_of(whole), reference=text)
    address = whole_address(text, services.phone_countries)
    return Asked(address=address if "@" in address or address[:1] == "+" else "", reference=text)


class PersonalData(Enum):
    """How much of names, numbers and addresses a look shows."""

    MASKED = "masked"
    """Whoever looks: how pages start."""
    ASKED_FOR = "asked for"
    """Shown because somebody asked for them, who must be allowed to see them; recorded as such."""
    PERMITTED = "permitted"
    """As far as the officer may see them: programs, exports and the command line."""


SHOWN = "personal-data.shown"
"""The entry of the ledger for what was asked for."""


def is_masked(data: PersonalData, *, by: Officer) -> bool:
    """Whether a look is masked; NotPermitted where somebody asked who may not see addresses."""
    if data is PersonalData.ASKED_FOR:
        by.must(Permission.SEE_ADDRESSES)
        return False
    return data is PersonalData.MASKED or not by.may(Permission.SEE_ADDRESSES)


async def record_look(
    services: Services,
    what: str,
    *,
    by: Officer,
    about: str,
    shown: Sequence[int],
    data: PersonalData,
) -> None:
    """Write into the ledger what an officer is about to see of people: `shown`, by their numbers.

    In a transaction of its own, after the look itself: a page waits for no writer longer than it
    must. Whoever calls it shows nothing when it fails.
    """
    async with services.unit() as unit:
        await unit.record(
            SHOWN if data is PersonalData.ASKED_FOR else what,
            by=by,
            about=about,
            at=services.now(),
            details={"found": len(shown), "shown": list(shown)},
        )


def mask(address: str) -> str:
    """Enough of an address to recognise it when it is told, not enough to use it."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:5]}…{address[-2:]}" if address.startswith("+") else address
