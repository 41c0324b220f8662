"""Whose words stand in an alert: runs of what was typed, looked up without reading any text."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.own_words import rows_of_words, runs_to_keep
from alerting.store.database import Database, each_of
from alerting.store.tables import alert, alert_word_run


async def add(
    connection: AsyncConnection, database: Database, number: int, runs: Sequence[int]
) -> None:
    """Note what was typed in an alert, as `own_words.new_runs`; what is noted already stays.

    As many rows as `own_words.runs_to_keep`, however much it is.
    """
    if not runs:
        return
    first = await connection.scalar(sa.select(alert.c.first_alert).where(alert.c.id == number))
    kept = sorted(runs_to_keep(runs))
    await connection.execute(
        database.insert(alert_word_run).on_conflict_do_nothing(),
        [{"first_alert": first, "run": run, "alert_id": number, "typed_by": ""} for run in kept],
    )


async def add_reason(
    connection: AsyncConnection, database: Database, number: int, text: str, *, by: str
) -> None:
    """Note what somebody wrote beside an alert, but for what was typed in its chain before: taken
    over into a text, it is theirs.
    """
    found = rows_of_words(text)
    if not found:
        return
    first = await connection.scalar(sa.select(alert.c.first_alert).where(alert.c.id == number))
    run = alert_word_run.c.run
    known_query = sa.select(run).where(
        alert_word_run.c.first_alert == first, run.in_(each_of(connection, found, run.type))
    )
    new = found - {*await connection.scalars(known_query)}
    if new:
        await connection.execute(
            database.insert(alert_word_run).on_conflict_do_nothing(),
            [
                {"first_alert": first, "run": one, "alert_id": number, "typed_by": by}
                for one in sorted(new)
            ],
        )


async def hands(connection: AsyncConnection, number: int, runs: Collection[int]) -> frozenset[str]:
    """Everybody with a hand in an alert in which one of the runs was typed, and who wrote one in a
    reason or a note.

    That is alert `number`, another of its chain of follow-ups, sent or not, or of the chain it was
    copied from, and so on.
    """
    if not runs:
        return frozenset()
    there = (
        alert_word_run.c.first_alert.in_(_origins(number)),
        alert_word_run.c.run.in_(each_of(connection, runs, alert_word_run.c.run.type)),
    )
    typed_in = sa.select(alert_word_run.c.alert_id).where(*there, alert_word_run.c.typed_by == "")
    scalar_result = await connection.scalars(
        sa.select(alert.c.hands).where(alert.c.id.in_(typed_in))
    )
    typed_by = sa.select(alert_word_run.c.typed_by).where(*there, alert_word_run.c.typed_by != "")
    beside = await connection.scalars(typed_by.distinct())
    return frozenset(beside).union(*scalar_result)


def _origins(number: int) -> sa.Select[int]:
    """The first alerts of those chains."""
    first, copied = alert.alias("first"), alert.alias("copied")
    chains = (
        sa.select(first.c.id, first.c.copied_from)
        .join(alert, alert.c.first_alert == first.c.id)
        .where(alert.c.id == number)
        .cte("origin", recursive=True)
    )
    before = (
        sa.select(first.c.id, first.c.copied_from)
        .join(copied, copied.c.first_alert == first.c.id)
        .join(chains, chains.c.copied_from == copied.c.id)
    )
    return sa.select(chains.union(before).c.id)
