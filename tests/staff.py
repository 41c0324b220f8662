"""People with accounts: invited, confirmed and let in the way they really are."""

import re
from dataclasses import dataclass

import pyotp

from alerting.actions import change_requests
from alerting.actions.accounts import (
    administration,
    enrolment,
    invitations,
    memberships,
    mobile_numbers,
    password_links,
    sign_in,
)
from alerting.actions.accounts.credentials import ClientContext
from alerting.actions.accounts.invitations import Invitation
from alerting.actions.accounts.sign_in import PendingSignIn, SignedIn
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.change_requests import DecidedChange
from alerting.actions.staff_notifications import inbox, outbox
from alerting.domain.account import Account
from alerting.domain.change_request import ChangeRequest
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.doubles import Clock, ScriptedChannel

PASSWORD = "vier woorden zonder verband"
OFFICE = ClientContext(network="192.0.2.10", client="Firefox · Linux")
ADA, BO = Officer("ada", Role.ADMINISTRATOR), Officer("bo", Role.ADMINISTRATOR)


def wanted(
    name: str, role: Role, email: str = "", authority: str = "national", *, training: bool = False
) -> Invitation:
    return Invitation(
        name=name,
        email=email or f"{name}@crisis.example",
        full_name=f"{''.join(filter(str.isalpha, name)).title()} Peeters",
        language=Language.NL,
        role=role,
        authority=authority,
        training=training,
    )


@dataclass
class Member:
    """Somebody with an account, and what they hold: a password, an app, a paper with codes."""

    services: Services
    clock: Clock
    name: str
    role: Role
    app: str = ""
    codes: tuple[str, ...] = ()
    device: str = ""

    @property
    def officer(self) -> Officer:
        return Officer(self.name, self.role)

    async def account(self) -> Account:
        return await administration.account_named(self.services, self.name)

    def code(self, **shift: float) -> str:
        """What the app shows; the clock moves on first, so that the code is a new one."""
        self.clock.forward(**(shift or {"seconds": 31}))
        return pyotp.TOTP(self.app).at(self.clock.now)

    async def types_password(
        self, password: str = PASSWORD, where: ClientContext = OFFICE
    ) -> PendingSignIn | SignedIn:
        return await sign_in.sign_in_by_password(
            self.services, name=self.name, password=password, where=where
        )

    async def signs_in(self, where: ClientContext = OFFICE) -> SignedIn:
        got = await self.types_password(where=where)
        if isinstance(got, PendingSignIn):
            got = await sign_in.sign_in_by_code(
                self.services, got.secret, code=self.code(), where=where
            )
        return got


async def comes_in(services: Services, clock: Clock, link: str, name: str, role: Role) -> Member:
    """Open the link, choose a password, set up an app."""
    key = link.partition("key=")[2]
    got = await password_links.set_password_by_link(services, key, PASSWORD, where=OFFICE)
    member = Member(services, clock, name, role)
    if isinstance(got, PendingSignIn):
        setup = await enrolment.begin_totp(services, await member.account())
        member.app = setup.secret
        made = await enrolment.confirm_totp(
            services,
            await member.account(),
            setup.one_time_token,
            member.code(),
            by=OFFICE.actor(await member.account()),
        )
        member.codes = tuple(made)
        await sign_in.complete_second_factor(services, got.secret, where=OFFICE)
    return member


async def administrator(services: Services, clock: Clock, name: str) -> Member:
    """One of the first two, made on the server."""
    link = await invitations.make_first_administrator(
        services, wanted(name, Role.ADMINISTRATOR), by=SHELL
    )
    return await comes_in(services, clock, link, name, Role.ADMINISTRATOR)


async def member(
    services: Services,
    clock: Clock,
    name: str,
    role: Role,
    authority: str = "national",
    *,
    training: bool = False,
) -> Member:
    """Asked for by one administrator, confirmed by another, come in by the letter."""
    invitation = wanted(name, role, authority=authority, training=training)
    number = await invitations.request_invitation(services, invitation, by=ADA)
    await confirm(services, number, by=BO)
    return await comes_in(services, clock, last_link(services), name, role)


async def send_mails(services: Services) -> int:
    """What a worker does of e-mails to users; how many were taken."""
    await inbox.queue_mails(services)
    return await outbox.send_due(services)


def texts(services: Services) -> list[tuple[str, str]]:
    """Text messages that went out by the first route: to which number, and what they say."""
    channel = services.routes["sms"][0]
    assert isinstance(channel, ScriptedChannel)
    return [(to, text) for to, _, text in channel.sent]


def last_code(services: Services) -> str:
    """The code of the last text message."""
    return str(re.findall(r"\b[0-9]{6}\b", texts(services)[-1][1])[0])


async def has_mobile(services: Services, who: Officer, number: str) -> None:
    """Somebody sets their number and types the code that comes there."""
    await mobile_numbers.send_code(services, number, by=who)
    await mobile_numbers.confirm_number(services, last_code(services), by=who)


def emails(services: Services) -> list[tuple[str, str]]:
    """Letters that went out: to whom, and what they say."""
    channel = services.channels["email"]
    assert isinstance(channel, ScriptedChannel)
    return [(to, text) for to, _, text in channel.sent]


def last_link(services: Services) -> str:
    """The link of the last e-mail."""
    found = re.findall(r"https?://\S+", emails(services)[-1][1])
    return str(found[0])


async def confirm(services: Services, number: int, *, by: Officer) -> DecidedChange:
    """Carry a request out, as the second person."""
    return await change_requests.confirm_change(services, KINDS, number, by=by)


async def shut_out(services: Services, membership: int) -> None:
    """End a membership, by two where one is not enough."""
    asked = await memberships.end_membership(services, membership, by=ADA)
    if asked is not None:
        await confirm(services, asked, by=BO)


async def reject(services: Services, number: int, *, by: Officer) -> ChangeRequest:
    """Reject a request."""
    return await change_requests.reject_change(services, KINDS, number, by=by)
