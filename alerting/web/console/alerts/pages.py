"""The list of alerts, and the live board of one."""

import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from alerting.actions import change_requests
from alerting.actions.accounts import sessions
from alerting.actions.alerts import compositions as composition_actions
from alerting.actions.alerts import queries, shapes, text_drafts
from alerting.actions.alerts.queries import AlertStatus
from alerting.actions.authorities import incidents
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.operations import map_outlines, routes
from alerting.actions.public import administration as public_pages
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import CLOSED, IN_FORCE, SUBMITTED, Alert, AlertState
from alerting.domain.authority import PHASE_NAMES
from alerting.domain.channel import FAILURE_REASON_ADVICE, FAILURE_REASON_NAMES
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import Gravity, StaffNotification
from alerting.geo.area_map import drawing
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import MayRead, WordsOf, credential_of
from alerting.web.console.alerts.dashboard import failing, home_lists, next_test_day
from alerting.web.console.alerts.history import without_repeats
from alerting.web.console.alerts.line_changes import line_changes, lines_of
from alerting.web.console.alerts.live_updates import Live, Snapshot, live_of
from alerting.web.console.alerts.shape_form import shape_shares
from alerting.web.console.alerts.status_figures import board
from alerting.web.console.channel_health import FARING_NAMES, channel_health
from alerting.web.console.context import Number, about
from alerting.web.pages import render_fragment, render_page
from alerting.web.paging import Before, next_link
from alerting.web.state import state_of

PAGE_SIZE = 25
LISTED = 200
"""Alerts of a list that is not told in pages."""

CHECKED_EVERY = 3.0
"""Seconds: how long an open board outlives a session that was ended elsewhere, at most."""

router = APIRouter(tags=["console"])


@router.get("/")
async def home(
    request: Request,
    officer: MayRead,
    translate: WordsOf,
    before: Before = 0,
) -> Response:
    """What is in force, what waits, and what is over, newest first; from `before` on only that."""
    services = state_of(request).services
    past = await queries.list_alerts(
        services, by=officer, before=before, limit=PAGE_SIZE, states=CLOSED
    )
    newest = not before
    shown = await home_figures(services, officer, translate) if newest else HomeFigures("", 0)
    return render_page(
        request,
        "alerts/dashboard.html",
        words=translate,
        officer=officer,
        live=shown.text,
        waiting=shown.waiting,
        past=past.items,
        next_page=next_link("/", past.next),
        newest=newest,
        now=services.now(),
        **about(services, translate),
    )


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """The part of the first page that changes by itself, and how much of it waits."""

    text: str
    waiting: int


async def home_figures(
    services: Services, officer: Officer, translate: Translator, *, crowded: bool = False
) -> HomeFigures:
    """All of the first page but what is over, as one officer sees it now."""
    now = services.now()
    statuses = await queries.list_statuses(services, by=officer, limit=LISTED, states=IN_FORCE)
    submitted = await queries.list_alerts(services, by=officer, limit=LISTED, states=SUBMITTED)
    drafts = await queries.list_alerts(
        services, by=officer, limit=LISTED, states=(AlertState.DRAFT,)
    )
    boards = {status.alert.id: board(status, now) for status in statuses.items}
    lists = home_lists(
        officer,
        [status.alert for status in statuses.items],
        [*submitted.items, *drafts.items],
        await composition_actions.list_compositions(services, by=officer),
        now,
    )
    waiting = await change_requests.list_waiting(services, KINDS, by=officer)
    requests = [change.request for change in waiting.items if change.refusal is None]
    text = render_fragment(
        "alerts/_home_lists.html",
        words=translate,
        officer=officer,
        lists=lists,
        calls=await queries.list_calls(services, submitted.items, by=officer),
        requests=requests,
        figures=boards,
        failing=failing(list(boards.values())),
        fares=channel_health(await routes.list_routes(services, by=officer)),
        farings=FARING_NAMES,
        at_work=any(
            worker.lives(now) for worker in await routes.list_workers(services, by=officer)
        ),
        test_day=next_test_day(now),
        advice=FAILURE_REASON_ADVICE,
        failure_reasons=FAILURE_REASON_NAMES,
        notifications=await _notifications(services, officer, translate),
        reviews=await queries.unreviewed(services, by=officer),
        crowded=crowded,
        now=now,
        **about(services, translate),
    )
    return HomeFigures(text, len(lists.to_decide) + len(requests))


@router.get("/live", response_class=EventSourceResponse)
async def follow_home(
    request: Request, officer: MayRead, translate: WordsOf
) -> AsyncIterator[ServerSentEvent]:
    """The lists of the first page, then what changes of them."""
    services, live = state_of(request).services, live_of(request)
    if live.full_for(officer.name):
        shown = await home_figures(services, officer, translate, crowded=True)
        yield ServerSentEvent(raw_data=shown.text)
        yield ServerSentEvent(event="finished", raw_data="crowded")
        return
    state_of(request).turns.free(request)
    async with contextlib.aclosing(home_events(services, live, translate, officer)) as told:
        async for event in _while_signed_in(request, services, told):
            yield event


async def home_events(
    services: Services, live: Live, translate: Translator, officer: Officer
) -> AsyncGenerator[ServerSentEvent, None]:
    """What one officer is told of their lists: first the whole, then the lines that change."""
    before = ""
    async with contextlib.aclosing(live.follow_acts(by=officer)) as acts_told:
        async for anew in acts_told:
            if anew:
                seen = (await home_figures(services, officer, translate)).text
                if not before:
                    yield ServerSentEvent(raw_data="\n".join(lines_of(seen)))
                elif seen != before:
                    yield ServerSentEvent(event="changes", raw_data=_changes(before, seen))
                before = seen
            yield ServerSentEvent(event="beat", raw_data=translate.clock(services.now()))


async def _while_signed_in(
    request: Request, services: Services, server_sent_events: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    """What is told, until the session ends that asked for it."""
    looked = time.monotonic()
    async for event in server_sent_events:
        if time.monotonic() - looked > CHECKED_EVERY:
            opened, looked = credential_of(request), time.monotonic()
            if opened is None or not await sessions.is_session_alive(services, opened):
                return
        yield event


async def _notifications(
    services: Services, officer: Officer, translate: Translator
) -> list[tuple[StaffNotification, str]]:
    """What the officer has not read yet, each with its sentence.

    Without what was sent alone: that stands among the reviews until somebody did one.
    """
    unread = await inbox.list_unread(services, by=officer)
    return [
        (notification, inbox.in_words(notification, translate))
        for notification in unread
        if notification.gravity != Gravity.ALONE
    ]


@router.get("/alerts/{number}")
async def show_alert(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """The board of one alert; for one that was not sent yet, also what would leave."""
    services = state_of(request).services
    status = await queries.get_status(services, number, by=officer)
    unsent = status.alert.sent_at is None
    decided = unsent or status.alert.state is AlertState.STOPPED
    preview = await queries.preview(services, number, by=officer) if decided else None
    area_map, inside = None, {}
    if (drawn := status.alert.shape) is not None:
        towns = await map_outlines.outlines(services, by=officer, area=status.alert.area)
        area_map = drawing(services.gazetteer, status.alert.area, towns, drawn)
        inside = await shapes.shares_inside(services, drawn, by=officer)
    return render_page(
        request,
        "alerts/alert.html",
        words=translate,
        officer=officer,
        alert=status.alert,
        map=area_map,
        inside=shape_shares(services, inside, status.alert.area, translate),
        preview=preview if unsent else None,
        doubt=preview.doubt if preview else None,
        live=figures(services, translate, officer, status),
        over=status.alert.over,
        history=without_repeats(await queries.history(services, number, by=officer)),
        unsaved=await text_drafts.unsaved_texts(services, number, by=officer),
        followers=await queries.followers(services, number, by=officer),
        public_page=await public_pages.page_of(services, status.alert, by=officer)
        if services.public
        else None,
        incident=await incidents.incident_of_alert(services, status.alert.incident, by=officer),
        binding=await incidents.binding_incidents(services, number, by=officer)
        if not status.alert.over
        else [],
        phases=PHASE_NAMES,
        now=services.now(),
        **about(services, translate),
    )


async def existing(request: Request, number: Number, officer: MayRead) -> Alert:
    """The alert, found before a stream begins: a stream cannot answer “not found” any more."""
    return await queries.get_alert(state_of(request).services, number, by=officer)


@router.get("/alerts/{number}/live", response_class=EventSourceResponse)
async def follow(
    request: Request,
    officer: MayRead,
    translate: WordsOf,
    alert: Annotated[Alert, Depends(existing)],
) -> AsyncIterator[ServerSentEvent]:
    """The board's figures, then what changes of them; `finished` when nothing more will."""
    services, live = state_of(request).services, live_of(request)
    if live.full_for(officer.name):
        status = await queries.get_status(services, alert.id, by=officer)
        yield ServerSentEvent(raw_data=figures(services, translate, officer, status, crowded=True))
        yield ServerSentEvent(event="finished", raw_data="crowded")
        return
    state_of(request).turns.free(request)
    async with contextlib.aclosing(events(services, live, translate, officer, alert.id)) as told:
        async for event in _while_signed_in(request, services, told):
            yield event


async def events(
    services: Services, live: Live, translate: Translator, officer: Officer, number: int
) -> AsyncGenerator[ServerSentEvent, None]:
    """What a viewer is told, in their language and with what they may do.

    First the whole, then the lines of it that change.
    """
    before = ""
    async with contextlib.aclosing(live.follow(number, by=officer)) as snapshots:
        async for snapshot in snapshots:
            if snapshot is not None:
                seen = _seen_by(snapshot, services, translate, officer)
                if not before:
                    yield ServerSentEvent(raw_data="\n".join(lines_of(seen)))
                elif seen != before:
                    yield ServerSentEvent(
                        event="changes", raw_data=_changed(snapshot, before, seen)
                    )
                before = seen
            yield ServerSentEvent(event="beat", raw_data=translate.clock(services.now()))
            if snapshot is not None and snapshot.over:
                yield ServerSentEvent(event="finished", raw_data=snapshot.status.alert.state)


def figures(
    services: Services,
    translate: Translator,
    officer: Officer,
    status: AlertStatus,
    *,
    crowded: bool = False,
) -> str:
    """The part of the board that changes by itself."""
    now = services.now()
    return render_fragment(
        "alerts/_live_status.html",
        words=translate,
        board=board(status, now),
        held_off=status.held_off,
        openers=status.openers,
        called=status.called,
        acts=acts(officer, status.alert),
        pre_approved=queries.list_pre_approved(services, status.alert),
        crowded=crowded,
        now=now,
        failure_reasons=FAILURE_REASON_NAMES,
        advice=FAILURE_REASON_ADVICE,
        **about(services, translate),
    )


ACTS = (
    Permission.DRAFT,
    Permission.SUBMIT,
    Permission.RETURN,
    Permission.APPROVE,
    Permission.SEND,
    Permission.SCHEDULE,
    Permission.STOP,
    Permission.RESUME,
    Permission.RETRY,
    Permission.FOLLOW_UP,
    Permission.BREAK_GLASS,
    Permission.REVIEW_BREAK_GLASS,
)
"""What the board of an alert offers, to whom it may."""


def acts(officer: Officer, alert: Alert) -> frozenset[str]:
    """What this officer may do with this alert, and whether it is their own."""
    mine = officer.authority.partner or officer.authority.territory.holds(alert.area)
    held = {permission.value for permission in ACTS if mine and officer.may(permission)}
    if hand_in(alert, officer.name):
        held.add("hand")
    if officer.name == alert.sender:
        held.add("sender")
    return frozenset(held)


def _seen_by(
    snapshot: Snapshot, services: Services, translate: Translator, officer: Officer
) -> str:
    key = (translate.language, acts(officer, snapshot.status.alert))
    return snapshot.piece(key, lambda status: figures(services, translate, officer, status))


def _changed(snapshot: Snapshot, before: str, seen: str) -> str:
    """What viewers are told who had seen `before`, made once for all of them.

    `of`: how many lines that had, so that whoever has others asks for the whole.
    """

    return snapshot.piece(("changes", before, seen), lambda _: _changes(before, seen))


def _changes(before: str, seen: str) -> str:
    had = lines_of(before)
    said = {"of": len(had), "changes": line_changes(had, lines_of(seen))}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
