"""Whether words are the same that were typed before: hands follow words, however they are typed."""

import re
import unicodedata

from alerting.domain.text.gsm7 import rewrite

_END = re.compile(r"(?<![.!?;:…])[.!?;:…]++(?=\s|$)|\n")


def sentences(text: str) -> frozenset[str]:
    """The sentences of a text, each as its letters and digits alone.

    Neither case, accents, spaces nor punctuation make another sentence of it.
    """
    return frozenset(plain for part in _END.split(text) if (plain := _plain(part)))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", rewrite(text).text.casefold())
    return "".join(letter for letter in folded if letter.isalnum())
