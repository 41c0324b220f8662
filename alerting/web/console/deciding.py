"""Approve and send: a page that says what is about to happen, and a form that does it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import alerts, composing, places, reviewing
from alerting.catalogue import Words
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.errors import AlertingError, BadRequest
from alerting.domain.staff import Officer
from alerting.domain.words import msgid
from alerting.web.console.alerts import Number, about
from alerting.web.console.changes import changes
from alerting.web.console.drawing import drawing
from alerting.web.errors import status_of
from alerting.web.pages import render
from alerting.web.security import MayApprove, MaySend, WordsOf
from alerting.web.state import state_of

WORD: Final = msgid("ALERT")
"""What an officer types before a real alert leaves: an exercise never asks for it."""
NOT_TYPED: Final = msgid("Nothing was sent: type the word {word} to confirm that this is real")

LEADS_TO: Final = {"approve": AlertState.APPROVED, "send": AlertState.SENDING}

router = APIRouter(tags=["console"])
Seen = Annotated[str, Form(max_length=64)]
Act = Callable[..., Awaitable[Alert]]


@router.get("/alerts/{number}/approve")
async def ask_approval(
    request: Request, number: Number, officer: MayApprove, words: WordsOf
) -> Response:
    """What approving means, and the button."""
    return await _ask(request, "approve", number, officer, words)


@router.post("/alerts/{number}/approve")
async def approve(
    request: Request,
    number: Number,
    officer: MayApprove,
    words: WordsOf,
    seen: Seen,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Approve exactly what was read; what is not ready, only with a reason."""
    do = partial(alerts.approve, reason=reason)
    return await _do(request, "approve", do, number, officer, words, seen)


@router.get("/alerts/{number}/send")
async def ask_sending(
    request: Request, number: Number, officer: MaySend, words: WordsOf
) -> Response:
    """What sending means, and the button."""
    return await _ask(request, "send", number, officer, words)


@router.post("/alerts/{number}/send")
async def send(
    request: Request,
    number: Number,
    officer: MaySend,
    words: WordsOf,
    seen: Seen,
    word: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Send exactly what was read; a real alert only with the word that says so."""
    alert = await alerts.read(state_of(request).services, number, by=officer)
    wanted = words(WORD)
    if alert.alert_class is AlertClass.ALERT and word.strip().casefold() != wanted.casefold():
        problem = BadRequest(NOT_TYPED, word=wanted)
        return await _ask(request, "send", number, officer, words, problem=problem)
    return await _do(request, "send", alerts.send, number, officer, words, seen)


async def _do(
    request: Request, act: str, do: Act, number: int, officer: Officer, words: Words, seen: str
) -> Response:
    """Act and show the board; what goes wrong is said on the page one is on."""
    try:
        await do(state_of(request).services, number, by=officer, seen=seen)
    except AlertingError as problem:
        return await _ask(request, act, number, officer, words, problem=problem)
    return RedirectResponse(f"/alerts/{number}", status_code=303)


async def _ask(
    request: Request,
    act: str,
    number: int,
    officer: Officer,
    words: Words,
    *,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    preview = await alerts.preview(services, number, by=officer)
    possible = preview.alert.may_become(LEADS_TO[act])
    if not possible and problem is None:
        return RedirectResponse(f"/alerts/{number}", status_code=303)
    alert = preview.alert
    first = await composing.texts_of(services, number, 1, by=officer)
    last = await composing.texts_of(services, number, max(alert.version - 1, 1), by=officer)
    towns = await places.outlines(services, by=officer, area=alert.area)
    return render(
        request,
        "confirm.html",
        words=words,
        status=status_of(problem) if problem else 200,
        officer=officer,
        act=act,
        possible=possible,
        alert=preview.alert,
        preview=preview,
        not_ready=bool(preview.holes or reviewing.blocking(preview.findings)),
        euros=sum(one.euros for one in preview.estimates),
        messages=sum(sum(by_language.values()) for by_language in preview.audience.values()),
        problem=words.error(problem) if problem else "",
        own=act == "approve" and officer.name == preview.alert.author,
        word=words(WORD) if preview.alert.alert_class is AlertClass.ALERT else "",
        now=services.now(),
        since_template=changes(alert, first),
        since_last=changes(alert, last) if alert.version > 2 else [],
        map=drawing(services, alert.area, towns),
        **about(services, words),
    )
