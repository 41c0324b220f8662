"""Submit a release, return it, approve it as a second person."""

from collections.abc import Sequence
from dataclasses import replace

from alerting.actions.press.guards import (
    lock_release,
    record_on_release,
    require_other_person,
    require_whole,
)
from alerting.actions.press.queries import findings_of, get_release
from alerting.domain.alert import AlertState
from alerting.domain.errors import ReleaseBlocked, ReleaseOutdated
from alerting.domain.finding import NEVER_OVERRIDDEN, Finding, FindingSeverity
from alerting.domain.officer import Officer, Permission
from alerting.domain.press.release import Release
from alerting.domain.press.states import ReleaseState
from alerting.domain.reason import reason_of
from alerting.domain.text.i18n import Phrase, Phrases, msgid
from alerting.services import Services
from alerting.store.press import releases as release_rows


async def submit_release(
    services: Services, number: int, *, by: Officer, seen: str, reason: str = ""
) -> Release:
    """Ask for a review. ReleaseIncomplete where a needed field is empty in one of its languages.

    What the checks block goes on with a reason only (ReleaseBlocked), which the reviewer reads;
    some findings no reason lifts.
    """
    reason = reason_of(reason)
    first = (await get_release(services, number, by=by)).release
    findings = await findings_of(services, first, by=by)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.WRITE_RELEASES,
            msgid("submit"),
            by=by,
            among={ReleaseState.DRAFT, ReleaseState.RETURNED},
            seen=seen,
        )
        require_whole(release)
        more = require_unblocked(release, first, findings, reason)
        now = services.now()
        submitted = await release_rows.save(
            unit.connection,
            replace(
                release,
                state=AlertState.IN_REVIEW,
                submitter=by.name,
                submitted_at=now,
                returned_reason="",
            ),
        )
        await record_on_release(unit, submitted, "release.submitted", by=by, at=now, more=more)
    return submitted


async def return_release(services: Services, number: int, *, by: Officer, reason: str) -> Release:
    """Give it back to be corrected, with a reason; an embargo ends nothing any more."""
    reason = reason_of(reason, needed=True)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.REVIEW_RELEASES,
            msgid("return"),
            by=by,
            among={ReleaseState.IN_REVIEW, ReleaseState.APPROVED},
            seen=None,
        )
        returned = await release_rows.save(
            unit.connection,
            replace(release.unapproved(AlertState.RETURNED), returned_reason=reason),
        )
        more = {"reason": reason}
        await record_on_release(
            unit, returned, "release.returned", by=by, at=services.now(), more=more
        )
    return returned


async def approve_release(
    services: Services, number: int, *, by: Officer, seen: str, reason: str = ""
) -> Release:
    """Vouch for it, as somebody who neither wrote in it nor submitted it."""
    reason = reason_of(reason)
    first = (await get_release(services, number, by=by)).release
    findings = await findings_of(services, first, by=by)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.REVIEW_RELEASES,
            msgid("approve"),
            by=by,
            among={ReleaseState.IN_REVIEW},
            seen=seen,
        )
        require_other_person(release, by=by)
        require_whole(release)
        more = require_unblocked(release, first, findings, reason)
        now = services.now()
        approved = await release_rows.save(
            unit.connection,
            replace(
                release,
                state=AlertState.APPROVED,
                approver=by.name,
                approved_at=now,
                approved_fingerprint=release.fingerprint(),
            ),
        )
        await record_on_release(unit, approved, "release.approved", by=by, at=now, more=more)
    return approved


def require_unblocked(
    release: Release, looked_at: Release, findings: Sequence[Finding], reason: str
) -> dict[str, object]:
    """What the ledger says of what was accepted: `{"accepted", "reason"}`, or nothing.

    ReleaseBlocked where something must be corrected first; ReleaseOutdated where other words were
    checked.
    """
    if release.fingerprint() != looked_at.fingerprint():
        raise ReleaseOutdated(release=release.id)
    blocking = [one for one in findings if one.severity is FindingSeverity.BLOCKS]
    for_good = [one for one in blocking if one.rule in NEVER_OVERRIDDEN]
    if for_good or (blocking and not reason):
        problems = Phrases(tuple(Phrase(one.says, one.facts) for one in for_good or blocking))
        raise ReleaseBlocked(release=release.id, problems=problems)
    if not blocking:
        return {}
    return {"accepted": sorted({one.rule for one in blocking}), "reason": reason}
