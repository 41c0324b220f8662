"""Whether words are the same that were typed before: hands follow words, however they are typed."""

import re
import unicodedata
from hashlib import blake2b
from itertools import chain

from alerting.domain.text.gsm7 import rewrite

RUN_WORDS = 5
"""Words in a row by which they are known again wherever they stand."""
_END = re.compile(r"(?<![.!?;:…])[.!?;:…]++(?=\s|$)|\n")


def runs(text: str) -> frozenset[int]:
    """What a text is known again by: each RUN_WORDS words in a row, each sentence, and all of a
    text that is shorter; as signed 64-bit numbers, since they are kept and looked up.

    Neither case, accents, spaces nor punctuation make another run of it.
    """
    sentences = [_words(part) for part in _END.split(text)]
    words = list(chain.from_iterable(sentences))
    last = max(len(words) - RUN_WORDS, 0)
    found = [words[at : at + RUN_WORDS] for at in range(last + 1)]
    return frozenset(_number("".join(one)) for one in (*found, *sentences) if one)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", rewrite(text).text.casefold())
    letters = (one for one in folded if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in letters).split()


def _number(plain: str) -> int:
    digest = blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
