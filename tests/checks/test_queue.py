"""Each person has one check at a time; their newest go on, and others do not wait for them."""

import asyncio
from threading import Event

import pytest

from alerting.checks.queue import MOST_WAITING, CheckQueue
from alerting.domain.errors import TooManyChecks

LONG = 30
"""Seconds a check of these tests waits at most, so that a failure ends."""


class Checks:
    """Checks that wait until they are let go, and which of them have begun."""

    def __init__(self) -> None:
        self.queue = CheckQueue("test")
        self.go = Event()
        self.begun: list[str] = []

    def asks(self, person: str, what: str) -> asyncio.Task[str]:
        def check() -> str:
            self.begun.append(what)
            assert self.go.wait(LONG)
            return what

        return asyncio.create_task(self.queue.run(person, check))


@pytest.fixture
def checks() -> Checks:
    return Checks()


async def settled() -> None:
    """Whoever asked stands in the queue."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_person_has_one_check_running_and_they_come_in_their_order(
    checks: Checks,
) -> None:
    asked = [checks.asks("mila", f"mila {n}") for n in range(MOST_WAITING)]
    await settled()
    others = checks.asks("joris", "joris")
    await settled()
    await asyncio.to_thread(lambda: None)  # whoever may begin has begun
    assert set(checks.begun) <= {"mila 0", "joris"}
    checks.go.set()
    assert await others == "joris"
    assert await asyncio.gather(*asked) == [f"mila {n}" for n in range(MOST_WAITING)]
    assert [one for one in checks.begun if one != "joris"] == await asyncio.gather(*asked)


async def test_of_many_at_once_the_newest_go_on(checks: Checks) -> None:
    asked = [checks.asks("mila", f"mila {n}") for n in range(MOST_WAITING + 4)]
    await settled()
    refused = {n for n, one in enumerate(asked) if one.done()}
    assert refused == {1, 2, 3}  # 0 runs
    checks.go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for n, answer in enumerate(answers):
        assert isinstance(answer, TooManyChecks) if n in refused else answer == f"mila {n}"


@pytest.mark.parametrize("called_off", [0, 1, 2])
async def test_a_check_called_off_keeps_nobody_waiting(checks: Checks, called_off: int) -> None:
    asked = [checks.asks("mila", f"mila {n}") for n in range(3)]
    await settled()
    asked[called_off].cancel()
    await settled()
    checks.go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers.pop(called_off), asyncio.CancelledError)
    assert all(isinstance(one, str) for one in answers)
    assert await checks.asks("mila", "again") == "again"


async def test_a_check_nobody_waits_for_any_more_still_counts_as_running(checks: Checks) -> None:
    first = checks.asks("mila", "first")
    while not checks.begun:
        await asyncio.sleep(0)
    first.cancel()
    second = checks.asks("mila", "second")
    await settled()
    assert checks.begun == ["first"]
    checks.go.set()
    assert await second == "second"


async def test_whose_turn_came_as_they_called_it_off_gives_it_on(checks: Checks) -> None:
    checks.go.set()
    first, second = checks.asks("mila", "first"), checks.asks("mila", "second")
    third = checks.asks("mila", "third")
    checks.queue._threads.submit(lambda: None).result()
    await first
    second.cancel()
    assert await third == "third"


async def test_a_check_that_fails_gives_the_turn_on(checks: Checks) -> None:
    def fails() -> None:
        raise ValueError("no")

    failing = asyncio.create_task(checks.queue.run("mila", fails))
    checks.go.set()
    after = checks.asks("mila", "after")
    with pytest.raises(ValueError, match="no"):
        await failing
    assert await after == "after"


async def test_work_done_where_it_stands_waits_its_turn_too(checks: Checks) -> None:
    done: list[int] = []

    async def work(n: int) -> None:
        async with checks.queue.turn("mila"):
            assert len(done) == n
            await settled()
            done.append(n)
            if n == 0:
                raise ValueError("no")

    answers = await asyncio.gather(*(work(n) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in answers] == [ValueError, type(None), type(None)]
    assert done == [0, 1, 2]
