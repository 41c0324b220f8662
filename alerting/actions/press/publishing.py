"""Make a release public: at once, or when its embargo ends by the clock of the database."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerting.actions.press.guards import lock_release, record_on_release, require_whole
from alerting.compose.press.mail import release_messages
from alerting.domain.alert import IN_FORCE, AlertState
from alerting.domain.channel_profiles import PRESS
from alerting.domain.errors import (
    AlertingError,
    Changed,
    ClocksDiffer,
    EmbargoPassed,
    WaitsForEmbargo,
)
from alerting.domain.jobs import PlanChannel
from alerting.domain.ledger import SERVICE, Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.press.release import Release, ReleaseWithdrawal
from alerting.domain.press.states import ReleaseState
from alerting.domain.reason import reason_of
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.deliveries import planning as planning_rows
from alerting.store.press import releases as release_rows
from alerting.store.unit_of_work import UnitOfWork

MOST_APART = timedelta(seconds=1)
"""By which the clocks of this process and of the database may differ where an embargo is kept."""
LOOK_EVERY = 1.0
"""Seconds between looks for an embargo; where one ends sooner, it is waited for."""
PUBLISH = msgid("publish")
ARM = msgid("publish at the end of the embargo")

log = structlog.get_logger()


async def publish_release(services: Services, number: int, *, by: Officer, seen: str) -> Release:
    """Make an approved release public now, in all its languages, and have its mails sent.

    What has an embargo that did not end is armed, or lifted early with a reason: WaitsForEmbargo.
    """
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.PUBLISH_RELEASES,
            PUBLISH,
            by=by,
            among={ReleaseState.APPROVED},
            seen=seen,
        )
        until = release.embargo_until
        if until is not None and until > await release_rows.now_of(unit.connection):
            raise WaitsForEmbargo(release=number, until=until)
        return await _publish(services, unit, release, "release.published", by=by)


async def arm_release(services: Services, number: int, *, by: Officer, seen: str) -> Release:
    """Have an approved release become public when its embargo ends.

    Refused (ClocksDiffer) where the clocks of this process and of the database differ by more than
    a second, and where the embargo has ended (EmbargoPassed).
    """
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.PUBLISH_RELEASES,
            ARM,
            by=by,
            among={ReleaseState.APPROVED},
            seen=seen,
        )
        _require_approved(release)
        now = await release_rows.now_of(unit.connection)
        apart = abs(services.now() - now)
        if apart > MOST_APART:
            raise ClocksDiffer(seconds=round(apart.total_seconds()))
        until = release.embargo_until
        if until is None or until <= now:
            raise EmbargoPassed(release=number, until=until or now)
        armed = await release_rows.save(
            unit.connection,
            replace(
                release,
                state=AlertState.SCHEDULED,
                armed_at=now,
                messages=release_messages(services.composer.layouts, release, at=until),
            ),
        )
        more = {"embargo_until": until.isoformat()}
        await record_on_release(unit, armed, "release.armed", by=by, at=services.now(), more=more)
    return armed


async def disarm_release(services: Services, number: int, *, by: Officer, reason: str) -> Release:
    """Back to approved: nothing becomes public by itself any more."""
    reason = reason_of(reason, needed=True)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.PUBLISH_RELEASES,
            msgid("cancel the publication at the end of the embargo"),
            by=by,
            among={ReleaseState.ARMED},
            seen=None,
        )
        disarmed = await release_rows.save(
            unit.connection,
            replace(release, state=AlertState.APPROVED, armed_at=None, messages=()),
        )
        more = {"reason": reason}
        await record_on_release(
            unit, disarmed, "release.disarmed", by=by, at=services.now(), more=more
        )
    return disarmed


async def lift_early(
    services: Services, number: int, *, by: Officer, seen: str, reason: str
) -> Release:
    """Publish before the embargo ends, with a reason: events have overtaken it."""
    reason = reason_of(reason, needed=True)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.PUBLISH_RELEASES,
            msgid("lift the embargo"),
            by=by,
            among={ReleaseState.APPROVED, ReleaseState.ARMED},
            seen=seen,
        )
        return await _publish(
            services, unit, release, "release.lifted-early", by=by, more={"reason": reason}
        )


async def lift_due(services: Services) -> float:
    """Publish what is armed and whose embargo has ended; the seconds until it is worth a look.

    The clock is that of the database, read in the transaction that publishes: a process whose own
    is ahead asks more often, and publishes nothing. Running it twice, or at once, is harmless.
    """
    async with services.reading() as reading:
        first = await release_rows.next_embargo(reading.connection)
        if first is None:
            return LOOK_EVERY
        number, until = first
        left = (until - await release_rows.now_of(reading.connection)).total_seconds()
    if left > LOOK_EVERY:
        return LOOK_EVERY
    if left > 0:
        return left
    try:
        await _lift(services, number)
    except AlertingError as problem:
        await _put_back(services, number, problem)
    return 0.0


async def keep_lifting(services: Services) -> None:
    """`lift_due`, and the wait until the next look at it."""
    await asyncio.sleep(await lift_due(services))


async def withdraw_release(services: Services, number: int, *, by: Officer, reason: str) -> Release:
    """Take back a release that is public: its page says so, and no more mail leaves."""
    reason = reason_of(reason, needed=True)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.WITHDRAW_RELEASES,
            msgid("withdraw"),
            by=by,
            among={ReleaseState.RELEASED, ReleaseState.CORRECTED},
            seen=None,
        )
        now = services.now()
        withdrawn = await release_rows.save(
            unit.connection,
            replace(
                release,
                state=_over(release, AlertState.CANCELLED),
                withdrawal=ReleaseWithdrawal(by=by.name, at=now, reason=reason),
            ),
        )
        more = {"reason": reason}
        await record_on_release(unit, withdrawn, "release.withdrawn", by=by, at=now, more=more)
    return withdrawn


async def _lift(services: Services, number: int) -> None:
    async with services.unit() as unit:
        release = await release_rows.load(unit.connection, number, lock=True)
        until, now = release.embargo_until, await release_rows.now_of(unit.connection)
        if release.armed_at is None or release.released_at or until is None or now < until:
            return  # somebody was quicker
        await _publish(services, unit, release, "release.published", by=SERVICE)


async def _put_back(services: Services, number: int, problem: AlertingError) -> None:
    """What cannot be published any more is approved no longer, and armed neither."""
    async with services.unit() as unit:
        release = await release_rows.load(unit.connection, number, lock=True)
        if release.armed_at is None or release.released_at:
            return
        draft = await release_rows.save(unit.connection, release.unapproved(AlertState.DRAFT))
        more = {"problem": problem.code}
        await record_on_release(
            unit, draft, "release.not-published", by=SERVICE, at=services.now(), more=more
        )


async def _publish(
    services: Services,
    unit: UnitOfWork,
    release: Release,
    what: str,
    *,
    by: Officer | Actor,
    more: dict[str, object] | None = None,
) -> Release:
    """Make public a release that is held, and whose approval stands: every act ends here."""
    _require_approved(release)
    require_whole(release)
    now = services.now()
    public_at = await release_rows.now_of(unit.connection)
    messages = release.messages or release_messages(
        services.composer.layouts, release, at=public_at
    )
    if release.previous_release is not None:
        await _take_the_place(unit, release, at=now, by=by)
    published = await release_rows.save(
        unit.connection,
        replace(
            release,
            state=AlertState.SENDING,
            released_at=public_at,
            sent_at=now,
            messages=messages,
        ),
    )
    await planning_rows.begin(unit.connection, unit.database, release.id, PRESS.name)
    unit.after_commit(PlanChannel(release.id, PRESS.name))
    await record_on_release(unit, published, what, by=by, at=now, more=more)
    return published


async def _take_the_place(
    unit: UnitOfWork, release: Release, *, at: datetime, by: Officer | Actor
) -> None:
    """No more mail of what is corrected leaves; its page says where the correction is."""
    assert release.previous_release is not None  # noqa: S101  see `_publish`
    earlier = await release_rows.load(unit.connection, release.previous_release, lock=True)
    left = await release_rows.save(
        unit.connection, replace(earlier, state=_over(earlier, AlertState.UPDATED))
    )
    more = {"correction": release.id}
    await record_on_release(unit, left, "release.corrected", by=by, at=at, more=more)


def _over(release: Release, state: AlertState) -> AlertState:
    """The state of a sending that is over; one that is over already keeps its own."""
    return state if release.state in IN_FORCE else release.state


def _require_approved(release: Release) -> None:
    if release.fingerprint() != release.approved_fingerprint:
        raise Changed(alert=release.id)
