"""The JSON shapes of an alert and its texts, with examples."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.alerts import shapes, under_way
from alerting.actions.alerts.drafting import DraftRequest
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
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS, Message
from alerting.domain.shape import (
    MAX_POINTS,
    MAX_RADIUS_KM,
    MIN_RADIUS_KM,
    Shape,
    read_shape,
)
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.services import Services
from alerting.web.api.alerts.decision_schemas import READ

CHEM_SHELTER: dict[str, Any] = {
    "scenario": "chem_shelter",
    "area": ["4000 Liège", "Verviers", "Eupen", "1000 Bruxelles"],
    "values": {
        "location": {"fr": "port de Liège", "nl": "haven van Luik", "de": "Hafen von Lüttich"},
        "substance": {"fr": "ammoniac", "nl": "ammoniak", "de": "Ammoniak"},
        "next_update": "2030-01-15T15:30",
    },
}


DETAILS = (
    "The scenario's details by name. Words are given for each language of the alert, "
    '`{"fr": "port de Liège", "nl": "haven van Luik"}`; a language left out is a finding '
    "(`detail-missing`), unless the name is known in it; no other language is used instead. "
    "What is the same in every language (`by_language` false in /api/scenarios), the key of a "
    "choice, and the words of an alert in one language are one string."
)
Details = Annotated[
    dict[str, Any],
    Field(
        default_factory=dict,
        max_length=MAX_VALUES,
        description=DETAILS,
        json_schema_extra={
            "additionalProperties": {
                "anyOf": [
                    {
                        "type": "object",
                        "description": "Words by language: fr, nl, de, en",
                        "propertyNames": {"enum": [one.value for one in Language]},
                        "additionalProperties": {
                            "anyOf": [
                                {"type": "string"},
                                {"type": "array", "items": {"type": "string"}},
                            ]
                        },
                    },
                    {"type": "string"},
                    {"type": "number"},
                    {"type": "array", "items": {"type": "string"}},
                ]
            }
        },
    ),
]


Coordinates = Annotated[
    list[float],
    Field(min_length=2, max_length=2, description="Longitude and latitude, WGS 84"),
]


class CircleShape(BaseModel):
    """A point and a distance."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Circle"]
    coordinates: Annotated[Coordinates, Field(examples=[[5.5797, 50.6326]])]
    radius_km: Annotated[float, Field(ge=MIN_RADIUS_KM, le=MAX_RADIUS_KM, examples=[2.5])]


class PolygonShape(BaseModel):
    """A GeoJSON polygon: one closed line that does not cross itself."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Polygon"]
    coordinates: Annotated[
        list[
            Annotated[
                list[Coordinates],
                Field(
                    min_length=3,
                    max_length=MAX_POINTS + 1,
                    description="Its corners; kept counterclockwise, the first again at the end",
                ),
            ]
        ],
        Field(min_length=1, max_length=1, description="One line: no holes"),
    ]


class CircleAround(BaseModel):
    """A circle around what has a name: a municipality's centre, or a prepared area's."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["CircleAround"]
    centre: Annotated[str, Field(min_length=1, max_length=200, examples=["Huy"])]
    radius_km: Annotated[float, Field(ge=MIN_RADIUS_KM, le=MAX_RADIUS_KM, examples=[2.5])]


AnyShape = Annotated[CircleShape | PolygonShape, Field(discriminator="type")]
ShapeIn = Annotated[CircleShape | PolygonShape | CircleAround, Field(discriminator="type")]


class DraftIn(BaseModel):
    """The input for a draft."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CHEM_SHELTER]})

    scenario: Annotated[str, Field(max_length=64, description="A name from /api/scenarios")]
    area: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(
            default_factory=list,
            max_length=600,
            description="Names, postal codes or NIS codes. Empty with a shape: every municipality "
            "the shape touches. Named with a shape, it may omit only municipalities of which "
            "less than 1 % is inside.",
        ),
    ]
    shape: Annotated[
        ShapeIn | None,
        Field(default=None, description="The circle or polygon the area is chosen by"),
    ]
    values: Details
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
        Field(default_factory=list, max_length=10, description="Besides the required languages"),
    ]

    incident: Annotated[
        int | None,
        Field(default=None, ge=1, le=MAX_INTEGER, description="The incident it belongs to"),
    ]
    accents: Annotated[
        bool,
        Field(
            default=False,
            description="Text messages keep characters outside GSM-7, and take more segments",
        ),
    ]

    def request(self, services: Services) -> DraftRequest:
        """As the action takes it; what `shapes.circle_around` and `read_shape` raise."""
        shape: Shape | None = None
        if isinstance(self.shape, CircleAround):
            shape = shapes.circle_around(services, self.shape.centre, self.shape.radius_km)
        elif self.shape:
            shape = read_shape(self.shape.model_dump())
        return DraftRequest(
            scenario=self.scenario,
            area=self.area,
            shape=shape,
            values=self.values,
            channels=self.channels,
            alert_class=self.alert_class,
            valid_for=timedelta(minutes=self.valid_minutes) if self.valid_minutes else None,
            also_in=self.also_in,
            accents=self.accents,
            incident=self.incident,
        )


class TextOut(BaseModel):
    """The exact text of one channel in one language.

    Until it is sent, `{{ time }}` and `{{ date }}` mean the hour and date of sending.
    """

    model_config = ConfigDict(from_attributes=True)

    channel: str
    language: Language
    subject: str = ""
    text: str
    html: str = ""


class TextIn(BaseModel):
    """A new text for one channel in one language."""

    model_config = ConfigDict(extra="forbid")

    channel: Annotated[str, Field(max_length=32)]
    language: Language
    subject: Annotated[str, Field(default="", max_length=MAX_SUBJECT_CHARS)]
    text: Annotated[
        str,
        Field(
            max_length=MAX_TEXT_CHARS,
            description="Shorter on channels with a lower limit, which a 422 names",
        ),
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

    fingerprint: Annotated[str, Field(max_length=64, description=READ)]
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
    shape: AnyShape | None
    channels: list[str]
    languages: list[Language]
    created_at: datetime
    expires_at: datetime
    author: str
    authority: Annotated[
        str, Field(description="The code of the authority it is sent in the name of")
    ]
    incident: int | None
    editor: Annotated[str, Field(description="Who changed a text last")]
    submitter: str
    note: Annotated[str, Field(description="Given with the last step, by `noted_by`")]
    noted_by: str
    approver: str
    approved_at: datetime | None
    approved_audience: Annotated[
        dict[str, int], Field(description="Recipients by channel, as counted at approval")
    ]
    send_at: Annotated[datetime | None, Field(description="When it is sent automatically")]
    bypass: Annotated[Bypass | None, Field(description="Why no second person approved it")]
    bypass_reason: str
    review: Annotated[Review | None, Field(description="The verdict of the second person")]
    review_due: Annotated[datetime | None, Field(description="Empty if no review is needed")]
    reviewer: str
    previous_alert: int | None
    follow_up: FollowUp | None
    unreached_policy: UnreachedPolicy
    sender: str
    sent_at: datetime | None
    filled_at: Annotated[
        datetime | None, Field(description="The hour of sending given in its texts")
    ]
    finished_at: datetime | None
    proposed: Annotated[
        list[TextOut],
        Field(description="Texts proposed with its return, which its author may accept"),
    ]
    fingerprint: str = Field(description="Of its current texts; empty in lists")
    approved_fingerprint: str
    texts: list[TextOut]
    same_under_way: Annotated[
        list[int],
        Field(
            default_factory=list,
            description="Given when drafted and in previews: the same alerts already active in "
            "this area; update one of them instead",
        ),
    ]

    @classmethod
    def of(cls, alert: Alert, same: Sequence[Finding] = ()) -> "AlertOut":
        """From the domain; `same` names alerts like it that are under way."""
        own: dict[str, Any] = {
            "severity": alert.hazard.severity,
            "fingerprint": alert.fingerprint() if alert.messages else "",
            "texts": alert.as_sent().messages,
            "same_under_way": under_way.numbers(same),
        }
        copied = {name: getattr(alert, name) for name in cls.model_fields if name not in own}
        return cls(**copied, **own)


class DraftedOut(AlertOut):
    """An alert that was just drafted."""

    inside: Annotated[
        dict[str, float],
        Field(
            description="NIS code and share of its area inside the shape, of each municipality the "
            "shape touches; 0: perhaps, as its outline was not imported",
            examples=[{"62063": 0.42}],
        ),
    ]

    area_remarks: Annotated[
        list[str],
        Field(
            description="How a place was read, if that may be unexpected: a merged municipality, a "
            "code beside an unknown name"
        ),
    ]
    filled_in: Annotated[
        dict[str, dict[Language, str]],
        Field(
            description="Details given in one language that are known by name in others, as filled "
            "in there; to be read before it is submitted",
            examples=[{"location": {"nl": "Luik"}}],
        ),
    ]
