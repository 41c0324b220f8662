"""What every act on a release begins and ends with: hold it, check it, record it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from alerting.actions import authorization
from alerting.domain.errors import (
    NeedsSecondPerson,
    ReleaseIncomplete,
    ReleaseNotReady,
    ReleaseOutdated,
)
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.press.release import FIELD_IN, FIELD_NAMES, Release
from alerting.domain.press.states import RELEASE_STATE_NAMES, ReleaseState, state_of
from alerting.domain.text.i18n import Phrase, Phrases, msgid
from alerting.services import Services
from alerting.store.press import releases as release_rows
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

CHANGED_FIELD = msgid("What changes")
HAD_A_HAND = msgid(
    "{officer} wrote in press release {release} or submitted it, so {officer} cannot review it."
)


def about(release: Release) -> str:
    """How the ledger names it."""
    return f"release/{release.id}"


async def lock_release(
    services: Services,
    unit: UnitOfWork,
    number: int,
    permission: Permission,
    act: str,
    *,
    by: Officer,
    among: Collection[ReleaseState],
    seen: str | None,
) -> Release:
    """The release, held until the commit, if the officer may act on it, and it is what was `seen`.

    `seen` is the fingerprint of what the officer read; None where nothing is answered for. Raises
    NotFound (also of another authority's), NotAllowed, OutsideTerritory, ReleaseNotReady and
    ReleaseOutdated.
    """
    by.must(permission)
    release = await release_rows.load(unit.connection, number, own=by.authority.code, lock=True)
    authorization.require_permission(services, permission, release.area, by=by)
    by.must_mean(release.release_class, training=services.training)
    state = await current_state(unit, release)
    if state not in among:
        raise ReleaseNotReady(release=number, state=RELEASE_STATE_NAMES[state], act=act)
    if seen is not None and seen != release.fingerprint():
        raise ReleaseOutdated(release=number)
    return release


async def current_state(reading: ReadTransaction, release: Release) -> ReleaseState:
    """What it is called now."""
    public = release.released_at is not None
    followed = public and bool(await release_rows.corrected(reading.connection, [release.id]))
    return state_of(release, corrected=followed)


def require_other_person(release: Release, *, by: Officer) -> None:
    """NeedsSecondPerson where the officer wrote in it or submitted it."""
    if by.name in {*release.hands, release.author, release.submitter}:
        raise NeedsSecondPerson(HAD_A_HAND, release=release.id, officer=by.name)


def require_whole(release: Release) -> None:
    """ReleaseIncomplete where a language lacks a field that it needs."""
    if missing := release.missing:
        told = Phrases(
            tuple(
                Phrase(
                    FIELD_IN,
                    {"field": FIELD_NAMES.get(name, CHANGED_FIELD), "language": language},
                )
                for language, names in missing.items()
                for name in names
            )
        )
        raise ReleaseIncomplete(release=release.id, missing=told)


async def record_on_release(
    unit: UnitOfWork,
    release: Release,
    what: str,
    *,
    by: Officer | Actor,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Into the ledger: which revision, and its fingerprint; never a word of it, which everybody
    who reads the ledger would have before it is public.
    """
    details: dict[str, Any] = {
        "revision": release.revision,
        "fingerprint": release.fingerprint(),
        **({"role": by.role, "authority": by.authority.code} if isinstance(by, Officer) else {}),
        **(more or {}),
    }
    await unit.record(what, by=by, about=about(release), at=at, details=details)
