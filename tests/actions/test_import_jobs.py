"""An import on the console is a job: it goes on without its page, and after a crash; one a list."""

import asyncio
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions.recipients import import_jobs, importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.errors import (
    BadFile,
    ImportNotWaiting,
    ImportUnderWay,
    NoRoomForUpload,
    NotFound,
    UploadElsewhere,
)
from alerting.domain.import_job import ImportJob, ImportState
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.i18n import translator_for
from alerting.importing.preview import ImportPreview, preview_of, problem_phrases
from alerting.importing.recipients import read_recipients
from alerting.store import Database
from alerting.store.recipients import import_jobs as job_rows
from alerting.store.tables import recipient
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import gazetteer, make_services
from tests.territory import TOWN, Country
from tests.uploads import PERSON, import_upload, kept_files, preview, upload

HEAD = "reference;name;language;municipality;phone;email"
GOOD = "\n".join((HEAD, *(f"R{n};P {n};fr;Liège;04700000{n:02};" for n in range(10)))).encode()
BAD = GOOD + b"\nX;Nobody;xx;Nowhere;1;"
OTHER = Officer("olga", Role.COMMUNICATOR)


@pytest.fixture
def both(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


async def confirmed(desk: Desk, content: bytes = GOOD, **more: Any) -> str:
    """A file that was looked at and is to be saved."""
    number, _ = await preview(desk.services, content, by=MILA)
    await import_jobs.confirm_import(desk.services, number, kind=PERSON, by=MILA, **more)
    return number


async def job_of(desk: Desk, number: str, by: Officer = MILA) -> ImportJob:
    found, _ = await import_jobs.get_import(desk.services, number, kind=PERSON, by=by)
    return found


async def entries(desk: Desk) -> int:
    async with desk.services.reading() as reading:
        query = sa.select(sa.func.count()).select_from(recipient)
        return await reading.connection.scalar(query) or 0


async def test_each_step_is_recorded_and_nothing_is_saved_before_it_was_looked_at(
    both: Desk,
) -> None:
    number, seen = await preview(both.services, GOOD, by=MILA)
    assert (seen.good, seen.would["new"], await entries(both)) == (10, 10, 0)
    await import_jobs.confirm_import(both.services, number, kind=PERSON, by=MILA)
    await import_jobs.run_due_imports(both.services)
    job = await job_of(both, number)
    assert (job.state, job.figures.added, job.done, job.of) == (ImportState.DONE, 10, 10, 10)
    assert kept_files(both.services) == {}
    assert await both.ledger() == [
        "recipients.import-uploaded",
        "recipients.previewed",
        "recipients.import-confirmed",
        "recipients.imported",
    ]


async def test_the_file_is_its_officers_alone_and_its_hash_stands_in_the_row(desk: Desk) -> None:
    number = await upload(desk.services, GOOD, by=MILA)
    assert desk.services.imports is not None
    path = desk.services.imports / number
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len((await job_of(desk, number)).sha256) == 64
    with pytest.raises(NotFound):
        await job_of(desk, number, OTHER)


async def test_rows_with_errors_are_told_and_only_skipped_if_asked(both: Desk) -> None:
    number, seen = await preview(both.services, BAD, by=MILA)
    assert [one.finding.row for one in seen.faults] == [12, 12, 12]
    with pytest.raises(BadFile):
        await import_jobs.confirm_import(both.services, number, kind=PERSON, by=MILA)
    await import_jobs.confirm_import(both.services, number, kind=PERSON, by=MILA, skip_bad=True)
    await import_jobs.run_due_imports(both.services)
    job = await job_of(both, number)
    assert (job.state, job.figures.added, job.bad) == (ImportState.DONE, 10, 1)
    path = await import_jobs.rejected_rows(both.services, number, kind=PERSON, by=MILA)
    assert "Nobody" in path.read_text("utf-8-sig")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_second_import_of_the_same_list_is_refused_while_one_is_under_way(
    both: Desk,
) -> None:
    country = await Country(both.services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    number = await upload(both.services, GOOD, by=MILA)
    with pytest.raises(ImportUnderWay, match=r"a\.csv.*mila"):
        await upload(both.services, GOOD, by=OTHER)
    with pytest.raises(ImportUnderWay):
        await importing.import_file(both.services, GOOD, file="x", kind=PERSON, by=OTHER)
    await upload(both.services, GOOD, by=gent)  # its own list
    await import_jobs.run_due_imports(both.services)
    second, _ = await preview(both.services, GOOD, by=OTHER)
    await import_jobs.confirm_import(both.services, number, kind=PERSON, by=MILA)
    with pytest.raises(ImportUnderWay):
        await import_jobs.confirm_import(both.services, second, kind=PERSON, by=OTHER)
    with pytest.raises(ImportNotWaiting):
        await import_jobs.confirm_import(both.services, number, kind=PERSON, by=MILA)


async def test_two_that_arrive_at_once_do_not_both_begin(both: Desk) -> None:
    opened = [await import_jobs.open_upload(both.services, kind=PERSON, by=MILA) for _ in range(2)]
    for one in opened:
        one.finish()
    started = await asyncio.gather(
        *(
            import_jobs.start_import(both.services, one, file="x", kind=PERSON, by=MILA)
            for one in opened
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in started) == ["ImportUnderWay", "str"]


async def test_after_a_crash_it_goes_on_and_counts_each_row_once(
    both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    number = await confirmed(both)
    really, batches = importing._save_batch, 0

    async def dying(*args: object) -> object:
        nonlocal batches
        batches += 1
        if batches == 4:
            raise ConnectionError
        return await really(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_save_batch", dying)
    await import_jobs.run_due_imports(both.services)
    stopped = await job_of(both, number)
    assert (stopped.state, stopped.done, stopped.figures.added) == (ImportState.SAVING, 6, 6)
    await import_jobs.run_due_imports(both.services)
    job = await job_of(both, number)
    assert (job.state, job.figures.added, job.figures.changed) == (ImportState.DONE, 10, 0)
    assert await entries(both) == 10


async def test_what_never_comes_to_its_end_is_given_up(
    both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await confirmed(both)

    async def dying(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(importing, "_save_batch", dying)
    for _ in range(import_jobs.MOST_ATTEMPTS + 1):
        await import_jobs.run_due_imports(both.services)
    assert (await job_of(both, number)).state is ImportState.FAILED
    assert kept_files(both.services) == {}
    assert (await both.ledger())[-1] == "recipients.import-failed"


@pytest.mark.parametrize("begun", [False, True], ids=["before it began", "in the middle"])
async def test_it_is_cancelled_and_what_was_saved_stays(
    both: Desk, monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    number = await confirmed(both)
    really, saved = importing._save_batch, 0

    async def cancelling(*args: object) -> object:
        nonlocal saved
        done = await really(*args)  # type: ignore[arg-type]
        saved += 1
        return done

    class _Cancels(importing._Turns):
        async def let_others_write(self) -> None:
            if saved == 2:
                await import_jobs.cancel_import(both.services, number, kind=PERSON, by=MILA)

    monkeypatch.setattr(importing, "_save_batch", cancelling)
    if begun:
        monkeypatch.setattr(importing, "_Turns", _Cancels)
    else:
        await import_jobs.cancel_import(both.services, number, kind=PERSON, by=MILA)
    await import_jobs.run_due_imports(both.services)
    job = await job_of(both, number)
    assert job.state is ImportState.CANCELLED
    assert (await entries(both), job.figures.added) == ((4, 4) if begun else (0, 0))
    assert kept_files(both.services) == {}
    assert "recipients.imported" not in await both.ledger()
    await import_upload(both.services, GOOD, by=MILA)
    assert await entries(both) == 10


async def _loses_file(desk: Desk, number: str) -> None:
    assert desk.services.imports is not None
    (desk.services.imports / number).unlink()


async def _changes_file(desk: Desk, number: str) -> None:
    assert desk.services.imports is not None
    (desk.services.imports / number).write_bytes(GOOD + b"\nY;Y;fr;Namur;0470999999;")


@pytest.mark.parametrize(
    ("act", "says"),
    [(_loses_file, "no longer here, or has changed"), (_changes_file, "has changed")],
)
async def test_nothing_but_what_was_looked_at_is_saved(
    both: Desk, act: Callable[[Desk, str], Any], says: str
) -> None:
    number = await confirmed(both)
    await act(both, number)
    await import_jobs.run_due_imports(both.services)
    job = await job_of(both, number)
    assert job.state is ImportState.REFUSED
    english = translator_for(Language.EN)
    assert says in " ".join(english(one.says, **one.facts) for one in problem_phrases(job.problem))
    assert await entries(both) == 0


async def test_whoever_lost_the_right_meanwhile_imports_nothing(both: Desk) -> None:
    number = await confirmed(both)
    async with both.services.unit() as unit:
        await job_rows.update_import_job(
            unit.connection, number, ImportState.SAVING, membership=999
        )
    await import_jobs.run_due_imports(both.services)
    assert (await job_of(both, number)).state is ImportState.REFUSED
    assert await entries(both) == 0


async def test_rows_outside_the_territory_are_refused(both: Desk) -> None:
    country = await Country(both.services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    number = await upload(both.services, GOOD, by=gent)
    await import_jobs.run_due_imports(both.services)
    assert (await job_of(both, number, gent)).state is ImportState.REFUSED
    assert (await both.ledger())[-1] == "recipients.import-refused"


async def test_only_a_process_that_has_the_folder_works_on_it(desk: Desk, tmp_path: Any) -> None:
    elsewhere = replace(desk.services, imports=tmp_path / "another")
    await upload(elsewhere, GOOD.replace(b"fr", b"xx"), by=OTHER, kind=PERSON)
    await import_jobs.run_due_imports(elsewhere)
    number = await upload(desk.services, BAD, by=MILA)
    await import_jobs.run_due_imports(elsewhere)
    assert (await job_of(desk, number)).state is ImportState.READING
    await import_jobs.run_due_imports(desk.services)
    assert (await job_of(desk, number)).state is ImportState.READY
    with pytest.raises(UploadElsewhere):
        await import_jobs.rejected_rows(elsewhere, number, kind=PERSON, by=MILA)


async def test_a_file_on_another_machine_goes_there_when_somebody_it_may_name_leaves(
    desk: Desk, tmp_path: Any
) -> None:
    row = b"reference;language;municipality;phone\nR1;fr;Namur;0470777777\n"
    await import_upload(desk.services, row, by=MILA)
    elsewhere = replace(desk.services, imports=tmp_path / "another")
    number, _ = await preview(elsewhere, GOOD, by=OTHER)
    await recipient_lists.end_recipient(desk.services, PERSON, 1, requested=True, by=MILA)
    assert (await job_of(desk, number, OTHER)).state is ImportState.CANCELLED
    await import_jobs._sweep(elsewhere)
    assert kept_files(elsewhere) == {}


async def test_a_process_that_has_the_folder_finds_what_is_to_be_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "LOOKED_EVERY", 0)
    working = asyncio.create_task(import_jobs.keep_importing(desk.services))
    number = await upload(desk.services, GOOD, by=MILA)
    async with asyncio.timeout(30):
        while (await job_of(desk, number)).state is ImportState.READING:
            assert not working.done()
    working.cancel()
    await asyncio.wait({working})
    assert (await job_of(desk, number)).state is ImportState.READY


async def test_a_job_that_somebody_works_on_is_left_to_them(desk: Desk) -> None:
    number = await upload(desk.services, GOOD, by=MILA)
    folder = import_jobs.import_folder(desk.services)
    assert folder is not None
    with folder.working_on(number):
        await import_jobs.run_due_imports(desk.services)
        assert (await job_of(desk, number)).attempts == 0
    await import_jobs.run_due_imports(desk.services)
    assert (await job_of(desk, number)).state is ImportState.READY


async def test_where_the_disk_is_full_no_upload_begins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerting.store.recipients.import_folder.SPARE_BYTES", 10**18)
    with pytest.raises(NoRoomForUpload):
        await upload(desk.services, GOOD, by=MILA)


async def test_what_nobody_decided_on_goes_with_its_file(desk: Desk, clock: Clock) -> None:
    number, _ = await preview(desk.services, GOOD, by=MILA)
    clock.forward(minutes=61)
    with pytest.raises(NotFound):
        await job_of(desk, number)
    async with desk.services.unit() as unit:
        before = desk.services.now() - timedelta(hours=1)
        assert await job_rows.expire(unit.connection, before) == 1
    await import_jobs._sweep(desk.services)
    assert kept_files(desk.services) == {}
    (left,) = await import_jobs.list_imports(desk.services, kind=PERSON, by=MILA)
    assert left.state is ImportState.CANCELLED


async def test_somebody_who_leaves_while_rows_are_saved_is_in_no_file_afterwards(
    desk: Desk,
) -> None:
    row = b"reference;language;municipality;phone\nR1;fr;Namur;0470777777\n"
    await import_upload(desk.services, row, by=MILA)
    await confirmed(desk, BAD + b"\nZ;Zoe;xx;Nowhere;0470777777;", skip_bad=True)
    await recipient_lists.end_recipient(desk.services, PERSON, 1, requested=True, by=MILA)
    await import_jobs.run_due_imports(desk.services)
    assert kept_files(desk.services) == {}
    found = await import_jobs.list_imports(desk.services, kind=PERSON, by=MILA)
    assert {one.state for one in found} == {ImportState.DONE}


async def test_while_it_is_read_the_page_shows_how_far_and_which_rows_are_wrong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "TOLD_EVERY", 0.01)
    number = await upload(desk.services, BAD, by=MILA)
    noted, goes_on, really = asyncio.Event(), asyncio.Event(), importing._survey

    async def waiting(*args: Any, **more: Any) -> Any:
        await goes_on.wait()
        return await really(*args, **more)

    wrote = import_jobs._Told._write

    async def noting(told: import_jobs._Told) -> bool:
        had_something = told._progress is not None
        done = await wrote(told)
        if had_something:
            noted.set()
        return done

    monkeypatch.setattr(importing, "_survey", waiting)
    monkeypatch.setattr(import_jobs._Told, "_write", noting)
    running = asyncio.create_task(import_jobs.run_due_imports(desk.services))
    await noted.wait()
    job, seen = await import_jobs.get_import(desk.services, number, kind=PERSON, by=MILA)
    goes_on.set()
    await running
    assert job.state is ImportState.READING
    assert 0 < job.done <= job.of == job.size
    assert seen is not None
    assert job.time_left() is None, "it has not been long enough to say"
    assert (await job_of(desk, number)).state is ImportState.READY


def test_the_time_left_is_told_by_how_fast_it_went(clock: Clock) -> None:
    now = clock()
    job = ImportJob(
        **dict.fromkeys(("id", "list_name", "officer", "role", "authority", "name"), ""),  # type: ignore[arg-type]
        **dict.fromkeys(("sha256", "folder", "host", "language"), ""),  # type: ignore[arg-type]
        kind=PERSON,
        size=100,
        done=25,
        of=100,
        created_at=now,
        began_at=now,
        changed_at=now + timedelta(seconds=10),
    )
    assert job.time_left() == timedelta(seconds=30)
    assert replace(job, state=ImportState.DONE).time_left() is None


@pytest.mark.parametrize("language", list(Language))
def test_what_was_found_reads_the_same_after_it_was_kept(language: Language, clock: Clock) -> None:
    rows = (
        "A;Anne;fr;Limburg;470123456;;31/03/2025;Seveso",
        "B;Bob;xx;Saint-Nicolas;4,70E+08;;2050-01-01;",
        "C;Chris;fr;5100 Jambes;;c@example.org;;",
    )
    head = "reference;name;language;municipality;phone;email;consent_date;groups"
    intake = read_recipients(
        "\n".join((head, *rows)).encode(),
        RecipientKind.PERSON,
        gazetteer().read_municipality,
        today=clock().date(),
        countries=["BE"],
    )
    made = preview_of(intake, {"new": 1}, {"new": [2]})
    kept = ImportPreview.from_json(made.to_json())
    say = translator_for(language)

    def told(seen: ImportPreview) -> list[object]:
        return [
            *(say(one.says, **one.facts) for one in seen.understood),
            *(
                (one.heading.told(language), say(one.finding.reason, **one.finding.facts))
                for one in (*seen.faults, *seen.remarks)
            ),
            *seen.first,
        ]

    assert told(kept) == told(made)
    assert len(told(made)) > 5
