"""A web application without a worker beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def nothing_beside() -> AsyncIterator[None]:
    """Nothing runs while the application does."""
    yield
