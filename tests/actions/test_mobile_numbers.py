"""A user's own mobile number counts once a code that was sent there is typed.

Nobody floods a stranger's telephone, nobody sets another's number, and its user hears of each
change.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerting.actions.accounts import administration, emergency_accounts, mobile_numbers
from alerting.actions.operations import retention
from alerting.credentials.passwords import Hasher
from alerting.domain.channel import Deferred, FailureReason, Refused
from alerting.domain.errors import (
    BadRequest,
    CodeNotSent,
    NotAllowed,
    NotPossible,
    TooManyCodes,
    WrongCode,
)
from alerting.domain.ledger import SHELL
from alerting.domain.mobile_number import (
    CODE_LASTS,
    COUNTED_WITHIN,
    MAX_CODES_BY_ONE,
    MAX_CODES_TO_NUMBER,
    MAX_WRONG_CODES,
)
from alerting.domain.officer import Officer, Permission, Role
from alerting.mailer import ChannelTexter
from alerting.services import Services
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from alerting.store.tables import account, metadata, mobile_code
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services
from tests.staff import (
    ADA,
    administrator,
    emails,
    has_mobile,
    last_code,
    member,
    send_mails,
    texts,
    wanted,
)

CAS, DINA = Officer("cas", Role.APPROVER), Officer("dina", Role.APPROVER)
NUMBER, OTHER = "+32470123456", "+32478654321"
DOWN = Deferred(FailureReason.DOWN)


@pytest.fixture
async def services(database: Database, clock: Clock) -> AsyncIterator[Services]:
    made = make_services(database, clock)
    await administrator(made, clock, "ada")
    await administrator(made, clock, "bo")
    for one in (CAS, DINA):
        await member(made, clock, one.name, one.role)
    await send_mails(made)
    yield made
    await made.speller.aclose()


async def number_of(services: Services, who: Officer = CAS) -> str:
    return (await administration.account_named(services, who.name)).mobile


async def asks(services: Services, number: str = NUMBER, *, by: Officer = CAS) -> str:
    """For a code; the code."""
    await mobile_numbers.send_code(services, number, by=by)
    return last_code(services)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def told(services: Services, since: int = 0) -> list[tuple[str, str]]:
    """Whom the service wrote to, and the subject's first words."""
    await send_mails(services)
    return [(to.partition("@")[0], text) for to, text in emails(services)][since:]


async def test_a_number_counts_once_its_code_is_typed(services: Services) -> None:
    code = await asks(services, "0470 12 34 56")
    assert texts(services)[-1][0] == NUMBER
    assert not await number_of(services)
    assert (await mobile_numbers.own_numbers(services, by=CAS)).code_sent_to == NUMBER
    await mobile_numbers.confirm_number(services, f" {code[:3]} {code[3:]} ", by=CAS)
    assert await number_of(services) == NUMBER
    assert not (await mobile_numbers.own_numbers(services, by=CAS)).code_sent_to


@pytest.mark.parametrize(
    "number", ["+32470123456", "0470/12.34.56", "+33612345678", "+31612345678", "+4915123456789"]
)
async def test_belgian_and_foreign_mobile_numbers_are_taken(
    number: str, services: Services
) -> None:
    await has_mobile(services, CAS, number)
    assert (await number_of(services)).startswith("+")


@pytest.mark.parametrize(
    "number",
    [
        "0903 12 345",
        "+32903 12345",
        "02 512 34 56",
        "+881612345678",
        "12",
        "",
        "abc",
        "+14155552671",
    ],
)
async def test_numbers_that_cost_more_or_take_no_texts_are_refused(
    number: str, services: Services
) -> None:
    with pytest.raises(BadRequest):
        await asks(services, number)
    assert not texts(services)


async def test_a_wrong_code_is_refused_and_after_five_so_is_the_right_one(
    services: Services,
) -> None:
    code = await asks(services)
    for _ in range(MAX_WRONG_CODES):
        with pytest.raises(WrongCode):
            await mobile_numbers.confirm_number(services, other(code), by=CAS)
    with pytest.raises(WrongCode):
        await mobile_numbers.confirm_number(services, code, by=CAS)
    assert not await number_of(services)


async def test_attempts_at_once_are_counted_each(services: Services) -> None:
    code = await asks(services)
    wrong = [mobile_numbers.confirm_number(services, other(code), by=CAS) for _ in range(12)]
    assert all(
        isinstance(one, WrongCode) for one in await asyncio.gather(*wrong, return_exceptions=True)
    )
    async with services.reading() as reading:
        counted = await reading.connection.scalar(sa.select(mobile_code.c.attempts))
    assert counted == MAX_WRONG_CODES


async def test_a_code_is_over_after_ten_minutes_or_by_the_next(
    services: Services, clock: Clock
) -> None:
    first = await asks(services)
    second = await asks(services, OTHER)
    if first != second:
        with pytest.raises(WrongCode):
            await mobile_numbers.confirm_number(services, first, by=CAS)
    clock.now += CODE_LASTS
    with pytest.raises(WrongCode):
        await mobile_numbers.confirm_number(services, second, by=CAS)


async def test_a_code_opens_once_and_nothing_of_a_colleague(services: Services) -> None:
    code = await asks(services)
    with pytest.raises(WrongCode):
        await mobile_numbers.confirm_number(services, code, by=DINA)
    confirmed = await asyncio.gather(
        *(mobile_numbers.confirm_number(services, code, by=CAS) for _ in range(3)),
        return_exceptions=True,
    )
    assert [one for one in confirmed if one is None] == [None]


async def test_one_user_has_few_codes_sent_a_day(services: Services, clock: Clock) -> None:
    for n in range(MAX_CODES_BY_ONE):
        await asks(services, f"+3247012345{n}")
    with pytest.raises(TooManyCodes):
        await asks(services, OTHER)
    assert len(texts(services)) == MAX_CODES_BY_ONE
    clock.now += COUNTED_WITHIN
    await asks(services, OTHER)


async def test_who_may_have_no_more_codes_costs_no_hash(services: Services) -> None:
    class Forbidden(Hasher):
        async def hash(self, password: str) -> str:
            raise AssertionError

    for n in range(MAX_CODES_BY_ONE):
        await asks(services, f"+3247012345{n}")
    with pytest.raises(TooManyCodes):
        await asks(replace(services, hasher=Forbidden()), OTHER)


async def test_a_stranger_gets_few_codes_a_day_and_whose_number_it_is_still_gets_theirs(
    services: Services,
) -> None:
    for _ in range(MAX_CODES_TO_NUMBER):
        await asks(services, by=CAS)
    await asks(services, by=CAS)  # their own bound is another
    with pytest.raises(TooManyCodes):
        await asks(services, by=DINA)


async def test_a_token_of_some_scopes_neither_sets_nor_removes_a_number(
    services: Services,
) -> None:
    limited = replace(CAS, scopes=frozenset({Permission.READ}))
    for act in (
        mobile_numbers.send_code(services, NUMBER, by=limited),
        mobile_numbers.confirm_number(services, "123456", by=limited),
        mobile_numbers.remove_number(services, by=limited),
    ):
        with pytest.raises(BadRequest, match="limited to some scopes"):
            await act


async def test_asked_for_at_once_codes_are_counted_each(services: Services) -> None:
    asked = [mobile_numbers.send_code(services, NUMBER, by=(CAS, DINA)[n % 2]) for n in range(8)]
    await asyncio.gather(*asked, return_exceptions=True)
    # Each may have as many before the other had too many, and no more than their own bound.
    sent = len(texts(services))
    assert MAX_CODES_TO_NUMBER <= sent < MAX_CODES_BY_ONE + MAX_CODES_TO_NUMBER


async def test_its_user_is_written_to_of_every_change(services: Services) -> None:
    since = len(emails(services))
    await has_mobile(services, CAS, NUMBER)
    await has_mobile(services, CAS, OTHER)
    await mobile_numbers.remove_number(services, by=CAS)
    mails = await told(services, since)
    assert [name for name, _ in mails] == ["cas"] * 3
    assert not any(one[1:] in text for _, text in mails for one in (NUMBER, OTHER))


async def test_the_number_of_before_counts_until_another_is_confirmed(services: Services) -> None:
    await has_mobile(services, CAS, NUMBER)
    code = await asks(services, OTHER)
    assert await number_of(services) == NUMBER
    await mobile_numbers.confirm_number(services, code, by=CAS)
    assert await number_of(services) == OTHER


async def test_an_administrator_removes_and_never_sets(services: Services) -> None:
    await has_mobile(services, CAS, NUMBER)
    since = len(await told(services))
    with pytest.raises(NotAllowed):
        await mobile_numbers.remove_number_of(services, "cas", by=DINA)
    await mobile_numbers.remove_number_of(services, "cas", by=ADA)
    assert not await number_of(services)
    assert [name for name, _ in await told(services, since)] == ["cas"]
    with pytest.raises(BadRequest):
        await mobile_numbers.remove_number_of(services, "cas", by=ADA)
    await asks(services, OTHER, by=ADA)
    assert not await number_of(services), "what an administrator asks for is their own"


async def test_removing_ends_the_code_on_its_way(services: Services) -> None:
    await has_mobile(services, CAS, NUMBER)
    code = await asks(services, OTHER)
    await mobile_numbers.remove_number(services, by=CAS)
    with pytest.raises(WrongCode):
        await mobile_numbers.confirm_number(services, code, by=CAS)


async def test_no_table_but_two_holds_the_number_and_none_does_once_the_account_is_closed(
    services: Services,
) -> None:
    await has_mobile(services, CAS, NUMBER)
    code = await asks(services, OTHER)
    holding, texts_of_all = set(), ""
    async with services.reading() as reading:
        for table in metadata.sorted_tables:
            rows = str((await reading.connection.execute(sa.select(table))).all())
            texts_of_all += rows
            if NUMBER[1:] in rows or OTHER[1:] in rows:
                holding.add(table.name)
    assert holding == {account.name, mobile_code.name}
    assert f"'{code}'" not in texts_of_all, "a code is kept hashed only"
    await administration.end_account(services, "cas", by=SHELL)
    async with services.reading() as reading:
        for table in metadata.sorted_tables:
            rows = str((await reading.connection.execute(sa.select(table))).all())
            assert NUMBER[1:] not in rows
            assert OTHER[1:] not in rows


async def test_the_audit_log_says_what_was_done_without_the_number(services: Services) -> None:
    await has_mobile(services, CAS, NUMBER)
    await mobile_numbers.remove_number(services, by=CAS)
    async with services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection)
    found = [one for one in entries if one.what.startswith("mobile.")]
    assert {one.what for one in found} == {"mobile.code-sent", "mobile.set", "mobile.removed"}
    assert NUMBER[1:] not in str(found)


async def test_a_representation_shows_no_number(services: Services) -> None:
    await has_mobile(services, CAS, NUMBER)
    await asks(services, OTHER)
    shown = repr(await administration.account_named(services, "cas"))
    shown += repr(await mobile_numbers.own_numbers(services, by=CAS))
    assert NUMBER not in shown
    assert OTHER not in shown


async def test_codes_are_deleted_after_a_day(services: Services, clock: Clock) -> None:
    await asks(services)
    clock.now += COUNTED_WITHIN
    await retention.delete_expired(services)
    async with services.reading() as reading:
        assert not (await reading.connection.execute(sa.select(mobile_code))).all()


async def test_a_code_goes_by_the_second_route_and_what_no_route_takes_is_said(
    services: Services,
) -> None:
    first = ScriptedChannel("sms", script=[DOWN], route="main")
    second = ScriptedChannel("sms", script=[], route="second")
    by_two = replace(services, texter=ChannelTexter([first, second]))
    await mobile_numbers.send_code(by_two, NUMBER, by=CAS)
    assert [to for to, _, _ in second.sent] == [NUMBER]
    refused = ScriptedChannel("sms", script=[Refused(FailureReason.ADDRESS_DEAD)])
    with pytest.raises(CodeNotSent):
        await mobile_numbers.send_code(
            replace(services, texter=ChannelTexter([refused])), OTHER, by=CAS
        )


async def test_without_a_gateway_that_is_said(services: Services) -> None:
    with pytest.raises(NotPossible):
        await mobile_numbers.send_code(replace(services, routes={}), NUMBER, by=CAS)


async def test_an_emergency_account_has_no_number(services: Services) -> None:
    await emergency_accounts.make_emergency_account(
        services, wanted("break-glass", Role.ADMINISTRATOR), by=SHELL
    )
    with pytest.raises(BadRequest):
        await asks(services, by=Officer("break-glass", Role.ADMINISTRATOR))
