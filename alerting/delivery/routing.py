"""Which route a message takes: what this worker sees of each, shared with all the others."""

import asyncio
import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerting.delivery import adapter_calls
from alerting.delivery.call_watch import RouteTraffic
from alerting.domain.channel import AnyChannel, FailureReason, Probeable, without_recipient
from alerting.domain.route import (
    FIRST_PAUSE,
    HELD_SECONDS,
    Breaker,
    Health,
    Override,
    Sample,
    choose_route,
)
from alerting.services import Services
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.operations import routes as route_rows

log = structlog.get_logger()

Name = tuple[str, str]
"""A channel and its route."""
LONGEST_PAUSE = 2 * FIRST_PAUSE
"""For how long at most a route that failed here is no help to one that does not answer."""


class RouteSelector:
    """The health of every route, as far as this worker knows.

    What it sees counts here at once, and for everyone with the next `share`.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[Name, Health] = {}
        self._unshared: dict[Name, Sample] = {}
        self._on_trial: set[Name] = set()
        self._traffic: dict[Name, RouteTraffic] = {}
        self._passed_over: dict[Name, float] = {}
        """Seconds that calls waited in vain for a connection, since the last sample."""
        self._failed: dict[Name, tuple[timedelta, datetime]] = {}
        """How long what failed here lately is no help to another route, and until when."""
        self._asked: dict[Name, asyncio.Task[FailureReason | None]] = {}
        """Probes of those that failed or are silent, since they were last chosen."""
        self._answered_at: dict[Name, datetime] = {}
        """Since when it is known that one of these was answered."""
        self._tried_at_once = False
        self._dice = random.Random()  # noqa: S311  shares out work, guards nothing

    def choose(
        self, routes: Sequence[AnyChannel], barred: Collection[str], *, number: int, now: datetime
    ) -> tuple[AnyChannel, bool] | None:
        """A route for so many messages, and whether it is only being tried; None: none is well."""
        open_to = [
            one for one in routes if one.route not in barred and _name(one) not in self._on_trial
        ]
        healths = {health.route: health for health in self._in_use_or_due(routes, now=now)}
        answering = self._answering([healths[one.route] for one in open_to], now=now)
        route = choose_route(answering, now=now, dice=self._dice.random())
        if route is None:
            return None
        if healths[route].interval * number > HELD_SECONDS:
            # A slow one would have them for long: another whose pause is over is tried first.
            route = next((one.route for one in open_to if self._is_due(one, now=now)), route)
        channel = next(one for one in open_to if one.route == route)
        self._forget_probe(_name(channel))
        return channel, healths[route].breaker_at(now=now) is Breaker.HALF_OPEN

    def _in_use_or_due(self, routes: Sequence[AnyChannel], *, now: datetime) -> list[Health]:
        """How a channel's routes do; those left alone come sooner while none of them works."""
        healths = [self.health(channel) for channel in routes]
        works = any(
            health.usable(now=now) and (health.channel, health.route) not in self._failed
            for health in healths
        )
        return healths if works else [health.sooner() for health in healths]

    def _is_due(self, channel: AnyChannel, *, now: datetime) -> bool:
        half_open = self.health(channel).breaker_at(now=now) is Breaker.HALF_OPEN
        return half_open and self.could_take(channel, surely=True)

    def _answering(self, healths: Sequence[Health], *, now: datetime) -> Sequence[Health]:
        """Those that answer what they were given, where there are any.

        One that has yet to answer for the first time comes behind another of the first choice; one
        that is silent behind any.
        """
        usable = [health for health in healths if health.usable(now=now)]
        proven = [health for health in usable if not self._traffic_of(health).unproven]
        if any(health.weight > 0 for health in proven):
            usable = proven
        return [health for health in usable if not self._traffic_of(health).silent] or usable

    def traffic(self, channel: AnyChannel) -> RouteTraffic:
        """What this worker has under way on a route."""
        return self._traffic_of(self.health(channel))

    def _traffic_of(self, health: Health) -> RouteTraffic:
        return self._traffic.setdefault((health.channel, health.route), RouteTraffic())

    def could_take(self, channel: AnyChannel, *, surely: bool) -> bool:
        """Whether a route would take the messages of another, which does not answer.

        One that is in use and answers; or that failed, once its pause is over. `surely`: then it
        has to answer a probe as well, which is begun here, so that nothing is cut off in vain.
        """
        name, now, health = _name(channel), self._services.now(), self.health(channel)
        if name in self._on_trial or self.traffic(channel).silent:
            return False
        if health.well and name not in self._failed:
            return True
        pause, until = self._failed.get(name, (FIRST_PAUSE, now))
        if not health.sooner().usable(now=now) or now < until <= now + pause:
            return False
        return not surely or not isinstance(channel, Probeable) or self._answers(channel, channel)

    def answers_anew(self, channel: AnyChannel) -> bool:
        """Whether a route that does not answer what it was given answers a new connection."""
        _, until = self._failed.get(_name(channel), (FIRST_PAUSE, self._services.now()))
        if self._services.now() < until:
            return False
        return isinstance(channel, Probeable) and self._answers(channel, channel)

    def _answers(self, channel: AnyChannel, probeable: Probeable) -> bool:
        """Whether it answered a probe since it was last chosen; one is begun where none was."""
        name = _name(channel)
        task = self._asked.get(name)
        if task is None:
            task = asyncio.create_task(adapter_calls.probe(channel, probeable))
            self._asked[name] = task
        if not task.done():
            return False
        now = self._services.now()
        if task.result() is None:
            if now - self._answered_at.setdefault(name, now) < FIRST_PAUSE:
                return True
            self._forget_probe(name)  # too long ago to say anything of now
            return False
        del self._asked[name]
        self._failed[name] = FIRST_PAUSE, self._services.now() + FIRST_PAUSE
        return False

    def failed(self, channel: AnyChannel) -> None:
        """A call came to nothing by the fault of this route: for a while it helps no other."""
        name = _name(channel)
        before, _ = self._failed.get(name, (timedelta(), self._services.now()))
        pause = min(before + FIRST_PAUSE, LONGEST_PAUSE)
        self._failed[name] = pause, self._services.now() + pause
        self._forget_probe(name)

    def worked(self, channel: AnyChannel) -> None:
        """It took something: whatever failed before is over."""
        self._failed.pop(_name(channel), None)
        self._forget_probe(_name(channel))

    def _forget_probe(self, name: Name) -> None:
        self._answered_at.pop(name, None)
        if (asked := self._asked.pop(name, None)) is not None:
            asked.cancel()

    def was_passed_over(self, channel: AnyChannel, seconds: float) -> None:
        """A call got no connection for so long: the next messages of that route count as slower."""
        name = _name(channel)
        self._passed_over[name] = self._passed_over.get(name, 0.0) + seconds

    def open_until(self, routes: Sequence[AnyChannel], *, now: datetime) -> datetime | None:
        """When the first of these routes may be tried again; None when one may be used now."""
        healths = self._in_use_or_due(routes, now=now)
        if not healths or any(health.usable(now=now) for health in healths):
            return None
        return min(health.open_until or now + FIRST_PAUSE for health in healths)

    @contextmanager
    def trying(self, channel: AnyChannel, *, fresh: bool) -> Iterator[None]:
        """While a sick route is being tried, nobody else of this worker goes there.

        `fresh`: with messages never tried before. What others come to proves nothing against it,
        and whoever has fresh ones need not wait for them.
        """
        name, health = _name(channel), self.health(channel)
        suspended = health.breaker is Breaker.OPEN and health.override is Override.NONE
        if not (fresh and suspended):
            yield
            return
        self._on_trial.add(name)
        try:
            yield
        finally:
            self._on_trial.discard(name)

    def health(self, channel: AnyChannel) -> Health:
        """How a route does."""
        name = _name(channel)
        if name not in self._known:
            self._known[name] = Health(
                channel=channel.name, route=channel.route, weight=channel.limits.weight
            )
        return self._known[name]

    def observe(self, channel: AnyChannel, sample: Sample) -> None:
        """Learn from messages that went this way."""
        if not sample.n:
            return
        name = _name(channel)
        waited = 0.0 if sample.probed else self._passed_over.pop(name, 0.0)
        sample = replace(sample, elapsed=sample.elapsed + waited) if waited else sample
        before = self.health(channel)
        after = before.observe(sample, now=self._services.now())
        self._known[name] = after
        seen = self._unshared.get(name)
        self._unshared[name] = seen.plus(sample) if seen else sample
        if after.breaker is not before.breaker:
            log.warning(
                "route.breaker",
                channel=channel.name,
                route=channel.route,
                breaker=after.breaker,
                failure_reason=sample.failure_reason,
                provider_code=sample.provider_code,
            )

    async def share(self) -> None:
        """Tell the others what was seen, and learn what they saw and what an operator decided.

        A process that starts has the settings of now: what was left alone under former ones is
        tried at once.
        """
        if not self._tried_at_once:
            await self._try_at_once()
        told, self._unshared = self._unshared, {}
        weights = {
            _name(route): route.limits.weight
            for routes in self._services.routes.values()
            for route in routes
        }
        if told:
            now = self._services.now()
            async with self._services.unit() as unit:
                await route_rows.observe(
                    unit.connection, unit.database, told, weights=weights, now=now
                )
        async with self._services.reading() as reading:
            for health in await route_rows.load_all(reading.connection):
                self._known[health.channel, health.route] = health

    async def _try_at_once(self) -> None:
        routes, now = self._services.routes, self._services.now()
        names = [_name(route) for all_of_it in routes.values() for route in all_of_it]
        async with self._services.unit() as unit:
            await route_rows.try_at_once(unit.connection, names, now=now)
            await unit.connection.run_sync(
                chunk_rows.precede, list(self._services.channels), now=now
            )
        self._tried_at_once = True

    async def probe(self) -> None:
        """Ask the routes that are idle or recovering whether they would take messages.

        All at once, each for `PROBED_WITHIN`: one that is silent holds up no other.
        """
        now = self._services.now()
        async with asyncio.TaskGroup() as asking:
            for routes in self._services.routes.values():
                for route in routes:
                    if isinstance(route, Probeable) and self.health(route).wants_probe(now=now):
                        asking.create_task(self._probe(route, route))

    async def _probe(self, route: AnyChannel, probeable: Probeable) -> None:
        found = await adapter_calls.probe(route, probeable)
        failure_reason = without_recipient(found) if found else None
        errors = int(found is not None)
        sample = Sample(n=1, errors=errors, seconds=0, failure_reason=failure_reason, probed=True)
        self.observe(route, sample)


def _name(channel: AnyChannel) -> Name:
    return channel.name, channel.route
