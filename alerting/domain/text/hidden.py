"""Characters that a reader would not see, or that would show the text in another order.

Controls, marks of direction, letters of no width, letters that look like blank space, tags, half
characters, and marks that cover letters. The ordinary spaces of typesetting (U+00A0, U+202F …) are
not among them.
"""

import re
import unicodedata
from collections.abc import Iterator

_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Controls, formats, private and unassigned ones, half characters, line and paragraph ends."""

_SELECTORS = "\ufe00-\ufe0f"
_BLANK = re.compile(
    # Marks and letters whose category says nothing of it: Default_Ignorable_Code_Point of Unicode,
    # and those drawn as an empty field.
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufffc"
    f"\U0001d159\U000e0000-\U000e0fff{_SELECTORS}]"
)
_MARK = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
_OVER = re.compile(
    # Marks that strike letters through or enclose them, and a fourth mark on one letter.
    "[\u0334-\u0338\u0488\u0489\u1abe\u20d2\u20d3\u20d8-\u20da\u20dd-\u20e2\u20e4-\u20eb]"
    f"|{_MARK.pattern}{{4}}"
)
_MOST_MARKS = 3
"""On one letter: more is written in no language of ours, and hides the lines around it."""
_SPACES = (
    "\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u202f\u205f\u3000"
)
"""Seen as space, and the end of a line."""
_KEYCAP = "\u20e3"
_EMOJI_SELECTOR = "\ufe0f"
_TEXT_SELECTOR = "\ufe0e"


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """(line, "U+200B ZERO WIDTH SPACE") of every character of `text` that a reader cannot see."""
    seen = text
    for space in _SPACES:  # ten times as quick as a translation, on every text that is read
        seen = seen.replace(space, " ")
    marked = _MARK.search(text) and _OVER.search(text)  # few texts have any, and one set is quick
    plain = text.isascii() or not (marked or _BLANK.search(text))
    if plain and seen.isprintable():
        return
    for line, words in enumerate(text.split("\n"), start=1):
        for index, character in enumerate(words):
            if _is_hidden(words, index, character):
                control = unicodedata.category(character) == "Cc"
                name = unicodedata.name(character, "control character" if control else "no name")
                yield line, f"U+{ord(character):04X} {name}"


def made_visible(text: str) -> str:
    """`text` with U+FFFD, which is seen, in the place of all that is not."""
    if next(hidden(text), None) is None:
        return text
    return "\n".join(
        "".join(
            "\ufffd" if _is_hidden(words, index, character) else character
            for index, character in enumerate(words)
        )
        for words in text.split("\n")
    )


def _is_hidden(text: str, index: int, character: str) -> bool:
    if character in (_EMOJI_SELECTOR, _TEXT_SELECTOR):
        return not _takes_selector(text[index - 1 : index], text[index + 1 : index + 2])
    if unicodedata.category(character) in _CATEGORIES or _BLANK.match(character):
        return True
    if _OVER.match(character):  # = and U+0338 are the one letter ≠
        before = text[index - 1 : index]
        return not before or len(unicodedata.normalize("NFC", before + character)) != 1
    run = text[max(0, index - _MOST_MARKS) : index + 1]
    return len(run) > _MOST_MARKS and all(unicodedata.combining(one) for one in run)


def _takes_selector(before: str, after: str) -> bool:
    """Whether a selector chooses how `before` is drawn: a pictograph, or a keycap as in 1️⃣."""
    if not before:
        return False
    if before in "0123456789#*":
        return after == _KEYCAP
    # Pictographs are "other symbols"; some arrows and ‼ ⁉ 〰 〽 have emoji forms too.
    return unicodedata.category(before) == "So" or before in "↔↕↖↗↘↙▶◀◾◽ℹ‼⁉〰〽⤴⤵"
