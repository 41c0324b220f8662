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
from alerting.domain.delivery import KINDS, DeliveryKey, Mismatch, ReceiptKind, State
from alerting.domain.recipient import ERASED, mentions
from alerting.store.database import Database, table_of
from alerting.store.tables import delivery, recipient, unmatched_receipt

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
            case ReceiptKind.DELIVERED:
                return Delivered(self.key, self.reference)
            case ReceiptKind.UNDELIVERED:
                return Undelivered(
                    self.key, self.reference, FailureReason(self.failure_reason), self.provider_code
                )
            case _:
                return InProgress(self.key, self.reference)


def save_unmatched_receipts(
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
            delivery.c.route.in_([unmatched_receipt.c.route, ""]),
        ),
    )
    rows = connection.execute(
        _listed()
        .join(
            delivery,
            sa.and_(
                delivery.c.sending_id == unmatched_receipt.c.sending_id,
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
    """These fit no try, although the answers to all are written down.

    Of those who left the list meanwhile nothing stays that a provider wrote.
    """
    strange = list(receipts)
    connection.execute(
        sa.update(unmatched_receipt)
        .where(_these(sqlite=database.is_sqlite))
        .values(reason=Mismatch.NO_TRY),
        _names(database, strange),
    )
    gone = sa.select(recipient.c.id).where(recipient.c.ended_at.is_not(None))
    for one in strange:
        whose = [column == getattr(one, column.name) for column in NAMED_BY]
        connection.execute(
            sa.update(unmatched_receipt)
            .where(*whose, unmatched_receipt.c.recipient_id.in_(gone))
            .values(reference=_blank(), provider_code="")
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
        "kind": KINDS[type(receipt)],
        "reason": reason,
        "sending_id": named.sending_id if named else None,
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
    rows = (
        (
            receipt.channel,
            receipt.route,
            receipt.reference,
            receipt.key,
            receipt.kind,
        )
        for receipt in receipts
    )
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


WRITTEN_BY_PROVIDER = (
    unmatched_receipt.c.key,
    unmatched_receipt.c.reference,
    unmatched_receipt.c.provider_code,
)
"""The columns that hold words of a provider; the others hold ours."""
TELLING = 2
"""Last digits of a number, by which rows that may hold it are looked for: more may be apart."""


async def erase(connection: AsyncConnection, addresses: Iterable[str]) -> int:
    """Take these addresses out of the fields a provider wrote them into; of how many rows.

    A key of ours holds none. Of a receipt whose try is still under way the reference stays, by
    which it will be applied: what fits no try then is blanked in `leave_for_review`.
    """
    wanted = frozenset(addresses)
    parts = {f"{one.partition('@')[0]}@" if "@" in one else one[-TELLING:] for one in wanted}
    may_hold = [
        sa.func.lower(column).contains(part, autoescape=True)
        for column in WRITTEN_BY_PROVIDER
        for part in sorted(parts)
    ]
    query = sa.select(unmatched_receipt).where(sa.or_(sa.false(), *may_hold))
    erased = 0
    for row in (await connection.execute(query)).mappings().all():
        ours = {"reference"} if row["reason"] == Mismatch.EARLY else set()
        if DeliveryKey.parse(row["key"]) is not None:
            ours.add("key")
        names = [one.name for one in WRITTEN_BY_PROVIDER if one.name not in ours]
        instead = {name: _blank() for name in names if mentions(row[name], wanted)}
        if instead:
            whose = [column == row[column.name] for column in NAMED_BY]
            await connection.execute(sa.update(unmatched_receipt).where(*whose).values(instead))
            erased += 1
    return erased


def _blank() -> str:
    return ERASED + secrets.token_hex(16)
