"""The map shows exactly what was chosen: never a province for a village."""

import json
import math
import re

import pytest

from alerting.actions.operations.map_outlines import import_outlines
from alerting.domain.officer import Officer, Role
from alerting.domain.shape import KM_PER_DEGREE
from alerting.geo.area_map import SCALE, Drawing, discs, drawing
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import provinces
from tests.desk import JORIS, MILA, Desk
from tests.make import EUPEN, LIEGE
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
DAVERDISSE = "84016"


def kinds(drawn: Drawing) -> dict[str, int]:
    return {kind: [one.kind for one in drawn.shapes].count(kind) for kind in ("all", "disc")}


def test_a_village_is_a_disc_and_no_province_is_filled(desk: Desk) -> None:
    for place in desk.services.gazetteer.municipalities():
        drawn = drawing(desk.services.gazetteer, (place.nis_code,), {})
        assert kinds(drawn) == {"all": 0, "disc": 1}, place.names
        assert drawn.has("disc")


def test_a_disc_is_as_large_as_its_municipality_and_inside_the_map(desk: Desk) -> None:
    drawn = drawing(desk.services.gazetteer, (LIEGE, EUPEN, DAVERDISSE), {})
    sizes = [municipality_facts()[one].km2 for one in (LIEGE, EUPEN, DAVERDISSE)]
    width, height = map(float, drawn.view_box.split()[2:])
    paths = " ".join(one.d for one in drawn.shapes if one.kind == "disc")
    found = re.findall(r"M([\d.]+) ([\d.]+)a([\d.]+)", paths)
    assert len(found) == len(sizes)
    for left, top, radius in found:
        assert 0 < float(left) < width
        assert 0 < float(top) < height
        km = float(radius) / SCALE * KM_PER_DEGREE
        assert any(math.isclose(math.pi * km**2, km2, rel_tol=0.02) for km2 in sizes)


def test_a_whole_province_is_filled_and_its_neighbour_is_a_disc(desk: Desk) -> None:
    area = [*desk.services.gazetteer.place("10000").members, LIEGE]
    assert kinds(drawing(desk.services.gazetteer, area, {})) == {"all": 1, "disc": 1}
    assert [one.nis_code for one in discs(desk.services.gazetteer, area)] == [LIEGE]
    assert kinds(drawing(desk.services.gazetteer, area[1:], {})) == {
        "all": 0,
        "disc": len(area) - 1,
    }


def test_an_imported_outline_stands_for_the_disc(desk: Desk) -> None:
    ring = [[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]
    towns = {LIEGE: {"type": "MultiPolygon", "coordinates": [[ring]]}}
    assert kinds(drawing(desk.services.gazetteer, (LIEGE, EUPEN), towns)) == {"all": 1, "disc": 1}


async def test_whoever_approves_sees_the_disc_and_what_it_means(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(area=("4000 Liège",))
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text
    assert page.count("outline-disc") == 1
    assert "outline-all" not in page
    assert "A disc stands for a municipality" in page


async def test_the_compose_page_gives_the_script_a_disc_for_each_municipality(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    form = {"version": "1", "act": "find", "place": "Eupen, province de Namur"}
    page = (await mila.post(begun.headers["location"], data=form)).text
    told = re.search(r'data-discs="([^"]*)"', page)
    assert told is not None
    assert [one[0] for one in json.loads(told[1].replace("&#34;", '"'))] == [EUPEN]


@pytest.mark.parametrize("codes", [(LIEGE,), (LIEGE, EUPEN)])
async def test_where_some_outlines_are_imported_the_provinces_stay_on_the_map(
    desk: Desk, browsers: Browsers, codes: tuple[str, ...]
) -> None:
    ring = [[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "properties": {"nis": one}, "geometry": shape} for one in codes]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    await import_outlines(desk.services, data, file="towns.geojson", by=ADA)
    found = (await (await browsers(MILA)).get("/places.json")).json()["features"]
    drawn = [one["properties"]["nis"] for one in found]
    assert set(drawn[:11]) == set(provinces()), "beneath"
    assert set(drawn[11:]) == set(codes)
