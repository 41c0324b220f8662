"""What programs hand over about press releases, and what they get."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.moments import TypedMoment
from alerting.actions.press.queries import ReleaseView
from alerting.actions.press.writing import UNCHANGED, ReleaseChanges, ReleaseRequest
from alerting.domain.belgian_time import Which, instant
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.press.release import (
    MAX_CHARS,
    MAX_KEY_FIGURES,
    MAX_PART_CHARS,
    MAX_QUOTES,
    MAX_TOPICS,
    KeyFigure,
    Quote,
    ReleaseText,
)
from alerting.domain.press.states import ReleaseState
from alerting.domain.reason import LONGEST_REASON
from alerting.domain.text.numbers import MAX_INTEGER

Part = Annotated[str, Field(max_length=MAX_PART_CHARS)]
Fingerprint = Annotated[
    str, Field(max_length=64, description="`fingerprint` of the release that was read")
]
Reason = Annotated[str, Field(max_length=LONGEST_REASON)]


class QuoteBody(BaseModel):
    """What a spokesperson says."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    text: Part
    speaker: Part
    function: Annotated[Part, Field(description="Of the speaker")] = ""


class KeyFigureBody(BaseModel):
    """A figure with what it counts."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    label: Part
    value: Part


class ReleaseTextOut(BaseModel):
    """A release in one language."""

    model_config = ConfigDict(from_attributes=True)

    headline: str
    subtitle: str
    lead: str
    body: Annotated[str, Field(description="Markdown")]
    quotes: list[QuoteBody]
    facts: list[KeyFigureBody]
    about: str
    contact: str
    place: str


class ReleaseTextIn(BaseModel):
    """Fields of one language that were typed; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    headline: Annotated[str | None, Field(max_length=MAX_CHARS["headline"])] = None
    subtitle: Annotated[str | None, Field(max_length=MAX_CHARS["subtitle"])] = None
    lead: Annotated[str | None, Field(max_length=MAX_CHARS["lead"])] = None
    body: Annotated[str | None, Field(max_length=MAX_CHARS["body"], description="Markdown")] = None
    quotes: Annotated[list[QuoteBody] | None, Field(max_length=MAX_QUOTES)] = None
    facts: Annotated[list[KeyFigureBody] | None, Field(max_length=MAX_KEY_FIGURES)] = None
    about: Annotated[str | None, Field(max_length=MAX_CHARS["about"])] = None
    contact: Annotated[str | None, Field(max_length=MAX_CHARS["contact"])] = None
    place: Annotated[str | None, Field(max_length=MAX_CHARS["place"])] = None

    def typed(self) -> dict[str, Any]:
        """By field of `ReleaseText`, what was given."""
        given = {name: getattr(self, name) for name in MAX_CHARS}
        found = {name: words for name, words in given.items() if words is not None}
        if self.quotes is not None:
            found["quotes"] = tuple(Quote(**one.model_dump()) for one in self.quotes)
        if self.facts is not None:
            found["facts"] = tuple(KeyFigure(**one.model_dump()) for one in self.facts)
        return found


class ReleaseIn(BaseModel):
    """What a new release is about."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"area": ["4000 Liège"], "topics": ["exercice"]}]},
    )

    area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(
            default_factory=list,
            max_length=600,
            description="Places; the whole territory of the authority if there are none",
        ),
    ]
    also_in: Annotated[
        list[Language],
        Field(
            default_factory=list,
            max_length=4,
            description="Languages beside those the law requires for the area",
        ),
    ]
    topics: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(default_factory=list, max_length=MAX_TOPICS),
    ]
    alert: Annotated[
        int | None, Field(ge=1, le=MAX_INTEGER, description="The alert it accompanies")
    ] = None

    def request(self) -> ReleaseRequest:
        """For the act."""
        return ReleaseRequest(
            area=self.area, also_in=self.also_in, topics=self.topics, alert=self.alert
        )


class ReleaseChangesIn(BaseModel):
    """What was typed since a revision; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "revision": 0,
                    "texts": {"fr": {"headline": "Exercice catastrophe à Liège"}},
                    "embargo_until": "2027-01-12T11:00",
                }
            ]
        },
    )

    revision: Annotated[int, Field(ge=0, le=MAX_INTEGER, description="The one it began from")]
    texts: dict[Language, ReleaseTextIn] = Field(default_factory=dict)
    topics: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None, Field(max_length=MAX_TOPICS)
    ] = None
    embargo_until: Annotated[
        TypedMoment | None,
        Field(description="Belgian time unless it names a zone; null: no embargo"),
    ] = None
    which: Annotated[
        Which | None, Field(description="Of an hour that occurs twice, in October")
    ] = None
    changed: Annotated[
        dict[Language, Annotated[str, Field(max_length=MAX_CHARS["lead"])]],
        Field(default_factory=dict, description="Of a correction, what is different now"),
    ]

    def changes(self) -> ReleaseChanges:
        """For the act. BadRequest for an hour that does not exist, or occurs twice."""
        until: Any = UNCHANGED
        if "embargo_until" in self.model_fields_set:
            until = instant(self.embargo_until, self.which) if self.embargo_until else None
        return ReleaseChanges(
            revision=self.revision,
            texts={language: text.typed() for language, text in self.texts.items()},
            topics=UNCHANGED if self.topics is None else self.topics,
            embargo_until=until,
            changed=self.changed,
        )


class ReleaseSeenIn(BaseModel):
    """What was read."""

    model_config = ConfigDict(extra="forbid")

    fingerprint: Fingerprint


class ReleaseReviewIn(BaseModel):
    """What was read, and why it may be published although a check says no."""

    model_config = ConfigDict(extra="forbid")

    fingerprint: Fingerprint
    reason: Annotated[Reason, Field(description="Needed where a finding blocks")] = ""


class EmbargoLiftIn(BaseModel):
    """What was read, and why it does not wait for the end of its embargo."""

    model_config = ConfigDict(extra="forbid")

    fingerprint: Fingerprint
    reason: Reason


class ReleaseReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class ReleaseOut(BaseModel):
    """A press release."""

    id: int
    state: ReleaseState
    authority: str
    author: str
    hands: Annotated[list[str], Field(description="Who wrote in it: none of them approves it")]
    area: Annotated[list[str], Field(description="NIS codes")]
    topics: list[str]
    alert: int | None
    languages: Annotated[
        list[Language], Field(description="Those the law requires, then those added")
    ]
    texts: dict[Language, ReleaseTextOut]
    missing: Annotated[
        dict[Language, list[str]], Field(description="Fields that are needed, and empty")
    ]
    revision: int
    fingerprint: str
    embargo_until: datetime | None
    created_at: datetime
    submitter: str
    approver: str
    returned_reason: str
    released_at: datetime | None
    previous_release: Annotated[int | None, Field(description="The release it corrects")]
    changed: dict[Language, str]
    withdrawn_reason: str

    @classmethod
    def of(cls, view: ReleaseView) -> "ReleaseOut":
        """From the query."""
        release = view.release
        texts: Mapping[Language, ReleaseText] = release.texts
        return cls(
            id=release.id,
            state=view.state,
            authority=release.authority,
            author=release.author,
            hands=list(release.hands),
            area=list(release.area),
            topics=list(release.topics),
            alert=release.alert,
            languages=list(release.languages),
            texts={one: ReleaseTextOut.model_validate(text) for one, text in texts.items()},
            missing={one: list(names) for one, names in release.missing.items()},
            revision=release.revision,
            fingerprint=release.fingerprint(),
            embargo_until=release.embargo_until,
            created_at=release.created_at,
            submitter=release.submitter,
            approver=release.approver,
            returned_reason=release.returned_reason,
            released_at=release.released_at,
            previous_release=release.previous_release,
            changed=dict(release.changed),
            withdrawn_reason=release.withdrawal.reason if release.withdrawal else "",
        )


class ReleaseMailOut(BaseModel):
    """An e-mail of a release, as it would be sent, or was."""

    language: Language
    subject: str
    text: str
    html: str

    @classmethod
    def of(cls, message: Message) -> "ReleaseMailOut":
        """From the query."""
        return cls(
            language=message.language,
            subject=message.subject,
            text=message.text,
            html=message.html,
        )


class ReleaseDeliveryOut(BaseModel):
    """What became of the e-mail to one newsroom."""

    model_config = ConfigDict(from_attributes=True)

    outlet: str
    language: Language
    state: State
    failure_reason: FailureReason | None
    settled_at: datetime | None
