"""What changes deliveries after they were handed over: receipts, a sending's end, a new attempt."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from alerting.domain.alert import AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import (
    Attempt,
    DeliveryKey,
    State,
    Verdict,
)
from alerting.domain.language import Language
from alerting.store.database import Database, table_of
from alerting.store.deliveries import attempts
from alerting.store.deliveries.conditions import may_become, same_delivery
from alerting.store.deliveries.counters import DeliveryCounts
from alerting.store.tables import (
    chunk,
    delivery,
    delivery_attempt,
    recipient,
    sending,
)

WITHOUT_A_TRY = frozenset({State.EXPIRED, State.UNCONFIRMED})
"""What time makes of a delivery; every other change is told by who took the message."""


@dataclass(frozen=True, slots=True)
class LockedDelivery:
    """A delivery as a receipt or a deadline finds it, held until commit."""

    key: DeliveryKey
    state: State
    language: Language
    failure_reason: str
    route: str = ""
    reference: str = ""
    attempts: int = 0
    was_sent: bool = False
    """Whether the moment of a hand-over is known."""

    @property
    def latest_attempt(self) -> Attempt:
        """The latest try, or what would be one: nothing that was never tried is in doubt.

        Without a route, a worker died with it: any route may have it.
        """
        unclear = self.failure_reason == FailureReason.UNCLEAR
        return Attempt(
            self.route, self.reference, in_doubt=unclear or self.state is State.UNCONFIRMED
        )


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """What a receipt or a deadline makes of a delivery.

    A receipt of the latest try also tells its route and reference, which stay where known before.
    """

    found: LockedDelivery
    verdict: Verdict
    route: str = ""
    reference: str = ""
    at: datetime | None = None
    """When it was told, where that was earlier than it is written down."""


def lock_deliveries(
    connection: sa.Connection, database: Database, keys: Iterable[DeliveryKey]
) -> list[LockedDelivery]:
    """The deliveries behind these keys, held until commit; unknown keys are left out."""
    document = database.document(
        sorted({(key.sending_id, key.channel, key.recipient_id) for key in keys})
    )
    rows = connection.execute(_standing(sqlite=database.is_sqlite), {"given": document})
    return [
        LockedDelivery(
            DeliveryKey(row[0], row[1], row[2]), State(row[3]), Language(row[4]), *row[5:]
        )
        for row in rows
    ]


def first_sent_at(connection: sa.Connection, numbers: Collection[int]) -> dict[int, datetime]:
    """When each of these began to be sent."""
    rows = connection.execute(
        sa.select(sending.c.id, sending.c.sent_at).where(
            sending.c.id.in_(sorted(numbers)), sending.c.sent_at.is_not(None)
        )
    )
    return {row.id: row.sent_at for row in rows}


def apply_changes(
    connection: sa.Connection,
    database: Database,
    changes: Sequence[DeliveryChange],
    *,
    began_at: Mapping[int, datetime],
    now: datetime,
) -> None:
    """Apply what receipts or deadlines decided to deliveries that are held, each once.

    `began_at` gives for each sending when it began to be sent. ValueError, and nothing is changed,
    where one of them may not follow the state that stands in the database, or would end what waits
    and was never tried as if it had been.
    In one piece: rows, counters and times change together.
    """
    if not changes:
        return
    document = database.document(
        (
            delivery_change.found.key.sending_id,
            delivery_change.found.key.channel,
            delivery_change.found.key.recipient_id,
            delivery_change.verdict.state,
            delivery_change.verdict.failure_reason or "",
            delivery_change.verdict.provider_code,
            delivery_change.route,
            delivery_change.reference,
            delivery_change.verdict.next_attempt_at,
        )
        for delivery_change in changes
    )
    done = connection.execute(_changing(sqlite=database.is_sqlite), {"given": document, "now": now})
    if done.rowcount != len(changes):  # the counters would move without the rows
        raise ValueError(f"{len(changes) - done.rowcount} steps that no table of states has")
    counts = DeliveryCounts()
    for delivery_change in changes:
        place = (
            delivery_change.found.key.sending_id,
            delivery_change.found.key.channel,
            delivery_change.found.language,
        )
        counts.move(
            *place,
            (delivery_change.found.state, delivery_change.found.failure_reason),
            delivery_change.verdict,
        )
        if place[0] in began_at:
            since_start = (delivery_change.at or now) - began_at[place[0]]
            if delivery_change.verdict.state is State.DELIVERED:
                counts.add_to_timeline(*place[:2], "delivered", since_start)
            if (
                not delivery_change.found.was_sent
                and delivery_change.verdict.state not in WITHOUT_A_TRY
            ):
                counts.add_to_timeline(*place[:2], "sent", since_start)
    counts.write(connection, database)
    for delivery_change in changes:
        if delivery_change.verdict.state is State.WAITING:
            _open_chunk(
                connection,
                delivery_change.found.key,
                delivery_change.verdict.next_attempt_at or now,
            )


def _open_chunk(connection: sa.Connection, key: DeliveryKey, due_at: datetime) -> None:
    """Let the chunk of a delivery that waits again be taken when it is due.

    Whoever has it leased finds out when it is settled.
    """
    sooner = sa.and_(chunk.c.state == "ready", chunk.c.due_at <= due_at)
    connection.execute(
        sa.update(chunk)
        .where(
            chunk.c.sending_id == key.sending_id,
            chunk.c.channel == key.channel,
            chunk.c.lo <= key.recipient_id,
            chunk.c.hi >= key.recipient_id,
            chunk.c.state != "leased",
        )
        .values(
            state="ready",
            due_at=sa.case((sooner, chunk.c.due_at), else_=due_at),
            all_put_off=False,
        )
    )


def hold_sending(connection: sa.Connection, numbers: Collection[int]) -> dict[int, datetime]:
    """Those of these that are being sent, or stopped for a while, each with its end.

    Whoever would close one waits until the commit. Before any of its deliveries are held.
    """
    open_ones = (AlertState.SENDING, AlertState.STOPPED)
    rows = connection.execute(
        sa.select(sending.c.id, sending.c.expires_at)
        .where(sending.c.id.in_(sorted(numbers)), sending.c.state.in_(open_ones))
        .order_by(sending.c.id)
        .with_for_update(read=True)
    )
    return {row.id: row.expires_at for row in rows}


def count_failed(
    connection: sa.Connection,
    sending_id: int,
    channel: str,
    address: sa.ColumnElement[str],
    free: sa.ColumnElement[bool],
) -> int:
    """How many `reopen_failed` would let wait again, without a bound."""
    query = _reopenable(sa.select(sa.func.count()), sending_id, channel, address, free)
    return int(connection.execute(query).scalar_one())


def _reopenable(
    chosen: sa.Select[Any],
    sending_id: int,
    channel: str,
    address: sa.ColumnElement[str],
    free: sa.ColumnElement[bool],
) -> sa.Select[Any]:
    return (
        chosen.select_from(delivery)
        .join(recipient, recipient.c.id == delivery.c.recipient_id)
        .where(
            delivery.c.sending_id == sending_id,
            delivery.c.channel == channel,
            delivery.c.state == State.FAILED,
            address != "",
            free,
        )
    )


def reopen_failed(
    connection: sa.Connection,
    database: Database,
    sending_id: int,
    channel: str,
    address: sa.ColumnElement[str],
    free: sa.ColumnElement[bool],
    *,
    now: datetime,
    at_most: int,
) -> tuple[int, list[int]]:
    """Let what failed on a channel wait again, to the address that stands on the list today.

    `address` is a column of `recipient`; who has none any more stays as they are, and so does whose
    address is not `free`, because it was written to for somebody else. Answers how many
    wait now, and the chunks that hold them.
    """
    shown = (delivery.c.recipient_id, delivery.c.language, delivery.c.failure_reason, address)
    rows = connection.execute(
        _reopenable(sa.select(*shown), sending_id, channel, address, free)
        .order_by(delivery.c.recipient_id)
        .limit(at_most)
        .with_for_update(of=delivery)
    ).all()
    if not rows:
        return 0, []
    _let_wait(connection, sending_id, channel, {row[0]: row[3] for row in rows})
    counts = DeliveryCounts()
    again = Verdict(State.WAITING)
    for (language, failure_reason), n in Counter((row[1], row[2]) for row in rows).items():
        counts.move(sending_id, channel, language, (State.FAILED.value, failure_reason), again, n)
    counts.write(connection, database)
    return len(rows), _open_chunks(connection, sending_id, channel, due_at=now)


def _let_wait(
    connection: sa.Connection, sending_id: int, channel: str, addresses: Mapping[int, str]
) -> None:
    """Let failed deliveries (recipient -> address of today) wait, their tries kept as attempts."""
    query = sa.select(delivery).where(
        delivery.c.sending_id == sending_id,
        delivery.c.channel == channel,
        delivery.c.recipient_id.in_(list(addresses)),
        delivery.c.route != "",
    )
    connection.execute(attempts.moving(query))
    connection.execute(
        sa.update(delivery)
        .where(
            delivery.c.sending_id == sending_id,
            delivery.c.channel == channel,
            delivery.c.recipient_id == sa.bindparam("wanted"),
            may_become(State.WAITING, among=[State.FAILED]),
        )
        .values(
            state=State.WAITING,
            address=sa.bindparam("today"),
            route="",
            reference="",
            attempts=0,
            failure_reason="",
            provider_code="",
            next_attempt_at=None,
            settled_at=None,
        ),
        [{"wanted": recipient_id, "today": address} for recipient_id, address in addresses.items()],
    )


def _open_chunks(
    connection: sa.Connection, sending_id: int, channel: str, *, due_at: datetime
) -> list[int]:
    """Let the chunks be taken in which somebody waits who was not put off; their numbers.

    A leased one is left: its worker finds out that somebody waits when it is settled.
    """
    waits = sa.exists().where(
        delivery.c.sending_id == chunk.c.sending_id,
        delivery.c.channel == chunk.c.channel,
        delivery.c.recipient_id.between(chunk.c.lo, chunk.c.hi),
        delivery.c.state == State.WAITING,
        delivery.c.next_attempt_at.is_(None),
    )
    opened = connection.execute(
        sa.update(chunk)
        .where(
            chunk.c.sending_id == sending_id,
            chunk.c.channel == channel,
            chunk.c.state != "leased",
            waits,
        )
        .values(state="ready", due_at=due_at, all_put_off=False)
        .returning(chunk.c.id)
    )
    return sorted(opened.scalars())


@cache
def _standing(*, sqlite: bool) -> sa.Select[Any]:
    given = table_of(
        [delivery.c.sending_id, delivery.c.channel, delivery.c.recipient_id], sqlite=sqlite
    )
    return (
        sa.select(
            delivery.c.sending_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.language,
            delivery.c.failure_reason,
            delivery.c.route,
            delivery.c.reference,
            delivery.c.attempts,
            delivery.c.sent_at.is_not(None),
        )
        .join_from(delivery, given, same_delivery(given))
        .order_by(delivery.c.sending_id, delivery.c.channel, delivery.c.recipient_id)
        .with_for_update(of=delivery)
    )


@cache
def _changing(*, sqlite: bool) -> sa.Update:
    given = table_of(
        [
            delivery.c.sending_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            delivery.c.route,
            delivery.c.reference,
            delivery.c.next_attempt_at,
        ],
        sqlite=sqlite,
    )
    now = sa.bindparam("now", type_=delivery.c.settled_at.type)
    earlier_exists = sa.exists().where(
        *(delivery_attempt.c[column.name] == column for column in attempts.WHOSE)
    )
    # Whoever was never tried has no receipt: nothing that waits is ended by one without a try.
    without_a_try = given.c.state.in_(sorted(WITHOUT_A_TRY))
    tried = sa.or_(
        without_a_try, delivery.c.state != State.WAITING, delivery.c.attempts > 0, earlier_exists
    )
    learned = sa.and_(delivery.c.reference == "", given.c.reference != "")
    return (
        sa.update(delivery)
        .where(same_delivery(given), may_become(given.c.state), tried)
        .values(
            state=given.c.state,
            route=sa.case((learned, given.c.route), else_=delivery.c.route),
            reference=sa.case((learned, given.c.reference), else_=delivery.c.reference),
            failure_reason=given.c.failure_reason,
            provider_code=given.c.provider_code,
            settled_at=now,
            next_attempt_at=given.c.next_attempt_at,
            # A receipt where the provider's answer never came proves the hand-over.
            sent_at=sa.case(
                (without_a_try, delivery.c.sent_at),
                else_=sa.func.coalesce(delivery.c.sent_at, now),
            ),
        )
    )
