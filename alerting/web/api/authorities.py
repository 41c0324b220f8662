"""Authorities for programs: who speaks, where, and in which languages."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from alerting.actions.authorities import manage as authorities
from alerting.domain.authority import Authority, Level
from alerting.domain.language import Language
from alerting.web.api.alerts.routes import PROBLEMS
from alerting.web.auth import MayRead
from alerting.web.state import state_of

router = APIRouter(prefix="/api/authorities", tags=["authorities"], responses=PROBLEMS)


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
    def of(cls, found: Authority) -> "AuthorityOut":
        """From the domain."""
        return cls(
            code=found.code,
            level=found.level,
            names=dict(found.names),
            languages=list(found.languages),
            whole_country=found.territory.everywhere,
            territory=sorted(found.territory.codes),
            senders={name: dict(words) for name, words in found.senders.items()},
        )


@router.get("", summary="Every authority, by code")
async def listing(request: Request, officer: MayRead) -> list[AuthorityOut]:
    """A partner sees itself only."""
    found = await authorities.listing(state_of(request).services, by=officer)
    return [AuthorityOut.of(one) for one in found]


@router.get("/{code}", summary="One authority")
async def read(
    request: Request,
    code: Annotated[str, Path(max_length=64, examples=["national"])],
    officer: MayRead,
) -> AuthorityOut:
    """Setting one up or changing it takes two people: see the requests."""
    return AuthorityOut.of(await authorities.read(state_of(request).services, code, by=officer))
