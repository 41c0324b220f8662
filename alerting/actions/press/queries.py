"""Read releases: one's own before they are public, everybody's after."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.press.guards import current_state
from alerting.checks.check_input import CheckInput
from alerting.checks.press import check_release, messages_of
from alerting.compose.press.mail import release_messages
from alerting.domain.authority import Authority
from alerting.domain.channel_profiles import PRESS
from alerting.domain.errors import NotFound
from alerting.domain.finding import Finding
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page
from alerting.domain.press.release import Release, ReleaseMail
from alerting.domain.press.states import ReleaseState, state_of
from alerting.domain.sending import KINDS, SendingKind
from alerting.services import Services
from alerting.store.press import releases as release_rows

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """A release with what it is called."""

    release: Release
    state: ReleaseState


def may_read(release: Release, *, by: Officer) -> bool:
    """Before it is public, only who writes or reviews releases of that authority reads it."""
    works_on_it = by.may(Permission.WRITE_RELEASES) or by.may(Permission.REVIEW_RELEASES)
    own = release.authority == by.authority.code
    return release.released_at is not None or (own and works_on_it)


async def get_release(services: Services, number: int, *, by: Officer) -> ReleaseView:
    """One of them; NotFound where it may not be read, as where there is none."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        release = await release_rows.load(reading.connection, number)
        if not may_read(release, by=by):
            raise NotFound(what=KINDS[SendingKind.RELEASE].called, number=number)
        return ReleaseView(release=release, state=await current_state(reading, release))


async def list_releases(
    services: Services, *, by: Officer, before: int | None = None, limit: int = PAGE_SIZE
) -> Page[ReleaseView, int]:
    """Those the officer may read, the newest first, from below a number."""
    by.must(Permission.READ)
    works = by.may(Permission.WRITE_RELEASES) or by.may(Permission.REVIEW_RELEASES)
    async with services.reading() as reading:
        found = await release_rows.page(
            reading.connection,
            authority=by.authority.code if works else None,
            before=before,
            limit=limit,
        )
        followed = await release_rows.corrected(
            reading.connection, [release.id for release in found.items]
        )
    return Page(
        [
            ReleaseView(release=one, state=state_of(one, corrected=one.id in followed))
            for one in found.items
        ],
        found.next,
    )


async def preview_messages(services: Services, number: int, *, by: Officer) -> Sequence[Message]:
    """The mails of a release as they would leave, or left."""
    release = (await get_release(services, number, by=by)).release
    if release.messages:
        return release.messages
    at = release.embargo_until or services.now()
    return release_messages(services.composer.layouts, release, at=at)


async def list_mails(services: Services, number: int, *, by: Officer) -> Sequence[ReleaseMail]:
    """What became of each mail of a release; none before it is public, and none for others than
    its own authority.
    """
    release = (await get_release(services, number, by=by)).release
    if release.authority != by.authority.code:
        return ()
    async with services.reading() as reading:
        return await release_rows.mails(reading.connection, number)


async def review_findings(services: Services, number: int, *, by: Officer) -> Sequence[Finding]:
    """What the checks say about a release, the gravest first."""
    release = (await get_release(services, number, by=by)).release
    return await findings_of(services, release, by=by)


async def findings_of(services: Services, release: Release, *, by: Officer) -> Sequence[Finding]:
    """What the checks say about a release that was loaded."""
    async with services.checks.stored.turn(by.name) as turn:
        return await turn.in_thread(lambda: _findings(services, release, by.authority))


def _findings(services: Services, release: Release, authority: Authority) -> Sequence[Finding]:
    sender = authorization.sender_of(services, authority)
    subject = CheckInput(
        messages=messages_of(release),
        required=release.languages,
        alert_class=release.release_class,
        now=services.now(),
        expires_at=services.now(),
        channels=(PRESS.name,),
        places=text_checks.area_names(services, release.area),
        allowed_hosts=sender.hosts,
    )
    return check_release(release, subject)
