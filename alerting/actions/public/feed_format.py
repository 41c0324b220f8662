"""What every feed writes alike: JSON, XML elements, moments, languages."""

import json
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from alerting.domain.language import LEGAL, Language
from alerting.domain.text.xml_characters import allowed_in_xml

NOTHING_YET = datetime(2025, 1, 1, tzinfo=UTC)
"""When an empty feed was updated: the day the municipalities in use today began."""
REGIONAL = {
    language: f"{language}-BE" if language in LEGAL else str(language) for language in Language
}


def as_json(value: object) -> bytes:
    """Compact JSON, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def element(name: str, text: str, **attributes: str) -> str:
    """An element with a text, escaped once."""
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{given}>{escape(allowed_in_xml(text))}</{name}>"


def link(rel: str, href: str, **attributes: str) -> str:
    """A link of Atom."""
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f'<link rel="{rel}" href={quoteattr(href)}{given}/>'


def iso(moment: datetime) -> str:
    """RFC 3339, whole seconds, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
