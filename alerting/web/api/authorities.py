"""Authorities for programs: their level, territory and languages."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions import change_requests
from alerting.actions.authorities import accounts, lists, on_call, translators
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import Authority, Level
from alerting.domain.authority_list import AuthorityList
from alerting.domain.change_request import Act
from alerting.domain.channel_profiles import X
from alerting.domain.language import Language
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.change_requests import ChangeRequestOut
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayConfirmRequests, MayManageFresh, MayRead
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/authorities", tags=["authorities"], responses=PROBLEMS, route_class=RepeatableRoute
)


class AuthorityOut(BaseModel):
    """An authority."""

    code: str
    level: Level
    names: dict[Language, str]
    languages: list[Language]
    whole_country: bool
    territory: Annotated[
        list[str], Field(description="NIS codes of municipalities; empty for the whole country")
    ]
    senders: dict[str, dict[Language, str]]

    @classmethod
    def of(cls, authority: Authority) -> "AuthorityOut":
        """From the domain."""
        return cls(
            code=authority.code,
            level=authority.level,
            names=dict(authority.names),
            languages=list(authority.languages),
            whole_country=authority.territory.everywhere,
            territory=sorted(authority.territory.codes),
            senders={name: dict(texts) for name, texts in authority.senders.items()},
        )


@router.get("", summary="Every authority, by code")
async def list_authorities(request: Request, officer: MayRead) -> list[AuthorityOut]:
    """A partner sees only itself."""
    found = await authorities.list_authorities(state_of(request).services, by=officer)
    return [AuthorityOut.of(one) for one in found]


@router.get("/{code}", summary="One authority")
async def read(
    request: Request,
    code: Annotated[str, Path(max_length=64, examples=["national"])],
    officer: MayRead,
) -> AuthorityOut:
    """Creating or changing one takes two people: see the requests."""
    return AuthorityOut.of(
        await authorities.get_authority(state_of(request).services, code, by=officer)
    )


Code = Annotated[str, Path(max_length=64, examples=["liege"])]


class ListEntryOut(BaseModel):
    """An entry that a text may use."""

    authority: Annotated[str, Field(description="Whose entry it is: its own, or one above")]
    list: AuthorityList
    key: str
    texts: dict[Language, str]


class ListEntryIn(BaseModel):
    """An entry to add or change, or the one to end."""

    model_config = ConfigDict(extra="forbid")

    list: AuthorityList
    key: Annotated[str, Field(max_length=64, examples=["hall-sart-tilman", "+3242215000"])]
    change: lists.ListEntryChange = lists.ListEntryChange.ADD
    texts: Annotated[
        dict[Language, Annotated[str, Field(max_length=200)]], Field(default_factory=dict)
    ]


class UsableOut(BaseModel):
    """What an authority may use on a channel."""

    accounts: list[str]
    all_newsrooms: bool
    newsrooms: Annotated[
        list[str], Field(description="References besides those inside its territory and languages")
    ]


class AccountIn(BaseModel):
    """An account or newsroom that may be used, or no longer."""

    model_config = ConfigDict(extra="forbid")

    channel: Annotated[str, Field(max_length=32, examples=[X.name])]
    account: Annotated[str, Field(max_length=128, examples=["liege"])]
    change: lists.ListEntryChange = lists.ListEntryChange.ADD


@router.get("/{code}/lists", summary="What an authority's texts may choose from")
async def entries(request: Request, code: Code, officer: MayRead) -> list[ListEntryOut]:
    """Its own entries and those of authorities above it, by list and key."""
    found = await lists.list_entries(state_of(request).services, code, by=officer)
    return [
        ListEntryOut(
            authority=entry.authority, list=entry.list, key=entry.key, texts=dict(entry.texts)
        )
        for entry in found
    ]


@router.post("/{code}/lists", status_code=201, summary="Request to add, change or end an entry")
async def request_entry(
    request: Request, code: Code, wanted: ListEntryIn, officer: MayConfirmRequests
) -> ChangeRequestOut:
    """Another user confirms it within 24 hours: see the requests."""
    details = {"authority": code, **wanted.model_dump(mode="json")}
    services = state_of(request).services
    return ChangeRequestOut.model_validate(
        await change_requests.request_change(
            services, KINDS, Act.KEEP_LIST_ENTRY, details, by=officer
        )
    )


@router.get("/{code}/accounts", summary="Which accounts and newsrooms an authority may use")
async def usable(request: Request, code: Code, officer: MayRead) -> dict[str, UsableOut]:
    """By channel."""
    found = await accounts.usable_accounts(state_of(request).services, code, by=officer)
    return {
        name: UsableOut(
            accounts=list(one.accounts),
            all_newsrooms=one.all_newsrooms,
            newsrooms=list(one.newsrooms),
        )
        for name, one in found.items()
    }


@router.post("/{code}/accounts", status_code=201, summary="Request an account or newsroom")
async def request_account(
    request: Request, code: Code, wanted: AccountIn, officer: MayConfirmRequests
) -> ChangeRequestOut:
    """Two administrators of the whole country add one; the authority's own may end it."""
    details = {"authority": code, **wanted.model_dump(mode="json")}
    services = state_of(request).services
    return ChangeRequestOut.model_validate(
        await change_requests.request_change(services, KINDS, Act.KEEP_ACCOUNT, details, by=officer)
    )


class OnCallOut(BaseModel):
    """An entry of an on-call list."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    officer: str
    place: Annotated[int, Field(description="1 is called first")]
    starts_at: datetime
    ends_at: datetime


@router.get("/{code}/on-call", summary="Who is on call for an authority")
async def list_on_call(request: Request, code: Code, officer: MayRead) -> list[OnCallOut]:
    """What is not over, by place and hour."""
    on_calls = await on_call.list_on_call(state_of(request).services, code, by=officer)
    return [OnCallOut.model_validate(one) for one in on_calls]


@router.post("/{code}/on-call", status_code=201, summary="Put a user on the on-call list")
async def add_on_call(
    request: Request, code: Code, wanted: on_call.OnCallRequest, officer: MayManageFresh
) -> OnCallOut:
    """The first who may approve is called first; the next after five minutes without a decision."""
    made = await on_call.add_on_call(state_of(request).services, code, wanted, by=officer)
    return OnCallOut.model_validate(made)


@router.delete(
    "/{code}/on-call/{number}", status_code=204, summary="Take an entry off the on-call list"
)
async def remove_on_call(
    request: Request,
    code: Code,
    number: Annotated[int, Path(ge=1, le=MAX_INTEGER)],
    officer: MayManageFresh,
) -> None:
    """No one is called by it any more."""
    await on_call.remove_on_call(state_of(request).services, code, number, by=officer)


class TranslatorOut(BaseModel):
    """An entry of a list of translators."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    officer: str
    language: Annotated[Language, Field(description="The one they translate into")]


@router.get("/{code}/translators", summary="Who translates for an authority")
async def list_translators(request: Request, code: Code, officer: MayRead) -> list[TranslatorOut]:
    """By language and name."""
    found = await translators.list_translators(state_of(request).services, code, by=officer)
    return [TranslatorOut.model_validate(translator) for translator in found]


@router.post("/{code}/translators", status_code=201, summary="Put a user on the translators' list")
async def add_translator(
    request: Request, code: Code, wanted: translators.TranslatorRequest, officer: MayManageFresh
) -> TranslatorOut:
    """They are asked by e-mail where a draft of the authority lacks words in that language."""
    translator = await translators.add_translator(
        state_of(request).services, code, wanted, by=officer
    )
    return TranslatorOut.model_validate(translator)


@router.delete(
    "/{code}/translators/{number}",
    status_code=204,
    summary="Take an entry off the translators' list",
)
async def remove_translator(
    request: Request,
    code: Code,
    number: Annotated[int, Path(ge=1, le=MAX_INTEGER)],
    officer: MayManageFresh,
) -> None:
    """They see no request to the list any more."""
    await translators.remove_translator(state_of(request).services, code, number, by=officer)
