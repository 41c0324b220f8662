"""How the API says what went wrong."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """What went wrong and the way out (RFC 9457)."""

    type: str
    status: int
    provider_code: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No valid token"},
    403: {"model": Problem, "description": "The role does not allow it"},
    404: {"model": Problem, "description": "There is no such alert"},
    409: {"model": Problem, "description": "Not in this state, or not by this person"},
    422: {"model": Problem, "description": "The input cannot be used"},
}
