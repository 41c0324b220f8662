"""How a message of each form is made from a scenario's texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from alerting.compose.formatting import Formatter
from alerting.compose.html import Layouts
from alerting.compose.layouts import LAST_LINE, SIGNATURE, email_page, press_page, web_page
from alerting.compose.phrases import PHRASES, contact_block
from alerting.compose.scenarios import Scenario
from alerting.domain.channel_profiles import ChannelProfile, MessageForm, PricedBy
from alerting.domain.exercise_marks import title_with_mark, with_mark
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """One message to make: all that it takes."""

    channel: ChannelProfile
    speech: Formatter
    scenario: Scenario
    values: Mapping[str, object]
    mark: str
    town: str
    press_contact: str
    layouts: Layouts
    accents: bool = False
    """Whether text messages keep characters outside GSM-7, and take more segments for them."""

    @property
    def language(self) -> Language:
        """The language it is in."""
        return self.speech.language

    def render(self, part: int = 0, *, markdown: bool = False) -> str | None:
        """One part of the channel's text filled in, or None where the library has none."""
        text = self.scenario.text(self.channel, part, self.language)
        if text is None:
            return None
        if not markdown:
            return text.plain.render(self.speech, self.values)
        return text.render(replace(self.speech, markdown=True), self.values)


def _text(order: RenderContext) -> Message | None:
    """A channel that carries words only."""
    text = order.render()
    if not text:
        return None
    return Message(
        channel=order.channel.name, language=order.language, text=with_mark(text, order.mark)
    )


def _in_gsm7(order: RenderContext) -> Message | None:
    """Text messages and cell broadcast: one letter outside GSM-7 halves the room of the whole text.

    3GPP TS 23.038 and 23.041. The text is in GSM-7 from the start, names and details included, and
    that is what people read and approve; what somebody writes into it later is only proposed to be
    rewritten. Text messages keep their accents where that was asked for.
    """
    message = _text(order)
    if message is None or (order.accents and order.channel.priced_by is PricedBy.SEGMENT):
        return message
    return replace(message, text=rewrite(message.text).text)


def _email(order: RenderContext) -> Message | None:
    """An e-mail: subject, plain text, and the same in the layout."""
    subject, body = map(order.render, range(2))
    marked_up = order.render(1, markdown=True)
    if not (subject and body and marked_up):
        return None
    authority, url = str(order.values["authority"]), str(order.values["url"])
    html = email_page(
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
        channel=order.channel.name,
        language=order.language,
        subject=title_with_mark(subject, order.mark, order.language),
        text=with_mark(text, order.mark, apart=True),
        html=html,
    )


def _web(order: RenderContext) -> Message | None:
    """A page: its title, plain text, and a fragment of HTML."""
    title, body = map(order.render, range(2))
    marked_up = order.render(1, markdown=True)
    if not (title and body and marked_up):
        return None
    return Message(
        channel=order.channel.name,
        language=order.language,
        subject=title_with_mark(title, order.mark, order.language),
        text=with_mark(body, order.mark, apart=True),
        html=web_page(marked_up, order.mark),
    )


def _press(order: RenderContext) -> Message | None:
    """A press release, as newsrooms expect one: header, release line, dateline, text, contact."""
    title, lead, body = map(order.render, range(3))
    marked_up = order.render(2, markdown=True)
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
    titled = f"{phrases.press_header.capitalize()} – {title}"
    subject = title_with_mark(titled, order.mark, order.language)
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
        channel=order.channel.name,
        language=order.language,
        subject=subject,
        text=with_mark("\n\n".join(parts), order.mark, apart=True),
        html=html,
    )


RENDERERS: Mapping[MessageForm, Callable[[RenderContext], Message | None]] = MappingProxyType(
    {
        MessageForm.EMAIL: _email,
        MessageForm.RELEASE: _press,
        MessageForm.PAGE: _web,
        MessageForm.TEXT_MESSAGE: _in_gsm7,
        MessageForm.BROADCAST: _in_gsm7,
    }
)
"""How a message of each form is made; of any other it is words only."""


def render_message(order: RenderContext) -> Message | None:
    """The message of a channel, or None where the library lacks a text for it."""
    return RENDERERS.get(order.channel.form, _text)(order)
