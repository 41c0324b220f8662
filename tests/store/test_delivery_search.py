"""Deliveries are found by what is known of them, few at a time however many there are."""

from collections.abc import Sequence

import pytest

from alerting.domain.delivery import State
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.language import Language
from alerting.store.deliveries import search as delivery_search
from alerting.store.deliveries import statistics
from alerting.store.deliveries.geography import spread
from alerting.store.deliveries.search import DeliveryPage
from tests.desk import Desk
from tests.make import EUPEN, LIEGE, person


@pytest.fixture
async def alert(desk: Desk) -> int:
    """Twenty letters to Liège, five to Eupen, all accepted."""
    await desk.registers(*(person(n) for n in range(1, 21)))
    await desk.registers(*(person(n, nis_code=EUPEN, language=Language.DE) for n in range(21, 26)))
    sent = await desk.issues(channels=["email"], area=("4000 Liège", "Eupen"))
    await desk.works()
    return sent.id


async def looks(
    desk: Desk,
    alert: int,
    wanted: DeliveryFilter,
    recipients: Sequence[int] | None,
    after: tuple[str, int] | None,
) -> DeliveryPage:
    async with desk.services.reading() as reading:
        return await delivery_search.page(
            reading.connection, alert, wanted=wanted, recipients=recipients, after=after, limit=3
        )


@pytest.mark.parametrize(
    ("wanted", "recipients", "found"),
    [
        pytest.param(DeliveryFilter(language=Language.DE), None, 5, id="few of many"),
        pytest.param(DeliveryFilter(state=State.ACCEPTED), None, 25, id="all"),
        pytest.param(DeliveryFilter(state=State.FAILED), None, 0, id="none"),
        pytest.param(DeliveryFilter(), [2, 22, 99], 2, id="some people"),
        pytest.param(DeliveryFilter(language=Language.DE), [2, 22], 1, id="one of them"),
        pytest.param(DeliveryFilter(channel="sms"), None, 0, id="a channel without any"),
    ],
)
@pytest.mark.parametrize("window", [4, 1000], ids=["bit by bit", "in one look"])
async def test_every_delivery_that_fits_is_found_once(
    desk: Desk,
    alert: int,
    wanted: DeliveryFilter,
    recipients: Sequence[int] | None,
    found: int,
    window: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery_search, "WINDOW", window)
    monkeypatch.setattr(delivery_search, "LOOKED_THROUGH", 2 * window)
    monkeypatch.setattr(delivery_search, "LOOKED_FOR", 0.0)
    seen: list[int] = []
    after, steps = None, 0
    while steps == 0 or after is not None:
        looked = await looks(desk, alert, wanted, recipients, after)
        seen += [row.recipient_id for row in looked.items]
        after, steps = looked.next, steps + 1
        assert steps < 30, "it comes to an end"
    assert len(seen) == len(set(seen)) == found


async def test_deliveries_are_spread_over_municipalities(desk: Desk, alert: int) -> None:
    async with desk.services.reading() as reading:
        found = await spread(reading.connection, reading.database, alert)
    assert found.counts == {(LIEGE, State.ACCEPTED): 20, (EUPEN, State.ACCEPTED): 5}
    assert not found.sampled


async def test_the_course_adds_up_to_all_that_left(desk: Desk, alert: int) -> None:
    async with desk.services.reading() as reading:
        course = await statistics.timeline(reading.connection, alert, points=10)
    assert course["sent"][-1][1] == 25


async def test_a_page_that_has_nothing_yet_looks_on(
    desk: Desk, alert: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_search, "WINDOW", 2)
    monkeypatch.setattr(delivery_search, "LOOKED_THROUGH", 2)
    monkeypatch.setattr(delivery_search, "LOOKED_FOR", 60.0)
    looked = await looks(desk, alert, DeliveryFilter(language=Language.DE), None, None)
    assert looked.items
