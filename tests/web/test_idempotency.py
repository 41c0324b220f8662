"""A POST with an Idempotency-Key is done once, on either database and in several processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from alerting.actions.accounts import idempotency, tokens
from alerting.actions.alerts import drafting, queries
from alerting.actions.operations import retention
from alerting.domain.errors import FirstInProgress
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.tables import alert, idempotency_key
from alerting.web.api.alerts.schemas import CHEM_SHELTER, DraftIn
from alerting.web.api.idempotency import PARAMETER, RepeatableRoute
from alerting.web.app import create_app
from tests.desk import MILA
from tests.doubles import Clock
from tests.make import make_services
from tests.server import nothing_beside
from tests.web.test_api_description import DESCRIBED
from tests.web.test_route_permissions import ROUTES

Post = Callable[..., Any]
LATER = {**CHEM_SHELTER["values"], "next_update": "2030-03-15T15:30"}
"""Details whose hours have not passed the day after."""
LOOKS_ONLY = {
    "/api/alerts/{number}/deliveries/search",
    "/api/alerts/{number}/deliveries.csv",
    "/api/recipients/search",
}
"""POST so that no address holds a person: they make and send nothing."""


@pytest.fixture
async def services(database: Database, clock: Clock) -> AsyncIterator[Services]:
    made = make_services(database, clock)
    yield made
    await made.speller.aclose()


class Client:
    """A program with a token, which asks the one process and then the other."""

    def __init__(self, services: Services, token: str) -> None:
        self._processes = [
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(
                    app=create_app(services, Settings(), alongside=nothing_beside),
                    raise_app_exceptions=False,
                ),
                base_url="http://alerting.test",
                headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            )
            for _ in range(2)
        ]

    async def draft(self, key: str = "k-1", **changed: object) -> httpx2.Response:
        self._processes.reverse()
        return await self._processes[0].post(
            "/api/alerts", json={**CHEM_SHELTER, **changed}, headers={"Idempotency-Key": key}
        )


@pytest.fixture
async def program(services: Services) -> Client:
    return await another(services, "mila")


async def another(services: Services, name: str) -> Client:
    officer = Officer(name, Role.COMMUNICATOR)
    return Client(services, await tokens.make_token(services, officer, by=SHELL))


async def drafted(services: Services) -> int:
    async with services.reading() as reading:
        return await reading.connection.scalar(sa.select(sa.func.count()).select_from(alert)) or 0


def kind(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:alerting:")


async def test_the_same_again_gets_the_first_answer_and_does_nothing(
    program: Client, services: Services
) -> None:
    first, again = await program.draft(), await program.draft('"k-1"')
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.text == first.text
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await drafted(services) == 1


async def test_another_request_with_the_key_is_refused(program: Client, services: Services) -> None:
    await program.draft()
    assert kind(await program.draft(alert_class="exercise")) == (422, "key-reused")
    assert await drafted(services) == 1


async def test_a_key_is_its_owners_alone(program: Client, services: Services) -> None:
    other = await another(services, "lucas")
    numbers = {(await one.draft()).json()["id"] for one in (program, other)}
    assert len(numbers) == 2


async def test_without_a_key_or_with_a_new_one_each_request_counts(
    program: Client, services: Services
) -> None:
    for key in ("k-1", "k-2"):
        await program.draft(key)
    assert await drafted(services) == 2


async def test_a_request_that_did_nothing_is_judged_anew_and_leaves_no_row(
    program: Client, services: Services
) -> None:
    for area, status in ((["Nowhere"], 422), (["Nowhere"], 422), (CHEM_SHELTER["area"], 201)):
        answer = await program.draft(area=area)
        assert answer.status_code == status
        assert "idempotent-replayed" not in answer.headers
        assert await kept(services) == (status == 201)


async def kept(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.select(sa.func.count()).select_from(idempotency_key)
        return await reading.connection.scalar(query) or 0


async def test_an_answer_takes_little_room(program: Client, services: Services) -> None:
    answer = await program.draft()
    async with services.reading() as reading:
        sealed = await reading.connection.scalar(sa.select(idempotency_key.c.answer_sealed))
    assert len(sealed or "") < len(answer.text) / 2


async def test_a_token_has_so_many_keys_and_no_more(
    program: Client, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEYS", 2)
    for key in ("k-1", "k-2"):
        assert (await program.draft(key)).status_code == 201
    assert kind(await program.draft("k-3")) == (429, "too-many-keys")
    known = await program.draft("k-1")
    assert (known.status_code, "idempotent-replayed" in known.headers) == (201, True)
    assert (await (await another(services, "lucas")).draft("k-3")).status_code == 201
    clock.forward(hours=25)
    assert (await program.draft("k-3", values=LATER)).status_code == 201


async def test_two_at_once_make_one_alert(program: Client, services: Services) -> None:
    answers = await asyncio.gather(*(program.draft() for _ in range(6)))
    made = [one for one in answers if one.status_code == 201]
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.text for one in made}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in made) == 1
    assert await drafted(services) == 1


async def test_while_the_first_is_under_way_others_wait(
    program: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, may_go_on = asyncio.Event(), asyncio.Event()
    draft = drafting.draft

    async def slow(*given: Any, **more: Any) -> Any:
        arrived.set()
        await may_go_on.wait()
        return await draft(*given, **more)

    monkeypatch.setattr(drafting, "draft", slow)
    first = asyncio.create_task(program.draft())
    await arrived.wait()
    assert kind(await program.draft()) == (409, "first-in-progress")
    assert kind(await program.draft(alert_class="test")) == (422, "key-reused")
    may_go_on.set()
    assert (await program.draft()).status_code in {201, 409}
    answer = await first
    assert (await program.draft()).text == answer.text
    assert await drafted(services) == 1


async def test_a_fault_before_the_act_is_not_kept(
    program: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(drafting, "draft", broken)
        assert kind(await program.draft()) == (500, "crashed")
    assert (await program.draft()).status_code == 201
    assert await drafted(services) == 1


async def test_a_fault_after_the_act_does_not_let_it_be_done_twice(
    program: Client, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(queries, "alerts_under_way", broken)
        assert kind(await program.draft()) == (500, "crashed")
    assert kind(await program.draft()) == (409, "first-in-progress")
    clock.forward(minutes=3)
    assert kind(await program.draft()) == (409, "answer-lost")
    assert await drafted(services) == 1


async def test_a_server_taken_for_dead_can_no_longer_act(services: Services, clock: Clock) -> None:
    async with services.reading() as reading:
        assert await reading.connection.scalar(sa.select(idempotency_key.c.id)) is None
    token = await tokens.make_token(services, MILA, by=SHELL)
    credential = (await tokens.get_token(services, token)).id
    slow = await idempotency.begin_request(services, credential, "k-1", "request")
    with pytest.raises(FirstInProgress):
        await idempotency.begin_request(services, credential, "k-1", "request")
    clock.forward(minutes=3)
    quick = await idempotency.begin_request(services, credential, "k-1", "request")
    assert isinstance(slow, str)
    assert isinstance(quick, str)
    wanted = DraftIn.model_validate(CHEM_SHELTER).request(services)
    with idempotency.acting_for(quick):
        await drafting.draft(services, wanted, by=MILA)
    with idempotency.acting_for(slow), pytest.raises(FirstInProgress):
        await drafting.draft(services, wanted, by=MILA)
    assert await drafted(services) == 1


async def test_it_is_forgotten_after_a_day_and_sealed_until_then(
    program: Client, services: Services, clock: Clock
) -> None:
    key = "written by mila at nine"
    await program.draft(key)
    async with services.reading() as reading:
        (row,) = (await reading.connection.execute(sa.select(idempotency_key))).all()
    assert not [one for one in row if key in str(one) or "chem_shelter" in str(one)]
    clock.forward(hours=25)
    assert (await program.draft(key, values=LATER)).status_code == 201
    assert await drafted(services) == 2
    clock.forward(hours=25)
    await retention.delete_expired(services)
    async with services.reading() as reading:
        assert await reading.connection.scalar(sa.select(idempotency_key.c.id)) is None


@pytest.mark.parametrize("key", ["", " ", "é", "k" * 256])
async def test_a_key_that_is_none_is_refused(program: Client, key: str) -> None:
    answer = await program._processes[0].post(
        "/api/alerts", json=CHEM_SHELTER, headers=[(b"idempotency-key", key.encode())]
    )
    assert kind(answer) == (422, "bad-request")


def test_every_post_that_makes_or_sends_takes_one_and_says_so() -> None:
    posts = [
        one for one in ROUTES if one.path.startswith("/api/") and "POST" in (one.methods or ())
    ]
    assert {one.path for one in posts if not isinstance(one, RepeatableRoute)} == LOOKS_ONLY
    for one in posts:
        described = DESCRIBED["paths"][one.path]["post"].get("parameters", [])
        assert (PARAMETER in described) == isinstance(one, RepeatableRoute), one.path
