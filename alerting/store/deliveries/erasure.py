"""What deliveries hold of somebody who left the list."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import DeliveryKey, State, written_off
from alerting.domain.recipient import ERASED, Hmacs, erased, mentions
from alerting.store.database import Database
from alerting.store.deliveries import changes as delivery_changes
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.changes import DeliveryChange
from alerting.store.deliveries.conditions import may_have_reached
from alerting.store.tables import alerted_address, delivery, delivery_attempt, sending_channel


@dataclass(frozen=True, slots=True)
class NotSent:
    """A delivery that waited and is not sent, since its recipient left: surely no try has it."""

    sending_id: int
    channel: str
    address: str


async def erase(
    connection: AsyncConnection,
    database: Database,
    recipient: int,
    hmacs: Hmacs,
    *,
    now: datetime,
) -> tuple[int, list[NotSent]]:
    """Put an HMAC in the place of each address one recipient was written to; of how many rows.

    It is made with a key of that person's own, which is destroyed when this returns: it tells
    which messages went to the same address, and nothing else. Of each address a sending may have
    reached another HMAC is kept (`hmacs`): who has it by then is told what follows. What still
    waits is not sent; it is answered too, for whoever else has that address.
    """
    # By key, sending by sending: deliveries have no index on people.
    planned = sa.select(sending_channel.c.sending_id, sending_channel.c.channel)
    rows = await _lock_deliveries_of(connection, planned, recipient)
    waiting = [
        DeliveryKey(row.sending_id, row.channel, recipient)
        for row in rows
        if row.state == State.WAITING
    ]
    for key in waiting:  # before the counters, as everybody takes them
        await planning_rows.hold_channel(connection, key.sending_id, key.channel)
    if waiting:
        await connection.run_sync(_write_off, database, waiting, now=now)
    reached = {(row.sending_id, row.address) for row in rows if row.reached}
    await _keep_alerted(connection, database, reached, hmacs)
    await _in_attempts(connection, planned, recipient, [row.address for row in rows])
    return await _hash_addresses(connection, recipient, rows), [
        NotSent(row.sending_id, row.channel, row.address)
        for row in rows
        if row.state == State.WAITING and row.failure_reason != FailureReason.UNCLEAR
    ]


async def _lock_deliveries_of(
    connection: AsyncConnection, planned: sa.Select[Any], recipient: int
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Every delivery of one recipient, held until commit."""
    result = await connection.execute(
        sa.select(
            delivery.c.sending_id,
            delivery.c.channel,
            delivery.c.address,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            may_have_reached(delivery).label("reached"),
        )
        .where(
            sa.tuple_(delivery.c.sending_id, delivery.c.channel).in_(planned),
            delivery.c.recipient_id == recipient,
        )
        .order_by(delivery.c.sending_id, delivery.c.channel)
        .with_for_update()
    )
    return result.all()


def _write_off(
    connection: sa.Connection, database: Database, waiting: Sequence[DeliveryKey], *, now: datetime
) -> None:
    """End what waits as opted out, or as unconfirmed where a try may have got through."""
    locked_deliveries = delivery_changes.lock_deliveries(connection, database, waiting)
    changes = [
        DeliveryChange(
            locked_delivery,
            written_off(
                FailureReason.OPTED_OUT,
                in_doubt=locked_delivery.failure_reason == FailureReason.UNCLEAR,
            ),
        )
        for locked_delivery in locked_deliveries
    ]
    delivery_changes.apply_changes(connection, database, changes, began_at={}, now=now)


async def _hash_addresses(
    connection: AsyncConnection, recipient: int, rows: Sequence[sa.Row[*tuple[Any, ...]]]
) -> int:
    """Put HMACs of a key that is kept nowhere in the place of addresses; of how many rows."""
    key = secrets.token_bytes(32)
    given = [
        {
            "of_sending": row.sending_id,
            "of_channel": row.channel,
            "hashed": erased(row.address, key),
            "code": "" if mentions(row.provider_code, [row.address]) else row.provider_code,
        }
        for row in rows
        if not row.address.startswith(ERASED)
    ]
    if given:
        await connection.execute(
            sa.update(delivery)
            .where(
                delivery.c.sending_id == sa.bindparam("of_sending"),
                delivery.c.channel == sa.bindparam("of_channel"),
                delivery.c.recipient_id == recipient,
            )
            .values(address=sa.bindparam("hashed"), provider_code=sa.bindparam("code")),
            given,
        )
    return len(given)


async def _keep_alerted(
    connection: AsyncConnection,
    database: Database,
    reached: Collection[tuple[int, str]],
    hmacs: Hmacs,
) -> None:
    """Keep which addresses a sending reached, by HMAC: soon nobody can compare them."""
    rows = [
        {"sending_id": sending_id, "hmac": next(iter(hmacs(address.lower()).values()))}
        for sending_id, address in sorted(reached)
        if not address.startswith(ERASED)
    ]
    if rows:
        await connection.execute(database.insert(alerted_address).on_conflict_do_nothing(), rows)


async def _in_attempts(
    connection: AsyncConnection, planned: sa.Select[Any], recipient: int, addresses: Sequence[str]
) -> None:
    """A code a provider gave for an earlier try holds no address; if it does, it goes."""
    whose = (
        sa.tuple_(delivery_attempt.c.sending_id, delivery_attempt.c.channel).in_(planned),
        delivery_attempt.c.recipient_id == recipient,
    )
    codes = await connection.scalars(
        sa.select(delivery_attempt.c.provider_code).where(*whose).distinct()
    )
    for code in [one for one in codes if mentions(one, addresses)]:
        await connection.execute(
            sa.update(delivery_attempt)
            .where(*whose, delivery_attempt.c.provider_code == code)
            .values(provider_code="")
        )
