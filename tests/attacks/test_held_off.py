"""Whoever holds the last route of a channel off does it before everybody's eyes.

One person may: an outage does not wait for a second. So whoever decides on routes is written to,
whoever may read an alert that waits for it is told, and its board says why nothing leaves.
"""

from dataclasses import replace

import pytest

from alerting.actions.operations import routes
from alerting.actions.staff_notifications import outbox
from alerting.domain.alert import AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.officer import Officer, Role
from alerting.domain.route import Breaker, Health, Override, held_off_by
from alerting.services import Services
from tests.desk import DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.staff import emails, member
from tests.web.console import Browsers

FINE = Health(channel="sms", route="a")
SICK = replace(FINE, breaker=Breaker.OPEN, failure_reason=FailureReason.DOWN)
OFF = replace(FINE, override=Override.OFF, override_by="leen")
FORCED = replace(SICK, override=Override.ON, override_by="leen")


@pytest.mark.parametrize(
    ("healths", "by"),
    [
        ([], ""), ([FINE], ""), ([SICK], ""), ([OFF], "leen"), ([OFF, OFF], "leen"),
        ([OFF, FINE], ""), ([SICK, OFF], "leen"), ([FORCED, OFF], ""), ([SICK, FINE], ""),
    ],
)  # fmt: skip
def test_a_channel_is_held_off_where_a_decision_left_it_no_route(
    healths: list[Health], by: str
) -> None:
    assert held_off_by(healths) == by


async def decides(services: Services, how: Override, *, by: Officer = LEEN) -> None:
    for one in services.routes["sms"]:
        await routes.override_route(
            services, "sms", one.route, how, reason="a reason in words", by=by
        )


async def test_who_may_read_an_alert_under_way_is_told_and_its_board_says_why(
    desk: Desk, services: Services, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(channels=["sms"])
    await decides(services, Override.OFF)
    for officer in (MILA, JORIS, DIRK):
        assert any(
            "leen has switched off the last route" in one
            for one in await desk.notifications(officer)
        )
    browser = await browsers(MILA)
    assert "leen has switched off its last route" in (await browser.get(f"/alerts/{alert.id}")).text
    await decides(services, Override.NONE)
    assert "has switched off its last route" not in (await browser.get(f"/alerts/{alert.id}")).text


async def test_an_alert_sent_meanwhile_tells_it_too(desk: Desk, services: Services) -> None:
    await desk.registers_a_few()
    await decides(services, Override.OFF)
    assert not any("last route" in one for one in await desk.notifications(MILA))
    alert = await desk.issues(channels=["sms", "press"])
    assert alert.state is AlertState.SENDING
    told = [one for one in await desk.notifications(MILA) if "last route" in one]
    assert len(told) == 1
    assert f"Alert {alert.id} is waiting" in told[0]


async def test_everybody_who_decides_on_routes_gets_an_email(
    desk: Desk, services: Services, clock: Clock
) -> None:
    for name, role in (("petra", Role.APPROVER), ("kim", Role.COMMUNICATOR)):
        await member(services, clock, name, role)
    leen = await member(services, clock, "leen", Role.APPROVER)
    before = len(emails(services))
    await decides(services, Override.OFF, by=leen.officer)
    assert len(emails(services)) == before  # nobody who decides waits for a mail server
    await outbox.send_due(services)
    sent = emails(services)[before:]
    assert [to for to, _ in sent] == ["petra@crisis.example"]
    assert "/routes" in sent[0][1]
