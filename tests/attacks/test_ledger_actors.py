"""Whoever acts, and through whichever door, the ledger says who it was and by what they came in."""

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerting.actions.accounts import magic_links
from alerting.domain.ledger import ActorKind, LedgerEntry
from alerting.domain.officer import Officer, Role
from alerting.store import ledger as ledger_rows
from alerting.store import persons
from alerting.store.tables import credential
from tests.desk import MILA, Desk
from tests.web.conftest import AsRole
from tests.web.console import Browsers

ROOT = Path(__file__).parents[2] / "alerting"
HERE = "127.0.0.0/24"

Doors = tuple[Desk, Browsers, Callable[[Role], AsRole]]


async def by_page(doors: Doors) -> str:
    desk, browsers, _ = doors
    await desk.registers_a_few()
    alert = await desk.drafts()
    answer = await (await browsers(MILA)).post(f"/alerts/{alert.id}/submit")
    assert answer.status_code == 303
    return "alert.submitted"


async def by_api(doors: Doors) -> str:
    desk, _, as_role = doors
    await desk.registers_a_few()
    alert = await desk.drafts()
    answer = await as_role(Role.COMMUNICATOR).post(f"/api/alerts/{alert.id}/submit")
    assert answer.status_code == 200
    return "alert.submitted"


async def by_shell(doors: Doors) -> str:
    await magic_links.make_link(doors[0].services, MILA)
    return "link.made"


async def by_worker(doors: Doors) -> str:
    desk, _, _ = doors
    await desk.registers_a_few()
    await desk.issues()
    desk.clock.forward(days=3)
    await desk.sweeps()
    return "alert.expired"


@pytest.mark.parametrize(
    ("act", "kind", "network", "authority"),
    [
        (by_page, ActorKind.PERSON, HERE, "national"),
        (by_api, ActorKind.PERSON, HERE, "national"),
        (by_shell, ActorKind.SHELL, "", ""),
        (by_worker, ActorKind.SERVICE, "", ""),
    ],
)
async def test_every_door_says_who_it_let_in(
    desk: Desk,
    browsers: Browsers,
    as_role: Callable[[Role], AsRole],
    act: Callable[[Doors], Awaitable[str]],
    kind: ActorKind,
    network: str,
    authority: str,
) -> None:
    what = await act((desk, browsers, as_role))
    async with desk.services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection)
        mila = await persons.find(reading.connection, MILA.name)
        newest = await reading.connection.scalar(sa.select(sa.func.max(credential.c.id)))
        sound, fault = await ledger_rows.verify(reading.connection)
    found = [one for one in entries if one.what == what][-1]
    assert (found.kind, found.network, found.authority) == (kind, network, authority)
    assert (sound, fault) == (len(entries), None)
    if kind is ActorKind.PERSON:
        assert (found.person, found.by, found.credential) == (mila, MILA.name, newest)
    else:
        assert (found.person, found.credential) == (0, 0)


async def test_an_export_and_the_history_bear_the_same_fields(
    desk: Desk, browsers: Browsers, as_role: Callable[[Role], AsRole]
) -> None:
    await by_page((desk, browsers, as_role))
    (page,) = [e for e in await _entries(desk) if e.what == "alert.submitted"]
    told = (await as_role(Role.AUDITOR).get("/api/ledger")).json()["items"]
    (exported,) = [one for one in told if one["what"] == "alert.submitted"]
    for field in ("kind", "person", "by", "credential", "network", "authority"):
        assert exported[field] == getattr(page, field)
    shown = await (await browsers(Officer("ada", Role.AUDITOR))).get(
        f"/{page.about.replace('alert', 'alerts')}"
    )
    assert f"user no. {page.person}, session or token {page.credential}" in shown.text


def test_nothing_is_recorded_under_a_bare_name() -> None:
    """`by=` of every call that records takes an officer or an actor, never a text."""
    bare = []
    for path in sorted(ROOT.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("record"):
                continue
            for given in call.keywords:
                told = ast.unparse(given.value)
                text = isinstance(given.value, (ast.Constant, ast.JoinedStr))
                if given.arg == "by" and (
                    text or told.endswith((".name", ".officer", "requested_by"))
                ):
                    bare.append(f"{path.name}:{call.lineno} {told}")
    assert bare == []


async def _entries(desk: Desk) -> list[LedgerEntry]:
    async with desk.services.reading() as reading:
        return await ledger_rows.entries(reading.connection)
