"""The HTML layouts of e-mails, releases and pages, filled in."""

from markupsafe import Markup, escape

from alerting.compose.html import Layouts, colour, inlined, page
from alerting.compose.phrases import PHRASES
from alerting.domain.alert import Hazard
from alerting.domain.exercise_marks import title_with_mark
from alerting.domain.language import Language

SIGNATURE = "\n\n-- \n"
"""What stands between an e-mail and who sends it; mail programs know it (RFC 3676, 4.3)."""
LAST_LINE = "###"
"""The end of a press release, as newsrooms expect it."""


def email_page(
    layouts: Layouts,
    *,
    language: Language,
    stamp: str,
    hazard: Hazard,
    title: str,
    headline: str,
    markdown: str,
    authority: str,
    url: str,
) -> str:
    """An e-mail in its layout."""
    link = Markup('<a href="{0}" style="color:#0b4f8a">{0}</a>').format(url)
    return layouts.fill(
        "email",
        {
            "language": language,
            "mark": stamp,
            "colour": colour(hazard),
            "authority": authority,
            "title": title,
            "subject": title_with_mark(headline, stamp, language),
            "headline": headline,
            "body": inlined(page(markdown)),
            "footer": escape(PHRASES[language].footer).format(authority=authority, url=link),
        },
    )


def press_page(
    layouts: Layouts,
    *,
    language: Language,
    stamp: str,
    dateline: str,
    title: str,
    lead: str,
    markdown: str,
    contact: str,
) -> str:
    """A release in its layout."""
    phrases = PHRASES[language]
    titled = f"{phrases.press_header.capitalize()} – {title}"
    return layouts.fill(
        "press",
        {
            "language": language,
            "mark": stamp,
            "header": phrases.press_header,
            "release": phrases.immediate_release,
            "dateline": dateline,
            "subject": title_with_mark(titled, stamp, language),
            "preview": title_with_mark(title, stamp, language),
            "title": title,
            "lead": lead,
            "body": inlined(page(markdown)),
            "contact": Markup("<br>").join(contact.splitlines()),
        },
    )


def web_page(markdown: str, stamp: str) -> str:
    """A fragment of HTML between its marks."""
    edge = Markup("<p><strong>{}</strong></p>\n").format(stamp) if stamp else Markup("")
    return str(edge + page(markdown) + edge)
