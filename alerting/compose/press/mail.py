"""A release as the mail that newsrooms get: as plain text, and the same in its layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerting.compose.html import Layouts
from alerting.compose.layouts import LAST_LINE, press_page
from alerting.compose.phrases import PHRASES, contact_block
from alerting.domain.belgian_time import clock, day
from alerting.domain.channel_profiles import PRESS
from alerting.domain.exercise_marks import mark, with_mark
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.press.release import KeyFigure, Quote, Release, ReleaseText


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Fixed words of one language."""

    correction: str
    """What stands before the headline of a correction."""
    changed: str
    """What stands before what it says is different."""
    quote: str
    facts: str


WORDS: Mapping[Language, _Words] = {
    Language.FR: _Words(
        correction="RECTIFICATION",
        changed="Ce qui change",
        quote="« {text} »",
        facts="Faits et chiffres",
    ),
    Language.NL: _Words(
        correction="RECHTZETTING",
        changed="Wat er verandert",
        quote="“{text}”",
        facts="Feiten en cijfers",
    ),
    Language.DE: _Words(
        correction="BERICHTIGUNG",
        changed="Was sich ändert",
        quote="„{text}“",
        facts="Zahlen und Fakten",
    ),
    Language.EN: _Words(
        correction="CORRECTION",
        changed="What changes",
        quote="“{text}”",
        facts="Facts and figures",
    ),
}


def release_messages(layouts: Layouts, release: Release, *, at: datetime) -> tuple[Message, ...]:
    """Its mails, one in each of its languages, dated `at`: the moment it is public from."""
    return tuple(_message(layouts, release, language, at) for language in release.languages)


def headline_of(release: Release, language: Language) -> str:
    """Its headline; a correction says first that it is one."""
    headline = release.text(language).headline
    if release.previous_release is None:
        return headline
    colon = "\u00a0: " if language is Language.FR else ": "
    return f"{WORDS[language].correction}{colon}{headline}"


def body_of(text: ReleaseText, language: Language) -> str:
    """Body, quotes, figures and who publishes, as one Markdown text."""
    return "\n\n".join(
        part
        for part in (
            text.body,
            *(_quote(quote, language) for quote in text.quotes),
            _facts(text.facts, language),
            text.about,
        )
        if part
    )


def _message(layouts: Layouts, release: Release, language: Language, at: datetime) -> Message:
    text, phrases, stamp = (
        release.text(language),
        PHRASES[language],
        mark(release.release_class, language),
    )
    title = headline_of(release, language)
    dateline = ", ".join((text.place, day(at, language), clock(at, language)))
    lead = "\n\n".join(part for part in (text.subtitle, text.lead) if part)
    changed = release.changed.get(language, "")
    body = body_of(text, language)
    if changed:
        body = f"**{WORDS[language].changed}**\n\n{changed}\n\n{body}"
    contact = contact_block(language, text.contact)
    parts = (
        f"{phrases.press_header}\n{phrases.immediate_release}",
        dateline, title, lead, _plain(body), contact, LAST_LINE,
    )  # fmt: skip
    return Message(
        channel=PRESS.name,
        language=language,
        subject=with_mark(f"{phrases.press_header.capitalize()} – {title}", stamp),
        text=with_mark("\n\n".join(parts), stamp, apart=True),
        html=press_page(
            layouts,
            language=language,
            stamp=stamp,
            dateline=dateline,
            title=title,
            lead=lead,
            markdown=body,
            contact=contact,
        ),
    )


def _quote(quote: Quote, language: Language) -> str:
    speaker = ", ".join(part for part in (quote.speaker, quote.function) if part)
    return f"{WORDS[language].quote.format(text=quote.text)} – {speaker}"


def _facts(facts: tuple[KeyFigure, ...], language: Language) -> str:
    if not facts:
        return ""
    colon = "\u00a0: " if language is Language.FR else ": "
    lines = (f"- {fact.label}{colon}{fact.value}" for fact in facts)
    return "\n".join((f"**{WORDS[language].facts}**\n", *lines))


def _plain(markdown: str) -> str:
    """Markdown as a mail without HTML shows it: strong words lose their signs."""
    return markdown.replace("**", "")
