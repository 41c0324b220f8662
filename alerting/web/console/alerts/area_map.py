"""A small map of an area as SVG paths: exactly what was chosen, on the outlines of the provinces.

A municipality is drawn by its imported outline, else as a disc of its size at its centre; a
province is filled only where all of it was chosen.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import EAST, NORTH, SOUTH, WEST, provinces
from alerting.services import Services

NARROWING: Final = math.cos(math.radians(50.5))
"""How much shorter a degree of longitude is than one of latitude, in the middle of Belgium."""
SCALE: Final = 100
"""Units of the drawing in one degree of latitude."""
KM_PER_DEGREE: Final = 111.2
"""Kilometres in one degree of latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape: the `d` of an SVG path, and whether it is “all” in the area, a “disc” that is, or
    “none” of it."""

    d: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes in the order they are painted."""

    view_box: str
    shapes: Sequence[Shape]
    discs: bool
    """Whether a municipality is drawn as a disc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A municipality without an outline. Degrees WGS 84, metres."""

    nis_code: str
    longitude: float
    latitude: float
    radius: int


def drawing(
    services: Services, area: Sequence[str], towns: Mapping[str, Mapping[str, Any]]
) -> Drawing:
    """The area on the map; `towns`: the outlines of its municipalities as far as there are any."""
    inside = set(area)
    whole = _whole_provinces(services, inside)
    drawn = [
        Shape(d=_path(geometry), kind="all" if nis_code in whole else "none")
        for nis_code, geometry in provinces().items()
    ]
    drawn += [Shape(d=_path(geometry), kind="all") for geometry in towns.values()]
    found = [one for one in discs(services, area) if one.nis_code not in towns]
    drawn += [Shape(d=_circle(one), kind="disc") for one in found]
    width, height = (EAST - WEST) * NARROWING * SCALE, (NORTH - SOUTH) * SCALE
    return Drawing(
        view_box=f"0 0 {width:.0f} {height:.0f}",
        shapes=sorted(drawn, key=lambda one: one.kind != "none"),
        discs=bool(found),
    )


def discs(services: Services, area: Iterable[str]) -> Iterator[Disc]:
    """The municipalities of an area as discs of their size, without those of whole provinces."""
    inside = set(area)
    covered = services.gazetteer.members(_whole_provinces(services, inside))
    for nis_code in sorted(inside - covered):
        facts = municipality_facts()[nis_code]
        yield Disc(
            nis_code=nis_code,
            longitude=facts.longitude,
            latitude=facts.latitude,
            radius=round(1000 * math.sqrt(facts.km2 / math.pi)),
        )


def _whole_provinces(services: Services, inside: set[str]) -> set[str]:
    """The provinces, and the Brussels-Capital Region, of which all municipalities are inside."""
    return {
        code for code in provinces() if inside.issuperset(services.gazetteer.place(code).members)
    }


def _path(geometry: Mapping[str, Any]) -> str:
    rings: Iterable[Any] = (ring for polygon in geometry["coordinates"] for ring in polygon)
    return "".join(
        "M" + "L".join(f"{_x(longitude)} {_y(latitude)}" for longitude, latitude in ring) + "Z"
        for ring in rings
    )


def _circle(disc: Disc) -> str:
    """Two half circles."""
    r = disc.radius / 1000 / KM_PER_DEGREE * SCALE
    left = (disc.longitude - WEST) * NARROWING * SCALE - r
    return (
        f"M{left:.1f} {_y(disc.latitude)}"
        f"a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {-2 * r:.2f} 0Z"
    )


def _x(longitude: float) -> str:
    return f"{(longitude - WEST) * NARROWING * SCALE:.1f}"


def _y(latitude: float) -> str:
    return f"{(NORTH - latitude) * SCALE:.1f}"
