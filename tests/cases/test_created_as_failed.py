"""A message that a provider creates as one that failed is refused, at once and for what it says.

With a messaging service, Twilio answers 201 to what it would else refuse with 400: nothing will be
sent, and nothing may follow.
"""

import pytest

from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.delivery import receipts
from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused
from alerting.domain.delivery import State
from alerting.domain.officer import Officer, Role
from alerting.store import Database
from tests.channels.conftest import HOUR, NUMBER, SwitchOn, message, message_time
from tests.channels.providers import sms_settings
from tests.channels.wire import Request, answer, http_server
from tests.desk import Desk
from tests.doubles import Clock, lost
from tests.make import make_services, person

SID = "SM" + "0" * 32


def created(status: str, code: int | None) -> bytes:
    return answer(201, {"sid": SID, "status": status, "error_code": code, "error_message": "…"})


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        ("failed", 21610, Refused(FailureReason.OPTED_OUT, "failed 21610", reference=SID)),
        ("failed", 21408, Deferred(FailureReason.NOT_PERMITTED, "failed 21408", reference=SID)),
        ("failed", 30001, Deferred(FailureReason.BUSY, "failed 30001", reference=SID)),
        (
            "undelivered",
            30005,
            Refused(FailureReason.ADDRESS_DEAD, "undelivered 30005", reference=SID),
        ),
        ("canceled", None, Deferred(FailureReason.UNKNOWN, "canceled", reference=SID)),
        ("failed", None, Deferred(FailureReason.UNKNOWN, "failed", reference=SID)),
        ("failed", 39999, Deferred(FailureReason.UNKNOWN, "failed 39999", reference=SID)),
    ],
)
async def test_a_message_created_as_failed_means_what_its_code_says(
    status: str, code: int | None, outcome: Outcome, switch_on: SwitchOn
) -> None:
    async with http_server(lambda _: created(status, code)) as site:
        channel = switch_on("sms", **sms_settings(site.url))
        prepared = channel.prepare(message("sms"), alert_id=12)
        key = "12.sms.345"
        assert await channel.send(prepared, to=NUMBER, key=key, valid_for=HOUR) == outcome


async def test_somebody_who_opted_out_is_failed_at_once(
    sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    async with http_server(lambda _: created("failed", 21610)) as site:
        route = switch_on("sms", **sms_settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": [route]}), clock)
        await desk.registers(person(1))
        alert = await desk.issues(channels=["sms"])
        await desk.works()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.FAILED, FailureReason.OPTED_OUT)


async def test_a_message_that_failed_is_not_found_as_one_that_was_taken(
    switch_on: SwitchOn,
) -> None:
    """After a crash Twilio is asked what it took: what it will not send has to be sent again."""

    kept = {"sid": "SM1", "body": message("sms").text, "date_created": None}

    def reply(_: Request) -> bytes:
        return answer(200, {"messages": [kept], "page": 0, "page_size": 200})

    async with http_server(reply) as site:
        channel = switch_on("sms", **sms_settings(site.url))
        prepared = channel.prepare(message("sms"), alert_id=12)
        since = message_time()
        for status, found in {"failed": False, "undelivered": False, "sent": True}.items():
            kept["status"] = status
            taken = await channel.find(prepared, to=NUMBER, key="12.sms.345", since=since)
            assert (taken is not None) == found


async def test_its_receipt_says_nothing_new_and_ends_no_try_to_come(
    sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    async with http_server(lambda _: created("failed", 30001)) as site:
        route = switch_on("sms", **sms_settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": [route]}), clock)
        await desk.registers(person(1))
        alert = await desk.issues(channels=["sms"])
        await desk.works()
        key = f"{alert.id}.sms.1"
        await receipts.apply_receipts(
            desk.services, [lost(key, SID, FailureReason.BUSY, route=route.route)]
        )
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason, row.reference) == (
        State.WAITING,
        FailureReason.BUSY,
        SID,
    )
    assert await list_unmatched(desk.services, by=Officer("ada", Role.AUDITOR)) == []
