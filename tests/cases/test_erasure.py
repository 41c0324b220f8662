"""Whoever leaves a list is nowhere in the database any more: their addresses stand in no table."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerting.actions.accounts import saved_forms
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.channel import Delivered, FailureReason, SignedReceipt, Undelivered
from alerting.domain.delivery import Mismatch, State
from alerting.domain.delivery_row import DeliveryRow
from alerting.domain.recipient import ERASED, RecipientKind, mentions
from alerting.services import Services
from alerting.store import Database
from alerting.store.deliveries import unmatched_receipts
from alerting.store.deliveries.search import page as deliveries_of
from alerting.store.recipients.erasure import EMPTIED, STAYS
from alerting.store.tables import (
    alerted_address,
    delivery,
    delivery_attempt,
    import_job,
    metadata,
    one_time_token,
    opt_out,
    recipient,
    search_key,
    unmatched_receipt,
)
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import make_services, person
from tests.uploads import keep_upload, kept_files

LEAVES = replace(
    person(7, phone="+32470000701", email="Non.Merci@example.org"),
    reference="+32470000701",
    name="Zoé Quatremaille",
)
TRACES = ("470000701", "non.merci", "quatremaille", "107000074", "icrem.non")
"""Of the number, the mail address and the name; and written backwards, as searches keep them."""
FILES = {
    "as we write it": b"language;municipality;phone\nfr;Eupen;+32470000701\n",
    "as people write it": "fr;Eupen;0470/00.07.01".encode("cp1252"),
    "of a Windows spreadsheet": "fr\tEupen\t0470 000 701".encode("utf-16"),
    "without a mark": "fr\tEupen\tNon.Merci@example.org".encode("utf-16-le"),
    "a mail address alone": b"fr;Eupen;;NON.MERCI@EXAMPLE.ORG",
}

HOLDING = {
    recipient,
    search_key,
    delivery,
    delivery_attempt,
    unmatched_receipt,
    import_job,
    one_time_token,
    opt_out,
    alerted_address,
}
"""Tables with what the public is reached at, each looked at when somebody is erased."""
NOT_HOLDING = {
    "account", "alert", "alert_choices", "alert_place", "alert_reading", "alert_text",
    "alert_word_run", "approval_call",
    "authority", "authority_account", "authority_list_entry", "change_request", "chunk",
    "archived_spread", "composition", "credential", "delivery_archive", "delivery_count",
    "delivery_timeline", "group_member", "idempotency_key", "incident",
    "incident_exemption", "incident_place", "installation", "invitation", "ledger",
    "audience_count",
    "list_revision", "locality_list",
    "login_attempt", "membership", "mobile_code", "municipality_outline", "on_call", "passkey",
    "person",
    "public_withdrawal", "publication",
    "recipient_change", "recipient_group", "recovery_code", "release", "release_text",
    "route", "route_outcome_count",
    "sending", "sending_channel",
    "staff_message", "staff_notification", "staff_notification_read",
    "template_version", "template_version_run",
    "test_copy", "test_copy_user", "translation_request", "translator", "trusted_device",
    "worker",
}  # fmt: skip
"""Tables about officers, alerts and machines, or with numbers of people alone."""


def packed(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("content.xml", text)
    return made.getvalue()


def test_each_table_is_one_that_erasing_looks_at_or_holds_no_address() -> None:
    told = {table.name for table in HOLDING} | NOT_HOLDING
    assert set(metadata.tables) == told, "decide where it belongs, and erase what it holds"


async def all_that_is_kept(services: Services) -> dict[str, str]:
    """Every row of every table, in words."""
    found = {}
    async with services.reading() as reading:
        for table in metadata.sorted_tables:
            rows = (await reading.connection.execute(sa.select(table))).all()
            plain = [
                one.decode("latin-1").replace("\0", "") if isinstance(one, bytes) else str(one)
                for row in rows
                for one in row
            ]
            found[table.name] = "\n".join(plain).casefold()
    return found


def traces(kept: dict[str, str], sought: Iterable[str] = TRACES) -> list[tuple[str, str]]:
    return [(table, one) for table, text in kept.items() for one in sought if one in text]


async def number_of(services: Services, who_has: str) -> int:
    async with services.reading() as reading:
        number: int | None = await reading.connection.scalar(
            sa.select(recipient.c.id).where(recipient.c.phone == who_has)
        )
    assert number is not None
    return number


async def rows_of(services: Services, alert: int, number: int) -> dict[str, DeliveryRow]:
    async with services.reading() as reading:
        looked = await deliveries_of(reading.connection, alert)
    return {row.channel: row for row in looked.items if row.recipient_id == number}


@pytest.fixture
def house(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


def test_a_column_of_an_entry_is_erased_unless_it_was_decided_that_it_tells_nobody_who_it_was() -> (
    None
):
    assert EMPTIED.keys() | STAYS == set(recipient.c.keys())
    assert EMPTIED.keys() == {
        "name", "phone", "email", "outlet", "consent_date", "consent_source", "preferred_channels",
    }  # fmt: skip


async def test_nothing_of_them_is_left_in_any_table(house: Desk) -> None:
    services = house.services
    await house.registers(LEAVES, person(1))
    number = await number_of(services, LEAVES.phone)
    old = await house.issues(channels=["sms", "email"])
    await house.works()
    waiting = await house.issues(channels=["sms", "email"])
    await house.plans()
    for content in (*FILES.values(), packed("0470000701")):
        await keep_upload(services, content, by=MILA)
    harmless = await keep_upload(services, b"fr;Eupen;+32470009999", by=MILA)
    await saved_forms.save_form(services, "mila", {"phone": "+32470000701", "name": "x"})
    await saved_forms.save_form(services, "mila", {"name": "somebody else"})
    async with services.unit() as unit:
        await unit.connection.run_sync(
            unmatched_receipts.save_unmatched_receipts,
            unit.database,
            [
                (SignedReceipt("sms", "main", one), Mismatch.NO_DELIVERY)
                for one in (
                    Undelivered(
                        "+32470000701", "a", FailureReason.ADDRESS_DEAD, "to non.merci@example.org"
                    ),
                    Delivered("9.sms.9", "sent to 32470000701"),
                    Delivered("9.sms.8", "b"),
                )
            ],
            now=services.now(),
        )
    assert {table for table, _ in traces(await all_that_is_kept(services))} == {
        "recipient", "search_key", "delivery", "one_time_token", "unmatched_receipt",
    }  # fmt: skip

    await recipient_lists.end_recipient(services, RecipientKind.PERSON, number, by=MILA)

    kept = await all_that_is_kept(services)
    assert traces(kept) == []
    assert list(kept_files(services)) == [harmless]
    assert harmless.casefold() in kept["import_job"]
    assert "somebody else" in kept["one_time_token"]
    assert "9.sms.8" in kept["unmatched_receipt"]
    sent = await rows_of(services, old.id, number)
    assert {row.state for row in sent.values()} <= {State.SENT, State.ACCEPTED}
    assert all(row.address.startswith(ERASED) for row in sent.values())
    assert sent["sms"].address != sent["email"].address
    unsent = await rows_of(services, waiting.id, number)
    assert unsent["sms"].address == sent["sms"].address, "the same key for all of one person's"
    assert (unsent["sms"].state, unsent["sms"].failure_reason) == (
        State.EXPIRED,
        FailureReason.OPTED_OUT,
    )
    other = await rows_of(services, old.id, await number_of(services, person(1).phone))
    assert other["sms"].address == person(1).phone
    assert f"'deliveries': 4, 'receipts': 2, 'uploads': {len(FILES) + 1}, 'forms': 1" in str(
        kept["ledger"]
    ), kept["ledger"]


async def test_what_waited_is_not_sent_and_the_rest_is(desk: Desk) -> None:
    await desk.registers(person(1), person(2))
    await desk.issues(channels=["sms"])
    await desk.plans()
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    await desk.works()
    sms = desk.services.channels["sms"]
    assert [to for to, *_ in sms.sent] == [person(2).phone]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0470/00.07.01", True),
        ("4,70000701E+08", True),
        ("+32 (0)470 00 07 01", True),
        ("mailto:NON.merci@xn--bcher-kva.example", True),
        ("0470000702", False),
        ("another@example.org", False),
        ("", False),
    ],
)
def test_an_address_is_recognised_however_it_is_written(text: str, found: bool) -> None:
    assert mentions(text, ["+32470000701", "non.merci@bücher.example"]) is found
