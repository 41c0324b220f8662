"""Letters that are read for each other."""

import re

ALIKE = (
    *(
        ("ø", "o"),
        ("ł", "l"),
        ("đ", "d"),
        ("ð", "d"),
        ("ħ", "h"),
        ("ŧ", "t"),
        ("ı", "i"),
        ("ŋ", "n"),
    ),
    *(("0", "o"), ("1", "l"), ("2", "z"), ("5", "s"), ("8", "b"), ("i", "l")),
    *(("rn", "m"), ("vv", "w"), ("cl", "d")),
)
"""Letters that are read for each other in the typefaces pages are shown in; single ones first, so
that a pair is found however it is written."""


def skeleton(name: str) -> str:
    """What is left of a name once letters that look alike are one letter, without its marks."""
    plain = re.sub(r"[._-]", "", name.casefold())
    for seen, meant in ALIKE:
        plain = plain.replace(seen, meant)
    return plain
