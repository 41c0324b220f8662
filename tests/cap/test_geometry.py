"""Outlines leave as few points as a reader takes, valid, latitude first, and still where they
were."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, shape
from shapely.ops import unary_union

from alerting.cap.geometry import (
    DISC_POINTS,
    MAX_POINTS,
    MAX_POLYGONS,
    circle,
    crosses_itself,
    points_of,
    polygons,
    radius_of,
)
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import provinces, read_outlines

DATA = next(
    (
        one
        for up in ("..", "../..")
        if (one := Path(up, "shared/data/geo/municipalities_2025.geojson")).is_file()
    ),
    None,
)


def drawn(lines: tuple[str, ...]) -> list[Polygon]:
    found = []
    for line in lines:
        points = points_of(line)
        assert points is not None
        assert points[0] == points[-1]
        assert 4 <= len(points) <= MAX_POINTS
        assert not crosses_itself(points)
        assert all(49 < latitude < 52 and 2 < longitude < 7 for latitude, longitude in points)
        found.append(Polygon([(longitude, latitude) for latitude, longitude in points]))
    return found


@pytest.mark.parametrize("code", provinces())
def test_a_province_stays_where_it_is(code: str) -> None:
    outline = shape(provinces()[code]).buffer(0)
    lines = unary_union(drawn(polygons([provinces()[code]])))
    assert lines.symmetric_difference(outline).area < outline.area / 40


def test_the_country_is_one_line_around_its_provinces() -> None:
    (country,) = drawn(polygons(provinces().values()))
    whole = unary_union([shape(one).buffer(0) for one in provinces().values()])
    assert country.symmetric_difference(whole).area < whole.area / 40


def test_brussels_lies_in_no_polygon_of_what_is_around_it() -> None:
    around = unary_union(drawn(polygons([provinces()["20001"]])))
    brussels = shape(provinces()["04000"]).buffer(0)
    assert around.intersection(brussels).area < brussels.area / 20


def test_a_line_that_crosses_itself_is_made_valid() -> None:
    bow = [[4.0, 50.0], [4.2, 50.2], [4.2, 50.0], [4.0, 50.2], [4.0, 50.0]]
    assert len(drawn(polygons([{"type": "Polygon", "coordinates": [bow]}]))) == 2


def test_many_discs_become_few_polygons_that_hold_every_place() -> None:
    facts = municipality_facts()
    discs = [(one.longitude, one.latitude, radius_of(one.km2)) for one in facts.values()]
    lines = drawn(polygons((), discs))
    assert len(lines) <= MAX_POLYGONS
    everywhere = unary_union(lines).buffer(0.01)
    assert all(everywhere.contains(Point(longitude, latitude)) for longitude, latitude, _ in discs)
    assert DISC_POINTS < MAX_POINTS


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(4, 5.5), st.floats(50, 51), st.floats(0.5, 12)), min_size=1, max_size=60
    )
)
def test_discs_anywhere_are_valid(discs: list[tuple[float, float, float]]) -> None:
    assert drawn(polygons((), discs))


def test_a_circle_is_latitude_longitude_and_kilometres() -> None:
    assert circle((5.57, 50.63, 2.5)) == "50.6300,5.5700 2.500"


def test_a_line_back_over_itself_crosses() -> None:
    assert crosses_itself([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])
    assert not crosses_itself([(0, 0), (1, 0), (1, 1), (0, 0)])


@pytest.mark.skipif(
    DATA is None, reason="the outlines of municipalities are not beside the project"
)
def test_imported_outlines_of_municipalities_are_valid_and_simple_enough() -> None:
    assert DATA is not None
    found = read_outlines(DATA.read_bytes(), file="x", current=Gazetteer().current)
    for code in list(found)[::25]:
        outline = shape(found[code]).buffer(0)
        lines = unary_union(drawn(polygons([found[code]])))
        assert lines.symmetric_difference(outline).area < outline.area / 10, code
