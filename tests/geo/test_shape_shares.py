"""How much of each municipality is inside a shape."""

import math
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.domain.shape import KM_PER_DEGREE, circle, polygon
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import read_outlines
from alerting.geo.presets import SHIPPED
from alerting.geo.shape_shares import FARTHEST_KM, area_inside, candidates, share_told, shares
from tests.make import EUPEN, LIEGE

DATA = Path("../shared/data/geo/municipalities_2025.geojson")
HOLED = [[(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (1, 3), (3, 3), (3, 1)]]
SIDE = 60
"""Points are counted on a square of so many a side."""
RADII = st.floats(0.05, 25)
LONGITUDES, LATITUDES = st.floats(2.4, 6.6), st.floats(49.4, 51.6)


@st.composite
def stars(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Around a centre, in and out: simple, and hardly ever convex."""
    corners = draw(st.integers(3, 25))
    east, north = draw(st.floats(-0.4, 0.4)), draw(st.floats(-0.4, 0.4))
    aside = draw(st.lists(st.floats(0, 0.4), min_size=corners, max_size=corners))
    far = draw(st.lists(st.floats(0.2, 1), min_size=corners, max_size=corners))
    turns = [2 * math.pi * (n + more) / corners for n, more in enumerate(aside)]
    return [
        (east + one * math.cos(turn), north + one * math.sin(turn))
        for one, turn in zip(far, turns, strict=True)
    ]


def holds(line: list[tuple[float, float]], x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(line, [*line[1:], line[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


@settings(deadline=None)
@given(stars(), stars())
def test_the_area_in_both_agrees_with_counted_points(
    one: list[tuple[float, float]], other: list[tuple[float, float]]
) -> None:
    steps = [-1.5 + 3 * (step + 0.5) / SIDE for step in range(SIDE)]
    counted = sum(holds(one, x, y) and holds(other, x, y) for x in steps for y in steps)
    found = area_inside([one], [other])
    assert found == pytest.approx(counted * 9 / SIDE**2, abs=0.12)
    assert found == pytest.approx(area_inside([other], [one]), abs=1e-9)
    assert 0 <= found <= min(area_inside([one], [one]), area_inside([other], [other])) + 1e-9


def test_a_hole_is_not_inside() -> None:
    assert area_inside([[(0, 0), (2, 0), (2, 2), (0, 2)]], HOLED) == pytest.approx(3)
    assert area_inside([[(1, 1), (3, 1), (3, 3), (1, 3)]], HOLED) == pytest.approx(0)
    assert area_inside([[(9, 9), (10, 9), (9, 10)]], HOLED) == 0


@settings(deadline=None)
@given(LONGITUDES, LATITUDES, RADII, st.floats(1, 2))
def test_shares_are_between_0_and_1_and_grow_with_the_radius(
    longitude: float, latitude: float, radius: float, more: float
) -> None:
    small = shares(circle(longitude, latitude, radius), {})
    large = shares(circle(longitude, latitude, radius * more), {})
    assert all(0 <= share <= 1 for share in large.values())
    assert small.keys() <= large.keys()
    assert all(share <= large[code] + 1e-6 for code, share in small.items())


def test_a_circle_as_large_as_the_country_holds_all_of_it() -> None:
    found = shares(circle(4.35, 50.45, 150), {})
    assert len(found) == 565
    assert min(found.values()) > 0.999


@pytest.mark.parametrize("radius", [0.05, 3, 30])
def test_nothing_outside_belgium_crashes(radius: float) -> None:
    for longitude, latitude in ((7.5, 52.0), (1.5, 49.0), (2.13, 51.01), (6.22, 49.41)):
        found = shares(circle(longitude, latitude, radius), {})
        assert found.keys() <= municipality_facts().keys()
    assert shares(polygon([(1.6, 49.1), (1.7, 49.1), (1.7, 49.2)]), {}) == {}


def test_a_disc_stands_for_an_outline_and_neighbours_are_perhaps_touched() -> None:
    facts = municipality_facts()[EUPEN]
    small = circle(facts.longitude, facts.latitude, 0.5)
    found = shares(small, {})
    assert found[EUPEN] == pytest.approx(math.pi * 0.25 / facts.km2, rel=0.01)
    assert not any(share for code, share in found.items() if code != EUPEN)


def test_with_outlines_only_what_is_touched_counts() -> None:
    square = [[[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.7], [5.5, 50.6]]]
    outlines = {LIEGE: {"type": "MultiPolygon", "coordinates": [square]}}
    half = polygon([(5.4, 50.5), (5.55, 50.5), (5.55, 50.8), (5.4, 50.8)])
    assert shares(half, outlines)[LIEGE] == pytest.approx(0.5)
    beside = polygon([(5.45, 50.62), (5.49, 50.62), (5.49, 50.64)])
    assert LIEGE in shares(beside, {})
    assert LIEGE not in shares(beside, outlines)


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "perhaps"), (0.0001, "less than 1 %"), (0.01, "1 %"), (0.999, "99 %"), (1.0, "100 %")],
)
def test_a_share_is_told_in_whole_per_cent(share: float, told: str) -> None:
    assert str(share_told(share)) == told


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    if not DATA.exists():
        pytest.skip("the official outlines are not here")
    return read_outlines(DATA.read_bytes(), file=DATA.name, current=Gazetteer().current)


def test_the_prepared_zones_are_the_circles_they_say_they_are(official: dict[str, Any]) -> None:
    for key, zone in tomllib.loads(SHIPPED.read_text("utf-8")).items():
        latitude, longitude = zone["centre"]
        around = circle(longitude, latitude, float(key.rpartition("-")[2]))
        assert set(shares(around, official)) == set(zone["places"]), key


def test_no_municipality_reaches_farther_than_is_looked(official: dict[str, Any]) -> None:
    for code, shape in official.items():
        facts = municipality_facts()[code]
        narrow = math.cos(math.radians(facts.latitude))
        for part in shape["coordinates"]:
            for x, y in part[0]:
                away = math.hypot((x - facts.longitude) * narrow, y - facts.latitude)
                assert away * KM_PER_DEGREE < FARTHEST_KM


def test_a_shape_far_from_everybody_looks_at_nobody() -> None:
    assert candidates(circle(7.5, 52.0, 0.05)) == []
