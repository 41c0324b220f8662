"""What an alert is, how grave, and which state may follow which.

Categories, urgency, severity, certainty and response types are those of CAP 1.2 (OASIS Standard,
1 July 2010), so that an alert can leave as CAP without translation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

from alerting.domain.channel_accounts import Usable
from alerting.domain.language import Language
from alerting.domain.message import Message, require_room
from alerting.domain.shape import Shape, cap_text
from alerting.domain.text.canonical_json import fingerprint
from alerting.domain.text.i18n import msgid, msgid_in


class AlertClass(StrEnum):
    """Real alert, exercise or test: set when the draft is created and never changed."""

    ALERT = "alert"
    EXERCISE = "exercise"
    TEST = "test"


class Urgency(StrEnum):
    """CAP 1.2 urgency."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """CAP 1.2 severity."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """CAP 1.2 certainty."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Category(StrEnum):
    """CAP 1.2 category."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    """CAP 1.2 responseType: what people are asked to do."""

    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class AlertState(StrEnum):
    """The state of an alert."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    """Submitted: somebody else is to read it."""
    RETURNED = "returned"
    """Read, and given back with a reason."""
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    STOPPED = "stopped"
    """Halted by an officer; what was not handed over waits."""
    ACTIVE = "active"
    """Every message is out, and what it says still holds."""
    UPDATED = "updated"
    """A newer text took its place."""
    ENDED = "ended"
    """The all-clear was given."""
    CANCELLED = "cancelled"
    """Said to have been a false alert."""
    EXPIRED = "expired"
    DISCARDED = "discarded"
    """Put aside before anything of it was sent, with a reason; kept, and never sent."""


CLASS_NAMES: Mapping[AlertClass, str] = {
    AlertClass.ALERT: msgid("real alert"),
    AlertClass.EXERCISE: msgid("exercise"),
    AlertClass.TEST: msgid("test"),
}
STATE_NAMES: Mapping[AlertState, str] = {
    AlertState.DRAFT: msgid_in("alert", "draft"),
    AlertState.IN_REVIEW: msgid("awaiting approval"),
    AlertState.RETURNED: msgid("to be corrected"),
    AlertState.APPROVED: msgid("approved"),
    AlertState.SCHEDULED: msgid("scheduled"),
    AlertState.SENDING: msgid("sending"),
    AlertState.STOPPED: msgid("stopped"),
    AlertState.ACTIVE: msgid("active"),
    AlertState.UPDATED: msgid("replaced"),
    AlertState.ENDED: msgid("ended"),
    AlertState.CANCELLED: msgid("withdrawn"),
    AlertState.EXPIRED: msgid_in("alert", "expired"),
    AlertState.DISCARDED: msgid_in("alert", "discarded"),
}

_REPLACED = frozenset({AlertState.UPDATED, AlertState.ENDED, AlertState.CANCELLED})
_UNSENT_FOR_GOOD = frozenset({AlertState.EXPIRED, AlertState.DISCARDED})

MAY_FOLLOW: Mapping[AlertState, frozenset[AlertState]] = MappingProxyType(
    {
        # An edit leads back to DRAFT from anywhere before sending: it takes the approval back.
        AlertState.DRAFT: frozenset(
            {AlertState.DRAFT, AlertState.IN_REVIEW, AlertState.APPROVED, *_UNSENT_FOR_GOOD}
        ),
        AlertState.IN_REVIEW: frozenset(
            {AlertState.DRAFT, AlertState.RETURNED, AlertState.APPROVED, *_UNSENT_FOR_GOOD}
        ),
        AlertState.RETURNED: frozenset({AlertState.DRAFT, AlertState.IN_REVIEW, *_UNSENT_FOR_GOOD}),
        AlertState.APPROVED: frozenset(
            {
                AlertState.DRAFT,
                AlertState.RETURNED,
                AlertState.SCHEDULED,
                AlertState.SENDING,
                *_UNSENT_FOR_GOOD,
            }
        ),
        AlertState.SCHEDULED: frozenset(
            {
                AlertState.DRAFT,
                AlertState.IN_REVIEW,  # whoever approved it may no longer
                AlertState.APPROVED,
                AlertState.SENDING,
                *_UNSENT_FOR_GOOD,
            }
        ),
        AlertState.SENDING: frozenset(
            {AlertState.STOPPED, AlertState.ACTIVE, AlertState.EXPIRED, *_REPLACED}
        ),
        AlertState.STOPPED: frozenset({AlertState.SENDING, AlertState.EXPIRED, *_REPLACED}),
        # Back to SENDING where an officer has those who were not reached tried again.
        AlertState.ACTIVE: frozenset({AlertState.SENDING, AlertState.EXPIRED, *_REPLACED}),
        AlertState.UPDATED: frozenset(),
        AlertState.ENDED: frozenset(),
        AlertState.CANCELLED: frozenset(),
        AlertState.EXPIRED: frozenset(),
        AlertState.DISCARDED: frozenset(),
    }
)

UNSENT = frozenset(
    {
        AlertState.DRAFT,
        AlertState.IN_REVIEW,
        AlertState.RETURNED,
        AlertState.APPROVED,
        AlertState.SCHEDULED,
    }
)
"""States in which nothing has left yet."""

IN_FORCE = (AlertState.SENDING, AlertState.STOPPED, AlertState.ACTIVE)
"""What a follow-up may take the place of."""

CLOSED = _REPLACED | _UNSENT_FOR_GOOD
"""States in which nothing more may leave: what still waits is written off."""


OVER = CLOSED | {AlertState.ACTIVE}

SUBMITTED = (
    AlertState.IN_REVIEW,
    AlertState.RETURNED,
    AlertState.APPROVED,
    AlertState.SCHEDULED,
)
"""States in which somebody was asked to decide, and nothing has left yet."""


class FollowUp(StrEnum):
    """How an alert relates to the one it follows; CAP 1.2 calls them Update and Cancel."""

    UPDATE = "update"
    CORRECTION = "correction"
    ALL_CLEAR = "all-clear"
    FALSE_ALERT = "false-alert"


LEAVES_BEHIND: Mapping[FollowUp, AlertState] = MappingProxyType(
    {
        FollowUp.UPDATE: AlertState.UPDATED,
        FollowUp.CORRECTION: AlertState.UPDATED,
        FollowUp.ALL_CLEAR: AlertState.ENDED,
        FollowUp.FALSE_ALERT: AlertState.CANCELLED,
    }
)
"""What becomes of an alert when its follow-up is sent."""


class UnreachedPolicy(StrEnum):
    """What a follow-up does with recipients whom the previous alert never reached."""

    INCLUDE = "include"
    """They get it too: it is the first they hear."""
    SKIP = "skip"
    """They do not: an all-clear means nothing to whom nobody alarmed."""


USUALLY: Mapping[FollowUp, UnreachedPolicy] = MappingProxyType(
    {
        FollowUp.UPDATE: UnreachedPolicy.INCLUDE,
        FollowUp.CORRECTION: UnreachedPolicy.INCLUDE,
        FollowUp.ALL_CLEAR: UnreachedPolicy.SKIP,
        FollowUp.FALSE_ALERT: UnreachedPolicy.SKIP,
    }
)
"""What is done with people who were never reached, where nobody says otherwise."""

FOLLOW_UP_NAMES: Mapping[FollowUp, str] = {
    FollowUp.UPDATE: msgid("update"),
    FollowUp.CORRECTION: msgid("correction"),
    FollowUp.ALL_CLEAR: msgid("all-clear"),
    FollowUp.FALSE_ALERT: msgid("false alarm"),
}


class Bypass(StrEnum):
    """Why an alert was sent without a second person's approval."""

    BREAK_GLASS = "break-glass"
    """One duty officer, a prepared text, a reason; somebody reviews it afterwards."""
    FALSE_ALERT = "false-alert"
    """A retraction in the library's own words: waiting for a colleague would do the harm."""


class Review(StrEnum):
    """The verdict of a second person, afterwards, on an alert that one person sent."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"


REVIEW_WITHIN = timedelta(hours=24)
REMIND_AFTER = timedelta(hours=12)
"""From when on everybody is told again of an alert nobody has reviewed, and how often."""
REMIND_EVERY = timedelta(hours=1)


class StepReason(StrEnum):
    """Why an alert was stopped, resumed, tried again, scheduled, unscheduled or discarded."""

    NOT_SAID = "not-said"
    """Only for stopping, which waits for nothing: it can be said afterwards."""
    WRONG_TEXT = "wrong-text"
    WRONG_AREA = "wrong-area"
    WRONG_AUDIENCE = "wrong-audience"
    SITUATION = "situation"
    FAULT = "fault"
    MENDED = "mended"
    AGREED = "agreed"
    INSTRUCTED = "instructed"
    DUPLICATE = "duplicate"
    MISTAKE = "mistake"
    OTHER = "other"


STEP_REASON_NAMES: Mapping[StepReason, str] = {
    StepReason.NOT_SAID: msgid("not specified"),
    StepReason.WRONG_TEXT: msgid("error in the text"),
    StepReason.WRONG_AREA: msgid("wrong area"),
    StepReason.WRONG_AUDIENCE: msgid("wrong recipients"),
    StepReason.SITUATION: msgid("the situation has changed"),
    StepReason.FAULT: msgid("technical problem"),
    StepReason.MENDED: msgid("the problem has been fixed"),
    StepReason.AGREED: msgid("a time has been agreed"),
    StepReason.INSTRUCTED: msgid("requested by the lead authority"),
    StepReason.DUPLICATE: msgid("another alert says the same"),
    StepReason.MISTAKE: msgid("created by mistake"),
    StepReason.OTHER: msgid("another reason (see note)"),
}


class Step(StrEnum):
    """What such a reason is given for."""

    STOP = "stop-reason"
    RESUME = "resume"
    RETRY = "retry"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    DISCARD = "discard"


_WRONG = (StepReason.WRONG_TEXT, StepReason.WRONG_AREA, StepReason.WRONG_AUDIENCE)
_ALWAYS = (StepReason.INSTRUCTED, StepReason.OTHER)
STEP_REASONS: Mapping[Step, tuple[StepReason, ...]] = {
    Step.STOP: (*_WRONG, StepReason.SITUATION, StepReason.FAULT, *_ALWAYS),
    Step.RESUME: (StepReason.MENDED, StepReason.SITUATION, *_ALWAYS),
    Step.RETRY: (StepReason.MENDED, *_ALWAYS),
    Step.SCHEDULE: (StepReason.AGREED, *_ALWAYS),
    Step.UNSCHEDULE: (
        *_WRONG,
        StepReason.SITUATION,
        StepReason.FAULT,
        StepReason.AGREED,
        *_ALWAYS,
    ),
    Step.DISCARD: (
        StepReason.MISTAKE,
        StepReason.DUPLICATE,
        *_WRONG,
        StepReason.SITUATION,
        *_ALWAYS,
    ),
}
"""What pages offer for each; programs may give any."""


class Precedence(IntEnum):
    """What goes first where a channel cannot take everything at once; the lowest number does."""

    RETRACTION = 0
    """It says that people were alarmed for nothing."""
    UPDATE = 1
    """An update, a correction or an all-clear."""
    ALERT = 2
    ROUTINE = 3
    """An exercise, a test, or a danger that is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """What threatens, in CAP's terms; `event` is our own stable word for it."""

    event: str
    category: Category
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    response: ResponseType


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRefusal:
    """A no to an alert: somebody returned it, stopped it or judged it not justified, having had no
    hand in it."""

    officer: str
    authority: str
    """The code of the authority they worked for."""
    at: datetime
    area: tuple[str, ...]
    """What the alert was for when it was said; where somebody said yes since is taken out."""
    values: Mapping[str, Any]
    """Its details then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert with everything that is said. `id` is 0 until the store gave it a number."""

    id: int = 0
    version: int = 1
    state: AlertState = AlertState.DRAFT
    alert_class: AlertClass
    scenario: str
    hazard: Hazard
    area: tuple[str, ...]
    """NIS codes of municipalities, sorted."""
    shape: Shape | None = None
    """The circle or polygon its area was chosen by, if any."""
    channels: tuple[str, ...]
    languages: tuple[Language, ...]
    """Every language it is written in, in the order the law gives."""
    values: Mapping[str, Any]
    """The details typed once and filled into every language, as plain JSON."""
    messages: tuple[Message, ...] = field(repr=False)
    created_at: datetime
    composed_at: datetime | None = None
    """When its texts were made anew from other choices; None while they are the first."""
    expires_at: datetime
    author: str
    """Who drafted it."""
    hands: frozenset[str] = frozenset()
    """Everybody who wrote in it or submitted it, or in what it was made from; only ever grows."""
    proposed: tuple[Message, ...] = field(default=(), repr=False)
    """Other words `noted_by` asked for when returning it; none once it was revised or submitted."""
    authority: str = "national"
    """The code of the authority that speaks: the one its first author worked for."""
    incident: int | None = None
    """The number of the incident it belongs to, if any."""
    editor: str = ""
    """Who changed a text last; empty while nobody did."""
    submitter: str = ""
    """Who asked for approval last."""
    submitted_at: datetime | None = None
    """Since when it waits for somebody to decide, or when that was last asked for."""
    note: str = ""
    """What was said with the last step: to the approver, or why it came back."""
    noted_by: str = ""
    refusals: tuple[AlertRefusal, ...] = ()
    """Each person's no for each authority, the last one at the end; none once a second person
    approved it, or somebody without a hand resumed it. Of a place it was moved away from, it stays
    for what is drafted anew there."""
    approver: str = ""
    approver_membership: int = 0
    """The number of the membership they approved under; 0: none, as with a token of the server."""
    approved_at: datetime | None = None
    approved_fingerprint: str = ""
    approved_audience: Mapping[str, int] = field(default_factory=dict)
    """How many people each channel would have reached when it was approved."""
    approved_use: Mapping[str, Usable] = field(default_factory=dict)
    """Which accounts and newsrooms whoever speaks might use then, by channel."""
    approved_revision: int = 0
    """The revision of the lists when that was counted: changes since are told apart by it."""
    send_at: datetime | None = None
    """When it leaves by itself, in the name of its `sender`."""
    bypass: Bypass | None = None
    bypass_reason: str = ""
    review: Review | None = None
    """What the second person thought of a bypass; None while nobody has looked."""
    reviewer: str = ""
    reviewed_at: datetime | None = None
    review_note: str = ""
    sender: str = ""
    sender_membership: int = 0
    """The number of the membership they did it under; 0: none."""
    sender_authority: str = ""
    """The code of the authority the sender worked for when they scheduled or sent it."""
    sent_at: datetime | None = None
    filled_at: datetime | None = None
    """The hour and date of sending that its texts say; None until its first slice is planned."""
    finished_at: datetime | None = None
    """When the last delivery had come to its end."""
    previous_alert: int | None = None
    """The alert this one updates, corrects or ends."""
    follow_up: FollowUp | None = None
    copied_from: int | None = None
    """The alert whose choices and details it was begun from."""
    unreached_policy: UnreachedPolicy = UnreachedPolicy.INCLUDE

    def __post_init__(self) -> None:
        """TextsTooLong: no alert holds, nor is proposed, more texts than are read in time."""
        require_room(self.messages)
        require_room(self.proposed)

    def may_become(self, state: AlertState) -> bool:
        """Whether the table allows the step."""
        return state in MAY_FOLLOW[self.state]

    @property
    def text_channels(self) -> tuple[str, ...]:
        """Channels there are texts for: its own, and its page, which no delivery is planned for."""
        more = dict.fromkeys(message.channel for message in self.messages)
        return (*self.channels, *(one for one in more if one not in self.channels))

    @property
    def composed(self) -> datetime:
        """The moment its details were read at: “tomorrow” counts from there."""
        return self.composed_at or self.created_at

    @property
    def standing_refusals(self) -> tuple[AlertRefusal, ...]:
        """The noes to it where it is now: those said of another place are no longer about it."""
        return tuple(
            refusal for refusal in self.refusals if not {*refusal.area}.isdisjoint(self.area)
        )

    @property
    def over(self) -> bool:
        """Whether nothing about it changes any more, as far as delivery goes."""
        return self.state in OVER and (self.sent_at is None or self.finished_at is not None)

    @property
    def review_due(self) -> datetime | None:
        """Until when a second person must have reviewed it; None where nobody needs to any more."""
        if self.bypass is None or self.review is not None or not self.sent_at:
            return None
        return self.sent_at + REVIEW_WITHIN

    @property
    def precedence(self) -> Precedence:
        """A real alert about what is happening, and whatever follows a real one, is urgent."""
        if self.alert_class is not AlertClass.ALERT:
            return Precedence.ROUTINE
        if self.follow_up is FollowUp.FALSE_ALERT:
            return Precedence.RETRACTION
        if self.previous_alert is not None:
            return Precedence.UPDATE
        immediate = self.hazard.urgency is Urgency.IMMEDIATE
        return Precedence.ALERT if immediate else Precedence.ROUTINE

    def message(self, channel: str, language: Language) -> Message | None:
        """The text of one channel in one language, if there is one."""
        return next(
            (m for m in self.messages if m.channel == channel and m.language == language), None
        )

    def as_sent(self) -> "Alert":
        """With the words that left: marks for the hour of sending stay until there is one."""
        if self.filled_at is None:
            return self
        return replace(
            self, messages=tuple(message.filled(self.filled_at) for message in self.messages)
        )

    def spoken_on(self, channel: str) -> tuple[Language, ...]:
        """The languages one channel has a text in, in the alert's order."""
        return tuple(
            language
            for language in self.languages
            if (found := self.message(channel, language)) and found.text.strip()
        )

    def holes(self, required: tuple[Language, ...]) -> tuple[tuple[str, Language], ...]:
        """Every (channel, language) that must have a text and has none, in reading order."""
        return tuple(
            (channel, language)
            for channel in self.text_channels
            for language in required
            if not (found := self.message(channel, language)) or not found.text.strip()
        )

    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over all that an approver vouches for: words, place, people, end.

        The same content gives the same fingerprint whatever the order it was stored in.
        """
        return fingerprint(
            {
                "class": self.alert_class,
                "scenario": self.scenario,
                "area": sorted(self.area),
                "shape": cap_text(self.shape),
                "channels": sorted(self.channels),
                "languages": list(self.languages),
                "expires": self.expires_at.isoformat(),
                "previous_alert": self.previous_alert,
                "follow_up": self.follow_up,
                "unreached_policy": self.unreached_policy,
                "messages": [
                    [m.channel, m.language, m.subject, m.text, m.html]
                    for m in sorted(self.messages, key=lambda m: (m.channel, m.language))
                ],
            }
        )
