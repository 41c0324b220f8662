"""Localities: sections, villages and districts that people name and the register does not have.

Each is a part of one municipality and stands for the whole of it. Some hundred ship, written by
hand (`data/localities.csv`); an installation imports the full list of its region or of the post.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from alerting.domain.language import Language
from alerting.domain.recipient import RowFinding
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.geo.register import Place

FIELDS = ("name", "language", "postal_code", "municipality")
MAX_NAME_CHARS = 100
NO_NAME = msgid("a name of 1 to {most} characters is required")
NO_LANGUAGE = msgid("must be one of: {known}")
NO_MUNICIPALITY = msgid("is not the NIS code of a municipality")
NOT_ITS_CODE = msgid("is not a postal code of {municipality}")


@dataclass(frozen=True, slots=True)
class Locality:
    """One name of a part of a municipality, in one language."""

    name: str
    language: Language
    postal_code: str
    nis_code: str


def read_localities(
    rows: Iterable[tuple[int, Mapping[str, str]]], municipality: Callable[[str], Place | None]
) -> tuple[tuple[Locality, ...], list[RowFinding]]:
    """The localities in numbered rows of `FIELDS`, and what is wrong with the other rows.

    `municipality` gives the one of today for a NIS code, old ones too.
    """
    localities: dict[Locality, None] = {}
    faults: list[RowFinding] = []
    for number, row in rows:
        name, language, postal_code, code = (row.get(field, "").strip() for field in FIELDS)
        town = municipality(code)
        if not folded(name) or len(name) > MAX_NAME_CHARS:
            faults.append(RowFinding(number, "name", name, NO_NAME, {"most": MAX_NAME_CHARS}))
        elif language not in set(Language):
            known = ", ".join(Language)
            faults.append(RowFinding(number, "language", language, NO_LANGUAGE, {"known": known}))
        elif town is None:
            faults.append(RowFinding(number, "municipality", code, NO_MUNICIPALITY))
        elif postal_code not in town.postal_codes:
            facts = {"municipality": ByLanguage(town.names)}
            faults.append(RowFinding(number, "postal_code", postal_code, NOT_ITS_CODE, facts))
        else:
            localities[Locality(name, Language(language), postal_code, town.nis_code)] = None
    return tuple(localities), faults


@cache
def shipped_localities() -> tuple[Locality, ...]:
    """Those that every installation knows."""
    source = resources.files("alerting.geo").joinpath("data/localities.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return tuple(
        Locality(row["name"], Language(row["language"]), row["postal_code"], row["municipality"])
        for row in rows
    )
