"""Calls of a channel's adapter that hold whatever it raises.

An adapter answers with outcomes. What it raises beside them is a defect of ours that some answer
of a provider brought to light; it may concern one recipient only. Were it passed on, the answers
of all others of the chunk would be lost with it, and whoever has the message would be sent it
again. So it is a try whose answer never came: in doubt, counted against the route, and logged by
its kind alone, since its text may quote the provider.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from alerting.domain.channel import (
    Accepted,
    AnyChannel,
    Bulk,
    Deferred,
    FailureReason,
    NotTried,
    OutboundMessage,
    Outcome,
    Probeable,
    Traceable,
)
from alerting.domain.hand_over import HandOverJournal
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.stop_signal import StopSignal

log = structlog.get_logger()

PROBED_WITHIN = 10.0
"""Seconds: a relay greets, signs in and says goodbye in less, or it is no help to an alert."""
NO_OUTCOME = Deferred(FailureReason.UNCLEAR, "unreadable answer")


def _note(channel: AnyChannel, act: str, error: Exception) -> None:
    log.error(
        "channel.raised",
        channel=channel.name,
        route=channel.route,
        act=act,
        error=type(error).__name__,
    )


async def send(
    channel: AnyChannel, outgoing: OutboundMessage[Any], *, valid_for: timedelta
) -> Outcome:
    """One message by one route."""
    try:
        return await channel.send(
            outgoing.prepared, to=outgoing.to, key=outgoing.key, valid_for=valid_for
        )
    except Exception as error:
        _note(channel, "send", error)
        return NO_OUTCOME


async def send_many(
    bulk: Bulk[Any],
    channel: AnyChannel,
    batch: Sequence[OutboundMessage[Any]],
    *,
    valid_for: timedelta,
    stop: StopSignal,
    journal: HandOverJournal,
) -> Sequence[Outcome | NotTried]:
    """A batch by one route: an outcome for each, NOT_TRIED for what was not handed over."""
    try:
        return await bulk.send_many(batch, valid_for=valid_for, stop=stop, journal=journal)
    except Exception as error:
        _note(channel, "send_many", error)
        return [NO_OUTCOME] * len(batch)


def cost(channel: AnyChannel, outgoing: OutboundMessage[Any]) -> int:
    """Units of its route's rate that a message takes."""
    try:
        return channel.cost(outgoing.prepared)
    except Exception as error:
        _note(channel, "cost", error)
        return 1


async def find(
    channel: AnyChannel,
    traceable: Traceable[Any],
    outgoing: OutboundMessage[Any],
    *,
    since: datetime,
    known: Collection[str],
) -> Accepted | None:
    """What the provider took of an earlier try; raises as `Traceable.find` does, nothing else."""
    try:
        return await traceable.find(
            outgoing.prepared, to=outgoing.to, key=outgoing.key, since=since, known=known
        )
    except (PermissionError, ConnectionError):
        raise
    except Exception as error:
        _note(channel, "find", error)
        raise ConnectionError("the answer could not be read") from None


async def probe(channel: AnyChannel, probeable: Probeable) -> FailureReason | None:
    """Whether a route would take messages; why not, if not. DOWN where no answer comes in time."""
    try:
        async with asyncio.timeout(PROBED_WITHIN):
            return await probeable.probe()
    except TimeoutError as error:
        _note(channel, "probe", error)
        return FailureReason.DOWN
    except Exception as error:
        _note(channel, "probe", error)
        return FailureReason.UNCLEAR


def prepare(
    channel: AnyChannel, messages: Sequence[Message], *, alert_id: int
) -> Mapping[Language, Any] | None:
    """An alert's messages as one route wants them; None where it cannot, and others carry it."""
    try:
        return {
            message.language: channel.prepare(message, alert_id=alert_id) for message in messages
        }
    except Exception as error:
        _note(channel, "prepare", error)
        return None
