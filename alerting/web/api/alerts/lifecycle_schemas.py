"""The JSON shapes of what happens to an alert, with examples."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from alerting.actions.alerts.changing import Choice, WantedChanges
from alerting.actions.alerts.follow_ups import FollowUpRequest, Prefilled
from alerting.actions.alerts.queries import AlertStatus
from alerting.actions.moments import TypedMoment
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import Alert, FollowUp, Review, StepReason, UnreachedPolicy
from alerting.domain.belgian_time import Which
from alerting.domain.language import Language
from alerting.domain.ledger import ActorKind
from alerting.domain.staff_notification import StaffNotification
from alerting.i18n import Translator
from alerting.web.api.alerts.decision_schemas import EXAMPLE, READ, AcceptSame
from alerting.web.api.alerts.schemas import Details, TextIn
from alerting.web.api.deliveries.schemas import DeliveryState

Confirm = Annotated[str, Field(default="", max_length=4000, description="As for sending")]


class NoteIn(BaseModel):
    """A note for the next reader, recorded in the audit log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"note": "The wind turns to the south"}]}
    )

    note: Annotated[str, Field(default="", max_length=500)]


class WhyIn(BaseModel):
    """A reason that must be given."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The street name is wrong"}]}
    )

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ReturnIn(WhyIn):
    """Why it is returned, and texts proposed to its author."""

    texts: Annotated[
        list[TextIn],
        Field(
            default_factory=list,
            max_length=200,
            description="Proposed texts; the user who proposes any can no longer approve it",
        ),
    ]


class BreakGlassIn(BaseModel):
    """Why it is sent without a second person."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fingerprint": EXAMPLE,
                    "reason": "No approver can be reached",
                    "confirm": "ALERT",
                }
            ]
        },
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    confirm: Confirm
    accept_same: AcceptSame


class StepIn(BaseModel):
    """Why, as a choice, with an optional note; both are recorded in the audit log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "mended"}]}
    )

    reason: Annotated[
        StepReason, Field(description="Not `not-said`; `other` only with a note that explains it")
    ]
    note: Annotated[str, Field(default="", max_length=500)]


class ChangeIn(BaseModel):
    """Other choices for an alert that was not sent; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fingerprint": "b1946ac92492d2347c6235b4d2611184",
                    "area": ["4000 Liège", "Herstal"],
                    "values": {"next_update": "2030-02-15T18:30"},
                    "valid_minutes": 120,
                    "edited": {"sms.fr": "replaced"},
                }
            ]
        },
    )

    fingerprint: Annotated[str, Field(max_length=64, description="Of the alert that was read")]
    area: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Field(default=None, min_length=1, max_length=600, description="The whole area anew"),
    ]
    values: Annotated[Details, Field(description="Details that change; an empty one is removed")]
    channels: Annotated[
        list[Annotated[str, Field(max_length=32)]] | None,
        Field(default=None, min_length=1, max_length=20),
    ]
    also_in: Annotated[list[Language] | None, Field(default=None, max_length=10)]
    valid_minutes: Annotated[
        int | None, Field(default=None, gt=0, le=20_160, description="From now; empty: same end")
    ]
    accents: bool | None = None
    edited: Annotated[
        dict[Annotated[str, Field(max_length=50)], Choice],
        Field(
            default_factory=dict,
            max_length=100,
            description="What becomes of each text edited by hand, as CHANNEL.LANGUAGE",
        ),
    ]

    def changes(self) -> WantedChanges:
        """As the action takes it."""
        return WantedChanges(
            area=self.area,
            values=self.values,
            channels=self.channels,
            also_in=self.also_in,
            valid_for=timedelta(minutes=self.valid_minutes) if self.valid_minutes else None,
            accents=self.accents,
        )


class DiscardIn(StepIn):
    """Why it is not to be sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"fingerprint": EXAMPLE, "reason": "duplicate"}]},
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]


class AgainIn(StepIn):
    """A step by which something is sent later than planned."""

    accept_times: Annotated[
        bool,
        Field(
            default=False,
            description="If times in its texts no longer fit when it is sent: they were read, and "
            "it may be sent as it is",
        ),
    ]


class ResumeIn(AgainIn):
    """What resuming a stopped alert takes."""

    accept_same: AcceptSame


class StopIn(BaseModel):
    """Why, if there is time to give a reason."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "wrong-area"}]}
    )

    reason: StepReason = StepReason.NOT_SAID
    note: Annotated[str, Field(default="", max_length=500)] = ""


class ScheduleIn(AgainIn):
    """When an alert is sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fingerprint": EXAMPLE,
                    "at": "2030-01-15T18:00",
                    "reason": "agreed",
                    "confirm": "ALERT",
                }
            ]
        },
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    at: Annotated[TypedMoment, Field(description="Belgian time if it names no zone")]
    which: Annotated[
        Which | None,
        Field(
            default=None, description="Which one is meant, where the hour is repeated in October"
        ),
    ]
    confirm: Confirm
    accept_same: AcceptSame


class FollowUpIn(BaseModel):
    """What differs from the previous alert; empty: as in that one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "how": "false-alert",
                    "values": {"cause": {"fr": "une erreur de manipulation", "nl": "een fout"}},
                    "reason": "A test message was sent as a real alert",
                }
            ]
        },
    )

    how: FollowUp
    values: Annotated[Details, Field(description="As for a draft; those prefilled may be left out")]
    more_area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(
            default_factory=list,
            max_length=600,
            description="Places besides those of the previous alert",
        ),
    ]
    more_channels: Annotated[list[str], Field(default_factory=list, max_length=20)]
    unreached_policy: Annotated[
        UnreachedPolicy | None,
        Field(
            default=None, description="What to do with recipients the previous alert never reached"
        ),
    ]
    valid_minutes: Annotated[int | None, Field(default=None, gt=0, le=20_160)]
    accents: bool = False
    reason: Annotated[
        str,
        Field(
            default="",
            max_length=500,
            description="Why, for the audit log; required for a false alarm",
        ),
    ]

    def request(self) -> FollowUpRequest:
        """As the action takes it."""
        return FollowUpRequest(
            how=self.how,
            values=self.values,
            more_area=self.more_area,
            more_channels=self.more_channels,
            unreached_policy=self.unreached_policy,
            valid_for=timedelta(minutes=self.valid_minutes) if self.valid_minutes else None,
            accents=self.accents,
            reason=self.reason,
        )


class PrefilledOut(BaseModel):
    """A follow-up before it is drafted."""

    how: FollowUp
    scenario: str
    values: dict[str, Any]
    missing: Annotated[list[str], Field(description="Details that must still be entered")]
    unreached_policy: UnreachedPolicy

    @classmethod
    def of(cls, ready: Prefilled) -> "PrefilledOut":
        """From the action."""
        return cls(
            how=ready.how,
            scenario=ready.scenario.name,
            values=dict(ready.values),
            missing=list(ready.missing),
            unreached_policy=ready.unreached_policy,
        )


class ReviewIn(BaseModel):
    """The verdict of a second person."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"verdict": "justified"}]}
    )

    verdict: Review
    note: Annotated[str, Field(default="", max_length=500)]


class ReviewOut(BaseModel):
    """An alert that awaits its review."""

    alert: int
    sender: str
    reason: str
    sent_at: datetime | None
    due: datetime | None
    overdue: bool

    @classmethod
    def of(cls, alert: Alert, now: datetime) -> "ReviewOut":
        """From the domain."""
        return cls(
            alert=alert.id,
            sender=alert.sender,
            reason=alert.bypass_reason,
            sent_at=alert.sent_at,
            due=alert.review_due,
            overdue=alert.review_due is not None and alert.review_due <= now,
        )


class CallMessageOut(BaseModel):
    """An e-mail or text message that called a user."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    state: DeliveryState
    at: datetime


class ApprovalCallOut(BaseModel):
    """A user who was called to approve an alert."""

    user: str
    called_at: datetime
    reminders: Annotated[int, Field(description="How often they were called again")]
    next_at: Annotated[datetime | None, Field(description="Of the next reminder, if there is one")]
    opened_at: Annotated[
        datetime | None, Field(description="When they first opened a text of this version")
    ]
    messages: Annotated[
        list[CallMessageOut], Field(description="By which they were called, in order")
    ]


class OpenedOut(BaseModel):
    """A user without a hand in an alert who opened a text of it."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    user: Annotated[str, Field(validation_alias=AliasChoices("officer", "user"))]
    at: datetime


class ApprovalCallsOut(BaseModel):
    """Who was called to approve an alert, and who has opened it, called or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "called": [
                        {
                            "user": "joris",
                            "called_at": "2026-11-30T01:50:00Z",
                            "reminders": 1,
                            "next_at": "2026-11-30T01:55:00Z",
                            "opened_at": "2026-11-30T01:53:00Z",
                            "messages": [
                                {
                                    "channel": "email",
                                    "state": "accepted",
                                    "at": "2026-11-30T01:50:00Z",
                                }
                            ],
                        }
                    ],
                    "opened": [{"user": "joris", "at": "2026-11-30T01:53:00Z"}],
                }
            ]
        }
    )

    called: list[ApprovalCallOut]
    opened: list[OpenedOut]

    @classmethod
    def of(cls, status: AlertStatus) -> "ApprovalCallsOut":
        """From the action."""
        opened = {opener.officer: opener.at for opener in status.openers}
        return cls(
            called=[
                ApprovalCallOut(
                    user=call.officer,
                    called_at=call.called_at,
                    reminders=call.reminders,
                    next_at=call.next_at,
                    opened_at=opened.get(call.officer),
                    messages=[
                        CallMessageOut.model_validate(message)
                        for message in status.called.messages.get(call.officer, ())
                    ],
                )
                for call in status.called.calls
            ],
            opened=[OpenedOut.model_validate(opener) for opener in status.openers],
        )


class LedgerEntryOut(BaseModel):
    """One action, as recorded in the audit log."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: datetime
    kind: ActorKind
    person: int
    """The user's number, never reused; 0 for the shell and the service."""
    by: str
    authority: str
    what: str
    details: dict[str, Any]


class StaffNotificationOut(BaseModel):
    """A notification to a user."""

    id: int
    at: datetime
    alert: int | None
    incident: int | None
    translation: int | None
    says: str

    @classmethod
    def of(cls, notice: StaffNotification, translate: Translator) -> "StaffNotificationOut":
        """From the store, in the reader's language."""
        return cls(
            id=notice.id,
            at=notice.at,
            alert=notice.alert_id,
            incident=notice.incident_id,
            translation=notice.translation_id,
            says=inbox.in_words(notice, translate),
        )


class RetriedOut(BaseModel):
    """How many deliveries are waiting again."""

    again: int
