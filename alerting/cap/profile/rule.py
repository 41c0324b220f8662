"""What a rule of the profile is, and how rules go through a message."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from alerting.cap.message import CapArea, CapInfo, CapMessage
from alerting.domain.language import Language

Place = str
"""Where in a message: `info[2]/area[1]/polygon[3]`, counted from 1; empty: the whole."""


class RuleGroup(StrEnum):
    """Whose rule it is."""

    CAP = "CAP 1.2"
    GOOGLE = "Google"
    OWN = "own"
    BELGIUM = "Belgium"


class Register(Protocol):
    """What Belgian rules ask of the places there are."""

    def is_place(self, code: str) -> bool:
        """Whether a code is that of a municipality, province, region or the country today."""
        ...

    def required(self, codes: Sequence[str]) -> tuple[Language, ...]:
        """The languages the law asks for there, in order."""
        ...


Found = Iterator[tuple[Place, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `says` is a message id, filled with the facts `breaks` gives."""

    name: str
    group: RuleGroup
    source: str
    says: str
    breaks: "Callable[[CapMessage, Register | None], Found]"
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class ProfileFinding:
    """A rule that a message breaks, and where."""

    rule: Rule
    place: Place
    facts: dict[str, object]


def infos_of(message: CapMessage) -> Iterator[tuple[Place, CapInfo]]:
    """Each `info`, with where it is."""
    for n, info in enumerate(message.infos, 1):
        yield f"info[{n}]", info


def areas_of(message: CapMessage) -> Iterator[tuple[Place, CapArea]]:
    """Each area of each `info`, with where it is."""
    for place, info in infos_of(message):
        for n, area in enumerate(info.areas, 1):
            yield f"{place}/area[{n}]", area


def each_info(
    wrong: Callable[[CapInfo], bool], element: str = ""
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks in every `info` that is wrong."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        for place, info in infos_of(message):
            if wrong(info):
                yield f"{place}/{element}" if element else place, {}

    return breaks


def whole_message(
    wrong: Callable[[CapMessage], bool], place: Place = ""
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks once, for the whole message."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        if wrong(message):
            yield place, {}

    return breaks


def same_as_first(
    element: str, of: Callable[[CapInfo], object]
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks in every `info` that differs from the first."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        for place, info in list(infos_of(message))[1:]:
            if of(info) != of(message.infos[0]):
                yield f"{place}/{element}", {}

    return breaks


def codes_of(area: CapArea, name: str) -> list[str]:
    """The geocodes of an area that have this name."""
    return [geocode.value for geocode in area.geocodes if geocode.name == name]
