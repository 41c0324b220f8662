"""However many requests one person makes at once, two are worked on: the rest is for the others.

Whatever a request costs, by whatever session or token it comes, and on every route that asks who
is asking.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.types import Message

from alerting.actions.accounts import tokens
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from alerting.web.auth import MayRead
from alerting.web.request_turns import AT_ONCE, MOST_WAITING, RequestTurns
from alerting.web.state import AppState
from tests.desk import JORIS, MILA
from tests.server import nothing_beside
from tests.web.console import Browsers

COSTLY = "/costly"
LINE = f"{MILA.name} program"


@dataclass
class Costly:
    """A route whose work goes on until it is told to end."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: list[str] = field(default_factory=list)
    most: int = 0

    async def work(self, officer: MayRead) -> str:
        self.at_work.append(officer.name)
        self.most = max(self.most, self.at_work.count(officer.name))
        await self.open.wait()
        self.at_work.remove(officer.name)
        return "done"


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services, Settings(), alongside=nothing_beside)


@pytest.fixture
def costly(app: FastAPI) -> Costly:
    made = Costly()
    app.router.add_api_route(COSTLY, made.work, methods=["GET"])
    return made


@asynccontextmanager
async def asking(
    app: FastAPI, services: Services, officer: Officer
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a token of its own."""
    token = await tokens.make_token(services, officer, by=SHELL)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://alerting.test",
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
    ) as client:
        yield client


def turns(app: FastAPI) -> dict[str, asyncio.Semaphore]:
    state: AppState = app.state.alerting
    return state.turns._turns


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


async def test_two_are_worked_on_whatever_tokens_they_come_with_and_a_colleague_is_answered(
    app: FastAPI, services: Services, costly: Costly
) -> None:
    async with (
        asking(app, services, MILA) as one,
        asking(app, services, MILA) as other,
        asking(app, services, JORIS) as colleague,
    ):
        asked = [asyncio.create_task(who.get(COSTLY)) for who in (one, other) for _ in range(15)]
        await until(lambda: len(costly.at_work) == AT_ONCE)
        assert (await colleague.get("/api/alerts")).status_code == 200
        assert costly.at_work == [MILA.name] * AT_ONCE
        costly.open.set()
        answers = await asyncio.gather(*asked)
    assert {one.status_code for one in answers} == {200}
    assert costly.most == AT_ONCE
    assert not turns(app), "nobody's turn is forgotten"


async def test_what_programs_ask_stands_before_no_browser_of_the_same_person(
    app: FastAPI, services: Services, costly: Costly, browsers: Browsers
) -> None:
    browser = await browsers(MILA)
    async with asking(app, services, MILA) as program:
        asked = [asyncio.create_task(program.get(COSTLY)) for _ in range(10)]
        await until(lambda: len(costly.at_work) == AT_ONCE)
        assert (await browser.get("/")).status_code == 200
        costly.open.set()
        await asyncio.gather(*asked)


async def test_a_download_that_nobody_reads_keeps_its_person_from_nothing_else(
    app: FastAPI, services: Services
) -> None:
    request = HTTPConnection({"type": "http"})
    line: RequestTurns = app.state.alerting.turns
    await line.take(request, "mila browser")
    await line.move(request, "mila download")
    for _ in range(AT_ONCE):
        await line.take(HTTPConnection({"type": "http"}), "mila browser")
    line.free(request)
    assert line._asked == {"mila browser": AT_ONCE}


async def test_a_body_that_comes_slowly_takes_no_turn(app: FastAPI, services: Services) -> None:
    token = await tokens.make_token(services, MILA, by=SHELL)
    came, answers = asyncio.Event(), []
    asked_for = asyncio.Event()

    async def receive() -> Message:
        asked_for.set()
        await came.wait()
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/alerts",
        "headers": [
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"),
            (b"idempotency-key", b"one"),
        ],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
    }
    slow = asyncio.create_task(app(scope, receive, send))
    await asked_for.wait()
    assert not turns(app)
    came.set()
    await slow
    assert answers[0]["status"] == 422


async def test_a_line_that_is_too_long_is_refused_and_the_others_wait(
    app: FastAPI, services: Services, costly: Costly
) -> None:
    app.state.alerting.turns.refused_after = 0
    async with asking(app, services, MILA) as mila:
        asked = [asyncio.create_task(mila.get(COSTLY)) for _ in range(AT_ONCE + MOST_WAITING + 5)]
        await until(lambda: sum(one.done() for one in asked) == 5)
        refused = [one.result() for one in asked if one.done()]
        costly.open.set()
        answers = await asyncio.gather(*asked)
    assert [one.status_code for one in refused] == [429] * 5
    assert "Wait for the answers" in refused[0].text
    assert [one.status_code for one in answers].count(200) == AT_ONCE + MOST_WAITING


async def test_whose_token_ends_while_they_wait_is_not_answered(
    app: FastAPI, services: Services, costly: Costly
) -> None:
    async with asking(app, services, MILA) as mila:
        first = [asyncio.create_task(mila.get(COSTLY)) for _ in range(AT_ONCE)]
        await until(lambda: len(costly.at_work) == AT_ONCE)
        late = asyncio.create_task(mila.get("/api/alerts"))
        await until(lambda: app.state.alerting.turns._asked[LINE] == AT_ONCE + 1)
        (token,) = await tokens.list_tokens_of(services, MILA.name)
        await tokens.end_token(services, token.id, by=SHELL)
        costly.open.set()
        assert (await late).status_code == 401
        await asyncio.gather(*first)


@pytest.mark.parametrize("path", ["/api/alerts", "/api/alerts/999", "/", "/nothing", "/static/x"])
async def test_a_turn_ends_with_its_answer_whatever_that_is(
    app: FastAPI, services: Services, path: str
) -> None:
    async with asking(app, services, MILA) as mila:
        await asyncio.gather(*(mila.get(path) for _ in range(5)))
        await mila.post("/api/alerts", json={"no": "such"}, headers={"Idempotency-Key": "k"})
    assert not turns(app)


async def test_nothing_is_done_for_who_went_away_while_they_waited(
    app: FastAPI, services: Services, costly: Costly
) -> None:
    """As a server tells an application: by its receiving channel, which may hold a body, too."""
    token = await tokens.make_token(services, MILA, by=SHELL)
    went_away = asyncio.Event()
    answers: list[Message] = []

    async def receive() -> Message:
        await went_away.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": COSTLY,
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
    }
    asked = [asyncio.create_task(app(dict(scope), receive, send)) for _ in range(AT_ONCE + 3)]
    await until(lambda: app.state.alerting.turns._asked[LINE] == len(asked))
    await until(lambda: len(costly.at_work) == AT_ONCE)
    went_away.set()
    costly.open.set()
    await asyncio.gather(*asked)
    begun = [one["status"] for one in answers if one["type"] == "http.response.start"]
    assert begun == [200] * AT_ONCE
    assert not turns(app)


async def test_a_body_that_came_while_it_waited_is_read(
    app: FastAPI, services: Services, costly: Costly
) -> None:
    async with asking(app, services, MILA) as mila:
        first = [asyncio.create_task(mila.get(COSTLY)) for _ in range(AT_ONCE)]
        await until(lambda: len(costly.at_work) == AT_ONCE)
        key = {"Idempotency-Key": "one"}
        late = asyncio.create_task(mila.post("/api/alerts", json={"no": "such"}, headers=key))
        await until(lambda: app.state.alerting.turns._asked[LINE] == AT_ONCE + 1)
        costly.open.set()
        answer = await late
        await asyncio.gather(*first)
    assert answer.status_code == 422
    assert "scenario" in answer.text, "the body was read: it says what is missing in it"
