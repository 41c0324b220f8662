"""Releases to newsrooms' mail desks, by SMTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from alerting.domain.channel import (
    Callback,
    FailureReason,
    Limits,
    NotTried,
    OutboundMessage,
    Outcome,
)
from alerting.domain.exercise_marks import ALL_MARKS
from alerting.domain.hand_over import NO_JOURNAL, HandOverJournal
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.stop_signal import NEVER_STOPPED, StopSignal
from channels._email_message import PreparedMail
from channels._routes import RouteSlot, made
from channels._smtp_mailer import SmtpMailer

RELEASE: Final[Mapping[Language, str]] = {
    Language.FR: "COMMUNIQUÉ DE PRESSE",
    Language.NL: "PERSBERICHT",
    Language.DE: "PRESSEMITTEILUNG",
    Language.EN: "PRESS RELEASE",
}
"""What a desk looks for in a subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One e-mail to each newsroom; never a list of them in one e-mail."""

    name: ClassVar[str] = "press"
    route: str
    limits: Limits
    mailer: SmtpMailer

    @classmethod
    def from_env(cls, public_url: str) -> "list[Press]":
        """Its relays as the environment describes them; none when that switches it off."""
        return made("press", "relay", cls.at)

    @classmethod
    def at(cls, slot: RouteSlot) -> "Press | None":
        """One relay; None when it has no host."""
        found = SmtpMailer.at(slot)
        return cls(route=slot.route, mailer=found[0], limits=found[1]) if found else None

    @property
    def live(self) -> bool:
        """Whether its relay reaches people."""
        return self.mailer.live

    def prepare(self, message: Message, *, alert_id: int) -> PreparedMail:
        """Render once to bytes, marked as a release in its own language."""
        return self.mailer.prepare(
            language=message.language,
            subject=announced(message.subject, message.language),
            text=message.text,
            html=message.html,
        )

    @property
    def rate_key(self) -> str:
        """A relay's limit is one for all that goes through it."""
        return self.mailer.rate_key

    def cost(self, prepared: PreparedMail) -> int:
        """One unit each: mail is not billed by length."""
        return 1

    async def send(
        self, prepared: PreparedMail, *, to: str, key: str, valid_for: timedelta
    ) -> Outcome:
        """Hand one e-mail over."""
        return await self.mailer.send(OutboundMessage(prepared, to, key))

    async def send_many(
        self,
        outgoing_batch: Sequence[OutboundMessage[PreparedMail]],
        *,
        valid_for: timedelta,
        stop: StopSignal = NEVER_STOPPED,
        journal: HandOverJournal = NO_JOURNAL,
    ) -> Sequence[Outcome | NotTried]:
        """Hand a chunk over."""
        return await self.mailer.send_many(outgoing_batch, stop=stop, journal=journal)

    def read_receipt(self, callback: Callback) -> None:
        """Relays do not call back."""

    async def probe(self) -> FailureReason | None:
        """Sign in and quit."""
        return await self.mailer.probe()

    async def close(self) -> None:
        """Let go of the connections."""
        await self.mailer.close()


def announced(subject: str, language: Language) -> str:
    """The subject with the word desks sort by in front, once; an exercise's mark stays first."""
    if RELEASE[language].casefold() in subject.casefold():
        return subject
    colon = "\u00a0: " if language is Language.FR else ": "  # French sets a space before it
    mark, between, rest = subject.partition(": ")
    if between and mark in ALL_MARKS:
        return f"{mark}: {RELEASE[language]}{colon}{rest}"
    return f"{RELEASE[language]}{colon}{subject}"
