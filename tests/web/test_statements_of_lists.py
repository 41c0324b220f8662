"""A page with twice as many rows asks the database no more questions."""

import sqlalchemy as sa

from alerting.domain.officer import Officer
from alerting.store import Database
from tests.desk import JORIS, Desk
from tests.make import newsroom, person
from tests.web.console import Browsers

LISTS = ("/", "/recipients", "/press-contacts", "/recipients/groups", "/library", "/routes")


async def asked(browsers: Browsers, database: Database, path: str, officer: Officer) -> int:
    """How many statements one look at the page costs."""
    browser = await browsers(officer)
    await browser.get(path)
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    engines = [database._reader.sync_engine, database._writer.sync_engine, database._short]
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    answer = await browser.get(path)
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, path
    return len(statements)


async def fills(desk: Desk, first: int) -> None:
    """Three more of everything that a list shows."""
    await desk.registers(*(person(n) for n in range(first, first + 3)))
    await desk.registers(*(newsroom(n) for n in range(first, first + 3)))
    for _ in range(3):
        await desk.drafts()
        await desk.sends(await desk.approves(await desk.drafts()))
    await desk.works()


async def test_a_list_of_twice_as_many_asks_no_more(desk: Desk, browsers: Browsers) -> None:
    database = desk.services.database
    await fills(desk, 1)
    few = {path: await asked(browsers, database, path, JORIS) for path in LISTS}
    await fills(desk, 4)
    assert {path: await asked(browsers, database, path, JORIS) for path in LISTS} == few
