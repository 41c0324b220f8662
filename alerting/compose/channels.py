"""How each channel's message is made from a scenario's texts. A new channel is one more line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from alerting.compose.formatting import Formatter
from alerting.compose.html import Layouts
from alerting.compose.layouts import LAST_LINE, SIGNATURE, letter_page, press_page, web_page
from alerting.compose.phrases import PHRASES, contact_block
from alerting.compose.scenarios import Scenario
from alerting.domain.exercise_marks import with_mark
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """One message to make: all that it takes."""

    channel: str
    speech: Formatter
    scenario: Scenario
    values: Mapping[str, object]
    mark: str
    town: str
    press_contact: str
    layouts: Layouts

    @property
    def language(self) -> Language:
        """The language it is in."""
        return self.speech.language

    def render(self, file: str, *tables: str, markdown: bool = False) -> str | None:
        """One text of the scenario filled in, or None where the library has none."""
        text = self.scenario.text(file, tables, self.language)
        if text is None:
            return None
        if not markdown:
            return text.plain.render(self.speech, self.values)
        return text.render(replace(self.speech, markdown=True), self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRenderer:
    """Which texts a channel takes, and how they become a message."""

    make: "Callable[[RenderContext, ChannelRenderer], Message | None]"
    file: str
    tables: tuple[str, ...]
    area_room: int = 0
    """Characters there are for the name of the area (0: as many as it takes)."""


def _text(order: RenderContext, recipe: ChannelRenderer) -> Message | None:
    """A channel that carries words only; the first table that has a text wins."""
    text = order.render(recipe.file, *recipe.tables)
    if not text:
        return None
    return Message(channel=order.channel, language=order.language, text=with_mark(text, order.mark))


def _broadcast(order: RenderContext, recipe: ChannelRenderer) -> Message | None:
    """Cell broadcast: 15 pages of 93 GSM-7 characters, less than half of that in UCS-2.

    3GPP TS 23.041. The text is in GSM-7 from the start, and that is what people read and approve.
    """
    message = _text(order, recipe)
    return replace(message, text=rewrite(message.text).text) if message else None


def _email(order: RenderContext, recipe: ChannelRenderer) -> Message | None:
    """A letter: subject, plain text, and the same in the layout."""
    subject, body = (order.render(recipe.file, table) for table in recipe.tables)
    marked_up = order.render(recipe.file, recipe.tables[1], markdown=True)
    if not (subject and body and marked_up):
        return None
    authority, url = str(order.values["authority"]), str(order.values["url"])
    html = letter_page(
        order.layouts,
        language=order.language,
        stamp=order.mark,
        hazard=order.scenario.hazard,
        title=order.scenario.titles[order.language],
        headline=subject,
        markdown=marked_up,
        authority=authority,
        url=url,
    )
    footer = PHRASES[order.language].footer.format(authority=authority, url=url)
    text = f"{body}{SIGNATURE}{footer}"
    return Message(
        channel=order.channel,
        language=order.language,
        subject=with_mark(subject, order.mark),
        text=with_mark(text, order.mark, apart=True),
        html=html,
    )


def _web(order: RenderContext, recipe: ChannelRenderer) -> Message | None:
    """A page: its title, plain text, and a fragment of HTML."""
    title, body = (order.render(recipe.file, table) for table in recipe.tables)
    marked_up = order.render(recipe.file, recipe.tables[1], markdown=True)
    if not (title and body and marked_up):
        return None
    return Message(
        channel=order.channel,
        language=order.language,
        subject=with_mark(title, order.mark),
        text=with_mark(body, order.mark, apart=True),
        html=web_page(marked_up, order.mark),
    )


def _press(order: RenderContext, recipe: ChannelRenderer) -> Message | None:
    """A press release, as newsrooms expect one: header, release line, dateline, text, contact."""
    title, lead, body = (order.render(recipe.file, table) for table in recipe.tables)
    marked_up = order.render(recipe.file, recipe.tables[2], markdown=True)
    if not (title and lead and body and marked_up):
        return None
    phrases = PHRASES[order.language]
    now = order.values["time"]
    dateline = ", ".join(
        (order.town, order.speech.say(order.values["date"]), order.speech.say(now))
    )
    contact = contact_block(order.language, order.press_contact)
    parts = (
        f"{phrases.press_header}\n{phrases.immediate_release}",
        dateline, title, lead, body, contact, LAST_LINE,
    )  # fmt: skip
    subject = with_mark(f"{phrases.press_header.capitalize()} – {title}", order.mark)
    html = press_page(
        order.layouts,
        language=order.language,
        stamp=order.mark,
        dateline=dateline,
        title=title,
        lead=lead,
        markdown=marked_up,
        contact=contact,
    )
    return Message(
        channel=order.channel,
        language=order.language,
        subject=subject,
        text=with_mark("\n\n".join(parts), order.mark, apart=True),
        html=html,
    )


RECIPES: Mapping[str, ChannelRenderer] = MappingProxyType(
    {
        "sms": ChannelRenderer(make=_text, file="sms", tables=("text",), area_room=35),
        "email": ChannelRenderer(make=_email, file="email", tables=("subject", "body")),
        "x": ChannelRenderer(make=_text, file="social", tables=("x",), area_room=35),
        "mastodon": ChannelRenderer(
            make=_text, file="social", tables=("mastodon", "x"), area_room=60
        ),
        "bluesky": ChannelRenderer(
            make=_text, file="social", tables=("bluesky", "x"), area_room=35
        ),
        "press": ChannelRenderer(make=_press, file="press", tables=("title", "lead", "body")),
        "voice": ChannelRenderer(make=_text, file="voice", tables=("text",)),
        "cellbroadcast": ChannelRenderer(make=_broadcast, file="cellbroadcast", tables=("text",)),
        "web": ChannelRenderer(make=_web, file="web", tables=("title", "body")),
    }
)
"""Every channel there are texts for."""
