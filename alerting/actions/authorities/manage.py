"""The authorities of this installation: looked up by anyone in, set up by two people."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from alerting.actions import authorization
from alerting.actions.change_requests import Details, Matter
from alerting.actions.places import refresh
from alerting.checks.names import why_no_contact, why_no_name, why_no_telephone, why_not_called
from alerting.domain.authority import (
    NATIONAL,
    RANK,
    SENDER_NAMES,
    TELEPHONE,
    Authority,
    Level,
    Territory,
)
from alerting.domain.authority_names import alike, governments
from alerting.domain.change_request import ChangeRequest
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.language import LEGAL, Language
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.domain.text.links import leads_to, links_in
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store.authorities import repository as authority_rows
from alerting.store.authorities.repository import AuthorityRow

CODE = r"^[a-z0-9][a-z0-9-]{1,62}$"
Code = Annotated[str, Field(pattern=CODE)]
Word = Annotated[str, Field(max_length=400)]
PAGE = re.compile(r"https://[a-z0-9.-]+(?:/[^\s<>\"]*)?")
SEVERAL_LINES = frozenset({"press_contact"})
"""Of the names that texts use, those whose lines are kept."""

TOO_HIGH = msgid("An authority can set up or change others only at its own level or below")
MOST_PLACES = 700
"""More than there are municipalities, provinces and regions."""
TOO_MANY = msgid(
    "The territory of an authority can have at most {most} places: name a province or a region "
    "instead"
)
TOO_SMALL = msgid("The territory of an authority needs at least one place")
TAKEN = msgid("“{authority}” already has this name, or one that is easily mistaken for it")


class AuthorityDetails(Details):
    """An authority as it is to be."""

    code: Code
    level: Level
    names: Annotated[dict[Language, Word], Field(min_length=1)]
    territory: Annotated[
        list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=600)
    ]
    """Places as people write them: the codes they mean are kept."""
    languages: Annotated[tuple[Language, ...], Field(max_length=4)] = LEGAL
    senders: Annotated[dict[str, dict[Language, Word]], Field(default_factory=dict)]
    """Of "authority", "town", "press_contact" and "url": the words in each language."""
    settings: Annotated[
        dict[Annotated[str, Field(max_length=64)], Word],
        Field(default_factory=dict, max_length=50),
    ]

    @field_validator("names")
    @classmethod
    def _named(cls, value: dict[Language, str]) -> dict[Language, str]:
        """Names stand in the first line of texts."""
        _must_be(why_no_name, value.values())
        return value

    @field_validator("settings")
    @classmethod
    def _plain(cls, value: dict[str, str]) -> dict[str, str]:
        """Settings are read by colleagues, on pages and in refusals."""
        for name, text in value.items():
            _must_be(why_no_name, (name,))
            _must_be(why_no_telephone if name == TELEPHONE else why_no_name, (text,))
        return value

    @field_validator("senders")
    @classmethod
    def _known(cls, value: dict[str, dict[Language, str]]) -> dict[str, dict[Language, str]]:
        """Only the names that texts use; pages are of the secure web."""
        if set(value) - set(SENDER_NAMES):
            raise ValueError(msgid("contains a name that the texts do not use"))
        if not all(PAGE.fullmatch(url) for url in value.get("url", {}).values()):
            raise ValueError(msgid("the address of the page must start with https://"))
        for name, texts in value.items():
            if name != "url":
                _must_be(why_no_contact if name in SEVERAL_LINES else why_no_name, texts.values())
        return value

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        """Nobody below the federal level is called as the government is, or looks so."""
        words = [*self.names.values(), *self.settings, *self.settings.values()]
        for name in ("authority", "town", "press_contact"):
            words += self.senders.get(name, {}).values()
        if self.level is not Level.FEDERAL and governments(words):
            raise ValueError(
                msgid("the name of the federal government, or a similar one, is not allowed")
            )
        for text in self.senders.get("press_contact", {}).values():
            if why_not_called(text):
                raise ValueError(msgid("the press contact has a premium-rate or unknown number"))
        return self


class KeepAuthority:
    """Set up an authority, or change one: its name, its territory, who speaks in its texts."""

    permission: ClassVar = Permission.MANAGE_AUTHORITIES
    details: ClassVar = AuthorityDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: AuthorityDetails,
        *,
        by: Officer,
    ) -> Matter:
        """What it is to have, and what it has, must both lie inside."""
        await refresh(services, reading.connection)
        codes = place_codes(services, details.territory)
        if RANK[details.level] > RANK[by.authority.level]:
            raise BadRequest(TOO_HIGH)
        before = await authority_rows.find_authority(reading.connection, details.code)
        if before is not None or details.code == NATIONAL.code:
            await authorization.require_may_manage(
                services, reading, self.permission, details.code, by=by
            )
        owner = details.code if before is not None else by.authority.code
        territory = authorization.territory_of(services, codes)
        await _must_have_own_name(services, reading, details)
        stands = _plain(before) if before else None
        return Matter(
            owner,
            territory,
            stands,
            above=_above(services, details, territory, before),
            before=stands or {},
        )

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: AuthorityDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Keep it."""
        await save_authority(services, unit, details, by=by)
        return ""


async def save_authority(
    services: Services, unit: UnitOfWork, details: AuthorityDetails, *, by: Officer | Actor
) -> None:
    """Write an authority, and who did; for whoever has seen to the second person."""
    codes = place_codes(services, details.territory)
    await authority_rows.save_authority(
        unit.connection,
        unit.database,
        AuthorityRow(
            code=details.code,
            level=details.level,
            names=details.names,
            territory=codes,
            languages=details.languages or LEGAL,
            senders=details.senders,
            settings=details.settings,
        ),
        now=services.now(),
    )
    await unit.record(
        "authority.kept",
        by=by,
        about=f"authority/{details.code}",
        at=services.now(),
        details={"level": details.level, "territory": list(codes)},
    )


async def save_from_shell(
    services: Services, details: AuthorityDetails, *, by: Officer | Actor
) -> None:
    """Keep an authority alone, from a shell on the server: see `memberships.shell_may`."""
    async with services.unit() as unit:
        await save_authority(services, unit, details, by=by)


async def list_authorities(services: Services, *, by: Officer) -> list[Authority]:
    """Every authority, by code, for everybody who may read; a partner sees only itself."""
    by.must(Permission.READ)
    if by.authority.partner:
        return [by.authority]
    async with services.reading() as reading:
        rows = await authority_rows.list_authorities(reading.connection)
    authorities = [authorization.authority_of(services, row) for row in rows]
    return (
        authorities
        if any(authority.code == NATIONAL.code for authority in authorities)
        else [NATIONAL, *authorities]
    )


async def get_authority(services: Services, code: str, *, by: Officer) -> Authority:
    """One authority."""
    by.must(Permission.READ)
    if by.authority.partner and code != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=code)
    async with services.reading() as reading:
        return await authorization.authority(services, reading.connection, code)


def place_codes(services: Services, places: list[str]) -> tuple[str, ...]:
    """The codes of places as people write them: a province stays a province.

    What names nothing larger becomes its municipalities.
    """
    codes: set[str] = set()
    parts = {part.strip() for text in places for part in text.split(",")} - {""}
    if len(parts) > MOST_PLACES:
        raise BadRequest(TOO_MANY, most=MOST_PLACES)
    for part in sorted(parts):
        codes.update(services.gazetteer.codes(part))
    if not codes:
        raise BadRequest(TOO_SMALL)
    return tuple(sorted(codes))


def _above(
    services: Services, details: AuthorityDetails, territory: Territory, before: AuthorityRow | None
) -> tuple[Authority, ...]:
    """Of whom somebody above must agree to what it says of itself: as it was, and is to be.

    A site or mail address that is not one of the installation's is the whole country's matter,
    whichever field it stands in.
    """
    official = services.composer.sender.hosts
    known = _links(before.senders) if before else frozenset()
    foreign = any(not leads_to(link, official) for _, link in _links(details.senders) - known)
    after = Authority(
        code=details.code, level=details.level, territory=territory, names=details.names
    )
    was = authorization.authority_of(services, before) if before else after
    same = before is not None and (
        (was.level, was.territory, dict(was.names), _words(was.senders))
        == (after.level, after.territory, dict(after.names), _words(details.senders))
    )
    return (*(() if same else (was, after)), *((NATIONAL,) if foreign else ()))


def _links(senders: Mapping[str, Mapping[Language, str]]) -> frozenset[tuple[str, str]]:
    """Every link and address, with the field it stands in: another field gives it more room."""
    return frozenset(
        (kind, link.shown)
        for kind, texts in senders.items()
        for text in texts.values()
        for link in links_in(text)
    )


def _words(senders: Mapping[str, Mapping[Language, str]]) -> dict[str, dict[Language, str]]:
    return {name: dict(texts) for name, texts in senders.items() if texts}


async def _must_have_own_name(
    services: Services, reading: ReadTransaction, details: AuthorityDetails
) -> None:
    """Nobody is called as another authority is."""
    mine = [*details.names.values(), *details.senders.get("authority", {}).values()]
    await require_no_authoritys_name(services, reading, mine, but=details.code)


async def require_no_authoritys_name(
    services: Services, reading: ReadTransaction, names: Iterable[str], *, but: str = ""
) -> None:
    """Refuse names that an authority bears already, or that look so; `but` is whose they may be."""
    mine = list(names)
    rows = await authority_rows.list_authorities(reading.connection)
    other_authorities = [authorization.authority_of(services, row) for row in rows]
    for other in (NATIONAL, *other_authorities):
        if other.code == but:
            continue
        theirs = [*other.names.values(), *other.senders.get("authority", {}).values()]
        if any(alike(name, one) for name in mine for one in theirs):
            raise BadRequest(TAKEN, authority=other.called)


def _plain(row: AuthorityRow) -> dict[str, Any]:
    """An authority as JSON values, also where it was kept before a rule it breaks."""
    return AuthorityDetails.model_construct(
        code=row.code,
        level=row.level,
        names=dict(row.names),
        territory=list(row.territory),
        languages=tuple(row.languages),
        senders={kind: dict(texts) for kind, texts in row.senders.items()},
        settings=dict(row.settings),
    ).model_dump(mode="json")


def _must_be(why_not: Callable[[str], str], words: Iterable[str]) -> None:
    for text in words:
        if reason := why_not(text):
            raise ValueError(reason)
