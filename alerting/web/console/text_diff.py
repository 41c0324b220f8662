"""What changed between two texts, word by word, for eyes and for ears."""

import difflib
import re
from dataclasses import dataclass

WORD = re.compile(r"\s+|[^\s\w]|\w+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that stayed (`same`), went (`gone`) or came (`new`)."""

    kind: str
    text: str


def words(before: str, after: str) -> list[Stretch]:
    """The stretches of both texts in reading order; what went stands before what came."""
    old, new = WORD.findall(before), WORD.findall(after)
    stretches: list[Stretch] = []
    for act, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act == "equal":
            stretches.append(Stretch("same", "".join(old[a:b])))
            continue
        if b > a:
            stretches.append(Stretch("gone", "".join(old[a:b])))
        if d > c:
            stretches.append(Stretch("new", "".join(new[c:d])))
    return stretches
