"""What a review reads: the texts of one alert, and what is known about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerting.checks.wording.place_names import PlaceNames
from alerting.domain.alert import AlertClass
from alerting.domain.authority import Level
from alerting.domain.language import Language
from alerting.domain.message import Message

Names = Mapping[Language, tuple[str, ...]]
"""What one thing is called: every name that will do, by language."""

SUBJECT, TEXT = "subject", "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """One alert as the checks see it.

    `channels` are those that must have a text in every required language; empty: every channel a
    message was written for. `sources`: names of the sender.
    `places`: the area, place by place, each with its names. What is left empty is not checked.
    """

    messages: tuple[Message, ...]
    required: tuple[Language, ...]
    alert_class: AlertClass
    now: datetime
    expires_at: datetime
    channels: tuple[str, ...] = ()
    sources: Names = field(default_factory=dict)
    places: tuple[Names, ...] = ()
    allowed_hosts: frozenset[str] = frozenset()
    telephones: frozenset[str] = frozenset()
    """Numbers of the authority's list, as E.164: +3221234567."""
    level: Level = Level.FEDERAL
    """Of who speaks: a federal authority may be called as the government is."""
    own_names: frozenset[str] = frozenset()
    other_names: frozenset[str] = frozenset()
    """What who speaks is called, and what other authorities are; see `folded_names`."""
    contacts: Mapping[Language, str] = field(default_factory=dict)
    """The press contact with its heading: what stands in it passes there and nowhere else."""
    typed: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    """The details that are words, by name."""
    composed: tuple[Message, ...] = ()
    """What the scenario says with the alert's details, before anybody edited it; where empty, edits
    are not looked for."""
    known_places: PlaceNames | None = field(default=None, repr=False, compare=False)
    """Every place that has different names; the same for all alerts, and so no part of one."""

    @property
    def federal(self) -> bool:
        """Whether a federal authority speaks."""
        return self.level is Level.FEDERAL

    def by_channel(self) -> Mapping[str, Mapping[Language, Message]]:
        """The messages that say something, channel by channel, required languages first."""
        found: dict[str, dict[Language, Message]] = {
            channel: {}
            for channel in self.channels or dict.fromkeys(m.channel for m in self.messages)
        }
        order = (
            *self.required,
            *(language for language in Language if language not in self.required),
        )
        for message in sorted(self.messages, key=lambda message: order.index(message.language)):
            if message.text.strip():
                found.setdefault(message.channel, {})[message.language] = message
        return found


def fields(message: Message) -> Iterator[tuple[str, str]]:
    """The subject and the text, where there are words in them."""
    for name, text in ((SUBJECT, message.subject), (TEXT, message.text)):
        if text.strip():
            yield name, text


def names(text: str, name: str) -> int:
    """Where `name` stands in `text` as words of their own, whatever the capitals; -1: nowhere."""
    text, name = text.casefold(), name.casefold()
    at = text.find(name) if name else -1
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        # Bruxelles-Capitale is another name than Bruxelles.
        if not (before.isalnum() or after.isalnum() or "-" in {before, after}):
            return at
        at = text.find(name, at + 1)
    return -1
