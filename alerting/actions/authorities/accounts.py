"""Which accounts and newsrooms an authority may use: looked up by anyone in, changed by two."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from alerting.actions import authorization
from alerting.actions.authorities.lists import ListEntryChange
from alerting.actions.authorities.manage import Code
from alerting.actions.change_requests import Details, Matter
from alerting.domain.authority import EVERYWHERE, NATIONAL
from alerting.domain.authority_list import SLUG
from alerting.domain.change_request import ChangeRequest
from alerting.domain.channel_accounts import WITH_ACCOUNTS, ChannelAccount, Usable, usable
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.recipients.revisions import next_revision

ACCOUNT = msgid("channel account")
NO_ACCOUNTS = msgid("“{channel}” is not set up here as a channel with accounts or newsrooms")
BAD_ACCOUNT = msgid("An account name may contain only lower-case letters, digits and hyphens")
THERE = msgid("“{authority}” may already use this account or newsroom")


class AccountDetails(Details):
    """What an authority is to use on a channel, or no longer."""

    authority: Code
    channel: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    account: Annotated[str, Field(min_length=1, max_length=128)]
    """An account of the channel's settings; of the press a newsroom's reference, or "all"."""
    change: ListEntryChange

    @model_validator(mode="after")
    def _plain(self) -> Self:
        """Names stand in pages and in the ledger: nothing invisible gets there."""
        if not self.account.isprintable():
            raise ValueError(msgid("contains characters that cannot be printed"))
        return self

    @property
    def row(self) -> ChannelAccount:
        """What is to be kept."""
        return ChannelAccount(authority=self.authority, channel=self.channel, account=self.account)


class KeepAccount:
    """Let an authority use an account or newsroom, or no longer."""

    permission: ClassVar = Permission.MANAGE_AUTHORITIES
    details: ClassVar = AccountDetails

    async def matter(
        self, services: Services, reading: ReadTransaction, details: AccountDetails, *, by: Officer
    ) -> Matter:
        """To add one is the whole country's matter: else a town would give itself its account.

        To end one is the authority's own.
        """
        owner = await authorization.authority(services, reading.connection, details.authority)
        channel = services.channels.get(details.channel)
        there = details.row in await authority_account_rows.living(
            reading.connection, details.authority, {details.channel}
        )
        if details.change is ListEntryChange.END:
            if not there:
                raise NotFound(what=ACCOUNT, number=details.account)
            return Matter(owner.code, owner.territory, there)
        if channel is None or reach_of(details.channel) not in WITH_ACCOUNTS:
            raise BadRequest(NO_ACCOUNTS, channel=details.channel)
        if reach_of(details.channel) is Reach.ACCOUNT and not SLUG.fullmatch(details.account):
            raise BadRequest(BAD_ACCOUNT)
        if there:
            raise BadRequest(THERE, authority=owner.called)
        return Matter(NATIONAL.code, EVERYWHERE, there)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: AccountDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Keep it, or end it."""
        now = services.now()
        if details.change is ListEntryChange.ADD:
            await authority_account_rows.add(unit.connection, details.row, now=now)
        else:
            await authority_account_rows.end(unit.connection, details.row, now=now)
        # Audiences may be others now: what was approved before is compared anew.
        await next_revision(unit.connection, unit.database)
        await unit.record(
            "account.allowed" if details.change is ListEntryChange.ADD else "account.withdrawn",
            by=by,
            about=f"authority/{details.authority}",
            at=now,
            details={"channel": details.channel, "account": details.account},
        )
        return ""


async def usable_accounts(services: Services, authority: str, *, by: Officer) -> dict[str, Usable]:
    """Channel with accounts or newsrooms -> what an authority may use there."""
    by.must(Permission.READ)
    if by.authority.partner and authority != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=authority)
    async with services.reading() as reading:
        owner = await authorization.authority(services, reading.connection, authority)
        rows = await authority_account_rows.living(reading.connection, authority)
    return {
        name: usable(
            owner,
            reach_of(name),
            {
                channel_account.account
                for channel_account in rows
                if channel_account.channel == name
            },
        )
        for name in sorted(services.channels)
        if reach_of(name) in WITH_ACCOUNTS
    }


async def rows(services: Services, authority: str, *, by: Officer) -> tuple[ChannelAccount, ...]:
    """What was agreed on for an authority, beside what its level gives it."""
    by.must(Permission.READ)
    if by.authority.partner and authority != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=authority)
    async with services.reading() as reading:
        await authorization.authority(services, reading.connection, authority)
        return await authority_account_rows.living(reading.connection, authority)
