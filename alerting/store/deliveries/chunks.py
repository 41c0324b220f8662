"""Chunks of deliveries: which are ready, leased to whom, what is due in them.

These functions are the hot path: they do not wait between statements, and run in one go
(`Database.at_once`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from alerting.domain.alert import CLOSED, AlertState, Precedence
from alerting.domain.channel import FAULTS, Fault
from alerting.domain.delivery import (
    LONGEST_WAIT,
    State,
)
from alerting.domain.jobs import SendChunk
from alerting.domain.language import Language
from alerting.domain.recipient import Hmacs
from alerting.store.deliveries.conditions import (
    may_have_reached,
    of_sendings,
    same_address,
    sending_and_those_before,
)
from alerting.store.tables import (
    alerted_address,
    chunk,
    delivery,
    recipient,
    recipient_change,
    sending,
    sending_channel,
)

LONGEST_PAUSE = timedelta(seconds=10)
"""A chunk with deliveries that were not tried at all is never put off for longer."""
CHANGED_AT_ONCE = 10_000
"""Entries named in one statement."""
ROUTE_FAILURE_REASONS = sorted(
    failure_reason for failure_reason, fault in FAULTS.items() if fault is Fault.ROUTE
)
LANGUAGES = {language.value: language for language in Language}
"""Quicker than asking the enumeration, for each of a million."""
NO_ROUTES: frozenset[str] = frozenset()
PRECEDENCES = {precedence.value: precedence for precedence in Precedence}


@dataclass(frozen=True, slots=True)
class Lease:
    """A chunk that is ours for a while. `in_doubt`: an earlier lease ran out, unsettled."""

    chunk_id: int
    by: str
    """The worker that has it."""
    sending_id: int
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
    avoids: frozenset[str] = frozenset()
    """The routes that lost a try, or may have it: others are taken where there are any."""
    sent_before: bool = False
    """Whether an earlier try was handed over."""


Lost = Sequence[sa.Row[int, str, int, int]]
"""Chunks that a dead worker had: the sending, the channel, and the first and last recipient."""


def lease(connection: sa.Connection, chunk_id: int, *, by: str, now: datetime) -> Lease | None:
    """Take a chunk that may be sent now; None when it may not, or someone else has it."""
    # Whoever stops the sending, or sends what follows it, waits until this is committed, and the
    # other way round: without, a chunk could be taken in the moment between.
    connection.execute(_holding_sending(), {"wanted": chunk_id})
    row = connection.execute(_leasing(), {"wanted": chunk_id, "worker": by, "now": now}).first()
    return Lease(chunk_id, by, *row) if row else None


def is_blocked(connection: sa.Connection, chunk_id: int, *, now: datetime) -> bool:
    """Whether a chunk could be sent now, were it not for an earlier message still under way."""
    query = (
        sa.select(chunk.c.id)
        .join_from(chunk, sending, sending.c.id == chunk.c.sending_id)
        .where(
            chunk.c.id == chunk_id,
            chunk.c.state == "ready",
            chunk.c.due_at <= now,
            sending.c.state == AlertState.SENDING,
        )
    )
    return connection.execute(query).first() is not None


def due_deliveries(connection: sa.Connection, leased: Lease, *, now: datetime) -> list[Due]:
    """The deliveries of a leased chunk that wait and may be tried now.

    All that wait where the chunk is closed, and where it is in doubt: whoever had it before may
    have gone by another clock.
    """
    whole = leased.closed or leased.in_doubt
    given = {} if whole else {"now": now, "never_so_late": now + LONGEST_WAIT}
    rows = connection.execute(_due(whole=whole), chunk_bounds(leased) | given)
    return [
        Due(
            number,
            LANGUAGES[language],
            address,
            attempts,
            failure_reason,
            _one_or_none(lost_by),
            bool(sent_before),
        )
        for number, language, address, attempts, failure_reason, lost_by, sent_before in rows
    ]


def _one_or_none(route: str) -> frozenset[str]:
    return frozenset((route,)) if route else NO_ROUTES


def alerted_before(
    connection: sa.Connection,
    leased: Lease,
    among: Mapping[int, str],
    *,
    previous_sending: int,
    hmacs: Callable[[], Hmacs],
) -> set[int]:
    """Whom of a chunk the sending it follows, or those before that, reached or may have reached.

    On whichever channel: whoever had an e-mail was alerted, and a text message may take that back.
    By the address of the delivery, under whichever entry it stood: looked at only where not all
    `among` (recipients, with the address each is written to) were alerted themselves. `hmacs`
    is asked only where an entry that was alerted has ended since.
    """
    sendings = connection.scalars(sending_and_those_before(previous_sending)).all()
    before = delivery.alias("before")
    lost = _lost_with_a_worker(connection, sendings)
    themselves = sa.select(before.c.recipient_id).where(
        *_reached(before, sendings, lost),
        before.c.recipient_id.between(leased.lo, leased.hi),
    )
    found = set(connection.scalars(themselves))
    if found.issuperset(among):
        return found
    changed = _changed_since(connection, sendings)
    for query in _alerted_by_address(leased, sendings, changed, lost):
        found.update(connection.scalars(query))
    others = {number: address for number, address in among.items() if number not in found}
    return found | _through_ended_entries(connection, sendings, others, hmacs)


def _lost_with_a_worker(connection: sa.Connection, sendings: Collection[int]) -> Lost:
    """The chunks of these sendings that a dead worker had, and nobody has found out about yet."""
    return connection.execute(
        sa.select(chunk.c.sending_id, chunk.c.channel, chunk.c.lo, chunk.c.hi).where(
            chunk.c.sending_id.in_(sendings),
            chunk.c.state != "done",  # for the index
            chunk.c.in_doubt,
        )
    ).all()


def _reached(
    before: sa.FromClause, sendings: Collection[int], lost: Lost
) -> tuple[sa.ColumnElement[bool], ...]:
    """Of a delivery `before`: that it is of these sendings, and may have reached somebody.

    So may what waits in the chunks that a dead worker had (`lost`).
    """
    in_doubt = (
        sa.and_(
            before.c.sending_id == one.sending_id,
            before.c.channel == one.channel,
            before.c.recipient_id.between(one.lo, one.hi),
            before.c.state == State.WAITING,
        )
        for one in lost
    )
    return of_sendings(before, sendings), sa.or_(may_have_reached(before), *in_doubt)


def _alerted_by_address(
    leased: Lease, sendings: Collection[int], changed: Sequence[int], lost: Lost
) -> list[sa.Select[Any]]:
    """Recipients of a chunk whose address these sendings wrote to under another entry.

    An address is written to once, for whichever entry came first in the area of that time: one
    that has it today, or one whose address was another since (`changed`).
    """
    before = delivery.alias("before")
    reached = _reached(before, sendings, lost)
    own = (
        delivery.c.sending_id == leased.sending_id,
        delivery.c.channel == leased.channel,
        delivery.c.recipient_id.between(leased.lo, leased.hi),
    )
    same = sa.func.lower(before.c.address) == sa.func.lower(delivery.c.address)
    return [
        *(
            sa.select(delivery.c.recipient_id)
            .join_from(delivery, recipient, has_it)
            .join(before, before.c.recipient_id == recipient.c.id)
            .where(*own, recipient.c.id != delivery.c.recipient_id, same, *reached)
            for has_it in same_address(delivery)
        ),
        *(
            sa.select(delivery.c.recipient_id)
            .join_from(delivery, before, same)
            .where(*own, before.c.recipient_id.in_(changed[at : at + CHANGED_AT_ONCE]), *reached)
            for at in range(0, len(changed), CHANGED_AT_ONCE)
        ),
    ]


def _through_ended_entries(
    connection: sa.Connection,
    sendings: Collection[int],
    among: Mapping[int, str],
    hmacs: Callable[[], Hmacs],
) -> set[int]:
    """Recipients whose address these sendings reached through an entry that has ended since."""
    of_these = alerted_address.c.sending_id.in_(sendings)
    if not connection.scalar(sa.select(sa.exists().where(of_these))):
        return set()
    hmacs_of = hmacs()
    known = [
        (value, number)
        for number, address in among.items()
        for value in hmacs_of(address.lower()).values()
    ]
    binary_expression = alerted_address.c.hmac.in_({value for value, _ in known})
    reached = set(
        connection.scalars(sa.select(alerted_address.c.hmac).where(of_these, binary_expression))
    )
    return {number for value, number in known if value in reached}


def _changed_since(connection: sa.Connection, sendings: Collection[int]) -> Sequence[int]:
    """The entries whose address was another when these sendings were planned, or later."""
    revision = connection.scalar(
        sa.select(sa.func.min(sending_channel.c.revision)).where(
            sending_channel.c.sending_id.in_(sendings)
        )
    )
    if revision is None:
        return []
    query = (
        sa.select(recipient_change.c.recipient_id)
        .where(
            recipient_change.c.revision > revision,
            sa.or_(recipient_change.c.other_phone, recipient_change.c.other_email),
        )
        .distinct()
    )
    return connection.scalars(query).all()


def leased_chunks(connection: sa.Connection, worker: str) -> set[int]:
    """The chunks a worker has."""
    query = sa.select(chunk.c.id).where(chunk.c.state == "leased", chunk.c.leased_by == worker)
    return set(connection.execute(query).scalars())


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
    """For each channel of each sending, some chunks due now that nobody holds; most urgent
    first.

    Asked for each sending under way, and not of all chunks at once: that would read every chunk
    that waits for its turn.
    """
    send_chunks = []
    for row in connection.execute(_under_way()).all():
        send_chunks += next_ready(connection, row.sending_id, row.channel, now=now, limit=limit)
    return sorted(send_chunks, key=lambda job: job.turn)


def next_ready(
    connection: sa.Connection, sending_id: int, channel: str, *, now: datetime, limit: int
) -> list[SendChunk]:
    """Chunks of one channel of a sending that may be due now and that nobody holds, oldest first.

    None of a sending that is not being sent, but those in doubt once it is closed.
    """
    wanted = {"of_sending": sending_id, "of_channel": channel, "now": now, "at_most": limit}
    return [
        SendChunk(sending_id, channel, row.id, PRECEDENCES[row.precedence])
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
        delivery.c.sending_id == chunk.c.sending_id,
        delivery.c.channel == chunk.c.channel,
        delivery.c.recipient_id.between(chunk.c.lo, chunk.c.hi),
        delivery.c.state == State.WAITING,
        delivery.c.next_attempt_at.is_(None),
    )
    ahead = (
        sa.select(chunk.c.id)
        .where(
            chunk.c.state == "ready",
            chunk.c.due_at > now + LONGEST_PAUSE,
            chunk.c.all_put_off.is_(False),
            never_put_off,
        )
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
        delivery.c.sending_id == chunk.c.sending_id,
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
    delivery.c.sending_id == sa.bindparam("of_sending"),
    delivery.c.channel == sa.bindparam("of_channel"),
    delivery.c.recipient_id.between(sa.bindparam("lo"), sa.bindparam("hi")),
)


def chunk_bounds(leased: Lease) -> dict[str, Any]:
    """What `IN_CHUNK` asks for."""
    return {
        "of_sending": leased.sending_id,
        "of_channel": leased.channel,
        "lo": leased.lo,
        "hi": leased.hi,
    }


@cache
def _holding_sending() -> sa.Select[Any]:
    owner = sa.select(chunk.c.sending_id).where(chunk.c.id == sa.bindparam("wanted"))
    whole = sa.select(sending.c.id).where(sending.c.id == owner.scalar_subquery())
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
            sa.case((delivery.c.reference != "", delivery.c.route), else_=""),
            delivery.c.sent_at.is_not(None),
        )
        .where(*IN_CHUNK, delivery.c.state == State.WAITING, *(() if whole else (ripe,)))
        .order_by(delivery.c.recipient_id)
    )


@cache
def _under_way() -> sa.Select[Any]:
    return (
        sa.select(sending_channel.c.sending_id, sending_channel.c.channel)
        .join_from(sending_channel, sending, sending.c.id == sending_channel.c.sending_id)
        .where(sending.c.sent_at.is_not(None), sending.c.finished_at.is_(None))
    )


@cache
def _next_ready() -> sa.Select[Any]:
    return (
        sa.select(chunk.c.id, chunk.c.precedence)
        .join_from(chunk, sending, sending.c.id == chunk.c.sending_id)
        .where(
            chunk.c.state == "ready",
            chunk.c.sending_id == sa.bindparam("of_sending"),
            chunk.c.channel == sa.bindparam("of_channel"),
            chunk.c.due_at <= sa.bindparam("now", type_=chunk.c.due_at.type),
            sa.or_(
                sending.c.state == AlertState.SENDING,
                sa.and_(chunk.c.in_doubt, sending.c.state.in_(sorted(CLOSED))),
            ),
        )
        .order_by(chunk.c.due_at, chunk.c.id)
        .limit(sa.bindparam("at_most"))
    )


def _previous_under_way() -> sa.Exists:
    """Whether a chunk of the sending before, with some of the same people, is leased."""
    before = chunk.alias("before")
    return sa.exists().where(
        before.c.sending_id == sending.c.previous_sending,
        before.c.channel == chunk.c.channel,
        before.c.state == "leased",
        before.c.lo <= chunk.c.hi,
        before.c.hi >= chunk.c.lo,
    )


@cache
def _leasing() -> sa.Update:
    """Take a chunk if its sending is being sent, and no message before it is still under way.

    A follow-up must not overtake what it follows: while a chunk of the one before it that holds
    some of the same people is leased, it has to wait. What of that one is merely ready, be it in
    doubt, will never be sent, because it is no longer being sent.
    """
    now = sa.bindparam("now", type_=chunk.c.due_at.type)
    closed = sending.c.state.in_(sorted(CLOSED))
    # SQLite's RETURNING knows only the table that is updated.
    own = sending.alias("own")
    was_closed = (
        sa.select(own.c.state.in_(sorted(CLOSED)))
        .where(own.c.id == chunk.c.sending_id)
        .correlate(chunk)
        .scalar_subquery()
    )
    return (
        sa.update(chunk)
        .where(
            chunk.c.id == sa.bindparam("wanted"),
            chunk.c.state == "ready",
            chunk.c.due_at <= now,
            sending.c.id == chunk.c.sending_id,
            sa.or_(
                sa.and_(
                    sending.c.state == AlertState.SENDING,
                    sa.or_(sending.c.previous_sending.is_(None), ~_previous_under_way()),
                ),
                sa.and_(closed, chunk.c.in_doubt),
            ),
        )
        .values(state="leased", leased_by=sa.bindparam("worker"))
        .returning(
            chunk.c.sending_id,
            chunk.c.channel,
            chunk.c.lo,
            chunk.c.hi,
            chunk.c.size,
            chunk.c.in_doubt,
            was_closed,
        )
    )
