"""How each channel fares, from how its routes do: for the first page. Pure: no page, no clock."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from alerting.actions.operations.routes import RouteStatus
from alerting.domain.route import Breaker, Override
from alerting.domain.text.i18n import msgid

UNEASY = 0.1
"""The share of errors from which somebody should have a look, though the route is still used."""


class ChannelHealth(StrEnum):
    """What whoever is about to send must know of a channel."""

    FINE = "fine"
    IMPAIRED = "impaired"
    """It sends, by fewer routes than it has or with many errors."""
    OUT = "out"
    """No route is in use: what is sent on it waits."""


FARING_NAMES: Mapping[ChannelHealth, str] = {
    ChannelHealth.FINE: msgid("working"),
    ChannelHealth.IMPAIRED: msgid("working with problems"),
    ChannelHealth.OUT: msgid("out of service"),
}


def channel_health(statuses: Iterable[RouteStatus]) -> dict[str, ChannelHealth]:
    """Channel -> how it fares."""
    routes: dict[str, list[RouteStatus]] = {}
    for status in statuses:
        routes.setdefault(status.health.channel, []).append(status)
    return {channel: _of(ones) for channel, ones in routes.items()}


def _of(routes: list[RouteStatus]) -> ChannelHealth:
    # One that is only being tried after its pause has not yet taken anything again.
    if not any(
        status.share and (status.breaker is Breaker.CLOSED or status.health.override is Override.ON)
        for status in routes
    ):
        return ChannelHealth.OUT
    troubled = any(
        status.breaker is not Breaker.CLOSED
        or status.health.override is Override.OFF
        or status.health.error_share >= UNEASY
        for status in routes
    )
    return ChannelHealth.IMPAIRED if troubled else ChannelHealth.FINE
