"""Names that only federal authorities may bear: a reader takes them for the government's."""

import unicodedata
from collections.abc import Iterable

from alerting.domain.officer_names import skeleton

GOVERNMENT = (
    "premier ministre", "première ministre", "1er ministre", "eerste minister",
    "Premierminister", "prime minister", "centre de crise national", "centre national de crise",
    "nationaal crisiscentrum", "nationales Krisenzentrum", "national crisis centre",
    "national crisis center", "gouvernement fédéral", "federale regering", "Föderalregierung",
    "federal government", "gouvernement belge", "belgische regering", "belgische Regierung",
    "ministre de l'intérieur", "minister van binnenlandse zaken", "Innenminister",
    "service public fédéral", "federale overheidsdienst", "BE-Alert",
)  # fmt: skip


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return skeleton("".join(letter for letter in plain if letter.isalnum()))


_GOVERNMENT = frozenset(map(_folded, GOVERNMENT))


def alike(name: str, other: str) -> bool:
    """Whether a reader takes one name for the other."""
    return _folded(name) == _folded(other)


def is_latin(name: str) -> bool:
    """Whether all its letters are Latin ones: others look alike."""
    return all(
        unicodedata.name(letter, "").startswith("LATIN")
        for letter in unicodedata.normalize("NFKC", name)
        if letter.isalpha()
    )


def governments(names: Iterable[str]) -> bool:
    """Whether one of the names holds, or looks as if it held, one of the government's."""
    return any(
        not is_latin(name) or any(one in _folded(name) for one in _GOVERNMENT) for name in names
    )
