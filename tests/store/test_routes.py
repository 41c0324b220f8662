"""What one worker sees of a route, all know; what a person decides, nothing measures away."""

import asyncio
from datetime import timedelta

from alerting.domain.channel import FailureReason
from alerting.domain.route import Breaker, Health, Override, Sample
from alerting.store import Database
from alerting.store.operations import routes as route_rows
from tests.doubles import NOON, ScriptedChannel

GOOD = Sample(n=50, errors=0, seconds=5.0)
BAD = Sample(
    n=50, errors=50, seconds=1.0, failure_reason=FailureReason.DOWN, provider_code="no connection"
)
SMS, GATEWAY, MAIL = ("sms", "twilio"), ("sms", "gateway"), ("email", "relay")


async def observed(
    database: Database, seen: dict[route_rows.Name, Sample], **weights: float
) -> dict[route_rows.Name, Health]:
    given = {("sms", name): weight for name, weight in weights.items()}
    async with database.writing() as connection:
        return await route_rows.observe(connection, database, seen, weights=given, now=NOON)


async def known(database: Database) -> dict[route_rows.Name, Health]:
    async with database.reading() as connection:
        return {(one.channel, one.route): one for one in await route_rows.load_all(connection)}


async def decided(database: Database, route: str, override: Override) -> None:
    async with database.writing() as connection:
        await route_rows.decide(
            connection, database, ("sms", route), override, by="ada", reason="maintenance", at=NOON
        )


async def test_what_was_seen_is_there_for_everyone(database: Database) -> None:
    after = await observed(database, {SMS: GOOD, GATEWAY: BAD}, twilio=3, gateway=0.5)
    assert await known(database) == after
    assert after[SMS].latency == 0.1
    assert after[SMS].weight == 3
    assert after[SMS].used_at == NOON
    sick = after[GATEWAY]
    assert sick.breaker is Breaker.OPEN
    assert sick.failure_reason is FailureReason.DOWN
    assert (sick.provider_code, sick.weight) == ("no connection", 0.5)
    assert sick.open_until == NOON + timedelta(seconds=5)


async def test_one_observation_goes_on_from_the_last(database: Database) -> None:
    await observed(database, {SMS: GOOD})
    after = await observed(database, {SMS: GOOD, MAIL: GOOD})
    assert (after[SMS].seen, after[MAIL].seen) == (100, 50)
    assert await observed(database, {}) == {}


async def test_a_detail_that_is_too_long_is_cut(database: Database) -> None:
    long = Sample(
        n=50, errors=50, seconds=1, failure_reason=FailureReason.DOWN, provider_code="x" * 300
    )
    await observed(database, {SMS: long})
    assert (await known(database))[SMS].provider_code == "x" * 64


async def test_workers_that_see_things_at_once_lose_nothing(database: Database) -> None:
    seen = [{SMS: GOOD, GATEWAY: GOOD, MAIL: GOOD}, {MAIL: GOOD, GATEWAY: GOOD, SMS: GOOD}]
    await asyncio.gather(*(observed(database, seen[turn % 2]) for turn in range(20)))
    assert {key: one.seen for key, one in (await known(database)).items()} == {
        SMS: 1000,
        GATEWAY: 1000,
        MAIL: 1000,
    }


async def test_a_decision_stands_over_what_is_measured(database: Database) -> None:
    await observed(database, {SMS: GOOD})
    await decided(database, "twilio", Override.OFF)
    await decided(database, "gateway", Override.ON)
    after = await observed(database, {SMS: GOOD, GATEWAY: BAD})
    assert after[SMS].override is Override.OFF
    assert not after[SMS].usable(now=NOON)
    assert after[SMS].seen == 100
    forced = after[GATEWAY]
    assert forced.usable(now=NOON)
    assert (forced.override_by, forced.override_reason, forced.override_at) == (
        "ada",
        "maintenance",
        NOON,
    )


async def test_routes_come_as_set_now_with_what_is_known_of_them(database: Database) -> None:
    await observed(database, {GATEWAY: GOOD, ("sms", "former"): BAD}, gateway=7)
    set_now = {"sms": [ScriptedChannel("sms", route="twilio"), ScriptedChannel(route="gateway")]}
    async with database.reading() as connection:
        found = await route_rows.load(connection, set_now)
    assert [(one.route, one.seen, one.weight) for one in found["sms"]] == [
        ("twilio", 0, 1),
        ("gateway", 50, 1),
    ]


async def test_a_route_left_alone_is_tried_once_its_operator_changed_something(
    database: Database,
) -> None:
    await observed(database, {SMS: BAD, MAIL: GOOD, GATEWAY: BAD})
    later = NOON + timedelta(seconds=1)
    async with database.writing() as connection:
        await route_rows.try_at_once(connection, [SMS, MAIL, ("sms", "never used")], now=later)
    after = await known(database)
    assert (after[SMS].breaker_at(now=later), after[SMS].pauses) == (Breaker.HALF_OPEN, 0)
    assert after[GATEWAY].breaker_at(now=later) is Breaker.OPEN, "nobody changed that one"
    assert after[MAIL].breaker is Breaker.CLOSED
    assert set(after) == {SMS, MAIL, GATEWAY}
