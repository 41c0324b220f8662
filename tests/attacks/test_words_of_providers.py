"""Whatever a provider writes as its code or reference, what left is written down, and left once.

The types of the contract keep out what a database could not keep, so that no adapter can forget
it; a receipt that cannot be read is refused, and keeps none of the others from being applied.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from alerting.delivery.receipts import ANSWERED_AT_ONCE, ReceiptBatcher
from alerting.domain.channel import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    Accepted,
    Deferred,
    Delivered,
    FailureReason,
    InProgress,
    Outcome,
    Receipt,
    Refused,
    Undelivered,
    UnreadableReceipt,
)
from alerting.domain.delivery import State
from alerting.services import Services
from alerting.store import Database
from alerting.store.deliveries import unmatched_receipts
from alerting.web.provider_callbacks import ProviderCallbacks
from tests.channels.conftest import SwitchOn, switch_on
from tests.channels.providers import sinch_settings
from tests.channels.test_sinch import report, signed
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel, arrived
from tests.make import make_services, person

__all__ = ["switch_on"]
DOWN, DEAD = FailureReason.DOWN, FailureReason.ADDRESS_DEAD
HOSTILE = {"long": "x" * 200, "NUL": "a\0b", "half a character": "\ud800", "lines": "a\r\nb"}
ANSWERS: dict[str, Callable[[str], Outcome]] = {
    "accepted": Accepted,
    "deferred": lambda word: Deferred(DOWN, word, reference=word),
    "refused": lambda word: Refused(DEAD, word, word),
}
RECEIPTS: dict[str, Callable[[str, str], Receipt]] = {
    "delivered": Delivered,
    "undelivered": lambda key, reference: Undelivered(key, reference, DEAD, key),
    "in progress": InProgress,
}
any_text = st.text(st.characters(exclude_categories=()), max_size=200)


@given(word=any_text)
def test_every_answer_fits_in_every_database(word: str) -> None:
    for make in ANSWERS.values():
        made: Any = make(word)
        for name, longest in (
            ("reference", LONGEST_REFERENCE),
            ("provider_code", LONGEST_CODE),
        ):
            kept = getattr(made, name, "")
            assert kept.isprintable()
            assert len(kept) <= longest
            kept.encode()
            if word.isprintable() and len(word) <= longest and hasattr(made, name):
                assert kept == word


@given(word=any_text)
def test_every_receipt_is_readable_or_refused(word: str) -> None:
    readable = word.isprintable() and len(word) <= LONGEST_REFERENCE
    for make in RECEIPTS.values():
        for fields in ((word, "r"), ("1.sms.1", word)):
            if readable:
                make(*fields)
            else:
                with pytest.raises(UnreadableReceipt):
                    make(*fields)
    assert Undelivered("k", "r", DEAD, word).provider_code.isprintable()


@pytest.fixture
def house(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


def scripted(desk: Desk) -> ScriptedChannel:
    channel = desk.services.channels["sms"]
    assert isinstance(channel, ScriptedChannel)
    return channel


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
async def test_nobody_gets_it_twice_whatever_the_provider_answers(house: Desk, word: str) -> None:
    await house.registers(*[person(n) for n in range(1, 4)])
    sms = scripted(house)
    sms._answers = iter([Accepted(word), Refused(DEAD, word), Accepted(word)])
    alert = await house.issues(channels=["sms"])
    for _ in range(3):
        await house.works()
        house.clock.forward(minutes=1)
        await house.sweeps()
    assert sms.asked == 3
    assert (await house.states(alert))["sms"] == {State.SENT, State.FAILED}
    for one in await house.deliveries(alert):
        f"{one.reference}{one.provider_code}".encode()


@pytest.mark.parametrize("word", ["x" * 200, "a\0b"], ids=["long", "NUL"])
async def test_what_a_database_refuses_of_an_answer_is_left_out_and_nothing_leaves_again(
    house: Desk, word: str
) -> None:
    """A value that got past the types: what became of each message is written down all the same."""
    await house.registers(*[person(n) for n in range(1, 4)])
    sms = scripted(house)
    smuggled = Accepted("")
    object.__setattr__(smuggled, "reference", word)
    sms._answers = iter([smuggled] * 3)
    alert = await house.issues(channels=["sms"])
    for _ in range(2):
        await house.works()
        house.clock.forward(minutes=1)
        await house.sweeps()
    assert sms.asked == 3
    assert (await house.states(alert))["sms"] == {State.SENT}


async def test_one_receipt_that_cannot_be_written_fails_alone(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.registers(person(1))
    alert = await house.issues(channels=["sms"])
    await house.works()
    good, bad = arrived(f"{alert.id}.sms.1"), arrived("7.sms.7", "bad")
    write = unmatched_receipts.save_unmatched_receipts

    def keep(connection: Any, database: Database, found: Any, **more: Any) -> None:
        if any(one == bad for one, _ in found):
            raise ValueError("a value that no database takes")
        write(connection, database, found, **more)

    monkeypatch.setattr(unmatched_receipts, "save_unmatched_receipts", keep)
    inbox = ReceiptBatcher(house.services)
    told = await asyncio.gather(
        *(inbox.put(one) for one in (bad, good, bad)), return_exceptions=True
    )
    assert [type(one) for one in told] == [ValueError, type(None), ValueError]
    assert (await house.states(alert))["sms"] == {State.DELIVERED}


async def test_between_a_few_answers_others_have_their_turn(house: Desk) -> None:
    """An answer brings the next receipt; a page that is asked for meanwhile waits for few."""
    inbox, answered = ReceiptBatcher(house.services), 0

    async def one(nth: int) -> None:
        nonlocal answered
        await inbox.put(arrived(f"7.sms.{nth}", str(nth)))
        answered += 1

    tasks = [asyncio.create_task(one(nth)) for nth in range(3 * ANSWERED_AT_ONCE + 1)]
    most, before = 0, 0
    while answered < len(tasks):
        await asyncio.sleep(0)
        most, before = max(most, answered - before), answered
    await asyncio.gather(*tasks)
    assert most == ANSWERED_AT_ONCE


async def nothing_behind(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("a receipt is for the door alone")


BAD: dict[str, bytes] = {
    "half a character in the key": report("Delivered", client_reference="1.sms.\ud800"),
    "NUL in the key": report("Delivered", client_reference="x\0y"),
    "half a character in the reference": report("Delivered", batch_id="\udfff"),
    "a reference of 5000 letters": report("Delivered", batch_id="x" * 5000),
    "the same of one that failed": report("Failed", client_reference="\ud800"),
    "the same of one under way": report("Queued", client_reference="\ud800"),
    "brackets": b"[" * 30_000,
    "nested": b'{"type":' * 8_000,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_an_unreadable_receipt_is_refused_and_the_next_one_taken(
    services: Services,
    switch_on: SwitchOn,
    bad: bytes,
) -> None:
    channel = switch_on("sms", **sinch_settings("http://127.0.0.1:9"))
    door = ProviderCallbacks(nothing_behind, replace(services, routes={"sms": (channel,)}))
    transport = httpx2.ASGITransport(app=door, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://alerting.test") as client:

        async def post(body: bytes) -> int:
            headers = dict(signed(body).headers)
            return (await client.post("/receipts/sms", content=body, headers=headers)).status_code

        assert tuple(await asyncio.gather(post(bad), post(report("Delivered")))) == (400, 204)
        huge = report("Delivered").replace(b'"code": 0', b'"code": ' + b"9" * 5000)
        assert await post(huge) in {204, 400}
