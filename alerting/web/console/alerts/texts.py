"""The exact texts: every channel, languages side by side, as the reader will see them."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from alerting.actions.alerts import queries, readings
from alerting.domain.alert import Alert
from alerting.domain.errors import NotFound
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.web.auth import FRAMED, FRAMING, MayRead, WordsOf
from alerting.web.console.alerts.text_metrics import shown
from alerting.web.console.context import Number, about
from alerting.web.pages import render_page
from alerting.web.state import state_of

HTML_EMAIL: Final = msgid("e-mail")

router = APIRouter(tags=["console"])


@router.get("/alerts/{number}/texts")
async def show_texts(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """Every text, channel by channel."""
    services = state_of(request).services
    preview = await queries.preview(services, number, by=officer)
    shown_here = [(message.channel, message.language) for message in preview.alert.messages]
    seen = preview.alert.fingerprint()
    await readings.open_texts(services, number, shown_here, seen=seen, by=officer)
    return render_page(
        request,
        "alerts/texts.html",
        words=translate,
        officer=officer,
        headers=FRAMING,
        alert=preview.alert,
        required=preview.required,
        findings=preview.findings,
        sheets=sheets(preview.alert),
        shown=shown,
        **about(services, translate),
    )


@router.get("/alerts/{number}/texts/{channel}.{language}.html")
async def html_email(
    request: Request,
    number: Number,
    channel: str,
    language: Language,
    officer: MayRead,
    translate: WordsOf,
) -> Response:
    """The e-mail alone, as it leaves, for a frame that can do nothing."""
    alert = await queries.get_alert(state_of(request).services, number, by=officer)
    message = alert.as_sent().message(channel, language)
    if message is None or not message.html:
        raise NotFound(what=HTML_EMAIL, number=f"{number}.{channel}.{language}")
    return HTMLResponse(
        translator_for(language).late(message.html),
        headers={**FRAMED, "Content-Language": language},
    )


def sheets(alert: Alert) -> list[tuple[str, list[tuple[Language, Message | None]]]]:
    """Channels in the alert's order, and in each every language, holes included."""
    alert = alert.as_sent()
    return [
        (channel, [(language, alert.message(channel, language)) for language in alert.languages])
        for channel in alert.text_channels
    ]
