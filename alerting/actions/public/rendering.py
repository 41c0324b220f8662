"""Templates of the public pages, filled in: escaped throughout, in one language, links relative."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from alerting.compose.html import cleaned
from alerting.compose.locale_formats import SEASONS
from alerting.domain.alert import AlertClass
from alerting.domain.belgian_time import MONTHS, clock, comes_twice, day, local
from alerting.domain.exercise_marks import mark
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.public_alert import PublicText
from alerting.domain.text.xml_characters import allowed_in_xml
from alerting.i18n import translator_for

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "public"
ASSETS = TEMPLATES / "assets"
INDEX = "index.html"


@cache
def environment() -> Environment:
    """As that of the console: our own templates, strict, escaped throughout."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.globals |= {
        "asset": asset,
        "own_names": OWN_NAMES,
        "languages": tuple(Language),
        "mark_of": partial(mark, AlertClass.EXERCISE),
        "name_in": by_language,
        "words_in": translator_for,
    }
    return made


@cache
def asset(name: str) -> str:
    """The path of a file of the unit of assets; it changes when the file does."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()
    return f"assets/{name}?{digest[:12]}"


def render(template: str, language: Language, path: str, **context: Any) -> bytes:
    """The page at `path`, a folder below the root with a slash at its end, or the root itself."""
    translate = translator_for(language)

    def plural(one: str, many: str, n: int) -> str:
        return translate.ngettext(one, many, n).format(n=translate.number(n))

    text = (
        environment()
        .get_template(template)
        .render(
            _=translate,
            pgettext=translate.pgettext,
            ngettext=plural,
            language=language,
            path=path,
            root="../" * path.count("/"),
            hour=lambda at: hour_of(at, language),
            day=lambda at: day(at, language),
            month_name=lambda month: MONTHS[language][month - 1],
            **context,
        )
    )
    return allowed_in_xml(re.sub(r"\n\s*\n+", "\n", text).lstrip()).encode()


def hour_of(at: datetime, language: Language) -> str:
    """A time of day in Belgium; which of the two, where its hour comes twice that night."""
    text = clock(at, language)
    return f"{text} ({SEASONS[language][local(at).fold]})" if comes_twice(at) else text


def body_of(text: PublicText) -> Markup:
    """The approved words as clean HTML."""
    if text.html:
        return cleaned(text.html)
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text.text))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>\n").join(map(escape, part.splitlines())))
        for part in paragraphs
        if part
    )


def by_language(names: Mapping[Language, str], language: Language) -> str:
    """A name in a language; in any other where it has none there."""
    return names.get(language) or next((name for name in names.values() if name), "")
