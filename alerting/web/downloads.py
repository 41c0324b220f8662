"""Downloads that take long leave the process to whoever else asks something of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

BUSY = 0.001
"""Seconds: where everybody else's turn takes longer than this, there are others."""


async def giving_way(
    pieces: AsyncIterator[str],
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[str]:
    """The same pieces; beside others' work, with a pause after each as long as it took to make.

    So receipts and pages get at least half of the processor, however many rows somebody downloads,
    and a download alone is not held up.
    """
    began = clock()
    async for piece in pieces:
        took = clock() - began
        yield piece
        turn = clock()
        await pause(0)
        if clock() - turn > BUSY:
            await pause(took)
        began = clock()
