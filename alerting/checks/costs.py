"""What sending will cost and how long it will take, before anything is sent.

A tariff comes from the contract with a provider. Time is that of handing the messages over, one
channel beside the other: how long phones take to ring is not in it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from alerting.domain.channel_profiles import PricedBy, profile_of
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.length import spoken_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariffs:
    """Prices, and messages a second for each channel. A channel without a rate takes no time."""

    sms_segment: Decimal = Decimal(0)
    voice_minute: Decimal = Decimal(0)
    """Every minute begun is billed."""
    per_second: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One channel: `units` are segments or minutes, 0 where nothing is billed by them."""

    channel: str
    recipients: int
    units: int
    euros: Decimal
    seconds: int


def estimate(
    messages: Iterable[Message], recipients: Mapping[tuple[str, Language], int], tariffs: Tariffs
) -> tuple[Estimate, ...]:
    """Cost and time per channel, in the order of the messages."""
    totals: dict[str, tuple[int, int]] = {}
    for message in messages:
        people = recipients.get((message.channel, message.language), 0)
        known, units = totals.get(message.channel, (0, 0))
        totals[message.channel] = (known + people, units + people * _units(message))
    prices = {PricedBy.SEGMENT: tariffs.sms_segment, PricedBy.MINUTE: tariffs.voice_minute}
    return tuple(
        Estimate(
            channel=channel,
            recipients=people,
            units=units,
            euros=units * prices.get(profile_of(channel).priced_by, Decimal(0)),
            seconds=_seconds(people, tariffs.per_second.get(channel, 0)),
        )
        for channel, (people, units) in totals.items()
    )


def _units(message: Message) -> int:
    text = message.widest().text
    match profile_of(message.channel).priced_by:
        case PricedBy.SEGMENT:
            return measure(text).segments
        case PricedBy.MINUTE:
            return math.ceil(spoken_seconds(text, message.language) / 60)
    return 0


def _seconds(people: int, rate: float) -> int:
    return math.ceil(people / rate) if rate > 0 else 0
