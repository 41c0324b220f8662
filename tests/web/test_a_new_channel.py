"""A channel is one row and its adapter: one that exists only here goes all the way.

Nothing of the product knows its name. It borrows the words of text messages, is counted in
characters and billed by the segment, and its provider reports what became of each message.
"""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import httpx2
import pytest

from alerting.actions.alerts import queries
from alerting.actions.templates import scenarios
from alerting.domain.channel import (
    Callback,
    Delivered,
    FailureReason,
    InvalidSignature,
    Receipt,
    Tracking,
    Undelivered,
)
from alerting.domain.channel_profiles import (
    PROFILES,
    SMS,
    ChannelProfile,
    LengthUnit,
    MessageForm,
    PricedBy,
    Reach,
)
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Role
from alerting.domain.recipient import addresses_kept
from alerting.domain.text.gsm7 import measure
from alerting.services import Services
from alerting.store import Database
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.importing.reading import read
from tests.make import channels, make_services, person
from tests.web.conftest import AsRole
from tests.web.console import Browsers

PAGER = ChannelProfile(
    name="pager",
    label="Message to pagers",
    reach=Reach.PHONE,
    form=MessageForm.TEXT_MESSAGE,
    icon="sms",
    borrows=SMS,
    unit=LengthUnit.CHARACTERS,
    limit=400,
    priced_by=PricedBy.SEGMENT,
    words=("beeper",),
)


@dataclass
class Pager(ScriptedChannel):
    """Its provider reports with the key, and with a code where it failed."""

    name: str = "pager"
    tracking: Tracking = Tracking.RECEIPTS

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        key, _, code = callback.body.decode().partition(" ")
        if code:
            return Undelivered(key, f"ref-{key}", FailureReason.UNREACHABLE, code)
        return Delivered(key, f"ref-{key}")


@pytest.fixture
async def services(
    sqlite: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Services]:
    """The usual services with one channel more: its row, and its route."""
    monkeypatch.setitem(PROFILES, "pager", PAGER)
    made = make_services(sqlite, clock, over={**channels(), "pager": Pager()})
    yield made
    await made.speller.aclose()


async def test_it_is_composed_checked_and_priced(desk: Desk) -> None:
    await desk.registers(person(1), person(2))
    alert = await desk.drafts(channels=["pager", "sms"])
    preview = await queries.preview(desk.services, alert.id, by=MILA)
    said, borrowed = (preview.alert.message(one, Language.FR) for one in ("pager", "sms"))
    assert said is not None
    assert borrowed is not None
    assert said.text == borrowed.text
    assert preview.audience["pager"] == {Language.FR: 2}
    price = {one.channel: one for one in preview.estimates}["pager"]
    segments = 2 * measure(said.text).segments
    assert (price.units, price.euros) == (segments, segments * Decimal("0.055"))

    long = Message(channel="pager", language=Language.FR, text=f"{said.text} {'é' * 400}")
    await having_read.revise(desk.services, alert.id, [long], by=MILA)
    found = (await queries.preview(desk.services, alert.id, by=MILA)).findings
    assert "pager-too-long" in {one.rule for one in found if one.channel == "pager"}


async def test_its_texts_are_part_of_the_library(desk: Desk) -> None:
    assert await scenarios.check_library_in_force(desk.services, by=JORIS) == []
    made = await scenarios.get_texts(
        desk.services, "chem_shelter", languages=[Language.NL], by=JORIS
    )
    assert "pager" in {one.channel for one in made}


def test_people_may_prefer_it(services: Services) -> None:
    found = read("language;municipality;phone;email;channels\nnl;Gent;0470123456;a@b.be;beeper\n")
    assert [one.preferred_channels for one in found.people] == [("pager",)]
    assert addresses_kept("+32470123456", "a@b.be", ["pager"]) == ("+32470123456", "")


async def test_it_is_sent_reported_shown_and_exported(
    desk: Desk,
    browsers: Browsers,
    anyone: httpx2.AsyncClient,
    services: Services,
) -> None:
    await desk.registers(person(1), person(2))
    mila = await browsers(MILA)
    alert = await desk.drafts(channels=["pager"])
    for page in ("texts", "edit"):
        assert "Message to pagers" in (await mila.get(f"/alerts/{alert.id}/{page}")).text
    await desk.sends(await desk.approves(alert))
    await desk.works()
    assert len(desk.channel("pager").sent) == 2
    assert await desk.states(alert) == {"pager": {State.SENT}}

    for body in (f"{alert.id}.pager.1", f"{alert.id}.pager.2 404"):
        answer = await anyone.post("/receipts/pager", content=body)
        assert answer.status_code == 204
    assert await desk.states(alert) == {"pager": {State.DELIVERED, State.FAILED}}

    board = (await mila.get(f"/alerts/{alert.id}")).text
    assert "Message to pagers" in board
    assert "phone or mailbox not reachable" in board
    delivery = (await mila.get(f"/alerts/{alert.id}/deliveries/{alert.id}.pager.1")).text
    assert 'class="bubble"' in delivery
    export = await AsRole(services, anyone, Role.COMMUNICATOR).post(
        f"/api/alerts/{alert.id}/deliveries.csv"
    )
    rows = list(csv.DictReader(io.StringIO(export.text.lstrip("\ufeff")), delimiter=";"))
    assert {(one["channel"], one["state"]) for one in rows} == {
        ("pager", "delivered"),
        ("pager", "failed"),
    }
