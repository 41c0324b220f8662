"""What a worker that was killed had handed over is known from its journal.

What was accepted is written down, what was begun and not answered is in doubt, and the rest goes.
"""

import asyncio
import errno
import json
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery import journal as journals
from alerting.delivery import journal_recovery
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.heartbeat import Heartbeat
from alerting.delivery.journal import Journal, JournalFolder, LeftJournal
from alerting.domain.alert import Alert
from alerting.domain.channel import Deferred, FailureReason, Tracking
from alerting.domain.delivery import State
from alerting.domain.delivery_row import DeliveryRow
from alerting.services import Services
from alerting.store import Database, tables
from alerting.store.deliveries import statistics
from alerting.store.deliveries.chunks import Lease
from alerting.store.operations import installation, workers
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, newsroom, person

DEAD, NEIGHBOUR = "a worker that was killed", "its neighbour"
MARK = "0" * 32
TRACKING = {
    "sms": Tracking.RECEIPTS,
    "email": Tracking.ACCEPTANCE,
    "press": Tracking.ACCEPTANCE,
    "x": Tracking.PUBLICATION,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


def files(folder: Path) -> list[Path]:
    """Those in which something stands."""
    return sorted(path for path in folder.iterdir() if path.read_bytes()[:1].strip(b"\0"))


def of_worker(desk: Desk, folder: Path, worker: str, database: str = MARK) -> JournalFolder:
    return JournalFolder(folder, database=database, worker=worker, now=desk.services.now)


def with_journals(desk: Desk, folder: Path) -> Dispatcher:
    """The desk's worker keeps journals from now on."""
    desk.dispatcher = Dispatcher(
        desk.services, worker=NEIGHBOUR, journals=of_worker(desk, folder, NEIGHBOUR)
    )
    return desk.dispatcher


async def takes_a_chunk(
    desk: Desk, folder: Path, *, people: int = 4, channel: str = "email"
) -> tuple[Alert, Lease, Journal]:
    """The worker that will be killed has begun a chunk, and its journal."""
    await desk.registers(*(person(serial) for serial in range(1, people + 1)), newsroom(1))
    alert = await desk.issues(channels=[channel])
    await desk.plans()
    return alert, *await leases(desk, folder, channel=channel)


async def leases(desk: Desk, folder: Path, *, channel: str = "email") -> tuple[Lease, Journal]:
    (number, *_) = await desk.chunks()
    row = await desk.chunk(number)
    journal = of_worker(desk, folder, DEAD).open(number, sending_id=row.sending_id, channel=channel)
    assert journal is not None
    held = await desk.leases_one_chunk(by=DEAD)
    journal.leased(in_doubt=held.in_doubt)
    return held, journal


def hands_over(
    journal: Journal, channel: str, *, begun: Sequence[int] = (), accepted: Sequence[int] = ()
) -> None:
    """Some messages of recipients that are begun, and of those some that are accepted."""
    batch = journal.batch("main", TRACKING[channel], begun, unknown=())
    for place, number in enumerate(begun):
        batch.begun(place)
        if number in accepted:
            batch.accepted(place, f"ref-{number}")


async def rows_of(desk: Desk, alert: Alert) -> list[DeliveryRow]:
    return sorted(await desk.deliveries(alert), key=lambda row: row.recipient_id)


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_only_what_was_begun_and_not_answered_is_in_doubt(
    channel: str, desk: Desk, clock: Clock, folder: Path
) -> None:
    alert, held, journal = await takes_a_chunk(desk, folder, channel=channel)
    hands_over(journal, channel, begun=[1, 2, 3], accepted=[1, 2])
    handed_over_at = clock.now
    journal.leave()
    clock.forward(seconds=5)
    await with_journals(desk, folder).settle_left()
    one, other, unanswered, untouched = await rows_of(desk, alert)
    for row in (one, other):
        assert (row.state, row.route) == (
            State.SENT if channel == "sms" else State.ACCEPTED,
            "main",
        )
        assert row.reference == f"ref-{row.recipient_id}"
        assert (row.sent_at, row.possible_duplicate) == (handed_over_at, False)
    assert (unanswered.state, unanswered.failure_reason, unanswered.route) == (
        State.WAITING,
        FailureReason.UNCLEAR,
        "main",
    )
    assert (untouched.state, untouched.failure_reason, untouched.attempts) == (
        State.WAITING,
        None,
        0,
    )
    chunk = await desk.chunk(held.chunk_id)
    assert (chunk.state, chunk.in_doubt, chunk.due_at) == ("ready", False, clock.now)
    assert not files(folder)
    for _ in range(3):
        await desk.sweeps()
        clock.forward(seconds=6)
    perhaps = [row.possible_duplicate for row in await rows_of(desk, alert)]
    assert perhaps == [False, False, True, False]
    sent = {key for _, key, _ in desk.channel(channel).sent}
    assert sent == {f"{alert.id}.{channel}.{number}" for number in (3, 4)}


@pytest.mark.parametrize("channel", ["sms", "email", "press", "x"])
async def test_on_every_channel_what_was_accepted_is_not_sent_again(
    channel: str, sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    alert, held, journal = await takes_a_chunk(desk, folder, people=1, channel=channel)
    numbers = range(held.lo, held.hi + 1)
    rows = {row.recipient_id for row in await desk.deliveries(alert) if row.channel == channel}
    begun = [number for number in numbers if number in rows]
    hands_over(journal, channel, begun=begun, accepted=begun)
    journal.leave()
    await with_journals(desk, folder).settle_left()
    await desk.sweeps()
    assert len(desk.channel(channel).sent) == len(rows - set(begun))
    states = {row.recipient_id: row.state for row in await desk.deliveries(alert)}
    assert State.WAITING not in {states[number] for number in begun}


async def test_the_file_of_a_worker_that_lives_is_never_taken(desk: Desk, folder: Path) -> None:
    alert, held, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1], accepted=[1])
    await with_journals(desk, folder).settle_left()
    assert await desk.states(alert) == {"email": {State.WAITING}}
    assert (await desk.chunk(held.chunk_id)).leased_by == DEAD
    assert journal.path.exists()


async def test_of_two_neighbours_one_has_the_file(desk: Desk, folder: Path) -> None:
    _, _, journal = await takes_a_chunk(desk, folder)
    journal.leave()
    first = of_worker(desk, folder, NEIGHBOUR).left()
    assert next(first).path == journal.path
    assert not list(of_worker(desk, folder, "another neighbour").left())
    first.close()


async def test_a_line_that_was_being_written_is_no_line_yet(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    alert, _, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1, 2], accepted=[1])
    journal.write(b"accepted 2 re")
    journal.leave()
    await with_journals(desk, folder).settle_left()
    one, other, *_ = await rows_of(desk, alert)
    assert (one.state, other.failure_reason) == (State.ACCEPTED, FailureReason.UNCLEAR)


@pytest.mark.parametrize("torn", range(1, 12))
def test_wherever_a_line_is_torn_nothing_false_is_read(
    torn: int, folder: Path, clock: Clock
) -> None:
    folder_of = JournalFolder(folder, database=MARK, worker=DEAD, now=clock)
    journal = folder_of.open(1, sending_id=1, channel="email")
    assert journal is not None
    hands_over(journal, "email", begun=[1])
    line = b"accepted 1 ref-1\n"
    journal.write(line[:-torn].ljust(len(line) - 1, b"\0") + b"\n")  # its end was copied first
    journal.leave()
    (left,) = folder_of.left()
    assert left.messages[1].accepted_at is None


async def test_a_file_that_is_full_says_nothing_any_more(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk is then in doubt as a whole, as it is without a journal."""
    alert, held, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1], accepted=[1])
    monkeypatch.setattr(journals, "ROOM", 400)
    hands_over(journal, "email", begun=[2, 3] * 20)
    journal.leave()
    await with_journals(desk, folder).settle_left()
    assert await desk.states(alert) == {"email": {State.WAITING}}
    await Heartbeat(desk.services, NEIGHBOUR).begin_alone()
    await desk.dispatcher.settle_left()
    chunk = await desk.chunk(held.chunk_id)
    assert (chunk.state, chunk.in_doubt) == ("ready", True)
    assert not files(folder)


FAULTS = {
    "disk full": ("posix_fallocate", errno.ENOSPC),
    "not writable": ("open", errno.EACCES),
    "read-only": ("open", errno.EROFS),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_worker_goes_on_without_where_no_file_can_be_had_and_says_so(
    fault: str, sqlite: Database, clock: Clock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    with_journals(desk, folder)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    name, number = FAULTS[fault]

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, name, refuse)
        await desk.works()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}
    own = desk.dispatcher._journals
    heart = Heartbeat(desk.services, NEIGHBOUR, journals=own)
    await heart.send()
    assert await _faults(desk.services) == {NEIGHBOUR: errno.errorcode[number]}
    assert own is not None
    made = own.open(7, sending_id=1, channel="email")
    assert made is not None
    made.settled()
    await heart.send()
    assert await _faults(desk.services) == {NEIGHBOUR: ""}
    assert not files(folder)


async def _faults(services: Services) -> dict[str, str]:
    async with services.reading() as reading:
        found = await reading.connection.run_sync(workers.listed)
    return {one.name: one.journal_fault for one in found}


def test_a_folder_that_others_may_write_to_is_not_used(clock: Clock, folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    own = JournalFolder(folder, database=MARK, worker=NEIGHBOUR, now=clock)
    assert own.open(1, sending_id=1, channel="email") is None
    assert own.fault == "OpenToOthers"


async def test_a_file_about_another_database_is_left_alone(desk: Desk, folder: Path) -> None:
    alert, _, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1], accepted=[1])
    journal.leave()
    (folder / "notes.journal").write_bytes(b"by somebody else\n")
    desk.dispatcher = Dispatcher(
        desk.services, journals=of_worker(desk, folder, NEIGHBOUR, database="f" * 32)
    )
    await desk.dispatcher.settle_left()
    assert await desk.states(alert) == {"email": {State.WAITING}}
    assert len(files(folder)) == 2


async def test_each_database_has_a_mark_of_its_own(sqlite: Database, clock: Clock) -> None:
    services = make_services(sqlite, clock)
    async with services.unit() as unit:
        await installation.must_be(unit.connection, unit.database, training=False)
        first = await installation.mark(unit.connection)
        await installation.must_be(unit.connection, unit.database, training=False)
        assert await installation.mark(unit.connection) == first
    assert len(first) == 32


async def test_after_a_start_of_the_machine_only_what_was_accepted_is_believed(
    desk: Desk, clock: Clock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that were not on the disk yet are gone: what is not named may have been begun."""
    monkeypatch.setattr(journals, "boot_id", lambda: "before")
    alert, held, journal = await takes_a_chunk(desk, folder)
    await Heartbeat(desk.services, DEAD).send()
    hands_over(journal, "email", begun=[1], accepted=[1])
    journal.leave()
    monkeypatch.setattr(journals, "boot_id", lambda: "after")
    await with_journals(desk, folder).settle_left()
    assert journal.path.exists(), "its worker is listed: it may live on another machine"
    await Heartbeat(desk.services, NEIGHBOUR).begin_alone()
    await desk.dispatcher.settle_left()
    one, *others = await rows_of(desk, alert)
    assert one.state is State.ACCEPTED
    assert {row.state for row in others} == {State.WAITING}
    assert (await desk.chunk(held.chunk_id)).in_doubt
    await desk.sweeps()
    assert [row.possible_duplicate for row in await rows_of(desk, alert)] == [False] + [True] * 3


async def test_an_alert_that_is_gone_leaves_no_file(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    _, _, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1], accepted=[1])
    journal.leave()
    async with desk.services.unit() as unit:
        for table in (tables.delivery, tables.chunk):
            await unit.connection.execute(sa.delete(table))
    await with_journals(desk, folder).settle_left()
    assert not files(folder)


async def test_whoever_has_the_chunk_by_now_keeps_it(desk: Desk, folder: Path) -> None:
    """The other machine repeats what it cannot know about; what was accepted is written down."""
    alert, held, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1, 2], accepted=[1])
    journal.leave()
    await desk.loses_its_worker(held)
    later = await desk.leases_one_chunk(by="on another machine")
    assert later.in_doubt
    await with_journals(desk, folder).settle_left()
    chunk = await desk.chunk(held.chunk_id)
    assert (chunk.state, chunk.leased_by, chunk.in_doubt) == (
        "leased",
        "on another machine",
        True,
    )
    one, unanswered, *_ = await rows_of(desk, alert)
    assert (one.state, unanswered.state, unanswered.failure_reason) == (
        State.ACCEPTED,
        State.WAITING,
        None,
    )


async def test_a_chunk_whose_lease_was_ended_is_not_in_doubt_where_its_journal_is_found(
    desk: Desk, folder: Path
) -> None:
    """A worker alone on its database frees everything when it starts."""
    alert, held, journal = await takes_a_chunk(desk, folder)
    hands_over(journal, "email", begun=[1, 2], accepted=[1])
    journal.leave()
    await desk.loses_its_worker(held)
    assert (await desk.chunk(held.chunk_id)).in_doubt
    await with_journals(desk, folder).settle_left()
    assert not (await desk.chunk(held.chunk_id)).in_doubt
    assert [row.failure_reason for row in await rows_of(desk, alert)] == [
        None,
        FailureReason.UNCLEAR,
        None,
        None,
    ]


@pytest.mark.parametrize("leased", [False, True])
async def test_a_worker_killed_while_it_leased_a_chunk_leaves_no_doubt(
    leased: bool, desk: Desk, folder: Path
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    (number,) = await desk.chunks()
    journal = of_worker(desk, folder, DEAD).open(number, sending_id=alert.id, channel="email")
    assert journal is not None
    if leased:
        await desk.leases_one_chunk(by=DEAD)
    journal.leave()
    await with_journals(desk, folder).settle_left()
    chunk = await desk.chunk(number)
    assert (chunk.state, chunk.in_doubt) == ("ready", False)
    assert not files(folder)
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.possible_duplicate) == (State.ACCEPTED, False)


async def test_what_was_in_doubt_before_stays_so(desk: Desk, folder: Path) -> None:
    """The journal says what its own worker did, not what the one before it had."""
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["email"])
    await desk.loses_its_worker()
    held, journal = await leases(desk, folder)
    assert held.in_doubt
    batch = journal.batch("main", Tracking.ACCEPTANCE, [1], unknown={1, 2})
    batch.begun(0)
    batch.accepted(0, "ref-1")
    journal.leave()
    await with_journals(desk, folder).settle_left()
    assert (await desk.chunk(held.chunk_id)).in_doubt
    await desk.sweeps()
    assert {(row.state, row.possible_duplicate) for row in await desk.deliveries(alert)} == {
        (State.ACCEPTED, True)
    }


async def test_what_was_settled_already_is_not_counted_again(
    desk: Desk, clock: Clock, folder: Path
) -> None:
    """A worker may be killed after it settled a chunk and before its file was deleted."""
    alert, held, journal = await takes_a_chunk(desk, folder, people=2)
    hands_over(journal, "email", begun=[1, 2], accepted=[1, 2])
    kept = journal.path.read_bytes()
    journal.leave()
    await with_journals(desk, folder).settle_left()
    before = await _counted(desk, alert)
    journal.path.write_bytes(kept)
    await desk.dispatcher.settle_left()
    assert await _counted(desk, alert) == before
    assert (await desk.chunk(held.chunk_id)).state == "done"
    assert {row.possible_duplicate for row in await desk.deliveries(alert)} == {False}
    assert not files(folder)


async def _counted(desk: Desk, alert: Alert) -> Any:
    async with desk.services.reading() as reading:
        timeline = sa.select(sa.func.sum(tables.delivery_timeline.c.n))
        return (
            await statistics.counts(reading.connection, alert.id),
            await reading.connection.scalar(timeline),
        )


async def test_what_was_declined_goes_as_if_it_had_not_begun(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    alert, _, journal = await takes_a_chunk(desk, folder, people=2)
    batch = journal.batch("main", Tracking.ACCEPTANCE, [1, 2], unknown=())
    for place in range(2):
        batch.begun(place)
    batch.declined(0)
    journal.leave()
    await with_journals(desk, folder).settle_left()
    assert [row.failure_reason for row in await rows_of(desk, alert)] == [
        None,
        FailureReason.UNCLEAR,
    ]


async def test_a_repetition_after_a_doubt_is_counted_where_its_worker_was_killed_too(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    alert, _, journal = await takes_a_chunk(desk, folder, people=2)
    batch = journal.batch("main", Tracking.ACCEPTANCE, [1, 2], unknown={2})
    for place, number in enumerate([1, 2]):
        batch.begun(place)
        batch.accepted(place, f"ref-{number}")
    journal.leave()
    await with_journals(desk, folder).settle_left()
    assert [row.possible_duplicate for row in await rows_of(desk, alert)] == [False, True]


@pytest.mark.parametrize("off", [-1, 1])
async def test_a_clock_that_was_wrong_holds_nothing_up(
    off: int, sqlite: Database, clock: Clock, folder: Path
) -> None:
    desk = Desk(make_services(sqlite, clock), clock)
    alert, _, journal = await takes_a_chunk(desk, folder, people=3)
    clock.forward(hours=off)
    hands_over(journal, "email", begun=[1, 2], accepted=[1])
    journal.leave()
    clock.forward(hours=-off)
    await with_journals(desk, folder).settle_left()
    for _ in range(3):
        await desk.sweeps()
        clock.forward(seconds=6)
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}


async def test_a_job_that_is_cancelled_leaves_in_doubt_what_was_begun_alone(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    begun = asyncio.Event()
    mail = ScriptedChannel(before_answer=begun.set, hangs=True)
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    with_journals(desk, folder)
    await desk.registers(*(person(serial) for serial in range(1, 10)))
    alert = await desk.issues(channels=["email"])
    await desk.plans()
    sending = asyncio.create_task(desk.works())
    await begun.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    rows = await rows_of(desk, alert)
    doubtful = [row for row in rows if row.failure_reason is FailureReason.UNCLEAR]
    assert len(doubtful) == mail.asked < len(rows)
    (number,) = await desk.chunks()
    assert not (await desk.chunk(number)).in_doubt
    assert not files(folder)


async def test_a_file_is_there_while_its_chunk_is_under_way_and_no_longer(
    sqlite: Database, clock: Clock, folder: Path
) -> None:
    seen: list[tuple[int, str]] = []
    mail = ScriptedChannel(script=[Deferred(FailureReason.BUSY, "451")])

    def look() -> None:
        (path,) = files(folder)
        content = path.read_bytes().partition(b"\0")[0].decode()
        seen.append((stat.S_IMODE(path.stat().st_mode), content))

    mail.before_answer = look
    desk = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    with_journals(desk, folder)
    await desk.registers(person(1), person(2))
    await desk.issues(channels=["email"])
    await desk.works()
    assert {mode for mode, _ in seen} == {0o600}
    content = seen[-1][1]
    header, *lines = content.splitlines()
    assert set(json.loads(header)) == {
        *("version", "database", "boot", "worker", "chunk", "sending", "channel")
    }
    words = {line.split()[0] for line in lines}
    assert words <= {"leased", "route", "time", "begun", "accepted", "declined"}
    assert "@" not in content, "no address and no text"
    assert not files(folder)


def test_a_file_whose_maker_was_killed_before_it_had_its_name_is_deleted(
    folder: Path, clock: Clock
) -> None:
    folder.mkdir(mode=0o700)
    unfinished = folder / ".somebody.1.journal"
    unfinished.write_bytes(b"")
    own = JournalFolder(folder, database=MARK, worker=NEIGHBOUR, now=clock)
    assert not list(own.left())
    assert unfinished.exists(), "it may just be in the making"
    long_ago = time.time() - 3600
    os.utime(unfinished, (long_ago, long_ago))
    assert not list(own.left())
    assert not unfinished.exists()


def put(folder: Path, kind: str) -> None:
    """Something of this kind where a journal would be."""
    folder.mkdir(mode=0o700)
    path = folder / "a.journal"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to("/etc/hosts")
        case "nested without end":
            path.write_bytes(b"[" * 100_000 + b"\n")
        case _:
            path.touch()


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "nested without end", "nothing"])
async def test_what_is_no_journal_holds_nothing_up(
    services: Services, folder: Path, kind: str
) -> None:
    put(folder, kind)
    opened = await journal_recovery.open_folder(replace(services, journals=folder), NEIGHBOUR)
    assert opened is not None
    assert await journal_recovery.settle_left(services, opened) == 0


async def test_a_journal_that_cannot_be_settled_does_not_end_the_worker(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, held, journal = await takes_a_chunk(desk, folder)
    journal.leave()

    def broken(*_: object) -> bool:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(journal_recovery, "_settle", broken)
    await with_journals(desk, folder).settle_left()
    assert not files(folder)
    await desk.loses_its_worker(held)
    assert (await desk.chunk(held.chunk_id)).in_doubt, "as it is without a journal"


def test_nothing_of_the_chunk_before_stands_in_the_journal_of_the_next(
    folder: Path, clock: Clock
) -> None:
    own = JournalFolder(folder, database=MARK, worker=DEAD, now=clock)
    first = own.open(1, sending_id=1, channel="email")
    assert first is not None
    hands_over(first, "email", begun=range(1, 500), accepted=range(1, 400))
    first.settled()
    second = own.open(2, sending_id=1, channel="email")
    assert second is first
    hands_over(second, "email", begun=[7])
    second.leave()
    (left,) = own.left()
    assert (left.chunk_id, set(left.messages)) == (2, {7})


WORDS = st.sampled_from(["begun", "accepted", "declined"])
TOLD = st.lists(st.tuples(st.integers(0, 5), WORDS, st.integers(0, 3)), max_size=30)


@given(turns=st.lists(st.tuples(st.booleans(), TOLD), min_size=1, max_size=6))
def test_what_is_told_of_a_batch_that_has_ended_stands_nowhere(
    turns: list[tuple[bool, list[tuple[int, str, int]]]], tmp_path_factory: Any
) -> None:
    """Whoever goes on behind a batch writes into no other batch, and no other chunk."""
    clock = Clock()
    folder = tmp_path_factory.mktemp("journals", numbered=True) / "of-one"
    own = JournalFolder(folder, database=MARK, worker=DEAD, now=clock)
    journal, chunk_id = None, 0
    batches: list[Any] = []
    said: dict[Any, Any] = {}
    for settles, told in turns:
        if journal is None or settles:
            if journal is not None:
                journal.settled()
            chunk_id += 1
            journal, said = own.open(chunk_id, sending_id=1, channel="email"), {}
            assert journal is not None
        first = 10 * len(batches)
        numbers = range(first, first + 4)
        batches.append(journal.batch("main", Tracking.ACCEPTANCE, numbers, unknown=()))
        for which, word, place in told:
            at = which % len(batches)
            more = ("ref",) if word == "accepted" else ()
            getattr(batches[at], word)(place, *more)
            if at == len(batches) - 1:
                said[first + place] = word
    assert journal is not None
    journal.leave()
    for batch in batches:
        batch.accepted(0, "later")
    (left,) = own.left()
    assert left.chunk_id == chunk_id
    assert set(left.messages) == {who for who, word in said.items() if word != "declined"}


def test_a_worker_that_goes_leaves_no_file_and_one_that_is_killed_an_empty_one_at_most(
    folder: Path, clock: Clock
) -> None:
    own = JournalFolder(folder, database=MARK, worker=DEAD, now=clock)
    journal = own.open(1, sending_id=1, channel="email")
    assert journal is not None
    journal.settled()
    assert not list(own.left()), "its worker lives"
    assert len(list(folder.iterdir())) == 1
    own.close()
    assert not list(folder.iterdir())
    journal = own.open(1, sending_id=1, channel="email")
    assert journal is not None
    journal.settled()
    journal.leave()  # as if it was killed
    assert not list(JournalFolder(folder, database="f" * 32, worker=NEIGHBOUR, now=clock).left())
    assert not list(folder.iterdir())


def test_an_accepted_message_is_read_as_it_was_written(folder: Path, clock: Clock) -> None:
    own = JournalFolder(folder, database=MARK, worker=DEAD, now=clock)
    journal = own.open(5, sending_id=3, channel="sms")
    assert journal is not None
    batch = journal.batch("gateway", Tracking.RECEIPTS, [7, 8], unknown={8})
    for place in range(2):
        batch.begun(place)
    batch.accepted(1, "SM 8 é")
    journal.leave()
    (left,) = own.left()
    assert isinstance(left, LeftJournal)
    assert (left.chunk_id, left.sending_id, left.channel, left.worker) == (5, 3, "sms", DEAD)
    assert left.complete
    assert left.messages[7] == ("gateway", Tracking.RECEIPTS, False, None, "")
    assert left.messages[8] == ("gateway", Tracking.RECEIPTS, True, clock.now, "SM 8 é")
