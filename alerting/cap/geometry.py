"""Outlines and points as CAP writes them: latitude first, closed lines, few points, no crossing.

A polygon of CAP has no holes: around Brussels, Flemish Brabant is two, cut through the hole.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from alerting.domain.shape import KM_PER_DEGREE

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MAX_POINTS = 100
"""Of one polygon, the first one again at its end."""
MAX_POLYGONS = 25
"""Of one area; what lies apart beyond that is joined until it is no more."""
DIGITS = 4
"""Decimals of a degree: about ten metres, less than any outline here is right to."""
TOLERANCE = 0.0005
"""Degrees that a line may move at first; twice as many until it has few enough points."""
LEAST_HOLE = 0.0002
"""Square degrees, about 1.5 km²: what is less is a fold of the line."""
LEAST_HOLE_OF_DISCS = 0.02
"""The same, about 150 km², where discs stand for places: gaps between them mean nothing."""
HALVINGS = 6
"""How often what lies between too many points and few enough is tried."""
DISC_POINTS = 24
"""Corners of a disc that is joined with others."""

Geometry = Mapping[str, Any]
"""GeoJSON: a Polygon or a MultiPolygon."""
Disc = tuple[float, float, float]
"""Longitude, latitude, and the radius in kilometres."""


def polygons(outlines: Iterable[Geometry], discs: Iterable[Disc] = ()) -> tuple[str, ...]:
    """All of these together, the largest first: valid, and none with more than MAX_POINTS."""
    from shapely import make_valid, union_all
    from shapely.geometry import Polygon, shape

    parts = [make_valid(shape(outline)) for outline in outlines]
    around = [Polygon(_corners(disc)) for disc in discs]
    parts += around
    joined = union_all(parts)
    gap = TOLERANCE
    while len(list(_single(joined))) > MAX_POLYGONS:
        joined = joined.buffer(gap).buffer(-gap / 2)
        gap *= 2
    least = LEAST_HOLE_OF_DISCS if around else LEAST_HOLE
    whole = (part for one in _single(joined) for part in _without_holes(one, least))
    return tuple(
        _line(ring) for one in sorted(whole, key=lambda one: -one.area) for ring in _slight(one)
    )


def circle(disc: Disc) -> str:
    """A point and kilometres."""
    longitude, latitude, km = disc
    return f"{latitude:.{DIGITS}f},{longitude:.{DIGITS}f} {km:.3f}"


def radius_of(km2: float) -> float:
    """Kilometres from the centre to the edge of a disc half as large again as an area: places are
    not round, and who lives at the edge is not to be left out."""
    return round(math.sqrt(1.5 * km2 / math.pi), 1)


def crosses_itself(points: Sequence[tuple[float, float]]) -> bool:
    """Whether a closed line meets itself anywhere but at its end."""
    from shapely.geometry import LinearRing

    return not LinearRing(points).is_simple


def _single(geometry: "BaseGeometry") -> Iterator[Any]:
    """The polygons of any geometry; lines and points, which validity leaves over, are none."""
    if geometry.geom_type == "Polygon":
        if not geometry.is_empty:
            yield geometry
    elif hasattr(geometry, "geoms"):
        for one in geometry.geoms:
            yield from _single(one)


def _without_holes(polygon: Any, least: float) -> Iterator[Any]:
    """The same surface, cut from north to south through each hole that is one."""
    from shapely.geometry import Polygon, box

    holes = [one for one in map(Polygon, polygon.interiors) if one.area > least]
    if not holes:
        yield Polygon(polygon.exterior)
        return
    west, south, east, north = polygon.bounds
    middle = max(holes, key=lambda one: one.area).centroid.x
    for half in (box(west, south, middle, north), box(middle, south, east, north)):
        for one in _single(polygon.intersection(half)):
            yield from _without_holes(one, least)


def _slight(polygon: Any) -> Iterator[list[tuple[float, float]]]:
    """The line around a polygon, moved as little as makes it simple enough; in parts where rounding
    parts it."""
    from shapely.geometry import Polygon

    around = Polygon(polygon.exterior)
    enough, least, tolerance = _rings(around), 0.0, TOLERANCE
    if enough is None:
        while (enough := _rings(around.simplify(tolerance))) is None:
            least, tolerance = tolerance, 2 * tolerance
        for _ in range(HALVINGS):
            between = (least + tolerance) / 2
            if found := _rings(around.simplify(between)):
                enough, tolerance = found, between
            else:
                least = between
    yield from enough


def _rings(polygon: Any) -> list[list[tuple[float, float]]] | None:
    """Its rounded lines; None where one has too many points, or crosses itself."""
    from shapely import make_valid
    from shapely.geometry import Polygon

    rounded = Polygon([(round(x, DIGITS), round(y, DIGITS)) for x, y in polygon.exterior.coords])
    parts = _single(rounded if rounded.is_valid else make_valid(rounded))
    rings = [[point for point, _ in groupby(part.exterior.coords)] for part in parts]
    simple = all(len(ring) <= MAX_POINTS and not crosses_itself(ring) for ring in rings)
    return [ring for ring in rings if len(ring) >= 4] if simple else None


def _corners(disc: Disc) -> list[tuple[float, float]]:
    longitude, latitude, km = disc
    north = km / KM_PER_DEGREE
    east = north / math.cos(math.radians(latitude))
    turns = (2 * math.pi * n / DISC_POINTS for n in range(DISC_POINTS))
    return [(longitude + east * math.cos(a), latitude + north * math.sin(a)) for a in turns]


def _line(ring: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{y:.{DIGITS}f},{x:.{DIGITS}f}" for x, y in ring)


def points_of(polygon: str) -> list[tuple[float, float]] | None:
    """Pairs of latitude and longitude; None where it is not written so, or one is infinite."""
    try:
        pairs = [part.split(",") for part in polygon.split()]
        points = [(float(latitude), float(longitude)) for latitude, longitude in pairs]
    except ValueError:
        return None
    return points if all(map(math.isfinite, chain.from_iterable(points))) else None


def circle_of(text: str) -> tuple[float, float, float] | None:
    """Latitude, longitude and kilometres; None where it is not written so, or one is infinite."""
    try:
        point, radius = text.split()
        latitude, longitude = point.split(",")
        circle = float(latitude), float(longitude), float(radius)
    except ValueError:
        return None
    return circle if all(map(math.isfinite, circle)) else None
