"""A user's own mobile number, for the text messages that call them: confirmed by a code sent there.

Only its user sets it; an administrator may remove it. Whoever's it is hears of every change by
e-mail, so that nobody who took over a session turns the calls to another telephone unseen. Nothing
that is recorded or logged holds the number.
"""

import secrets
from dataclasses import dataclass, field

from alerting.actions.accounts.account_mails import notify_mobile_removed, notify_mobile_set
from alerting.actions.accounts.administration import account_named, require_may_manage_account
from alerting.actions.officers import known
from alerting.actions.staff_notifications.text import CODE, in_one_segment
from alerting.domain.account import Account
from alerting.domain.channel_profiles import SMS
from alerting.domain.delivery import State
from alerting.domain.errors import (
    BadRequest,
    CodeNotSent,
    NotPossible,
    TooManyCodes,
    WrongCode,
)
from alerting.domain.mobile_number import (
    CODE_LASTS,
    COUNTED_WITHIN,
    MAX_CODES_BY_ONE,
    MAX_CODES_TO_NUMBER,
    MAX_WRONG_CODES,
    new_code,
    written_plainly,
)
from alerting.domain.officer import Officer, Permission
from alerting.domain.phone_numbers import is_mobile
from alerting.domain.staff_notification import message_key
from alerting.domain.text.i18n import msgid
from alerting.importing.phone_numbers import RefusedNumber, read_number
from alerting.services import Services
from alerting.store import staff_messages as message_rows
from alerting.store.accounts import mobile_codes
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.mobile_codes import SentCode
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

TEXTS = msgid("Sending text messages")
SET_UP = msgid("Ask an administrator to set up the SMS channel.")
NOT_MOBILE = msgid("This is not a mobile number: text messages cannot reach it")
SAME_NUMBER = msgid("This is already your confirmed mobile number")
SHARED_ACCOUNT = msgid("An emergency account has no mobile number: no one person holds it")
LIMITED = msgid("A token limited to some scopes does not change the mobile number of its user")
NO_NUMBER = msgid("“{name}” has no mobile number")


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """A user's mobile numbers, in E.164; each empty where there is none."""

    confirmed: str = field(repr=False)
    code_sent_to: str = field(repr=False)
    """The one that the last code confirms, while it is valid."""


async def send_code(services: Services, typed: str, *, by: Officer) -> None:
    """Send a code to the number that somebody says is theirs; it takes the place of any before.

    Raises BadRequest for a number that no text message reaches, or is sent to here; TooManyCodes;
    NotPossible without a gateway; CodeNotSent where none took it, which counts as sent.
    """
    by.must(Permission.READ)
    if SMS.name not in services.channels:
        raise NotPossible(what=TEXTS, remedy=SET_UP)
    number = _read(services, typed)
    account = await _own(services, by)
    if account.mobile == number:
        raise BadRequest(SAME_NUMBER)
    async with services.reading() as reading:
        await _require_room(services, reading, account, number)  # before the work of hashing
    code = new_code()
    code_hash = await services.hasher.hash(code)
    async with services.unit() as unit:
        await unit.database.lock_ledger(unit.connection)  # of two at once, one counts the other
        await _require_room(services, unit, account, number)
        await mobile_codes.add(
            unit.connection,
            account=account.id,
            number=number,
            code_hash=code_hash,
            now=services.now(),
            until=services.now() + CODE_LASTS,
        )
        await _record(services, unit, account, "mobile.code-sent", by=by)
    became = await services.texter.send(
        to=number,
        language=account.language,
        text=in_one_segment(account.language, CODE, {"code": code}),
        key=message_key(0, more=secrets.token_hex(8)),
        valid_for=CODE_LASTS,
    )
    if became.state in {State.WAITING, State.FAILED}:
        raise CodeNotSent


async def confirm_number(services: Services, code: str, *, by: Officer) -> None:
    """Take the number a code was sent to; WrongCode where it is not the last one, or over."""
    by.must(Permission.READ)
    account = await _own(services, by)
    async with services.unit() as unit:
        sent = await _waiting(services, unit, account)
        if sent is None or not await mobile_codes.count_attempt(
            unit.connection, sent.id, most=MAX_WRONG_CODES
        ):
            raise WrongCode
    right, _ = await services.hasher.verify(written_plainly(code), sent.code_hash)
    if not right:
        raise WrongCode
    async with services.unit() as unit:
        if not await mobile_codes.use(unit.connection, sent.id):
            raise WrongCode
        await account_rows.update_account(unit.connection, account.id, mobile=sent.number)
        await _record(services, unit, account, "mobile.set", by=by)
        await notify_mobile_set(services, unit, account)


async def remove_number(services: Services, *, by: Officer) -> None:
    """Take one's own number away, and any code on its way."""
    by.must(Permission.READ)
    await _remove(services, await _own(services, by), by=by)


async def remove_number_of(services: Services, name: str, *, by: Officer) -> None:
    """Take a user's number away, as an administrator of every authority they work for."""
    await require_may_manage_account(services, name, by=by)
    await _remove(services, await account_named(services, name), by=by)


async def own_numbers(services: Services, *, by: Officer) -> OwnNumbers:
    """The numbers of whoever asks."""
    by.must(Permission.READ)
    account = await _own(services, by, changes=False)
    async with services.reading() as reading:
        sent = await _waiting(services, reading, account)
    return OwnNumbers(account.mobile, sent.number if sent else "")


def _read(services: Services, typed: str) -> str:
    try:
        number = read_number(typed, services.phone_countries)
    except RefusedNumber as refused:
        raise BadRequest(refused.reason, **refused.facts) from None
    if not is_mobile(number):
        raise BadRequest(NOT_MOBILE)
    return number


async def _own(services: Services, by: Officer, *, changes: bool = True) -> Account:
    """Their account. What changes it is not for tokens limited to some scopes: NotAllowed."""
    if changes and by.scopes is not None:
        raise BadRequest(LIMITED)
    account = known(await account_named(services, by.name))
    if account.emergency:
        raise BadRequest(SHARED_ACCOUNT)
    return account


async def _require_room(
    services: Services, reading: ReadTransaction, account: Account, number: str
) -> None:
    since = services.now() - COUNTED_WITHIN
    by_one, to_number = await mobile_codes.sent_since(
        reading.connection, since, account=account.id, number=number
    )
    if by_one >= MAX_CODES_BY_ONE or to_number >= MAX_CODES_TO_NUMBER:
        raise TooManyCodes


async def _waiting(
    services: Services, reading: ReadTransaction, account: Account
) -> SentCode | None:
    return await mobile_codes.waiting(
        reading.connection, account.id, now=services.now(), most=MAX_WRONG_CODES
    )


async def _remove(services: Services, account: Account, *, by: Officer) -> None:
    async with services.unit() as unit:
        if not account.mobile:
            raise BadRequest(NO_NUMBER, name=account.name)
        await mobile_codes.end_all(unit.connection, account.id)
        await account_rows.update_account(unit.connection, account.id, mobile="")
        await message_rows.drop_waiting(unit.connection, account.id, SMS.name)
        await _record(services, unit, account, "mobile.removed", by=by)
        await notify_mobile_removed(services, unit, account, by=by.name)


async def _record(
    services: Services, unit: UnitOfWork, account: Account, what: str, *, by: Officer
) -> None:
    await unit.record(what, by=by, about=f"officer/{account.name}", at=services.now())
