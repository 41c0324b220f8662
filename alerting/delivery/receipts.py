"""What providers tell us afterwards: applied once, in whatever order, and durable when answered.

Receipts come in bursts of thousands. Those that arrive within a few milliseconds share one
transaction, and each is answered only after that transaction has committed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from alerting.domain.channel import (
    Accepted,
    Delivered,
    InProgress,
    Outcome,
    Refused,
    SignedReceipt,
)
from alerting.domain.delivery import (
    Attempt,
    DeliveryKey,
    Mismatch,
    State,
    after_receipt,
    again_after_receipt,
    attempt_of,
    may_be_tried_again,
)
from alerting.domain.route import Sample
from alerting.domain.staff_notification import message_number
from alerting.services import Services
from alerting.store import staff_messages
from alerting.store.deliveries import changes as delivery_changes
from alerting.store.deliveries import unmatched_receipts
from alerting.store.deliveries.attempts import AttemptChange, attempts_of, change_attempts
from alerting.store.deliveries.changes import DeliveryChange, LockedDelivery
from alerting.store.operations import routes as route_rows

BATCH_WINDOW = 0.01
"""Seconds to wait after a receipt for others to write with it, in one transaction."""
BATCH = 500
ANSWERED_AT_ONCE = 8
"""Each answer brings the next receipt on its connection: hundreds in one turn of the loop would
have every page wait for all of them, at each of its queries."""
EARLY_AT_ONCE = 2_000
"""Receipts that overtook the answer to their try, applied in one transaction."""

log = structlog.get_logger()


async def apply_receipts(services: Services, receipts: Sequence[SignedReceipt]) -> None:
    """Apply receipts in one transaction. Repeated and late ones change nothing.

    One counts only for a try that was handed to its route and has its reference. Those that fit
    none are kept: for a moment, where the answer to the try may not be written down yet, or else
    for somebody to look at.
    """
    now = services.now()

    def write(connection: Connection) -> ReceiptEffects:
        effects = _apply(
            services, connection, [(signed_receipt, now) for signed_receipt in receipts], now=now
        )
        unmatched_receipts.save_unmatched_receipts(
            connection, services.database, effects.unmatched, now=now
        )
        return effects

    effects = await services.database.at_once(write)
    if unknown := sum(reason is not Mismatch.EARLY for _, reason in effects.unmatched):
        log.warning("receipts.unmatched", number=unknown)
    await _tell_health(services, effects, now)


async def apply_early(services: Services) -> None:
    """Apply receipts that overtook the answer to their try, once that is written down."""
    now = services.now()

    def write(connection: Connection) -> tuple[int, ReceiptEffects]:
        found = unmatched_receipts.early(connection, limit=EARLY_AT_ONCE)
        if not found:
            return 0, ReceiptEffects()
        effects = _apply(
            services,
            connection,
            [(unmatched_receipt.signed, unmatched_receipt.first_at) for unmatched_receipt in found],
            now=now,
        )
        strange = {signed_receipt for signed_receipt, _ in effects.unmatched}
        fitting = [
            unmatched_receipt
            for unmatched_receipt in found
            if unmatched_receipt.signed not in strange
        ]
        others = [
            unmatched_receipt for unmatched_receipt in found if unmatched_receipt.signed in strange
        ]
        unmatched_receipts.remove(connection, services.database, fitting)
        unmatched_receipts.leave_for_review(connection, services.database, others)
        return len(found), effects

    number = EARLY_AT_ONCE
    while number == EARLY_AT_ONCE:
        number, effects = await services.database.at_once(write)
        await _tell_health(services, effects, now)


async def _tell_health(services: Services, effects: "ReceiptEffects", now: datetime) -> None:
    """Let the routes' health learn what receipts say of the routes themselves.

    As of answers: only from first tries, and of two at least. Nothing is written where nothing
    speaks against a route.
    """
    answers: dict[tuple[str, str], list[tuple[int, Outcome]]] = defaultdict(list)
    for key, change in effects.changes.items():
        verdict, reference = change.verdict, change.reference
        said: Outcome = (
            Refused(verdict.failure_reason, verdict.provider_code)
            if verdict.failure_reason
            else Accepted(reference)
        )
        answers[key.channel, change.route].append((change.found.attempts, said))
    samples = {
        name: Sample.of(
            [said for attempts, said in some if attempts <= 1],
            [said for attempts, said in some if attempts > 1],
            seconds=0,
        )
        for name, some in answers.items()
    }
    samples = {name: sample for name, sample in samples.items() if sample.errors}
    weights = {
        (channel.name, channel.route): channel.limits.weight
        for routes in services.routes.values()
        for channel in routes
    }
    if samples:
        async with services.unit() as unit:
            await route_rows.observe(
                unit.connection, unit.database, samples, weights=weights, now=now
            )


@dataclass(slots=True)
class ReceiptEffects:
    """What a batch of receipts makes of deliveries and of their earlier tries."""

    changes: dict[DeliveryKey, DeliveryChange] = field(default_factory=dict)
    attempts: dict[tuple[DeliveryKey, int], AttemptChange] = field(default_factory=dict)
    unmatched: list[tuple[SignedReceipt, Mismatch]] = field(default_factory=list)


def _apply(
    services: Services,
    connection: Connection,
    receipts: Sequence[tuple[SignedReceipt, datetime]],
    *,
    now: datetime,
) -> ReceiptEffects:
    """Write down what receipts, each with the moment it came, make of what they speak of.

    In one piece: receipts are matched, judged and written together, or not at all.
    """
    database = services.database
    receipts = _without_staff(connection, receipts, now=now)
    named = [
        (DeliveryKey.parse(signed_receipt.receipt.key), signed_receipt)
        for signed_receipt, _ in receipts
    ]
    repeating = {
        key.sending_id
        for key, signed_receipt in named
        if key and may_be_tried_again(signed_receipt.receipt)
    }
    routes = route_rows.not_held_off(connection, services.routes) if repeating else {}
    sending = delivery_changes.hold_sending(connection, repeating) if repeating else {}
    standing = {
        locked_delivery.key: locked_delivery
        for locked_delivery in delivery_changes.lock_deliveries(
            connection, database, {key for key, _ in named if key}
        )
    }
    # Nearly all speak of the only try there is.
    elsewhere = {
        key
        for key, signed_receipt in named
        if key in standing
        and (
            (standing[key].attempts > 1 and may_be_tried_again(signed_receipt.receipt))
            or attempt_of(
                [standing[key].latest_attempt],
                signed_receipt.route,
                signed_receipt.receipt.reference,
            )
            is None
        )
    }
    earlier = attempts_of(connection, database, elsewhere) if elsewhere else {}
    effects = effects_of(standing, earlier, receipts, sending, routes, now)
    began_at = delivery_changes.first_sent_at(
        connection, {key.sending_id for key in effects.changes}
    )
    changes = list(effects.changes.values())
    delivery_changes.apply_changes(connection, database, changes, began_at=began_at, now=now)
    change_attempts(connection, database, list(effects.attempts.values()))
    return effects


def _without_staff(
    connection: Connection, receipts: Sequence[tuple[SignedReceipt, datetime]], *, now: datetime
) -> list[tuple[SignedReceipt, datetime]]:
    """Write down what receipts say of messages to users; the others."""
    others = []
    for signed, at in receipts:
        receipt = signed.receipt
        number = message_number(receipt.key)
        if number is None:
            others.append((signed, at))
        elif not isinstance(receipt, InProgress):
            staff_messages.apply_receipt(
                connection,
                number,
                State.DELIVERED if isinstance(receipt, Delivered) else State.FAILED,
                channel=signed.channel,
                reference=receipt.reference,
                again_at=now if may_be_tried_again(receipt) else None,
            )
    return others


def effects_of(
    standing: dict[DeliveryKey, LockedDelivery],
    earlier: dict[DeliveryKey, list[Attempt]],
    receipts: Iterable[tuple[SignedReceipt, datetime]],
    sending: Mapping[int, datetime],
    routes: Mapping[str, Collection[str]],
    now: datetime,
) -> ReceiptEffects:
    """What receipts change, in the order they came.

    In one piece: what each of them says depends on what those before it have said.
    """
    effects = ReceiptEffects()
    attempts: dict[DeliveryKey, list[Attempt]] = defaultdict(list)
    for locked_delivery in standing.values():
        attempts[locked_delivery.key] = [
            locked_delivery.latest_attempt,
            *earlier.get(locked_delivery.key, ()),
        ]
    for signed, at in receipts:
        receipt = signed.receipt
        key = DeliveryKey.parse(receipt.key)
        if key is None or key not in standing:
            effects.unmatched.append((signed, Mismatch.NO_DELIVERY))
            continue
        if key.channel != signed.channel:
            effects.unmatched.append((signed, Mismatch.OTHER_CHANNEL))
            continue
        found = standing[key]
        state = effects.changes[key].verdict.state if key in effects.changes else found.state
        meant = attempt_of(attempts[key], signed.route, receipt.reference)
        if meant is None:
            waits = state is State.WAITING
            effects.unmatched.append((signed, Mismatch.EARLY if waits else Mismatch.NO_TRY))
            continue
        latest = meant.number == 0
        known_attempt = meant._replace(route=signed.route, reference=receipt.reference)
        attempts[key][attempts[key].index(meant)] = known_attempt
        if not latest and (of_attempt := after_receipt(State.SENT, receipt)):
            effects.attempts[key, meant.number] = AttemptChange(
                key, meant.number, of_attempt, receipt.reference
            )
        # What waits for its next try is not ended by what its answer has said already.
        answered = state is State.WAITING and not meant.in_doubt
        # What an officer had tried again begins anew: the tries of before do not count.
        another = _has_another(routes.get(key.channel, ()), attempts[key][: found.attempts])
        ends = sending.get(key.sending_id)
        again_at = again_after_receipt(
            receipt, attempts=found.attempts, now=now, expires=ends, another_route=another
        )
        if verdict := after_receipt(
            state, receipt, of_latest_attempt=latest and not answered, again_at=again_at
        ):
            of_latest = next(attempt for attempt in attempts[key] if attempt.number == 0)
            effects.changes[key] = DeliveryChange(
                found, verdict, of_latest.route, of_latest.reference, at=at
            )
    return effects


def _has_another(routes: Collection[str], attempts: Sequence[Attempt]) -> bool:
    """Whether there is a route that had none of these tries; not where none is known."""
    return bool(attempts) and not {attempt.route for attempt in attempts}.issuperset(routes)


class ReceiptBatcher:
    """Collects receipts into batches. `put` returns once the receipt is in the database."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, receipt: SignedReceipt) -> None:
        """Wait until it is durable; raises what kept it from being so."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        await asyncio.sleep(BATCH_WINDOW)
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if (failure := await self._apply(batch)) is None or len(batch) == 1:
                continue
            if _may_pass(failure):
                await self._settle(batch, failure)
                continue
            # One that cannot be written keeps none of the others from being so.
            for one in batch:
                await self._apply([one])

    async def _apply(self, batch: Sequence["_Waiting"]) -> Exception | None:
        """Write some down and let those who wait know; what went wrong, effects to one alone."""
        try:
            await apply_receipts(self._services, [receipt for receipt, _ in batch])
        except Exception as failure:  # whoever waits must hear of it, and the provider repeats
            log.exception("receipts.not_written", number=len(batch))
            if len(batch) == 1:
                await self._settle(batch, failure)
            return failure
        await self._settle(batch, None)
        return None

    @staticmethod
    async def _settle(batch: Sequence["_Waiting"], failure: Exception | None) -> None:
        for place, (_, done) in enumerate(batch):
            if place and not place % ANSWERED_AT_ONCE:
                await asyncio.sleep(0)
            if done.done():
                continue
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(failure)


_Waiting = tuple[SignedReceipt, asyncio.Future[None]]


def _may_pass(failure: Exception) -> bool:
    """Whether the database was away, or in the way: no receipt is at fault."""
    return isinstance(failure, OSError | OperationalError | InterfaceError) or (
        isinstance(failure, DBAPIError) and failure.connection_invalidated
    )
