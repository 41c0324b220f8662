"""Whoever must approve is told at once and reminded, then the next on the on-call list is."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from alerting.actions.alerts import approval, calls, queries, readings
from alerting.actions.authorities import on_call
from alerting.actions.authorities.on_call import OnCallRequest
from alerting.actions.staff_notifications import inbox, outbox
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.staff import member, send_mails
from tests.territory import Country
from tests.web.conftest import AsRole, anyone, as_role

__all__ = ["anyone", "as_role"]
"""As programs ask."""
ADA = Officer("ada", Role.ADMINISTRATOR)


async def people(services: Services, clock: Clock) -> None:
    for name, role in (
        ("mila", Role.COMMUNICATOR),
        ("joris", Role.APPROVER),
        ("leen", Role.APPROVER),
    ):
        await member(services, clock, name, role)


async def mails(desk: Desk) -> list[str]:
    """To whom something was written since the last time, by name."""
    email = desk.services.channels["email"]
    assert isinstance(email, ScriptedChannel)
    before = len(email.sent)
    await calls.remind_of_approvals(desk.services)
    await send_mails(desk.services)
    return sorted(to.partition("@")[0] for to, _, _ in email.sent[before:])


async def submitted(desk: Desk, alert_class: AlertClass = AlertClass.ALERT) -> Alert:
    return await desk.submits(await desk.drafts(alert_class=alert_class))


async def test_everybody_who_may_approve_is_written_to_at_once_and_nobody_else(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    await mails(desk)
    await submitted(desk)
    assert await mails(desk) == ["joris", "leen"]
    assert not await desk.notifications(JORIS)  # it stands in the lists of the first page


async def test_a_real_alert_is_reminded_of_after_two_and_five_minutes(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    alert = await submitted(desk)
    await mails(desk)
    told = []
    for _ in range(10):
        clock.forward(minutes=1)
        told.append(await mails(desk))
    assert [n for n, to in enumerate(told, 1) if to] == [2, 5]
    assert told[1] == told[4] == ["joris", "leen"]
    found = await queries.get_status(services, alert.id, by=MILA)
    assert [(one.officer, one.reminders) for one in found.called.calls] == [
        ("joris", 2),
        ("leen", 2),
    ]


async def test_a_program_reads_who_was_called_and_who_has_opened_it(
    desk: Desk, services: Services, clock: Clock, as_role: Callable[[Role], AsRole]
) -> None:
    await people(services, clock)
    mila = as_role(Role.COMMUNICATOR)
    draft = await desk.drafts()
    path = f"/api/alerts/{draft.id}/approval-calls"
    assert (await mila.get(path)).json() == {"called": [], "opened": []}
    alert = await desk.submits(draft)
    texts = [(one.channel, one.language) for one in alert.messages]
    await readings.open_texts(services, alert.id, texts, seen=alert.fingerprint(), by=LEEN)
    await mails(desk)
    clock.forward(minutes=2)
    await mails(desk)
    told = (await mila.get(path)).json()
    called = {one["user"]: one for one in told["called"]}
    assert {name: one["reminders"] for name, one in called.items()} == {"joris": 1, "leen": 1}
    assert {message["channel"] for message in called["joris"]["messages"]} == {"email"}
    assert called["joris"]["opened_at"] is None
    assert told["opened"] == [{"user": "leen", "at": called["leen"]["opened_at"]}]
    await desk.approves(alert)
    assert (await mila.get(path)).json() == {"called": [], "opened": []}


async def test_an_exercise_is_told_once(desk: Desk, services: Services, clock: Clock) -> None:
    await people(services, clock)
    await submitted(desk, AlertClass.EXERCISE)
    assert await mails(desk) == ["joris", "leen"]
    clock.forward(minutes=10)
    assert not await mails(desk)


async def test_nobody_is_reminded_of_what_was_decided(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    alert = await submitted(desk)
    await mails(desk)
    await desk.approves(alert)
    clock.forward(minutes=3)
    assert not await mails(desk)
    other = await submitted(desk)
    await mails(desk)
    await approval.return_to_author(services, other.id, by=JORIS, reason="Wrong street")
    await mails(desk)
    clock.forward(minutes=3)
    assert not await mails(desk)


async def test_of_the_list_the_first_is_reminded_and_the_next_called_after_five_minutes(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    await on_duty(services, clock, "leen", "joris")
    alert = await submitted(desk)
    await mails(desk)
    told = {}
    for minute in range(1, 16):
        clock.forward(minutes=1)
        if said := await mails(desk):
            told[minute] = said
    assert told == {2: ["leen"], 5: ["joris", "leen"], 7: ["joris"], 10: ["joris"]}
    found = await queries.get_status(services, alert.id, by=MILA)
    assert [one.officer for one in found.called.calls] == ["leen", "joris"]


async def test_whoever_is_not_on_call_now_is_passed_over(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    for place, name, hours in ((1, "joris", 24), (2, "leen", -1)):
        wanted = OnCallRequest(
            officer=name,
            place=place,
            starts_at=clock.now + timedelta(hours=hours),
            ends_at=clock.now + timedelta(hours=hours + 8),
        )
        await on_call.add_on_call(services, "national", wanted, by=ADA)
    alert = await submitted(desk)
    found = await queries.get_status(services, alert.id, by=MILA)
    assert [one.officer for one in found.called.calls] == ["leen"]


async def test_two_workers_remind_once(desk: Desk, services: Services, clock: Clock) -> None:
    await people(services, clock)
    await submitted(desk)
    await mails(desk)
    clock.forward(minutes=2)
    await calls.remind_of_approvals(services)
    assert len(await mails(desk)) == len((LEEN, JORIS))


async def test_whoever_is_put_on_call_or_taken_off_is_told_and_so_are_other_administrators(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    for name in ("ada", "anna"):
        await member(services, clock, name, Role.ADMINISTRATOR)
    await mails(desk)
    wanted = OnCallRequest(
        officer="leen", place=1, starts_at=clock.now, ends_at=clock.now + timedelta(hours=8)
    )
    entry = await on_call.add_on_call(services, "national", wanted, by=ADA)
    assert await mails(desk) == ["anna", "leen"]
    await on_call.remove_on_call(services, "national", entry.id, by=ADA)
    assert await mails(desk) == ["anna", "leen"]


async def test_an_administrator_fills_no_other_s_mailbox_with_changes_of_a_list(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    await member(services, clock, "anna", Role.ADMINISTRATOR)
    await mails(desk)
    wanted = OnCallRequest(
        officer="leen", place=1, starts_at=clock.now, ends_at=clock.now + timedelta(hours=8)
    )
    for _ in range(on_call.MOST_TOLD):
        entry = await on_call.add_on_call(services, "national", wanted, by=ADA)
        await on_call.remove_on_call(services, "national", entry.id, by=ADA)
    told = Counter(await mails(desk))
    assert told["anna"] == on_call.MOST_TOLD
    assert told["leen"] == 2 * on_call.MOST_TOLD, "whose duty it is hears of all"


async def on_duty(services: Services, clock: Clock, *names: str) -> None:
    for place, name in enumerate(names, 1):
        wanted = OnCallRequest(
            officer=name,
            place=place,
            starts_at=clock.now - timedelta(hours=1),
            ends_at=clock.now + timedelta(hours=8),
        )
        await on_call.add_on_call(services, "national", wanted, by=ADA)


async def test_whoever_cannot_approve_or_cannot_be_called_is_not_put_on_call(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    await Country(services).officer(Role.APPROVER, "national", name="piet")
    for name, why in (("mila", on_call.CANNOT_APPROVE), ("piet", on_call.CANNOT_BE_CALLED)):
        with pytest.raises(BadRequest) as refused:
            await on_duty(services, clock, name)
        assert refused.value.says == why
    assert await on_call.list_candidates(services, "national", by=ADA) == ["joris", "leen"]


async def test_whoever_submits_reads_who_is_called_first(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    await Country(services).officer(Role.APPROVER, "national", name="anna")
    draft = await desk.drafts()
    expected = await calls.expected_calls(services, draft.id, by=MILA)
    assert (list(expected.first), expected.telephone) == (["joris", "leen"], None)
    await on_duty(services, clock, "leen")
    expected = await calls.expected_calls(services, draft.id, by=MILA)
    assert list(expected.first) == ["leen"]
    expected = await calls.expected_calls(services, draft.id, by=LEEN)
    assert list(expected.first) == ["joris"], "whoever submits it cannot approve it"


async def test_where_nobody_can_be_called_it_is_said_whom_to_telephone_instead(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await Country(services).officer(Role.APPROVER, "national", name="piet")
    draft = await desk.drafts()
    expected = await calls.expected_calls(services, draft.id, by=MILA)
    assert not expected.first
    assert expected.telephone is not None
    assert "piet" in expected.telephone.told(Language.FR)
    alert = await desk.submits(draft)
    called = (await queries.get_status(services, alert.id, by=MILA)).called
    assert (list(called.calls), called.telephone) == ([], expected.telephone)


async def test_a_call_that_came_to_nobody_is_none(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    alert = await submitted(desk)
    assert (await queries.get_status(services, alert.id, by=MILA)).called.telephone is None
    await inbox.queue_mails(services)
    clock.forward(hours=7)
    await outbox.send_due(services)
    assert (await queries.get_status(services, alert.id, by=MILA)).called.telephone is not None


async def test_only_what_was_opened_after_it_was_submitted_counts_as_opened(
    desk: Desk, services: Services, clock: Clock
) -> None:
    await people(services, clock)
    draft = await desk.drafts()
    texts = [(one.channel, one.language) for one in draft.messages]
    await readings.open_texts(services, draft.id, texts, seen=draft.fingerprint(), by=JORIS)
    clock.forward(minutes=3)
    alert = await desk.submits(draft)
    assert not (await queries.get_status(services, alert.id, by=MILA)).openers
    clock.forward(minutes=1)
    await readings.open_texts(services, alert.id, texts, seen=alert.fingerprint(), by=JORIS)
    clock.forward(minutes=1)
    await readings.open_texts(services, alert.id, texts, seen=alert.fingerprint(), by=JORIS)
    [opened] = (await queries.get_status(services, alert.id, by=MILA)).openers
    assert (opened.officer, clock.now - opened.at) == ("joris", timedelta(minutes=1))
