"""Where an alert holds, as CAP says it: lines and circles, and the codes of places and zones."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from alerting.cap.geometry import MAX_POLYGONS, Disc, circle, polygons, radius_of
from alerting.cap.message import CapArea, Named
from alerting.cap.terms import EMMA, NIS
from alerting.domain.shape import Shape, cap_text
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import provinces

ZONES: Mapping[str, str] = {
    "80000": "BE001",
    "10000": "BE002",
    "40000": "BE003",
    "20001": "BE004",
    "20002": "BE004",
    "04000": "BE004",
    "50000": "BE005",
    "90000": "BE006",
    "70000": "BE007",
    "60000": "BE008",
    "30000": "BE009",
}
"""Province, or the region of Brussels -> its zone of MeteoAlarm (EMMA_ID). BE004 is both Brabants
with Brussels; the coast (BE801) is nobody's territory."""


def cap_area(
    towns: Sequence[str],
    shape: Shape | None,
    gazetteer: Gazetteer,
    outlines: Mapping[str, Any],
) -> CapArea:
    """Municipalities as an area without a name, which differs by language.

    The shape that was drawn, if any. Else whole provinces by their own outline, and of the other
    municipalities the outlines that were imported, or a circle each.
    """
    lines, circles = _drawn(towns, gazetteer, outlines)
    if shape is not None:
        is_circle = shape["type"] == "Circle"
        lines, circles = ((), (cap_text(shape),)) if is_circle else ((cap_text(shape),), ())
    codes = (*_codes(towns, gazetteer), *_zones(towns, gazetteer))
    return CapArea(description="", polygons=lines, circles=circles, geocodes=codes)


def _codes(towns: Sequence[str], gazetteer: Gazetteer) -> list[Named]:
    """Of the country, regions and provinces that are whole, and of the other municipalities."""
    whole, left = gazetteer.whole_areas(towns)
    codes = {one.nis_code for one in left}
    for one in whole:  # Statbel has no code of the German-speaking Community
        codes |= {one.nis_code} if one.nis_code.isdigit() else {*one.members}
    return [Named(NIS, code) for code in sorted(codes)]


def _zones(towns: Sequence[str], gazetteer: Gazetteer) -> list[Named]:
    """Those that lie wholly inside: a code stands for all of its zone."""
    inside: dict[str, bool] = {}
    for province, zone in ZONES.items():
        whole = {*towns}.issuperset(gazetteer.place(province).members)
        inside[zone] = inside.get(zone, True) and whole
    return [Named(EMMA, zone) for zone in sorted(inside) if inside[zone]]


def _drawn(
    towns: Sequence[str], gazetteer: Gazetteer, outlines: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Polygons and circles."""
    left = {*towns}
    whole = [
        province for province in provinces() if left.issuperset(gazetteer.place(province).members)
    ]
    left -= gazetteer.members(whole)
    drawn = [outlines[one] for one in sorted(left) if one in outlines]
    discs = [_disc(one) for one in sorted(left) if one not in outlines]
    if len(discs) <= MAX_POLYGONS:
        circles = tuple(map(circle, discs))
        if not drawn:
            return _of_provinces(tuple(whole)), circles
        return polygons([*(provinces()[one] for one in whole), *drawn]), circles
    return polygons([*(provinces()[one] for one in whole), *drawn], discs), ()


def _disc(town: str) -> Disc:
    facts = municipality_facts()[town]
    return facts.longitude, facts.latitude, radius_of(facts.km2)


@cache
def _of_provinces(codes: tuple[str, ...]) -> tuple[str, ...]:
    return polygons(provinces()[code] for code in codes) if codes else ()
