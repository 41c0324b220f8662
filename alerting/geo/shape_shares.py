"""How much of each municipality is inside a shape.

By its outline where there is one, else by a disc of its size at its centre. Shares of an area do
not change where a plane is stretched, so degrees serve as they are. Own code, as shapely would
bring numpy along for this one area.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from alerting.domain.shape import KM_PER_DEGREE, Point, Shape
from alerting.domain.text.i18n import Phrase, msgid
from alerting.geo.municipality_facts import MunicipalityFacts, municipality_facts

CORNERS = 96
"""Of the polygon that stands for a circle; it is drawn around it, so that nothing is missed."""
TOUCHES = 1e-6
"""The least share that counts: below it is what floating point leaves of nothing."""
MAY_LEAVE_OUT = 0.01
"""A municipality with less than this inside need not be alerted."""
NEAR = 1.8
"""How much farther than its disc a municipality may reach: of places in Belgium, 99.7 % are within
the disc of their municipality widened so, 84 % within the disc itself."""
FARTHEST_KM = 30
"""No municipality reaches farther from its centre."""

PERHAPS = msgid("perhaps")
A_SLIVER = msgid("less than 1 %")
PERCENT = msgid("{n} %")

Line = Sequence[Point]
Side = tuple[float, float, float, float]
"""From the lower to the higher end: x, y, x, y."""


def candidates(shape: Shape) -> list[str]:
    """NIS codes of the municipalities that could be touched: those whose outlines matter."""
    west, south, east, north = _bounds([shape_line(shape)])
    up = FARTHEST_KM / KM_PER_DEGREE
    aside = up / math.cos(math.radians(north))
    return [
        nis_code
        for nis_code, one in municipality_facts().items()
        if west - aside <= one.longitude <= east + aside
        and south - up <= one.latitude <= north + up
    ]


def shares(shape: Shape, outlines: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """NIS code -> share of its area inside (at most 1), of each municipality touched.

    `outlines`: GeoJSON MultiPolygons, as far as there are any. Without its outline a municipality
    is perhaps touched where only its disc widened by `NEAR` is: its share is 0.
    Nothing where the shape is far outside Belgium.
    """
    line = shape_line(shape)
    found = {}
    for code in candidates(shape):
        facts = municipality_facts()[code]
        parts = _parts(outlines[code]) if code in outlines else [[_disc(facts)]]
        whole = sum(_area(part) for part in parts)
        inside = sum(area_inside([line], part) for part in parts)
        if inside > TOUCHES * whole:
            found[code] = min(round(inside / whole, 6), 1.0)
        elif code not in outlines and area_inside([line], [_disc(facts, NEAR)]):
            found[code] = 0.0
    return found


def share_told(share: float) -> Phrase:
    """A share for a person: whole per cent, never more than there is."""
    if share < MAY_LEAVE_OUT:
        return Phrase(A_SLIVER if share else PERHAPS)
    return Phrase(PERCENT, {"n": int(100 * share + TOUCHES)})


def shape_line(shape: Shape) -> list[Point]:
    """The corners of a polygon, or of one drawn around a circle."""
    if shape["type"] == "Polygon":
        return [(x, y) for x, y in shape["coordinates"][0][:-1]]
    longitude, latitude = shape["coordinates"]
    return _around(longitude, latitude, shape["radius_km"])


def area_inside(one: Sequence[Line], other: Sequence[Line]) -> float:
    """The area inside both, in square units of the plane.

    Each is closed lines; what an odd number of them goes around is inside. Between two heights
    where a side begins, ends or crosses another, widths change evenly: the middle one is exact.
    """
    bounds = tuple(zip(_bounds(one), _bounds(other), strict=True))
    west, south, east, north = *map(max, bounds[:2]), *map(min, bounds[2:])
    if west >= east or south >= north:
        return 0.0
    box = _bounds(other)
    if all(_misses(side, box) for side in _sides(one)):
        x, y = other[0][0]
        beside = _at(y, (side for side in _sides(one) if side[1] <= y < side[3]))
        return _area(other) if sum(at > x for at in beside) % 2 else 0.0
    sides = [
        [side for side in _sides(each) if side[1] < north and side[3] > south]
        for each in (one, other)
    ]
    heights = {south, north, *_crossings(*sides)}
    heights |= {y for each in sides for side in each for y in (side[1], side[3])}
    total = 0.0
    waiting = [sorted(each, key=lambda side: -side[1]) for each in sides]
    active: list[list[Side]] = [[], []]
    for low, high in pairwise(sorted(y for y in heights if south <= y <= north)):
        middle = (low + high) / 2
        for begun, to_come in zip(active, waiting, strict=True):
            begun[:] = [side for side in begun if side[3] > middle]
            while to_come and to_come[-1][1] <= middle:
                if (side := to_come.pop())[3] > middle:
                    begun.append(side)
        total += (high - low) * _common_width(*(_at(middle, each) for each in active))
    return total


def _misses(side: Side, bounds: tuple[float, float, float, float]) -> bool:
    """Whether a side lies wholly beside, above or below a box."""
    west, south, east, north = bounds
    x, y, x2, y2 = side
    return y > north or y2 < south or max(x, x2) < west or min(x, x2) > east


def _common_width(one: Sequence[float], other: Sequence[float]) -> float:
    """How much of a line lies inside both: each is where it goes in and out, in turn."""
    return sum(
        max(0.0, min(out, there_out) - max(into, there_into))
        for into, out in zip(one[::2], one[1::2], strict=True)
        for there_into, there_out in zip(other[::2], other[1::2], strict=True)
    )


def _at(y: float, sides: Iterable[Side]) -> list[float]:
    """Where a horizontal line meets sides, from the west."""
    return sorted(x + (y - y1) * (x2 - x) / (y2 - y1) for x, y1, x2, y2 in sides)


def _crossings(ones: Iterable[Side], others: Sequence[Side]) -> Iterator[float]:
    """The heights at which sides of the two cross."""
    for ax, ay, bx, by in ones:
        west, east = min(ax, bx), max(ax, bx)
        for cx, cy, dx, dy in others:
            if cy > by or dy < ay or (cx < west and dx < west) or (cx > east and dx > east):
                continue
            if bottom := (bx - ax) * (dy - cy) - (by - ay) * (dx - cx):
                along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / bottom
                if 0 <= along <= 1:
                    yield ay + along * (by - ay)


def _sides(lines: Iterable[Line]) -> Iterator[Side]:
    for line in lines:
        for (x, y), (x2, y2) in pairwise([*line, line[0]]):
            if y < y2:
                yield x, y, x2, y2
            elif y2 < y:
                yield x2, y2, x, y


def _area(lines: Sequence[Line]) -> float:
    """Of one outer line, without the holes that follow it."""
    outer, *holes = (
        abs(sum(x * y2 - x2 * y for (x, y), (x2, y2) in pairwise([*line, line[0]]))) / 2
        for line in lines
    )
    return outer - sum(holes)


def _bounds(lines: Sequence[Line]) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    xs, ys = zip(*(point for line in lines for point in line), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _parts(geometry: Mapping[str, Any]) -> list[list[list[Point]]]:
    return [[[(x, y) for x, y in ring] for ring in part] for part in geometry["coordinates"]]


def _disc(facts: MunicipalityFacts, wider: float = 1) -> list[Point]:
    return _around(facts.longitude, facts.latitude, wider * math.sqrt(facts.km2 / math.pi))


def _around(longitude: float, latitude: float, km: float) -> list[Point]:
    """Corners around a circle on the sphere."""
    turn = 2 * math.pi / CORNERS
    far = math.radians(km / math.cos(turn / 2) / KM_PER_DEGREE)
    start = math.radians(latitude)
    found = []
    for corner in range(CORNERS):
        bearing = corner * turn
        sine = math.sin(start) * math.cos(far) + math.cos(start) * math.sin(far) * math.cos(bearing)
        aside = math.atan2(
            math.sin(bearing) * math.sin(far) * math.cos(start),
            math.cos(far) - math.sin(start) * sine,
        )
        found.append((longitude + math.degrees(aside), math.degrees(math.asin(sine))))
    return found
