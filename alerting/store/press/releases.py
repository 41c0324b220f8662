"""Rows and queries for press releases."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import AlertClass, AlertState, Precedence, UnreachedPolicy
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.errors import NotFound
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.page import Page, page_of
from alerting.domain.press.release import (
    Release,
    ReleaseMail,
    ReleaseText,
    ReleaseWithdrawal,
)
from alerting.domain.sending import KINDS, Sending, SendingKind
from alerting.store import sendings as sending_rows
from alerting.store.tables import delivery, recipient, release, release_text, sending

MAIL_LASTS = timedelta(days=2)
"""Mail servers that cannot be reached are tried for so long."""
UNSENT_LASTS = timedelta(days=3650)
"""A release that was not published has no end; a sending has one."""


async def now_of(connection: AsyncConnection) -> datetime:
    """What the clock of the database says, not when its transaction began."""
    if connection.dialect.name == "sqlite":
        text = await connection.scalar(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    moment: datetime = (await connection.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
    return moment.astimezone(UTC)


async def add(connection: AsyncConnection, wanted: Release) -> Release:
    """Keep a new one, a draft; it comes back with its number."""
    number = await sending_rows.insert(connection, _sending_of(wanted))
    stored = replace(wanted, id=number)
    await connection.execute(sa.insert(release).values(id=number, **_row(stored)))
    return stored


async def save(connection: AsyncConnection, wanted: Release) -> Release:
    """Write a changed one, provided its state may follow the one that stands: else WrongState."""
    await sending_rows.change(connection, _sending_of(wanted))
    await connection.execute(
        sa.update(release).where(release.c.id == wanted.id).values(**_row(wanted))
    )
    return wanted


async def save_texts(
    connection: AsyncConnection,
    wanted: Release,
    languages: Collection[Language],
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep the texts of these languages under the revision of the release."""
    rows = [
        {
            "release_id": wanted.id,
            "language": language,
            "revision": wanted.revision,
            "content": wanted.text(language).as_json(),
            "saved_by": by,
            "saved_at": at,
        }
        for language in sorted(languages)
    ]
    if rows:
        await connection.execute(sa.insert(release_text), rows)


async def load(
    connection: AsyncConnection, number: int, *, own: str | None = None, lock: bool = False
) -> Release:
    """One of them; NotFound also where it is not of the authority `own`.

    `lock` holds it until the commit: both rows, since PostgreSQL reads anew, after it had to wait,
    only those that it locks.
    """
    query = _whole().where(release.c.id == number)
    if own is not None:
        query = query.where(release.c.authority == own)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=KINDS[SendingKind.RELEASE].called, number=number)
    return _release(row, (await texts_of(connection, [number]))[number])


async def texts_of(
    connection: AsyncConnection, numbers: Collection[int], *, upto: int | None = None
) -> dict[int, dict[Language, ReleaseText]]:
    """By release, its texts as they stand, or stood at revision `upto`."""
    newest = sa.select(
        release_text.c.release_id,
        release_text.c.language,
        sa.func.max(release_text.c.revision).label("revision"),
    ).where(release_text.c.release_id.in_(sorted(numbers)))
    if upto is not None:
        newest = newest.where(release_text.c.revision <= upto)
    last = newest.group_by(release_text.c.release_id, release_text.c.language).subquery()
    query = sa.select(release_text).join(
        last,
        sa.and_(
            release_text.c.release_id == last.c.release_id,
            release_text.c.language == last.c.language,
            release_text.c.revision == last.c.revision,
        ),
    )
    found: dict[int, dict[Language, ReleaseText]] = {number: {} for number in numbers}
    for row in (await connection.execute(query)).mappings():
        language = Language(row["language"])
        found[row["release_id"]][language] = ReleaseText.of_json(row["content"])
    return found


async def last_writers(connection: AsyncConnection, number: int, since: int) -> list[str]:
    """Who saved a text of a release after a revision, by name."""
    query = (
        sa.select(release_text.c.saved_by)
        .where(release_text.c.release_id == number, release_text.c.revision > since)
        .distinct()
        .order_by(release_text.c.saved_by)
    )
    return list(await connection.scalars(query))


async def page(
    connection: AsyncConnection, *, authority: str | None, before: int | None, limit: int
) -> Page[Release, int]:
    """Those that are public and all of an authority, the newest first."""
    readable = sa.or_(release.c.authority == authority, release.c.released_at.is_not(None))
    query = _whole().where(readable).order_by(release.c.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(release.c.id < before)
    found = await _all(connection, query)
    return page_of(found, limit, lambda one: one.id)


async def published(connection: AsyncConnection) -> list[Release]:
    """All that are or were public, the newest first: the one query for what everybody reads."""
    query = (
        _whole()
        .where(release.c.released_at.is_not(None))
        .order_by(release.c.released_at.desc(), release.c.id.desc())
    )
    return await _all(connection, query)


async def mails(connection: AsyncConnection, number: int) -> list[ReleaseMail]:
    """What became of each mail of a release, by outlet."""
    query = (
        sa.select(
            recipient.c.outlet,
            delivery.c.language,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.settled_at,
        )
        .join_from(delivery, recipient, recipient.c.id == delivery.c.recipient_id)
        .where(delivery.c.sending_id == number)
        .order_by(recipient.c.outlet, delivery.c.recipient_id)
    )
    return [
        ReleaseMail(
            outlet=row.outlet,
            language=Language(row.language),
            state=State(row.state),
            failure_reason=FailureReason(row.failure_reason) if row.failure_reason else None,
            settled_at=row.settled_at,
        )
        for row in await connection.execute(query)
    ]


async def followers(connection: AsyncConnection, number: int) -> list[Release]:
    """The corrections of a release, public or not, the oldest first."""
    query = _whole().where(sending.c.previous_sending == number).order_by(release.c.id)
    return await _all(connection, query)


async def corrected(connection: AsyncConnection, numbers: Collection[int]) -> frozenset[int]:
    """Those of these that a public release corrects."""
    query = (
        sa.select(sending.c.previous_sending)
        .join_from(release, sending, sending.c.id == release.c.id)
        .where(sending.c.previous_sending.in_(sorted(numbers)), release.c.released_at.is_not(None))
    )
    return frozenset(await connection.scalars(query))


async def next_embargo(connection: AsyncConnection) -> tuple[int, datetime] | None:
    """The armed release whose embargo ends first, and when; None where none is armed."""
    query = (
        sa.select(release.c.id, release.c.embargo_until)
        .where(release.c.armed_at.is_not(None), release.c.released_at.is_(None))
        .order_by(release.c.embargo_until, release.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row.id, row.embargo_until)


async def _all(connection: AsyncConnection, query: sa.Select[Any]) -> list[Release]:
    rows = (await connection.execute(query)).mappings().all()
    texts = await texts_of(connection, [row["id"] for row in rows])
    return [_release(row, texts[row["id"]]) for row in rows]


def _whole() -> sa.Select[Any]:
    return sa.select(
        release,
        sending.c.state,
        sending.c.sending_class,
        sending.c.previous_sending,
        sending.c.created_at,
        sending.c.sent_at,
        sending.c.finished_at,
        sending.c.fingerprint,
    ).join_from(release, sending, sending.c.id == release.c.id)


def _sending_of(wanted: Release) -> Sending:
    """What the engine knows of it. Its end is that of its mail."""
    began = wanted.sent_at
    return Sending(
        id=wanted.id,
        kind=SendingKind.RELEASE,
        state=wanted.state,
        sending_class=wanted.release_class,
        precedence=Precedence.ROUTINE,
        previous_sending=wanted.previous_release,
        # A correction means nothing to whom nobody sent what it corrects.
        unreached_policy=UnreachedPolicy.SKIP
        if wanted.previous_release
        else UnreachedPolicy.INCLUDE,
        created_at=wanted.created_at,
        expires_at=began + MAIL_LASTS if began else wanted.created_at + UNSENT_LASTS,
        fingerprint=wanted.approved_fingerprint,
        sent_at=began,
        finished_at=wanted.finished_at,
    )


def _row(wanted: Release) -> dict[str, Any]:
    withdrawal = wanted.withdrawal
    return {
        "authority": wanted.authority,
        "author": wanted.author,
        "hands": sorted(wanted.hands),
        "area": list(wanted.area),
        "topics": list(wanted.topics),
        "languages": list(wanted.languages),
        "alert_id": wanted.alert,
        "embargo_until": wanted.embargo_until,
        "revision": wanted.revision,
        "submitter": wanted.submitter,
        "submitted_at": wanted.submitted_at,
        "approver": wanted.approver,
        "approved_at": wanted.approved_at,
        "returned_reason": wanted.returned_reason,
        "armed_at": wanted.armed_at,
        "released_at": wanted.released_at,
        "messages": [asdict(message) for message in wanted.messages],
        "changed": dict(wanted.changed),
        "withdrawn_by": withdrawal.by if withdrawal else "",
        "withdrawn_at": withdrawal.at if withdrawal else None,
        "withdrawn_reason": withdrawal.reason if withdrawal else "",
    }


def _release(row: sa.RowMapping, texts: Mapping[Language, ReleaseText]) -> Release:
    withdrawn = row["withdrawn_at"]
    return Release(
        id=row["id"],
        authority=row["authority"],
        state=AlertState(row["state"]),
        release_class=AlertClass(row["sending_class"]),
        author=row["author"],
        hands=tuple(row["hands"]),
        area=tuple(row["area"]),
        topics=tuple(row["topics"]),
        alert=row["alert_id"],
        languages=tuple(Language(one) for one in row["languages"]),
        texts=texts,
        revision=row["revision"],
        embargo_until=row["embargo_until"],
        created_at=row["created_at"],
        submitter=row["submitter"],
        submitted_at=row["submitted_at"],
        approver=row["approver"],
        approved_at=row["approved_at"],
        approved_fingerprint=row["fingerprint"],
        returned_reason=row["returned_reason"],
        armed_at=row["armed_at"],
        released_at=row["released_at"],
        sent_at=row["sent_at"],
        finished_at=row["finished_at"],
        previous_release=row["previous_sending"],
        messages=tuple(
            Message(**{**one, "language": Language(one["language"])}) for one in row["messages"]
        ),
        changed={Language(one): words for one, words in row["changed"].items()},
        withdrawal=ReleaseWithdrawal(
            by=row["withdrawn_by"], at=withdrawn, reason=row["withdrawn_reason"]
        )
        if withdrawn
        else None,
    )
