"""What a name may mean: each name that places have or had, with all the places it is used for."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, Figure, Phrase, msgid
from alerting.geo.localities import Locality
from alerting.geo.mergers import FORMER_NAMES, SUCCESSORS
from alerting.geo.place_names import ALSO, GROUPS_ALSO, HOMONYMS
from alerting.geo.place_text import MUNICIPALITY, PROVINCE, is_slip, saints
from alerting.geo.register import Place

KIND_NAMES: Mapping[str, str] = {
    "municipality": msgid("municipality"),
    "province": msgid("province"),
    "region": msgid("region"),
    "community": msgid("community"),
    "country": msgid("country"),
}
MUNICIPALITY_WITH_CODE = msgid(
    "{place}, {kind} ({postal_code}), {inhabitants} inhabitants [{nis_code}]"
)
LARGER_AREA = msgid("{place}, {kind}, {inhabitants} inhabitants [{nis_code}]")
PART = msgid("{part} – part of {place} ({postal_code}), {inhabitants} inhabitants [{nis_code}]")
FORMER_PART = msgid(
    "{part} – part of {place} ({postal_code}) since {year}, {inhabitants} inhabitants [{nis_code}]"
)

MOST_SIMILAR = 3
LIKENESS = 0.55
"""How alike two names must be for one to be suggested for the other, between 0 and 1 (difflib)."""
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A place that a name may mean, or a part of one, which stands for the whole municipality."""

    place: Place
    part: str = ""
    """The name of the part; empty: the whole place is called so."""
    since: date | None = None
    """Of a municipality that merged: when it became a part."""
    post: str = ""
    """Of a locality: its postal code."""

    @property
    def postal_code(self) -> str:
        """That of the locality, or the first one of the municipality; empty for larger areas."""
        return self.post or next(iter(self.place.postal_codes), "")

    def described(self) -> Phrase:
        """The place with its kind, postal code, inhabitants and code, for a person who chooses."""
        facts: dict[str, object] = {
            "place": ByLanguage(self.place.names),
            "kind": KIND_NAMES[self.place.kind],
            "postal_code": self.postal_code,
            "inhabitants": Figure(self.place.inhabitants),
            "nis_code": self.place.nis_code,
        }
        if self.part and self.since:
            year = str(self.since.year)
            return Phrase(FORMER_PART, {**facts, "part": self.part, "year": year})
        if self.part:
            return Phrase(PART, {**facts, "part": self.part})
        return Phrase(MUNICIPALITY_WITH_CODE if self.postal_code else LARGER_AREA, facts)


class Meanings:
    """Every name there is, with what it may mean."""

    def __init__(self, places: Mapping[str, Place], localities: Iterable[Locality] = ()) -> None:
        self._by_name: dict[str, dict[str, Meaning]] = {}
        self._provinces = {
            PROVINCE.sub("", folded(name)): Meaning(place=place)
            for place in places.values()
            if place.kind == "province"
            for name in place.names.values()
        }
        towns = [place for place in places.values() if place.is_municipality]
        areas = [place for place in places.values() if not place.is_municipality]
        for place in (*towns, *areas):
            for name in place.names.values():
                self._add(name, Meaning(place=place))
        for also in (HOMONYMS, ALSO, GROUPS_ALSO):
            for nis_code, names in also.items():
                for name in names:
                    self._add(name, Meaning(place=places[nis_code]))
        for old, names in FORMER_NAMES.items():
            successor, since = SUCCESSORS[old]
            for name in names:
                self._add(name, Meaning(place=places[successor], part=name, since=since))
        for locality in localities:
            town = places[locality.nis_code]
            self._add(
                locality.name, Meaning(place=town, part=locality.name, post=locality.postal_code)
            )
        for name, province in self._provinces.items():
            if name in self._by_name:
                self._by_name[name].setdefault(province.place.nis_code, province)

    def _add(self, name: str, meaning: Meaning) -> None:
        """One more meaning of a name; a place that has the name already has it no second time."""
        key = folded(name)
        self._by_name.setdefault(key, {}).setdefault(meaning.place.nis_code, meaning)

    def exactly(self, folded_name: str) -> tuple[Meaning, ...]:
        """What this one name may mean, without a word for the kind of place."""
        return tuple(self._by_name.get(folded_name, {}).values())

    def of(self, name: str) -> tuple[Meaning, ...]:
        """All that may be meant by what somebody wrote; a word for the kind of place narrows it."""
        wanted = folded(name)
        variants = (wanted, *saints(wanted))
        found = {
            meaning.place.nis_code: meaning
            for variant in reversed(variants)
            for meaning in self.exactly(variant)
        }
        if found:
            return tuple(found.values())
        for variant in variants:
            if (bare := PROVINCE.sub("", variant)) != variant and bare in self._provinces:
                return (self._provinces[bare],)
            if (bare := MUNICIPALITY.sub("", variant)) != variant:
                towns = [each for each in self.exactly(bare) if each.place.is_municipality]
                whole = [each for each in towns if not each.part]
                if towns:
                    return tuple(whole or towns)
        return ()

    def beginning_with(self, text: str) -> Iterator[Meaning]:
        """For somebody who is typing: the name itself, names that begin so, then words within."""
        wanted = folded(text)
        starts = (name for name in self._by_name if name.startswith(wanted))
        inside = (name for name in self._by_name if f" {wanted}" in name)
        for name in dict.fromkeys((wanted, *starts, *inside)):
            yield from self.exactly(name)

    def similar(self, text: str) -> tuple[Meaning, ...]:
        """What a name that is not known may be a slip of, then what resembles it.

        Never one alone, which would be taken without reading: two at least, or none.
        """
        wanted = folded(text)[:LONGEST_NAME]
        slips = (name for name in self._by_name if is_slip(wanted, name))
        alike = difflib.get_close_matches(wanted, self._by_name, 2 * MOST_SIMILAR, LIKENESS)
        found: dict[str, Meaning] = {}
        for name in (*slips, *alike):
            for meaning in self.exactly(name):
                found.setdefault(meaning.place.nis_code, meaning)
        return tuple(found.values())[:MOST_SIMILAR] if len(found) > 1 else ()
