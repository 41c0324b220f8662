"""Which languages an alert must speak, by the Belgian language law; and their order.

Source: laws on the use of languages in administrative matters, coordinated on 18 July 1966
(art. 7, 8, 11, 18, 24, 40). A local notice uses the language of its region; Brussels and the 27
municipalities with facilities use two. A person who chose a language is written to in it (art.
41); the rules here are for what is addressed to a whole area.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The three legal languages, and English, which may only be added, last."""

    FR = "fr"
    NL = "nl"
    DE = "de"
    EN = "en"


OWN_NAMES: Mapping[Language, str] = {
    Language.FR: "Français",
    Language.NL: "Nederlands",
    Language.DE: "Deutsch",
    Language.EN: "English",
}
"""Languages name themselves, and are not translated."""

LEGAL = (Language.FR, Language.NL, Language.DE)
"""The legal languages in the order used where the law gives none."""

FR, NL, DE = LEGAL

FLANDERS, WALLONIA, BRUSSELS = "02000", "03000", "04000"
"""REFNIS codes of the regions."""

BY_REGION: Mapping[str, tuple[Language, ...]] = {
    FLANDERS: (NL,),
    WALLONIA: (FR,),
    BRUSSELS: (FR, NL),  # art. 18: equal footing
}

PERIPHERY = frozenset({"23098", "23099", "23100", "23101", "23102", "23103"})
"""Art. 24: Dutch first, French beside it."""
BORDER_FLANDERS = frozenset({"23009", "33016", "34043", "45041", "73028", "73109"})
"""Art. 11 par. 2, in the Dutch-speaking region: Dutch first."""
BORDER_WALLONIA = frozenset({"51019", "51067", "57096", "57097"})
"""Art. 11 par. 2, in the French-speaking region: French first."""
MALMEDY_REGION = frozenset({"63049", "63080"})
"""Art. 11 par. 3: French; German by decision of the council, sent by default to be safe."""
GERMAN_REGION = frozenset(
    {"63001", "63012", "63013", "63023", "63040", "63048", "63061", "63067", "63087"}
)
"""Art. 11 par. 2: German and French, German first."""

BY_MUNICIPALITY: Mapping[str, tuple[Language, ...]] = {
    **dict.fromkeys(PERIPHERY | BORDER_FLANDERS, (NL, FR)),
    **dict.fromkeys(BORDER_WALLONIA, (FR, NL)),
    **dict.fromkeys(MALMEDY_REGION, (FR, DE)),
    **dict.fromkeys(GERMAN_REGION, (DE, FR)),
}


@dataclass(frozen=True, slots=True)
class Inhabited:
    """A municipality as the language law sees it: where it lies and how many live there."""

    nis_code: str
    region: str
    inhabitants: int


def languages_of(municipality: Inhabited) -> tuple[Language, ...]:
    """The languages of notices in one municipality, first language first."""
    return BY_MUNICIPALITY.get(municipality.nis_code) or BY_REGION[municipality.region]


def required_languages(area: Iterable[Inhabited]) -> tuple[Language, ...]:
    """The languages a notice to this whole area must have, in order.

    A union of areas needs the union of their languages, none ever dropped. The order starts with
    the language that stands first for most inhabitants; where that does not decide, the legal
    order does. French and Dutch are on an equal footing where both are required (art. 40).
    """
    first_for: dict[Language, int] = {}
    needed: set[Language] = set()
    for municipality in area:
        languages = languages_of(municipality)
        needed.update(languages)
        # In Brussels neither language comes first.
        lead_authority = languages if municipality.region == BRUSSELS else languages[:1]
        for language in lead_authority:
            first_for[language] = first_for.get(language, 0) + municipality.inhabitants
    return tuple(
        sorted(needed, key=lambda language: (-first_for.get(language, 0), LEGAL.index(language)))
    )


def in_order(languages: Iterable[Language], required: tuple[Language, ...]) -> tuple[Language, ...]:
    """`languages` as they may appear: required ones first and in their order, English last."""
    chosen = set(languages)
    return (
        *(language for language in required if language in chosen),
        *(
            language
            for language in (*LEGAL, Language.EN)
            if language in chosen and language not in required
        ),
    )
