"""Whether words are the same that were typed before: hands follow words, however they are typed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import chain

from alerting.domain.text.gsm7 import rewrite

RUN_WORDS = 5
"""Words in a row by which they are known again wherever they stand."""
MAX_KEPT_RUNS = 8192
"""Runs kept of what is typed at once: more than all texts of an alert on every channel have."""
_END = re.compile(r"(?<![.!?;:…])[.!?;:…]++(?=\s|$)|\n")


def runs(text: str) -> frozenset[int]:
    """What a text is known again by: each RUN_WORDS words in a row, each sentence, and all of a
    text that is shorter; as signed 64-bit numbers, since they are kept and looked up.

    Neither case, accents, spaces nor punctuation make another run of it.
    """
    return frozenset(chain.from_iterable(_in_order(text)))


def new_runs(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[int, ...]:
    """The runs of texts that `known` ones do not have, as they follow one another in the texts."""
    before = all_runs(known)
    in_rows, sentences = [], []
    for rows, ends in map(_in_order, texts):
        in_rows += rows
        sentences += ends
    return tuple(one for one in (*in_rows, *sentences) if one not in before)


def all_runs(texts: Iterable[str]) -> frozenset[int]:
    """The runs of all of them."""
    return frozenset[int]().union(*map(runs, texts))


def runs_to_keep(new: Sequence[int]) -> Collection[int]:
    """By which `new_runs` are known again: all of them, up to MAX_KEPT_RUNS; of more, each second,
    third, n-th.

    Held against all runs of a later text, they find RUN_WORDS words in a row of up to MAX_KEPT_RUNS
    new words, and RUN_WORDS + n - 1 words in a row of n times as many: a row of n runs holds one
    that is kept, whatever stands around it. The longest alert of one-letter words has n = 11, of
    words of five letters n = 3.
    """
    every = max(-(-len(new) // MAX_KEPT_RUNS), 1)
    return dict.fromkeys(new[::every])


def rows_of_words(text: str) -> frozenset[int]:
    """Only each RUN_WORDS words in a row: nothing of a text that has fewer."""
    words = _words(text)
    return frozenset(map(_number_of, _rows(words))) if len(words) >= RUN_WORDS else frozenset()


def _in_order(text: str) -> tuple[list[int], list[int]]:
    """Words in a row, and sentences."""
    sentences = [_words(part) for part in _END.split(text)]
    words = list(chain.from_iterable(sentences))
    return (
        [_number_of(row) for row in _rows(words) if row],
        [_number_of(sentence) for sentence in sentences if sentence],
    )


def _rows(words: Sequence[str]) -> list[Sequence[str]]:
    last = max(len(words) - RUN_WORDS, 0)
    return [words[at : at + RUN_WORDS] for at in range(last + 1)]


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", rewrite(text).text.casefold())
    letters = (one for one in folded if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in letters).split()


def _number_of(words: Sequence[str]) -> int:
    digest = blake2b("".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
