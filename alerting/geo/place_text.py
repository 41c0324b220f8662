"""How people write a place: a code beside a name, “St-” for Saint, a word for what it is, slips."""

import re
from collections.abc import Iterator

PROVINCE = re.compile(
    r"^(?:province|provincie|provinz|prov) (?:(?:de|du|d|of|van) )?"
    r"| (?:province|provincie|provinz)$"
)
"""What makes “Liège” the province, in folded text."""
MUNICIPALITY = re.compile(
    r"^(?:commune|ville|gemeente|stad|gemeinde|stadt|municipality|city|town) "
    r"(?:(?:de|du|d|of|van) )?| (?:municipality|city|town)$"
)
"""What makes “Liège” the municipality, in folded text."""
CODE = re.compile(r"(?<!\w)(?:BE?[- ]?)?(\d{4,5})(?!\w)", re.IGNORECASE)
"""A postal code, with or without the country before it, or a NIS code."""
AROUND_NAME = re.compile(r"[()\[\]/:,;]+")
POST_OFFICE = re.compile(r"(?<!\s)\s++\d{1,2}$")
"""The number in “4000 Liège 1”."""
SAINTS = {"st": ("saint", "sint", "sankt"), "ste": ("sainte",)}
SHORTEST_SLIP, SHORTEST_CHANGED = 5, 7
"""Letters: in shorter names one letter makes another place (Ham and Hamme, Melle and Malle)."""


def split_code(text: str) -> tuple[tuple[str, ...], str]:
    """The codes in what somebody wrote, and the name beside them; either may be empty."""
    codes = tuple(CODE.findall(text))
    if not codes:
        return (), text
    rest = " ".join(AROUND_NAME.sub(" ", CODE.sub(" ", text)).split())
    return codes, POST_OFFICE.sub("", rest).strip(" -–.·")


def saints(name: str) -> Iterator[str]:
    """A folded name with “st” and “ste” written out, in every language."""
    words = name.split()
    for at, word in enumerate(words):
        for whole in SAINTS.get(word, ()):
            yield " ".join([*words[:at], whole, *words[at + 1 :]])


def is_slip(written: str, name: str) -> bool:
    """Whether `written` is `name` but for a slip of the hand, or the beginning of its words.

    A slip is one letter too many or too few, two that changed places, or, in a long name, one
    that is another.
    """
    if name.startswith(f"{written} "):
        return True
    if min(len(written), len(name)) < SHORTEST_SLIP or abs(len(written) - len(name)) > 1:
        return False
    at = next(
        (n for n, pair in enumerate(zip(written, name, strict=False)) if pair[0] != pair[1]), -1
    )
    if at < 0:
        return len(written) != len(name)
    if len(written) != len(name):
        longer, shorter = sorted((written, name), key=len, reverse=True)
        return longer[at + 1 :] == shorter[at:]
    swapped = written[at : at + 2] == name[at : at + 2][::-1]
    if swapped and written[at + 2 :] == name[at + 2 :]:
        return True
    return len(name) >= SHORTEST_CHANGED and written[at + 1 :] == name[at + 1 :]
