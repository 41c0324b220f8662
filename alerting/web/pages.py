"""Render a page, or the piece of it that a live view swaps in."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from math import inf
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerting.domain import page_address
from alerting.domain.belgian_time import local
from alerting.domain.channel_profiles import profile_of
from alerting.domain.language import Language
from alerting.domain.late_values import MARK, which
from alerting.domain.officer import ROLE_NAMES, Officer
from alerting.domain.text.i18n import msgid
from alerting.i18n import ALERT_NUMBER, LATE_VALUE_NAMES, REGIONAL, Translator, translator_for
from alerting.web.state import state_of

PAGES = Path(__file__).resolve().parent.parent.parent / "templates" / "console"
STATIC = Path(__file__).resolve().parent / "static"

PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
"""Pages hold addresses and what one officer may do: no cache keeps them."""
UNBROKEN = "\u00a0"
PERSONAL_DATA = "/personal-data"
"""Behind the address of a page: where its button posts to that shows personal data."""


@cache
def environment() -> Environment:
    """Pages are ours, not users': no sandbox, but strict, and escaped throughout."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,  # it would look at each file of a page, each time
    )
    made.globals |= {"asset": static_url, "profile_of": profile_of}
    return made


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes when the file does, so browsers never mix two."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:12]}"


def render_fragment(template: str, *, words: Translator, **context: Any) -> str:
    """The text of a template; `_` and the number and time formats come with the words."""
    return environment().get_template(template).render(**_speech(words), **context)


def render_page(
    request: Request,
    template: str,
    *,
    words: Translator,
    status: int = 200,
    officer: Officer | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A whole page as an answer. `context` is what the template itself names.

    The layout gets from here: officer, role, speaks_for, path, here (path and query), sandbox,
    answered (whether it is the answer to a form), and kept (what was typed before a session had to
    be renewed, by field).
    """
    text = render_fragment(
        template,
        words=words,
        officer=officer,
        role=words(ROLE_NAMES[officer.role]) if officer else "",
        speaks_for=officer.authority.called.told(words.language) if officer else "",
        path=path_of(request),
        here=address_of(request),
        sandbox=bool(state_of(request).sandbox_url),
        answered=request.method == "POST",
        kept=getattr(request.state, "kept", {}),
        **context,
    )
    extra = {"Content-Language": words.language, **PRIVATE, **(headers or {})}
    return HTMLResponse(text, status_code=status, headers=extra)


def path_of(request: Request) -> str:
    """The path of the page that is shown, by which it can be loaded again, masked where it was."""
    return request.url.path.removesuffix(PERSONAL_DATA)


def address_of(request: Request) -> str:
    """Its path and query."""
    return path_of(request) + (f"?{request.url.query}" if request.url.query else "")


def percent(translate: Translator, share: float) -> str:
    """A share as the language writes it. Never 100 % before everything is there, nor 0 % after."""
    shown = min(max(share, 0.01), 0.99) if 0 < share < 1 else share
    return str(format_percent(shown, locale=REGIONAL[translate.language]))


def money(translate: Translator, euros: Decimal) -> str:
    """An amount as the language writes it."""
    return str(format_currency(euros, "EUR", locale=REGIONAL[translate.language]))


HOUR = {Language.NL: "u"}
"""The symbol of an hour, where it is not “h”."""
IN_DAYS = 48
"""Hours from which on a length of time is told in days."""


def duration(translate: Translator, seconds: float | None) -> str:
    """A length of time in the one or two units that matter: “0,42 s”, “3 min 12 s”, “30 min”, “7
    days”.
    """
    if seconds is None:
        return "–"
    if round(seconds) < 60:
        shown = round(seconds, 2 if seconds < 10 else 0)
        return f"{translate.number(shown)}{UNBROKEN}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{UNBROKEN}min" + (f" {rest:02}{UNBROKEN}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    symbol = HOUR.get(translate.language, "h")
    if hours < IN_DAYS:
        return f"{hours}{UNBROKEN}{symbol}" + (f" {minutes:02}{UNBROKEN}min" if minutes else "")
    days, hours = divmod(hours, 24)
    # Not `format_unit`: Babel has no long form of the day for Dutch, and writes “2 duration-day”.
    in_days = str(
        format_timedelta(
            timedelta(days=days),
            granularity="day",
            threshold=inf,
            locale=REGIONAL[translate.language],
        )
    )
    return f"{in_days} {hours}{UNBROKEN}{symbol}" if hours else in_days


def hour(translate: Translator, at: datetime, now: datetime) -> str:
    """A time of day in Brussels; with its date when that is not today."""
    here = local(at)
    if here.date() != local(now).date():
        return translate.moment(at)
    return str(format_time(here, "HH:mm", tzinfo=here.tzinfo, locale=REGIONAL[translate.language]))


JUST_NOW = msgid("just now")


def ago(translate: Translator, at: datetime, now: datetime) -> str:
    """How long ago something was, in minutes or hours; a moment of another day as such."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return translate(JUST_NOW)
    if passed >= timedelta(days=1):
        return translate.moment(at)
    return str(
        format_timedelta(
            -passed,
            granularity="minute",
            threshold=1,
            add_direction=True,
            locale=REGIONAL[translate.language],
        )
    )


def day(translate: Translator, at: date, form: str = "") -> str:
    """A day as the language writes it; with its name where `form` is “full”."""
    return str(format_date(at, form or translate.day_form, locale=REGIONAL[translate.language]))


def late(translate: Translator, text: str, language: Language | None = None) -> Markup:
    """A text of an alert, with what will stand there named where the hour of sending is a mark.

    Named in the `language` of the text, or in the reader's where that is not known.
    """
    translate = translator_for(language) if language else translate
    pieces = [Markup()]
    done = 0
    marks = [(match, LATE_VALUE_NAMES[which(match)]) for match in MARK.finditer(text)]
    marks += [(match, ALERT_NUMBER) for match in page_address.MARK.finditer(text)]
    for match, says in sorted(marks, key=lambda pair: pair[0].start()):
        name = translate(says)
        pieces += (
            escape(text[done : match.start()]),
            Markup('<span class="late" lang="{}">{}</span>').format(translate.language, name),
        )
        done = match.end()
    return Markup().join((*pieces, escape(text[done:])))


def _speech(translate: Translator) -> dict[str, Any]:
    def plural(one: str, many: str, n: int, **facts: object) -> str:
        return translate.ngettext(one, many, n).format(n=translate.number(n), **facts)

    return {
        "_": translate,
        "words": translate,
        "ngettext": plural,
        "pgettext": translate.pgettext,
        "number": translate.number,
        "moment": translate.moment,
        "clock": translate.clock,
        "percent": partial(percent, translate),
        "money": partial(money, translate),
        "duration": partial(duration, translate),
        "hour": partial(hour, translate),
        "ago": partial(ago, translate),
        "day": partial(day, translate),
        "late": partial(late, translate),
        "languages": tuple(Language),
    }
