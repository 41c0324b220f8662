"""A small map of an area as SVG paths: what was chosen, on the outline of the provinces."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alerting.geo.outlines import EAST, NORTH, SOUTH, WEST, provinces
from alerting.services import Services

NARROWING: Final = math.cos(math.radians(50.5))
"""How much shorter a degree of longitude is than one of latitude, in the middle of Belgium."""
SCALE: Final = 100
"""Units of the drawing in one degree of latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One outline: the `d` of an SVG path, and how much of it is in the area (none, some, all)."""

    d: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes in the order they are painted."""

    view_box: str
    shapes: Sequence[Shape]
    exact: bool
    """Whether municipalities are drawn, and not only the provinces they lie in."""


def drawing(
    services: Services, area: Sequence[str], towns: Mapping[str, Mapping[str, Any]]
) -> Drawing:
    """The area on the map; `towns`: the outlines of its municipalities as far as there are any."""
    inside = set(area)
    shapes = []
    for nis_code, geometry in provinces().items():
        members = set(services.gazetteer.place(nis_code).members)
        kind = "all" if members <= inside else "some" if members & inside and not towns else "none"
        shapes.append(Shape(d=_path(geometry), kind=kind))
    shapes += [Shape(d=_path(geometry), kind="all") for geometry in towns.values()]
    width, height = (EAST - WEST) * NARROWING * SCALE, (NORTH - SOUTH) * SCALE
    return Drawing(
        view_box=f"0 0 {width:.0f} {height:.0f}",
        shapes=sorted(shapes, key=lambda one: one.kind != "none"),
        exact=bool(towns),
    )


def _path(geometry: Mapping[str, Any]) -> str:
    rings: Iterable[Any] = (ring for polygon in geometry["coordinates"] for ring in polygon)
    return "".join(
        "M" + "L".join(f"{_x(longitude)} {_y(latitude)}" for longitude, latitude in ring) + "Z"
        for ring in rings
    )


def _x(longitude: float) -> str:
    return f"{(longitude - WEST) * NARROWING * SCALE:.1f}"


def _y(latitude: float) -> str:
    return f"{(NORTH - latitude) * SCALE:.1f}"
