"""GET /health: whether this process can do its work. Open: it tells nothing else."""

from fastapi import APIRouter, Request, Response

from alerting.actions.operations import database
from alerting.web.state import state_of

router = APIRouter(tags=["health"])


@router.get(
    "/health",
    summary="Whether the service works",
    responses={
        503: {"description": "The database cannot be reached, or is being migrated (`migrating`)"}
    },
)
async def health(request: Request, response: Response) -> dict[str, str]:
    """200 when the database answers."""
    if not await database.answers(state_of(request).services):
        response.status_code = 503
        return {"status": "database out of reach"}
    return {"status": "ok"}
