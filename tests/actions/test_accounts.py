"""Accounts: two administrators let somebody in, one ends it, and nothing outlives an account."""

import asyncio

import pytest

from alerting.actions.accounts import (
    administration,
    credentials,
    emergency_accounts,
    enrolment,
    invitations,
    magic_links,
    sessions,
    tokens,
)
from alerting.actions.staff_notifications import outbox
from alerting.domain.credential import CredentialKind
from alerting.domain.errors import (
    AlreadyDecided,
    BadRequest,
    NameTaken,
    NeedsOtherPerson,
    NotAllowed,
    NotForTokens,
    NotSignedIn,
    TokenReplayed,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Permission, Role
from alerting.services import Services
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import ADA, BO, administrator, comes_in, confirm, emails, member, reject, wanted


async def recorded(services: Services) -> list[str]:
    async with services.reading() as reading:
        return [one.what for one in await ledger_rows.entries(reading.connection)]


async def test_whoever_invites_does_not_confirm(services: Services) -> None:
    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, number, by=ADA)
    assert emails(services) == []
    await confirm(services, number, by=BO)
    assert [to for to, _ in emails(services)] == ["mila@crisis.example"]


async def test_an_email_is_in_the_language_of_its_reader(services: Services) -> None:
    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    await confirm(services, number, by=BO)
    assert "uitgenodigd" in emails(services)[0][1]


async def test_without_a_mail_server_the_link_is_shown_instead(
    sqlite: Database, clock: Clock
) -> None:
    alone = make_services(sqlite, clock, over={})
    number = await invitations.request_invitation(alone, wanted("mila", Role.COMMUNICATOR), by=ADA)
    done = await confirm(alone, number, by=BO)
    assert (await comes_in(alone, clock, done.secret, "mila", Role.COMMUNICATOR)).app


async def test_two_who_confirm_at_once_let_one_person_in_once(
    database: Database, clock: Clock
) -> None:
    services = make_services(database, clock)
    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    third = Officer("cleo", Role.ADMINISTRATOR)
    ended = await asyncio.gather(
        confirm(services, number, by=BO),
        confirm(services, number, by=third),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if isinstance(one, Exception)] == [AlreadyDecided]
    assert len(emails(services)) == 1
    assert await recorded(services) == [
        "change_request.made",
        "account.made",
        "membership.granted",
        "change_request.confirmed",
    ]


async def test_a_double_click_asks_once(database: Database, clock: Clock) -> None:
    services = make_services(database, clock)
    first, second = await asyncio.gather(
        *(
            invitations.request_invitation(services, wanted("mila", Role.COMMUNICATOR), by=ADA)
            for _ in range(2)
        )
    )
    assert first == second
    assert await recorded(services) == ["change_request.made"]


async def test_a_name_is_never_given_to_somebody_else(services: Services, clock: Clock) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    await administration.end_account(services, "mila", by=SHELL)
    with pytest.raises(NameTaken):
        await invitations.request_invitation(
            services, wanted("mila", Role.AUDITOR, "other@crisis.example"), by=ADA
        )


async def test_only_administrators_invite(services: Services) -> None:
    with pytest.raises(NotAllowed):
        await invitations.request_invitation(
            services, wanted("x", Role.AUDITOR), by=Officer("joris", Role.APPROVER)
        )


async def test_what_was_declined_may_be_asked_for_again(services: Services) -> None:
    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    await reject(services, number, by=ADA)
    with pytest.raises(AlreadyDecided):
        await confirm(services, number, by=BO)
    assert await invitations.request_invitation(services, wanted("mila", Role.COMMUNICATOR), by=ADA)


async def test_a_role_changes_open_sessions_at_once(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    entered = await mila.signs_in()
    number = await administration.request_role(services, "mila", Role.AUDITOR, by=ADA)
    found = await sessions.officer_by_session(services, entered.session)
    assert found.role is Role.COMMUNICATOR
    await confirm(services, number, by=BO)
    found = await sessions.officer_by_session(services, entered.session)
    assert found.role is Role.AUDITOR


async def test_nobody_confirms_their_own_promotion(services: Services, clock: Clock) -> None:
    await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    number = await administration.request_role(services, "bo", Role.APPROVER, by=ADA)
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, number, by=BO)


async def test_ending_an_account_ends_everything_of_its_holder(
    services: Services, clock: Clock
) -> None:
    older = await tokens.make_token(services, Officer("mila", Role.COMMUNICATOR), by=SHELL)
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    entered = await mila.signs_in()
    link = await magic_links.make_link(services, mila.officer)
    await administration.end_account(services, "mila", by=SHELL)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, entered.session)
    with pytest.raises(TokenReplayed):
        await tokens.officer_by_token(services, older)
    with pytest.raises(NotSignedIn):
        await magic_links.sign_in(services, link)
    with pytest.raises(NotSignedIn):
        await mila.types_password()


async def test_the_server_makes_two_administrators_and_no_more(
    services: Services, clock: Clock
) -> None:
    await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    with pytest.raises(BadRequest):
        await invitations.make_first_administrator(
            services, wanted("cleo", Role.ADMINISTRATOR), by=SHELL
        )


async def test_opening_the_emergency_account_is_recorded_and_announced(
    services: Services, clock: Clock
) -> None:
    from alerting.actions.accounts import sign_in
    from tests.staff import OFFICE

    await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    password, codes = await emergency_accounts.make_emergency_account(
        services, wanted("glass", Role.ADMINISTRATOR), by=SHELL
    )
    half = await sign_in.sign_in_by_password(
        services, name="glass", password=password, where=OFFICE
    )
    assert isinstance(half, sign_in.PendingSignIn)
    entered = await sign_in.sign_in_by_code(services, half.secret, code=codes[0], where=OFFICE)
    await sign_in.notify_sign_in(services, entered)
    await outbox.send_due(services)
    warned = [to for to, text in emails(services) if "glass" in text]
    both = ["ada@crisis.example", "bo@crisis.example"]
    assert warned == [*both, *both]  # when it was made, and when it was used
    assert (await recorded(services))[-1] == "break-glass.used"


async def test_a_token_opens_nothing_before_an_administrator_confirmed_it(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    secret = await administration.request_token(services, by=mila.officer, scopes=[Permission.READ])
    with pytest.raises(NotSignedIn):
        await tokens.officer_by_token(services, secret)
    _, waiting = await administration.list_accounts(services, by=ADA)
    await confirm(services, waiting.items[0].id, by=ADA)
    found = await tokens.officer_by_token(services, secret)
    assert found.may(Permission.READ)
    assert not found.may(Permission.SEND)


async def test_a_token_cannot_hold_more_than_its_holder(services: Services, clock: Clock) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    with pytest.raises(BadRequest):
        await administration.request_token(
            services, by=mila.officer, scopes=[Permission.MANAGE_ACCESS]
        )


async def test_a_revoked_token_that_is_tried_again_is_recorded_once(
    services: Services, clock: Clock
) -> None:
    secret = await tokens.make_token(services, ADA, by=SHELL)
    [one] = await tokens.list_tokens(services, by=ADA)
    await tokens.end_token(services, one.id, by=SHELL)
    for _ in range(3):
        with pytest.raises(TokenReplayed):
            await tokens.officer_by_token(services, secret)
    assert (await recorded(services)).count("token.replayed") == 1


async def test_the_last_use_of_a_token_is_written_once_a_minute(
    services: Services, clock: Clock
) -> None:
    secret = await tokens.make_token(services, ADA, by=SHELL)
    seen = []
    for seconds in (0, 30, 31):
        clock.forward(seconds=seconds)
        await tokens.officer_by_token(services, secret)
        seen.append((await tokens.list_tokens(services, by=ADA))[0].used_at)
    assert seen[0] == seen[1] != seen[2] == clock.now


async def test_an_old_token_of_the_short_form_still_opens(services: Services) -> None:
    from alerting.store.accounts import credentials as credential_rows

    secret = "alt_" + "x" * 43
    ada = await tokens.officer_by_token(services, await tokens.make_token(services, ADA, by=SHELL))
    async with services.unit() as unit:
        await credential_rows.add(
            unit.connection,
            kind=CredentialKind.TOKEN,
            secret_hash=credentials.hash_of(secret),
            officer=ada,
            created_at=services.now(),
            expires_at=services.now() + tokens.TOKEN_LASTS,
        )
    assert (await tokens.officer_by_token(services, secret)).name == "ada"


async def test_a_token_of_somebody_with_an_account_is_no_way_around_the_second_factor(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    secret = await tokens.make_token(services, mila.officer, by=SHELL)
    with pytest.raises(NotSignedIn, match="only be used by programs"):
        await magic_links.sign_in(services, secret)


async def test_the_last_second_factor_of_a_role_that_needs_one_stays(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    with pytest.raises(BadRequest, match="second factor"):
        await enrolment.remove_totp(services, await mila.account(), by=mila.officer)
    auditor = await member(services, clock, "august", Role.AUDITOR)
    assert auditor.app == ""


async def test_what_is_watched_for_long_learns_that_the_session_ended(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    entered = await mila.signs_in()
    session = await sessions.get_session(services, entered.session)
    assert await sessions.is_session_alive(services, session)
    await administration.end_account(services, "mila", by=SHELL)
    assert not await sessions.is_session_alive(services, session)


async def test_a_token_opens_no_session(services: Services) -> None:
    token = await tokens.make_token(services, Officer("prog", Role.AUDITOR), by=SHELL)
    with pytest.raises(NotForTokens):
        await magic_links.sign_in(services, token)
