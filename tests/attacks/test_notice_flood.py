"""Nobody fills the mailboxes of others, nor keeps others from writing, by what they are told of.

Of what is said again only the last is mailed, alerts go first, and whom a notice concerns is found
in as many queries however many people there are, before the transaction that takes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions.authorities import incidents
from alerting.actions.staff_notifications import inbox
from alerting.domain.authority import Phase
from alerting.domain.officer import Officer, Role
from alerting.mailer import EmailResult
from alerting.services import Services
from alerting.store.tables import staff_notification
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.staff import member, send_mails
from tests.territory import CITY, PROVINCE, TOWN, Country


@dataclass
class Kept:
    """Instead of a relay: whom a mail was for, and what it said."""

    mails: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, *, to: str, text: str, **_: Any) -> EmailResult:
        self.mails.append((to, text))
        return EmailResult.TAKEN


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


@pytest.fixture
async def gov(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR, PROVINCE, name="gov")


async def unsent(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.select(sa.func.count()).where(staff_notification.c.posted_at.is_(None))
        return await reading.connection.scalar(query) or 0


async def test_what_was_said_again_is_mailed_once_and_alerts_first(
    desk: Desk, services: Services, clock: Clock, country: Country, gov: Officer
) -> None:
    await member(services, clock, "luc", Role.APPROVER, authority=CITY)
    kept = Kept()
    services = replace(services, mailer=kept)
    made = await country.incident(by=gov, phase=Phase.PROVINCIAL)
    for _ in range(3):
        await incidents.change_phase(services, made.id, Phase.MUNICIPAL, by=gov)
        await incidents.change_phase(services, made.id, Phase.PROVINCIAL, by=gov)
    alert = await desk.drafts(by=MILA)
    async with services.unit() as unit:
        for _ in range(3):
            await inbox.notify_all(
                services, unit, alert, inbox.WAITS, channel="sms", officer="leen"
            )
    assert await send_mails(services) == 2
    assert [to for to, _ in kept.mails] == ["luc@crisis.example"] * 2
    assert "/alerts/1" in kept.mails[0][1]
    assert "/authorities" in kept.mails[1][1]
    assert (await send_mails(services), await unsent(services)) == (0, 0)
    await incidents.change_phase(services, made.id, Phase.MUNICIPAL, by=gov)
    await incidents.change_phase(services, made.id, Phase.PROVINCIAL, by=gov)
    assert await send_mails(services) == 1


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What the database is asked, in order."""
    found: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def test_whom_a_notice_concerns_costs_the_same_however_many_they_are(
    services: Services, clock: Clock, country: Country, gov: Officer, statements: list[str]
) -> None:
    costs = []
    for people in (1, 6):
        for number in range(people):
            await member(services, clock, f"u{people}{number}", Role.APPROVER, authority=CITY)
            await member(services, clock, f"t{people}{number}", Role.APPROVER, authority=TOWN)
        await country.incident(by=gov, phase=Phase.PROVINCIAL)
        statements.clear()
        await inbox.queue_mails(services)
        costs.append(len(statements))
        claimed = next(at for at, one in enumerate(statements) if one.startswith("UPDATE"))
        assert not any(one.startswith("SELECT") for one in statements[claimed:])
    assert costs[0] == costs[1]
