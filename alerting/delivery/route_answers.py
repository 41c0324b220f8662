"""What routes answered of a chunk, and what of it still goes from route to route."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from alerting.delivery import adapter_calls
from alerting.delivery.call_watch import clock
from alerting.domain.channel import (
    NOT_TRIED,
    AnyChannel,
    NotTried,
    Outcome,
    Refused,
    speaks_against_route,
)
from alerting.domain.route import FIRST_PAUSE
from alerting.store.deliveries.chunks import NO_ROUTES, Due

Answer = tuple[Due, Outcome | NotTried, datetime]
"""A delivery, what its route answered (NOT_TRIED: it was not asked), and when."""


class RouteAnswers(NamedTuple):
    """What became of some messages at one route so far."""

    answers: list[Answer]
    given_up: bool = False
    """Whether the route is not to be asked again for this chunk: it is silent, or has no turn."""
    late: "asyncio.Task[list[Answer]] | None" = None
    """The answers to what it may have, and had not answered when it was given up."""


Refusals = dict[int, tuple[Outcome, frozenset[str]]]
"""By recipient, what was said of a delivery that no route took, and by which routes."""
Groups = dict[frozenset[str], list[Due]]
"""Deliveries by the routes that they may not take."""


@dataclass(slots=True)
class Undecided:
    """What of a chunk still goes from route to route."""

    waits: Groups
    """By the routes that refused them: what one recipient is refused for, others may not be."""
    avoiding: dict[int, frozenset[str]]
    refused: Refusals = field(default_factory=dict)
    barred: dict[str, datetime] = field(default_factory=dict)
    """Routes that are at fault themselves, and until when they are left aside for it."""
    late: "dict[asyncio.Task[list[Answer]], tuple[AnyChannel, frozenset[str]]]" = field(
        default_factory=dict
    )
    """Answers to come, by whose route, and who had refused these messages before."""

    def bar(self, route: str, now: datetime) -> None:
        """Leave a route aside for a while."""
        self.barred[route] = now + FIRST_PAUSE

    def closed(self, now: datetime) -> set[str]:
        """The routes left aside now."""
        return {route for route, until in self.barred.items() if now < until}


@dataclass(slots=True)
class OneByOne:
    """A batch whose messages are given to a route one by one, in several lanes."""

    batch: Sequence[Due]
    answers: list[Answer] = field(default_factory=list)
    begun: set[int] = field(default_factory=set)
    """Places of those that were given to it."""
    idle: set[asyncio.Task[Any] | None] = field(default_factory=set)
    """Lanes that wait for their pace or a place, and have nothing in hand."""
    began_at: float = field(default_factory=clock)

    def told(self) -> list[Answer]:
        """The answers of the route so far."""
        return [answer for answer in self.answers if answer[1] is not NOT_TRIED]

    def cancel_idle(self) -> None:
        """End the lanes that have nothing in hand."""
        for lane in self.idle:
            if lane is not None:
                lane.cancel()

    def completed(self, at: datetime) -> list[Answer]:
        """Answers by their places; those begun that have none are in doubt."""
        by_recipient = {answer[0].recipient_id: answer for answer in self.answers}
        return [
            by_recipient.get(
                due.recipient_id,
                (due, adapter_calls.NO_OUTCOME if index in self.begun else NOT_TRIED, at),
            )
            for index, due in enumerate(self.batch)
        ]


def by_routes_to_avoid(waiting: Sequence[Due]) -> tuple[Groups, dict[int, frozenset[str]]]:
    """Which routes to avoid: what has taken a delivery and lost it, while there is another.

    By recipient too. Sorted by attempts as they are, nearly always nobody was tried before.
    """
    if not waiting or not waiting[-1].attempts:
        return ({frozenset(): list(waiting)} if waiting else {}), {}
    waits: Groups = {}
    for due in waiting:
        waits.setdefault(due.avoids, []).append(due)
    return waits, {due.recipient_id: due.avoids for due in waiting if due.avoids}


def stop_avoiding(
    waits: Groups, refusing: frozenset[str], avoiding: dict[int, frozenset[str]]
) -> None:
    """No other route may be had for these: those who avoided one take it, the others wait."""
    for due in waits.pop(refusing):
        if avoided := avoiding.pop(due.recipient_id, NO_ROUTES):
            waits.setdefault(refusing - avoided, []).append(due)


def is_in_vain(answers: Sequence[Answer]) -> bool:
    """Whether all that came of a call is that its route is at fault."""
    return bool(answers) and all(
        outcome is not NOT_TRIED and speaks_against_route(outcome) for _, outcome, _ in answers
    )


def milder(one: Outcome, other: Outcome) -> Outcome:
    """Of what two routes said, what is not for good: a wrong "never" costs somebody the warning."""
    return one if isinstance(other, Refused) and not isinstance(one, Refused) else other
