"""How each channel fares, from how its routes do: for the first page. Pure: no page, no clock."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from alerting.actions.operations.routes import Standing
from alerting.domain.route import Breaker, Override
from alerting.domain.text.i18n import msgid

UNEASY = 0.1
"""The share of errors from which somebody should have a look, though the route is still used."""


class Faring(StrEnum):
    """What whoever is about to send must know of a channel."""

    FINE = "fine"
    IMPAIRED = "impaired"
    """It sends, by fewer routes than it has or with many errors."""
    OUT = "out"
    """No route is in use: what is sent on it waits."""


FARING_NAMES: Mapping[Faring, str] = {
    Faring.FINE: msgid("works"),
    Faring.IMPAIRED: msgid("works with trouble"),
    Faring.OUT: msgid("out of order"),
}


def faring(found: Iterable[Standing]) -> dict[str, Faring]:
    """Channel -> how it fares."""
    routes: dict[str, list[Standing]] = {}
    for one in found:
        routes.setdefault(one.health.channel, []).append(one)
    return {channel: _of(ones) for channel, ones in routes.items()}


def _of(routes: list[Standing]) -> Faring:
    if not any(one.share for one in routes):
        return Faring.OUT
    troubled = any(
        one.breaker is not Breaker.CLOSED
        or one.health.override is Override.OFF
        or one.health.error_share >= UNEASY
        for one in routes
    )
    return Faring.IMPAIRED if troubled else Faring.FINE
