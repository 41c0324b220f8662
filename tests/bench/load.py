"""Requests over kept connections, as fast as they are answered."""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

END_OF_HEAD = b"\r\n\r\n"


class _Caller(asyncio.Protocol):
    """One connection: a request, its answer, the next. No answer expected here has a body."""

    def __init__(self, requests: Iterator[bytes], spent: list[float]) -> None:
        self._requests = requests
        self._spent = spent
        self._rest = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        head, end, self._rest = (self._rest + data).partition(END_OF_HEAD)
        if not end:
            self._rest = head
            return
        if not head.startswith(b"HTTP/1.1 204"):
            self.done.set_exception(RuntimeError(head[:80].decode("latin-1")))
            return
        self._spent.append(time.perf_counter() - self._asked_at)
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())

    def close(self) -> None:
        self._transport.close()


async def put_through(port: int, requests: list[bytes], *, connections: int) -> tuple[float, float]:
    """Requests a second, and the milliseconds that 99 in 100 were answered within."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    spent: list[float] = []
    callers: list[_Caller] = []
    for _ in range(connections):
        _, caller = await loop.create_connection(lambda: _Caller(waiting, spent), "127.0.0.1", port)
        callers.append(caller)
    start = time.perf_counter()
    for caller in callers:
        caller.ask()
    try:
        await asyncio.gather(*(caller.done for caller in callers))
    finally:
        for caller in callers:
            caller.close()
    rate = len(requests) / (time.perf_counter() - start)
    return rate, sorted(spent)[int(len(spent) * 0.99)] * 1000
