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


def channel_health(found: Iterable[RouteStatus]) -> dict[str, ChannelHealth]:
    """Channel -> how it fares."""
    routes: dict[str, list[RouteStatus]] = {}
    for one in found:
        routes.setdefault(one.health.channel, []).append(one)
    return {channel: _of(ones) for channel, ones in routes.items()}


def _of(routes: list[RouteStatus]) -> ChannelHealth:
    # One that is only being tried after its pause has not yet taken anything again.
    if not any(
        one.share and (one.breaker is Breaker.CLOSED or one.health.override is Override.ON)
        for one in routes
    ):
        return ChannelHealth.OUT
    troubled = any(
        one.breaker is not Breaker.CLOSED
        or one.health.override is Override.OFF
        or one.health.error_share >= UNEASY
        for one in routes
    )
    return ChannelHealth.IMPAIRED if troubled else ChannelHealth.FINE
