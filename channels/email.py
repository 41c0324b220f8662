"""E-mail, by SMTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from alerting.domain.channel import (
    Callback,
    FailureReason,
    Limits,
    NotTried,
    OutboundMessage,
    Outcome,
)
from alerting.domain.hand_over import NO_JOURNAL, HandOverJournal
from alerting.domain.message import Message
from alerting.domain.stop_signal import NEVER_STOPPED, StopSignal
from channels._email_message import PreparedMail
from channels._routes import RouteSlot, made
from channels._smtp_mailer import SmtpMailer


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """E-mails to people who chose e-mail, a chunk at a time over a few kept connections."""

    name: ClassVar[str] = "email"
    route: str
    limits: Limits
    mailer: SmtpMailer

    @classmethod
    def from_env(cls, public_url: str) -> "list[Email]":
        """Its relays as the environment describes them; none when that switches it off."""
        return made("email", "relay", cls.at)

    @classmethod
    def at(cls, slot: RouteSlot) -> "Email | None":
        """One relay; None when it has no host."""
        found = SmtpMailer.at(slot)
        return cls(route=slot.route, mailer=found[0], limits=found[1]) if found else None

    @property
    def live(self) -> bool:
        """Whether its relay reaches people."""
        return self.mailer.live

    def prepare(self, message: Message, *, alert_id: int) -> PreparedMail:
        """Render once to bytes."""
        return self.mailer.prepare(
            language=message.language,
            subject=message.subject,
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
        """Hand one e-mail over; SMTP has no common way to tell how long it is of use."""
        return await self.mailer.send(OutboundMessage(prepared, to, key))

    async def send_within(
        self, prepared: PreparedMail, *, to: str, key: str, seconds: float
    ) -> Outcome | NotTried:
        """Hand one e-mail over, within `seconds` from when a connection is free."""
        return await self.mailer.send_within(OutboundMessage(prepared, to, key), seconds)

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
