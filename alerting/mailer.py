"""E-mails to users: invitations, new passwords, warnings. Never to the population."""

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from alerting.domain.channel import (
    Accepted,
    AnyChannel,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    Timed,
    speaks_against_route,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.route import goes_elsewhere
from alerting.domain.text.hidden import made_visible

OF_USE = timedelta(hours=1)
AT_ONCE = 4
"""E-mails to users under way at once: an alert's have the connections."""
EACH_WITHIN = 20.0
"""Seconds a route has for one e-mail, from when it has a connection for it, for which it waits as
long; then the next route has it, which may repeat it."""
LAST_FOR = 60.0
"""Seconds for which a route that failed comes after the others."""


class Mailed(Enum):
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

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> Mailed:
        """Hand one over; unless it is taken, the caller has to say it otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class NoMailer:
    """An installation without a mail server."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> Mailed:
        """Nobody takes it."""
        return Mailed.NOT_TAKEN


class ChannelMailer:
    """E-mails by the servers of the e-mail channel: one set of settings for all mail.

    `usable` tells the names of the routes that nobody holds off; without it they are all. A route
    that failed comes after the others for a while; one that is silent is given up after
    EACH_WITHIN.
    """

    def __init__(
        self,
        channels: Sequence[AnyChannel],
        usable: Callable[[], Awaitable[Collection[str]]] | None = None,
    ) -> None:
        self._channels = channels
        self._usable = usable
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._ill: dict[str, float] = {}
        """When each route last failed, by the clock of the event loop."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> Mailed:
        """Hand one over, by another route where the first does not take it."""
        # E-mails quote what users typed elsewhere: what cannot be seen there is shown as U+FFFD.
        subject = made_visible(" ".join(subject.splitlines()))
        text = made_visible(text.replace("\r\n", "\n"))
        paragraphs = "".join(
            f"<p>{_linked(html.escape(part))}</p>" for part in text.split("\n\n") if part.strip()
        )
        message = Message(
            channel=self._channels[0].name,
            language=language,
            subject=subject,
            text=text,
            html=f'<!doctype html><html lang="{language}"><body>{paragraphs}</body></html>',
        )
        key = f"mail-{secrets.token_hex(8)}"
        said: list[Outcome] = []
        channels = await self._in_order()
        for channel in channels:
            async with self._turns:
                outcome = await _handed_over(channel, message, to=to, key=key)
            if outcome is None:
                continue
            if speaks_against_route(outcome):
                self._ill[channel.route] = asyncio.get_running_loop().time()
            else:
                self._ill.pop(channel.route, None)
            if not goes_elsewhere(outcome, may_repeat=True):
                return Mailed.TAKEN if isinstance(outcome, Accepted) else Mailed.REFUSED
            said.append(outcome)
        if channels and not said:
            return Mailed.NOT_TRIED
        return _of_all(said, len(channels))

    async def _in_order(self) -> list[AnyChannel]:
        usable = await self._usable() if self._usable else {one.route for one in self._channels}
        now = asyncio.get_running_loop().time()
        return sorted(
            (one for one in self._channels if one.route in usable),
            key=lambda one: now - self._ill.get(one.route, -LAST_FOR) < LAST_FOR,
        )


async def _handed_over(
    channel: AnyChannel, message: Message, *, to: str, key: str
) -> Outcome | None:
    prepared = channel.prepare(message, alert_id=0)
    if isinstance(channel, Timed):
        return await channel.send_within(prepared, to=to, key=key, seconds=EACH_WITHIN)
    try:
        async with asyncio.timeout(EACH_WITHIN):
            return await channel.send(prepared, to=to, key=key, valid_for=OF_USE)
    except TimeoutError:
        return Deferred(FailureReason.DOWN, "no answer in time")


def _of_all(said: Sequence[Outcome], routes: int) -> Mailed:
    """Where none of these routes took it: for good only what all of them said of this e-mail.

    What is said of the route, as of its password, can be mended while the e-mail is of use.
    """
    of_it = [one for one in said if isinstance(one, Refused) and not speaks_against_route(one)]
    return Mailed.REFUSED if routes and len(of_it) == routes else Mailed.NOT_TAKEN


def _linked(text: str) -> str:
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith(("http://", "https://")) else word
        for word in text.split()
    )
