"""Whoever gave one word of an alert in one language does not approve it, whatever is made of it."""

from collections.abc import AsyncIterator

import pytest

from alerting.actions.alerts import compositions
from alerting.domain.errors import NeedsSecondPerson
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.database import Database
from tests import having_read
from tests.attacks.test_every_hand import proposes_a_translation, translates
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.make import make_services, person

DINA = Officer("dina", Role.DUTY_OFFICER)


@pytest.fixture
async def desk(database: Database, clock: Clock) -> AsyncIterator[Desk]:
    """On both databases."""
    made: Services = make_services(database, clock)
    desk = Desk(made, clock)
    await desk.registers(person(1, nis_code="21004"), person(2, nis_code="21004"))
    yield desk
    await made.speller.aclose()


@pytest.mark.parametrize("act", [translates, proposes_a_translation], ids=lambda act: act.__name__)
async def test_the_answer_and_the_approval_are_never_one_persons(desk: Desk, act) -> None:  # type: ignore[no-untyped-def]
    alert = await having_read.submit(desk.services, (await act(desk, JORIS)).id, by=MILA)
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await having_read.approve(desk.services, alert.id, by=JORIS)
    assert (await having_read.approve(desk.services, alert.id, by=LEEN)).approver == "leen"


async def test_nor_of_a_copy_in_which_the_word_comes_along(desk: Desk) -> None:
    first = await translates(desk, JORIS)
    form = await compositions.create_composition_from_alert(desk.services, first.id, by=LEEN)
    assert "joris" in form.hands
