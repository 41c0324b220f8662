"""A download alone goes as fast as it can; beside others it waits as long as it worked."""

from collections.abc import AsyncIterator

from alerting.web.downloads import giving_way

PIECE = 0.02
"""Seconds that a piece takes to make."""


class Loop:
    """A clock, and what others do while a download lets them."""

    def __init__(self, others: float) -> None:
        self.now = 0.0
        self.others = others
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += max(seconds, self.others)
        if seconds:
            self.pauses.append(round(seconds, 6))

    async def pieces(self) -> AsyncIterator[str]:
        for piece in "abc":
            self.now += PIECE
            yield piece


async def test_beside_others_it_waits_as_long_as_each_piece_took() -> None:
    loop = Loop(others=0.005)
    told = [one async for one in giving_way(loop.pieces(), clock=loop.clock, pause=loop.pause)]
    assert told == ["a", "b", "c"]
    assert loop.pauses == [PIECE] * 3


async def test_alone_it_waits_for_nobody() -> None:
    loop = Loop(others=0.0)
    told = [one async for one in giving_way(loop.pieces(), clock=loop.clock, pause=loop.pause)]
    assert told == ["a", "b", "c"]
    assert loop.pauses == []
