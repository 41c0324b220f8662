"""A shape is a circle, or a polygon that is simple, neither tiny nor huge, and near Belgium."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.domain.errors import BadRequest
from alerting.domain.shape import (
    MAX_POINTS,
    Polygon,
    cap_text,
    circle,
    polygon,
    read_geojson,
    read_shape,
)
from tests.make import alert

SQUARE = [(5.5, 50.6), (5.6, 50.6), (5.6, 50.7), (5.5, 50.7)]
BOW = [(5.5, 50.6), (5.6, 50.7), (5.6, 50.6), (5.5, 50.7)]
POINTS = st.tuples(st.integers(0, 40), st.integers(0, 40))


def ring(shape: Polygon) -> list[tuple[float, float]]:
    return [(x, y) for x, y in shape["coordinates"][0]]


def test_a_polygon_is_kept_closed_and_counterclockwise() -> None:
    wanted = [*SQUARE, SQUARE[0]]
    assert ring(polygon(SQUARE)) == wanted
    assert ring(polygon(wanted)) == wanted, "closed already"
    assert ring(polygon(SQUARE[::-1]))[0] == (5.5, 50.6)
    assert sorted(ring(polygon(SQUARE[::-1]))) == sorted(wanted)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        pytest.param(BOW, "cross", id="bow tie"),
        pytest.param([*SQUARE, (5.55, 50.6)], "cross", id="touches a side"),
        pytest.param([*SQUARE[:2], SQUARE[0], *SQUARE[2:]], "cross", id="a corner twice"),
        pytest.param([(5.5, 50.6), (5.7, 50.6), (5.6, 50.6), (5.6, 50.7)], "cross", id="goes back"),
        pytest.param(SQUARE[:2], "between 3", id="two corners"),
        pytest.param([], "between 3", id="nothing"),
        pytest.param([(5.5, 50.6), (5.6, 50.6), (5.7, 50.6)], "cross", id="a line"),
        pytest.param([(5.5, 50.6), (5.5003, 50.6), (5.5, 50.6003)], "too small", id="a garden"),
        pytest.param([(1.6, 49.1), (7.4, 49.1), (7.4, 51.9), (1.6, 51.9)], "too large", id="huge"),
        pytest.param([*SQUARE[:3], (8.5, 50.7)], "far from Belgium", id="elsewhere"),
        pytest.param([(50.6, 5.5), (50.6, 5.6), (50.7, 5.6)], "far from Belgium", id="exchanged"),
    ],
)
def test_a_polygon_that_is_not_one_is_refused(points: Any, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        polygon(points)


def test_a_polygon_has_a_hundred_corners_at_most() -> None:
    def comb(corners: int) -> list[tuple[float, float]]:
        top = [(5 + 0.005 * n, 50.5 + 0.1 * (n % 2)) for n in range(corners - 2)]
        return [*top, (6, 50.0), (5, 50.0)]

    assert len(ring(polygon(comb(MAX_POINTS)))) == MAX_POINTS + 1
    with pytest.raises(BadRequest, match="between 3"):
        polygon(comb(MAX_POINTS + 1))


@settings(deadline=None)
@given(st.lists(POINTS, min_size=4, max_size=9, unique=True))
def test_what_is_accepted_has_no_two_sides_that_meet(points: list[tuple[int, int]]) -> None:
    """Judged by another rule than the product's: a grid of points along each side."""
    corners = [(5 + x / 100, 50 + y / 100) for x, y in points]
    try:
        polygon(corners)
    except BadRequest:
        return
    closed = [*points, points[0]]
    seen: dict[tuple[int, int], set[int]] = {}
    for side, ((x, y), (x2, y2)) in enumerate(pairwise(closed)):
        for step in range(1, 840):
            at = (x * 840 + (x2 - x) * step, y * 840 + (y2 - y) * step)
            seen.setdefault(at, set()).add(side)
    assert all(len(sides) == 1 for sides in seen.values())


@pytest.mark.parametrize(
    "value",
    [
        None, [], "Circle", {"type": "Circle"}, {"type": "Point", "coordinates": [5.5, 50.6]},
        {"type": "Circle", "coordinates": [5.5], "radius_km": 1},
        {"type": "Circle", "coordinates": [5.5, 50.6], "radius_km": "far"},
        {"type": "Circle", "coordinates": [5.5, 50.6], "radius_km": float("nan")},
        {"type": "Circle", "coordinates": [float("inf"), 50.6], "radius_km": 1},
        {"type": "Circle", "coordinates": [5.5, 50.6], "radius_km": 0.01},
        {"type": "Circle", "coordinates": [5.5, 50.6], "radius_km": 151},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [SQUARE, SQUARE]},
        {"type": "Polygon", "coordinates": [[1, 2, 3]]},
        {"type": "Polygon", "coordinates": [{"a": 1}]},
    ],
)  # fmt: skip
def test_json_of_anybody_is_refused_and_never_crashes(value: object) -> None:
    with pytest.raises(BadRequest):
        read_shape(value)


def test_a_shape_survives_being_stored() -> None:
    for shape in (circle(5, 50, 2), polygon(SQUARE)):
        assert read_shape(json.loads(json.dumps(shape))) == shape


def test_the_one_polygon_of_a_geojson_file_is_read() -> None:
    geometry = {"type": "Polygon", "coordinates": [[[*one, 120] for one in SQUARE]]}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    for value in (geometry, feature, {"type": "FeatureCollection", "features": [feature]}):
        assert read_geojson(value) == polygon(SQUARE)
    with pytest.raises(BadRequest):
        read_geojson({"type": "FeatureCollection", "features": [feature, feature]})


def test_cap_writes_latitude_first() -> None:
    assert cap_text(circle(5.5797, 50.6326, 2.5)) == "50.63260,5.57970 2.500"
    first, *_, last = cap_text(polygon(SQUARE)).split()
    assert first == last == "50.60000,5.50000"
    assert cap_text(None) == ""


def test_whoever_approves_approves_the_shape_too() -> None:
    shapes = (None, circle(5.5, 50.6, 2), circle(5.5, 50.6, 2.001), polygon(SQUARE))
    prints = {replace(alert(), shape=one).fingerprint() for one in shapes}
    assert len(prints) == len(shapes)
