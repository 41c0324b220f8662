"""The shape of an area: which municipalities it touches, and which of them must be alerted."""

from collections.abc import Collection, Mapping
from functools import partial

from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer, Permission
from alerting.domain.shape import Circle, Shape, circle, described
from alerting.domain.text.i18n import ByLanguage, Phrase, msgid
from alerting.geo.centres import centre_called, described_around
from alerting.geo.shape_shares import MAY_LEAVE_OUT, candidates, shares
from alerting.services import Services
from alerting.store.operations import map_outlines as outline_rows

NOTHING_TOUCHED = msgid("The shape touches no municipality in Belgium")
ONLY_PERHAPS = msgid(
    "The shape touches no municipality for certain: name those that are to be alerted (perhaps "
    "inside: {places})"
)
LEFT_OUT = msgid("More than 1 % of {places} is inside the shape: it belongs in the area")


def circle_around(services: Services, name: str, radius_km: float) -> Circle:
    """Around a municipality or a prepared area; raises what `centre_called` and `circle` do."""
    longitude, latitude = centre_called(name, services.gazetteer, services.presets)
    return circle(longitude, latitude, radius_km)


def told(services: Services, shape: Shape) -> Phrase:
    """What a shape is, for a person, with the name of what it is around where that has one."""
    around = described_around(shape, services.gazetteer, services.presets)
    return around or described(shape)


async def shares_inside(services: Services, shape: Shape, *, by: Officer) -> dict[str, float]:
    """NIS code -> share of its area inside, of the municipalities a shape touches.

    A share of 0: perhaps touched, as its outline was not imported.
    """
    by.must(Permission.READ)
    if not (codes := candidates(shape)):
        return {}
    async with services.reading() as reading:
        outlines = await outline_rows.load_outlines(reading.connection, codes)
    return await services.checks.shapes.run(by.name, partial(shares, shape, outlines))


def touched(inside: Mapping[str, float]) -> set[str]:
    """The municipalities that are touched, and not only perhaps."""
    return {code for code, share in inside.items() if share}


def proposed(inside: Mapping[str, float]) -> tuple[str, ...]:
    """The area a shape stands for: what it touches for certain; what it may touch, people choose.

    BadRequest where it touches nothing, not even perhaps.
    """
    if not inside:
        raise BadRequest(NOTHING_TOUCHED)
    return tuple(sorted(touched(inside)))


def require_certain(services: Services, inside: Mapping[str, float]) -> tuple[str, ...]:
    """The same, where nobody looks on; BadRequest where it touches nothing for certain."""
    if not (certain := proposed(inside)):
        names = services.gazetteer.area_names(sorted(inside))
        raise BadRequest(ONLY_PERHAPS, places=ByLanguage(names))
    return certain


def require_inside(services: Services, inside: Mapping[str, float], area: Collection[str]) -> None:
    """Refuse an area that leaves out more than a sliver of what is inside the shape."""
    missing = [one for one, share in inside.items() if share >= MAY_LEAVE_OUT and one not in area]
    if missing:
        names = services.gazetteer.area_names(sorted(missing))
        raise BadRequest(LEFT_OUT, places=ByLanguage(names))
