"""Tries of a delivery that another try followed. What was tried once stands in its own row alone.

A try moves here when the next one is written down, or when an officer has it tried again, so that
a late receipt finds the try it speaks of, and nothing of what was known is lost.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import Attempt, DeliveryKey, Doubt, State, Verdict
from alerting.store.database import Database, table_of
from alerting.store.tables import delivery, delivery_attempt, sending

WHOSE = (delivery.c.sending_id, delivery.c.channel, delivery.c.recipient_id)
"""The columns that name a delivery."""


class AttemptChange(NamedTuple):
    """What a receipt says of an earlier try."""

    key: DeliveryKey
    number: int
    verdict: Verdict
    reference: str


def attempts_of(
    connection: sa.Connection, database: Database, keys: Iterable[DeliveryKey]
) -> dict[DeliveryKey, list[Attempt]]:
    """The earlier tries of these deliveries, the latest first."""
    document = database.document(
        sorted((k.sending_id, k.channel, k.recipient_id) for k in set(keys))
    )
    found: dict[DeliveryKey, list[Attempt]] = {}
    for row in connection.execute(_reading(sqlite=database.is_sqlite), {"given": document}):
        in_doubt = row.failure_reason == FailureReason.UNCLEAR and not row.reference
        attempt = Attempt(row.route, row.reference, in_doubt=in_doubt, number=row.number)
        found.setdefault(DeliveryKey(row.sending_id, row.channel, row.recipient_id), []).append(
            attempt
        )
    return found


def references_of(
    connection: sa.Connection, channel: str, recipients: Collection[int], *, since: datetime
) -> dict[int, set[str]]:
    """The references that tries for these recipients have, in what was sent since then."""
    sendings = connection.scalars(sa.select(sending.c.id).where(sending.c.sent_at >= since)).all()
    found: dict[int, set[str]] = {}
    for table in (delivery, delivery_attempt):
        rows = connection.execute(
            sa.select(table.c.recipient_id, table.c.reference).where(
                table.c.sending_id.in_(sendings),
                table.c.channel == channel,
                table.c.recipient_id.in_(recipients),
                table.c.reference != "",
            )
        )
        for recipient, reference in rows:
            found.setdefault(recipient, set()).add(reference)
    return found


def lost_by(
    connection: sa.Connection, sending_id: int, channel: str, recipients: Collection[int]
) -> dict[int, set[str]]:
    """The routes that took earlier tries of these deliveries, all of which were lost."""
    tried = delivery_attempt.c
    rows = connection.execute(
        sa.select(tried.recipient_id, tried.route).where(
            tried.sending_id == sending_id,
            tried.channel == channel,
            tried.recipient_id.in_(recipients),
            tried.reference != "",
        )
    )
    found: dict[int, set[str]] = {}
    for recipient, route in rows:
        found.setdefault(recipient, set()).add(route)
    return found


def doubts_of(
    connection: sa.Connection, sending_id: int, channel: str, recipients: Collection[int]
) -> dict[int, Doubt]:
    """The doubts that are written down about deliveries of these recipients."""
    found: dict[int, Doubt] = {}
    for table, since in ((delivery, delivery.c.doubted_at), (delivery_attempt, sa.null())):
        rows = connection.execute(
            sa.select(table.c.recipient_id, table.c.route, since).where(
                table.c.sending_id == sending_id,
                table.c.channel == channel,
                table.c.recipient_id.in_(recipients),
                table.c.failure_reason == FailureReason.UNCLEAR,
            )
        )
        for recipient, route, at in rows:
            known_doubt = found.get(recipient, Doubt(at, ()))
            found[recipient] = known_doubt._replace(routes=(*known_doubt.routes, route))
    return found


def change_attempts(
    connection: sa.Connection, database: Database, changes: Sequence[AttemptChange]
) -> None:
    """Write down what receipts say of earlier tries."""
    if not changes:
        return
    document = database.document(
        (
            attempt_change.key.sending_id,
            attempt_change.key.channel,
            attempt_change.key.recipient_id,
            attempt_change.number,
            attempt_change.verdict.state,
            attempt_change.verdict.failure_reason or "",
            attempt_change.verdict.provider_code,
            attempt_change.reference,
        )
        for attempt_change in changes
    )
    connection.execute(_changing(sqlite=database.is_sqlite), {"given": document})


def moving(query: sa.Select[Any]) -> sa.Insert:
    """Copy the latest try of some deliveries into rows of their own.

    `whose` selects from `delivery`: its columns are replaced, its conditions stay. The rows are
    held until commit.
    """
    return sa.insert(delivery_attempt).from_select(
        [column.name for column in delivery_attempt.columns],
        query.with_only_columns(
            *WHOSE,
            _next_number(delivery.c).label("number"),
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            delivery.c.reference,
            delivery.c.route,
            delivery.c.sent_at,
            delivery.c.settled_at,
        )
        .order_by(*WHOSE)
        .with_for_update(of=delivery),
    )


def adding(given: sa.Subquery) -> sa.Insert:
    """Tries of two workers at once: the one whose delivery has moved on is written down here.

    `given` has the columns of verdicts; what has no reference says nothing to keep.
    """
    known_exists = sa.exists().where(
        _same(delivery_attempt, given),
        delivery_attempt.c.route == given.c.route,
        delivery_attempt.c.reference == given.c.reference,
    )
    names = ("state", "failure_reason", "provider_code", "reference", "route", "sent_at")
    return sa.insert(delivery_attempt).from_select(
        [*(column.name for column in WHOSE), "number", *names],
        sa.select(
            given.c.sending_id,
            given.c.channel,
            given.c.recipient_id,
            _next_number(given.c),
            *(given.c[name] for name in names),
        )
        .join_from(given, delivery, _same(delivery, given))
        .where(
            given.c.reference != "",
            delivery.c.state != State.WAITING,
            sa.or_(delivery.c.route != given.c.route, delivery.c.reference != given.c.reference),
            ~known_exists,
        ),
    )


@cache
def _reading(*, sqlite: bool) -> sa.Select[Any]:
    given = table_of(WHOSE, sqlite=sqlite)
    return (
        sa.select(
            delivery_attempt.c.sending_id,
            delivery_attempt.c.channel,
            delivery_attempt.c.recipient_id,
            delivery_attempt.c.number,
            delivery_attempt.c.route,
            delivery_attempt.c.reference,
            delivery_attempt.c.failure_reason,
        )
        .join_from(delivery_attempt, given, _same(delivery_attempt, given))
        .order_by(delivery_attempt.c.number.desc())
    )


@cache
def _changing(*, sqlite: bool) -> sa.Update:
    named = ("number", "state", "failure_reason", "provider_code", "reference")
    given = table_of([*WHOSE, *(delivery_attempt.c[name] for name in named)], sqlite=sqlite)
    return (
        sa.update(delivery_attempt)
        .where(
            _same(delivery_attempt, given),
            delivery_attempt.c.number == given.c.number,
            delivery_attempt.c.state != State.DELIVERED,  # what arrived stays so
        )
        .values({name: given.c[name] for name in named if name != "number"})
    )


def _same(table: sa.Table, given: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[column.name] == given.c[column.name] for column in WHOSE))


def _next_number(of: Any) -> sa.ColumnElement[int]:
    earlier = delivery_attempt.alias("earlier")
    same = (earlier.c[column.name] == of[column.name] for column in WHOSE)
    return (sa.select(sa.func.count() + 1).select_from(earlier).where(*same)).scalar_subquery()
