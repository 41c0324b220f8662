"""An archive tells nobody who was alerted: no address, no name, no word of a provider is in it.

Nor in the ledger, the log, or the name of the file; and only its own user reads it.
"""

import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from alerting.actions.operations import archiving
from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.ledger import SHELL
from alerting.store import Database
from tests.cases.test_erasure import all_that_is_kept
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, newsroom, person

PHONE, MAIL, NAME, REFERENCE = "+32470000701", "Zoe.Q@example.org", "Zoé Quatremaille", "reg-701"
SAID = f"550 <{MAIL}> ({PHONE}, {NAME}) unknown"
"""What a provider wrote, with all of it."""
TRACES = ("470000701", "zoe.q", "quatremaille", "zoé", "reg-701", "@", "+32", "550", "example")
ANSWERS: list[Outcome] = [
    Deferred(FailureReason.BUSY, SAID, reference=MAIL),
    Refused(FailureReason.ADDRESS_DEAD, SAID, MAIL),
    Accepted(f"{PHONE}-1"),
    Deferred(FailureReason.UNCLEAR, SAID),
]


@pytest.fixture
async def desk(database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    channels = {
        name: ScriptedChannel(name, tracking, cycle(ANSWERS))
        for name, tracking in (
            ("sms", Tracking.RECEIPTS),
            ("email", Tracking.ACCEPTANCE),
            ("press", Tracking.ACCEPTANCE),
        )
    }
    services = make_services(database, clock, channels)
    yield Desk(replace(services, archives=tmp_path / "archives"), clock)
    await services.speller.aclose()


async def test_no_address_name_or_word_of_a_provider_is_in_an_archive(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    zoe = replace(person(7, phone=PHONE, email=MAIL), name=NAME, reference=REFERENCE)
    await desk.registers(zoe, *(person(serial) for serial in range(8, 30)), newsroom(1))
    alert = await desk.issues(channels=("sms", "email", "press"))
    await desk.works()
    for _ in range(8):
        desk.clock.forward(hours=4)
        await desk.sweeps()
    kept = await all_that_is_kept(desk.services)
    assert "quatremaille" in kept["delivery"], "or this would prove nothing"
    capsys.readouterr()
    found = await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    assert desk.services.archives is not None
    path = desk.services.archives / found.file
    written = path.read_text("utf-8").casefold()
    told = capsys.readouterr()
    ledger = (await all_that_is_kept(desk.services))["ledger"].partition("alert.archived")[2]
    assert found.lines == 47
    assert "alert-1-" in ledger
    for trace in TRACES:
        assert trace not in written, trace
    for trace in TRACES[:5]:
        assert trace not in (told.out + told.err).casefold(), trace
        assert trace not in ledger, trace
        assert trace not in found.file, trace
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_no_table_holds_an_address_of_an_archived_alert(desk: Desk) -> None:
    zoe = replace(person(7, phone=PHONE, email=MAIL), name=NAME, reference=REFERENCE)
    await desk.registers(zoe)
    alert = await desk.issues(channels=("sms", "email"))
    await desk.works()
    for _ in range(8):
        desk.clock.forward(hours=4)
        await desk.sweeps()
    await archiving.archive_alert(desk.services, alert.id, by=SHELL)
    kept = await all_that_is_kept(desk.services)
    holding = {table for table, text in kept.items() if "470000701" in text or "zoe.q" in text}
    assert holding <= {"recipient", "search_key"}, "the lists alone, while they are on them"
