"""Press releases: the list, one of them with what may be done, and the form to write in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.press import publishing, queries, review, writing
from alerting.actions.press.queries import ReleaseView
from alerting.actions.press.writing import ReleaseRequest
from alerting.compose.press.mail import headline_of
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.delivery import STATE_NAMES
from alerting.domain.errors import AlertingError, ReleaseConflict
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.press.release import FIELD_NAMES, MAX_CHARS, Release
from alerting.domain.press.states import RELEASE_STATE_NAMES, WRITABLE, ReleaseState
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.web.auth import (
    MayPublishReleasesFresh,
    MayRead,
    MayReviewReleases,
    MayReviewReleasesFresh,
    MayStopReleases,
    MayWithdrawReleasesFresh,
    MayWriteReleases,
    WordsOf,
)
from alerting.web.console import labels
from alerting.web.console.context import Number
from alerting.web.console.findings import group_findings
from alerting.web.console.press.release_form import (
    FIELDS_AT_MOST,
    changes_of,
    form_of,
    rows,
    typed_in,
)
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.paging import Before, next_link
from alerting.web.state import state_of

router = APIRouter(tags=["console"], prefix="/releases")
Seen = Annotated[str, Form(max_length=64)]
Words = Annotated[str, Form(max_length=1_000)]
Done = Annotated[str, Query(max_length=16)]

DONE = {
    "saved": msgid("Saved. Nothing is published until another user has approved it."),
    "submitted": msgid("Submitted: another user of the press office, or an approver, reviews it."),
    "returned": msgid("Returned to be corrected."),
    "approved": msgid("Approved. It is not public yet."),
    "published": msgid("Published in all its languages. The e-mails to newsrooms are being sent."),
    "armed": msgid("It will be published by itself at the end of the embargo."),
    "disarmed": msgid("It will not be published by itself. It stays approved."),
    "withdrawn": msgid("Withdrawn. No more e-mails are sent, and its page says so."),
    "discarded": msgid("Discarded. It stays readable for the press office."),
}


@router.get("")
async def list_releases(
    request: Request, officer: MayRead, translate: WordsOf, before: Before = 0
) -> Response:
    """The newest first: those that are public, and one's own."""
    page = await queries.list_releases(
        state_of(request).services, by=officer, before=before or None
    )
    return render_page(
        request,
        "press/list.html",
        words=translate,
        officer=officer,
        views=page.items,
        may_write=officer.may(Permission.WRITE_RELEASES),
        next_page=next_link("/releases", page.next),
        **_about(translate),
    )


@router.get("/new")
async def ask_for_release(
    request: Request, officer: MayWriteReleases, translate: WordsOf
) -> Response:
    """Where it is for, and in which languages besides those of the law."""
    return _new(request, officer, translate, {})


@router.post("/new")
async def begin_release(
    request: Request,
    officer: MayWriteReleases,
    translate: WordsOf,
    places: Words = "",
    topics: Words = "",
    also_in: Annotated[list[Language] | None, Form()] = None,
) -> Response:
    """Begin it, and go on to its texts."""
    wanted = ReleaseRequest(
        area=[part.strip() for part in places.split(",") if part.strip()],
        topics=[part for part in topics.split(",") if part.strip()],
        also_in=also_in or (),
    )
    try:
        release = await writing.create_release(state_of(request).services, wanted, by=officer)
    except AlertingError as problem:
        typed = {"places": places, "topics": topics, "also_in": also_in or ()}
        return _new(request, officer, translate, typed, problem=problem)
    return RedirectResponse(f"/releases/{release.id}/edit", status_code=303)


@router.get("/{number}")
async def show_release(
    request: Request, number: Number, officer: MayRead, translate: WordsOf, done: Done = ""
) -> Response:
    """Its texts side by side, what the checks say, and what may be done with it."""
    return await _show(request, number, officer, translate, done=done)


@router.get("/{number}/edit")
async def edit_release(
    request: Request, number: Number, officer: MayWriteReleases, translate: WordsOf
) -> Response:
    """All languages beside each other."""
    view = await queries.get_release(state_of(request).services, number, by=officer)
    typed = form_of(view.release)
    return _form(request, view, officer, translate, typed, shown=typed)


@router.post("/{number}/edit")
async def save_release(
    request: Request, number: Number, officer: MayWriteReleases, translate: WordsOf
) -> Response:
    """Save what was typed; where a colleague typed in the same field, show both."""
    services = state_of(request).services
    typed = typed_in(dict(await request.form(max_files=0, max_fields=FIELDS_AT_MOST * 2)))
    view = await queries.get_release(services, number, by=officer)
    try:
        changes = changes_of(typed, view.release)
        await writing.save_release(services, number, changes, by=officer)
    except AlertingError as problem:
        now = form_of(view.release)
        shown = now if isinstance(problem, ReleaseConflict) else _shown(typed)
        if isinstance(problem, ReleaseConflict):
            typed = {**typed, "revision": now["revision"]}
        return _form(request, view, officer, translate, typed, shown=shown, problem=problem)
    if typed.get("act") == "more":
        return RedirectResponse(f"/releases/{number}/edit#more", status_code=303)
    return _to(number, "saved")


@router.post("/{number}/submit")
async def submit_release(
    request: Request,
    number: Number,
    officer: MayWriteReleases,
    translate: WordsOf,
    seen: Seen = "",
    reason: Words = "",
) -> Response:
    """Ask for a review."""
    try:
        await review.submit_release(
            state_of(request).services, number, by=officer, seen=seen, reason=reason
        )
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "submitted")


@router.post("/{number}/return")
async def return_release(
    request: Request,
    number: Number,
    officer: MayReviewReleases,
    translate: WordsOf,
    reason: Words = "",
) -> Response:
    """Back to who wrote it, with a reason."""
    try:
        await review.return_release(state_of(request).services, number, by=officer, reason=reason)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "returned")


@router.post("/{number}/approve")
async def approve_release(
    request: Request,
    number: Number,
    officer: MayReviewReleasesFresh,
    translate: WordsOf,
    seen: Seen = "",
    reason: Words = "",
) -> Response:
    """Vouch for it as a second person."""
    try:
        await review.approve_release(
            state_of(request).services, number, by=officer, seen=seen, reason=reason
        )
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "approved")


@router.post("/{number}/publish")
async def publish_release(
    request: Request,
    number: Number,
    officer: MayPublishReleasesFresh,
    translate: WordsOf,
    seen: Seen = "",
) -> Response:
    """In all its languages, now."""
    try:
        await publishing.publish_release(state_of(request).services, number, by=officer, seen=seen)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem)
    return _to(number, "published")


@router.post("/{number}/arm")
async def arm_release(
    request: Request,
    number: Number,
    officer: MayPublishReleasesFresh,
    translate: WordsOf,
    seen: Seen = "",
) -> Response:
    """At the end of its embargo, by itself."""
    try:
        await publishing.arm_release(state_of(request).services, number, by=officer, seen=seen)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem)
    return _to(number, "armed")


@router.post("/{number}/disarm")
async def disarm_release(
    request: Request,
    number: Number,
    officer: MayStopReleases,
    translate: WordsOf,
    reason: Words = "",
) -> Response:
    """It stays approved, and is not published by itself."""
    try:
        await publishing.disarm_release(
            state_of(request).services, number, by=officer, reason=reason
        )
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "disarmed")


@router.post("/{number}/lift")
async def lift_early(
    request: Request,
    number: Number,
    officer: MayPublishReleasesFresh,
    translate: WordsOf,
    seen: Seen = "",
    reason: Words = "",
) -> Response:
    """Before the end of its embargo, with a reason."""
    try:
        await publishing.lift_early(
            state_of(request).services, number, by=officer, seen=seen, reason=reason
        )
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "published")


@router.post("/{number}/correct")
async def correct_release(
    request: Request, number: Number, officer: MayWriteReleases, translate: WordsOf
) -> Response:
    """Begin its correction, and go on to its texts."""
    try:
        correction = await writing.correct_release(state_of(request).services, number, by=officer)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem)
    return RedirectResponse(f"/releases/{correction.id}/edit", status_code=303)


@router.post("/{number}/withdraw")
async def withdraw_release(
    request: Request,
    number: Number,
    officer: MayWithdrawReleasesFresh,
    translate: WordsOf,
    reason: Words = "",
) -> Response:
    """After it was public, with a reason."""
    try:
        await publishing.withdraw_release(
            state_of(request).services, number, by=officer, reason=reason
        )
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "withdrawn")


@router.post("/{number}/discard")
async def discard_release(
    request: Request,
    number: Number,
    officer: MayWriteReleases,
    translate: WordsOf,
    reason: Words = "",
) -> Response:
    """Before it was public, with a reason."""
    try:
        await writing.discard_release(state_of(request).services, number, by=officer, reason=reason)
    except AlertingError as problem:
        return await _show(request, number, officer, translate, problem=problem, reason=reason)
    return _to(number, "discarded")


def _to(number: int, done: str) -> Response:
    return RedirectResponse(f"/releases/{number}?done={done}", status_code=303)


def _shown(typed: dict[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("was."): value for name, value in typed.items() if name.startswith("was.")
    }


def _new(
    request: Request,
    officer: Officer,
    translate: Translator,
    typed: dict[str, Any],
    *,
    problem: AlertingError | None = None,
) -> Response:
    return render_page(
        request,
        "press/new.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        typed={**getattr(request.state, "kept", {}), **typed},
        problem=translate.error(problem) if problem else "",
        **_about(translate),
    )


def _form(
    request: Request,
    view: ReleaseView,
    officer: Officer,
    translate: Translator,
    typed: dict[str, str],
    *,
    shown: dict[str, str],
    problem: AlertingError | None = None,
) -> Response:
    """`shown` is what the form is compared with when it comes back."""
    quotes, figures = rows(typed, view.release)
    return render_page(
        request,
        "press/edit.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        view=view,
        typed=typed,
        shown=shown,
        quotes=quotes,
        figures=figures,
        may_edit=view.state in WRITABLE,
        problem=translate.error(problem) if problem else "",
        conflict=isinstance(problem, ReleaseConflict),
        **_about(translate),
    )


async def _show(
    request: Request,
    number: int,
    officer: Officer,
    translate: Translator,
    *,
    done: str = "",
    problem: AlertingError | None = None,
    reason: str = "",
) -> Response:
    services = state_of(request).services
    view = await queries.get_release(services, number, by=officer)
    release = view.release
    works = officer.may(Permission.WRITE_RELEASES) or officer.may(Permission.REVIEW_RELEASES)
    own = works and release.authority == officer.authority.code
    waits = view.state in {ReleaseState.DRAFT, ReleaseState.RETURNED, ReleaseState.IN_REVIEW}
    found = await queries.review_findings(services, number, by=officer) if own and waits else ()
    mails = await queries.preview_messages(services, number, by=officer)
    return render_page(
        request,
        "press/release.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        view=view,
        mails=mails if not release.missing else (),
        findings=group_findings(found, translate),
        deliveries=await queries.list_mails(services, number, by=officer),
        delivery_states=STATE_NAMES,
        reasons=FAILURE_REASON_NAMES,
        area=services.gazetteer.area_name(release.area, translate.language),
        own=own,
        is_hand=officer.name in {*release.hands, release.submitter},
        done=translate(DONE[done]) if done in DONE else "",
        problem=translate.error(problem) if problem else "",
        reason=reason,
        **_about(translate),
    )


def _about(translate: Translator) -> dict[str, Any]:
    def title(release: Release) -> str:
        """In the reader's language where it has it, else in its first one that has a headline."""
        for language in (translate.language, *release.languages):
            if language in release.languages and release.text(language).headline:
                return headline_of(release, language)
        return ""

    return {
        "names": labels,
        "state_names": RELEASE_STATE_NAMES,
        "states": ReleaseState,
        "field_names": FIELD_NAMES,
        "max_chars": MAX_CHARS,
        "title_of": title,
    }
