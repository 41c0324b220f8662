"""The JSON shapes of the API, with examples."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.alerts import under_way
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.alerts.queries import AlertStatus, Preview
from alerting.compose.scenarios import Scenario
from alerting.compose.values import MAX_VALUES
from alerting.domain.alert import (
    Alert,
    AlertClass,
    AlertState,
    Bypass,
    FollowUp,
    Review,
    UnreachedPolicy,
)
from alerting.domain.authority import Level
from alerting.domain.authority_list import AuthorityList
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS, Message
from alerting.i18n import Translator
from alerting.store.deliveries.search import DeliveryRow

CHEM_SHELTER: dict[str, Any] = {
    "scenario": "chem_shelter",
    "area": ["4000 Liège", "Verviers", "Eupen", "Bruxelles"],
    "values": {
        "location": {"fr": "port de Liège", "nl": "haven van Luik", "de": "Hafen von Lüttich"},
        "substance": {"fr": "ammoniac", "nl": "ammoniak", "de": "Ammoniak"},
        "next_update": "2030-01-15T15:30",
    },
}


EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
READ = "Of what was read: `fingerprint` of the alert, or of its preview. 409 if it says else by now"


class DraftIn(BaseModel):
    """What a communicator types."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CHEM_SHELTER]})

    scenario: Annotated[str, Field(max_length=64, description="A name from /api/scenarios")]
    area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(min_length=1, max_length=600, description="Names, postal codes or NIS codes"),
    ]
    values: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            max_length=MAX_VALUES,
            description="The scenario's placeholders, once or by language",
        ),
    ]
    channels: Annotated[
        list[Annotated[str, Field(max_length=32)]],
        Field(default_factory=list, max_length=20, description="Empty: the scenario's own"),
    ]
    alert_class: AlertClass = AlertClass.ALERT
    valid_minutes: Annotated[
        int | None, Field(default=None, gt=0, le=20_160, description="Empty: the scenario's own")
    ]
    also_in: Annotated[
        list[Language],
        Field(default_factory=list, max_length=10, description="Beside the required languages"),
    ]

    incident: Annotated[
        int | None,
        Field(default=None, ge=1, le=2**63 - 1, description="The incident it belongs to"),
    ]
    gsm7: Annotated[
        bool, Field(default=False, description="Accept the rewrite that keeps SMS in GSM-7")
    ]

    def request(self) -> DraftRequest:
        """As the action takes it."""
        return DraftRequest(
            scenario=self.scenario,
            area=self.area,
            values=self.values,
            channels=self.channels,
            alert_class=self.alert_class,
            valid_for=timedelta(minutes=self.valid_minutes) if self.valid_minutes else None,
            also_in=self.also_in,
            gsm7=self.gsm7,
            incident=self.incident,
        )


class ValueOut(BaseModel):
    """A detail a scenario asks for."""

    name: str
    type: str
    required: bool
    help: dict[Language, str]
    choices: dict[str, dict[Language, str]]
    list: Annotated[
        AuthorityList | None,
        Field(description="Entries of that list of one's authority are choices too"),
    ]


class ScenarioOut(BaseModel):
    """A kind of emergency the library has texts for."""

    name: str
    titles: dict[Language, str]
    severity: str
    channels: list[str]
    valid_minutes: int
    pre_approved: Annotated[bool, Field(description="One duty officer may send it alone")]
    alone_from: Annotated[Level, Field(description="… of an authority of this level, or higher")]
    values: list[ValueOut]

    @classmethod
    def of(cls, scenario: Scenario) -> "ScenarioOut":
        """From the library."""
        return cls(
            name=scenario.name,
            titles=dict(scenario.titles),
            severity=scenario.hazard.severity,
            channels=list(scenario.channels),
            valid_minutes=int(scenario.validity.total_seconds() // 60),
            pre_approved=scenario.pre_approved,
            alone_from=scenario.alone_from,
            values=[
                ValueOut(
                    name=one.name,
                    type=one.kind,
                    required=one.required,
                    help=dict(one.help),
                    choices={key: dict(words) for key, words in one.choices.items()},
                    list=one.list,
                )
                for one in scenario.values
            ],
        )


class TextOut(BaseModel):
    """The exact words of one channel in one language.

    `{{ time }}` and `{{ date }}` stand for the hour and the date of sending until it is sent.
    """

    channel: str
    language: Language
    subject: str = ""
    text: str
    html: str = ""

    @classmethod
    def of(cls, message: Message) -> "TextOut":
        """From the domain."""
        return cls(
            channel=message.channel,
            language=message.language,
            subject=message.subject,
            text=message.text,
            html=message.html,
        )


class TextIn(BaseModel):
    """New words for one channel in one language."""

    model_config = ConfigDict(extra="forbid")

    channel: Annotated[str, Field(max_length=32)]
    language: Language
    subject: Annotated[str, Field(default="", max_length=MAX_SUBJECT_CHARS)]
    text: Annotated[
        str,
        Field(max_length=MAX_TEXT_CHARS, description="Less on channels that carry less; 422 says"),
    ]

    def message(self) -> Message:
        """As the domain takes it."""
        return Message(
            channel=self.channel,
            language=self.language,
            subject=self.subject,
            text=self.text,
        )


class TextsIn(BaseModel):
    """Texts to replace."""

    model_config = ConfigDict(extra="forbid")

    texts: Annotated[list[TextIn], Field(min_length=1, max_length=100)]


class AlertOut(BaseModel):
    """An alert."""

    id: int
    version: int
    state: AlertState
    alert_class: AlertClass
    scenario: str
    severity: str
    area: list[str]
    channels: list[str]
    languages: list[Language]
    created_at: datetime
    expires_at: datetime
    author: str
    authority: Annotated[str, Field(description="The code of the authority that speaks")]
    incident: int | None
    editor: Annotated[str, Field(description="Who changed a text last")]
    submitter: str
    note: Annotated[str, Field(description="Said with the last step, by `noted_by`")]
    noted_by: str
    approver: str
    approved_at: datetime | None
    approved_audience: Annotated[
        dict[str, int], Field(description="People by channel, as counted at approval")
    ]
    send_at: Annotated[datetime | None, Field(description="When it leaves by itself")]
    bypass: Annotated[Bypass | None, Field(description="Why no second person approved it")]
    bypass_reason: str
    review: Annotated[Review | None, Field(description="What the second person thought of it")]
    review_due: Annotated[datetime | None, Field(description="None where no review is needed")]
    reviewer: str
    previous_alert: int | None
    follow_up: FollowUp | None
    unreached_policy: UnreachedPolicy
    sender: str
    sent_at: datetime | None
    filled_at: Annotated[
        datetime | None, Field(description="The hour of sending that its texts say")
    ]
    finished_at: datetime | None
    proposed: Annotated[
        list[TextOut], Field(description="Other words it was returned with, for its author to take")
    ]
    fingerprint: str = Field(description="Of what it says now; empty in lists")
    approved_fingerprint: str
    texts: list[TextOut]
    same_under_way: Annotated[
        list[int],
        Field(
            default_factory=list,
            description="Said when it is drafted, and in previews: alerts in force that say the "
            "same there; update one of them instead",
        ),
    ]

    @classmethod
    def of(cls, alert: Alert, same: Sequence[Finding] = ()) -> "AlertOut":
        """From the domain; `same` names alerts like it that are under way."""
        return cls(
            same_under_way=under_way.numbers(same),
            id=alert.id,
            version=alert.version,
            state=alert.state,
            alert_class=alert.alert_class,
            scenario=alert.scenario,
            severity=alert.hazard.severity,
            area=list(alert.area),
            channels=list(alert.channels),
            languages=list(alert.languages),
            created_at=alert.created_at,
            expires_at=alert.expires_at,
            author=alert.author,
            authority=alert.authority,
            incident=alert.incident,
            editor=alert.editor,
            submitter=alert.submitter,
            note=alert.note,
            noted_by=alert.noted_by,
            approver=alert.approver,
            approved_at=alert.approved_at,
            approved_audience=dict(alert.approved_audience),
            send_at=alert.send_at,
            bypass=alert.bypass,
            bypass_reason=alert.bypass_reason,
            review=alert.review,
            review_due=alert.review_due,
            reviewer=alert.reviewer,
            previous_alert=alert.previous_alert,
            follow_up=alert.follow_up,
            unreached_policy=alert.unreached_policy,
            sender=alert.sender,
            sent_at=alert.sent_at,
            filled_at=alert.filled_at,
            finished_at=alert.finished_at,
            proposed=[TextOut.of(message) for message in alert.proposed],
            fingerprint=alert.fingerprint() if alert.messages else "",
            approved_fingerprint=alert.approved_fingerprint,
            texts=[TextOut.of(message) for message in alert.as_sent().messages],
        )


class DraftedOut(AlertOut):
    """An alert that was just drafted."""

    area_remarks: Annotated[
        list[str],
        Field(
            description="How a place was read, where that may surprise: a name that merged, a code "
            "beside a name that is not known"
        ),
    ]


class Hole(BaseModel):
    """A text the law requires and the alert lacks."""

    channel: str
    language: Language


class FindingOut(BaseModel):
    """One thing a check found: how grave, where, and how to mend it, in the asker's language."""

    severity: str
    rule: Annotated[str, Field(description="A stable name")]
    channel: str
    language: Language | None
    field: str
    start: int | None
    end: int | None
    says: str
    remedy: str

    @classmethod
    def of(cls, finding: Finding, words: Translator) -> "FindingOut":
        """From the domain."""
        return cls(
            severity=finding.severity,
            rule=finding.rule,
            channel=finding.channel,
            language=finding.language,
            field=finding.field,
            start=finding.where.start if finding.where else None,
            end=finding.where.end if finding.where else None,
            says=words(finding.says, **finding.facts),
            remedy=words(finding.remedy, **finding.facts) if finding.remedy else "",
        )


class EstimateOut(BaseModel):
    """What one channel would cost and how long handing it over would take."""

    channel: str
    recipients: int
    units: Annotated[int, Field(description="Segments or minutes; 0 where nothing is billed")]
    euros: Decimal
    seconds: int


class ListChangesOut(BaseModel):
    """Addresses of one channel, compared with those the alert was approved for."""

    approved: int
    added: int
    removed: int
    changed: Annotated[int, Field(description="Still reached, at another address")]


class PreviewOut(BaseModel):
    """What would leave, and to how many."""

    fingerprint: str = Field(description="Of these texts: approving and sending ask for it")
    required_languages: list[Language]
    missing: list[Hole]
    audience: dict[str, dict[Language, int]]
    texts: list[TextOut]
    findings: list[FindingOut]
    same_under_way: Annotated[
        list[int],
        Field(description="Alerts in force that say the same there: update one of them instead"),
    ]
    estimates: list[EstimateOut]
    list_changes: Annotated[
        dict[str, ListChangesOut],
        Field(description="Channel to what changed on the lists since it was approved"),
    ]
    left_out: Annotated[
        dict[str, str],
        Field(description="Channel to why nothing is posted there in the authority's name"),
    ]
    one_person: Annotated[
        Bypass | None,
        Field(description="The way past the second person that there is for alerts of its kind"),
    ]
    second_person: Annotated[
        str, Field(description="Why this one cannot go that way; empty: one person may send it")
    ]

    @classmethod
    def of(cls, preview: Preview, words: Translator) -> "PreviewOut":
        """From the action."""
        return cls(
            fingerprint=preview.alert.fingerprint(),
            required_languages=list(preview.required),
            missing=[Hole(channel=channel, language=lang) for channel, lang in preview.holes],
            audience={name: dict(counts) for name, counts in preview.audience.items()},
            texts=[TextOut.of(message) for message in preview.alert.as_sent().messages],
            findings=[FindingOut.of(one, words) for one in preview.findings],
            same_under_way=under_way.numbers(preview.findings),
            estimates=[
                EstimateOut(
                    channel=one.channel,
                    recipients=one.recipients,
                    units=one.units,
                    euros=one.euros,
                    seconds=one.seconds,
                )
                for one in preview.estimates
            ],
            list_changes={
                name: ListChangesOut(**asdict(one)) for name, one in preview.list_changes.items()
            },
            left_out={name: words.error(why) for name, why in preview.left_out.items()},
            one_person=preview.bypass,
            second_person=words.error(preview.keeps) if preview.keeps else "",
        )


class ReasonIn(BaseModel):
    """What was read, and why it goes out in what is ready; both stand in the ledger."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"fingerprint": EXAMPLE}]}
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    reason: Annotated[str, Field(default="", max_length=500)]
    accept_lists: Annotated[
        bool,
        Field(
            default=False,
            description="Where the lists changed too much since it was approved: the preview's "
            "`list_changes` were read, and it may go to those who stand there now",
        ),
    ]


AcceptSame = Annotated[
    bool,
    Field(
        default=False,
        description="Where the same alert is under way or scheduled in part of its area: that was "
        "read, and people may be alerted twice",
    ),
]


class ConfirmIn(BaseModel):
    """The last question before a real alert leaves."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"fingerprint": EXAMPLE, "confirm": "ALERT"}]},
    )

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
    confirm: Annotated[
        str,
        Field(
            default="",
            max_length=4000,
            description="For a real alert: the word ALERT, or the name of its area, in any of our "
            "languages",
        ),
    ]
    accept_times: Annotated[
        bool,
        Field(
            default=False,
            description="Where hours in its texts do not fit when it leaves: they were read, and "
            "it may leave as it is",
        ),
    ]
    accept_same: AcceptSame


DeliveryState = Annotated[
    State,
    Field(
        description=(
            "`delivered` is what was confirmed, by a receipt or by being published; `accepted` by"
            " a mail relay, which reports no further; `sent` to a provider that will report;"
            " `unconfirmed` where it may have arrived and no receipt came in time; `expired` where"
            " nothing was sent"
        )
    ),
]
"""Where one delivery stands, as the API documents it."""


class CountOut(BaseModel):
    """Deliveries of one channel and language in one state, for one reason."""

    channel: str
    language: Language
    state: DeliveryState
    failure_reason: FailureReason | None
    n: int


class TimesOut(BaseModel):
    """Seconds from sending until a share of the messages had been handed over."""

    channel: str
    first: float | None
    half: float | None
    nine_tenths: Annotated[float | None, Field(description="90 %")]
    most: Annotated[float | None, Field(description="95 %")]
    last: float | None


class StatusOut(BaseModel):
    """How far an alert has come."""

    state: AlertState
    sent_at: datetime | None
    finished_at: datetime | None
    counts: list[CountOut]
    times: list[TimesOut]
    passages: list["RouteOutcomeOut"]
    possible_duplicate: dict[str, int] = Field(
        description="By channel: handed over again although an earlier try may have got through"
    )

    @classmethod
    def of(cls, status: AlertStatus) -> "StatusOut":
        """From the action."""
        return cls(
            state=status.alert.state,
            sent_at=status.alert.sent_at,
            finished_at=status.alert.finished_at,
            counts=[
                CountOut(
                    channel=one.channel,
                    language=one.language,
                    state=one.state,
                    failure_reason=one.failure_reason,
                    n=one.n,
                )
                for one in status.counts
            ],
            times=[
                TimesOut(
                    channel=one.channel,
                    first=one.first,
                    half=one.half,
                    nine_tenths=one.nine_tenths,
                    most=one.most,
                    last=one.last,
                )
                for one in status.times
            ],
            passages=[
                RouteOutcomeOut(channel=one.channel, route=one.route, state=one.answer, n=one.n)
                for one in status.passages
            ],
            possible_duplicate=dict(status.possible_duplicate),
        )


class RouteOutcomeOut(BaseModel):
    """How many tries by one route ended in one state."""

    channel: str
    route: str
    state: DeliveryState
    n: int


class PersonIn(BaseModel):
    """Whose deliveries are looked for."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[
        str, Field(max_length=254, description="A name, number, address or reference")
    ]


class EarlierAttemptOut(BaseModel):
    """A try that another one followed, as it stood then or as a receipt has told it since."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    state: DeliveryState
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    route: str
    sent_at: datetime | None
    settled_at: datetime | None


class DeliveryOut(BaseModel):
    """One delivery."""

    key: str
    channel: str
    recipient: int
    language: Language
    address: Annotated[str, Field(description="Masked for those who may not see addresses")]
    state: DeliveryState
    attempts: int
    failure_reason: FailureReason | None
    provider_code: str
    reference: str
    route: str
    possible_duplicate: bool
    sent_at: datetime | None
    settled_at: datetime | None
    earlier: list[EarlierAttemptOut] = Field(description="The tries before the latest, in order")

    @classmethod
    def of(cls, alert: int, row: DeliveryRow) -> "DeliveryOut":
        """From the store."""
        return cls(
            key=f"{alert}.{row.channel}.{row.recipient_id}",
            channel=row.channel,
            recipient=row.recipient_id,
            language=row.language,
            address=row.address,
            state=row.state,
            attempts=row.attempts,
            failure_reason=row.failure_reason,
            provider_code=row.provider_code,
            reference=row.reference,
            route=row.route,
            possible_duplicate=row.possible_duplicate,
            sent_at=row.sent_at,
            settled_at=row.settled_at,
            earlier=[EarlierAttemptOut.model_validate(one) for one in row.earlier],
        )


class DeliveriesOut(BaseModel):
    """A page of deliveries; `next` is the `after` of the following page."""

    deliveries: list[DeliveryOut]
    next: str | None


class Problem(BaseModel):
    """What went wrong and the way out (RFC 9457)."""

    type: str
    status: int
    provider_code: str
