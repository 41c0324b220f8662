"""Messages rendered under one identity and handed to one mail server.

The e-mail and press channels each have a mailer of their own; the provider is the mail server.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    Deferred,
    FailureReason,
    Limits,
    NotTried,
    OutboundMessage,
    Outcome,
    Refused,
    Tracking,
)
from alerting.domain.hand_over import NO_JOURNAL, HandOverJournal
from alerting.domain.language import Language
from alerting.domain.stop_signal import NEVER_STOPPED, StopSignal
from channels._email_message import PreparedMail, SenderIdentity
from channels._routes import RouteSlot, settings_of
from channels._smtp_pipeline import SmtpMessage
from channels._smtp_relay import HAND_OVER_SECONDS, Relay
from channels._smtp_settings import RelaySettings, SenderSettings

SINGLY: Final = 4
"""Messages outside a chunk that are handed over at once; the other connections are for alerts."""


class SmtpMailer:
    """Renders messages under one identity and hands them to one server."""

    def __init__(self, identity: SenderIdentity, relay: RelaySettings) -> None:
        self.identity = identity
        self._relay = Relay(relay)
        self._singly = asyncio.Semaphore(SINGLY)

    @classmethod
    def at(cls, slot: RouteSlot) -> "tuple[SmtpMailer, Limits] | None":
        """The relay of one route, and what it asks of the core; None when it has no host."""
        relay = settings_of(RelaySettings, slot.prefix)
        if not relay.host:
            return None
        sender = settings_of(SenderSettings, slot.shared)
        # A relay takes what it is given; what it cannot deliver comes back as a bounce.
        limits = Limits(
            tracking=Tracking.ACCEPTANCE,
            chunk=500,
            weight=relay.weight,
            per_second=relay.per_second,
        )
        return cls(sender.identity, relay), limits

    @property
    def live(self) -> bool:
        """Whether the relay reaches people: nothing but a sandbox does not."""
        return self._relay.live

    @property
    def rate_key(self) -> str:
        """The server by name: whoever writes through it shares its limits."""
        return self._relay.name

    def prepare(self, *, language: Language, subject: str, text: str, html: str) -> PreparedMail:
        """Render once."""
        return self.identity.render(language=language, subject=subject, text=text, html=html)

    async def send(self, outgoing: OutboundMessage[PreparedMail]) -> Outcome:
        """Hand one message over."""
        outcome = await self.send_within(outgoing, HAND_OVER_SECONDS)
        return Deferred(FailureReason.BUSY, "too slow") if outcome is NOT_TRIED else outcome

    async def send_within(
        self, outgoing: OutboundMessage[PreparedMail], seconds: float
    ) -> Outcome | NotTried:
        """Hand one message over, within `seconds` from when a connection may be used for it.

        Few at a time, so that an alert's chunks have the connections. NOT_TRIED: no connection was
        free for as long.
        """
        message = self.identity.address(
            outgoing.prepared, to=outgoing.to, key=outgoing.key, place=0
        )
        if message is None:
            return Refused(FailureReason.ADDRESS_INVALID)
        try:
            async with asyncio.timeout(seconds):
                await self._singly.acquire()
        except TimeoutError:
            return NOT_TRIED
        try:
            for _, outcome in await self._relay.send_message(message, seconds):
                return outcome or Accepted(message.reference)
        finally:
            self._singly.release()
        return NOT_TRIED

    async def send_many(
        self,
        outgoing_batch: Sequence[OutboundMessage[PreparedMail]],
        *,
        stop: StopSignal = NEVER_STOPPED,
        journal: HandOverJournal = NO_JOURNAL,
    ) -> list[Outcome | NotTried]:
        """Address each message, hand all over; one outcome each, in order.

        NOT_TRIED where `stop` was set or time was up.
        """
        outcomes: list[Outcome | NotTried] = [Refused(FailureReason.ADDRESS_INVALID)] * len(
            outgoing_batch
        )
        messages: list[SmtpMessage] = []
        address = self.identity.address
        for index, outgoing in enumerate(outgoing_batch):
            message = address(outgoing.prepared, to=outgoing.to, key=outgoing.key, place=index)
            if message is not None:
                messages.append(message)
                outcomes[index] = NOT_TRIED
        for message, outcome in await self._relay.send_messages(messages, stop, journal):
            outcomes[message.place] = outcome or Accepted(message.reference)
        return outcomes

    async def probe(self) -> FailureReason | None:
        """Whether the server would have us now."""
        return await self._relay.probe()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._relay.close()
