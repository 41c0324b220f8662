"""Receipts that a provider signed and that fit no try we know of.

Those that overtook the answer to their try are applied once that is written down; the others are
kept until somebody looked.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import (
    Delivered,
    FailureReason,
    InProgress,
    Receipt,
    SignedReceipt,
    Undelivered,
)
from alerting.domain.delivery import DeliveryKey, Mismatch, State
from alerting.domain.recipient import ERASED
from alerting.store.database import Database, table_of
from alerting.store.tables import delivery, unmatched_receipt

LONGEST_NAME = 128
"""Characters kept of a key and of a reference."""

NAMED_BY = tuple(unmatched_receipt.primary_key.columns)


@dataclass(frozen=True, slots=True)
class UnmatchedReceipt:
    """One such receipt, however often it came."""

    channel: str
    route: str
    reference: str
    key: str
    kind: str
    reason: Mismatch
    failure_reason: str
    provider_code: str
    n: int
    first_at: datetime
    last_at: datetime

    @property
    def signed(self) -> SignedReceipt:
        """The receipt as it came."""
        return SignedReceipt(self.channel, self.route, self._receipt)

    @property
    def _receipt(self) -> Receipt:
        match self.kind:
            case "arrived":
                return Delivered(self.key, self.reference)
            case "lost":
                return Undelivered(
                    self.key, self.reference, FailureReason(self.failure_reason), self.provider_code
                )
            case _:
                return InProgress(self.key, self.reference)


def keep(
    connection: sa.Connection,
    database: Database,
    receipts: Sequence[tuple[SignedReceipt, Mismatch]],
    *,
    now: datetime,
) -> None:
    """Write them down, each once, with how often it came and why it fits nothing."""
    rows = [_row(*one, n, now) for one, n in Counter(receipts).items()]
    if not rows:
        return
    statement = database.insert(unmatched_receipt)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in NAMED_BY],
            set_={
                "n": unmatched_receipt.c.n + new.n,
                "reason": new.reason,
                "last_at": new.last_at,
            },
        ),
        # The same order everywhere, so that two batches never wait for each other in a circle.
        sorted(rows, key=lambda row: [row[column.name] for column in NAMED_BY]),
    )


def early(connection: sa.Connection, *, limit: int) -> list[UnmatchedReceipt]:
    """Those that came before the answer to their try, which is written down by now."""
    answered = sa.or_(
        delivery.c.state != State.WAITING,
        sa.and_(
            delivery.c.failure_reason == FailureReason.UNCLEAR,
            delivery.c.reference == "",
            delivery.c.route == unmatched_receipt.c.route,
        ),
    )
    rows = connection.execute(
        _listed()
        .join(
            delivery,
            sa.and_(
                delivery.c.alert_id == unmatched_receipt.c.alert_id,
                delivery.c.channel == unmatched_receipt.c.channel,
                delivery.c.recipient_id == unmatched_receipt.c.recipient_id,
            ),
        )
        .where(unmatched_receipt.c.reason == Mismatch.EARLY, answered)
        .limit(limit)
    )
    return [_read(row) for row in rows]


def remove(
    connection: sa.Connection, database: Database, receipts: Iterable[UnmatchedReceipt]
) -> None:
    """Forget these: they are applied."""
    connection.execute(
        sa.delete(unmatched_receipt).where(_these(sqlite=database.is_sqlite)),
        _names(database, receipts),
    )


def leave_for_review(
    connection: sa.Connection, database: Database, receipts: Iterable[UnmatchedReceipt]
) -> None:
    """These fit no try, although the answers to all are written down."""
    connection.execute(
        sa.update(unmatched_receipt)
        .where(_these(sqlite=database.is_sqlite))
        .values(reason=Mismatch.NO_TRY),
        _names(database, receipts),
    )


async def list_unmatched(
    connection: AsyncConnection, *, limit: int = 100
) -> list[UnmatchedReceipt]:
    """The newest first, without those whose try is still under way."""
    rows = await connection.execute(
        _listed()
        .where(unmatched_receipt.c.reason != Mismatch.EARLY)
        .order_by(unmatched_receipt.c.last_at.desc(), *NAMED_BY)
        .limit(limit)
    )
    return [_read(row) for row in rows]


def _row(signed: SignedReceipt, reason: Mismatch, n: int, now: datetime) -> Mapping[str, Any]:
    receipt = signed.receipt
    named = None if reason is Mismatch.NO_DELIVERY else DeliveryKey.parse(receipt.key)
    return {
        "channel": signed.channel,
        "route": signed.route,
        "reference": receipt.reference[:LONGEST_NAME],
        "key": receipt.key[:LONGEST_NAME],
        "kind": type(receipt).__name__.lower(),
        "reason": reason,
        "alert_id": named.alert_id if named else None,
        "recipient_id": named.recipient_id if named else None,
        "failure_reason": receipt.failure_reason if isinstance(receipt, Undelivered) else "",
        "provider_code": receipt.provider_code if isinstance(receipt, Undelivered) else "",
        "n": n,
        "first_at": now,
        "last_at": now,
    }


def _these(*, sqlite: bool) -> sa.ColumnElement[bool]:
    given = table_of(NAMED_BY, sqlite=sqlite)
    return sa.tuple_(*NAMED_BY).in_(sa.select(*given.columns))


def _names(database: Database, receipts: Iterable[UnmatchedReceipt]) -> dict[str, str]:
    rows = ((one.channel, one.route, one.reference, one.key, one.kind) for one in receipts)
    return {"given": database.document(rows)}


def _listed() -> sa.Select[Any]:
    return sa.select(
        *NAMED_BY,
        unmatched_receipt.c.reason,
        unmatched_receipt.c.failure_reason,
        unmatched_receipt.c.provider_code,
        unmatched_receipt.c.n,
        unmatched_receipt.c.first_at,
        unmatched_receipt.c.last_at,
    ).select_from(unmatched_receipt)


def _read(row: sa.Row[Any]) -> UnmatchedReceipt:
    return UnmatchedReceipt(**{**row._mapping, "reason": Mismatch(row.reason)})  # noqa: SLF001 - SQLAlchemy's own name


async def erase(connection: AsyncConnection, addresses: Iterable[str]) -> int:
    """Take these addresses out of whatever field a provider wrote them into; of how many rows."""
    parts = [address.lower().removeprefix("+") for address in addresses]
    texts = {
        column.name: column.type.length
        for column in unmatched_receipt.c
        if isinstance(column.type, sa.String)
    }
    holds = [
        sa.func.lower(unmatched_receipt.c[name]).contains(part, autoescape=True)
        for name in texts
        for part in parts
    ]
    query = sa.select(unmatched_receipt).where(sa.or_(sa.false(), *holds))
    rows = (await connection.execute(query)).mappings().all()
    for row in rows:
        instead = {
            name: (ERASED + secrets.token_hex(16))[:length]
            for name, length in texts.items()
            if any(part in row[name].lower() for part in parts)
        }
        whose = [column == row[column.name] for column in NAMED_BY]
        await connection.execute(sa.update(unmatched_receipt).where(*whose).values(instead))
    return len(rows)
