"""What every feed writes alike: JSON, XML elements, moments, languages."""

import json
import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from alerting.domain.language import LEGAL, Language

NOTHING_YET = datetime(2025, 1, 1, tzinfo=UTC)
"""When an empty feed was updated: the day the municipalities in use today began."""
REGIONAL = {
    language: f"{language}-BE" if language in LEGAL else str(language) for language in Language
}
NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def as_json(value: object) -> bytes:
    """Compact JSON, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def element(name: str, text: str, **attributes: str) -> str:
    """An element with a text, escaped once."""
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{given}>{escape(allowed(text))}</{name}>"


def link(rel: str, href: str, **attributes: str) -> str:
    """A link of Atom."""
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f'<link rel="{rel}" href={quoteattr(href)}{given}/>'


def allowed(text: str) -> str:
    """Without the characters that XML 1.0 (2.2) has no way to write."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def iso(moment: datetime) -> str:
    """RFC 3339, whole seconds, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
