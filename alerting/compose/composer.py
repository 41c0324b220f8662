"""Alert + scenario + values -> every message, in every channel and language asked for."""

import asyncio
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from alerting.compose import locale_formats
from alerting.compose.channels import RenderContext, render_message
from alerting.compose.formatting import Formatter, HtmlLink, example_of
from alerting.compose.html import Layouts
from alerting.compose.relayout import RELAID, Layout
from alerting.compose.scenarios import Library, Scenario
from alerting.compose.values import ReadValue, read_values
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.authority_list import ListEntry
from alerting.domain.channel_profiles import (
    PROFILES,
    ChannelProfile,
    LengthUnit,
    MessageForm,
    profile_of,
)
from alerting.domain.errors import BadRequest, UnknownScenario
from alerting.domain.exercise_marks import mark
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue
from alerting.domain.message import Message
from alerting.domain.page_address import PageAddress
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.i18n import msgid


class Places(Protocol):
    """What the composer asks of a gazetteer."""

    def area_name(self, codes: tuple[str, ...], language: Language, *, room: int = 0) -> str:
        """What these municipalities are called together, in at most `room` characters if it can."""
        ...

    def area_phrases(
        self, codes: tuple[str, ...], language: Language, *, room: int
    ) -> tuple[str, ...]:
        """The same, from all it takes to what has place in `room`."""
        ...

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """The municipalities meant by `text`; `ask`: refuse a name that is a province's too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who speaks, as this installation is set up."""

    authority: Mapping[Language, str]
    town: Mapping[Language, str]
    """Where press releases are dated."""
    press_contact: Mapping[Language, str]
    """Name, telephone and mail address; lines are kept."""
    url: Mapping[Language, str]
    """The official page that confirms every alert."""
    more_hosts: frozenset[str] = frozenset()
    """Sites, besides those of `url`, that a typed link may lead to."""

    @property
    def hosts(self) -> frozenset[str]:
        """Every site a link may lead to."""
        hosts = self.more_hosts | {urlsplit(url).hostname or "" for url in self.url.values()}
        return frozenset(host for host in hosts if host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a communicator chose: the scenario, its details, where, for whom and until when."""

    scenario: str
    values: Mapping[str, object] = field(default_factory=dict)
    area: tuple[str, ...]
    languages: tuple[Language, ...]
    channels: tuple[str, ...]
    alert_class: AlertClass
    now: datetime
    expires_at: datetime
    sender: Sender | None = None
    """Who speaks; None: the installation itself."""
    entries: tuple[ListEntry, ...] = ()
    """What whoever speaks may choose from, beside the choices of the library."""
    accents: bool = False
    """Whether text messages keep characters outside GSM-7."""
    page: PageAddress | None = None
    """Its own page, where texts lead there and not to the official site."""
    examples: frozenset[str] = frozenset()
    """Details whose values only stand in: a preview prints them in brackets."""


LEADS_TO_PAGE = frozenset({MessageForm.TEXT_MESSAGE, MessageForm.EMAIL, MessageForm.POST})
"""What may give the address of the alert's own page."""

NO_CHANNEL = msgid("There is no channel “{channel}”")
ONLY_FOR = msgid("“{scenario}” can only be used for the type “{only}”")


class Composer:
    """Makes messages. Holds no state but what it has read from disk."""

    def __init__(self, *, library: Library, layouts: Path, places: Places, sender: Sender) -> None:
        self.library = library
        self.sender = sender
        self._places = places
        self.layouts = Layouts(layouts)

    def using(self, library: Library) -> "Composer":
        """A composer that differs in its library only: to try a wording before it is in force."""
        other = copy.copy(self)
        other.library = library
        return other

    async def compose(self, draft: Draft) -> tuple[Message, ...]:
        """Every message, by channel and then language; a text the library lacks is left out.

        BadValues names all that is wrong with the details, BadTemplate the file and line.
        """
        return await asyncio.to_thread(self.compose_now, draft)

    def compose_now(self, draft: Draft) -> tuple[Message, ...]:
        """Every message, by channel and then language, made without leaving the thread."""
        if strangers := [name for name in draft.channels if name not in PROFILES]:
            raise BadRequest(NO_CHANNEL, channel=", ".join(strangers))
        scenario = self.library.scenario(draft.scenario).with_lists(draft.entries)
        if scenario.only and draft.alert_class is not scenario.only:
            raise BadRequest(ONLY_FOR, scenario=scenario.name, only=scenario.only)
        spoken = self._values(scenario, draft)
        return tuple(
            message
            for channel in draft.channels
            for language in draft.languages
            for message in self._messages(channel, language, scenario, draft, spoken[language])
        )

    def laid_out(
        self, message: Message, alert: Alert, sender: Sender, page: PageAddress | None = None
    ) -> Message:
        """A message whose words were changed by hand, with its HTML made again from them.

        `sender` is who speaks in it, `page` where it leads, if not to the official site. One that
        has HTML already, or whose channel carries none, comes back as it is.
        """
        relaid = RELAID.get(profile_of(message.channel).form)
        if message.html or relaid is None:
            return message
        language = message.language
        try:
            scenario = self.library.scenario(alert.scenario)
        except UnknownScenario:  # gone from the library since
            title = message.subject
        else:
            title = scenario.titles[language]
        frame = Layout(
            stamp=mark(alert.alert_class, language),
            hazard=alert.hazard,
            title=title,
            authority=sender.authority[language],
            url=_url(profile_of(message.channel), sender, page, language),
        )
        return replace(message, html=relaid(self.layouts, message, frame))

    def _values(self, scenario: Scenario, draft: Draft) -> Mapping[Language, Mapping[str, object]]:
        """Typed and automatic values, in each language."""
        sender = draft.sender or self.sender
        reading = ReadValue(
            languages=draft.languages,
            now=draft.now,
            places=self._places,
            hosts=sender.hosts,
            area=draft.area,
        )
        typed = read_values(scenario.name, scenario.values, draft.values, reading)
        return {
            language: {
                **{
                    name: example_of(value) if name in draft.examples else value
                    for name, value in typed[language].items()
                },
                "authority": sender.authority[language],
                "date": LateValue.DATE,
                "time": LateValue.TIME,
                "expires": locale_formats.local(draft.expires_at),
            }
            for language in draft.languages
        }

    def _messages(
        self,
        channel: str,
        language: Language,
        scenario: Scenario,
        draft: Draft,
        values: Mapping[str, object],
    ) -> Iterator[Message]:
        profile = PROFILES[channel]
        sender = draft.sender or self.sender
        phrases = (
            self._places.area_phrases(draft.area, language, room=profile.area_room)
            if profile.area_room
            else (self._places.area_name(draft.area, language),)
        )
        order = RenderContext(
            channel=profile,
            speech=Formatter(
                language,
                locale_formats.local(draft.now).date(),
                self._places,
                short=profile.is_short,
            ),
            scenario=scenario,
            values={
                **values,
                "area": phrases[-1],
                "url": HtmlLink(_url(profile, sender, draft.page, language)),
            },
            mark=mark(draft.alert_class, language),
            town=sender.town[language],
            press_contact=sender.press_contact[language],
            layouts=self.layouts,
            accents=draft.accents,
        )
        message = shortest = render_message(order)
        for area in phrases[:-1] if shortest else ():
            longer = render_message(replace(order, values={**order.values, "area": area}))
            if longer and shortest and _as_long(profile, longer, shortest):
                message = longer
                break
        if message:
            yield message


def _as_long(channel: ChannelProfile, longer: Message, shortest: Message) -> bool:
    """Whether a message is taken as it is, and in no more segments than another."""
    texts = [message.widest().text for message in (longer, shortest)]
    if channel.unit is LengthUnit.SEGMENTS:
        most = max(measure(texts[1]).segments, 1)
        return measure(texts[0]).segments <= most and channel.excess(texts[0]) is None
    return channel.excess(texts[0]) is None


def _url(
    channel: ChannelProfile, sender: Sender, page: PageAddress | None, language: Language
) -> str:
    """The address a message gives: of the alert's own page, or of the official site."""
    if page is not None and channel.form in LEADS_TO_PAGE:
        return page.url(language)
    return sender.url[language]
