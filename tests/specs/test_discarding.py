"""An alert that was never sent can be discarded: it stays readable, and nothing revives it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.actions.alerts import approval, discarding, queries, scheduling
from alerting.domain.alert import CLOSED, Alert, AlertState, FollowUp, StepReason
from alerting.domain.authority import NATIONAL
from alerting.domain.errors import BadRequest, NotAllowed, Outdated, Refusal, WrongState
from alerting.domain.officer import Officer, Permission, Role
from alerting.store import ledger as ledger_rows
from tests import having_read
from tests.desk import CLOSED as NO_WORDS
from tests.desk import DIRK, JORIS, LEEN, MILA, Desk
from tests.web.conftest import AsRole, anyone, app, as_role, browsers
from tests.web.console import Browsers

__all__ = ["anyone", "app", "as_role", "browsers"]
As = Callable[[Role], AsRole]

PAULA = Officer("paula", Role.PRESS_OFFICER)
AUGUST = Officer("august", Role.AUDITOR)
ADA = Officer("ada", Role.ADMINISTRATOR)


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts(values=NO_WORDS)


async def in_review(desk: Desk) -> Alert:
    return await having_read.submit(desk.services, (await drafted(desk)).id, by=MILA)


async def returned(desk: Desk) -> Alert:
    alert = await in_review(desk)
    return await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="No: it is not confirmed"
    )


async def approved(desk: Desk) -> Alert:
    return await desk.approves(await drafted(desk))


async def scheduled(desk: Desk) -> Alert:
    at = desk.clock.now + timedelta(hours=1)
    return await having_read.schedule(desk.services, (await approved(desk)).id, at, by=MILA)


UNSENT: tuple[Callable[[Desk], Awaitable[Alert]], ...] = (
    drafted,
    in_review,
    returned,
    approved,
    scheduled,
)


async def discards(desk: Desk, alert: Alert, by: Officer = MILA) -> Alert:
    reason = StepReason.MISTAKE
    return await having_read.discard(
        desk.services, alert.id, by=by, reason=reason, note="Twice the same alert"
    )


@pytest.mark.parametrize("unsent", UNSENT, ids=lambda one: one.__name__)
async def test_it_keeps_its_texts_and_says_who_and_why_and_nothing_sends_it(
    desk: Desk, unsent: Callable[[Desk], Awaitable[Alert]]
) -> None:
    await desk.registers_a_few()
    before = await unsent(desk)
    alert = await discards(desk, before)
    assert alert.state is AlertState.DISCARDED
    assert alert.state in CLOSED
    assert (alert.messages, alert.area, alert.hands) == (before.messages, before.area, before.hands)
    assert (alert.approver, alert.send_at, alert.sender) == ("", None, "")
    async with desk.services.reading() as reading:
        last = (await ledger_rows.entries(reading.connection))[-1]
    assert (last.what, last.by) == ("alert.discarded", "mila")
    assert (last.details["why"], last.details["note"]) == ("mistake", "Twice the same alert")
    assert last.details["was"] == before.state
    desk.clock.now += timedelta(hours=2)
    assert await scheduling.send_due(desk.services) == 0
    text = replace(before.messages[0], text="Other words")
    acts: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: having_read.revise(desk.services, alert.id, [text], by=MILA),
        lambda: having_read.submit(desk.services, alert.id, by=MILA),
        lambda: approval.return_to_author(
            desk.services, alert.id, by=JORIS, reason="No: it is not confirmed"
        ),
        lambda: desk.approves(alert, by=LEEN),
        lambda: desk.sends(alert),
        lambda: having_read.send_now(
            desk.services, alert.id, by=DIRK, reason="Now, at once, as ordered"
        ),
        lambda: discards(desk, alert),
    )
    for act in acts:
        with pytest.raises(Refusal):
            await act()
    assert await desk.reads(alert) == alert
    assert await desk.deliveries(alert) == []


async def test_what_left_is_not_discarded(desk: Desk) -> None:
    await desk.registers_a_few()
    with pytest.raises(WrongState, match="discard"):
        await discards(desk, await desk.issues())


@pytest.mark.parametrize("by", [MILA, JORIS, DIRK, PAULA], ids=lambda one: one.role)
async def test_whoever_may_edit_it_discards_it(desk: Desk, by: Officer) -> None:
    assert (await discards(desk, await in_review(desk), by)).state is AlertState.DISCARDED


async def test_a_token_that_may_only_return_alerts_discards_them(desk: Desk) -> None:
    only = frozenset({Permission.READ, Permission.RETURN})
    pia = Officer("pia", Role.APPROVER, scopes=only, authority=NATIONAL)
    assert (await discards(desk, await in_review(desk), pia)).state is AlertState.DISCARDED


@pytest.mark.parametrize("by", [AUGUST, ADA], ids=lambda one: one.role)
async def test_whoever_may_neither_edit_nor_return_it_does_not(desk: Desk, by: Officer) -> None:
    with pytest.raises(NotAllowed):
        await discards(desk, await in_review(desk), by)


async def test_a_reason_must_say_something(desk: Desk) -> None:
    alert = await drafted(desk)
    for reason, note in ((StepReason.NOT_SAID, ""), (StepReason.OTHER, " ")):
        with pytest.raises(BadRequest, match="Choose a reason"):
            await having_read.discard(desk.services, alert.id, by=MILA, reason=reason, note=note)


async def test_what_changed_since_it_was_read_is_not_discarded_unread(desk: Desk) -> None:
    alert = await drafted(desk)
    text = replace(alert.messages[0], text="Other words")
    await having_read.revise(desk.services, alert.id, [text], by=PAULA)
    with pytest.raises(Outdated):
        await discarding.discard(
            desk.services,
            alert.id,
            by=MILA,
            reason=StepReason.MISTAKE,
            seen=alert.fingerprint(),
        )


@pytest.mark.parametrize("how", FollowUp)
async def test_a_discarded_follow_up_leaves_the_one_it_follows_to_another(
    desk: Desk, how: FollowUp
) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    await discards(desk, await desk.follows_up(first, how))
    assert (await desk.reads(first)).state is AlertState.SENDING
    await desk.sends(await desk.approves(await desk.follows_up(first, how)))
    assert (await desk.reads(first)).state is not AlertState.SENDING


async def test_it_is_discarded_on_its_page_and_listed_among_past_ones(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await in_review(desk)
    joris = await browsers(JORIS)
    page = f"/alerts/{alert.id}/discard"
    assert f'href="{page}"' in (await joris.get(f"/alerts/{alert.id}")).text
    assert "is never sent and cannot be restored" in (await joris.get(page)).text
    form = {"seen": alert.fingerprint(), "why": "duplicate", "said": "Number 7 says the same"}
    assert (await joris.post(page, data=form)).status_code == 303
    board = (await joris.get(f"/alerts/{alert.id}")).text
    assert "It was discarded before it was sent: no one received it." in board
    assert "discarded the alert" in board
    assert "another alert says the same" in board
    assert "Number 7" in board
    assert page not in board
    assert f"/alerts/{alert.id}/edit" not in board
    assert (await joris.get(f"/alerts/{alert.id}/texts")).status_code == 200
    home = (await joris.get("/")).text
    assert "state-discarded" in home.partition('id="past"')[2]
    assert "/approve" not in home


async def test_programs_discard_it_with_a_reason_and_with_what_they_read(
    desk: Desk, as_role: As
) -> None:
    alert = await in_review(desk)
    way, mila = f"/api/alerts/{alert.id}/discard", as_role(Role.COMMUNICATOR)
    assert (await mila.post(way)).status_code == 422
    outdated = await mila.post(way, {"reason": "mistake", "fingerprint": "0" * 64})
    assert outdated.status_code == 409
    seen = {"reason": "mistake", "fingerprint": alert.fingerprint()}
    assert (await mila.post(way, seen)).json()["state"] == "discarded"
    again = await mila.post(way, seen)
    assert (again.status_code, again.json()["type"]) == (409, "urn:alerting:wrong-state")
    assert (await as_role(Role.AUDITOR).post(way, seen)).status_code == 403


async def test_a_discarded_alert_is_no_longer_anybodys_to_decide(desk: Desk) -> None:
    alert = await discards(desk, await in_review(desk))
    found = await queries.preview(desk.services, alert.id, by=JORIS)
    assert found.bypass is None
