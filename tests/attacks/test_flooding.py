"""Who may do little, or nothing, fills neither the log nor the library."""

import pytest
from structlog.testing import capture_logs

from alerting.actions.templates import scenarios, versions
from alerting.domain.errors import BadRequest
from alerting.web.provider_callbacks import ForgedReceipts
from tests.desk import MILA, Desk
from tests.doubles import Clock


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
    monkeypatch.setattr(versions, "MOST_OPEN", 2)
    source = (await scenarios.export_scenario(desk.services, by=MILA))[0]
    for _ in range(2):
        await versions.propose_version(desk.services, source.name, source.content, by=MILA)
    with pytest.raises(BadRequest, match="are waiting for approval"):
        await versions.propose_version(desk.services, source.name, source.content, by=MILA)
