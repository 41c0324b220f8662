"""Whatever is sent, as the delivery engine knows it, and what each kind of it is.

All kinds share one number space and one table of states: alerts, test copies for users, and press
releases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from alerting.domain.alert import (
    MAY_FOLLOW,
    Alert,
    AlertClass,
    AlertState,
    Precedence,
    UnreachedPolicy,
)
from alerting.domain.text.i18n import msgid


class SendingKind(StrEnum):
    """What it is that is sent."""

    ALERT = "alert"
    TEST_COPY = "test-copy"
    """What is sent to users of the service to be looked at: of an alert, or to try a route."""
    RELEASE = "release"
    """What a press office publishes, and newsrooms get by mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What holds of everything of one kind."""

    called: str
    """A msgid."""
    precedences: frozenset[Precedence]
    """How urgent it may be."""
    classes: frozenset[AlertClass]
    """What it may be: real, or an exercise."""
    needs_approval: bool
    """Nothing of it is sent but what bears the fingerprint that somebody vouched for."""
    counted_in_reports: bool
    """Whether its deliveries count among what the population was told."""
    may_be_overtaken: bool
    """Whether what follows it may reach somebody before it does."""
    has_page: bool
    """Whether what was sent of it, and is no test, stands on a page for everybody."""


KINDS: Mapping[SendingKind, KindFacts] = MappingProxyType(
    {
        SendingKind.ALERT: KindFacts(
            called=msgid("alert"),
            precedences=frozenset(Precedence),
            classes=frozenset(AlertClass),
            needs_approval=True,
            counted_in_reports=True,
            may_be_overtaken=False,
            has_page=True,
        ),
        SendingKind.TEST_COPY: KindFacts(
            called=msgid("test copy"),
            precedences=frozenset({Precedence.ROUTINE}),
            classes=frozenset({AlertClass.TEST}),
            needs_approval=False,
            counted_in_reports=False,
            may_be_overtaken=True,
            has_page=False,
        ),
        SendingKind.RELEASE: KindFacts(
            called=msgid("press release"),
            precedences=frozenset({Precedence.ROUTINE}),
            classes=frozenset({AlertClass.ALERT, AlertClass.EXERCISE}),
            needs_approval=True,
            counted_in_reports=False,
            may_be_overtaken=False,
            has_page=True,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What the engine knows of something that is sent, whatever its kind; `id` 0: not stored yet.

    ValueError where its kind is never so urgent, or never of that class.
    """

    id: int
    kind: SendingKind
    state: AlertState
    sending_class: AlertClass
    precedence: Precedence
    previous_sending: int | None
    """What it takes the place of."""
    unreached_policy: UnreachedPolicy
    """What is done with people whom that never reached."""
    created_at: datetime
    expires_at: datetime
    fingerprint: str
    """Of what somebody vouched for; empty until then."""
    sent_at: datetime | None
    finished_at: datetime | None
    """When the last delivery had come to its end."""

    def __post_init__(self) -> None:
        facts = KINDS[self.kind]
        if self.precedence not in facts.precedences or self.sending_class not in facts.classes:
            message = f"{self.kind} is never {self.precedence.name}, {self.sending_class}"
            raise ValueError(message)

    @property
    def about(self) -> str:
        """How the ledger names it."""
        return f"{self.kind}/{self.id}"

    @property
    def began_at(self) -> datetime:
        """When its sending began, by our clock."""
        return self.sent_at or self.created_at

    @property
    def is_public(self) -> bool:
        """Whether everybody may read of it: it was sent, and is no test."""
        sent = self.sent_at is not None
        return sent and KINDS[self.kind].has_page and self.sending_class is not AlertClass.TEST

    def may_become(self, state: AlertState) -> bool:
        """Whether the table allows the step."""
        return state in MAY_FOLLOW[self.state]

    def is_as_approved(self, fingerprint: str) -> bool:
        """Whether content with this fingerprint may be sent."""
        return fingerprint == self.fingerprint or not KINDS[self.kind].needs_approval


def of_alert(alert: Alert) -> Sending:
    """What the engine knows of an alert."""
    return Sending(
        id=alert.id,
        kind=SendingKind.ALERT,
        state=alert.state,
        sending_class=alert.alert_class,
        precedence=alert.precedence,
        previous_sending=alert.previous_alert,
        unreached_policy=alert.unreached_policy,
        created_at=alert.created_at,
        expires_at=alert.expires_at,
        fingerprint=alert.approved_fingerprint,
        sent_at=alert.sent_at,
        finished_at=alert.finished_at,
    )
