"""A small map of an area as SVG paths: exactly what was chosen, on the outlines of the provinces.

A municipality is drawn by its imported outline, else as a disc of its size at its centre; a
province is filled only where all of it was chosen.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from alerting.domain.shape import KM_PER_DEGREE
from alerting.domain.shape import Shape as AreaShape
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import EAST, NORTH, SOUTH, WEST, provinces
from alerting.geo.shape_shares import shape_line

NARROWING: Final = math.cos(math.radians(50.5))
"""How much shorter a degree of longitude is than one of latitude, in the middle of Belgium."""
SCALE: Final = 100
"""Units of the drawing in one degree of latitude."""
MIN_VIEW_KM: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape: the `d` of an SVG path, and whether it is “all” in the area, a “disc” that is, or
    “none” of it; “drawn” is the circle or polygon the area was chosen by."""

    d: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes in the order they are painted."""

    view_box: str
    shapes: Sequence[Shape]

    def has(self, *kinds: str) -> bool:
        """Whether a shape of one of these kinds is drawn: what the words below it explain."""
        return any(shape.kind in kinds for shape in self.shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A municipality without an outline. Degrees WGS 84, metres."""

    nis_code: str
    longitude: float
    latitude: float
    radius: int


def drawing(
    gazetteer: Gazetteer,
    area: Sequence[str],
    towns: Mapping[str, Mapping[str, Any]],
    chosen_by: AreaShape | None = None,
) -> Drawing:
    """The area on the map; `towns`: the outlines of its municipalities as far as there are any.

    With the shape it was chosen by, the map shows its surroundings only.
    """
    inside = set(area)
    whole = whole_provinces(gazetteer, inside)
    drawn = [
        Shape(d=d, kind="all" if nis_code in whole else "none")
        for nis_code, d in _province_paths().items()
    ]
    drawn += [Shape(d=_path(geometry), kind="all") for geometry in towns.values()]
    found = [disc for disc in discs(gazetteer, area) if disc.nis_code not in towns]
    drawn += [Shape(d=_circle(disc), kind="disc") for disc in found]
    width, height = (EAST - WEST) * NARROWING * SCALE, (NORTH - SOUTH) * SCALE
    view_box = f"0 0 {width:.0f} {height:.0f}"
    if chosen_by:
        line = shape_line(chosen_by)
        drawn.append(Shape(d=_path({"coordinates": [[line]]}), kind="drawn"))
        view_box = _around(line)
    return Drawing(
        view_box=view_box,
        shapes=sorted(drawn, key=lambda shape: ("none", "all", "disc", "drawn").index(shape.kind)),
    )


def discs(gazetteer: Gazetteer, area: Iterable[str]) -> Iterator[Disc]:
    """The municipalities of an area as discs of their size, without those of whole provinces."""
    inside = set(area)
    covered = gazetteer.members(whole_provinces(gazetteer, inside))
    for nis_code in sorted(inside - covered):
        facts = municipality_facts()[nis_code]
        yield Disc(
            nis_code=nis_code,
            longitude=facts.longitude,
            latitude=facts.latitude,
            radius=round(1000 * math.sqrt(facts.km2 / math.pi)),
        )


def whole_provinces(gazetteer: Gazetteer, inside: set[str]) -> set[str]:
    """The provinces, and the Brussels-Capital Region, of which all municipalities are inside."""
    return {code for code in provinces() if inside.issuperset(gazetteer.place(code).members)}


def _around(line: Sequence[tuple[float, float]]) -> str:
    """The view of a shape with as much again on each side, at least `MIN_VIEW_KM` wide."""
    xs, ys = zip(*((float(_x(x)), float(_y(y))) for x, y in line), strict=True)
    side = max(
        2 * (max(xs) - min(xs)), 2 * (max(ys) - min(ys)), MIN_VIEW_KM / KM_PER_DEGREE * SCALE
    )
    left, top = (max(xs) + min(xs) - side) / 2, (max(ys) + min(ys) - side * 5 / 6) / 2
    return f"{left:.1f} {top:.1f} {side:.1f} {side * 5 / 6:.1f}"


@cache
def _province_paths() -> Mapping[str, str]:
    return {nis_code: _path(geometry) for nis_code, geometry in provinces().items()}


def _path(geometry: Mapping[str, Any]) -> str:
    """Each line from its first point on by steps, which take half the bytes of whole coordinates;
    counted in tenths of a unit, so that no rounding adds up."""
    written = []
    for ring in (ring for polygon in geometry["coordinates"] for ring in polygon):
        points = [_tenths(longitude, latitude) for longitude, latitude in ring]
        steps = [
            f"{_shortest(x2 - x)} {_shortest(y2 - y)}"
            for (x, y), (x2, y2) in pairwise(points)
            if (x, y) != (x2, y2)
        ]
        start = " ".join(map(_shortest, points[0]))
        written.append(f"M{start}l{' '.join(steps)}Z".replace(" -", "-"))
    return "".join(written)


def _tenths(longitude: float, latitude: float) -> tuple[int, int]:
    return (
        round((longitude - WEST) * NARROWING * SCALE * 10),
        round((NORTH - latitude) * SCALE * 10),
    )


def _shortest(tenths: int) -> str:
    """2.5, -.5, 3."""
    sign, (whole, tenth) = "-" if tenths < 0 else "", divmod(abs(tenths), 10)
    return f"{sign}{whole or ('' if tenth else 0)}{f'.{tenth}' if tenth else ''}"


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
