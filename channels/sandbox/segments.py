"""How many segments a text message is billed as (3GPP TS 23.038 and 23.040).

https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from functools import lru_cache
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("^{}\\[~]|€\f")


@lru_cache(maxsize=256)
def segments(text: str) -> int:
    """The number of segments; nothing to send is none."""
    if BASIC.issuperset(text):
        septets = [1] * len(text)
    elif (BASIC | EXTENDED).issuperset(text):
        septets = [2 if char in EXTENDED else 1 for char in text]
    else:
        units = [2 if ord(char) > 0xFFFF else 1 for char in text]
        return filled(units, alone=70, joined=67)
    return filled(septets, alone=160, joined=153)


def filled(widths: list[int], *, alone: int, joined: int) -> int:
    """Segments needed; a character of two never straddles two segments."""
    if not widths:
        return 0
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count
