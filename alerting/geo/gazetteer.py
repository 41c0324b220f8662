"""Places by code and by name: what an area is, and what it is called in each language."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from alerting.domain.errors import AmbiguousPlace, ContradictoryPlace, UnknownPlace
from alerting.domain.language import BRUSSELS, Inhabited, Language
from alerting.domain.place import PlaceRead, PlaceRemark
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, Phrases, msgid
from alerting.geo.localities import Locality, shipped_localities
from alerting.geo.meanings import Meaning, Meanings
from alerting.geo.mergers import FORMER_NAMES, SUCCESSORS
from alerting.geo.name_lists import MOST_TO_FIND, all_names, enumerate_area
from alerting.geo.place_names import RIVERS
from alerting.geo.place_text import split_code
from alerting.geo.register import Place, read_register

BRUSSELS_CITY = "21004"
BARE = re.compile(r"^(?:Province (?:de |du |d’|of )|Provincie |Provinz )")
"""What stands before the name of a province in the register."""

MERGED = msgid(
    "“{place}” has been part of {municipality} since {year}: the whole municipality is included"
)
PART_OF = msgid(
    "“{place}” is part of {municipality} ({postal_code}): the whole municipality is included"
)
CODE_COUNTS = msgid("“{place}” was read as {municipality}: the code takes precedence over the name")
NOT_THE_OTHERS = msgid(
    "“{place}” was read as the municipality {municipality}; it may also mean: {others}"
)


def split_places(text: str) -> list[str]:
    """The places that somebody wrote between commas, semicolons or line ends."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


class Gazetteer:
    """Every Belgian place. Building one is free; the register is read at the first question."""

    def __init__(self) -> None:
        self._imported: tuple[Locality, ...] = ()
        self.localities_mark = ""
        """What tells the imported list of localities from any other."""

    def use_localities(self, localities: Iterable[Locality], mark: str) -> None:
        """Know these besides those that ship, instead of the ones imported before."""
        self._imported, self.localities_mark = tuple(localities), mark
        self.__dict__.pop("_meanings", None)

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

    def current_codes(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Today's codes of these places, sorted, without those that never were one."""
        return tuple(sorted({today for code in codes if (today := self.current(code))}))

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """NIS codes of the municipalities meant by `text`, sorted; see `read`."""
        return self.read(text, ask=ask).municipalities

    def read(self, text: str, *, ask: bool = True) -> PlaceRead:
        """What is meant by `text`, and what its writer should know about that.

        It may be a name in any of the four languages, one a municipality had before it merged, a
        postal code, a NIS code (old ones too), a code beside a name, a province, a region, the
        country, or several of these between commas. Raises UnknownPlace; AmbiguousPlace for a name
        that is more than one place (without `ask` the only municipality called so counts);
        ContradictoryPlace for a code and a name that disagree.
        """
        parts = split_places(text)
        if not parts:
            raise UnknownPlace(place=text.strip())
        return self._together([self._read_one(part, ask=ask) for part in parts])

    def read_municipality(self, text: str) -> PlaceRead:
        """What is meant by `text` where only a municipality makes sense, as in somebody's address.

        A name that is also an area's, or a part's elsewhere, is the municipality.
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

    def inhabitants(self, codes: Iterable[str]) -> int:
        """How many people live in these municipalities together."""
        return sum(self.place(code).inhabitants for code in codes)

    def area_name(self, codes: Sequence[str], language: Language, *, room: int = 0) -> str:
        """What these municipalities together are called, e.g. “Eupen, Raeren und Kelmis”.

        Complete provinces and regions go by their own name, long lists end in “and 12 other
        municipalities”. `room` is the number of characters there is place for (0: no matter). A
        municipality called as an area it is not in has its postal code: “Limbourg (4830)”.
        """
        names, whole = self._names_by_size(codes, language)
        return enumerate_area(names, whole, language, room)

    def _names_by_size(self, codes: Sequence[str], language: Language) -> tuple[list[str], int]:
        """Of complete areas, then of municipalities from the largest on; how many are areas."""
        whole, left = self._collapsed(frozenset(self.place(code).nis_code for code in codes))
        by_size = sorted(left, key=lambda place: (-place.inhabitants, place.names[language]))
        names = [self._told_apart(place, language) for place in (*whole, *by_size)]
        return names, len(whole)

    def full_area_name(self, codes: Sequence[str], language: Language) -> str:
        """The same with every municipality by its name, however many there are."""
        whole, left = self._collapsed(frozenset(self.place(code).nis_code for code in codes))
        by_name = sorted(left, key=lambda place: place.names[language])
        names = [self._told_apart(place, language) for place in (*whole, *by_name)]
        return all_names(names, language)

    def area_phrases(
        self, codes: Sequence[str], language: Language, *, room: int
    ) -> tuple[str, ...]:
        """What these municipalities are called, from all it takes to what has place in `room`."""
        names, _ = self._names_by_size(codes, language)
        shortest = self.area_name(codes, language, room=room)
        found = [self.area_name(codes, language)]
        if len(names) <= MOST_TO_FIND:
            found = [all_names(names, language)]
        while len(found[-1]) > len(shortest):
            left = max(len(found[-1]) - 1, room)
            found.append(self.area_name(codes, language, room=left))
            if len(found[-1]) >= len(found[-2]):
                break
        return tuple(dict.fromkeys((*found, shortest)))

    def _told_apart(self, place: Place, language: Language) -> str:
        """Its name; with a postal code where readers would take it for an area it is not in."""
        name = place.names[language]
        return f"{name} ({place.postal_codes[0]})" if place.nis_code in self._mistakable else name

    @cached_property
    def _mistakable(self) -> frozenset[str]:
        """Municipalities that bear the name of a larger area elsewhere, in any language."""
        areas = [
            ({folded(BARE.sub("", name)) for name in area.names.values()}, area.members)
            for area in self._areas
        ]
        return frozenset(
            municipality.nis_code
            for municipality in self.municipalities()
            for names, members in areas
            if municipality.nis_code not in members
            and names & {*map(folded, municipality.names.values())}
        )

    def area_names(self, codes: Sequence[str]) -> Mapping[Language, str]:
        """What these municipalities are called, by language: for a reader who is not known yet."""
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
        folded_text = folded(text)
        rivers = [river for river in RIVERS if folded(river[language]) == folded_text]
        bearing = [
            meaning.place for meaning in self._meanings.exactly(folded_text) if not meaning.part
        ]
        places = [
            place.names
            for place in bearing
            if place.is_municipality or folded(place.names[language]) == folded_text
        ]
        provinces = [
            names
            for names in self._bare_provinces
            if folded_text and folded(names[language]) == folded_text
        ]
        found = [*rivers, *places, *provinces]
        if not found or any(names != found[0] for names in found):
            return {}
        if folded(found[0][language]) != folded_text:
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
            {language: BARE.sub("", name) for language, name in area.names.items()}
            for area in self._areas
            if area.kind == "province"
        )

    def members(self, codes: Iterable[str]) -> frozenset[str]:
        """The municipalities of places of any kind, given by code."""
        return frozenset(member for code in codes for member in self.place(code).members)

    def around(self, codes: Iterable[str]) -> frozenset[str]:
        """Codes of the areas, the country among them, that have one of these municipalities."""
        return frozenset(
            area.nis_code for area in self._areas if not frozenset(area.members).isdisjoint(codes)
        )

    def inside(self, codes: Iterable[str]) -> frozenset[str]:
        """Codes of the areas that lie wholly among these municipalities."""
        among = frozenset(codes)
        return frozenset(area.nis_code for area in self._areas if among.issuperset(area.members))

    def whole_areas(self, codes: Sequence[str]) -> tuple[list[Place], list[Place]]:
        """The largest complete areas in `codes`, and the municipalities left over."""
        return self._collapsed(frozenset(codes))

    def areas(self) -> tuple[Place, ...]:
        """Everything larger than a municipality, larger ones first."""
        return self._areas

    def search(self, text: str, limit: int = 10) -> tuple[Meaning, ...]:
        """Places for someone still typing, who may stop at a code beside a name."""
        if not folded(text):
            return ()
        meanings = list(self._meanings.beginning_with(text))
        codes, name = split_code(text)
        if codes and not meanings:
            places = {code for one in codes for code in self._with_code(one)}
            meanings = [
                meaning for meaning in self._meanings.of(name) if meaning.place.nis_code in places
            ]
            meanings = meanings or [Meaning(place=self._places[code]) for code in sorted(places)]
        different = {
            (meaning.place.nis_code, meaning.part): meaning
            for meaning in meanings or self.meanings(text)
        }
        return tuple(different.values())[:limit]

    def meanings(self, name: str) -> tuple[Meaning, ...]:
        """All that a name without a code may mean."""
        return self._meanings.of(name)

    def similar(self, text: str) -> tuple[Meaning, ...]:
        """What an unknown name may be meant for: two suggestions at least, or none."""
        return self._meanings.similar(text)

    def municipality(self, nis_code: str) -> Place | None:
        """The municipality of today with this code or an old one; None where there is none."""
        current = self.current(nis_code)
        place = self._places[current] if current else None
        return place if place and place.is_municipality else None

    def municipalities(self) -> tuple[Place, ...]:
        """All 565, by code."""
        return tuple(place for place in self._places.values() if place.is_municipality)

    def _read_one(self, text: str, *, ask: bool = True) -> PlaceRead:
        codes, name = split_code(text)
        remarks = [self._merged(code, code) for code in codes if code in FORMER_NAMES]
        if not codes:
            meant, said = self._by_name_alone(name, ask=ask)
            return self._read([meant.place.nis_code], said)
        by_code = self._by_codes(codes, text)
        named = self._meanings.of(name) if name else ()
        if not name:
            return self._read(by_code, remarks)
        if agreeing := [meaning for meaning in named if meaning.place.nis_code in by_code]:
            parts = [meaning for meaning in agreeing if meaning.part]
            if len(parts) == len(agreeing):
                remarks += [self._about_part(meaning, text) for meaning in parts if not remarks]
            return self._read([meaning.place.nis_code for meaning in agreeing], remarks)
        if all(meaning.part for meaning in named) or self._in_brussels(by_code, named):
            facts = {"place": text, "municipality": self._called(by_code)}
            return self._read(by_code, [PlaceRemark(CODE_COUNTS, facts), *remarks])
        raise ContradictoryPlace(
            place=text,
            by_code=self._called(by_code),
            by_name=self._called({meaning.place.nis_code for meaning in named}),
        )

    def _by_name_alone(self, name: str, *, ask: bool) -> tuple[Meaning, list[PlaceRemark]]:
        """The one place that a name means; AmbiguousPlace where it means several."""
        named = self._meanings.of(name)
        if not named:
            raise self._unknown(name)
        if len(named) == 1:
            return named[0], [self._about_part(meaning, name) for meaning in named if meaning.part]
        towns = [meaning for meaning in named if meaning.place.is_municipality and not meaning.part]
        towns = towns or [meaning for meaning in named if meaning.since]
        if ask or len(towns) != 1:
            choices = Phrases(tuple(meaning.described() for meaning in named))
            codes = tuple(meaning.place.nis_code for meaning in named)
            raise AmbiguousPlace(place=name, choices=choices, codes=codes)
        town = towns[0]
        other_meanings = [
            meaning for meaning in named if town.place.nis_code not in meaning.place.members
        ]
        facts = {
            "place": name,
            "municipality": ByLanguage(town.place.names),
            "others": Phrases(tuple(meaning.described() for meaning in other_meanings)),
        }
        remarks = [self._about_part(town, name)] if town.part else []
        return town, [*remarks, *([PlaceRemark(NOT_THE_OTHERS, facts)] if other_meanings else [])]

    def _unknown(self, text: str) -> UnknownPlace:
        similar = self._meanings.similar(text)
        if not similar:
            return UnknownPlace(place=text)
        return UnknownPlace(
            place=text, near=Phrases(tuple(meaning.described() for meaning in similar))
        )

    def _read(self, places: Iterable[str], remarks: Sequence[PlaceRemark]) -> PlaceRead:
        return self._together([PlaceRead(tuple(sorted(places)), (), tuple(remarks))])

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
            places = self._with_code(code)
            if not places:
                raise UnknownPlace(place=text)
            meant.append(frozenset(places))
        found = frozenset[str].intersection(*meant)
        if not found:
            raise ContradictoryPlace(
                place=text, by_code=self._called(meant[0]), by_name=self._called(meant[-1])
            )
        return found

    def _with_code(self, code: str) -> tuple[str, ...]:
        """Today's codes of the places that a NIS code or postal code may mean."""
        current = self.current(code)
        return (current,) if current else self._by_postal_code.get(code, ())

    def _in_brussels(self, by_code: frozenset[str], named: Collection[Meaning]) -> bool:
        """“1030 Bruxelles” is how Schaerbeek writes its address: the post's name for the region."""
        inside = frozenset(self._places[BRUSSELS].members)
        codes = {meaning.place.nis_code for meaning in named}
        return by_code <= inside and bool(codes & {BRUSSELS, BRUSSELS_CITY})

    def _about_part(self, meant: Meaning, written: str) -> PlaceRemark:
        """That a part stands for its whole municipality."""
        facts: dict[str, object] = {
            "place": written,
            "municipality": ByLanguage(meant.place.names),
            "year": str(meant.since.year) if meant.since else "",
            "postal_code": meant.postal_code,
        }
        return PlaceRemark(MERGED if meant.since else PART_OF, facts)

    def _merged(self, ended: str, written: str) -> PlaceRemark:
        successor, since = SUCCESSORS[ended]
        facts = {
            "place": written,
            "municipality": self._called({successor}),
            "year": str(since.year),
        }
        return PlaceRemark(MERGED, facts)

    def _called(self, codes: Collection[str]) -> ByLanguage:
        towns = sorted(code for code in codes if self._places[code].is_municipality)
        names = [self._places[code].names for code in towns or sorted(codes)]
        return ByLanguage(
            {language: " / ".join(name[language] for name in names) for language in Language}
        )

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
        return tuple(place for place in self._places.values() if not place.is_municipality)

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        """Larger areas first, so that collapsing meets the country before its provinces."""
        return read_register()

    @cached_property
    def _meanings(self) -> Meanings:
        return Meanings(self._places, (*shipped_localities(), *self._imported))

    @cached_property
    def _by_postal_code(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for municipality in self.municipalities():
            for code in municipality.postal_codes:
                found.setdefault(code, []).append(municipality.nis_code)
        return {code: tuple(towns) for code, towns in found.items()}
