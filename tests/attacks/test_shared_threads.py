"""Nobody's slow file and nobody's check keeps others from signing in or writing an alert.

Everything that blocks shares one pool of threads (`asyncio.to_thread`), with six of them on two
processors. What takes long, or is asked for by a user as often as they like, has threads of its
own and takes turns by person: `checks/queue.py`.
"""

import ast
import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from alerting.actions.recipients import importing
from alerting.actions.templates import scenarios, versions
from alerting.checks.queue import CheckQueue
from alerting.domain.errors import TooManyChecks
from alerting.domain.recipient import RecipientKind
from tests.desk import MILA, Desk

SHORT = {
    ("alerting/credentials/passwords.py", "_hash"): "two at a time, each 0.1 s",
    ("alerting/credentials/passwords.py", "_compare"): "two at a time, each 0.1 s",
    ("alerting/compose/composer.py", "compose_now"): "a draft itself, 0.1 s",
    ("alerting/store/recipients/import_jobs.py", "names"): "files up to 20 MB, one after the other",
    ("alerting/actions/places.py", "read_localities"): "once after a list was imported",
    ("alerting/actions/operations/archiving.py", "file"): "a job, one at a time in all processes",
    ("alerting/actions/public/signing.py", "make_signing_key"): "once, where no key is there yet",
    ("alerting/cli/map_outlines.py", "read_bytes"): "a command, alone in its process",
    ("alerting/cli/demo/show.py", "write_bytes"): "a command, alone in its process",
    ("channels/_smtp_relay.py", "create_default_context"): "once a start",
    ("channels/_http.py", "create_default_context"): "once a start",
}
"""Who may use the pool of everybody, and why."""


def shared() -> Iterator[tuple[str, str]]:
    """Each use of the shared pool in the product: file, and a word of what runs there."""
    for path in [*Path("alerting").rglob("*.py"), *Path("channels").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in {"to_thread", "run_in_executor"}:
                yield path.as_posix(), ast.unparse(node)


def test_only_what_is_short_shares_the_threads_of_everybody() -> None:
    used = list(shared())
    unknown = [
        (file, call)
        for file, call in used
        if not any(file == known and word in call for known, word in SHORT)
    ]
    assert unknown == []
    assert {file for file, _ in used} == {file for file, _ in SHORT}


SOURCE = BytesIO(b"reference;name\n1;A\n")
ASKED: dict[str, Callable[[Desk], Awaitable[object]]] = {
    "warnings": lambda desk: scenarios.list_warnings(desk.services, "gas_leak", by=MILA),
    "trying out": lambda desk: versions.try_out(desk.services, "gas_leak/sms.toml", "", by=MILA),
    "library": lambda desk: scenarios.check_library_in_force(desk.services, by=MILA),
    "list": lambda desk: importing._read(desk.services, SOURCE, RecipientKind.PERSON, by=MILA),
}
STEPS = {
    "warnings": (scenarios, "check_wording_of"),
    "trying out": (versions, "check_scenario"),
    "library": (scenarios, "check_library"),
    "list": (importing, "FileReading"),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_however_often_one_person_asks_a_colleague_writes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    begun, ends, running = threading.Event(), threading.Event(), []

    def slow(*_: object, **__: object) -> list[object]:
        running.append(threading.current_thread().name)
        begun.set()
        ends.wait(60)
        raise ArithmeticError

    monkeypatch.setattr(*STEPS[asked], slow)
    monkeypatch.setattr(scenarios, "_checked", {})
    waiting = [asyncio.ensure_future(ASKED[asked](desk)) for _ in range(40)]
    try:
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, begun.wait, 30)
        async with asyncio.timeout(30):
            drafts = await asyncio.gather(*(desk.drafts() for _ in range(8)))
        assert len(drafts) == 8
        assert len(running) == 1
        assert running[0].startswith("checks-")
    finally:
        ends.set()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert any(isinstance(one, TooManyChecks) for one in results)


async def test_who_goes_away_and_asks_anew_takes_no_second_thread() -> None:
    queue, begun, ends = CheckQueue("test"), threading.Event(), threading.Event()
    running: list[int] = []

    def slow() -> None:
        running.append(1)
        begun.set()
        ends.wait(60)

    async def one() -> None:
        async with queue.turn("mila") as turn:
            await turn.in_thread(slow)

    first = asyncio.ensure_future(one())
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, begun.wait, 30)
    first.cancel()
    again = asyncio.ensure_future(one())
    async with queue.turn("joris") as other:
        await other.in_thread(lambda: None)
    assert running == [1], "the second waits for the thread of the first"
    ends.set()
    await again
    assert running == [1, 1]
    queue.close()
