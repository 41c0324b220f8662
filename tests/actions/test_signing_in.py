"""Signing in: two factors, each code once, the same work for every name, slower after failures."""

import asyncio

import pytest

from alerting.actions.accounts import (
    administration,
    factors,
    invitations,
    login_throttle,
    password_links,
    sessions,
    sign_in,
)
from alerting.actions.accounts.credentials import ClientContext
from alerting.actions.accounts.sign_in import PendingSignIn, SignedIn
from alerting.credentials import passwords
from alerting.domain.errors import (
    CodeAlreadyUsed,
    InvalidCredentials,
    NotSignedIn,
    TooManyAttempts,
    WeakPassword,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.store import Database
from tests.actions.test_accounts import recorded
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import OFFICE, PASSWORD, confirm, emails, last_link, member

ELSEWHERE = ClientContext(network="203.0.113.77")


async def test_a_password_alone_opens_no_session(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    half = await mila.types_password()
    assert isinstance(half, PendingSignIn)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, half.secret)


async def test_a_role_that_only_reads_signs_in_with_a_password(
    services: Services, clock: Clock
) -> None:
    august = await member(services, clock, "august", Role.AUDITOR)
    assert isinstance(await august.types_password(), SignedIn)


async def test_a_second_factor_is_set_up_before_anything_else(
    services: Services, clock: Clock
) -> None:
    from tests.staff import ADA, BO, wanted

    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    await confirm(services, number, by=BO)
    key = last_link(services).partition("key=")[2]
    half = await password_links.set_password_by_link(services, key, PASSWORD, where=OFFICE)
    assert isinstance(half, PendingSignIn)
    with pytest.raises(NotSignedIn):
        await sign_in.complete_second_factor(services, half.secret, where=OFFICE)


@pytest.mark.parametrize("shift", [-30, 0, 30])
async def test_a_clock_may_be_wrong_by_one_step(
    services: Services, clock: Clock, shift: int
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    clock.forward(minutes=5)
    code = mila.code(seconds=shift)
    clock.forward(seconds=-shift)
    half = await mila.types_password()
    assert await sign_in.sign_in_by_code(services, half.secret, code=code, where=OFFICE)  # type: ignore[union-attr]


@pytest.mark.parametrize("shift", [-61, 61])
async def test_a_clock_that_is_wrong_by_more_is_refused(
    services: Services, clock: Clock, shift: int
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    clock.forward(minutes=5)
    code = mila.code(seconds=shift)
    clock.forward(seconds=-shift)
    half = await mila.types_password()
    with pytest.raises(InvalidCredentials):
        await sign_in.sign_in_by_code(services, half.secret, code=code, where=OFFICE)  # type: ignore[union-attr]


async def test_a_code_opens_once_and_its_repetition_is_recorded(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    code = mila.code()
    first, second = await mila.types_password(), await mila.types_password()
    await sign_in.sign_in_by_code(services, first.secret, code=code, where=OFFICE)  # type: ignore[union-attr]
    with pytest.raises(CodeAlreadyUsed):
        await sign_in.sign_in_by_code(services, second.secret, code=code, where=OFFICE)  # type: ignore[union-attr]
    assert (await recorded(services)).count("code.replayed") == 1


async def test_of_two_with_the_same_code_at_once_one_gets_in(
    database: Database, clock: Clock
) -> None:
    services = make_services(database, clock)
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    halves = [await mila.types_password() for _ in range(2)]
    code = mila.code()
    ended = await asyncio.gather(
        *(
            sign_in.sign_in_by_code(services, half.secret, code=code, where=OFFICE)  # type: ignore[union-attr]
            for half in halves
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in ended) == ["CodeAlreadyUsed", "SignedIn"]


async def test_a_recovery_code_opens_once(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    assert len(mila.codes) == 10
    half = await mila.types_password()
    code = mila.codes[0].upper().replace("-", " ")
    await sign_in.sign_in_by_code(services, half.secret, code=code, where=OFFICE)  # type: ignore[union-attr]
    half = await mila.types_password()
    with pytest.raises(InvalidCredentials):
        await sign_in.sign_in_by_code(services, half.secret, code=code, where=OFFICE)  # type: ignore[union-attr]


async def test_half_a_sign_in_ends_after_five_wrong_codes(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    half = await mila.types_password()
    for _ in range(5):
        clock.forward(minutes=1)
        with pytest.raises(InvalidCredentials):
            await sign_in.sign_in_by_code(services, half.secret, code="000000", where=OFFICE)  # type: ignore[union-attr]
    clock.forward(minutes=2)
    with pytest.raises(NotSignedIn):
        await sign_in.sign_in_by_code(services, half.secret, code=mila.code(), where=OFFICE)  # type: ignore[union-attr]


async def test_an_unknown_name_costs_the_same_work_and_gets_the_same_answer(
    services: Services, clock: Clock
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    answers, work = [], []
    for name in ("mila", "nobody", "mila@crisis.example", "nobody@crisis.example"):
        before = services.hasher.verified
        with pytest.raises(InvalidCredentials) as refused:
            await sign_in.sign_in_by_password(
                services, name=name, password="not the password at all", where=OFFICE
            )
        answers.append(str(refused.value))
        work.append(services.hasher.verified - before)
    assert len(set(answers)) == 1
    assert work == [1, 1, 1, 1]


async def test_an_ended_account_answers_as_an_unknown_one(services: Services, clock: Clock) -> None:

    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    await administration.end_account(services, "mila", by=SHELL)
    before = services.hasher.verified
    with pytest.raises(InvalidCredentials):
        await mila.types_password()
    assert services.hasher.verified == before + 1


async def fails(services: Services, name: str, where: ClientContext, times: int) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await sign_in.sign_in_by_password(
                services, name=name, password="wrong" * 4, where=where
            )


async def test_each_failure_after_some_costs_a_longer_wait(
    services: Services, clock: Clock
) -> None:
    await fails(services, "nobody", ELSEWHERE, 5)
    waits = []
    for _ in range(4):
        with pytest.raises(TooManyAttempts) as refused:
            await fails(services, "nobody", ELSEWHERE, 1)
        waits.append(int(str(refused.value.facts["seconds"])))
        clock.forward(seconds=waits[-1])
        await fails(services, "nobody", ELSEWHERE, 1)
    assert waits == [1, 2, 4, 8]


async def test_others_failures_do_not_keep_the_duty_officer_out(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    await fails(services, "mila", ELSEWHERE, 5)
    with pytest.raises(TooManyAttempts):
        await mila.types_password("not hers at all", where=ELSEWHERE)
    assert await mila.signs_in()
    assert await mila.signs_in(ELSEWHERE)


async def test_even_from_the_same_network_a_known_device_has_its_own_budget(
    services: Services, clock: Clock
) -> None:
    august = await member(services, clock, "august", Role.AUDITOR)
    entered = await august.signs_in()
    await fails(services, "august", OFFICE, 5)
    with pytest.raises(TooManyAttempts):
        await august.types_password()
    assert await august.signs_in(ClientContext(network=OFFICE.network, device=entered.device))


async def test_a_device_is_known_for_its_holder_only(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    joris = await member(services, clock, "joris", Role.APPROVER)
    entered = await joris.signs_in()
    here = ClientContext(network=OFFICE.network, device=entered.device)
    await fails(services, "mila", here, 5)
    with pytest.raises(TooManyAttempts):
        await mila.types_password("not hers at all", where=here)


async def test_many_tries_at_once_do_not_pass_together(services: Services, clock: Clock) -> None:
    ended = await asyncio.gather(
        *(
            sign_in.sign_in_by_password(
                services, name="nobody", password="wrong" * 4, where=ELSEWHERE
            )
            for _ in range(9)
        ),
        return_exceptions=True,
    )
    assert (
        sorted(type(one).__name__ for one in ended)
        == ["InvalidCredentials"] * 5 + ["TooManyAttempts"] * 4
    )


async def test_one_network_that_tries_many_names_is_slowed(
    services: Services, clock: Clock
) -> None:
    async with services.unit() as unit:
        for serial in range(60):
            counted = login_throttle.sign_in_limits(
                "password", name=f"n{serial}", network="203.0.113.5"
            )
            await login_throttle.consume_attempt(services, unit, counted)
    with pytest.raises(TooManyAttempts):
        await fails(services, "another", ELSEWHERE, 1)


async def test_an_office_where_many_sign_in_well_is_not_slowed(
    services: Services, clock: Clock
) -> None:
    august = await member(services, clock, "august", Role.AUDITOR)
    for _ in range(70):
        assert await august.types_password()


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("unix", "unix"),
    ],
)
def test_a_network_is_what_one_customer_commonly_gets(address: str, prefix: str) -> None:
    assert login_throttle.network_prefix(address) == prefix


async def test_a_session_nobody_uses_ends_and_a_used_one_ends_too(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    idle = await mila.signs_in()
    clock.forward(minutes=31)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, idle.session)
    used = await mila.signs_in()
    for _ in range(24 * 2 - 1):
        clock.forward(minutes=15)
        await sessions.officer_by_session(services, used.session)
    clock.forward(minutes=15)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, used.session)


async def test_a_new_password_ends_every_session_and_is_told_by_email(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    entered = await mila.signs_in()
    await password_links.request_password_reset(
        services, "Mila@crisis.example", network="192.0.2.1"
    )
    key = last_link(services).partition("key=")[2]
    half = await password_links.set_password_by_link(
        services, key, "een heel ander lang wachtwoord", where=OFFICE
    )
    assert isinstance(half, PendingSignIn)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, entered.session)
    with pytest.raises(InvalidCredentials):
        await mila.types_password()
    assert "gewijzigd" in emails(services)[-1][1]


async def test_a_link_from_an_email_works_once(services: Services, clock: Clock) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    await password_links.request_password_reset(
        services, "mila@crisis.example", network="192.0.2.1"
    )
    key = last_link(services).partition("key=")[2]
    with pytest.raises(WeakPassword):
        await password_links.set_password_by_link(services, key, "too short", where=OFFICE)
    await password_links.set_password_by_link(
        services, key, "een heel ander lang wachtwoord", where=OFFICE
    )
    with pytest.raises(NotSignedIn):
        await password_links.set_password_by_link(
            services, key, "nog een heel ander wachtwoord", where=OFFICE
        )


async def test_nobody_gets_an_email_for_an_address_nobody_has(services: Services) -> None:
    await password_links.request_password_reset(
        services, "nobody@crisis.example", network="192.0.2.1"
    )
    assert emails(services) == []


async def test_a_proof_makes_a_session_fresh(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    entered = await mila.signs_in()
    clock.forward(minutes=10)
    session = await sessions.get_session(services, entered.session)
    with pytest.raises(
        InvalidCredentials
    ):  # where there is an app, a password alone proves too little
        await factors.reauthenticate(
            services,
            await mila.account(),
            session.id,
            password=PASSWORD,
            code="",
            where=OFFICE,
        )
    await factors.reauthenticate(
        services, await mila.account(), session.id, password="", code=mila.code(), where=OFFICE
    )
    assert (await sessions.get_session(services, entered.session)).confirmed_at == clock.now


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        pytest.param("kort", passwords.PasswordFault.SHORT, id="short"),
        pytest.param("x" * 129, passwords.PasswordFault.LONG, id="long"),
        pytest.param("aaaaaaaaaaaaaaaa", passwords.PasswordFault.COMMON, id="one letter"),
        pytest.param("password1234", passwords.PasswordFault.COMMON, id="on every list"),
        pytest.param("PASSWORD1234", passwords.PasswordFault.COMMON, id="the same in capitals"),
        pytest.param("qwertyuiop123", passwords.PasswordFault.COMMON, id="the keyboard"),
        pytest.param("ik ben Peeters en jij", passwords.PasswordFault.NAMED, id="the name"),
        pytest.param("vier woorden zonder verband", None, id="a sentence"),
        pytest.param("zônder-ñ-verbøden!", None, id="any letters"),
    ],
)
def test_a_password_is_refused_for_what_others_would_guess(
    password: str, fault: passwords.PasswordFault | None
) -> None:
    assert passwords.fault_of(password, about=("mila", "Mila Peeters", "m.p@x.be")) is fault


async def test_a_keyboard_may_spell_the_same_letters_otherwise(services: Services) -> None:
    kept = await services.hasher.hash("cafe\u0301 cafe\u0301 cafe\u0301")
    assert (await services.hasher.verify("caf\u00e9 caf\u00e9 caf\u00e9", kept))[0]
