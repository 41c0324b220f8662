"""Nothing that the public sees changes without a publication, in the same transaction."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.publishing import site_of
from alerting.actions.public.units import Edition
from alerting.domain.alert import AlertClass, AlertState, FollowUp
from alerting.domain.errors import AlertingError
from alerting.domain.jobs import Publish
from alerting.domain.public_alert import PublicAlert
from alerting.store import publications, tables
from tests.actions.public import standins
from tests.desk import CLOSED, Desk
from tests.doubles import ListedQueue
from tests.make import person
from tests.specs.test_states import ACTS, WAY_TO, brought_to
from tests.specs.test_states import desk as nobody_answers
from tests.tiers import WHOLE

desk = nobody_answers
WITH_A_PAGE = (
    AlertState.APPROVED,
    AlertState.SCHEDULED,
    AlertState.ACTIVE,
    *((AlertState.SENDING, AlertState.STOPPED) if WHOLE else ()),
)
"""From where an act may change what the public sees; in any other state none does anything."""


async def noted(desk: Desk) -> list[int | None]:
    async with desk.services.reading() as reading:
        query = sa.select(tables.publication.c.sending_id).order_by(tables.publication.c.id)
        return list(await reading.connection.scalars(query))


async def seen(desk: Desk) -> dict[int, PublicAlert]:
    """By number, as somebody reads it who remembers nothing."""
    alerts = await PublicAlerts(desk.services).read()
    return {one.address.number: one for one in alerts}


def edition_of(desk: Desk, alerts: dict[int, PublicAlert]) -> Edition:
    newest_first = tuple(alerts[one] for one in sorted(alerts, reverse=True))
    made = standins.public(Path("/nowhere"))
    return Edition(newest_first, site_of(desk.services, made), standins.MAKERS)


async def test_every_act_that_changes_what_the_public_sees_leaves_a_publication(
    desk: Desk,
) -> None:
    await desk.registers(person(1), person(2))
    changed_by: dict[str, set[AlertState]] = {}
    for state in WITH_A_PAGE:
        alert = await brought_to(desk, state)
        for name, act in ACTS.items():
            before, rows = await seen(desk), await noted(desk)
            try:
                await act(desk, alert)
            except AlertingError:
                assert await seen(desk) == before
                continue
            after, new = await seen(desk), (await noted(desk))[len(rows) :]
            changed = {number for number in after if after[number] != before.get(number)}
            edition = edition_of(desk, after)
            touched = {one.address.number for one in edition.touched([one for one in new if one])}
            assert changed <= touched, f"{name} in {state} changed {changed - touched} silently"
            if changed:
                changed_by.setdefault(name, set()).add(state)
                if state not in WAY_TO or name not in WAY_TO[state]:
                    alert = await brought_to(desk, state)
            elif await desk.reads(alert) != alert:
                alert = await brought_to(desk, state)
    assert set(changed_by) == {
        "send",
        "leave by the clock",
        "update",
        "all clear",
        "false alarm",
        "come to its end",
    }


def test_only_one_function_changes_the_state_of_what_was_sent() -> None:
    """So that whoever adds an act cannot forget the publication."""
    writes = re.compile(r"(?:update|insert)\((?:tables\.)?(sending|alert|alert_place)\)")
    found = {
        f"{path.as_posix().removeprefix('alerting/')}: {one[0]}"
        for path in Path("alerting").rglob("*.py")
        for one in writes.finditer(path.read_text("utf-8"))
    }
    assert found == {
        "store/sendings.py: insert(sending)",  # a draft, always
        "store/sendings.py: update(sending)",  # where the publication is noted
        "store/alerts/repository.py: insert(alert)",
        "store/alerts/repository.py: update(alert)",  # beside the one above, the hour, reminders
        "store/alerts/repository.py: insert(alert_place)",
    }


@pytest.mark.parametrize("alert_class", [AlertClass.TEST])
async def test_a_test_is_no_business_of_the_public(desk: Desk, alert_class: AlertClass) -> None:
    await desk.registers(person(1))
    await desk.issues(scenario="test", alert_class=alert_class, channels=["email"], values={})
    assert await noted(desk) == []
    assert await seen(desk) == {}


async def test_an_exercise_has_a_page_and_is_listed_nowhere(desk: Desk) -> None:
    await desk.registers(person(1))
    sent = await desk.issues(alert_class=AlertClass.EXERCISE, channels=["email"], values=CLOSED)
    assert await noted(desk) == [sent.id]
    assert not (await seen(desk))[sent.id].is_listed


async def test_what_was_never_sent_leaves_nothing(desk: Desk) -> None:
    await desk.registers(person(1))
    await brought_to(desk, AlertState.EXPIRED)
    await brought_to(desk, AlertState.DISCARDED)
    assert await noted(desk) == []


async def test_an_act_that_fails_leaves_no_publication_and_wakes_nobody(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await brought_to(desk, AlertState.SENDING)
    queue = desk.services.queue
    assert isinstance(queue, ListedQueue)
    queue.waiting.clear()
    rows = await noted(desk)

    async def fails() -> None:
        async with desk.services.unit() as unit:
            await publications.add(unit.connection, alert.id)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await fails()
    assert (await noted(desk), queue.waiting) == (rows, [])


async def test_whoever_publishes_is_woken_once_the_act_has_committed(desk: Desk) -> None:
    await desk.registers(person(1))
    queue = desk.services.queue
    assert isinstance(queue, ListedQueue)
    await desk.issues(channels=["email"], values=CLOSED)
    assert [type(one.job) for one in queue.waiting].count(Publish) == 1


async def test_a_follow_up_touches_the_pages_of_its_whole_chain(desk: Desk) -> None:
    await desk.registers(person(1))
    first = await desk.issues(channels=["email"], values=CLOSED)
    second = await desk.sends(await desk.approves(await desk.follows_up(first, FollowUp.UPDATE)))
    third = await desk.sends(await desk.approves(await desk.follows_up(second, FollowUp.ALL_CLEAR)))
    found = await seen(desk)
    edition = edition_of(desk, found)
    touched = [one.address.number for one in edition.touched([third.id])]
    assert touched == [third.id, second.id, first.id]
    assert found[first.id].replaced_by == found[second.id].address
