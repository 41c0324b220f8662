"""E-mails and text messages to users: invitations, warnings, calls. Never to the population."""

import asyncio
import html
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import NamedTuple, Protocol

import structlog

from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    AnyChannel,
    Deferred,
    FailureReason,
    NotTried,
    Outcome,
    Refused,
    Timed,
    Tracking,
    speaks_against_route,
)
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.route import EVERYWHERE, goes_elsewhere
from alerting.domain.text.hidden import made_visible

OF_USE = timedelta(hours=1)
AT_ONCE = 4
"""Messages to users under way at once on a channel: an alert's have the connections."""
EACH_WITHIN = 20.0
"""Seconds a route has for one message, from when it has a connection for it, for which it waits as
long; then the next route has it, which may repeat it."""
LAST_FOR = 60.0
"""Seconds for which a route that failed comes after the others."""

log = structlog.get_logger()

UsableRouteNames = Callable[[], Awaitable[Collection[str]]]
"""Returns the names of the routes that nobody holds off."""


class EmailResult(Enum):
    """What became of an e-mail that was to be handed over."""

    TAKEN = "taken"
    NOT_TAKEN = "not taken"
    """A later attempt may help."""
    REFUSED = "refused"
    """No attempt will: an address that is dead, or what every route said of it is for good."""
    NOT_TRIED = "not tried"
    """No route had a connection for it."""


class Mailer(Protocol):
    """Whoever carries e-mails to users."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        """Hand one over; unless it is taken, the caller has to say it otherwise."""
        ...


class TextMessageResult(NamedTuple):
    """What became of a text message that was to be handed over.

    WAITING: no route took it, a later attempt may help. FAILED: none ever will. UNCONFIRMED: one
    may have taken it. Otherwise `route` took it, and `reference` is the provider's name for it.
    """

    state: State
    route: str = ""
    reference: str = ""


class Texter(Protocol):
    """Whoever carries text messages to users."""

    async def send(
        self,
        *,
        to: str,
        language: Language,
        text: str,
        key: str,
        valid_for: timedelta,
        last: str = "",
    ) -> TextMessageResult:
        """Hand one over under `key`, trying the route `last` after the others."""
        ...


@dataclass(frozen=True, slots=True)
class NoMailer:
    """An installation without a mail server."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        """Nobody takes it."""
        return EmailResult.NOT_TAKEN


@dataclass(frozen=True, slots=True)
class NoTexter:
    """An installation without a gateway for text messages."""

    async def send(
        self,
        *,
        to: str,
        language: Language,
        text: str,
        key: str,
        valid_for: timedelta,
        last: str = "",
    ) -> TextMessageResult:
        """Nobody takes it."""
        return TextMessageResult(State.FAILED)


class RouteTurns:
    """The routes of a channel for messages to users, one after the other.

    `usable` tells which of them nobody holds off; without it they are all. A route that failed
    comes after the others for a while; one that is silent is given up after EACH_WITHIN.
    """

    def __init__(
        self, channels: Sequence[AnyChannel], usable: UsableRouteNames | None = None
    ) -> None:
        self.channel = channels[0].name
        self._channels = channels
        self._usable = usable
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._ill: dict[str, float] = {}
        """When each route last failed, by the clock of the event loop."""

    async def outcomes(
        self, message: Message, *, to: str, key: str, valid_for: timedelta, last: str = ""
    ) -> AsyncGenerator[tuple[AnyChannel, Outcome | NotTried]]:
        """Hand it to each route, until whoever asks has heard enough.

        NOT_TRIED of a route that had no connection for it.
        """
        for channel in sorted(await self._in_order(), key=lambda channel: channel.route == last):
            async with self._turns:
                outcome = await _handed_over(channel, message, to=to, key=key, valid_for=valid_for)
            if outcome is not NOT_TRIED:
                self._learn(channel.route, outcome)
            yield channel, outcome

    def _learn(self, route: str, outcome: Outcome) -> None:
        if speaks_against_route(outcome):
            self._ill[route] = asyncio.get_running_loop().time()
        else:
            self._ill.pop(route, None)

    async def _in_order(self) -> list[AnyChannel]:
        usable = (
            await self._usable() if self._usable else {channel.route for channel in self._channels}
        )
        now = asyncio.get_running_loop().time()
        return sorted(
            (channel for channel in self._channels if channel.route in usable),
            key=lambda channel: now - self._ill.get(channel.route, -LAST_FOR) < LAST_FOR,
        )


class ChannelMailer:
    """E-mails by the servers of the e-mail channel: one set of settings for all mail."""

    def __init__(
        self, channels: Sequence[AnyChannel], usable: UsableRouteNames | None = None
    ) -> None:
        self._routes = RouteTurns(channels, usable)

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        """Hand one over, by another route where the first does not take it."""
        # E-mails quote what users typed elsewhere: what cannot be seen there is shown as U+FFFD.
        subject = made_visible(" ".join(subject.splitlines()))
        text = made_visible(text.replace("\r\n", "\n"))
        paragraphs = "".join(
            f"<p>{_linked(html.escape(part))}</p>" for part in text.split("\n\n") if part.strip()
        )
        message = Message(
            channel=self._routes.channel,
            language=language,
            subject=subject,
            text=text,
            html=f'<!doctype html><html lang="{language}"><body>{paragraphs}</body></html>',
        )
        key = f"mail-{secrets.token_hex(8)}"
        said: list[Outcome | NotTried] = []
        tried = self._routes.outcomes(message, to=to, key=key, valid_for=OF_USE)
        async with aclosing(tried):
            async for _, outcome in tried:
                if outcome is not NOT_TRIED and not goes_elsewhere(outcome, may_repeat=True):
                    return (
                        EmailResult.TAKEN if isinstance(outcome, Accepted) else EmailResult.REFUSED
                    )
                said.append(outcome)
        return _of_all(said)


class ChannelTexter:
    """Text messages by the gateways of the SMS channel: one set of settings for all of them."""

    def __init__(
        self, channels: Sequence[AnyChannel], usable: UsableRouteNames | None = None
    ) -> None:
        self._routes = RouteTurns(channels, usable)

    async def send(
        self,
        *,
        to: str,
        language: Language,
        text: str,
        key: str,
        valid_for: timedelta,
        last: str = "",
    ) -> TextMessageResult:
        """Hand one over, by every route until one takes it or says that none can.

        A route that may have taken it is not asked again by a later attempt: whoever is called is
        reminded soon, and each text message is paid for.
        """
        message = Message(channel=self._routes.channel, language=language, text=text)
        said: list[Deferred | Refused] = []
        tried = self._routes.outcomes(message, to=to, key=key, valid_for=valid_for, last=last)
        async with aclosing(tried):
            async for channel, outcome in tried:
                if isinstance(outcome, Accepted):
                    reported = channel.limits.tracking is Tracking.RECEIPTS
                    state = State.SENT if reported else State.ACCEPTED
                    return TextMessageResult(state, channel.route, outcome.reference)
                if outcome is NOT_TRIED:
                    continue
                if outcome.failure_reason in EVERYWHERE:
                    return TextMessageResult(State.FAILED)
                said.append(outcome)
        if any(one.failure_reason is FailureReason.UNCLEAR for one in said):
            return TextMessageResult(State.UNCONFIRMED)
        may_help = not said or any(
            isinstance(one, Deferred) or speaks_against_route(one) for one in said
        )
        return TextMessageResult(State.WAITING if may_help else State.FAILED)


async def _handed_over(
    channel: AnyChannel, message: Message, *, to: str, key: str, valid_for: timedelta
) -> Outcome | NotTried:
    try:
        prepared = channel.prepare(message, alert_id=0)
        if isinstance(channel, Timed):
            return await channel.send_within(prepared, to=to, key=key, seconds=EACH_WITHIN)
        async with asyncio.timeout(EACH_WITHIN):
            return await channel.send(prepared, to=to, key=key, valid_for=valid_for)
    except TimeoutError:
        return Deferred(FailureReason.UNCLEAR, "no answer in time")
    except Exception as error:  # an adapter's mistake: the next route is asked all the same
        log.warning("adapter.raised", route=channel.route, error=type(error).__name__)
        return Deferred(FailureReason.UNCLEAR, "the adapter failed")


def _of_all(said: Sequence[Outcome | NotTried]) -> EmailResult:
    """Where no route took it: for good only what all of them said of this e-mail.

    What is said of the route, as of its password, can be mended while the e-mail is of use.
    """
    if said and all(outcome is NOT_TRIED for outcome in said):
        return EmailResult.NOT_TRIED
    of_it = [one for one in said if isinstance(one, Refused) and not speaks_against_route(one)]
    return EmailResult.REFUSED if said and len(of_it) == len(said) else EmailResult.NOT_TAKEN


def _linked(text: str) -> str:
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith(("http://", "https://")) else word
        for word in text.split()
    )
