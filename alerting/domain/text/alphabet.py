"""Letters and digits that are not of the alphabet our languages are written in.

A look-alike of another alphabet makes a name, a number or a link read as one it is not, and no
table of look-alikes is whole. So every other letter is refused: a letter is ours if it is an ASCII
letter, one with marks, or one of a few more. Other signs pass: punctuation, pictographs, arrows.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_MORE_LETTERS = frozenset("ßẞæÆœŒøØłŁđĐðÐþÞħĦŧŦŋŊıĳĲ")
"""Latin letters that are no letter with a mark, in names of people and places of Europe."""
_RAISED = frozenset("ªºᵉʳ⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")
"""1ᵉʳ, Nº, m³, CO₂."""
_NUMBERS = ("VULGAR FRACTION", "CIRCLED DIGIT", "DINGBAT")
"""½, and ① or ❶ before a line; each circled digit is read as the digit it is."""
_PICTOGRAPHS = frozenset("ℹ🅿Ⓜ")
"""Signs that are letters to Unicode, or letters in a box, and pictographs to people."""
_BOXED = re.compile("[\u249c-\u24e9\U0001f110-\U0001f189\U0001f1e6-\U0001f1ff]")
"""Letters in circles and boxes, and the halves of flags."""
_MARKS = re.compile("[\u0300-\u036f\ufe0e\ufe0f\u20e3]")
"""Accents written as letters of their own, and what chooses how a pictograph is drawn."""
_IN_UNITS = re.compile(
    # 5 µSv/h, 10 kΩ, β-straling, rayons γ: Greek letters as measures and physics write them.
    r"(?<![^\W\d_])[µμ](?=(?i:sv|gy|mol|bq|[sglmtvwaf])(?![^\W\d_]))"
    r"|(?<=[\d \u00a0\u202fkMmG])[\u03a9\u2126](?![^\W_])"
    r"|(?<!\w)[αβγ](?=[-\u2010\u2011 \u00a0][^\W\d_]{3})"
    r"|(?<=[^\W\d_]{3}[ \u00a0])[αβγ](?!\w)"
)
_PIECE = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}|\w+|[^\w\s]")
"""A flag, a word, or one other sign."""


def other_alphabets(text: str) -> Iterator[tuple[int, int]]:
    """Where words hold letters or digits of other alphabets, or letters in circles and boxes."""
    if text.isascii() or (all(map(_is_ours, set(text))) and not _MARKS.search(text)):
        return
    measures = {match.start() for match in _IN_UNITS.finditer(text)}
    before = ""
    for piece in _PIECE.finditer(text):
        words = piece[0]
        if not words.isascii() and not (len(words) == 2 and all(map(_BOXED.match, words))):
            for index, character in enumerate(words, start=piece.start()):
                over_digit = _MARKS.match(character) and unicodedata.combining(character)
                if (over_digit and before[-1:].isdigit()) or not (
                    index in measures or _is_ours(character)
                ):
                    yield piece.span()
                    break
        before = words


@lru_cache(maxsize=4096)
def _is_ours(character: str) -> bool:
    if character.isascii() or character in _PICTOGRAPHS:
        return True
    match unicodedata.category(character)[0]:
        case "L":
            if character in _MORE_LETTERS or character in _RAISED:
                return True
            first = unicodedata.normalize("NFD", character)[0]
            return first.isascii() and first.isalpha()
        case "N":
            return character in _RAISED or unicodedata.name(character, "").startswith(_NUMBERS)
        case "M":
            return _MARKS.match(character) is not None
    return _BOXED.match(character) is None
