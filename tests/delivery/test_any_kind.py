"""The engine sends what has a row in `sending` and content: it needs no alert.

There is one kind so far, so what is sent here is called an alert and has no row in `alert`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.delivery import contents, planning
from alerting.delivery.contents import Audience, Content, KindContent
from alerting.domain.alert import AlertState, Precedence, UnreachedPolicy
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.sending import Sending, SendingKind, of_alert
from alerting.services import Services
from alerting.store import Database
from alerting.store import sendings as sending_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries import search
from alerting.store.deliveries.criteria import Criteria
from alerting.store.deliveries.follow_up_planning import earlier_alerts
from tests import make
from tests.desk import Desk
from tests.doubles import NOON, Clock
from tests.make import LIEGE, make_services, person

LETTERS = tuple(one for one in make.alert().messages if one.channel == "email")


async def said(_: AsyncConnection, sending: Sending, channel: str) -> Content:
    return Content("what was read", LETTERS)


async def reached(
    _: Services, connection: AsyncConnection, sending: Sending, channel: AnyChannel
) -> Audience:
    wanted = Criteria("email", Reach.EMAIL, (LIEGE,), (Language.FR,))
    earlier = sending.previous_sending and await earlier_alerts(
        connection, sending.previous_sending, taken_back=True
    )
    return Audience(wanted, sending.precedence, earlier or None)


async def fill(_: AsyncConnection, __: int, ___: object) -> None:
    """It says no hour."""


async def begun(desk: Desk, **about: Any) -> Sending:
    """Something on its way by e-mail to Liège."""
    wanted = replace(
        of_alert(make.alert()),
        expires_at=NOON + timedelta(days=1),
        fingerprint="what was read",
        **about,
    )
    async with desk.services.unit() as unit:
        number = await sending_rows.insert(unit.connection, wanted)
        wanted = replace(wanted, id=number, state=AlertState.APPROVED)
        await sending_rows.change(unit.connection, wanted)
        wanted = replace(wanted, state=AlertState.SENDING, sent_at=NOON)
        await sending_rows.change(unit.connection, wanted)
        await planning_rows.begin(unit.connection, unit.database, number, "email")
    return wanted


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    engines = {database._reader.sync_engine, database._writer.sync_engine}
    engines |= {database._short} if database.is_sqlite else set()
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)


async def states(desk: Desk, sending: Sending) -> list[State]:
    async with desk.services.reading() as reading:
        found = await search.page(reading.connection, sending.id)
    return [row.state for row in found.items]


async def test_what_is_no_alert_is_planned_sent_followed_and_finished(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "CONTENTS", {SendingKind.ALERT: KindContent(said, reached, fill)})
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2))
    with statements(database) as asked:
        first = await begun(desk)
        await planning.plan_channel(desk.services, "email", first.id)
        await desk.sweeps()
        await desk.sweeps()
        assert await states(desk, first) == [State.ACCEPTED, State.ACCEPTED]
        await desk.registers(person(3))
        async with desk.services.unit() as unit:
            over = await sending_rows.load(unit.connection, first.id, lock=True)
            await sending_rows.change(unit.connection, replace(over, state=AlertState.UPDATED))
        second = await begun(
            desk,
            previous_sending=first.id,
            unreached_policy=UnreachedPolicy.SKIP,
            precedence=Precedence.RETRACTION,
        )
        await planning.plan_channel(desk.services, "email", second.id)
        await desk.sweeps()
        await desk.sweeps()
    assert over.state is AlertState.ACTIVE
    assert over.finished_at == clock.now
    assert await states(desk, second) == [State.ACCEPTED, State.ACCEPTED, State.EXPIRED]
    assert (await desk.ledger())[-2:] == ["alert.finished", "alert.finished"]
    assert [one for one in asked if re.search(r"\balert(_text|_place)?\b", one)] == []
