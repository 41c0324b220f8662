"""Rows and queries for an authority's own wording of scenarios."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.template_version import TemplateVersion
from alerting.store.database import each_of
from alerting.store.tables import template_version, template_version_run


async def add(
    connection: AsyncConnection,
    *,
    scenario: str,
    file: str,
    content: str,
    author: str,
    created_at: datetime,
) -> int:
    """Keep a proposal; its number comes back."""
    number: int = (
        await connection.execute(
            sa.insert(template_version)
            .values(
                scenario=scenario,
                file=file,
                content=content,
                author=author,
                created_at=created_at,
            )
            .returning(template_version.c.id)
        )
    ).scalar_one()
    return number


async def add_runs(connection: AsyncConnection, number: int, runs: Collection[int]) -> None:
    """Note what a version adds to what is in force while it is proposed."""
    if runs:
        await connection.execute(
            sa.insert(template_version_run),
            [{"run": run, "version_id": number} for run in sorted(runs)],
        )


async def authors(connection: AsyncConnection, runs: Collection[int]) -> frozenset[str]:
    """Whose versions, of any scenario, added any of these runs of words."""
    sought = each_of(connection, runs, template_version_run.c.run.type)
    added = sa.select(template_version_run.c.version_id).where(
        template_version_run.c.run.in_(sought)
    )
    query = sa.select(template_version.c.author).where(template_version.c.id.in_(added))
    return frozenset(await connection.scalars(query))


async def load(
    connection: AsyncConnection, number: int, *, lock: bool = False
) -> TemplateVersion | None:
    """One version; with `lock` held until commit."""
    query = sa.select(template_version).where(template_version.c.id == number)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    return TemplateVersion(**row) if row else None


async def before(connection: AsyncConnection, version: TemplateVersion) -> str | None:
    """What was in force when this version was approved, or is while it is proposed."""
    query = (
        sa.select(template_version.c.content)
        .where(
            template_version.c.scenario == version.scenario,
            template_version.c.file == version.file,
            template_version.c.approved_at.is_not(None),
            template_version.c.id != version.id,
        )
        .order_by(template_version.c.approved_at.desc(), template_version.c.id.desc())
        .limit(1)
    )
    if version.approved_at is not None:
        query = query.where(template_version.c.approved_at <= version.approved_at)
    return await connection.scalar(query)


async def approve(
    connection: AsyncConnection, number: int, *, approver: str, approved_at: datetime
) -> None:
    """Note who vouches for a version."""
    await connection.execute(
        sa.update(template_version)
        .where(template_version.c.id == number)
        .values(approver=approver, approved_at=approved_at)
    )


async def approved(connection: AsyncConnection, scenario: str) -> list[int]:
    """Numbers of the versions of a scenario that were approved, in order."""
    query = (
        sa.select(template_version.c.id)
        .where(template_version.c.scenario == scenario, template_version.c.approved_at.is_not(None))
        .order_by(template_version.c.approved_at, template_version.c.id)
    )
    return list(await connection.scalars(query))


async def in_force(connection: AsyncConnection) -> dict[str, str]:
    """The approved wording of every changed file, as `scenario/file.toml` -> content."""
    rows = await connection.execute(
        sa.select(template_version.c.scenario, template_version.c.file, template_version.c.content)
        .where(template_version.c.approved_at.is_not(None))
        .order_by(template_version.c.approved_at, template_version.c.id)
    )
    # In order of approval: the last one wins.
    return {f"{row.scenario}/{row.file}.toml": row.content for row in rows}


async def waiting_of(connection: AsyncConnection, author: str) -> int:
    """How many of somebody's proposals nobody has approved."""
    query = sa.select(sa.func.count()).where(
        template_version.c.author == author, template_version.c.approved_at.is_(None)
    )
    return await connection.scalar(query) or 0


async def history(
    connection: AsyncConnection,
    scenario: str | None = None,
    *,
    before: int = 0,
    waiting: bool = False,
    limit: int,
) -> list[TemplateVersion]:
    """The newest versions first; of one scenario or of all, below a number, or unapproved only."""
    query = sa.select(template_version).order_by(template_version.c.id.desc()).limit(limit)
    if before:
        query = query.where(template_version.c.id < before)
    if waiting:
        query = query.where(template_version.c.approved_at.is_(None))
    if scenario is not None:
        query = query.where(template_version.c.scenario == scenario)
    return [TemplateVersion(**row) for row in (await connection.execute(query)).mappings()]
