"""Outlines: provinces ship with the package; municipalities come from the official open data."""

import json
from pathlib import Path

import pytest

from alerting.actions.operations.map_outlines import import_outlines, outlines
from alerting.domain.errors import BadRequest, NotAllowed
from alerting.domain.officer import Officer, Role
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.outlines import provinces, read_outlines
from tests.desk import MILA, Desk

GAZETTEER = Gazetteer()
ADA = Officer("ada", Role.ADMINISTRATOR)
DATA = Path("../shared/data/geo/municipalities_2025.geojson")


def collection(*codes: object, name: str = "nis", by: float = 0, to: float = 0.01) -> bytes:
    ring = [[4.3511 + by, 50.8466], [4.35112 + by, 50.84661], [4.36 + to, 50.85], [4.34, 50.86]]
    ring.append(ring[0])
    features = [
        {
            "type": "Feature",
            "properties": {name: code},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code in codes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def read(data: bytes) -> dict[str, dict[str, object]]:
    return read_outlines(data, file="towns.geojson", current=GAZETTEER.current)


def test_every_province_and_brussels_has_an_outline() -> None:
    assert set(provinces()) == {
        *(one.nis_code for one in GAZETTEER.areas() if one.kind == "province"),
        "04000",
    }


@pytest.mark.parametrize("name", ["nis", "CD_MUNTY_REFNIS", "refnis"])
def test_codes_are_found_under_the_names_the_registers_use(name: str) -> None:
    assert set(read(collection("21004", 62063, name=name))) == {"21004", "62063"}


def test_points_that_fall_together_are_one() -> None:
    shape = read(collection("21004"))["21004"]
    assert shape == {
        "type": "MultiPolygon",
        "coordinates": [[[[4.351, 50.847], [4.37, 50.85], [4.34, 50.86], [4.351, 50.847]]]],
    }


def test_municipalities_that_merged_are_drawn_as_their_parts() -> None:
    old = "44012"  # De Pinte, since 2025 a part of Nazareth-De Pinte
    (now,) = read(collection(old))
    assert now == GAZETTEER.current(old) != old


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"nis;name", "is not a GeoJSON collection"),
        (b'{"features": [1]}', "is not a GeoJSON collection"),
        (collection("99999"), "no outline has a NIS code"),
        (collection("21004", by=150_000), "convert it to WGS 84 first"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_remedy(data: bytes, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        read(data)


async def test_once_imported_the_map_shows_municipalities(desk: Desk) -> None:
    assert set(await outlines(desk.services, by=MILA)) == set(provinces())
    assert await outlines(desk.services, by=MILA, area=["21004"]) == {}
    data = collection("21004", "62063")
    assert await import_outlines(desk.services, data, file="a.geojson", by=ADA) == 2
    assert set(await outlines(desk.services, by=MILA)) == {*provinces(), "21004", "62063"}
    assert set(await outlines(desk.services, by=MILA, area=["21004", "11002"])) == {"21004"}
    assert "outlines.imported" in await desk.ledger()


async def test_only_an_administrator_changes_the_map(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await import_outlines(desk.services, collection("21004"), file="a.geojson", by=MILA)


@pytest.mark.skipif(not DATA.exists(), reason="no ../shared/data/geo on this machine")
async def test_the_official_outlines_are_all_there(desk: Desk) -> None:
    data = DATA.read_bytes()  # noqa: ASYNC240  a test may wait
    assert await import_outlines(desk.services, data, file=DATA.name, by=ADA) == 565
