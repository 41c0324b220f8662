"""The shape an area was chosen by: a circle or a polygon, beside the municipalities it touches.

WGS 84, longitude first, as in GeoJSON. CAP 1.2 takes both with latitude first: a circle is a point
and kilometres, a polygon a closed line without holes.
"""

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Literal, TypedDict

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import Figure, Phrase, msgid

WEST, SOUTH, EAST, NORTH = 1.5, 49.0, 7.5, 52.0
"""Where shapes may be: Belgium and about 80 km around it, for a danger from beyond the border."""
MIN_RADIUS_KM, MAX_RADIUS_KM = 0.05, 150
MIN_KM2, MAX_KM2 = 0.005, 75_000
"""Of a polygon: about as much as the circles."""
MAX_POINTS = 100
DIGITS = 5
"""Decimals of a degree that are kept: about a metre."""
KM_PER_DEGREE = 111.2
"""Kilometres in one degree of latitude."""

NOT_A_SHAPE = msgid(
    "A shape is a circle (“Circle”, a point and “radius_km”) or a polygon (“Polygon”) of points, "
    "longitude first"
)
ELSEWHERE = msgid(
    "A point of the shape lies far from Belgium: latitudes are from {south} to {north}, longitudes "
    "from {west} to {east}"
)
WRONG_RADIUS = msgid("The radius of a circle is between {least} and {most} km")
WRONG_NUMBER = msgid("A polygon has between 3 and {most} corners")
CROSSES = msgid("The sides of the polygon cross or touch each other: draw it without crossing")
HOLES = msgid("A polygon may have no holes")
WRONG_SIZE = msgid("The polygon is too small or too large: between {least} and {most} km²")
A_CIRCLE = msgid("Circle of {km} km around {point}")
A_POLYGON = msgid("Polygon with {corners} corners, {km2} km²")

Point = tuple[float, float]
"""Longitude and latitude, degrees."""


class Circle(TypedDict):
    """A point and a distance."""

    type: Literal["Circle"]
    coordinates: list[float]
    """Longitude and latitude of the centre."""
    radius_km: float


class Polygon(TypedDict):
    """One closed line, counterclockwise, its first point again at the end; GeoJSON's geometry."""

    type: Literal["Polygon"]
    coordinates: list[list[list[float]]]


Shape = Circle | Polygon


def circle(longitude: float, latitude: float, radius_km: float) -> Circle:
    """A circle that is right; BadRequest otherwise."""
    longitude, latitude = _point((longitude, latitude))
    if not MIN_RADIUS_KM <= radius_km <= MAX_RADIUS_KM:
        raise BadRequest(WRONG_RADIUS, least=MIN_RADIUS_KM, most=MAX_RADIUS_KM)
    radius = round(float(radius_km), 3)
    return Circle(type="Circle", coordinates=[longitude, latitude], radius_km=radius)


def polygon(points: Sequence[Sequence[float]]) -> Polygon:
    """A polygon of corners in either direction, closed or not; BadRequest where it is not simple,
    too small, too large or elsewhere."""
    corners = [_point(point) for point in points[: MAX_POINTS + 2]]
    if corners and corners[0] == corners[-1]:
        del corners[-1]
    if not 3 <= len(corners) <= MAX_POINTS:
        raise BadRequest(WRONG_NUMBER, most=MAX_POINTS)
    if not _is_simple(corners):
        raise BadRequest(CROSSES)
    if not MIN_KM2 <= abs(km2 := _km2(corners)) <= MAX_KM2:
        raise BadRequest(WRONG_SIZE, least=MIN_KM2, most=MAX_KM2)
    if km2 < 0:
        corners.reverse()
    ring = [list(one) for one in (*corners, corners[0])]
    return Polygon(type="Polygon", coordinates=[ring])


def read_shape(value: object) -> Shape:
    """A shape from JSON of anybody, as `circle` and `polygon` make it; BadRequest otherwise."""
    try:
        match value:
            case {"type": "Circle", "coordinates": [x, y], "radius_km": radius}:
                return circle(float(x), float(y), float(radius))
            case {"type": "Polygon", "coordinates": [ring]}:
                return polygon([[float(x), float(y)] for x, y, *_height in ring])
            case {"type": "Polygon", "coordinates": [_, _, *_]}:
                raise BadRequest(HOLES)
    except (TypeError, ValueError, OverflowError):
        pass
    raise BadRequest(NOT_A_SHAPE)


def read_geojson(value: object) -> Shape:
    """The one polygon of a GeoJSON geometry, feature or collection; BadRequest otherwise."""
    match value:
        case {"type": "FeatureCollection", "features": [feature]}:
            return read_geojson(feature)
        case {"type": "Feature", "geometry": geometry}:
            return read_geojson(geometry)
        case {"type": "MultiPolygon", "coordinates": [one]}:
            return read_shape({"type": "Polygon", "coordinates": one})
    return read_shape(value)


def corners_of(shape: Polygon) -> list[Point]:
    """Its corners, each once."""
    return [(x, y) for x, y in shape["coordinates"][0][:-1]]


def described(shape: Shape) -> Phrase:
    """What it is, for a person, in figures alone; see `actions.alerts.shapes.told`."""
    if shape["type"] == "Circle":
        longitude, latitude = shape["coordinates"]
        facts = {"km": Figure(shape["radius_km"]), "point": f"{latitude:.4f}, {longitude:.4f}"}
        return Phrase(A_CIRCLE, facts)
    corners = corners_of(shape)
    return Phrase(A_POLYGON, {"corners": len(corners), "km2": Figure(round(_km2(corners), 1))})


def cap_text(shape: Shape | None) -> str:
    """As CAP 1.2 writes it: latitude first, the radius in kilometres; empty for none."""
    if shape is None:
        return ""
    if shape["type"] == "Circle":
        longitude, latitude = shape["coordinates"]
        return f"{latitude:.5f},{longitude:.5f} {shape['radius_km']:.3f}"
    return " ".join(
        f"{latitude:.5f},{longitude:.5f}" for longitude, latitude in shape["coordinates"][0]
    )


def _point(pair: Sequence[float]) -> Point:
    longitude, latitude = pair
    if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
        raise BadRequest(ELSEWHERE, south=SOUTH, north=NORTH, west=WEST, east=EAST)
    return round(float(longitude), DIGITS), round(float(latitude), DIGITS)


def _km2(corners: Sequence[Point]) -> float:
    """The area, negative where the corners go clockwise."""
    middle = sum(y for _, y in corners) / len(corners)
    twice = sum(x * y2 - x2 * y for (x, y), (x2, y2) in pairwise([*corners, corners[0]]))
    return twice / 2 * KM_PER_DEGREE**2 * math.cos(math.radians(middle))


def _is_simple(corners: Sequence[Point]) -> bool:
    """Whether no two sides meet but neighbours at their corner; in whole numbers, so exactly."""
    whole = [(round(x * 10**DIGITS), round(y * 10**DIGITS)) for x, y in corners]
    if len(set(whole)) < len(whole):
        return False
    sides = list(pairwise([*whole, whole[0]]))
    last = len(sides) - 1
    for (i, (a, b)), (j, (c, d)) in combinations(enumerate(sides), 2):
        if j - i == 1 or (i == 0 and j == last):
            middle, one, other = (b, a, d) if j - i == 1 else (a, b, c)
            if _turn(one, middle, other) == 0 and _is_between(middle, one, other) is False:
                return False
        elif _meet(a, b, c, d):
            return False
    return True


Whole = tuple[int, int]


def _turn(a: Whole, b: Whole, c: Whole) -> int:
    """Above 0 where a to b to c turns left, 0 where they are in a line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _is_between(point: Whole, a: Whole, b: Whole) -> bool:
    """Of three in a line: whether the first is between the others."""
    low, high = sorted((a, b))
    return low <= point <= high


def _meet(a: Whole, b: Whole, c: Whole, d: Whole) -> bool:
    """Whether the sides a-b and c-d have a point in common."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    ends = zip(turns, (c, d, a, b), ((a, b), (a, b), (c, d), (c, d)), strict=True)
    if any(turn == 0 and _is_between(point, *side) for turn, point, side in ends):
        return True
    return (turns[0] > 0) != (turns[1] > 0) and (turns[2] > 0) != (turns[3] > 0) and 0 not in turns
