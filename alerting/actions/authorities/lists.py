"""The lists an authority keeps: looked up by anyone in, changed by two people."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.actions.authorities.manage import Code, require_no_authoritys_name
from alerting.actions.change_requests import Details, Matter
from alerting.checks.names import why_no_name
from alerting.domain.authority import Level
from alerting.domain.authority_list import LONGEST_ENTRY, AuthorityList, ListEntry, right_key
from alerting.domain.authority_names import governments
from alerting.domain.change_request import ChangeRequest
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.language import LEGAL, Language
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store.authorities import lists as list_entry_rows

MOST_ENTRIES = 500
GOVERNMENTS = msgid("Entries on your lists must not name the federal government or BE-Alert")
ENTRY = msgid("list entry")
LANGUAGES_MISSING = msgid(
    "The entry needs a text in each language of the authority. Missing: {missing}"
)
TOO_MANY = msgid("A list can have at most {most} entries: remove one first")


class ListEntryChange(StrEnum):
    """What becomes of an entry."""

    ADD = "add"
    """Also where one with this key is there: its words change."""
    END = "end"


class ListEntryDetails(Details):
    """An entry as it is to be, or the one that is to end."""

    authority: Code
    list: AuthorityList
    key: Annotated[str, Field(max_length=64)]
    change: ListEntryChange
    texts: Annotated[
        dict[Language, Annotated[str, Field(min_length=1, max_length=LONGEST_ENTRY)]],
        Field(default_factory=dict),
    ]

    @field_validator("texts")
    @classmethod
    def _plain(cls, value: dict[Language, str]) -> dict[Language, str]:
        """Entries stand inside sentences, as names do."""
        for text in value.values():
            if reason := why_no_name(text):
                raise ValueError(reason)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """The key suits the list; words where it is added, none where it ends."""
        if not right_key(self.list, self.key):
            raise ValueError(
                msgid("the key must be a telephone number such as +3242215000")
                if self.list is AuthorityList.TELEPHONE
                else msgid("the key may contain only lower-case letters, digits and hyphens")
            )
        if bool(self.texts) is (self.change is ListEntryChange.END):
            raise ValueError(msgid("enter a text to add an entry; leave it empty to remove one"))
        return self


class KeepListEntry:
    """Add an entry to an authority's list, change its words, or end it."""

    permission: ClassVar = Permission.MANAGE_AUTHORITIES
    details: ClassVar = ListEntryDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: ListEntryDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The authority's own; it speaks all its languages, so an entry does."""
        owner = await authorization.authority(services, reading.connection, details.authority)
        authorization.require_territory(services, self.permission, owner.territory, by=by)
        existing_entries = await list_entry_rows.living(
            reading.connection, frozenset({owner.code}), details.list
        )
        known = details.key in {entry.key for entry in existing_entries}
        if details.change is ListEntryChange.END:
            if not known:
                raise NotFound(what=ENTRY, number=details.key)
        else:
            words = list(details.texts.values())
            if owner.level is not Level.FEDERAL and governments(words):
                raise BadRequest(GOVERNMENTS)
            await require_no_authoritys_name(services, reading, words)
            missing = [
                language for language in owner.languages or LEGAL if language not in details.texts
            ]
            if missing:
                raise BadRequest(LANGUAGES_MISSING, missing=", ".join(missing))
            if not known and len(existing_entries) >= MOST_ENTRIES:
                raise BadRequest(TOO_MANY, most=MOST_ENTRIES)
        now = [
            [entry.key, {str(k): v for k, v in entry.texts.items()}]
            for entry in existing_entries
            if entry.key == details.key
        ]
        before = {"texts": now[0][1]} if now else {}
        return Matter(owner.code, owner.territory, now, before=before)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: ListEntryDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Keep it, or end it."""
        await save_entry(services, unit, details, by=by)
        return ""


async def save_entry(
    services: Services, unit: UnitOfWork, details: ListEntryDetails, *, by: Officer | Actor
) -> None:
    """Write a change of a list, and who made it; for whoever has seen to the second person."""
    now = services.now()
    await list_entry_rows.end(
        unit.connection, details.authority, details.list, details.key, now=now
    )
    if details.change is ListEntryChange.ADD:
        entry = ListEntry(
            authority=details.authority, list=details.list, key=details.key, texts=details.texts
        )
        await list_entry_rows.add(unit.connection, entry, now=now)
    await unit.record(
        "list-entry.kept" if details.change is ListEntryChange.ADD else "list-entry.ended",
        by=by,
        about=f"authority/{details.authority}",
        at=now,
        details={
            "list": details.list,
            "key": details.key,
            **({"texts": dict(details.texts)} if details.texts else {}),
        },
    )


async def entries_in_force(
    services: Services,
    connection: AsyncConnection,
    authority: str,
    authority_list: AuthorityList | None = None,
) -> tuple[ListEntry, ...]:
    """What an authority may choose from: its own, and what those above keep for its territory.

    Above stands an authority of a higher level whose territory holds the whole of this one's.
    Where two keep the same key, the lower one's own words hold; the other is left out. One list,
    or all of them; by list and key.
    """
    chain = await authorization.chain(services, connection, authority)
    place = {one.code: n for n, one in enumerate(chain)}
    entries = await list_entry_rows.living(connection, frozenset(place), authority_list)
    nearest: dict[tuple[AuthorityList, str], ListEntry] = {}
    for entry in sorted(entries, key=lambda entry: place[entry.authority]):
        nearest.setdefault((entry.list, entry.key), entry)
    order = list(AuthorityList)
    return tuple(
        nearest[at] for at in sorted(nearest, key=lambda one: (order.index(one[0]), one[1]))
    )


async def list_entries(services: Services, authority: str, *, by: Officer) -> tuple[ListEntry, ...]:
    """All entries an authority may choose from, list by list, for people who work here."""
    by.must(Permission.READ)
    if by.authority.partner and authority != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=authority)
    async with services.reading() as reading:
        return await entries_in_force(services, reading.connection, authority)
