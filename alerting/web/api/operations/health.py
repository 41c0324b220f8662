"""GET /health: whether this process can do its work. Open: it tells nothing else."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from alerting.web.state import state_of

router = APIRouter(tags=["health"])


@router.get(
    "/health",
    summary="Whether the service works",
    responses={503: {"description": "The database is out of reach"}},
)
async def health(request: Request, response: Response) -> dict[str, str]:
    """200 when the database answers."""
    try:
        async with state_of(request).services.reading() as reading:
            await reading.connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        response.status_code = 503
        return {"status": "database out of reach"}
    return {"status": "ok"}
