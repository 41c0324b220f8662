"""Erasing one person changes no row that does not hold a whole address of theirs.

A reference is an address where a list takes it for one; what providers wrote is looked at, never
what we did; files and forms of people who work elsewhere stay.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.actions.accounts import saved_forms
from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.channel import Delivered, FailureReason, SignedReceipt, Undelivered
from alerting.domain.delivery import Mismatch
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind, mentions, own_addresses
from alerting.services import Services
from alerting.store.deliveries import unmatched_receipts
from alerting.store.tables import import_job, one_time_token, recipient, unmatched_receipt
from tests.desk import MILA
from tests.make import person
from tests.territory import CITY, TOWN, Country
from tests.uploads import keep_upload
from tests.web.conftest import AsRole

HEAD = "reference;language;municipality;phone;email"
SHORT = ["@", "+", "e@", "@be", "+3", "sms", "lost", "PK", "a@b", ".", "-", "0", "+324", "%", "_@_"]
"""References that look like the beginning of an address, and are none."""


def packed(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<si><t>{text}</t></si>")
    return made.getvalue()


async def keeps(services: Services, *receipts: tuple[SignedReceipt, Mismatch]) -> None:
    async with services.unit() as unit:
        await unit.connection.run_sync(
            unmatched_receipts.save_unmatched_receipts, unit.database, receipts, now=services.now()
        )


async def comes_and_goes(services: Services, by: Officer, reference: str, **more: str) -> None:
    phone, email = more.get("phone", "0470555009"), more.get("email", "")
    data = f"{HEAD}\n{reference};nl;Gent;{phone};{email}\n".encode()
    kind = RecipientKind.PERSON
    await importing.import_file(services, data, file="a.csv", kind=kind, by=by)
    async with services.reading() as reading:
        number = await reading.connection.scalar(sa.select(sa.func.max(recipient.c.id)))
    assert number is not None
    await recipient_lists.end_recipient(services, kind, number, by=by)


async def kept(services: Services) -> list[str]:
    """All rows that erasing may take something out of, and which are nobody's on the list."""
    async with services.reading() as reading:
        return [
            str(row)
            for table in (unmatched_receipt, import_job, one_time_token)
            for row in (await reading.connection.execute(sa.select(table))).all()
        ]


OTHERS = [
    (
        SignedReceipt(
            "email", "email",
            Undelivered("to x@else.be", "r@1", FailureReason.ADDRESS_DEAD, "bounce of a@b.be"),
        ),
        Mismatch.NO_DELIVERY,
    ),
    (SignedReceipt("sms", "gateway", Delivered("78.sms.1", "SX+32470")), Mismatch.EARLY),
    (
        SignedReceipt(
            "sms", "gateway",
            Undelivered("77.sms.2", "SM2", FailureReason.ADDRESS_DEAD, "undelivered 30003"),
        ),
        Mismatch.NO_TRY,
    ),
]  # fmt: skip


@pytest.mark.parametrize("reference", SHORT)
async def test_a_reference_that_is_no_address_erases_nothing(
    services: Services, as_role: Callable[[Role], AsRole], reference: str
) -> None:
    country = await Country(services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    await keeps(services, *OTHERS)
    for by in (MILA, gent):
        for content in (b"x;fr;4000;;anne.e@example.org", b"PK\x03\x04 torn", packed("e@b.be")):
            await keep_upload(services, content, by=by)
        await saved_forms.save_form(services, by.name, {"note": "a@b.be +32470 PK e@x.be"})
    before = await kept(services)
    await comes_and_goes(services, gent, reference)
    assert await kept(services) == before
    shown = await as_role(Role.AUDITOR).get("/api/unmatched-receipts")
    assert shown.status_code == 200


async def test_files_and_forms_of_people_who_work_elsewhere_stay(services: Services) -> None:
    country = await Country(services).founded()
    gent, liege = [await country.officer(Role.COMMUNICATOR, one) for one in (TOWN, CITY)]
    for by in (gent, liege, MILA):
        for content in (b"x;nl;Gent;0470555009;", packed("0470 55 50 09"), packed("0470999999")):
            await keep_upload(services, content, by=by)
        await saved_forms.save_form(services, by.name, {"phone": "0470/55.50.09"})
    await comes_and_goes(services, gent, "g-1")
    async with services.reading() as reading:
        files = list(await reading.connection.scalars(sa.select(import_job.c.officer)))
        forms = list(await reading.connection.scalars(sa.select(one_time_token.c.officer)))
    assert sorted(files) == sorted([gent.name] + 3 * [liege.name] + 3 * [MILA.name])
    assert sorted(forms) == sorted([liege.name, MILA.name])


PHONE, MAIL = "+32470555009", "zo.e+k@example.org"
HOLDS = [
    "+32470555009", "0032470555009", "to 0470 55 50 09.", "32(0)470/55.50.09", "4,70555009E+08",
    "<zo.e+k@example.org>", "ZO.E+K@Example.org", "mailto:zo.e+k@example.org.",
]  # fmt: skip
HOLDS_NOT = [
    "470555", "+324705550091", "932470555009", "0470555008", "55009", "e+k@example.org",
    "azo.e+k@example.org", "x.zo.e+k@example.org", "zo.e+k@example.organic", "zo.e+k@", "@", "",
    "zo.e+k@mail.example.org", "example.org", "sms", "gateway", "0471555009",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "held"), [*((one, True) for one in HOLDS), *((one, False) for one in HOLDS_NOT)]
)
def test_a_whole_address_is_told_from_a_part_of_one(text: str, held: bool) -> None:
    assert mentions(text, [PHONE, MAIL]) is held


@dataclass(frozen=True)
class Written:
    """What a provider wrote in the three fields that are its own."""

    key: str
    reference: str
    code: str


words = st.one_of(
    st.sampled_from([*HOLDS, *HOLDS_NOT]), st.text(st.sampled_from("e@+.32470z"), max_size=12)
)
written = st.builds(Written, words, words, words)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(written, max_size=6, unique_by=lambda one: (one.key, one.reference)),
    reason=st.sampled_from([Mismatch.EARLY, Mismatch.NO_TRY]),
    reference=st.one_of(st.sampled_from([*SHORT, PHONE, MAIL]), st.text("e@+.32470z", min_size=1)),
)
async def test_only_receipts_with_a_whole_address_change(
    services: Services, rows: list[Written], reason: Mismatch, reference: str
) -> None:
    addresses = own_addresses(replace(person(1, phone=PHONE, email=MAIL), reference=reference))
    async with services.unit() as unit:
        await unit.connection.execute(sa.delete(unmatched_receipt))
    dead = FailureReason.UNREACHABLE
    made = [Undelivered(one.key, one.reference, dead, one.code) for one in rows]
    await keeps(services, *((SignedReceipt("sms", "gateway", one), reason) for one in made))
    before = await all_receipts(services)
    async with services.unit() as unit:
        number = await unmatched_receipts.erase(unit.connection, addresses)
    after = await all_receipts(services)
    looked_at = ("key", "code") if reason is Mismatch.EARLY else ("key", "reference", "code")
    held = [
        one for one in rows if any(mentions(getattr(one, name), addresses) for name in looked_at)
    ]
    assert number == len(held) == len(before) - len(before & after)
    assert {one[3:] for one in after} <= {("undelivered", reason.value, dead.value)}


async def all_receipts(services: Services) -> set[tuple[str, ...]]:
    """All that was kept of each receipt, in words."""
    async with services.reading() as reading:
        found = await reading.connection.execute(
            sa.select(
                unmatched_receipt.c.key,
                unmatched_receipt.c.reference,
                unmatched_receipt.c.provider_code,
                unmatched_receipt.c.kind,
                unmatched_receipt.c.reason,
                unmatched_receipt.c.failure_reason,
            )
        )
        return {tuple(row) for row in found}
