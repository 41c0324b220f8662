"""Rows and queries for what is being composed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import IN_FORCE, UNSENT, AlertClass, FollowUp
from alerting.domain.composition import Composition
from alerting.store.tables import composition, sending


async def add(
    connection: AsyncConnection,
    *,
    author: str,
    authority: str,
    alert_class: AlertClass,
    content: Mapping[str, Any],
    at: datetime,
    alert_id: int | None = None,
    copied_from: int | None = None,
    changes_alert: int | None = None,
    changes_from: str = "",
    follows_alert: int | None = None,
    follow_up: FollowUp | None = None,
    hands: Collection[str] = (),
) -> Composition:
    """Begin one. `hands` wrote in what it is begun from."""
    row = {
        "version": 1,
        "author": author,
        "authority": authority,
        "writer": author,
        "hands": sorted({author, *hands}),
        "alert_class": alert_class,
        "alert_id": alert_id,
        "copied_from": copied_from,
        "changes_alert": changes_alert,
        "changes_from": changes_from,
        "follows_alert": follows_alert,
        "follow_up": follow_up or "",
        "content": dict(content),
        "created_at": at,
        "updated_at": at,
    }
    made = await connection.execute(sa.insert(composition).values(**row).returning(composition))
    return _composition(made.mappings().one())


async def load(
    connection: AsyncConnection, number: int, *, lock: bool = False
) -> Composition | None:
    """One composition, or None; with `lock` nobody else writes it until commit."""
    query = sa.select(composition).where(composition.c.id == number)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    return _composition(row) if row else None


async def write(
    connection: AsyncConnection,
    number: int,
    *,
    seen: int,
    writer: str,
    content: Mapping[str, Any],
    at: datetime,
) -> Composition | None:
    """Replace the content; None where it is not in the version that was seen any more."""
    here = (composition.c.id == number, composition.c.version == seen)
    hands = set(await connection.scalar(sa.select(composition.c.hands).where(*here)) or ())
    done = await connection.execute(
        sa.update(composition)
        .where(*here)
        .values(
            version=seen + 1,
            writer=writer,
            hands=sorted(hands | {writer}),
            content=dict(content),
            updated_at=at,
        )
        .returning(composition)
    )
    row = done.mappings().first()
    return _composition(row) if row else None


async def words_of(connection: AsyncConnection, alert_id: int, author: str) -> Composition | None:
    """The words one officer is changing in one draft; one at a time for whoever holds the alert."""
    query = sa.select(composition).where(
        composition.c.alert_id == alert_id, composition.c.author == author
    )
    row = (await connection.execute(query)).mappings().first()
    return _composition(row) if row else None


async def changing(
    connection: AsyncConnection, alert_id: int, authority: str
) -> Composition | None:
    """The one an authority changes an alert with; one at a time for whoever holds the alert."""
    query = sa.select(composition).where(
        composition.c.changes_alert == alert_id, composition.c.authority == authority
    )
    row = (await connection.execute(query)).mappings().first()
    return _composition(row) if row else None


async def following(
    connection: AsyncConnection, alert_id: int, follow_up: FollowUp, authority: str
) -> Composition | None:
    """The one an authority prepares a follow-up with; one at a time for whoever holds the alert."""
    query = sa.select(composition).where(
        composition.c.follows_alert == alert_id,
        composition.c.follow_up == follow_up,
        composition.c.authority == authority,
    )
    row = (await connection.execute(query)).mappings().first()
    return _composition(row) if row else None


async def delete_composition(connection: AsyncConnection, number: int) -> bool:
    """Delete a composition; False where it was gone."""
    done = await connection.execute(sa.delete(composition).where(composition.c.id == number))
    return bool(done.rowcount)


async def compositions(
    connection: AsyncConnection, authorities: Collection[str] | None, limit: int = 20
) -> list[Composition]:
    """What is no alert yet, of some authorities or all; the last touched first.

    Changes of an alert that is sent, or over, are of no use to anybody; nor are follow-ups of one
    that is over, or was followed.
    """
    changeable = sa.select(sending.c.id).where(sending.c.state.in_(sorted(UNSENT)))
    in_force = sa.select(sending.c.id).where(sending.c.state.in_(sorted(IN_FORCE)))
    query = (
        sa.select(composition)
        .where(
            composition.c.alert_id.is_(None),
            sa.or_(
                composition.c.changes_alert.is_(None), composition.c.changes_alert.in_(changeable)
            ),
            sa.or_(
                composition.c.follows_alert.is_(None), composition.c.follows_alert.in_(in_force)
            ),
            *_of(authorities),
        )
        .order_by(composition.c.updated_at.desc(), composition.c.id.desc())
        .limit(limit)
    )
    return [_composition(row) for row in (await connection.execute(query)).mappings()]


def _of(authorities: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if authorities is None else [composition.c.authority.in_(sorted(authorities))]


def _composition(row: sa.RowMapping) -> Composition:
    how = row["follow_up"]
    return Composition(
        **{
            **row,
            "alert_class": AlertClass(row["alert_class"]),
            "follow_up": FollowUp(how) if how else None,
        }
    )
