"""Names that officers sign in with, and that stand in the ledger."""

import re

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
RESERVED = frozenset(
    ("operator", "service", "system", "shell", "server", "alerting", "root", "worker", "nobody")
)
"""What the ledger calls machines, or a reader would take for one."""
ALIKE = (
    *(("0", "o"), ("1", "l"), ("2", "z"), ("5", "s"), ("8", "b"), ("i", "l")),
    *(("rn", "m"), ("vv", "w"), ("cl", "d")),
)
"""Letters that are read for each other in the typefaces pages are shown in; single ones first, so
that a pair is found however it is written."""


def is_a_name(name: str) -> bool:
    """Whether a person may be called so: small letters of ASCII, and no machine's name."""
    return bool(NAME.fullmatch(name)) and skeleton(name) not in _RESERVED


def skeleton(name: str) -> str:
    """What is left of a name once letters that look alike are one letter, without its marks."""
    plain = re.sub(r"[._-]", "", name.casefold())
    for seen, meant in ALIKE:
        plain = plain.replace(seen, meant)
    return plain


_RESERVED = frozenset(map(skeleton, RESERVED))
