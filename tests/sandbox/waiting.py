"""Waiting for what will happen, without guessing how long it takes."""

import asyncio
from collections.abc import Callable

from channels.sandbox.inbox import Box


async def until(box: Box, condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until a box has what is expected; TimeoutError when it never does."""
    async with asyncio.timeout(seconds):
        while not condition():
            await box.grown()
