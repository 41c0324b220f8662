"""docs/permissions.md says what the code does: every act, in every role, inside and outside."""

import pytest

from alerting.actions import change_requests
from alerting.actions.alerts import approval
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store import Database
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, person
from tests.permissions.acts import ACTS, NATIONAL_ONLY, PARTS, REQUESTS, every_act
from tests.permissions.alerts import draft_number
from tests.permissions.attempts import COLUMNS, NO, attempt, trial_of, tried
from tests.permissions.page import written
from tests.permissions.trial import Row, Trial, plain
from tests.territory import Country


@pytest.mark.parametrize("name", COLUMNS)
async def test_a_role_may_do_what_the_table_says(name: str, sqlite: Database, clock: Clock) -> None:
    found, asked = await tried(name, sqlite, clock)
    assert found == written()[name]
    assert asked == set(Permission), "a permission that no act asks for"


def test_the_table_has_every_act_and_every_role() -> None:
    table = written()
    assert tuple(table) == COLUMNS
    assert all(list(one) == list(ACTS) for one in table.values())


def test_every_act_of_the_code_has_a_row_or_says_of_which_it_is_a_part() -> None:
    rows = {row.act for row in ACTS.values()}
    assert not rows & PARTS.keys()
    missing = every_act() ^ (rows | PARTS.keys())
    assert not [f"{act.__module__}.{act.__name__}" for act in missing]


def test_every_kind_of_change_request_is_requested_by_some_row() -> None:
    rows = [row.act for row in ACTS.values()]
    assert rows.count(change_requests.request_change) + len(REQUESTS) == len(KINDS)
    assert REQUESTS.keys() <= set(rows)


def test_every_act_is_allowed_to_somebody_or_is_the_whole_countrys() -> None:
    table = written()
    nobodys = {act for act in ACTS if {column[act] for column in table.values()} == {NO}}
    assert nobodys == NATIONAL_ONLY.keys()


@pytest.mark.parametrize("label", NATIONAL_ONLY)
async def test_what_nobody_in_the_table_may_is_allowed_to_the_whole_countrys(
    label: str, sqlite: Database, clock: Clock
) -> None:
    trial = await trial_of(NATIONAL_ONLY[label], sqlite, clock)
    done, spy = await attempt(ACTS[label], trial)
    assert done
    assert not spy.early


async def test_an_act_that_writes_before_it_asks_is_found(desk: Desk) -> None:
    """The spy itself: the one thing no row could prove."""

    async def careless(services: Services, number: int, *, by: Officer) -> None:
        async with services.unit() as unit:
            await unit.record("alert.touched", by=by, about="alert/1", at=services.now())
        by.must(Permission.SUBMIT)

    country = await Country(desk.services).founded()
    await desk.registers(person(1, nis_code=GENT))
    trial = Trial(desk, country, MILA, True, 0)
    row = Row(careless, lambda _: plain(1))
    _, spy = await attempt(row, trial)
    assert spy.early
    row = Row(approval.submit, draft_number)
    trial = Trial(desk, country, MILA, False, 0)
    _, spy = await attempt(row, trial)
    assert not spy.early
