"""Who may do little, or nothing, fills neither the log nor the library, nor everybody's time."""

import pytest
from structlog.testing import capture_logs

from alerting.actions import templates
from alerting.domain.errors import BadRequest, OutsideTerritory
from alerting.domain.officer import Role
from alerting.web.provider_callbacks import ForgedReceipts
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.territory import PARTNER, Country

NAME = "chem_shelter/sms.toml"


def test_a_million_forged_receipts_are_counted_and_told_in_a_line_a_minute() -> None:
    clock = Clock()
    forged = ForgedReceipts(clock)
    with capture_logs() as lines:
        for minute in range(3):
            for _ in range(5_000):
                forged.one_more(("sms", "twilio"), "wrong signature")
            assert len(lines) == minute + 1
            clock.forward(minutes=1)
        forged.one_more(("sms", "twilio"), "wrong signature")
    assert [one["number"] for one in lines] == [1, 5_000, 5_000, 5_000]


def test_one_route_does_not_silence_another() -> None:
    forged = ForgedReceipts(Clock())
    with capture_logs() as lines:
        for route in ("twilio", "gateway", "twilio"):
            forged.one_more(("sms", route), "no signature")
    assert [one["route"] for one in lines] == ["twilio", "gateway"]


async def test_nobody_fills_the_library_with_proposals(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MOST_OPEN", 2)
    source = (await templates.export(desk.services, by=MILA))[0]
    for _ in range(2):
        await templates.propose(desk.services, source.name, source.content, by=MILA)
    with pytest.raises(BadRequest, match="wait for an approval"):
        await templates.propose(desk.services, source.name, source.content, by=MILA)


async def test_no_wording_is_longer_than_a_text_can_be(desk: Desk) -> None:
    content = "#" * (templates.LONGEST + 1)
    for act in (templates.propose, templates.try_out):
        with pytest.raises(BadRequest, match="at most"):
            await act(desk.services, NAME, content, by=MILA)


async def test_the_list_of_wordings_comes_in_pages(desk: Desk) -> None:
    source = (await templates.export(desk.services, by=MILA))[0]
    for _ in range(3):
        await templates.propose(desk.services, source.name, source.content, by=MILA)
    page = await templates.history(desk.services, by=MILA, limit=2)
    rest = await templates.history(desk.services, by=MILA, limit=2, before=page[-1].id)
    assert [one.id for one in (*page, *rest)] == [3, 2, 1]


async def test_a_partner_proposes_no_wording_and_has_none_tried(desk: Desk) -> None:
    country = await Country(desk.services).founded()
    partner = await country.officer(Role.COMMUNICATOR, PARTNER)
    source = (await templates.export(desk.services, by=MILA))[0]
    for act in (templates.propose, templates.try_out):
        with pytest.raises(OutsideTerritory):
            await act(desk.services, source.name, source.content, by=partner)


async def test_the_library_is_checked_once_however_often_it_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(templates, "check_library", lambda *a, **_: looked.append(a) or [])
    templates._CHECKED.clear()
    for _ in range(5):
        assert await templates.check(desk.services, by=MILA) == []
    assert len(looked) == 1
    templates._CHECKED.clear()
