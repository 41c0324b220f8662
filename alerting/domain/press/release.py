"""A press release: one text in several languages, and what its reviewer vouches for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from alerting.domain.alert import AlertClass, AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.channel_profiles import PRESS
from alerting.domain.delivery import State
from alerting.domain.errors import FieldTooLong, HiddenCharacter
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.canonical_json import fingerprint
from alerting.domain.text.hidden import hidden
from alerting.domain.text.i18n import msgid

MAX_CHARS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "headline": 160,
        "subtitle": 240,
        "lead": 1_200,
        "body": 15_000,
        "about": 1_200,
        "contact": 600,
        "place": 80,
    }
)
"""The longest each field may be, in characters."""
MAX_QUOTES, MAX_KEY_FIGURES, MAX_TOPICS = 8, 20, 5
MAX_PART_CHARS: Final = 1_000
"""Of a part of a quote or of a fact."""

FIELD_NAMES: Mapping[str, str] = {
    "headline": msgid("Headline"),
    "subtitle": msgid("Subtitle"),
    "lead": msgid("Lead"),
    "body": msgid("Body"),
    "quotes": msgid("Quotes"),
    "facts": msgid("Facts and figures"),
    "about": msgid("About the authority"),
    "contact": msgid("Press contact"),
    "place": msgid("Place of issue"),
}
FIELD_IN = msgid("{field} ({language})")
"""A field with its language, in a row of them."""
NEEDED = ("headline", "lead", "body", "contact", "place")
"""What a release has in each of its languages; the rest is optional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a spokesperson says."""

    text: str
    speaker: str
    function: str = ""
    """Of the speaker: “spokesperson of the National Crisis Centre”."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """A figure with what it counts."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseText:
    """A release in one language."""

    headline: str = ""
    subtitle: str = ""
    lead: str = ""
    body: str = ""
    """Markdown: paragraphs, lists, emphasis, links."""
    quotes: tuple[Quote, ...] = ()
    facts: tuple[KeyFigure, ...] = ()
    about: str = ""
    """The paragraph that says who publishes (boilerplate)."""
    contact: str = ""
    """Whom newsrooms call: name, number, hours; lines of plain text."""
    place: str = ""
    """Where it is dated: “Bruxelles”."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields it needs and does not have."""
        return tuple(name for name in NEEDED if not getattr(self, name).strip())

    def as_json(self) -> dict[str, Any]:
        """The fields by name in JSON values, as rows and fingerprints keep them."""
        plain = {name: getattr(self, name) for name in MAX_CHARS}
        return plain | {
            "quotes": [[one.text, one.speaker, one.function] for one in self.quotes],
            "facts": [[one.label, one.value] for one in self.facts],
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "ReleaseText":
        """What `as_json` gave. KeyError where a field is missing."""
        return cls(
            **{name: str(kept[name]) for name in MAX_CHARS},
            quotes=tuple(
                Quote(text=text, speaker=speaker, function=function)
                for text, speaker, function in kept["quotes"]
            ),
            facts=tuple(KeyFigure(label=label, value=value) for label, value in kept["facts"]),
        )


TEXT_FIELDS = tuple(one.name for one in fields(ReleaseText))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWithdrawal:
    """That a release which was public no longer is."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMail:
    """What became of the mail to one newsroom."""

    outlet: str
    language: Language
    state: State
    failure_reason: FailureReason | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A press release of an authority. `id` is 0 until it is stored."""

    id: int = 0
    authority: str
    """Its code."""
    state: AlertState = AlertState.DRAFT
    """Of its sending; `domain.press.states` says what a press office calls it."""
    release_class: AlertClass = AlertClass.ALERT
    """Real, or an exercise, as on a service for training."""
    author: str
    hands: tuple[str, ...] = ()
    """Everybody who wrote in it, the author among them; sorted."""
    area: tuple[str, ...]
    """NIS codes of municipalities, sorted."""
    topics: tuple[str, ...] = ()
    alert: int | None = None
    """The alert it accompanies."""
    languages: tuple[Language, ...]
    """Those it must have by the law, then those added."""
    texts: Mapping[Language, ReleaseText] = field(default_factory=dict)
    revision: int = 0
    """Counts what was saved: whoever saves names the one they began from."""
    embargo_until: datetime | None = None
    """Nothing of it is public before, by the clock of the database; None: at once."""
    created_at: datetime
    submitter: str = ""
    submitted_at: datetime | None = None
    approver: str = ""
    approved_at: datetime | None = None
    approved_fingerprint: str = ""
    returned_reason: str = ""
    armed_at: datetime | None = None
    """Since when it becomes public by itself at the end of its embargo."""
    released_at: datetime | None = None
    """When it became public, by the clock of the database."""
    sent_at: datetime | None = None
    """When its mail began to leave, by the clock of the process that sent it."""
    finished_at: datetime | None = None
    """When the last mail had come to its end."""
    previous_release: int | None = None
    """The release that it corrects."""
    changed: Mapping[Language, str] = field(default_factory=dict)
    """Of a correction, what is different now, for those who hold the earlier one."""
    withdrawal: ReleaseWithdrawal | None = None
    messages: tuple[Message, ...] = ()
    """Its mails as they leave, laid out when it was armed or released; none before."""

    def __post_init__(self) -> None:
        """Raises what `require_readable` does."""
        for language, text in self.texts.items():
            require_readable(text, language)

    def text(self, language: Language) -> ReleaseText:
        """In one language; empty where nothing was written yet."""
        return self.texts.get(language) or ReleaseText()

    @property
    def missing(self) -> dict[Language, tuple[str, ...]]:
        """By language, the fields that are needed and empty; those of a correction too."""
        found = {language: self.text(language).missing for language in self.languages}
        if self.previous_release is not None:
            for language in self.languages:
                if not self.changed.get(language, "").strip():
                    found[language] = (*found[language], "changed")
        return {language: names for language, names in found.items() if names}

    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over all that a reviewer vouches for.

        Texts, whom it reaches (area, languages), when, what it accompanies and what it corrects.
        """
        return fingerprint(
            {
                "authority": self.authority,
                "class": self.release_class,
                "area": sorted(self.area),
                "topics": sorted(self.topics),
                "alert": self.alert,
                "languages": list(self.languages),
                "texts": {language: self.text(language).as_json() for language in self.languages},
                "embargo_until": self.embargo_until.isoformat() if self.embargo_until else None,
                "previous_release": self.previous_release,
                "changed": {one: self.changed.get(one, "") for one in self.languages},
            }
        )

    def unapproved(self, state: AlertState) -> "Release":
        """In a state in which nobody vouches for it."""
        return replace(
            self,
            state=state,
            approver="",
            approved_at=None,
            approved_fingerprint="",
            armed_at=None,
            messages=(),
        )


def require_readable(text: ReleaseText, language: Language) -> None:
    """FieldTooLong where a field is too long or has too many parts; HiddenCharacter where it holds
    what nobody can see.
    """
    plain = ((name, getattr(text, name), most) for name, most in MAX_CHARS.items())
    quotes = ((one.text, one.speaker, one.function) for one in text.quotes)
    facts = ((one.label, one.value) for one in text.facts)
    parts = (("quotes", part, MAX_PART_CHARS) for one in quotes for part in one)
    figures = (("facts", part, MAX_PART_CHARS) for one in facts for part in one)
    for name, words, most in (*plain, *parts, *figures):
        if len(words) > most:
            raise FieldTooLong(field=FIELD_NAMES[name], count=len(words), most=most)
        if found := next(hidden(words), None):
            raise HiddenCharacter(channel=PRESS.name, language=language, letter=found[1])
    for name, count, most in (
        ("quotes", len(text.quotes), MAX_QUOTES),
        ("facts", len(text.facts), MAX_KEY_FIGURES),
    ):
        if count > most:
            raise FieldTooLong(field=FIELD_NAMES[name], count=count, most=most)
