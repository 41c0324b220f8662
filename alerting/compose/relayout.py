"""Words changed by hand, put back into their layout.

People edit plain text. Paragraphs and numbered lists stay what they are, an official address
becomes a link, and nothing else is taken for markup: what was typed is what is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alerting.compose.html import Layouts
from alerting.compose.layouts import LAST_LINE, SIGNATURE, email_page, press_page, web_page
from alerting.compose.phrases import PHRASES
from alerting.domain.alert import Hazard
from alerting.domain.channel_profiles import MessageForm
from alerting.domain.message import Message

SIGNS = re.compile(r"([\\`*_\[\]<>#&~|])")
ADDRESS = re.compile(r"https://[^\s<>\"]*[^\s<>\".,;:!?)\]]")
HEAD_PARTS = 4
"""What stands above the text of a release: its two header lines, dateline, title and lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What stands around the words of one message."""

    stamp: str
    hazard: Hazard
    title: str
    authority: str
    url: str


def without_mark(text: str, stamp: str) -> str:
    """`text` without the mark at its beginning and its end."""
    if stamp and text.startswith(stamp) and text.endswith(stamp) and len(text) > 2 * len(stamp):
        return text[len(stamp) : -len(stamp)].lstrip(": \N{NO-BREAK SPACE}").strip()
    return text.strip()


def as_markdown(text: str) -> str:
    """Plain words as Markdown that reads the same."""
    pieces, end = [], 0
    for match in ADDRESS.finditer(text):
        pieces += [SIGNS.sub(r"\\\1", text[end : match.start()]), f"<{match[0]}>"]
        end = match.end()
    return "".join((*pieces, SIGNS.sub(r"\\\1", text[end:])))


def _email(layouts: Layouts, message: Message, frame: Layout) -> str:
    body, _, _ = without_mark(message.text, frame.stamp).partition(SIGNATURE)
    return email_page(
        layouts,
        language=message.language,
        stamp=frame.stamp,
        hazard=frame.hazard,
        title=frame.title,
        headline=without_mark(message.subject, frame.stamp),
        markdown=as_markdown(body),
        authority=frame.authority,
        url=frame.url,
    )


def _release(layouts: Layouts, message: Message, frame: Layout) -> str:
    """The parts of a release are found by its fixed lines; without them all of it is text."""
    phrases = PHRASES[message.language]
    parts = re.split(r"\n{2,}", without_mark(message.text, frame.stamp))
    contact = next(
        (at for at, part in enumerate(parts) if part.startswith(f"{phrases.contact}\n")), len(parts)
    )
    after = [part for part in parts[contact:] if part != LAST_LINE]
    whole = parts[0].startswith(phrases.press_header) and contact >= HEAD_PARTS
    _, dateline, title, lead = (
        parts[:HEAD_PARTS] if whole else ("", "", without_mark(message.subject, frame.stamp), "")
    )
    body = parts[HEAD_PARTS:contact] if whole else parts[:contact]
    return press_page(
        layouts,
        language=message.language,
        stamp=frame.stamp,
        dateline=dateline,
        title=title,
        lead=lead,
        markdown=as_markdown("\n\n".join(body)),
        contact="\n".join(after),
    )


def _page(_: Layouts, message: Message, frame: Layout) -> str:
    return web_page(as_markdown(without_mark(message.text, frame.stamp)), frame.stamp)


RELAID: Mapping[MessageForm, Callable[[Layouts, Message, Layout], str]] = MappingProxyType(
    {MessageForm.EMAIL: _email, MessageForm.RELEASE: _release, MessageForm.PAGE: _page}
)
"""The forms that carry HTML."""
