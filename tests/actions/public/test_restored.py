"""After a database was restored from a backup, nothing is in force or readable again by itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from alerting.actions.public import administration
from alerting.actions.public.origin import BEHIND, read_origin
from alerting.actions.public.publishing import Publisher
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer, Role
from alerting.store import publications, tables
from tests.actions.public.standins import publisher, publishes_all, served, with_folder
from tests.desk import CLOSED, MILA, Desk
from tests.make import person

ADA = Officer("ada", Role.ADMINISTRATOR)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "public"


async def sent(desk: Desk) -> Alert:
    await desk.registers(person(1))
    return await desk.issues(channels=["email"], values=CLOSED)


async def ends(desk: Desk, alert: Alert) -> Alert:
    return await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))


async def last(desk: Desk) -> int:
    async with desk.services.reading() as reading:
        return await publications.last_number(reading.connection)


async def asks(desk: Desk, **how: Any) -> int:
    """Have everything made anew."""
    async with desk.services.unit() as unit:
        await publications.add(unit.connection, None, **how)
    return await last(desk)


class Restored:
    """A backup was taken while `alert` held; then it ended, and its page was withdrawn."""

    def __init__(self, desk: Desk, path: Path) -> None:
        self.desk, self.path = desk, path

    async def begins(self, *, scenario: str = "", rebuild: dict[str, Any] | None = None) -> None:
        desk, self.before = self.desk, await publisher(self.desk, self.path)
        self.alert = await sent(desk)
        if scenario:
            await self._writes(tables.alert, self.alert, scenario=scenario)
        await self.before.rebuild()
        await publishes_all(self.before)
        asked = None if rebuild is None else await asks(desk, **rebuild)
        backup = await last(desk)
        if asked is not None:  # it was made after the backup
            await self._sets(asked, finished_at=desk.clock.now, published_at=desk.clock.now)
        self.end = await ends(desk, self.alert)
        if not scenario:
            await administration.withdraw(desk.services, self.alert.id, reason="name", by=ADA)
        await publishes_all(self.before)
        self.newer = served(self.path)
        table = tables.publication
        async with desk.services.unit() as unit:
            await unit.connection.execute(sa.delete(tables.public_withdrawal))
            await unit.connection.execute(sa.delete(table).where(table.c.id > backup))
        await self._writes(tables.sending, self.alert, state="active")
        await self._writes(tables.sending, self.end, sent_at=None, state="approved")
        if asked is not None:
            await self._sets(asked, finished_at=None, published_at=None)
        self.made: Publisher = await publisher(desk, self.path, "again")

    async def _writes(self, table: sa.Table, alert: Alert, **values: Any) -> None:
        async with self.desk.services.unit() as unit:
            query = sa.update(table).where(table.c.id == alert.id)
            await unit.connection.execute(query.values(**values))

    async def _sets(self, number: int, **values: Any) -> None:
        async with self.desk.services.unit() as unit:
            query = sa.update(tables.publication).where(tables.publication.c.id == number)
            await unit.connection.execute(query.values(**values))

    def page(self) -> str:
        return f"a/2030/{self.alert.id}/fr/index.html"

    def came_back(self) -> list[str]:
        """What is in force or readable again."""
        found = served(self.path)
        return [
            *(["in force"] if json.loads(found["active.json"]) else []),
            *(["readable"] if self.page() in found else []),
            *(["the end is gone"] if f"a/2030/{self.end.id}/index.html" not in found else []),
        ]

    async def is_made_anew(self) -> list[str]:
        """By all that happens by itself, three times."""
        for _ in range(3):
            await publishes_all(self.made)
            await self.made.tidy()
        return self.came_back()


ALL_BACK = ["in force", "readable", "the end is gone"]


@pytest.fixture
def restored(desk: Desk, path: Path) -> Restored:
    return Restored(desk, path)


@pytest.mark.parametrize("scenario", ["", "missing_person"])
@pytest.mark.parametrize("rebuild", [None, {}, {"believes_database": True}])
async def test_nothing_that_waits_in_the_backup_brings_back_what_was_over(
    restored: Restored, scenario: str, rebuild: dict[str, Any] | None
) -> None:
    """Neither of a withdrawn page nor of a missing person; whoever asked did not know."""
    await restored.begins(scenario=scenario, rebuild=rebuild)
    assert await restored.is_made_anew() == []
    assert served(restored.path) == restored.newer


@pytest.mark.parametrize("scenario", ["", "missing_person"])
async def test_what_is_asked_for_later_without_a_word_about_it_brings_nothing_back(
    desk: Desk, restored: Restored, scenario: str
) -> None:
    """As by imported outlines, by a new version, or by somebody elsewhere who was not told."""
    await restored.begins(scenario=scenario)
    await restored.made.tidy()
    await asks(desk)
    assert await restored.is_made_anew() == []
    assert await restored.made.rebuild() is None
    assert restored.came_back() == []


async def test_new_alerts_as_many_as_there_were_make_nobody_forget_it(
    desk: Desk, restored: Restored
) -> None:
    await restored.begins()
    was = read_origin(restored.made.folder).publication
    while await last(desk) <= was + 1:
        await sent(desk)
    await publishes_all(restored.made)
    await asks(desk)
    await publishes_all(restored.made)
    await restored.made.tidy()
    listed = json.loads(served(restored.path)["active.json"])
    assert [2030, restored.alert.id] not in listed
    assert restored.page() not in served(restored.path)


@pytest.mark.parametrize("scenario", ["", "missing_person"])
async def test_whoever_was_told_and_says_so_has_it_made_of_the_database(
    desk: Desk, restored: Restored, scenario: str
) -> None:
    await restored.begins(scenario=scenario)
    await restored.made.tidy()
    await asks(desk, believes_database=True)
    assert await restored.is_made_anew() == ALL_BACK
    with capture_logs() as told:
        await restored.made.tidy()
    assert told == []


async def test_what_was_deleted_is_made_again_as_over_as_it_was(restored: Restored) -> None:
    await restored.begins()
    await restored.made.tidy()
    for one in ("a", "active.json", "feed"):
        folder = restored.path / "www" / one
        for file in folder.rglob("*") if folder.is_dir() else [folder]:
            if file.is_file() and f"/{restored.end.id}/" not in str(file):
                file.unlink()
    assert await restored.is_made_anew() == []
    assert json.loads(served(restored.path)["active.json"]) == []


async def test_the_status_says_what_would_come_back_and_nobody_asks_for_it_unawares(
    desk: Desk, path: Path, restored: Restored
) -> None:
    await restored.begins()
    await restored.made.tidy()
    services = with_folder(desk.services, path)
    found = await administration.overview(services, by=MILA)
    number = str(restored.alert.id)
    facts = {"in_force": number, "readable": number, "removed": str(restored.end.id)}
    assert list(found.conflicts) == [(BEHIND, facts)]
    assert found.knows_more
    with pytest.raises(BadRequest, match="knows more than the database"):
        await administration.request_rebuild(services, by=ADA)
    await administration.request_rebuild(services, by=ADA, believes_database=True)
    assert await restored.is_made_anew() == ALL_BACK
    after = await administration.overview(services, by=MILA)
    assert (list(after.conflicts), after.knows_more) == ([], False)
