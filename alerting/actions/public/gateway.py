"""The addresses of the gateway that apps and signs read before this one, as files.

`feed/index.json` and `feed/rss` name what is in force, one item per alert and language; the shapes
are those its public readers rely on: categories in capitals, points as {x: longitude, y: latitude}.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from email.utils import format_datetime
from itertools import groupby
from typing import Any
from xml.sax.saxutils import quoteattr

from alerting.actions.public.feed_format import NOTHING_YET, REGIONAL, element, iso
from alerting.actions.public.listing import ListedAlert, Listing
from alerting.actions.public.rendering import by_language
from alerting.actions.public.site import Site
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, guid
from alerting.domain.shape import KM_PER_DEGREE
from alerting.geo.area_map import discs, whole_provinces
from alerting.geo.outlines import provinces
from alerting.geo.shape_shares import shape_line

CORNERS = 12
"""Of the polygon that stands for a municipality at the old gateway, which knows no circles."""


def gateway_feed(real: Mapping[Language, Listing], site: Site) -> dict[str, Any]:
    """What is in force, as the gateway before this one told it: one item per alert and language."""
    listed = real[Language.FR]
    return {
        "description": "activeOnly: true",
        "pubDate": iso(listed.as_of or NOTHING_YET),
        "items": [
            {
                "guid": guid(alert.alert.address),
                "title": alert.headline,
                "description": alert.text,
                "category": [alert.alert.hazard.category.upper()],
                "language": REGIONAL[alert.language],
                "link": f"{site.url}/alert/{guid(alert.alert.address)}",
                "pubDate": iso(alert.alert.sent_at),
                "startDate": iso(alert.alert.sent_at),
                "expirationDate": iso(alert.alert.expires_at),
                "area": area,
            }
            for area, alert in _per_language(real, site)
        ],
    }


def _per_language(
    real: Mapping[Language, Listing], site: Site
) -> Iterator[tuple[list[dict[str, Any]], ListedAlert]]:
    """What is in force, once in each language it is written in, with where it is."""
    by_reader = {
        (alert.alert.address, reader): alert
        for reader, listed in real.items()
        for alert in listed.in_force
    }
    for alert in real[Language.FR].in_force:
        area = _gateway_area(alert.alert, site)
        for language in alert.alert.languages:
            entry = by_reader[alert.alert.address, language]
            if entry.language == language:
                yield area, entry


def _gateway_area(alert: PublicAlert, site: Site) -> list[dict[str, Any]]:
    """Polygons of points {x: longitude, y: latitude}: the shape, else provinces and discs."""
    if alert.shape:
        return [_polygon([shape_line(alert.shape)])]
    whole = whole_provinces(site.gazetteer, set(alert.area))
    found = [
        _polygon(polygon) for code in sorted(whole) for polygon in provinces()[code]["coordinates"]
    ]
    for disc in discs(site.gazetteer, alert.area):
        up = disc.radius / 1000 / KM_PER_DEGREE
        aside = up / math.cos(math.radians(disc.latitude))
        turns = [2 * math.pi * n / CORNERS for n in range(CORNERS)]
        line = [
            (disc.longitude + aside * math.cos(turn), disc.latitude + up * math.sin(turn))
            for turn in turns
        ]
        found.append(_polygon([line]))
    return found


def _polygon(rings: Sequence[Sequence[Sequence[float]]]) -> dict[str, Any]:
    return {
        "type": "Polygon",
        "coordinates": [
            {
                "type": "LineString",
                "coordinates": [{"x": x, "y": y} for (x, y), _ in groupby(_rounded(ring))],
            }
            for ring in rings
        ],
    }


def _rounded(ring: Sequence[Sequence[float]]) -> Iterator[tuple[float, float]]:
    return ((round(x, 4), round(y, 4)) for x, y, *_ in _closed(ring))


def _closed(ring: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    return [*ring] if tuple(ring[0]) == tuple(ring[-1]) else [*ring, ring[0]]


def gateway_rss(real: Mapping[Language, Listing], site: Site) -> bytes:
    """The same as RSS 2.0."""
    listed = real[Language.FR]
    address = f"{site.url}/feed/rss"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>',
        element("title", by_language(site.authority, Language.FR)),
        element("link", f"{site.url}/"),
        element("description", "activeOnly: true"),
        element("lastBuildDate", format_datetime(listed.as_of or NOTHING_YET)),
        f'<atom:link rel="self" href={quoteattr(address)} type="application/rss+xml"/>',
    ]
    for _, alert in _per_language(real, site):
        name = guid(alert.alert.address)
        lines += [
            "<item>",
            element("title", alert.headline),
            element("link", f"{site.url}/alert/{name}"),
            element("guid", f"{name}-{alert.language}", isPermaLink="false"),
            element("pubDate", format_datetime(alert.alert.sent_at)),
            element("category", alert.alert.hazard.category.upper()),
            element("description", alert.text),
            "</item>",
        ]
    return "\n".join([*lines, "</channel></rss>\n"]).encode()
