"""E-mails to users: invitations, new passwords, warnings. Never to the population."""

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from alerting.domain.channel import Accepted, AnyChannel, Deferred, FailureReason, Outcome
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.hidden import made_visible

OF_USE = timedelta(hours=1)
AT_ONCE = 4
"""E-mails to users under way at once: an alert's have the connections."""
EACH_WITHIN = 20.0
"""Seconds a route has for one e-mail; then the next route has it, which may repeat it."""
LAST_FOR = 60.0
"""Seconds for which a route that failed comes after the others."""


class Mailer(Protocol):
    """Whoever carries e-mails to users."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
        """Hand one over; False when nobody took it, and the caller has to say it otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class NoMailer:
    """An installation without a mail server."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
        """Nobody takes it."""
        return False


class ChannelMailer:
    """E-mails by the servers of the e-mail channel: one set of settings for all mail.

    `usable` tells the names of the routes that nobody holds off; without it they are all. A route
    that did not take the last one comes after the others for a while; one that is silent is given
    up after EACH_WITHIN.
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

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
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
        for channel in await self._in_order():
            async with self._turns:
                outcome = await _handed_over(channel, message, to=to, key=key)
            if isinstance(outcome, Deferred):
                self._ill[channel.route] = asyncio.get_running_loop().time()
            else:
                self._ill.pop(channel.route, None)
                return isinstance(outcome, Accepted)
        return False

    async def _in_order(self) -> list[AnyChannel]:
        usable = await self._usable() if self._usable else {one.route for one in self._channels}
        now = asyncio.get_running_loop().time()
        return sorted(
            (one for one in self._channels if one.route in usable),
            key=lambda one: now - self._ill.get(one.route, -LAST_FOR) < LAST_FOR,
        )


async def _handed_over(channel: AnyChannel, message: Message, *, to: str, key: str) -> Outcome:
    try:
        async with asyncio.timeout(EACH_WITHIN):
            prepared = channel.prepare(message, alert_id=0)
            return await channel.send(prepared, to=to, key=key, valid_for=OF_USE)
    except TimeoutError:
        return Deferred(FailureReason.DOWN, "no answer in time")


def _linked(text: str) -> str:
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith(("http://", "https://")) else word
        for word in text.split()
    )
