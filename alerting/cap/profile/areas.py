"""Rules of the profile about areas: polygons, circles, heights and codes of places."""

import re
from collections.abc import Iterable, Iterator

from alerting.cap.geometry import circle_of, crosses_itself, points_of
from alerting.cap.message import CapInfo, CapMessage
from alerting.cap.profile.rule import Found, Place, Register, areas_of, codes_of
from alerting.cap.terms import (
    EMMA,
    NIS,
)
from alerting.domain.shape import EAST, NORTH, SOUTH, WEST

MAX_POINTS_ASKED = 5_000
"""Points of a polygon up to which it is asked whether it crosses itself: that takes time with the
square of them."""


_ZONE = re.compile(r"BE[0-9]{3}", re.ASCII)


_NIS = re.compile(r"[0-9]{5}", re.ASCII)


def _polygons(message: CapMessage) -> Iterator[tuple[Place, str]]:
    for place, area in areas_of(message):
        for n, polygon in enumerate(area.polygons, 1):
            yield f"{place}/polygon[{n}]", polygon


def _circles(message: CapMessage) -> Iterator[tuple[Place, str]]:
    for place, area in areas_of(message):
        for n, circle in enumerate(area.circles, 1):
            yield f"{place}/circle[{n}]", circle


def outlines(message: CapMessage, _: Register | None) -> Found:
    """Polygons that are not closed outlines on earth."""
    for place, polygon in _polygons(message):
        points = points_of(polygon)
        if points is None or len(points) < 4 or points[0] != points[-1] or not _on_earth(points):
            yield place, {}


def crossing(message: CapMessage, _: Register | None) -> Found:
    """Polygons that cross themselves."""
    seen: dict[str, bool] = {}
    for place, polygon in _polygons(message):
        if polygon not in seen:
            points = points_of(polygon)
            usable = points is not None and 4 <= len(points) <= MAX_POINTS_ASKED
            closed = bool(usable and points and points[0] == points[-1])
            seen[polygon] = closed and points is not None and crosses_itself(points)
        if seen[polygon]:
            yield place, {}


def too_long_to_ask(message: CapMessage, _: Register | None) -> Found:
    """Polygons of too many points to be asked whether they cross themselves."""
    for place, polygon in _polygons(message):
        if polygon.count(",") > MAX_POINTS_ASKED:
            yield place, {"most": MAX_POINTS_ASKED}


def circles(message: CapMessage, _: Register | None) -> Found:
    """Circles that are none on earth."""
    for place, text in _circles(message):
        circle = circle_of(text)
        if circle is None or circle[2] < 0 or not _on_earth([circle[:2]]):
            yield place, {}


def no_radius(message: CapMessage, _: Register | None) -> Found:
    """Circles without a radius, which many readers leave out."""
    for place, text in _circles(message):
        if (circle := circle_of(text)) and circle[2] == 0:
            yield place, {}


def outside_belgium(message: CapMessage, _: Register | None) -> Found:
    """Shapes with a point outside the country."""
    shapes = [(place, points_of(text) or []) for place, text in _polygons(message)]
    shapes += [
        (place, [circle[:2]]) for place, text in _circles(message) if (circle := circle_of(text))
    ]
    for place, points in shapes:
        if any(not (SOUTH <= y <= NORTH and WEST <= x <= EAST) for y, x in points):
            yield place, {}


def _on_earth(points: Iterable[tuple[float, float]]) -> bool:
    return all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in points)


def heights(message: CapMessage, _: Register | None) -> Found:
    """Areas with a ceiling and no altitude."""
    for place, area in areas_of(message):
        if area.ceiling and not area.altitude:
            yield place, {}


def areas_without_place(message: CapMessage, _: Register | None) -> Found:
    """Areas that name no place and draw none."""
    for place, area in areas_of(message):
        if not (area.polygons or area.circles or area.geocodes):
            yield place, {}


def nis_codes(message: CapMessage, register: Register | None) -> Found:
    """Areas without a code of Statbel, or with one that the register does not have."""
    for place, area in areas_of(message):
        codes = codes_of(area, NIS)
        known = register.is_place if register else lambda _: True
        wrong = [code for code in codes if not (_NIS.fullmatch(code) and known(code))]
        if not codes or wrong:
            yield f"{place}/geocode", {"codes": ", ".join(wrong)}


def zones(message: CapMessage, _: Register | None) -> Found:
    """Codes of MeteoAlarm that are no Belgian zone."""
    for place, area in areas_of(message):
        for code in codes_of(area, EMMA):
            if not _ZONE.fullmatch(code):
                yield f"{place}/geocode", {"code": code}


def shape_of(info: CapInfo) -> object:
    """The shapes and codes of an `info`, which all languages share."""
    return [(area.polygons, area.circles, area.geocodes) for area in info.areas]
