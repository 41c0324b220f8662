"""Press releases for programs: written, reviewed, published, corrected, withdrawn."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from alerting.actions.press import publishing, queries, review, writing
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.alerts.preview_schemas import FindingOut
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.press.schemas import (
    EmbargoLiftIn,
    ReleaseChangesIn,
    ReleaseDeliveryOut,
    ReleaseIn,
    ReleaseMailOut,
    ReleaseOut,
    ReleaseReasonIn,
    ReleaseReviewIn,
    ReleaseSeenIn,
)
from alerting.web.api.problems import PROBLEMS
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
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/releases",
    tags=["press releases"],
    responses=PROBLEMS,
    route_class=RepeatableRoute,
)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]


@router.post("", status_code=201, summary="Begin a press release")
async def begin_release(
    request: Request, wanted: ReleaseIn, officer: MayWriteReleases
) -> ReleaseOut:
    """A draft in the languages that the law requires for its area."""
    services = state_of(request).services
    release = await writing.create_release(services, wanted.request(), by=officer)
    return await _shown(request, release.id, officer)


@router.get("", summary="Press releases, the newest first")
async def list_releases(
    request: Request, officer: MayRead, after: After = ""
) -> PageOut[ReleaseOut]:
    """Those that are public; before, those of one's own authority for who works on them."""
    page = await queries.list_releases(
        state_of(request).services, by=officer, before=read_number(after) or None
    )
    return page_out(page, ReleaseOut.of)


@router.get("/{number}", summary="A press release")
async def show_release(request: Request, number: Number, officer: MayRead) -> ReleaseOut:
    """With its texts, and what is missing in them."""
    return await _shown(request, number, officer)


@router.patch("/{number}", summary="Write in a press release")
async def save_release(
    request: Request, number: Number, typed: ReleaseChangesIn, officer: MayWriteReleases
) -> ReleaseOut:
    """Fields that others changed meanwhile stay; the same field changed by two is a conflict.

    An edit takes an approval back: nothing is published until it is approved again.
    """
    await writing.save_release(state_of(request).services, number, typed.changes(), by=officer)
    return await _shown(request, number, officer)


@router.get("/{number}/findings", summary="What the checks say about it")
async def list_findings(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> list[FindingOut]:
    """The most severe first."""
    found = await queries.review_findings(state_of(request).services, number, by=officer)
    return [FindingOut.of(finding, translate) for finding in found]


@router.get("/{number}/mails", summary="Its mails, in each language")
async def list_mails(request: Request, number: Number, officer: MayRead) -> list[ReleaseMailOut]:
    """As they would be sent now, or were."""
    found = await queries.preview_messages(state_of(request).services, number, by=officer)
    return [ReleaseMailOut.of(message) for message in found]


@router.get("/{number}/deliveries", summary="What became of each of its e-mails")
async def list_deliveries(
    request: Request, number: Number, officer: MayRead
) -> list[ReleaseDeliveryOut]:
    """By outlet, for its own authority; none before it is published."""
    found = await queries.list_mails(state_of(request).services, number, by=officer)
    return [ReleaseDeliveryOut.model_validate(mail) for mail in found]


@router.post("/{number}/submit", summary="Submit it for review")
async def submit_release(
    request: Request, number: Number, wanted: ReleaseReviewIn, officer: MayWriteReleases
) -> ReleaseOut:
    """Once it is complete in each of its languages."""
    await review.submit_release(
        state_of(request).services,
        number,
        by=officer,
        seen=wanted.fingerprint,
        reason=wanted.reason,
    )
    return await _shown(request, number, officer)


@router.post("/{number}/return", summary="Return it to be corrected")
async def return_release(
    request: Request, number: Number, wanted: ReleaseReasonIn, officer: MayReviewReleases
) -> ReleaseOut:
    """With a reason."""
    services = state_of(request).services
    await review.return_release(services, number, by=officer, reason=wanted.reason)
    return await _shown(request, number, officer)


@router.post("/{number}/approve", summary="Approve it as a second person")
async def approve_release(
    request: Request, number: Number, wanted: ReleaseReviewIn, officer: MayReviewReleasesFresh
) -> ReleaseOut:
    """By who neither wrote in it nor submitted it."""
    await review.approve_release(
        state_of(request).services,
        number,
        by=officer,
        seen=wanted.fingerprint,
        reason=wanted.reason,
    )
    return await _shown(request, number, officer)


@router.post("/{number}/publish", summary="Publish it now")
async def publish_release(
    request: Request, number: Number, wanted: ReleaseSeenIn, officer: MayPublishReleasesFresh
) -> ReleaseOut:
    """In all its languages at once; its e-mails are sent to newsrooms."""
    services = state_of(request).services
    await publishing.publish_release(services, number, by=officer, seen=wanted.fingerprint)
    return await _shown(request, number, officer)


@router.post("/{number}/arm", summary="Publish it at the end of its embargo")
async def arm_release(
    request: Request, number: Number, wanted: ReleaseSeenIn, officer: MayPublishReleasesFresh
) -> ReleaseOut:
    """By the clock of the database."""
    services = state_of(request).services
    await publishing.arm_release(services, number, by=officer, seen=wanted.fingerprint)
    return await _shown(request, number, officer)


@router.post("/{number}/disarm", summary="Do not publish it at the end of its embargo")
async def disarm_release(
    request: Request, number: Number, wanted: ReleaseReasonIn, officer: MayStopReleases
) -> ReleaseOut:
    """It stays approved."""
    services = state_of(request).services
    await publishing.disarm_release(services, number, by=officer, reason=wanted.reason)
    return await _shown(request, number, officer)


@router.post("/{number}/lift", summary="Lift its embargo early")
async def lift_early(
    request: Request, number: Number, wanted: EmbargoLiftIn, officer: MayPublishReleasesFresh
) -> ReleaseOut:
    """With a reason: events have overtaken it."""
    await publishing.lift_early(
        state_of(request).services,
        number,
        by=officer,
        seen=wanted.fingerprint,
        reason=wanted.reason,
    )
    return await _shown(request, number, officer)


@router.post("/{number}/correction", status_code=201, summary="Begin its correction")
async def correct_release(
    request: Request, number: Number, officer: MayWriteReleases
) -> ReleaseOut:
    """A draft with its words; it will be sent to those who had the earlier one."""
    correction = await writing.correct_release(state_of(request).services, number, by=officer)
    return await _shown(request, correction.id, officer)


@router.post("/{number}/withdraw", summary="Withdraw it after it was published")
async def withdraw_release(
    request: Request, number: Number, wanted: ReleaseReasonIn, officer: MayWithdrawReleasesFresh
) -> ReleaseOut:
    """Its page says so, and no more e-mail is sent."""
    services = state_of(request).services
    await publishing.withdraw_release(services, number, by=officer, reason=wanted.reason)
    return await _shown(request, number, officer)


@router.post("/{number}/discard", summary="Discard it before it was published")
async def discard_release(
    request: Request, number: Number, wanted: ReleaseReasonIn, officer: MayWriteReleases
) -> ReleaseOut:
    """It stays readable for who works on releases."""
    services = state_of(request).services
    await writing.discard_release(services, number, by=officer, reason=wanted.reason)
    return await _shown(request, number, officer)


async def _shown(request: Request, number: int, officer: MayRead) -> ReleaseOut:
    return ReleaseOut.of(await queries.get_release(state_of(request).services, number, by=officer))
