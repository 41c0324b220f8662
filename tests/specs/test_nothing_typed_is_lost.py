"""Nobody writes over, throws away or makes an alert of words that they have not read: neither a
colleague's in a shared form, nor their own from another window."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from alerting.actions.alerts import compositions, text_drafts
from alerting.actions.alerts.compositions import CompositionContent
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.composition import Composition
from alerting.domain.errors import Overtaken, WrongState
from alerting.store import Database
from tests.desk import CLOSED, DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock
from tests.make import LIEGE, make_services

MINE, OTHER = "BE-Alert: rentrez", "BE-Alert: sortez"
FORM = CompositionContent(scenario="chem_shelter", area=(LIEGE,), values=DETAILS, channels=("sms",))


async def types(desk: Desk, alert: Alert, text: str, kept: int) -> Composition:
    return await text_drafts.save_text_draft(
        desk.services,
        alert.id,
        {"text.sms.fr": text},
        seen=alert.fingerprint(),
        version=alert.version,
        kept=kept,
        by=MILA,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, clock: Clock) -> Desk:
    database: Database = request.getfixturevalue(request.param)
    return Desk(make_services(database, clock), clock)


async def test_of_two_windows_that_begin_at_once_one_keeps_its_words_and_the_other_is_told(
    desk: Desk,
) -> None:
    alert = await desk.drafts()
    first, second = await asyncio.gather(
        types(desk, alert, MINE, 0), types(desk, alert, OTHER, 0), return_exceptions=True
    )
    outcomes = {MINE: first, OTHER: second}
    (winner,) = [text for text, made in outcomes.items() if isinstance(made, Composition)]
    (refusal,) = [made for made in outcomes.values() if not isinstance(made, Composition)]
    assert isinstance(refusal, Overtaken)
    assert await kept(desk, alert) == winner


async def kept(desk: Desk, alert: Alert) -> str:
    found = await text_drafts.load_text_draft(desk.services, alert.id, by=MILA)
    return str(found.content["words"]["text.sms.fr"]) if found else ""


UNSEEN: Mapping[str, Callable[[Desk, Alert], Awaitable[object]]] = {
    "keep mine": lambda desk, alert: types(desk, alert, MINE, 1),
    "keep mine, knowing of none": lambda desk, alert: types(desk, alert, MINE, 0),
    "discard": lambda desk, alert: text_drafts.delete_text_draft(
        desk.services, alert.id, kept=1, by=MILA
    ),
}


@pytest.mark.parametrize("act", UNSEEN)
async def test_words_of_another_window_are_neither_written_over_nor_thrown_away(
    desk: Desk, act: str
) -> None:
    alert = await desk.drafts()
    await types(desk, alert, "BE-Alert: re", 0)
    await types(desk, alert, OTHER, 1)
    with pytest.raises(Overtaken):
        await UNSEEN[act](desk, alert)
    assert await kept(desk, alert) == OTHER


async def test_a_new_version_leaves_what_another_window_has_kept_since(desk: Desk) -> None:
    alert = await desk.drafts()
    await types(desk, alert, MINE, 0)
    await types(desk, alert, OTHER, 1)
    await text_drafts.save_texts(
        desk.services, alert.id, alert.messages[:1], seen=alert.fingerprint(), kept=1, by=MILA
    )
    assert await kept(desk, alert) == OTHER


async def test_the_same_words_again_are_no_conflict(desk: Desk) -> None:
    alert = await desk.drafts()
    assert (await types(desk, alert, MINE, 0)).version == 1
    assert (await types(desk, alert, MINE, 0)).version == 1


async def test_what_is_being_sent_takes_no_more_words(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED)
    await types(desk, alert, MINE, 0)
    alert = await desk.issues(values=CLOSED)
    with pytest.raises(WrongState):
        await types(desk, alert, OTHER, 0)


async def a_form_changed_since(desk: Desk) -> tuple[Composition, Composition]:
    """A form as it was read, and as a colleague has filled it in since."""
    begun = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    read = await compositions.save_composition(
        desk.services, begun.id, FORM, seen=begun.version, by=MILA
    )
    other = CompositionContent(scenario="chem_shelter", area=(LIEGE,), channels=("email",))
    return read, await compositions.save_composition(
        desk.services, read.id, other, seen=read.version, by=JORIS
    )


FORMS: Mapping[str, Callable[[Desk, Composition], Awaitable[object]]] = {
    "keep": lambda desk, read: compositions.save_composition(
        desk.services, read.id, FORM, seen=read.version, by=MILA
    ),
    "drop": lambda desk, read: compositions.delete_composition(
        desk.services, read.id, seen=read.version, by=MILA
    ),
    "make": lambda desk, read: compositions.create_draft(desk.services, read, by=MILA),
}


@pytest.mark.parametrize("act", FORMS)
async def test_a_colleagues_form_is_neither_overwritten_nor_dropped_nor_made_an_alert_unread(
    desk: Desk, act: str
) -> None:
    read, since = await a_form_changed_since(desk)
    with pytest.raises(Overtaken, match="joris"):
        await FORMS[act](desk, read)
    assert await compositions.get_composition(desk.services, since.id, by=MILA) == since
