"""How people and addresses are looked for, and how much of them those may see who may not."""

import re

from alerting.domain.text.folding import folded

PHONE = re.compile(r"\+?[\d\s./()-]{4,20}")
FEWEST_DIGITS = 4
MOST_WORDS = 6


def keys_of(text: str) -> tuple[str, ...]:
    """Beginnings of search keys for a name, a number or an address as people type them.

    A number or an address is found by its end, so that a few digits read out suffice.
    """
    text = text.strip()
    if "@" in text:
        return (f"m{text[::-1].lower()}",)
    if PHONE.fullmatch(text) and (digits := re.sub(r"\D", "", text)):
        # 0470… is written +32470… on the list: what they share is its end.
        national = digits.removeprefix("00").removeprefix("0") if digits[0] == "0" else digits
        return (f"p{national[::-1]}",) if len(national) >= FEWEST_DIGITS else ()
    words = sorted(folded(text).split(), key=len, reverse=True)
    return tuple(f"n{word}" for word in words[:MOST_WORDS])


def mask(address: str) -> str:
    """Enough of an address to recognise it when it is told, not enough to use it."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:5]}…{address[-2:]}" if address.startswith("+") else address
