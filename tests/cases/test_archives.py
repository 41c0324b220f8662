"""Deliveries of an old alert move to a file, whole and verified, before any is deleted.

A line each: recipient number, municipality, channel, route, state, reason, times; no address. What
the counters, the live status and the report say stays.
"""

import errno
import io
import json
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions import deliveries
from alerting.actions.alerts import queries, report
from alerting.actions.operations import archiving
from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.actions.recipients import lists as recipient_lists
from alerting.delivery import receipts
from alerting.domain.alert import Alert, AlertState, FollowUp
from alerting.domain.channel import Deferred, FailureReason, Refused, Tracking
from alerting.domain.delivery import Mismatch, State
from alerting.domain.delivery_archive import read_line
from alerting.domain.errors import (
    ArchiveDiffers,
    ArchiveNotWritten,
    ArchivingElsewhere,
    DeliveriesArchived,
    NotArchivable,
    NotFound,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.domain.retention import Retention
from alerting.settings import Settings
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from alerting.store.deliveries import archive_files
from alerting.store.deliveries import archives as archive_rows
from alerting.store.deliveries.archive_files import ArchiveFile
from alerting.store.tables import (
    alerted_address,
    chunk,
    delivery,
    delivery_attempt,
    unmatched_receipt,
)
from alerting.web.api.deliveries.schemas import StatusOut
from alerting.web.app import create_app
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel, arrived
from tests.make import LIEGE, VERVIERS, make_services, newsroom, person
from tests.server import nothing_beside
from tests.web.console import Browsers

AUDITOR = Officer("ada", Role.AUDITOR)
PEOPLE = 12
KEPT = Retention(deliveries=timedelta(days=30))
BELOW = (delivery, delivery_attempt, chunk, unmatched_receipt, alerted_address)
"""What is deleted of an archived alert."""


@pytest.fixture
async def desk(database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    later = Deferred(FailureReason.BUSY, "453", retry_after=timedelta(minutes=1))
    never = Refused(FailureReason.ADDRESS_DEAD, "550 person-3@example.org")
    services = make_services(
        database,
        clock,
        {
            "sms": ScriptedChannel("sms", Tracking.RECEIPTS, [later, later]),
            "email": ScriptedChannel("email", Tracking.ACCEPTANCE, [later, never]),
            "press": ScriptedChannel("press", Tracking.ACCEPTANCE),
        },
    )
    services = replace(services, archives=tmp_path / "archives", retention=KEPT)
    yield Desk(services, clock)
    await services.speller.aclose()


async def ended(desk: Desk, **more: Any) -> Alert:
    """An alert that was sent and has ended: delivered, failed, tried twice, without a receipt."""
    if more.pop("registers", True):
        places = (LIEGE, VERVIERS)
        everybody = [person(serial, nis_code=places[serial % 2]) for serial in range(PEOPLE)]
        await desk.registers(*everybody, newsroom(1))
    wanted = {"area": ("4000 Liège", "4800 Verviers"), "channels": ("sms", "email", "press")}
    alert = await desk.issues(**wanted, **more)
    await desk.works()
    desk.clock.forward(minutes=2)
    await desk.sweeps()
    await receipts.apply_receipts(
        desk.services,
        [arrived(row_key, await reference(desk, alert, row_key)) for row_key in told(alert)],
    )
    await ends(desk)
    return alert


def told(alert: Alert) -> list[str]:
    return [f"{alert.id}.sms.{number}" for number in range(1, 7)]


async def reference(desk: Desk, alert: Alert, key: str) -> str:
    (found,) = [
        row.reference
        for row in await desk.deliveries(alert)
        if key == f"{alert.id}.{row.channel}.{row.recipient_id}"
    ]
    return found


async def ends(desk: Desk) -> None:
    """Its time passes, and so does that of its receipts."""
    for _ in range(4):
        desk.clock.forward(hours=12)
        await desk.sweeps()


async def rows(desk: Desk, alert: Alert) -> dict[str, int]:
    """How many rows there are of what is deleted."""
    found = {}
    async with desk.services.reading() as reading:
        for table in BELOW:
            query = (
                sa.select(sa.func.count()).select_from(table).where(table.c.sending_id == alert.id)
            )
            found[table.name] = await reading.connection.scalar(query) or 0
    return found


async def archived(desk: Desk, alert: Alert) -> list[dict[str, Any]]:
    """What its file says, line by line."""
    found = await deliveries.get_archive(desk.services, alert.id, by=MILA)
    assert found is not None
    return [json.loads(line) for line in file_of(desk, found.file).read_bytes().splitlines()]


def file_of(desk: Desk, name: str) -> Path:
    assert desk.services.archives is not None
    return desk.services.archives / name


async def what_is_told(desk: Desk, alert: Alert) -> tuple[Any, ...]:
    """The counters, the live status, the report and what a program is told."""
    status = await queries.get_status(desk.services, alert.id, by=MILA)
    return (
        status,
        StatusOut.of(status),
        await report.get_report(desk.services, alert.id, by=MILA),
        (await queries.list_statuses(desk.services, by=MILA)).items,
    )


async def test_the_file_has_a_line_for_each_delivery_and_the_ledger_its_hash(desk: Desk) -> None:
    alert = await ended(desk)
    before = await desk.deliveries(alert)
    found = await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    lines = await archived(desk, alert)
    assert [(one["channel"], one["recipient"]) for one in lines] == [
        (row.channel, row.recipient_id) for row in before
    ]
    for line, row in zip(lines, before, strict=True):
        assert line == {
            "channel": row.channel,
            "recipient": row.recipient_id,
            "municipality": row.nis_code,
            "language": row.language,
            "state": row.state,
            "reason": row.failure_reason or "",
            "route": row.route,
            "attempts": row.attempts,
            "possible_duplicate": row.possible_duplicate,
            "sent_at": row.sent_at and row.sent_at.isoformat(),
            "settled_at": row.settled_at and row.settled_at.isoformat(),
        } | ({"earlier": line["earlier"]} if row.earlier else {})
        assert len(line.get("earlier", ())) == len(row.earlier)
    states = {State(one["state"]) for one in lines}
    assert states == {State.DELIVERED, State.UNCONFIRMED, State.ACCEPTED, State.FAILED}
    assert sum("earlier" in one for one in lines) == 3
    path = file_of(desk, found.file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir() if one.name != ".lock"] == [found.file]
    async with desk.services.reading() as reading:
        entry, last = (await ledger_rows.entries(reading.connection, about=f"alert/{alert.id}"))[
            -2:
        ]
    assert (entry.what, entry.by) == ("alert.archived", "operator")
    assert entry.details == {
        "file": found.file,
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "lines": len(before),
        "size": path.stat().st_size,
    }
    assert (last.what, last.details) == (
        "alert.deliveries-deleted",
        {"deleted": len(before), "kept": 0},
    )
    assert (await archiving.verify_archive(desk.services, alert.id)).lines == len(before)


async def test_nothing_is_left_and_everything_that_is_told_stays(desk: Desk) -> None:
    alert = await ended(desk)
    other = await ended(desk, registers=False, values=again())
    there, others = await rows(desk, alert), await rows(desk, other)
    assert there["delivery"] == 2 * PEOPLE + 1
    assert there["delivery_attempt"] == 3
    before = await what_is_told(desk, alert)
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    assert set((await rows(desk, alert)).values()) == {0}
    assert await rows(desk, other) == others, "of no other alert"
    assert await what_is_told(desk, alert) == before


def again() -> dict[str, Any]:
    """Details of another alert, months later."""
    substance = {"fr": "chlore", "nl": "chloor", "de": "Chlor"}
    return {**DETAILS, "substance": substance, "next_update": "2030-06-15T15:30"}


async def test_whoever_asks_for_the_deliveries_is_told_where_they_are(desk: Desk) -> None:
    alert = await ended(desk)
    (first, *_) = await desk.deliveries(alert)
    key = f"{alert.id}.{first.channel}.{first.recipient_id}"
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    with pytest.raises(DeliveriesArchived):
        await deliveries.list_deliveries(desk.services, alert.id, by=JORIS, limit=10)
    with pytest.raises(DeliveriesArchived):
        await deliveries.get_delivery(desk.services, alert.id, key, by=JORIS)
    with pytest.raises(DeliveriesArchived):
        async for _ in deliveries.export_deliveries(desk.services, alert.id, by=JORIS):
            pass


async def test_by_default_nothing_is_ever_archived(desk: Desk) -> None:
    alert = await ended(desk)
    desk.services = replace(desk.services, retention=Retention())
    desk.clock.forward(days=10_000)
    await archiving.archive_old(desk.services)
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1


async def test_it_is_done_so_many_days_after_the_end_and_once(desk: Desk) -> None:
    alert = await ended(desk)
    desk.clock.forward(days=28)
    await archiving.archive_old(desk.services)
    assert (await rows(desk, alert))["delivery"]
    desk.clock.forward(days=3)
    for _ in range(2):
        await archiving.archive_old(desk.services)
    assert set((await rows(desk, alert)).values()) == {0}
    acts = [one for one in await desk.ledger() if "archived" in one or "deleted" in one]
    assert acts == ["alert.archived", "alert.deliveries-deleted"]


async def test_never_before_its_end_nor_before_the_deadline_of_its_receipts(
    desk: Desk,
) -> None:
    await desk.registers(person(1))
    desk.channel("sms").receipt_within = timedelta(days=3)
    alert = await desk.issues(channels=["sms"], valid_for=timedelta(minutes=30))

    async def refused() -> None:
        with pytest.raises(NotArchivable):
            await archiving.archive_alert(desk.services, alert.id, by=SHELL)

    await refused()
    await desk.works()
    await refused()
    for _ in range(3):
        desk.clock.forward(minutes=8)
        await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.SENT}}
    await refused()
    desk.clock.forward(minutes=8)
    await desk.sweeps()
    key = f"{alert.id}.sms.1"
    await receipts.apply_receipts(desk.services, [arrived(key, await reference(desk, alert, key))])
    await desk.sweeps()
    assert (await desk.reads(alert)).finished_at is not None
    await refused()
    desk.clock.forward(days=3)
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)


async def test_an_alert_is_archived_when_its_whole_chain_has_ended(desk: Desk) -> None:
    """What follows an update is told to whoever the alert before that reached."""
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"], valid_for=timedelta(hours=2))
    await desk.works()
    desk.clock.forward(minutes=10)
    update = await desk.follows_up(alert, FollowUp.UPDATE, valid_for=timedelta(hours=12))
    await desk.sends(await desk.approves(update))
    await desk.works()
    for _ in range(3):
        desk.clock.forward(hours=2)
        await desk.sweeps()
    assert (await desk.reads(alert)).state is AlertState.UPDATED
    assert (await desk.reads(alert)).finished_at is not None
    with pytest.raises(NotArchivable):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    await ends(desk)
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    await archiving.archive_alert(desk.services, update.id, by=SHELL)


async def test_a_receipt_that_comes_afterwards_fits_no_delivery(desk: Desk) -> None:
    alert = await ended(desk)
    key = f"{alert.id}.sms.7"
    late = arrived(key, await reference(desk, alert, key))
    before = await what_is_told(desk, alert)
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    await receipts.apply_receipts(desk.services, [late])
    (kept,) = await list_unmatched(desk.services, by=AUDITOR)
    assert kept.reason is Mismatch.NO_DELIVERY
    assert await what_is_told(desk, alert) == before


async def test_what_a_receipt_changes_while_it_is_written_is_not_archived_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await ended(desk)
    key = f"{alert.id}.sms.7"
    late = arrived(key, await reference(desk, alert, key))
    hold_counts = archive_rows.hold_counts

    async def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(archive_rows, "hold_counts", hold_counts)
        if not desk.services.database.is_sqlite:  # there, this transaction keeps others out
            await receipts.apply_receipts(desk.services, [late])
            return await hold_counts(*given)
        return archive_rows.DeliveryTotals()

    monkeypatch.setattr(archive_rows, "hold_counts", meanwhile)
    with pytest.raises(NotArchivable):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1
    assert file_names(desk) == []
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)


async def test_what_a_receipt_changes_before_it_is_deleted_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await ended(desk)
    key = f"{alert.id}.sms.7"
    late = arrived(key, await reference(desk, alert, key))

    async def not_yet(*_: object, **__: object) -> None:
        await receipts.apply_receipts(desk.services, [late])

    with monkeypatch.context() as begun:
        begun.setattr(archiving, "_delete_archived", not_yet)
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    found = await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    assert (found.lines, found.kept) == (2 * PEOPLE + 1, 1)
    page = await deliveries.list_deliveries(desk.services, alert.id, by=JORIS, limit=10)
    assert [(row.recipient_id, row.state) for row in page.items] == [(7, State.DELIVERED)]


async def test_it_waits_while_anything_is_being_sent(desk: Desk) -> None:
    alert = await ended(desk)
    desk.clock.forward(days=31)
    urgent = await desk.issues(channels=["sms"], values=again())
    await archiving.archive_old(desk.services)
    assert (await rows(desk, alert))["delivery"]
    await desk.works()
    desk.clock.forward(minutes=10)
    await desk.sweeps()
    assert (await desk.reads(urgent)).state is AlertState.ACTIVE
    await archiving.archive_old(desk.services)
    assert not (await rows(desk, alert))["delivery"]


async def test_one_process_at_a_time(desk: Desk) -> None:
    alert = await ended(desk)
    assert desk.services.archives is not None
    held = archive_files.lock_folder(desk.services.archives)
    assert held is not None
    with held, pytest.raises(ArchivingElsewhere):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    desk.clock.forward(days=31)
    with archive_files.lock_folder(desk.services.archives) or held:
        await archiving.archive_old(desk.services)
    assert (await rows(desk, alert))["delivery"]
    await archiving.archive_old(desk.services)
    assert not (await rows(desk, alert))["delivery"]


@pytest.mark.postgres
async def test_one_machine_at_a_time(postgres: Database) -> None:
    async with postgres.lock_across_machines(7) as ours:
        assert ours
        async with postgres.lock_across_machines(7) as theirs:
            assert not theirs
        async with postgres.lock_across_machines(8) as another:
            assert another
    async with postgres.lock_across_machines(7) as later:
        assert later


@pytest.mark.parametrize("what", ["changed", "cut", "gone", "replaced"])
async def test_nothing_is_deleted_where_the_file_is_not_what_was_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    alert = await ended(desk)

    async def not_yet(*_: object, **__: object) -> None:
        pass

    with monkeypatch.context() as begun:
        begun.setattr(archiving, "_delete_archived", not_yet)
        found = await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    path = file_of(desk, found.file)
    content = path.read_bytes()
    damages: dict[str, Callable[[], object]] = {
        "changed": lambda: path.write_bytes(content.replace(b"failed", b"expire", 1)),
        "cut": lambda: path.write_bytes(content[:-1]),
        "gone": path.unlink,
        "replaced": lambda: path.write_bytes(b""),
    }
    damages[what]()
    with pytest.raises(ArchiveDiffers):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    await archiving.archive_old(desk.services)
    with pytest.raises(ArchiveDiffers):
        await archiving.verify_archive(desk.services, alert.id)
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1
    path.write_bytes(content)
    await archiving.archive_old(desk.services)
    assert not (await rows(desk, alert))["delivery"]
    await archiving.verify_archive(desk.services, alert.id)


async def test_there_is_nothing_to_verify_of_what_is_not_archived(desk: Desk) -> None:
    alert = await ended(desk)
    with pytest.raises(NotFound):
        await archiving.verify_archive(desk.services, alert.id)


class KilledError(Exception):
    """The process ends here."""


@contextmanager
def killed_at(database: Database, step: int) -> Iterator[list[str]]:
    """Statements of the database, and steps of the file, up to which it lives; those it did."""
    done: list[str] = []

    def before(what: str) -> None:
        if len(done) >= step:
            raise KilledError(what)
        done.append(what)

    def execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        before(statement)

    def commit(_: Any) -> None:
        before("commit")

    engines = {database._writer.sync_engine, database._reader.sync_engine}
    with pytest.MonkeyPatch.context() as patched:
        for name in ("write", "finish"):
            original = getattr(ArchiveFile, name)

            def act(*given: Any, name: str = name, original: Any = original) -> Any:
                before(f"{name} begins")
                found = original(*given)
                before(f"{name} ends")
                return found

            patched.setattr(ArchiveFile, name, act)
        # Whoever is killed tidies nothing up.
        patched.setattr(ArchiveFile, "discard", lambda one: one._target.close())
        for engine in engines:
            sa.event.listen(engine, "before_cursor_execute", execute)
            sa.event.listen(engine, "commit", commit)
        try:
            yield done
        finally:
            for engine in engines:
                sa.event.remove(engine, "before_cursor_execute", execute)
                sa.event.remove(engine, "commit", commit)


def file_names(desk: Desk) -> list[str]:
    assert desk.services.archives is not None
    return sorted(one.name for one in desk.services.archives.iterdir() if one.name != ".lock")


async def test_killed_at_any_step_it_loses_no_line_and_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await ended(desk)
    before = {(row.channel, row.recipient_id): row.state for row in await desk.deliveries(alert)}
    told_before = await what_is_told(desk, alert)
    monkeypatch.setattr(archiving, "READ_AT_ONCE", 7)
    monkeypatch.setattr(archiving, "DELETED_AT_ONCE", 6)
    step, kills, finished, parts = 0, 0, False, set()
    while not finished:
        step += 1
        with killed_at(desk.services.database, step):
            try:
                await archiving.archive_alert(desk.services, alert.id, by=SHELL)
                finished = True
            except KilledError:
                kills += 1
        found = await deliveries.get_archive(desk.services, alert.id, by=MILA)
        there = await keys(desk, alert)
        if found is None:
            assert there == before.keys(), "nothing is deleted before it is archived"
            continue
        content = file_of(desk, found.file).read_bytes()
        assert sha256(content).hexdigest() == found.sha256
        lines = [read_line(line) for line in content.splitlines()]
        assert {(one.channel, one.recipient_id): one.state for one in lines} == before
        deleted = {
            (one.channel, one.recipient_id)
            for one in map(read_line, content[: found.deleted_to].splitlines())
        }
        assert there == before.keys() - deleted
        assert await what_is_told(desk, alert) == told_before
        if len(there) not in parts:
            parts.add(len(there))
            step = 0  # every step of what comes after this
    assert kills > 60
    assert len(parts) == 6, "batch by batch"
    assert set((await rows(desk, alert)).values()) == {0}
    acts = [one for one in await desk.ledger() if "archived" in one or "deleted" in one]
    assert acts == ["alert.archived", "alert.deliveries-deleted"]
    await archiving.verify_archive(desk.services, alert.id)
    assert len(file_names(desk)) == 1, "and what was begun is gone"


async def keys(desk: Desk, alert: Alert) -> set[tuple[str, int]]:
    query = sa.select(delivery.c.channel, delivery.c.recipient_id).where(
        delivery.c.sending_id == alert.id
    )
    async with desk.services.reading() as reading:
        return {(row.channel, row.recipient_id) for row in await reading.connection.execute(query)}


async def test_a_full_disk_deletes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = await ended(desk)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(ArchiveFile, "write", full)
        with pytest.raises(ArchiveNotWritten, match="No space left"):
            await archiving.archive_alert(desk.services, alert.id, by=SHELL)
        desk.clock.forward(days=31)
        await archiving.archive_old(desk.services)
    assert file_names(desk) == []
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1
    await archiving.archive_old(desk.services)
    assert not (await rows(desk, alert))["delivery"]


class FullDisk(io.FileIO):
    """A file on a disk that takes not one byte more, whatever is tried."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_disk_that_is_full_when_the_file_is_closed_keeps_no_part_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await ended(desk)
    monkeypatch.setattr(
        "alerting.store.deliveries.archive_files.os.fdopen",
        lambda handle, mode: io.BufferedWriter(FullDisk(handle, mode)),
    )
    with pytest.raises(ArchiveNotWritten, match="No space left"):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    desk.clock.forward(days=31)
    await archiving.archive_old(desk.services)  # says so in the log, and goes on
    assert desk.services.archives is not None
    assert [one.name for one in desk.services.archives.iterdir()] == [archive_files.LOCK]
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1


async def test_what_is_read_back_is_not_what_was_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await ended(desk)
    monkeypatch.setattr(
        archive_files, "content_of", lambda _: archive_files.ArchiveContent("0" * 64, 1, 1)
    )
    with pytest.raises(ArchiveNotWritten):
        await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    assert file_names(desk) == []
    assert (await rows(desk, alert))["delivery"] == 2 * PEOPLE + 1


async def test_whoever_leaves_the_list_later_was_in_it_by_number_alone(desk: Desk) -> None:
    alert = await ended(desk)
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    lines = await archived(desk, alert)
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    assert await archived(desk, alert) == lines


PAGES = {
    "fr": "Les envois de cette alerte ont été archivés le",
    "nl": "De verzendingen van deze alarmering zijn op",
    "de": "Die Zustellungen dieser Alarmierung wurden am",
    "en": "The deliveries of this alert were archived on",
}


async def test_pages_and_programs_are_told_plainly(desk: Desk) -> None:
    alert = await ended(desk)
    app = create_app(desk.services, Settings(), alongside=nothing_beside)
    async with AsyncExitStack() as open_ones:
        joris = await Browsers(app, desk.services, open_ones)(JORIS)

        async def page(path: str, language: str = "en") -> str:
            answer = await joris.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200
            return answer.text

        told_before = [await page(f"/alerts/{alert.id}/{one}") for one in ("report", "course")]
        found = await archiving.archive_alert(desk.services, alert.id, by=SHELL)
        told_after = [await page(f"/alerts/{alert.id}/{one}") for one in ("report", "course")]
        assert told_after == told_before
        for language, says in PAGES.items():
            shown = await page(f"/alerts/{alert.id}/deliveries", language)
            assert says in shown
            assert found.sha256 in shown
            assert "deliveries.csv" not in shown
        for method, path in (
            ("GET", f"/api/alerts/{alert.id}/deliveries"),
            ("POST", f"/api/alerts/{alert.id}/deliveries.csv"),
        ):
            answer = await joris.request(method, path)
            assert answer.status_code == 409
            assert "were archived on" in answer.text
        refused = await joris.get(f"/alerts/{alert.id}/deliveries/{alert.id}.sms.1")
        assert refused.status_code == 409
