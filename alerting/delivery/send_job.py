"""A leased chunk that is being sent: what is sent, prepared for each route, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerting.delivery.journal import Journal
from alerting.domain.channel import AnyChannel, FailureReason, OutboundMessage
from alerting.domain.delivery import DeliveryKey
from alerting.domain.hand_over import NO_JOURNAL, HandOverJournal
from alerting.domain.language import Language
from alerting.domain.sending import Sending
from alerting.domain.stop_signal import StopSignal
from alerting.domain.turns import Turn
from alerting.store.deliveries.chunks import Due, Lease


@dataclass(frozen=True, slots=True)
class PreparedSending:
    """What is sent on one channel, prepared for each route: one for all who read a language."""

    sending: Sending
    prepared: Mapping[str, Mapping[Language, Any]]

    @property
    def began_at(self) -> datetime:
        """When its sending began, by our clock."""
        return self.sending.began_at


@dataclass(frozen=True, slots=True)
class SendJob:
    """A leased chunk that is being sent, until `until` (seconds of `clock`) or `stop`."""

    lease: Lease
    prepared_sending: PreparedSending
    turn: Turn
    until: float
    stop: StopSignal
    journal: Journal | None = None
    unresolved: set[int] = field(default_factory=set)
    """Recipients whose earlier try may have got through, and no provider could say."""

    def outgoing(self, channel: AnyChannel, due: Due) -> OutboundMessage[Any]:
        """One delivery as this route wants it."""
        return self.outgoing_batch(channel, [due])[0]

    def outgoing_batch(
        self, channel: AnyChannel, batch: Sequence[Due]
    ) -> list[OutboundMessage[Any]]:
        """Some deliveries as this route wants them."""
        prepared = self.prepared_sending.prepared[channel.route]
        beginning = DeliveryKey(self.lease.sending_id, self.lease.channel, 0).beginning
        return [
            OutboundMessage(prepared[due.language], due.address, f"{beginning}{due.recipient_id}")
            for due in batch
        ]

    def journal_of(self, channel: AnyChannel, batch: Sequence[Due]) -> HandOverJournal:
        """Who is told what becomes of a batch that goes by this route."""
        if self.journal is None:
            return NO_JOURNAL
        numbers = [due.recipient_id for due in batch]
        return self.journal.batch(channel.route, channel.limits.tracking, numbers, self.unresolved)

    def is_doubtful(self, due: Due) -> bool:
        """Whether an earlier try may have got through."""
        return self.lease.in_doubt or due.failure_reason == FailureReason.UNCLEAR
