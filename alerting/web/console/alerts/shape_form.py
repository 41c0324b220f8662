"""An area by radius or by drawing, as a form says it: typed, or put there by the map."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.datastructures import FormData

from alerting.actions.alerts import compositions, shapes
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.previews import CompositionPreview
from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer
from alerting.domain.shape import (
    EAST,
    MAX_POINTS,
    NORTH,
    SOUTH,
    WEST,
    Point,
    Shape,
    circle,
    polygon,
)
from alerting.domain.text.i18n import msgid
from alerting.geo.register import Place
from alerting.geo.shape_shares import MAY_LEAVE_OUT, share_told
from alerting.i18n import Translator
from alerting.services import Services

ACTS: Final = frozenset({"circle", "polygon", "noshape"})
NOT_A_POINT: Final = msgid(
    "“{value}” is no point: enter latitude and longitude, e.g. 50.6326, 5.5797"
)
NOT_A_RADIUS: Final = msgid("“{value}” is no radius: enter e.g. 2.5 km or 800 m")
NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{1,3}(?:[.,][0-9]{1,15})?(?![0-9])")
RADIUS: Final = re.compile(r"([0-9]{1,6}(?:[.,][0-9]{1,6})?) ?(km|m)?")
MAX_CHARS: Final = 60 * MAX_POINTS
WORD: Final = re.compile(r"[^\W\d_]{2}")
"""What no point has: two letters one after the other."""


async def with_shape(
    services: Services, content: CompositionContent, form: FormData, act: str, *, by: Officer
) -> CompositionContent:
    """The area after a shape was chosen or removed; BadRequest or UnknownPlace where it means none.

    What the shape before it touched goes with that one. `act` is one of `ACTS`; `circle:CODE` is
    around a municipality that was chosen among several of one name.
    """
    towns = {*compositions.expanded(services, content.area)}
    shape = None if act == "noshape" else typed_shape(services, form, act)
    found = await shapes.shares_inside(services, shape, by=by) if shape else {}
    added = shapes.proposed(found) if shape else ()
    if content.shape:
        towns -= {*await shapes.shares_inside(services, content.shape, by=by)}
    area = compositions.gathered(services, sorted({*towns, *added}))
    return replace(content, area=area, shape=shape)


def typed_shape(services: Services, form: FormData, act: str) -> Shape:
    """What stands in the inputs of a circle or a polygon."""
    if act == "polygon":
        lines = str(form.get("corners", ""))[:MAX_CHARS].splitlines()
        return polygon([point(line) for line in lines if line.strip()])
    _, _, chosen = act.partition(":")
    centre = chosen[:200] or str(form.get("circle_centre", ""))[:200].strip()
    radius = radius_km(str(form.get("circle_radius", ""))[:40].strip())
    if not centre or (not WORD.search(centre) and len(NUMBER.findall(centre)) == 2):
        return circle(*point(centre), radius)
    return shapes.circle_around(services, centre, radius)


def point(text: str) -> Point:
    """Latitude and longitude as people type them, in either order: here they cannot be confused."""
    numbers = [float(part.replace(",", ".")) for part in NUMBER.findall(text)]
    if len(numbers) == 2:
        for latitude, longitude in (numbers, numbers[::-1]):
            if SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST:
                return longitude, latitude
    raise BadRequest(NOT_A_POINT, value=text[:40])


def radius_km(text: str) -> float:
    """Kilometres, or metres where it says so."""
    if (match := RADIUS.fullmatch(text.lower())) is None:
        raise BadRequest(NOT_A_RADIUS, value=text)
    number = float(match[1].replace(",", "."))
    return number / 1000 if match[2] == "m" else number


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeShare:
    """A municipality that a shape touches, as a page shows it."""

    place: Place
    share: str
    chosen: bool
    """Whether it is in the area."""
    may_go: bool
    """Whether it may be left out."""
    perhaps: bool
    """Whether it is not certain that it is inside at all."""


def shape_shares(
    services: Services, inside: Mapping[str, float], area: Collection[str], translate: Translator
) -> list[ShapeShare]:
    """How much of each municipality is inside, most first."""
    found = []
    for code, share in sorted(inside.items(), key=lambda pair: -pair[1]):
        phrase = share_told(share)
        found.append(
            ShapeShare(
                place=services.gazetteer.place(code),
                share=translate(phrase.says, **phrase.facts),
                chosen=code in area,
                may_go=share < MAY_LEAVE_OUT,
                perhaps=not share,
            )
        )
    return found


def shape_context(
    services: Services,
    content: CompositionContent,
    preview: CompositionPreview,
    form: Mapping[str, Any],
    translate: Translator,
) -> dict[str, Any]:
    """What the page shows of a shape, by the names that the templates use."""
    phrase = shapes.told(services, content.shape) if content.shape else None
    return {
        "shape": content.shape,
        "shape_name": translate(phrase.says, **phrase.facts) if phrase else "",
        "inside": shape_shares(services, preview.inside, preview.towns, translate),
        "centres": dict.fromkeys(
            preset.centre_names[translate.language] for preset in services.presets if preset.centre
        ),
        "shape_typed": {
            name: str(form.get(name, "")) for name in ("circle_centre", "circle_radius", "corners")
        },
    }
