"""A receipt that fits no try of ours is kept for somebody to look at, and changes nothing."""

from dataclasses import replace

import pytest

from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.actions.recipients import lists as recipient_lists
from alerting.delivery import receipts
from alerting.domain.channel import FailureReason, Receipt
from alerting.domain.delivery import KINDS, RECEIPT_KIND_NAMES, Mismatch, State
from alerting.domain.errors import NotAllowed
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import ERASED, RecipientKind
from alerting.store import Database
from alerting.store.deliveries.unmatched_receipts import UnmatchedReceipt
from tests.desk import MILA, Desk
from tests.doubles import NOON, Clock, arrived, lost
from tests.make import make_services, person

AUDITOR = Officer("ada", Role.AUDITOR)


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


async def test_receipts_that_fit_nothing_are_kept_once_counted_and_explained(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms", "email"])
    await desk.works()
    key = f"{alert.id}.sms.1"
    mail = arrived(f"{alert.id}.email.1")
    unknown = lost("77.sms.1")
    strange = [
        unknown,
        arrived("not a key of ours", "SM1"),
        arrived(key, "another reference"),
        arrived(key, route="gateway"),
        mail,
        replace(mail, channel="email", route="gateway"),
    ]
    await receipts.apply_receipts(desk.services, [*strange, unknown])
    desk.clock.forward(minutes=1)
    await receipts.apply_receipts(desk.services, [unknown])
    kept = await list_unmatched(desk.services, by=AUDITOR)
    assert {(one.signed, one.reason, one.n) for one in kept} == {
        (unknown, Mismatch.NO_DELIVERY, 3),
        (strange[1], Mismatch.NO_DELIVERY, 1),
        (strange[2], Mismatch.NO_TRY, 1),
        (strange[3], Mismatch.NO_TRY, 1),
        (mail, Mismatch.OTHER_CHANNEL, 1),
        (strange[5], Mismatch.NO_TRY, 1),
    }
    assert kept[0].signed == unknown
    assert await desk.states(alert) == {"sms": {State.SENT}, "email": {State.ACCEPTED}}


async def test_only_those_who_read_the_ledger_see_them(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await list_unmatched(desk.services, by=MILA)


@pytest.mark.parametrize("kind", KINDS)
def test_a_receipt_that_was_kept_is_read_as_what_it_was(kind: type[Receipt]) -> None:
    kept = UnmatchedReceipt(
        channel="sms",
        route="main",
        reference="SM1",
        key="1.sms.1",
        kind=KINDS[kind],
        reason=Mismatch.EARLY,
        failure_reason=FailureReason.UNREACHABLE,
        provider_code="30003",
        n=1,
        first_at=NOON,
        last_at=NOON,
    )
    assert type(kept.signed.receipt) is kind
    assert set(RECEIPT_KIND_NAMES) == set(KINDS.values())


async def test_an_early_receipt_of_somebody_who_leaves_is_applied_or_blanked(desk: Desk) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    early = arrived(f"{alert.id}.sms.1", f"sent to {person(1).phone}")
    await receipts.apply_receipts(desk.services, [early])
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    assert await list_unmatched(desk.services, by=AUDITOR) == []
    await receipts.apply_early(desk.services)
    [kept] = await list_unmatched(desk.services, by=AUDITOR)
    assert (kept.key, kept.reason) == (f"{alert.id}.sms.1", Mismatch.NO_TRY)
    assert kept.reference.startswith(ERASED)
