"""Requests, memberships, tokens and accounts of officers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from alerting.actions import change_requests
from alerting.actions.accounts import (
    administration,
    invitations,
    memberships,
    mobile_numbers,
    tokens,
)
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.store.accounts import repository as account_rows
from tests.permissions.trial import ADA, Call, Row, Trial, plain


async def member_request(one: Trial) -> Call:
    made = await one.requested(Act.GRANT_MEMBERSHIP, one.membership())
    return Call(KINDS, made.id)


async def requests_seen(one: Trial) -> Call:
    made = await one.requested(Act.GRANT_MEMBERSHIP, one.membership())
    return Call().showing(lambda found: made.id in [request.id for request in found.items])


async def requested_member(one: Trial) -> Call:
    return Call(KINDS, Act.GRANT_MEMBERSHIP, one.membership())


async def own_token(one: Trial) -> Call:
    """Another each time: asked for twice, one is refused."""
    return Call(lasts=timedelta(days=1 + next(one.serial) % 300))


async def member(one: Trial) -> Call:
    return Call((await one.second()).membership)


async def members_seen(one: Trial) -> Call:
    colleague = await one.second()
    return Call().showing(lambda found: colleague.name in [member.officer for member in found])


async def tokens_seen(one: Trial) -> Call:
    colleague = await one.second()
    await tokens.make_token(one.services, colleague, by=SHELL)
    return Call().showing(lambda found: colleague.name in [token.officer.name for token in found])


async def accounts_seen(one: Trial) -> Call:
    name = await one.account()
    return Call().showing(lambda found: name in [account.name for account in found[0]])


async def account_request(one: Trial) -> Call:
    asked = await invitations.request_invitation(one.services, one.invitation(), by=ADA)
    return Call(KINDS, asked)


async def account_name(one: Trial, *more: Any) -> Call:
    return Call(await one.account(), *more)


async def requested_closing(one: Trial) -> Call:
    return Call(KINDS, Act.END_ACCOUNT, {"officer": await one.account()})


async def own_number(one: Trial) -> Call:
    await one.signed_in()
    return await numbered_account(one, one.by.name, Call())


async def number_held(one: Trial) -> Call:
    name = await one.account()
    return await numbered_account(one, name, Call(name))


async def numbered_account(one: Trial, name: str, call: Call) -> Call:
    """Somebody with an account has confirmed a number."""
    async with one.services.unit() as unit:
        found = await account_rows.find_account(unit.connection, name=name)
        assert found is not None
        await account_rows.update_account(unit.connection, found.id, mobile="+32470123456")
    return call


ROWS: Mapping[str, Row] = {
    "see requests": Row(change_requests.list_change_requests, requests_seen),
    "request a membership": Row(change_requests.request_change, requested_member),
    "confirm a membership": Row(change_requests.confirm_change, member_request),
    "refuse a membership": Row(change_requests.reject_change, member_request),
    "end a membership": Row(memberships.end_membership, member),
    "see memberships": Row(memberships.list_memberships, members_seen),
    "see tokens": Row(tokens.list_tokens, tokens_seen),
    "see accounts": Row(administration.list_accounts, accounts_seen),
    "request an account": Row(invitations.request_invitation, lambda one: plain(one.invitation())),
    "request another role": Row(
        administration.request_role, lambda one: account_name(one, Role.APPROVER)
    ),
    "request one's own token": Row(administration.request_token, own_token),
    "confirm an account": Row(change_requests.confirm_change, account_request),
    "refuse an account": Row(change_requests.reject_change, account_request),
    "manage an account": Row(administration.require_may_manage_account, account_name),
    "request to close an account": Row(change_requests.request_change, requested_closing),
    "change one's own mobile number": Row(mobile_numbers.remove_number, own_number),
    "remove a user's mobile number": Row(mobile_numbers.remove_number_of, number_held),
    "send an invitation again": Row(invitations.resend_invitation, account_name),
}
