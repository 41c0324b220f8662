"""What waits comes to the folder once, right, and in order, whatever becomes of who brings it."""

import asyncio
import errno
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from alerting.actions.public import administration
from alerting.actions.public.origin import (
    OTHER_DATABASE,
    OTHER_SETTINGS,
    read_origin,
    write_origin,
)
from alerting.actions.public.publishing import FIRST_PAUSE, Publisher
from alerting.actions.public.units import Edition, Makers, every_town
from alerting.credentials.keyring import Keyring
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, guid
from alerting.domain.publication import Publication, Stage
from alerting.publisher import Files
from alerting.publisher.disk import Disk
from alerting.store import Database, publications, tables
from tests.actions.public import standins
from tests.actions.public.made import HOUR, NOON, SITE, alert, followed
from tests.actions.public.standins import MAKERS, publisher, publishes_all, served
from tests.desk import CLOSED, MILA, Desk
from tests.doubles import Clock
from tests.make import EUPEN, LIEGE, make_services, person


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "public"


async def waiting(desk: Desk) -> list[Publication]:
    async with desk.services.reading() as reading:
        return await publications.waiting(reading.connection, limit=1_000)


async def sent(desk: Desk, **more: Any) -> Any:
    await desk.registers(person(1))
    return await desk.issues(channels=["email"], values=CLOSED, **more)


async def ends(desk: Desk, alert: Any, how: FollowUp = FollowUp.ALL_CLEAR) -> Any:
    return await desk.sends(await desk.approves(await desk.follows_up(alert, how)))


async def test_a_page_and_all_lists_come_first_and_the_feeds_of_towns_after(
    desk: Desk, path: Path
) -> None:
    alert = await sent(desk)
    made = await publisher(desk, path)
    assert await made.publish_first() == 1
    first = served(path)
    assert {f"a/2030/{alert.id}/fr/index.html", "active.json", "feed/fr.xml"} <= set(first)
    assert "archive/2030/01/fr/index.html" in first
    assert f"municipality/{LIEGE}/fr.xml" not in first
    (row,) = await waiting(desk)
    assert (row.published_at, row.finished_at) == (desk.clock.now, None)
    assert await made.publish_towns() == 1
    assert json.loads(served(path)[f"municipality/{LIEGE}/fr.xml"]) == [
        [[2030, alert.id], "active"]
    ]
    assert await waiting(desk) == []


def test_a_change_touches_the_months_of_its_chain_and_no_other() -> None:
    old, update = followed(alert(1, at=NOON - 24 * 20 * HOUR), FollowUp.UPDATE, 2, after=480 * HOUR)
    edition = Edition((alert(3, at=NOON + 24 * 20 * HOUR), update, old), SITE, MAKERS)
    assert [one.folder for one in edition.months([2])] == ["archive/2026/11"]
    assert len(edition.months()) == 2
    assert {one.folder for one in edition.months()} <= edition.units()


async def test_what_ends_an_alert_changes_its_page_too(desk: Desk, path: Path) -> None:
    alert = await sent(desk)
    made = await publisher(desk, path)
    await publishes_all(made)
    end = await ends(desk, alert)
    await publishes_all(made)
    found = served(path)
    assert json.loads(found[f"a/2030/{alert.id}/index.html"])[0] == "ended"
    assert json.loads(found["active.json"]) == []
    assert f"a/2030/{end.id}/index.html" in found
    assert json.loads(found[f"municipality/{LIEGE}/fr.xml"])[1][1] == "ended"


async def test_the_old_gateway_s_address_leads_to_the_message(desk: Desk, path: Path) -> None:
    alert = await sent(desk)
    await publishes_all(await publisher(desk, path))
    found = served(path)
    address = (await Publisher(desk.services, standins.public(path), "x")._alerts.read())[0].address
    assert found[f"alert/{guid(address)}"] == found[f"a/2030/{alert.id}/cap.xml"]


async def test_an_exercise_has_a_page_and_no_message(desk: Desk, path: Path) -> None:
    alert = await sent(desk, alert_class=AlertClass.EXERCISE)
    await publishes_all(await publisher(desk, path))
    found = [one for one in served(path) if str(alert.id) in one]
    assert f"a/2030/{alert.id}/fr/index.html" in found
    assert not any("cap" in one for one in found)
    assert json.loads(served(path)["feed/fr.xml"]) == []


async def test_making_everything_anew_gives_the_same_bytes(desk: Desk, path: Path) -> None:
    alert = await sent(desk)
    made = await publisher(desk, path)
    await publishes_all(made)
    await ends(desk, alert)
    await publishes_all(made)
    before = served(path)
    desk.clock.forward(hours=1)
    again = await publisher(desk, path.with_name("elsewhere"), "another")
    await again.rebuild()
    rebuilt = served(path.with_name("elsewhere"))
    assert {name: rebuilt[name] for name in before} == before
    assert f"municipality/{EUPEN}/fr.xml" in rebuilt, "there before anything happens"
    await made.rebuild()
    assert await made.rebuild() == 0


# ── who brings it ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgres
async def test_of_two_workers_one_takes_it(database: Database, clock: Clock, path: Path) -> None:
    desk = Desk(make_services(database, clock), clock)
    await sent(desk)
    both = [await publisher(desk, path, name) for name in ("one", "another")]
    assert sorted(await asyncio.gather(*(one.publish_first() for one in both))) == [0, 1]
    assert sorted(await asyncio.gather(*(one.publish_towns() for one in both))) == [0, 1]
    assert "active.json" in served(path)


async def test_what_a_dead_worker_took_is_free_again_with_its_beats(desk: Desk, path: Path) -> None:
    """Whatever any clock says."""
    await sent(desk)
    dead = await publisher(desk, path, "dead")
    await dead._claim(Stage.FIRST)
    desk.clock.forward(days=400)
    another = await publisher(desk, path, "another")
    assert await another.publish_first() == 0
    await Heartbeat(desk.services, "another").begin_alone()
    assert await another.publish_first() == 1


@pytest.mark.parametrize("jump", [-400, 400])
async def test_a_clock_that_jumps_holds_nothing_back(desk: Desk, path: Path, jump: int) -> None:
    made = await publisher(desk, path)
    alert = await sent(desk)
    desk.clock.forward(hours=-1 if jump < 0 else 1)
    assert await made.publish_first() == 1
    assert f"a/2030/{alert.id}/index.html" in served(path)


async def test_nobody_puts_an_older_state_over_a_newer_one(desk: Desk, path: Path) -> None:
    """Whoever has the lock reads what is public then, and not before."""
    alert = await sent(desk)
    slow = await publisher(desk, path, "slow")
    fast = await publisher(desk, path, "fast")
    with fast.folder.try_lock():
        waits = asyncio.ensure_future(slow.publish_first())
        while not await has_claimed(desk, "slow"):
            await asyncio.sleep(0.01)
        await ends(desk, alert)
    await waits
    assert json.loads(served(path)["active.json"]) == []


async def has_claimed(desk: Desk, name: str) -> bool:
    return any(one.claimed_by == name for one in await waiting(desk))


# ── faults ───────────────────────────────────────────────────────────────────────────────────────


class Full(standins.Unsynced):
    """No room, until there is."""

    room = False

    def write(self, path: Path, content: bytes, changed_at: int) -> None:
        if not self.room:
            raise OSError(errno.ENOSPC, f"no room for {content!r}")
        super().write(path, content, changed_at)


async def test_a_full_disk_is_told_by_its_name_and_tried_again(desk: Desk, path: Path) -> None:
    await sent(desk)
    disk, now = Full(), [0.0]
    made = await publisher(desk, path, disk=disk, clock=lambda: now[0])
    assert await made.publish_first() == 0
    (row,) = await waiting(desk)
    assert (row.failure, row.attempts, row.claimed_by) == ("ENOSPC", 1, "")
    disk.room = True
    assert await made.publish_first() == 0, "not at once"
    now[0] += FIRST_PAUSE
    assert await made.publish_first() == 1
    assert (await waiting(desk))[0].failure == ""


async def test_one_that_cannot_be_made_keeps_no_other_waiting(desk: Desk, path: Path) -> None:
    def broken(alert: PublicAlert, chain: Sequence[PublicAlert], *args: Any, **more: Any) -> Files:
        if alert.address.number == bad.id:
            raise ArithmeticError(alert.texts)
        return standins.alert_unit(alert, chain, *args, **more)

    bad = await sent(desk)
    good = await sent(desk, alert_class=AlertClass.EXERCISE)
    made = await publisher(desk, path, makers=replace(MAKERS, alert_unit=broken))
    assert await made.publish_first() == 1
    assert f"a/2030/{good.id}/index.html" in served(path)
    assert [(one.alert, one.failure) for one in await waiting(desk) if one.failure] == [
        (bad.id, "ArithmeticError")
    ]


async def test_a_folder_deleted_by_hand_is_made_anew(desk: Desk, path: Path) -> None:
    made = await publisher(desk, path)
    await sent(desk)
    await made.rebuild()
    await publishes_all(made)
    before = served(path)
    await made.tidy()
    assert await waiting(desk) == []
    standins.Unsynced().remove(path)
    await made.tidy()
    assert [one.alert for one in await waiting(desk)] == [None]
    await publishes_all(made)
    assert served(path) == before


async def test_without_a_key_that_can_be_read_pages_are_made_all_the_same(
    desk: Desk, path: Path
) -> None:
    keys = desk.services.keyring.folder
    desk.services = replace(desk.services, keyring=Keyring(path.with_name("keys")))
    shutil.copytree(keys, path.with_name("keys"), dirs_exist_ok=True)
    for one in path.with_name("keys").glob("cap.*"):
        one.unlink()
    (path.with_name("keys") / "cap.1.pem").write_bytes(b"half")
    alert = await sent(desk)
    made = await publisher(desk, path, makers=replace(MAKERS, cap=None))
    await made.tidy()
    await publishes_all(made)
    assert f"a/2030/{alert.id}/index.html" in served(path)
    await made.tidy()
    assert await waiting(desk) == []


@pytest.mark.parametrize(
        "gone",
    [
        "certificates", "alert", "mirror", "active.json", "feed", "index.html", "assets", "a",
        "archive", "municipality", "feed/fr.xml", "active.json.gz", "assets/style.css",
        "certificates/cap.pem.gz", "archive/2030/01/fr/index.html", "municipality/{LIEGE}/fr.xml",
        "a/2030/1/cap.xml", "a/2030/1/fr/index.html", "a/2030/1/fr/index.html.gz",
    ],
)  # fmt: skip
async def test_what_was_deleted_in_part_is_made_anew(desk: Desk, path: Path, gone: str) -> None:
    await sent(desk)
    made = await publisher(desk, path)
    await publishes_all(made)
    await made.rebuild()
    await made.archive()
    before = without_archive(path)
    damaged = path / "www" / gone.format(LIEGE=LIEGE)
    assert damaged.exists()
    Disk().remove(damaged)
    await made.archive()
    assert (path / "www" / "mirror" / "latest.json").exists()
    await made.tidy()
    assert without_archive(path) == before
    assert {f"{name}.gz" for name in before} <= packed(path)
    await made.tidy()
    assert await waiting(desk) == []


async def test_with_the_real_pages_nothing_is_left_to_be_made(desk: Desk, path: Path) -> None:
    await sent(desk)
    makers = Makers(all_towns=lambda _: [LIEGE])
    made = await publisher(desk, path, makers=makers)
    await made.rebuild()
    await publishes_all(made)
    await made.tidy()
    assert await waiting(desk) == []
    (path / "www" / "active.json").unlink()
    await made.tidy()
    assert (path / "www" / "active.json").exists()
    assert await waiting(desk) == []


def without_archive(path: Path) -> dict[str, bytes]:
    """What is served, but for the archive."""
    return {name: one for name, one in served(path).items() if not name.startswith("mirror")}


def packed(path: Path) -> set[str]:
    """Every compressed file that is served."""
    www = path / "www"
    found = (
        Path(above, name) for above, _, names in os.walk(www, followlinks=True) for name in names
    )
    return {
        one.relative_to(www).as_posix() for one in found if one.suffix == ".gz" and one.exists()
    }


def of_another(made: Publisher, **what: Any) -> None:
    """Let the folder say that it was made otherwise."""
    write_origin(made.folder, replace(read_origin(made.folder), **what))


async def test_two_workers_of_other_settings_come_to_rest_and_say_so(
    desk: Desk, path: Path
) -> None:
    one, other = [await publisher(desk, path, name) for name in ("one", "other")]
    other._public = replace(other._public, contact={Language.FR: "x"})
    rebuilt = 0
    with capture_logs() as told:
        for _ in range(4):
            for each in (one, other):
                await each.tidy()
                rebuilt += await each.publish_first() * 0 + await each.publish_towns()
    assert rebuilt == 1
    assert {one["worker"] for one in told if one["event"] == "public.other_settings"} == {"other"}
    assert await conflicts_told(desk, path) == [(OTHER_SETTINGS, {"worker": "other"})]
    await Heartbeat(desk.services, "other").begin_alone()  # the one that made it is gone
    await other.tidy()
    assert await other.publish_first() * 0 + await other.publish_towns() == 1
    await other.tidy()
    assert await waiting(desk) == []
    assert await conflicts_told(desk, path) == []


async def conflicts_told(desk: Desk, path: Path) -> list[Any]:
    found = await administration.overview(standins.with_folder(desk.services, path), by=MILA)
    return list(found.conflicts)


async def test_a_folder_of_another_database_is_taken_over_when_somebody_says_so(
    desk: Desk, path: Path
) -> None:
    made = await publisher(desk, path)
    await made.rebuild()
    theirs = "a/2030/77"
    made.folder.place(theirs, {"index.html": b"<p>"})
    of_another(made, installation="another")
    await sent(desk)
    await publishes_all(made)
    with capture_logs() as told:
        await made.tidy()
    assert "public.other_database" in {one["event"] for one in told}
    assert len(await waiting(desk)) == 1, "it is not published: its lists would name no other"
    assert json.loads(served(path)["active.json"]) == []
    assert f"{theirs}/index.html" in served(path)
    assert await conflicts_told(desk, path) == [(OTHER_DATABASE, {})]
    assert await made.rebuild() is None
    assert f"{theirs}/index.html" in served(path)
    await made.rebuild(believes_database=True)
    assert f"{theirs}/index.html" not in served(path)
    assert await conflicts_told(desk, path) == []


async def test_after_a_restored_database_the_folder_stays_until_somebody_has_it_made_anew(
    desk: Desk, path: Path
) -> None:
    """The second alert was sent after the backup."""
    await sent(desk)
    made = await publisher(desk, path)
    await made.rebuild()
    await publishes_all(made)
    before = without_archive(path)
    later = await desk.issues(channels=["email"], values=CLOSED)
    await publishes_all(made)
    newer = without_archive(path)
    async with desk.services.unit() as unit:
        sending, table = tables.sending, tables.publication
        await unit.connection.execute(sa.delete(table).where(table.c.sending_id == later.id))
        await unit.connection.execute(
            sa.update(sending)
            .where(sending.c.id == later.id)
            .values(sent_at=None, state="approved")
        )
    again = await publisher(desk, path, "again")
    with capture_logs() as told:
        await again.tidy()
        await publishes_all(again)
        assert served(path) == newer
        assert "public.newer_folder" in {one["event"] for one in told}
        assert await again.rebuild() is None
        assert served(path) == newer
        await again.rebuild(believes_database=True)
    assert served(path) == before
    assert [one["page"] for one in told if one["event"] == "public.unknown_page"] == [
        f"a/2030/{later.id}"
    ]
    await again.tidy()
    assert await waiting(desk) == []


async def test_after_a_restored_database_no_alert_gets_the_number_of_a_page_that_was_there(
    database: Database, clock: Clock, path: Path
) -> None:
    """Nothing of the alerts that were sent after the backup is in it."""
    desk = Desk(make_services(database, clock), clock)
    first = (await sent(desk)).id
    made = await publisher(desk, path)
    await made.rebuild()
    made.folder.place(f"a/2030/{first + 40}", {"index.html": b"sent after the backup"})
    made.folder.place(f"a/2030/{first + 38}", {"index.html": b"sent after the backup"})
    await made.tidy()
    assert (await desk.drafts(values=CLOSED)).id == first + 41
    await made.rebuild(believes_database=True)
    assert f"a/2030/{first + 40}/index.html" not in served(path)
    made.folder.place(f"a/2030/{first + 7}", {"index.html": b"a smaller number"})
    await made.tidy()
    assert (await desk.drafts(values=CLOSED)).id == first + 42


async def test_what_ended_after_the_backup_does_not_come_back_by_itself(
    desk: Desk, path: Path
) -> None:
    """No page of it is unknown."""
    await sent(desk)
    made = await publisher(desk, path)
    await made.rebuild()
    await publishes_all(made)
    of_another(made, publication=1_000)
    await made.tidy()
    assert await waiting(desk) == []
    await made.rebuild(believes_database=True)
    with capture_logs() as told:
        await made.tidy()
    assert "public.newer_folder" not in {one["event"] for one in told}
    assert await waiting(desk) == []


async def test_a_new_alert_puts_nothing_back_in_force_that_ended_after_the_backup(
    desk: Desk, path: Path
) -> None:
    old = await sent(desk)
    made = await publisher(desk, path)
    await made.rebuild()
    await publishes_all(made)
    await ends(desk, old)
    await publishes_all(made)
    sending = tables.sending
    async with desk.services.unit() as unit:
        query = sa.update(sending).where(sending.c.id == old.id)
        await unit.connection.execute(query.values(state="active"))
    again = await publisher(desk, path, "again")
    new = await sent(desk)
    await publishes_all(again)
    assert json.loads(served(path)["active.json"]) == [[2030, new.id]]
    await again.rebuild(believes_database=True)
    assert json.loads(served(path)["active.json"]) == [[2030, new.id], [2030, old.id]]


async def test_a_new_version_of_the_service_makes_everything_anew(desk: Desk, path: Path) -> None:
    made = await publisher(desk, path)
    await made.rebuild()
    of_another(made, made_by="of another version", worker="dead")
    await made.tidy()
    assert [one.alert for one in await waiting(desk)] == [None]
    await made.tidy()
    assert len(await waiting(desk)) == 1, "asked for once"


async def test_what_a_rebuild_takes_keeps_no_alert_waiting(desk: Desk, path: Path) -> None:
    """Units are placed a few at a time, and what is urgent comes between them."""
    made = await publisher(desk, path, makers=replace(MAKERS, all_towns=every_town))
    rebuilds = asyncio.ensure_future(made.rebuild())
    while not (path / "www" / "municipality").exists():
        await asyncio.sleep(0.001)
    alert = await sent(desk)
    assert await made.publish_first() == 1
    assert f"a/2030/{alert.id}/index.html" in served(path)
    assert not rebuilds.done()
    await rebuilds


async def test_rows_are_kept_and_say_when_each_change_was_on_disk(desk: Desk, path: Path) -> None:
    await sent(desk)
    await publishes_all(await publisher(desk, path))
    async with desk.services.reading() as reading:
        rows = list(await reading.connection.execute(sa.select(tables.publication)))
    assert [(one.published_at, one.finished_at) for one in rows] == [(desk.clock.now,) * 2]
