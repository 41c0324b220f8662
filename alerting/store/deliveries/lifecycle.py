"""Rows and queries for deliveries on their way: lease a chunk, settle it, apply receipts.

A chunk is leased as a whole and settled in one transaction. Counters move with the rows, in that
same transaction, so their sums always match. These functions are the hot path: they do not wait
between statements, and run in one go (`Database.at_once`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from alerting.domain.alert import CLOSED, AlertState, Precedence
from alerting.domain.channel import FAULTS, FailureReason, Fault
from alerting.domain.delivery import (
    LONGEST_WAIT,
    MAY_FOLLOW,
    Attempt,
    DeliveryKey,
    State,
    Verdict,
    written_off,
)
from alerting.domain.jobs import SendChunk
from alerting.domain.language import Language
from alerting.store.database import Database, table_of
from alerting.store.deliveries import attempts
from alerting.store.tables import (
    alert,
    alert_channel,
    chunk,
    delivery,
    delivery_attempt,
    delivery_count,
    delivery_timeline,
    recipient,
    route_outcome_count,
)

TICK = timedelta(milliseconds=100)
"""How finely the timeline is kept."""
PAUSE = timedelta(seconds=1)
"""Before a chunk goes on with deliveries that were not tried at all."""
LONGEST_BREATH = timedelta(seconds=10)
"""A chunk with such deliveries is never put off for longer."""
ROUTE_FAILURE_REASONS = sorted(
    failure_reason for failure_reason, fault in FAULTS.items() if fault is Fault.ROUTE
)
LANGUAGES = {language.value: language for language in Language}
"""Quicker than asking the enumeration, for each of a million."""
PRECEDENCES = {precedence.value: precedence for precedence in Precedence}


@dataclass(frozen=True, slots=True)
class Lease:
    """A chunk that is ours for a while. `in_doubt`: an earlier lease ran out, unsettled."""

    chunk_id: int
    by: str
    """The worker that has it."""
    alert_id: int
    channel: str
    lo: int
    hi: int
    size: int
    in_doubt: bool
    closed: bool
    """Nothing may leave any more: it was only taken to find out what may have left."""


class Due(NamedTuple):
    """A delivery of a leased chunk that may be tried now."""

    recipient_id: int
    language: Language
    address: str
    attempts: int
    failure_reason: str


class Settled(NamedTuple):
    """What became of one try. `handed_over_at` is when the provider answered yes."""

    due: Due
    verdict: Verdict
    handed_over_at: datetime | None = None
    route: str = ""
    possible_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class LockedDelivery:
    """A delivery as a receipt or a deadline finds it, held until commit."""

    key: DeliveryKey
    state: State
    language: Language
    failure_reason: str
    route: str = ""
    reference: str = ""

    @property
    def latest_attempt(self) -> Attempt:
        """The latest try, or what would be one: nothing that was never tried is in doubt.

        Without a route, a worker died with it: only when it is closed may any route have it.
        """
        tried = self.route != "" and self.failure_reason == FailureReason.UNCLEAR
        return Attempt(
            self.route, self.reference, in_doubt=tried or self.state is State.UNCONFIRMED
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


def lease(connection: sa.Connection, chunk_id: int, *, by: str, now: datetime) -> Lease | None:
    """Take a chunk that may be sent now; None when it may not, or someone else has it."""
    # Whoever stops the alert, or sends what follows it, waits until this is committed, and the
    # other way round: without, a chunk could be taken in the moment between.
    connection.execute(_holding_alert(), {"wanted": chunk_id})
    row = connection.execute(_leasing(), {"wanted": chunk_id, "worker": by, "now": now}).first()
    return Lease(chunk_id, by, *row) if row else None


def is_blocked(connection: sa.Connection, chunk_id: int, *, now: datetime) -> bool:
    """Whether a chunk could be sent now, were it not for an earlier message still under way."""
    query = (
        sa.select(chunk.c.id)
        .join_from(chunk, alert, alert.c.id == chunk.c.alert_id)
        .where(
            chunk.c.id == chunk_id,
            chunk.c.state == "ready",
            chunk.c.due_at <= now,
            alert.c.state == AlertState.SENDING,
        )
    )
    return connection.execute(query).first() is not None


def due_deliveries(connection: sa.Connection, held: Lease, *, now: datetime) -> list[Due]:
    """The deliveries of a leased chunk that wait and may be tried now.

    All that wait where the chunk is closed, and where it is in doubt: whoever had it before may
    have gone by another clock.
    """
    whole = held.closed or held.in_doubt
    given = {} if whole else {"now": now, "never_so_late": now + LONGEST_WAIT}
    rows = connection.execute(_due(whole=whole), _bounds(held) | given)
    return [
        Due(number, LANGUAGES[language], address, attempts, failure_reason)
        for number, language, address, attempts, failure_reason in rows
    ]


def alerted_before(connection: sa.Connection, held: Lease, *, previous_alert: int) -> set[int]:
    """Whom of a chunk the alert it follows, or those before that, reached or may have reached."""
    chain = (
        sa.select(alert.c.id, alert.c.previous_alert)
        .where(alert.c.id == previous_alert)
        .cte(recursive=True)
    )
    earlier = alert.alias("earlier")
    chain = chain.union(
        sa.select(earlier.c.id, earlier.c.previous_alert).where(
            earlier.c.id == chain.c.previous_alert
        )
    )
    before = delivery.alias("before")
    alarmed = (
        before.c.alert_id.in_(sa.select(chain.c.id)),
        before.c.channel == held.channel,
        # Failed ones among them: a phone that could not be reached then may be by now.
        sa.or_(
            before.c.sent_at.is_not(None),
            before.c.state == State.UNCONFIRMED,
            before.c.failure_reason == FailureReason.UNCLEAR,
        ),
    )
    found = set(
        connection.execute(
            sa.select(before.c.recipient_id).where(
                *alarmed, before.c.recipient_id.between(held.lo, held.hi)
            )
        ).scalars()
    )
    # An address is written to once, for whichever entry came first in the area of that time.
    for same in (
        recipient.c.phone == delivery.c.address,
        sa.func.lower(recipient.c.email) == sa.func.lower(delivery.c.address),
    ):
        found |= set(
            connection.execute(
                sa.select(delivery.c.recipient_id)
                .join_from(delivery, recipient, same)
                .join(before, before.c.recipient_id == recipient.c.id)
                .where(
                    delivery.c.alert_id == held.alert_id,
                    delivery.c.channel == held.channel,
                    delivery.c.recipient_id.between(held.lo, held.hi),
                    recipient.c.id != delivery.c.recipient_id,
                    sa.func.lower(before.c.address) == sa.func.lower(delivery.c.address),
                    *alarmed,
                )
            ).scalars()
        )
    return found


def close_ready(
    connection: sa.Connection,
    database: Database,
    alert_id: int,
    reason: FailureReason,
    *,
    now: datetime,
    at_most: int,
) -> int:
    """Write off what waits in some chunks of an alert of which nothing more may leave.

    What may have got through becomes unconfirmed, the rest expired for this reason. Chunks in doubt
    are left: somebody has to find out about them first. Answers how many chunks were closed.
    """
    rows = connection.execute(
        sa.select(chunk.c.id, chunk.c.channel, chunk.c.lo, chunk.c.hi)
        .where(chunk.c.alert_id == alert_id, chunk.c.state == "ready", chunk.c.in_doubt.is_(False))
        .limit(at_most)
        .with_for_update(skip_locked=True)
    ).all()
    changes: list[DeliveryChange] = []
    for row in rows:
        waiting = connection.execute(
            sa.select(delivery.c.recipient_id, delivery.c.language, delivery.c.failure_reason)
            .where(
                delivery.c.alert_id == alert_id,
                delivery.c.channel == row.channel,
                delivery.c.recipient_id.between(row.lo, row.hi),
                delivery.c.state == State.WAITING,
            )
            .order_by(delivery.c.recipient_id)
            .with_for_update()
        )
        changes += [
            DeliveryChange(
                LockedDelivery(
                    DeliveryKey(alert_id, row.channel, one[0]),
                    State.WAITING,
                    Language(one[1]),
                    one[2],
                ),
                written_off(reason, in_doubt=one[2] == FailureReason.UNCLEAR),
            )
            for one in waiting
        ]
    apply_changes(connection, database, changes, began_at={}, now=now)
    connection.execute(
        sa.update(chunk).where(chunk.c.id.in_([row.id for row in rows])).values(state="done")
    )
    return len(rows)


def settle(
    connection: sa.Connection,
    database: Database,
    held: Lease,
    settled: Sequence[Settled],
    *,
    began_at: datetime,
    now: datetime,
    still_in_doubt: bool = False,
) -> datetime | None:
    """Write down what became of a chunk's deliveries; answers when the chunk is due again.

    A row a receipt has already moved on keeps its newer state. None means the chunk is done.
    """
    moved = _write_alike(connection, database, held, settled, now)
    if moved is None:
        moved = _write_verdicts(connection, database, held, settled, now)
    twice = sum(one.possible_duplicate for one in moved)
    if len(moved) < len(settled):
        twice += _refer(connection, database, held, settled)
    # Added up first: the same few movements come hundreds of times.
    movements = Counter(
        (one.due.language, one.due.failure_reason, one.verdict.state, one.verdict.failure_reason)
        for one in moved
    )
    handed = Counter(one.handed_over_at for one in settled if one.handed_over_at is not None)
    passages = Counter((one.route, one.verdict.state) for one in settled if one.route)
    counts = _Counts()
    place = (held.alert_id, held.channel)
    for (language, before, state, failure_reason), n in movements.items():
        counts.move(
            *place, language, (State.WAITING.value, before), Verdict(state, failure_reason), n
        )
    for at, n in handed.items():
        counts.beat(*place, "sent", at - began_at, n)
    for (route, answer), n in passages.items():
        counts.pass_by(*place, route, answer, n)
    # The row in alert_channel before the counters', as planning takes them: the other way round,
    # the two would wait for each other.
    if handed:
        _note_times(connection, held, min(handed), max(handed), twice)
    counts.write(connection, database)
    if len(moved) == held.size and not any(state is State.WAITING for _, _, state, _ in movements):
        connection.execute(_closing(), {"wanted": held.chunk_id, "worker": held.by})
        return None
    return _release(connection, held, now=now, in_doubt=still_in_doubt)


def lock_deliveries(
    connection: sa.Connection, database: Database, keys: Iterable[DeliveryKey]
) -> list[LockedDelivery]:
    """The deliveries behind these keys, held until commit; unknown keys are left out."""
    document = database.document(
        sorted({(key.alert_id, key.channel, key.recipient_id) for key in keys})
    )
    rows = connection.execute(_standing(sqlite=database.is_sqlite), {"given": document})
    return [
        LockedDelivery(
            DeliveryKey(row[0], row[1], row[2]), State(row[3]), Language(row[4]), *row[5:]
        )
        for row in rows
    ]


def without_receipt(
    connection: sa.Connection, alert_id: int, channel: str, *, since: datetime, limit: int
) -> list[LockedDelivery]:
    """Deliveries handed over before `since` for which no receipt has come, held until commit."""
    rows = connection.execute(
        sa.select(delivery.c.recipient_id, delivery.c.language, delivery.c.failure_reason)
        .where(
            delivery.c.alert_id == alert_id,
            delivery.c.channel == channel,
            delivery.c.state == State.SENT,
            delivery.c.sent_at <= since,
        )
        .order_by(delivery.c.recipient_id)
        .limit(limit)
        .with_for_update()
    )
    return [
        LockedDelivery(DeliveryKey(alert_id, channel, row[0]), State.SENT, Language(row[1]), row[2])
        for row in rows
    ]


def first_sent_at(connection: sa.Connection, numbers: Collection[int]) -> dict[int, datetime]:
    """When the sending of each of these alerts began."""
    rows = connection.execute(
        sa.select(alert.c.id, alert.c.sent_at).where(
            alert.c.id.in_(sorted(numbers)), alert.c.sent_at.is_not(None)
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

    `began_at` gives for each alert when its sending began. ValueError, and nothing is changed,
    where one of them may not follow the state that stands in the database, or would end what waits
    and was never tried as if it had been.
    """
    if not changes:
        return
    document = database.document(
        (
            one.found.key.alert_id,
            one.found.key.channel,
            one.found.key.recipient_id,
            one.verdict.state,
            one.verdict.failure_reason or "",
            one.verdict.provider_code,
            one.route,
            one.reference,
        )
        for one in changes
    )
    done = connection.execute(_changing(sqlite=database.is_sqlite), {"given": document, "now": now})
    if done.rowcount != len(changes):  # the counters would move without the rows
        raise ValueError(f"{len(changes) - done.rowcount} steps that no table of states has")
    counts = _Counts()
    for one in changes:
        place = (one.found.key.alert_id, one.found.key.channel, one.found.language)
        counts.move(*place, (one.found.state, one.found.failure_reason), one.verdict)
        if one.verdict.state is State.DELIVERED and place[0] in began_at:
            counts.beat(*place[:2], "delivered", (one.at or now) - began_at[place[0]])
    counts.write(connection, database)


def leased_chunks(connection: sa.Connection, worker: str) -> set[int]:
    """The chunks a worker has."""
    query = sa.select(chunk.c.id).where(chunk.c.state == "leased", chunk.c.leased_by == worker)
    return set(connection.execute(query).scalars())


def reopen_failed(
    connection: sa.Connection,
    database: Database,
    alert_id: int,
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
    found = connection.execute(
        sa.select(delivery.c.recipient_id, delivery.c.language, delivery.c.failure_reason, address)
        .join_from(delivery, recipient, recipient.c.id == delivery.c.recipient_id)
        .where(
            delivery.c.alert_id == alert_id,
            delivery.c.channel == channel,
            delivery.c.state == State.FAILED,
            address != "",
            free,
        )
        .order_by(delivery.c.recipient_id)
        .limit(at_most)
        .with_for_update(of=delivery)
    ).all()
    if not found:
        return 0, []
    whose = sa.select(delivery).where(
        delivery.c.alert_id == alert_id,
        delivery.c.channel == channel,
        delivery.c.recipient_id.in_([row[0] for row in found]),
        delivery.c.route != "",
    )
    connection.execute(attempts.moving(whose))
    connection.execute(
        sa.update(delivery)
        .where(
            delivery.c.alert_id == alert_id,
            delivery.c.channel == channel,
            delivery.c.recipient_id == sa.bindparam("wanted"),
            _may_become(State.WAITING, among=[State.FAILED]),
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
        [{"wanted": row[0], "today": row[3]} for row in found],
    )
    counts = _Counts()
    again = Verdict(State.WAITING)
    for (language, failure_reason), n in Counter((row[1], row[2]) for row in found).items():
        counts.move(alert_id, channel, language, (State.FAILED.value, failure_reason), again, n)
    counts.write(connection, database)
    waits = sa.exists().where(
        delivery.c.alert_id == chunk.c.alert_id,
        delivery.c.channel == chunk.c.channel,
        delivery.c.recipient_id.between(chunk.c.lo, chunk.c.hi),
        delivery.c.state == State.WAITING,
        delivery.c.next_attempt_at.is_(None),
    )
    # A leased one finds out by itself that somebody waits, when it is settled.
    opened = connection.execute(
        sa.update(chunk)
        .where(
            chunk.c.alert_id == alert_id,
            chunk.c.channel == channel,
            chunk.c.state != "leased",
            waits,
        )
        .values(state="ready", due_at=now)
        .returning(chunk.c.id)
    )
    return len(found), sorted(opened.scalars())


def release_chunks(
    connection: sa.Connection, chunk_ids: Collection[int], *, by: str, due_at: datetime
) -> None:
    """Give back chunks that a worker took and never settled: what they hold is in doubt."""
    connection.execute(
        sa.update(chunk)
        .where(
            chunk.c.id.in_(sorted(chunk_ids)), chunk.c.state == "leased", chunk.c.leased_by == by
        )
        .values(state="ready", due_at=due_at, leased_by="", in_doubt=True)
    )


def ready_chunks(connection: sa.Connection, *, now: datetime, limit: int) -> list[SendChunk]:
    """For each channel of each alert, some chunks due now that nobody holds; most urgent first.

    Asked for each alert under way, and not of all chunks at once: that would read every chunk that
    waits for its turn.
    """
    found = []
    for row in connection.execute(_under_way()).all():
        found += next_ready(connection, row.alert_id, row.channel, now=now, limit=limit)
    return sorted(found, key=lambda job: job.turn)


def next_ready(
    connection: sa.Connection, alert_id: int, channel: str, *, now: datetime, limit: int
) -> list[SendChunk]:
    """Chunks of one channel of an alert that may be due now and that nobody holds, oldest first.

    None of an alert that is not being sent, but those in doubt once it is closed.
    """
    wanted = {"of_alert": alert_id, "of_channel": channel, "now": now, "at_most": limit}
    return [
        SendChunk(alert_id, channel, row.id, PRECEDENCES[row.precedence])
        for row in connection.execute(_next_ready(), wanted)
    ]


def bring_forward(connection: sa.Connection, *, now: datetime, latest: datetime, limit: int) -> int:
    """Undo what a clock since put right has said of ready chunks; the number of those moved.

    Nothing waits longer than until `latest`. Some, those furthest ahead first, are due now: they
    hold somebody who was never put off, and only those who were have a reason to wait.
    """
    far = connection.execute(
        sa.update(chunk)
        .where(chunk.c.state == "ready", chunk.c.due_at > latest)
        .values(due_at=latest)
        .returning(chunk.c.id)
    ).all()
    never_put_off = sa.exists().where(
        delivery.c.alert_id == chunk.c.alert_id,
        delivery.c.channel == chunk.c.channel,
        delivery.c.recipient_id.between(chunk.c.lo, chunk.c.hi),
        delivery.c.state == State.WAITING,
        delivery.c.next_attempt_at.is_(None),
    )
    ahead = (
        sa.select(chunk.c.id)
        .where(chunk.c.state == "ready", chunk.c.due_at > now + LONGEST_BREATH, never_put_off)
        .order_by(chunk.c.due_at.desc(), chunk.c.id)
        .limit(limit)
    )
    moved = connection.execute(
        sa.update(chunk).where(chunk.c.id.in_(ahead)).values(due_at=now).returning(chunk.c.id)
    ).all()
    return len({row.id for row in (*far, *moved)})


def precede(connection: sa.Connection, channels: Collection[str], *, now: datetime) -> None:
    """Try at once what these channels put off because of a route: its operator changed something.

    What was put off because of the recipient goes on waiting.
    """
    put_off = (
        delivery.c.alert_id == chunk.c.alert_id,
        delivery.c.channel == chunk.c.channel,
        delivery.c.recipient_id.between(chunk.c.lo, chunk.c.hi),
        delivery.c.state == State.WAITING,
        delivery.c.failure_reason.in_(ROUTE_FAILURE_REASONS),
        delivery.c.next_attempt_at > now,
    )
    waits = (
        sa.select(chunk.c.id)
        .where(chunk.c.state == "ready", chunk.c.due_at > now, chunk.c.channel.in_(channels))
        .where(sa.exists().where(*put_off))
        .with_for_update(skip_locked=True)
    )
    ids = connection.execute(waits).scalars().all()
    connection.execute(
        sa.update(delivery).where(chunk.c.id.in_(ids), *put_off).values(next_attempt_at=now)
    )
    connection.execute(sa.update(chunk).where(chunk.c.id.in_(ids)).values(due_at=now))


IN_CHUNK = (
    delivery.c.alert_id == sa.bindparam("of_alert"),
    delivery.c.channel == sa.bindparam("of_channel"),
    delivery.c.recipient_id.between(sa.bindparam("lo"), sa.bindparam("hi")),
)


def _may_become(
    after: State | sa.ColumnElement[str], among: Iterable[State] = State
) -> sa.ColumnElement[bool]:
    """That the state which stands is one of these, and that `after` may follow it.

    Whatever writes a delivery's state has this among its conditions.
    """
    steps: list[sa.ColumnElement[bool]] = []
    for before in among:
        stands = delivery.c.state == before
        if isinstance(after, State):
            steps += [stands] if after in MAY_FOLLOW[before] else []
        elif MAY_FOLLOW[before] == frozenset(State):
            steps.append(stands)
        else:  # not IN, which would be expanded at every execution
            steps += [sa.and_(stands, after == state) for state in sorted(MAY_FOLLOW[before])]
    return sa.or_(sa.false(), *steps)


def _bounds(held: Lease) -> dict[str, Any]:
    """What `IN_CHUNK` asks for."""
    return {
        "of_alert": held.alert_id,
        "of_channel": held.channel,
        "lo": held.lo,
        "hi": held.hi,
    }


def _same_delivery(given: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        delivery.c.alert_id == given.c.alert_id,
        delivery.c.channel == given.c.channel,
        delivery.c.recipient_id == given.c.recipient_id,
    )


def _write_alike(
    connection: sa.Connection,
    database: Database,
    held: Lease,
    settled: Sequence[Settled],
    now: datetime,
) -> Sequence[Settled] | None:
    """Move a whole chunk by its range where all came to the same; None where they did not.

    Nearly every chunk of e-mail does: then no row has to be named. The references must be made of
    the deliveries' own keys, as a Message-ID is.
    """
    if not settled or len(settled) != held.size or settled[0].verdict.failure_reason is not None:
        return None
    first, _, handed_over_at, route, _ = settled[0]
    state = settled[0].verdict.state
    prefix = f"{held.alert_id}.{held.channel}."
    suffix = settled[0].verdict.reference.removeprefix(f"{prefix}{first.recipient_id}")
    for one, verdict, at, by, twice in settled:
        if (
            verdict.reference != f"{prefix}{one.recipient_id}{suffix}"
            or verdict.state is not state
            or at != handed_over_at
            or by != route
            or one.attempts
            or twice
        ):
            return None
    more = {"prefix": prefix, "suffix": suffix, "new_state": state, "by_route": route}
    times = {"handed_over_at": handed_over_at, "now": now}
    changed = connection.execute(_settling_alike(), _bounds(held) | more | times)
    if changed.rowcount == held.size:
        return settled
    # A receipt was quicker than the answers for some of them.
    moved = set(
        connection.execute(
            sa.select(delivery.c.recipient_id).where(
                *IN_CHUNK, delivery.c.state == state, delivery.c.settled_at == now
            ),
            _bounds(held),
        ).scalars()
    )
    return [one for one in settled if one.due.recipient_id in moved]


def _write_verdicts(
    connection: sa.Connection,
    database: Database,
    held: Lease,
    settled: Sequence[Settled],
    now: datetime,
) -> Sequence[Settled]:
    """Move the rows that still wait; answers which ones did."""
    if not settled:
        return settled
    document = _document(database, held, settled)
    if any(one.due.attempts for one in settled):
        connection.execute(_moving_attempts(sqlite=database.is_sqlite), {"given": document})
    rows = connection.execute(_settling(sqlite=database.is_sqlite), {"given": document, "now": now})
    moved = set(rows.scalars())
    if len(moved) == len(settled):
        return settled
    return [one for one in settled if one.due.recipient_id in moved]


def _refer(
    connection: sa.Connection, database: Database, held: Lease, settled: Sequence[Settled]
) -> int:
    """Somebody was quicker: keep that state, and add what is known of these tries.

    A receipt of an earlier try; or another worker, to which this one was dead for a while: where
    both handed it over, that is noted. Answers for how many.
    """
    document = {"given": _document(database, held, settled)}
    again = connection.execute(_coming_again(sqlite=database.is_sqlite), document).all()
    connection.execute(_referring(sqlite=database.is_sqlite), document)
    connection.execute(_adding_attempts(sqlite=database.is_sqlite), document)
    return len(again)


def _document(database: Database, held: Lease, settled: Sequence[Settled]) -> str:
    return database.document(
        (
            held.alert_id,
            held.channel,
            one.due.recipient_id,
            one.verdict.state,
            one.verdict.failure_reason or "",
            one.verdict.provider_code,
            one.verdict.reference,
            one.verdict.next_attempt_at,
            one.handed_over_at,
            one.route,
            one.possible_duplicate,
        )
        for one in settled
    )


# Statements of the hot path are built once for each kind of database: building one takes longer
# than running it.


@cache
def _holding_alert() -> sa.Select[Any]:
    owner = sa.select(chunk.c.alert_id).where(chunk.c.id == sa.bindparam("wanted"))
    whole = sa.select(alert.c.id).where(alert.c.id == owner.scalar_subquery())
    return whole.with_for_update(read=True)


@cache
def _due(*, whole: bool) -> sa.Select[Any]:
    stamp = delivery.c.next_attempt_at.type
    ripe = sa.or_(
        delivery.c.next_attempt_at.is_(None),
        delivery.c.next_attempt_at <= sa.bindparam("now", type_=stamp),
        # Further ahead than anything is put off: by a clock since put right.
        delivery.c.next_attempt_at > sa.bindparam("never_so_late", type_=stamp),
    )
    return (
        sa.select(
            delivery.c.recipient_id,
            delivery.c.language,
            delivery.c.address,
            delivery.c.attempts,
            delivery.c.failure_reason,
        )
        .where(*IN_CHUNK, delivery.c.state == State.WAITING, *(() if whole else (ripe,)))
        .order_by(delivery.c.recipient_id)
    )


@cache
def _under_way() -> sa.Select[Any]:
    return (
        sa.select(alert_channel.c.alert_id, alert_channel.c.channel)
        .join_from(alert_channel, alert, alert.c.id == alert_channel.c.alert_id)
        .where(alert.c.sent_at.is_not(None), alert.c.finished_at.is_(None))
    )


@cache
def _next_ready() -> sa.Select[Any]:
    return (
        sa.select(chunk.c.id, chunk.c.precedence)
        .join_from(chunk, alert, alert.c.id == chunk.c.alert_id)
        .where(
            chunk.c.state == "ready",
            chunk.c.alert_id == sa.bindparam("of_alert"),
            chunk.c.channel == sa.bindparam("of_channel"),
            chunk.c.due_at <= sa.bindparam("now", type_=chunk.c.due_at.type),
            sa.or_(
                alert.c.state == AlertState.SENDING,
                sa.and_(chunk.c.in_doubt, alert.c.state.in_(sorted(CLOSED))),
            ),
        )
        .order_by(chunk.c.due_at, chunk.c.id)
        .limit(sa.bindparam("at_most"))
    )


@cache
def _leasing() -> sa.Update:
    """Take a chunk if its alert is being sent, and no message before it is still under way.

    A follow-up must not overtake what it follows: while a chunk of the alert before it that holds
    some of the same people is leased, or in doubt, it has to wait. What of the earlier alert is
    merely ready will never be sent, because that alert is no longer being sent.
    """
    now = sa.bindparam("now", type_=chunk.c.due_at.type)
    before = chunk.alias("before")
    under_way = sa.exists().where(
        before.c.alert_id == alert.c.previous_alert,
        before.c.channel == chunk.c.channel,
        before.c.state != "done",
        sa.or_(before.c.state == "leased", before.c.in_doubt),
        before.c.lo <= chunk.c.hi,
        before.c.hi >= chunk.c.lo,
    )
    closed = alert.c.state.in_(sorted(CLOSED))
    # SQLite's RETURNING knows only the table that is updated.
    own = alert.alias("own")
    was_closed = (
        sa.select(own.c.state.in_(sorted(CLOSED)))
        .where(own.c.id == chunk.c.alert_id)
        .correlate(chunk)
        .scalar_subquery()
    )
    return (
        sa.update(chunk)
        .where(
            chunk.c.id == sa.bindparam("wanted"),
            chunk.c.state == "ready",
            chunk.c.due_at <= now,
            alert.c.id == chunk.c.alert_id,
            sa.or_(
                sa.and_(
                    alert.c.state == AlertState.SENDING,
                    sa.or_(alert.c.previous_alert.is_(None), ~under_way),
                ),
                sa.and_(closed, chunk.c.in_doubt),
            ),
        )
        .values(state="leased", leased_by=sa.bindparam("worker"))
        .returning(
            chunk.c.alert_id,
            chunk.c.channel,
            chunk.c.lo,
            chunk.c.hi,
            chunk.c.size,
            chunk.c.in_doubt,
            was_closed,
        )
    )


@cache
def _standing(*, sqlite: bool) -> sa.Select[Any]:
    given = table_of(
        [delivery.c.alert_id, delivery.c.channel, delivery.c.recipient_id], sqlite=sqlite
    )
    return (
        sa.select(
            delivery.c.alert_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.language,
            delivery.c.failure_reason,
            delivery.c.route,
            delivery.c.reference,
        )
        .join_from(delivery, given, _same_delivery(given))
        .order_by(delivery.c.alert_id, delivery.c.channel, delivery.c.recipient_id)
        .with_for_update(of=delivery)
    )


@cache
def _changing(*, sqlite: bool) -> sa.Update:
    given = table_of(
        [
            delivery.c.alert_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            delivery.c.route,
            delivery.c.reference,
        ],
        sqlite=sqlite,
    )
    now = sa.bindparam("now", type_=delivery.c.settled_at.type)
    earlier = sa.exists().where(
        *(delivery_attempt.c[column.name] == column for column in attempts.WHOSE)
    )
    # Whoever was never tried has no receipt: nothing that waits is ended by one without a try.
    without_a_try = given.c.state.in_([State.EXPIRED, State.UNCONFIRMED])
    tried = sa.or_(
        without_a_try, delivery.c.state != State.WAITING, delivery.c.attempts > 0, earlier
    )
    learned = sa.and_(delivery.c.reference == "", given.c.reference != "")
    return (
        sa.update(delivery)
        .where(_same_delivery(given), _may_become(given.c.state), tried)
        .values(
            state=given.c.state,
            route=sa.case((learned, given.c.route), else_=delivery.c.route),
            reference=sa.case((learned, given.c.reference), else_=delivery.c.reference),
            failure_reason=given.c.failure_reason,
            provider_code=given.c.provider_code,
            settled_at=now,
            next_attempt_at=None,
            # A receipt where the provider's answer never came proves the hand-over.
            sent_at=sa.case(
                (without_a_try, delivery.c.sent_at),
                else_=sa.func.coalesce(delivery.c.sent_at, now),
            ),
        )
    )


@cache
def _settling(*, sqlite: bool) -> sa.Update:
    given = _verdicts(sqlite=sqlite)
    untried = sa.and_(given.c.route == "", given.c.reference == "")
    return (
        sa.update(delivery)
        .where(_same_delivery(given), _may_become(given.c.state, among=[State.WAITING]))
        .values(
            state=given.c.state,
            attempts=delivery.c.attempts + 1,
            failure_reason=given.c.failure_reason,
            provider_code=given.c.provider_code,
            # What no route was given now is still what an earlier try made of it.
            reference=sa.case((untried, delivery.c.reference), else_=given.c.reference),
            route=sa.case((untried, delivery.c.route), else_=given.c.route),
            next_attempt_at=given.c.next_attempt_at,
            sent_at=sa.func.coalesce(given.c.sent_at, delivery.c.sent_at),
            possible_duplicate=sa.or_(delivery.c.possible_duplicate, given.c.possible_duplicate),
            settled_at=sa.bindparam("now", type_=delivery.c.settled_at.type),
        )
        .returning(delivery.c.recipient_id)
    )


@cache
def _moving_attempts(*, sqlite: bool) -> sa.Insert:
    """What is tried again: the try before moves into a row of its own."""
    given = _verdicts(sqlite=sqlite)
    return attempts.moving(
        sa.select(delivery)
        .join(given, _same_delivery(given))
        .where(
            delivery.c.state == State.WAITING,
            delivery.c.attempts > 0,
            delivery.c.route != "",
            given.c.route != "",
        )
    )


@cache
def _adding_attempts(*, sqlite: bool) -> sa.Insert:
    return attempts.adding(_verdicts(sqlite=sqlite))


@cache
def _settling_alike() -> sa.Update:
    after = sa.bindparam("new_state", type_=delivery.c.state.type)
    return (
        sa.update(delivery)
        .where(*IN_CHUNK, _may_become(after, among=[State.WAITING]))
        .values(
            state=after,
            attempts=delivery.c.attempts + 1,
            reference=sa.bindparam("prefix", type_=sa.String)
            + sa.cast(delivery.c.recipient_id, sa.String)
            + sa.bindparam("suffix", type_=sa.String),
            route=sa.bindparam("by_route"),
            sent_at=sa.bindparam("handed_over_at", type_=delivery.c.sent_at.type),
            settled_at=sa.bindparam("now", type_=delivery.c.settled_at.type),
        )
    )


@cache
def _referring(*, sqlite: bool) -> sa.Update:
    given = _verdicts(sqlite=sqlite)
    return (
        sa.update(delivery)
        .where(
            _same_delivery(given),
            delivery.c.reference == "",
            delivery.c.route == "",
            given.c.reference != "",
        )
        .values(reference=given.c.reference, route=given.c.route, attempts=delivery.c.attempts + 1)
    )


@cache
def _coming_again(*, sqlite: bool) -> sa.Update:
    """Two references are two messages; of a repetition in doubt, whoever repeats it knows."""
    given = _verdicts(sqlite=sqlite)
    another = sa.and_(
        delivery.c.reference != "",
        given.c.reference != "",
        delivery.c.reference != given.c.reference,
    )
    return (
        sa.update(delivery)
        .where(
            _same_delivery(given),
            delivery.c.state != State.WAITING,
            delivery.c.possible_duplicate.is_(False),
            sa.or_(given.c.possible_duplicate, another),
        )
        .values(possible_duplicate=True)
        .returning(delivery.c.recipient_id)
    )


def _verdicts(*, sqlite: bool) -> sa.Subquery:
    # The whole key stands in every row: with the chunk's constants instead, SQLite would walk the
    # deliveries of the channel, and all the rows given for each of them.
    return table_of(
        [
            delivery.c.alert_id,
            delivery.c.channel,
            delivery.c.recipient_id,
            delivery.c.state,
            delivery.c.failure_reason,
            delivery.c.provider_code,
            delivery.c.reference,
            delivery.c.next_attempt_at,
            delivery.c.sent_at,
            delivery.c.route,
            delivery.c.possible_duplicate,
        ],
        sqlite=sqlite,
    )


def _note_times(
    connection: sa.Connection, held: Lease, first: datetime, last: datetime, twice: int
) -> None:
    given = {"first": first, "last": last, "twice": twice}
    whose = {"of_alert": held.alert_id, "of_channel": held.channel}
    connection.execute(_noting_times(), whose | given)


@cache
def _noting_times() -> sa.Update:
    first, last = (
        sa.bindparam(name, type_=alert_channel.c.first_at.type) for name in ("first", "last")
    )
    return (
        sa.update(alert_channel)
        .where(
            alert_channel.c.alert_id == sa.bindparam("of_alert"),
            alert_channel.c.channel == sa.bindparam("of_channel"),
        )
        .values(
            first_at=sa.case(
                (alert_channel.c.first_at <= first, alert_channel.c.first_at), else_=first
            ),
            last_at=sa.case((alert_channel.c.last_at >= last, alert_channel.c.last_at), else_=last),
            possible_duplicate=alert_channel.c.possible_duplicate
            + sa.bindparam("twice", type_=sa.Integer),
        )
    )


def _release(
    connection: sa.Connection, held: Lease, *, now: datetime, in_doubt: bool
) -> datetime | None:
    """Close the chunk, or make it due when its next delivery is, with a pause if it must ask.

    Not when another worker has it by now: it would be taken from that one's hands.
    """
    given = _bounds(held) | {"now": now, "after_a_pause": now + PAUSE}
    again, waiting = connection.execute(_left_waiting(), given).one()
    if not waiting:
        connection.execute(_closing(), {"wanted": held.chunk_id, "worker": held.by})
        return None
    released = connection.execute(
        sa.update(chunk)
        .where(chunk.c.id == held.chunk_id, chunk.c.state == "leased", chunk.c.leased_by == held.by)
        .values(state="ready", due_at=again, leased_by="", in_doubt=in_doubt)
    )
    return again if released.rowcount else None


@cache
def _left_waiting() -> sa.Select[Any, int]:
    """When the next of a chunk is due, and how many wait."""
    stamp = delivery.c.next_attempt_at.type
    now, later = (sa.bindparam(name, type_=stamp) for name in ("now", "after_a_pause"))
    next_one = sa.case((delivery.c.next_attempt_at > now, delivery.c.next_attempt_at), else_=later)
    return sa.select(sa.func.min(next_one, type_=stamp), sa.func.count()).where(
        *IN_CHUNK, delivery.c.state == State.WAITING
    )


@cache
def _closing() -> sa.Update:
    return (
        sa.update(chunk)
        .where(
            chunk.c.id == sa.bindparam("wanted"),
            chunk.c.state == "leased",
            chunk.c.leased_by == sa.bindparam("worker"),
        )
        .values(state="done", leased_by="", in_doubt=False)
    )


class _Counts:
    """Movements of counters, added up before they are written."""

    def __init__(self) -> None:
        self._tally: Counter[tuple[int, str, str, str, str]] = Counter()
        self._pulse: Counter[tuple[int, str, str, int]] = Counter()
        self._passage: Counter[tuple[int, str, str, str]] = Counter()

    def move(
        self,
        alert: int,
        channel: str,
        language: str,
        before: tuple[str, str],
        verdict: Verdict,
        n: int = 1,
    ) -> None:
        """Deliveries leave one count for another."""
        self._tally[alert, channel, language, str(before[0]), before[1]] -= n
        after = (str(verdict.state), str(verdict.failure_reason or ""))
        self._tally[alert, channel, language, *after] += n

    def beat(self, alert: int, channel: str, kind: str, since_start: timedelta, n: int = 1) -> None:
        """Deliveries were handed over, or arrived, this long after sending began."""
        self._pulse[alert, channel, kind, max(0, since_start // TICK)] += n

    def pass_by(self, alert: int, channel: str, route: str, answer: str, n: int) -> None:
        """Tries went by this route, with this result."""
        self._passage[alert, channel, route, str(answer)] += n

    def write(self, connection: sa.Connection, database: Database) -> None:
        """Add everything to the tables."""
        database.add_up(connection, delivery_count, _rows(delivery_count, self._tally))
        database.add_up(connection, route_outcome_count, _rows(route_outcome_count, self._passage))
        database.add_up(connection, delivery_timeline, _rows(delivery_timeline, self._pulse))


def _rows(table: sa.Table, counts: Mapping[tuple[Any, ...], int]) -> list[dict[str, Any]]:
    names = [column.name for column in table.primary_key.columns]
    return [{**dict(zip(names, key, strict=True)), "n": n} for key, n in counts.items() if n]
