"""Where a detail has no words in a language: a mark in the texts of that language.

What was written for another language never stands in. The mark is part of what is kept, read and
approved; the checks find it until somebody writes words in its place.
"""

import re
from collections.abc import Iterator

from alerting.domain.language import Language

MAX_NAME_CHARS = 40
"""Of what the mark calls the detail."""
MARK = re.compile(rf"\[(?:{'|'.join(Language)})\? ?([^\[\]\n]{{0,60}})\]?", re.IGNORECASE)
"""Also where its end was lost in an edit."""
_END_OF_NAME = re.compile(r"[:,;.(\[\]\n]")


def missing_words(language: Language, detail: str) -> str:
    """The mark, with the first words of what the form calls the detail in that language."""
    name = _END_OF_NAME.split(detail, maxsplit=1)[0].strip()[:MAX_NAME_CHARS].strip()
    return f"[{language.upper()}? {name}]"


def missing_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the marks of a text stand, and which detail each names."""
    for match in MARK.finditer(text):
        yield match.start(), match.end(), match[1].strip()
