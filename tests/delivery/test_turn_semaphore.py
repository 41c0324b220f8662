"""A place that becomes free goes to the alert whose turn it is."""

import asyncio

from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Precedence
from alerting.domain.turns import Turn

ALERT, ANOTHER = Turn(Precedence.ALERT, 1), Turn(Precedence.ALERT, 2)
RETRACTION = Turn(Precedence.RETRACTION, 3)


class Crowd:
    """Some that want a place; each keeps it until it is told to go."""

    def __init__(self, places: int) -> None:
        self.semaphore = TurnSemaphore(places)
        self.order: list[Turn] = []
        self.leaves = asyncio.Semaphore(0)
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, turn: Turn, number: int = 1) -> None:
        self.tasks += [asyncio.create_task(self._stay(turn)) for _ in range(number)]
        await self.settle()

    async def go(self, number: int = 1) -> None:
        for _ in range(number):
            self.leaves.release()
            await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _stay(self, turn: Turn) -> None:
        async with self.semaphore.held(turn):
            self.order.append(turn)
            await self.leaves.acquire()


async def test_the_next_place_is_the_newcomers_then_they_take_turns() -> None:
    crowd = Crowd(2)
    await crowd.come(ALERT, 6)
    await crowd.come(ANOTHER, 2)
    await crowd.come(RETRACTION, 1)
    await crowd.go(9)
    assert crowd.order == [ALERT, ALERT, RETRACTION, ANOTHER, ALERT, ANOTHER, ALERT, ALERT, ALERT]
    await asyncio.gather(*crowd.tasks)


async def test_a_place_is_lost_by_nobody_who_gives_up() -> None:
    crowd = Crowd(1)
    await crowd.come(ALERT)
    await crowd.come(ANOTHER, 2)
    waiting, given = crowd.tasks[1:]
    waiting.cancel()
    await crowd.settle()
    crowd.leaves.release()
    await asyncio.sleep(0)  # the first leaves: the place is promised, and not yet taken
    given.cancel()
    await crowd.settle()
    assert crowd.semaphore.free
    await crowd.come(RETRACTION)
    await crowd.go()
    assert crowd.order[-1] == RETRACTION
    await asyncio.gather(*crowd.tasks, return_exceptions=True)
    assert crowd.semaphore.free


async def test_a_place_goes_past_whoever_gave_up_and_does_not_know_it_yet() -> None:
    crowd = Crowd(1)
    await crowd.come(ALERT)
    await crowd.come(RETRACTION)
    await crowd.come(ANOTHER)
    crowd.leaves.release()
    crowd.tasks[1].cancel()  # in the same moment as the first leaves
    await crowd.settle()
    assert crowd.order == [ALERT, ANOTHER]
    await crowd.go()
    await asyncio.gather(*crowd.tasks, return_exceptions=True)
    assert crowd.semaphore.free
