"""How the API reports errors."""

from typing import Annotated, Any

from pydantic import BaseModel, Field


class PlaceChoice(BaseModel):
    """One of the places that a name may mean."""

    code: Annotated[str, Field(examples=["63046"])]
    description: Annotated[
        str, Field(examples=["Limburg, municipality (4830), 5,900 inhabitants [63046]"])
    ]


class Problem(BaseModel):
    """What went wrong and what to do (RFC 9457)."""

    type: str
    status: int
    detail: str


class AmbiguousPlaceProblem(Problem):
    """The type is `urn:alerting:ambiguous-place`: send the code of the place meant instead."""

    choices: list[PlaceChoice]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No valid access token"},
    403: {"model": Problem, "description": "The role or the scopes of the token do not allow it"},
    404: {"model": Problem, "description": "It does not exist, or you may not see it"},
    409: {"model": Problem, "description": "Not in this state, or not by this user"},
    422: {"model": AmbiguousPlaceProblem | Problem, "description": "The input is invalid"},
    429: {"model": Problem, "description": "Too many requests of this kind; repeat it later"},
    503: {"model": Problem, "description": "The service lacks something it needs; repeat it later"},
}
