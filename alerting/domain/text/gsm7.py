"""How an operator bills a text message, and a rewrite that makes it cheaper.

3GPP TS 23.038 (default alphabet and extension table) and TS 23.040 (concatenation): a message of
GSM-7 letters has room for 160, and 153 in each segment of several; one letter outside that
alphabet turns the whole message to UCS-2, with 70 and 67. An extension letter takes two places
and a letter beyond U+FFFF two UTF-16 units; neither may straddle two segments.

The rewrite is a proposal with every change on view. Nobody's words are changed silently.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Every letter of the default alphabet; place 27 is the escape and no letter."""

EXTENSION = "\f^{}\\[~]|€"
"""Letters sent as an escape and a code: two places each."""

GSM7 = frozenset(BASIC + EXTENSION)


class Encoding(StrEnum):
    """How a text message travels."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_WIDE = {
    Encoding.GSM7: re.compile(f"[{re.escape(EXTENSION)}]"),
    Encoding.UCS2: re.compile("[\U00010000-\U0010ffff]"),
}

SINGLE: Mapping[Encoding, int] = {Encoding.GSM7: 160, Encoding.UCS2: 70}
IN_SEVERAL: Mapping[Encoding, int] = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class NonGsmCharacter:
    """A letter that forces UCS-2, and everywhere it stands."""

    letter: str
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one text costs. `units` are septets or UTF-16 code units."""

    encoding: Encoding
    units: int
    segments: int
    per_segment: int
    left_in_last: int
    culprits: tuple[NonGsmCharacter, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """One replacement: `before` stood at `at` in the text as it was written."""

    at: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A proposal: the new text, and every change that made it. No changes: nothing to propose."""

    text: str
    changes: tuple[Replacement, ...] = ()


def measure(text: str) -> Measure:
    """Encoding, length and segments of `text`, exactly as they are billed."""
    culprits = _culprits(text)
    encoding = Encoding.UCS2 if culprits else Encoding.GSM7
    units = units_of(text, encoding)
    room = SINGLE[encoding]
    segments, used = (1 if text else 0), units
    if units > room:
        room = IN_SEVERAL[encoding]
        segments, used = filled(text, encoding, room)
    return Measure(
        encoding=encoding,
        units=units,
        segments=segments,
        per_segment=room,
        left_in_last=room - used,
        culprits=culprits,
    )


def units_of(text: str, encoding: Encoding) -> int:
    """Septets, or UTF-16 code units."""
    return len(text) + len(_WIDE[encoding].findall(text))


def filled(text: str, encoding: Encoding, room: int) -> tuple[int, int]:
    """Parts of `room` units, and what the last one holds, when no pair is cut in two."""
    wide = _WIDE[encoding].match
    if not _WIDE[encoding].search(text):
        whole, rest = divmod(len(text), room)
        return (whole + 1, rest) if rest else (whole, room if whole else 0)
    parts, used = 1, 0
    for character in text:
        size = 2 if wide(character) else 1
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts, used


def rewrite(text: str) -> Rewrite:
    """A version of `text` in GSM-7, as far as there is one; an emoji stays for a person to see."""
    changes = tuple(
        Replacement(match.start(), match[0], after)
        for match in _REPLACEABLE.finditer(text)
        if (after := _instead(text, match)) != match[0]
    )
    return Rewrite(applied(text, changes), changes)


def applied(text: str, changes: tuple[Replacement, ...]) -> str:
    """`text` with the changes made to it."""
    pieces: list[str] = []
    end = 0
    for change in changes:
        pieces += (text[end : change.at], change.after)
        end = change.at + len(change.before)
    return "".join((*pieces, text[end:]))


def _culprits(text: str) -> tuple[NonGsmCharacter, ...]:
    strangers = set(text) - GSM7
    places: dict[str, list[int]] = {}
    if strangers:
        for at, character in enumerate(text):
            if character in strangers:
                places.setdefault(character, []).append(at)
    return tuple(NonGsmCharacter(character, tuple(at)) for character, at in places.items())


INSTEAD: Mapping[str, str] = {
    "œ": "oe", "Œ": "OE", "ĳ": "ij", "Ĳ": "IJ", "ẞ": "SS", "ð": "d", "Ð": "D", "þ": "th",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "‹": "'", "›": "'", "′": "'", "´": "'", "`": "'",
    "ʼ": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "•": "-", "·": "-", "×": "x", "÷": ":", "⁄": "/", "±": "+/-", "≤": "<=", "≥": ">=", "≈": "~",
    "→": "->", "⇒": "=>", "←": "<-", "µ": "u", "μ": "u", "©": "(c)", "®": "(r)",
    "\t": " ", "\v": "\n", "\u0085": "\n", "\u2028": "\n", "\u2029": "\n",
    "\u00ad": "", "\u200b": "", "\u200e": "", "\u200f": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip
"""What takes the place of a letter; accents and compatibility forms follow from Unicode itself."""

_SPACE = "[ \u00a0\u202f\u2009]?"
_MARKS = "[\u0300-\u036f]"
_REPLACEABLE = re.compile(
    # Guillemets go with the space inside them; a letter goes with the accents that follow it.
    f"«{_SPACE}|{_SPACE}»|[^{re.escape(''.join(sorted(GSM7)))}]{_MARKS}*|[^\\W\\d_]{_MARKS}+"
)


def _instead(text: str, match: re.Match[str]) -> str:
    """What to write for one find: the same where GSM-7 has nothing for it."""
    before = match[0]
    if before.strip() in {"«", "»"}:
        return '"'
    if before == "°":
        return _degree(text, match.start())
    composed = unicodedata.normalize("NFC", before)
    after = "".join(_plain(character) for character in composed)
    return after if set(after) <= GSM7 else before


def _plain(character: str) -> str:
    if character in GSM7:
        return character
    if character in INSTEAD:
        return INSTEAD[character]
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(INSTEAD.get(part, part) for part in parts if not unicodedata.combining(part))
    return bare if bare and set(bare) <= GSM7 else character


def _degree(text: str, at: int) -> str:
    """n° is an o, 30 °C is 30 C."""
    return "o" if text[at - 1 : at].isalpha() else ""
