"""Approve, send, schedule: a page that says what is about to happen, and a form that does it."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial
from itertools import product
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.alerts import (
    approval,
    confirmation,
    drafting,
    queries,
    readings,
    scheduling,
    sending,
    shapes,
    text_checks,
    text_drafts,
    under_way,
)
from alerting.actions.alerts.alone import UNDECIDED
from alerting.actions.alerts.queries import Preview
from alerting.actions.alerts.readings import TextName
from alerting.actions.operations import map_outlines
from alerting.checks import audience, times
from alerting.checks.whole_country import WHOLE_COUNTRY
from alerting.domain.alert import STEP_REASONS, Alert, AlertState, Step, StepReason
from alerting.domain.belgian_time import TWICE, Which, instant
from alerting.domain.channel_profiles import MessageForm, profile_of
from alerting.domain.enumeration import member_of
from alerting.domain.errors import (
    AlertingError,
    AudienceChanged,
    BadRequest,
    Outdated,
    RefusedBefore,
    TimesPassed,
)
from alerting.domain.finding import Finding
from alerting.domain.four_eyes import hand_in
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.geo.area_map import drawing
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import (
    MayApproveFresh,
    MayBreakGlass,
    MayRead,
    MayScheduleFresh,
    MaySendFresh,
    WordsOf,
)
from alerting.web.console.alerts.choice_diff import changed_choices
from alerting.web.console.alerts.shape_form import shape_shares
from alerting.web.console.alerts.text_diff import changes
from alerting.web.console.alerts.text_metrics import shown
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

NOT_A_TIME: Final = msgid("“{typed}” is not a date and time")
NEEDS_TYPING: Final = frozenset({"send", "schedule", "break-glass"})
ALONE: Final = frozenset({"send", "break-glass"})
"""What may be open to one person, as far as nothing keeps it from them."""

router = APIRouter(tags=["console"])
Seen = Annotated[str, Form(max_length=64)]
Reason = Annotated[str, Form(max_length=1000)]
Word = Annotated[str, Form(max_length=4000)]
Act = Callable[..., Awaitable[Alert]]


@router.get("/alerts/{number}/approve")
async def ask_approval(
    request: Request, number: Number, officer: MayApproveFresh, translate: WordsOf
) -> Response:
    """What approving means, and the button."""
    return await _ask(request, "approve", number, officer, translate)


@router.post("/alerts/{number}/approve")
async def approve(
    request: Request,
    number: Number,
    officer: MayApproveFresh,
    translate: WordsOf,
    seen: Seen,
    reason: Reason = "",
    accept_lists: Annotated[bool, Form()] = False,
    accept_times: Annotated[bool, Form()] = False,
    waived: Annotated[list[str], Form(max_length=500)] = [],  # noqa: B006  FastAPI copies it
) -> Response:
    """Approve exactly what was read; what is not ready, only with a reason.

    What was not opened is named, and goes only where it was waved through: one by one. Hours that
    do not fit are asked about as they are where it is sent.
    """
    services = state_of(request).services
    known_known = await readings.what_was_read(services, number, by=officer)
    passed = {name for name in known_known.unread if text_name(name) in waived}

    async def do(services: Services, number: int, *, by: Officer, seen: str) -> Alert:
        alert = await queries.get_alert(services, number, by=by)
        hours = await text_checks.passed_times(services, number, leaves=services.now(), by=by)
        return await approval.approve(
            services,
            number,
            by=by,
            seen=seen,
            reason=reason,
            accept_lists=accept_lists,
            waived=[f"{channel}/{language}" for channel, language in passed],
            **hours.require_accepted(alert, accept=accept_times),
        )

    return await _do(request, "approve", do, number, officer, translate, seen, passed=passed)


@router.post("/alerts/{number}/readings", status_code=204)
async def open_text(
    request: Request,
    number: Number,
    officer: MayRead,
    seen: Seen,
    text: Annotated[str, Form(max_length=40)],
) -> Response:
    """Note that a folded text was opened; called by the page that shows it."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    opened = {name for name in _names(alert) if text_name(name) == text}
    await readings.open_texts(services, number, opened, seen=seen, by=officer)
    return Response(status_code=204)


def text_name(name: TextName) -> str:
    """How forms name a text."""
    channel, language = name
    return f"{channel}.{language}"


def _names(alert: Alert) -> list[TextName]:
    return [(message.channel, message.language) for message in alert.messages]


def first_text(alert: Alert, language: Language) -> TextName | None:
    """The text that a reader of a language is shown in full: the text message, where there is one.

    In that language, where the alert is written in it.
    """
    channels = sorted(
        alert.text_channels, key=lambda one: profile_of(one).form is not MessageForm.TEXT_MESSAGE
    )
    languages = sorted(alert.languages, key=lambda one: one != language)
    there = {*_names(alert)}
    return next((one for one in product(channels, languages) if one in there), None)


@router.get("/alerts/{number}/send")
async def ask_sending(
    request: Request, number: Number, officer: MaySendFresh, translate: WordsOf
) -> Response:
    """What sending means, and the button."""
    return await _ask(request, "send", number, officer, translate)


@router.post("/alerts/{number}/send")
async def send_alert(
    request: Request,
    number: Number,
    officer: MaySendFresh,
    translate: WordsOf,
    seen: Seen,
    word: Word = "",
    accept_times: Annotated[bool, Form()] = False,
    accept_same: Annotated[bool, Form()] = False,
) -> Response:
    """Send exactly what was read; a real alert only with the word that says so."""
    do = partial(sending.send, accept_times=accept_times, accept_same=accept_same)
    return await _do(request, "send", do, number, officer, translate, seen, word)


@router.get("/alerts/{number}/break-glass")
async def ask_breaking(
    request: Request, number: Number, officer: MayBreakGlass, translate: WordsOf
) -> Response:
    """What sending alone means, and the button."""
    return await _ask(request, "break-glass", number, officer, translate)


@router.post("/alerts/{number}/break-glass")
async def break_glass(
    request: Request,
    number: Number,
    officer: MayBreakGlass,
    translate: WordsOf,
    seen: Seen,
    word: Word = "",
    reason: Reason = "",
    accept_same: Annotated[bool, Form()] = False,
) -> Response:
    """Send a prepared text alone, with a reason and the word."""
    do = partial(sending.send_with_break_glass, reason=reason, accept_same=accept_same)
    return await _do(request, "break-glass", do, number, officer, translate, seen, word)


@router.get("/alerts/{number}/schedule")
async def ask_scheduling(
    request: Request, number: Number, officer: MayScheduleFresh, translate: WordsOf
) -> Response:
    """When it is to leave."""
    return await _ask(request, "schedule", number, officer, translate)


@router.post("/alerts/{number}/schedule")
async def schedule(
    request: Request,
    number: Number,
    officer: MayScheduleFresh,
    translate: WordsOf,
    seen: Seen,
    at: Annotated[str, Form(max_length=40)] = "",
    which: Annotated[str, Form(max_length=10)] = "",
    word: Word = "",
    why: Annotated[StepReason, Form()] = StepReason.NOT_SAID,
    said: Reason = "",
    accept_times: Annotated[bool, Form()] = False,
    accept_same: Annotated[bool, Form()] = False,
) -> Response:
    """Let it leave by itself at a Belgian time."""
    try:
        moment = instant(_moment(at), member_of(Which, which))
    except AlertingError as problem:
        return await _ask(request, "schedule", number, officer, translate, problem=problem)
    do = partial(
        scheduling.schedule,
        at=moment,
        reason=why,
        note=said,
        accept_times=accept_times,
        accept_same=accept_same,
    )
    return await _do(request, "schedule", do, number, officer, translate, seen, word)


def _moment(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed.strip())
    except ValueError:
        raise BadRequest(NOT_A_TIME, typed=typed) from None


async def _do(
    request: Request,
    act: str,
    do: Act,
    number: int,
    officer: Officer,
    translate: Translator,
    seen: str,
    word: str = "",
    *,
    passed: Collection[TextName] | None = None,
) -> Response:
    """Act and show the board; what goes wrong is said on the page one is on."""
    services = state_of(request).services
    try:
        if act in NEEDS_TYPING:
            alert = await queries.get_alert(services, number, by=officer)
            await text_drafts.require_saved_texts(services, number, by=officer)
            confirmation.require_confirmation(services, alert, word)
        if passed is not None:
            alert = await queries.get_alert(services, number, by=officer)
            if seen != alert.fingerprint():  # before what was not opened: that is another version
                raise Outdated(alert=number)
            await readings.require_opened(services, number, passed, by=officer)
        await do(services, number, by=officer, seen=seen)
    except AlertingError as problem:
        return await _ask(request, act, number, officer, translate, problem=problem)
    return RedirectResponse(f"/alerts/{number}", status_code=303)


def _possible(act: str, preview: Preview) -> bool:
    """Whether the act can follow from here, as far as a look tells."""
    state = preview.alert.state
    match act:
        case "approve":
            return state in UNDECIDED or preview.doubt is not None
        case "send":
            approved = state is AlertState.APPROVED and preview.doubt is None
            return approved or preview.alone
        case "break-glass":
            return preview.prepared
        case _:
            return state is AlertState.APPROVED and preview.doubt is None


def _word(act: str, alert: Alert, translate: Translator) -> str:
    """The word that is to be typed; empty where none is."""
    needs = act in NEEDS_TYPING and confirmation.asks_for_word(alert)
    return translate(confirmation.WORD) if needs else ""


async def _ask(
    request: Request,
    act: str,
    number: int,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
) -> Response:
    """In one piece: what one page shows."""
    services = state_of(request).services
    preview = await queries.preview(services, number, by=officer)
    possible = _possible(act, preview)
    if not possible and problem is None:
        problem = preview.doubt or (preview.bypass_refusal if act in ALONE else None)
    if not possible and problem is None:
        return RedirectResponse(f"/alerts/{number}", status_code=303)
    alert = preview.alert
    first = first_text(alert, translate.language)
    if first:
        seen = alert.fingerprint()
        await readings.open_texts(services, number, [first], seen=seen, by=officer)
    known_known = await readings.what_was_read(services, number, by=officer)
    towns = await map_outlines.outlines(services, by=officer, area=alert.area)
    inside = await shapes.shares_inside(services, alert.shape, by=officer) if alert.shape else {}
    typed = await request.form()
    return render_page(
        request,
        "alerts/confirmation.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        act=act,
        possible=possible,
        alert=alert,
        preview=preview,
        first=alert.message(*first) if first else None,
        folded=[
            (name, message)
            for channel in alert.as_sent().text_channels
            for language in alert.languages
            if (name := (channel, language)) != first
            and (message := alert.as_sent().message(channel, language))
        ],
        unread=known_known.unread,
        text_name=text_name,
        shown=shown,
        may_return=officer.may(Permission.RETURN)
        and alert.state in (AlertState.IN_REVIEW, AlertState.APPROVED),
        lists_changed=isinstance(preview.doubt, AudienceChanged),
        times_passed=isinstance(problem, TimesPassed)
        or await _hours_passed(request, act, alert, officer),
        same_under_way=any(finding.rule in under_way.RULES for finding in preview.findings),
        typed=typed,
        twice="which" in typed or (isinstance(problem, BadRequest) and problem.says == TWICE),
        found=_findings(act, preview),
        not_ready=bool(preview.holes or text_checks.blocking_findings(preview.findings)),
        euros=sum(estimate.euros for estimate in preview.estimates),
        messages=sum(sum(by_language.values()) for by_language in preview.audience.values()),
        problem=translate.error(problem) if problem else "",
        changed=await queries.last_change(services, number, by=officer)
        if isinstance(problem, Outdated)
        else None,
        refused=problem.facts["refused"] if isinstance(problem, RefusedBefore) else number,
        reasons=STEP_REASONS[Step.SCHEDULE],
        own=_own(act, alert, officer, translate),
        word=_word(act, alert, translate),
        now=services.now(),
        unsaved=await text_drafts.unsaved_texts(services, number, by=officer),
        since_template=changes(alert, await drafting.template_texts(services, alert)),
        read_version=known_known.version,
        since_read=changes(alert, known_known.texts) if known_known.version else [],
        chosen_since=changed_choices(services, alert, known_known.change, translate),
        map=drawing(services.gazetteer, alert.area, towns, alert.shape),
        inside=shape_shares(services, inside, alert.area, translate),
        **about(services, translate),
    )


def _findings(act: str, preview: Preview) -> list[Finding]:
    """Who approves reads all of them; who sends, what changes with the hour and with the lists, and
    that it is for everybody."""
    again = audience.RULES | times.RULES | under_way.RULES | {WHOLE_COUNTRY}
    return [finding for finding in preview.findings if act == "approve" or finding.rule in again]


async def _hours_passed(request: Request, act: str, alert: Alert, officer: Officer) -> bool:
    """Whether sending it now asks about hours, as far as a look tells."""
    if alert.state not in {"approve": UNDECIDED, "send": (AlertState.APPROVED,)}.get(act, ()):
        return False
    services = state_of(request).services
    now = services.now()
    return bool(
        (
            await text_checks.passed_times(
                services, alert.id, leaves=now, by=officer, deciding=False
            )
        ).times
    )


def _own(act: str, alert: Alert, officer: Officer, translate: Translator) -> str:
    """Why this officer cannot approve, where they had a hand in it."""
    what = hand_in(alert, officer.name) if act == "approve" else ""
    return translate(what, alert=alert.id, officer=officer.name) if what else ""
