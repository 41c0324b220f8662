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
    alert_and_those_before,
    may_have_reached,
    of_alerts,
    same_address,
)
from alerting.store.tables import (
    alert,
    alert_channel,
    alerted_address,
    chunk,
    delivery,
    recipient,
    recipient_change,
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
    lost_by: str = ""
    """The route that took its latest try and reported it as lost."""


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
    rows = connection.execute(_due(whole=whole), chunk_bounds(held) | given)
    return [
        Due(number, LANGUAGES[language], address, attempts, failure_reason, lost_by)
        for number, language, address, attempts, failure_reason, lost_by in rows
    ]


def alerted_before(
    connection: sa.Connection,
    held: Lease,
    among: Mapping[int, str],
    *,
    previous_alert: int,
    hmacs: Callable[[], Hmacs],
) -> set[int]:
    """Whom of a chunk the alert it follows, or those before that, reached or may have reached.

    On whichever channel: whoever had a letter was alerted, and a text message may take that back.
    By the address of the delivery, under whichever entry it stood: looked at only where not all
    `among` (recipients, with the address each is written to) were alerted themselves. `hmacs`
    is asked only where an entry that was alerted has ended since.
    """
    alerts = connection.scalars(alert_and_those_before(previous_alert)).all()
    before = delivery.alias("before")
    themselves = sa.select(before.c.recipient_id).where(
        of_alerts(before, alerts),
        may_have_reached(before),
        before.c.recipient_id.between(held.lo, held.hi),
    )
    found = set(connection.scalars(themselves))
    if found.issuperset(among):
        return found
    changed = _changed_since(connection, alerts)
    for query in _alerted_by_address(held, alerts, changed):
        found.update(connection.scalars(query))
    others = {number: address for number, address in among.items() if number not in found}
    return found | _through_ended_entries(connection, alerts, others, hmacs)


def _alerted_by_address(
    held: Lease, alerts: Collection[int], changed: Sequence[int]
) -> list[sa.Select[Any]]:
    """Recipients of a chunk whose address these alerts wrote to under another entry.

    An address is written to once, for whichever entry came first in the area of that time: one
    that has it today, or one whose address was another since (`changed`).
    """
    before = delivery.alias("before")
    reached = (of_alerts(before, alerts), may_have_reached(before))
    own = (
        delivery.c.alert_id == held.alert_id,
        delivery.c.channel == held.channel,
        delivery.c.recipient_id.between(held.lo, held.hi),
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
    alerts: Collection[int],
    among: Mapping[int, str],
    hmacs: Callable[[], Hmacs],
) -> set[int]:
    """Recipients whose address these alerts reached through an entry that has ended since."""
    of_these = alerted_address.c.alert_id.in_(alerts)
    if not connection.scalar(sa.select(sa.exists().where(of_these))):
        return set()
    hmacs_of = hmacs()
    known = [
        (value, number)
        for number, address in among.items()
        for value in hmacs_of(address.lower()).values()
    ]
    wanted = alerted_address.c.hmac.in_({value for value, _ in known})
    reached = set(connection.scalars(sa.select(alerted_address.c.hmac).where(of_these, wanted)))
    return {number for value, number in known if value in reached}


def _changed_since(connection: sa.Connection, alerts: Collection[int]) -> Sequence[int]:
    """The entries whose address was another when these alerts were planned, or later."""
    revision = connection.scalar(
        sa.select(sa.func.min(alert_channel.c.revision)).where(alert_channel.c.alert_id.in_(alerts))
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


def chunk_bounds(held: Lease) -> dict[str, Any]:
    """What `IN_CHUNK` asks for."""
    return {
        "of_alert": held.alert_id,
        "of_channel": held.channel,
        "lo": held.lo,
        "hi": held.hi,
    }


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
            sa.case((delivery.c.reference != "", delivery.c.route), else_=""),
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


def _previous_under_way() -> sa.Exists:
    """Whether a chunk of the alert before, with some of the same people, is leased or in doubt."""
    before = chunk.alias("before")
    return sa.exists().where(
        before.c.alert_id == alert.c.previous_alert,
        before.c.channel == chunk.c.channel,
        before.c.state != "done",
        sa.or_(before.c.state == "leased", before.c.in_doubt),
        before.c.lo <= chunk.c.hi,
        before.c.hi >= chunk.c.lo,
    )


@cache
def _leasing() -> sa.Update:
    """Take a chunk if its alert is being sent, and no message before it is still under way.

    A follow-up must not overtake what it follows: while a chunk of the alert before it that holds
    some of the same people is leased, or in doubt, it has to wait. What of the earlier alert is
    merely ready will never be sent, because that alert is no longer being sent.
    """
    now = sa.bindparam("now", type_=chunk.c.due_at.type)
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
                    sa.or_(alert.c.previous_alert.is_(None), ~_previous_under_way()),
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
