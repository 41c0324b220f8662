"""How a text message is cut into segments, and which characters make it twice as long.

3GPP TS 23.038 (alphabets) and TS 23.040 (concatenation): 160 septets alone or 153 joined; with a
single character outside the alphabet, 70 UTF-16 units alone or 67 joined.
"""

from dataclasses import dataclass
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("^{}\\[~]|€\f")
"""These take two septets each."""
ALONE, JOINED = 160, 153
WIDE_ALONE, WIDE_JOINED = 70, 67


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text costs on the air."""

    units: int
    """Septets, or UTF-16 units where `foreign` is not empty."""
    segments: int
    room: int
    """Units that these segments could hold."""
    foreign: tuple[str, ...]
    """Characters outside GSM-7, in the order they appear; one is enough to halve the room."""


def measure(text: str) -> Measure:
    """Count as a phone network does: a character of two units never straddles two segments."""
    foreign = tuple(dict.fromkeys(char for char in text if char not in BASIC | EXTENDED))
    if foreign:
        widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
    else:
        widths = [2 if char in EXTENDED else 1 for char in text]
    alone, joined = (WIDE_ALONE, WIDE_JOINED) if foreign else (ALONE, JOINED)
    units = sum(widths)
    if units <= alone:
        return Measure(units, min(units, 1), alone, foreign)
    segments, used = 1, 0
    for width in widths:
        if used + width > joined:
            segments, used = segments + 1, 0
        used += width
    return Measure(units, segments, segments * joined, foreign)
