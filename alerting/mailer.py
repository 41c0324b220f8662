"""Letters to officers: invitations, new passwords, warnings. Never to the population."""

import html
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from alerting.domain.channel import Accepted, AnyChannel
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.hidden import made_visible

OF_USE = timedelta(hours=1)


class Mailer(Protocol):
    """Whoever carries letters."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
        """Hand one over; False when nobody took it, and the caller has to say it otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class NoMailer:
    """An installation without a mail server."""

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
        """Nobody takes it."""
        return False


@dataclass(frozen=True, slots=True)
class ChannelMailer:
    """Letters by the e-mail channel's server: one set of settings for all mail."""

    channel: AnyChannel

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> bool:
        """Hand one over."""
        # Letters quote what officers typed elsewhere: what cannot be seen there is shown as U+FFFD.
        subject = made_visible(" ".join(subject.splitlines()))
        text = made_visible(text.replace("\r\n", "\n"))
        paragraphs = "".join(
            f"<p>{_linked(html.escape(part))}</p>" for part in text.split("\n\n") if part.strip()
        )
        message = Message(
            channel=self.channel.name,
            language=language,
            subject=subject,
            text=text,
            html=f'<!doctype html><html lang="{language}"><body>{paragraphs}</body></html>',
        )
        outcome = await self.channel.send(
            self.channel.prepare(message, alert_id=0),
            to=to,
            key=f"letter-{secrets.token_hex(8)}",
            valid_for=OF_USE,
        )
        return isinstance(outcome, Accepted)


def _linked(text: str) -> str:
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith(("http://", "https://")) else word
        for word in text.split()
    )
