"""Texts being checked hold up nobody: no connection, no transaction, no other person's check.

What is read for a check is read before it; an act that decides on it checks before its transaction
begins, and asks within whether it was of the same. Whoever is typing has another queue than whoever
decides. No test here measures time: checks wait for an event, or look at who holds a connection.
"""

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import alerting
from alerting.actions.alerts import (
    approval,
    compositions,
    previews,
    queries,
    retry,
    stopping,
    text_checks,
    text_drafts,
)
from alerting.checks.check_input import CheckInput
from alerting.domain.alert import Alert, AlertClass, FollowUp, StepReason
from alerting.domain.errors import ChecksUnfinished, Outdated, TooManyChecks
from alerting.domain.finding import Finding
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk
from tests.make import GENT, person

LONG = 30
"""Seconds a check of these tests waits at most, so that a failure ends."""
CHECKS = {"findings", "review", "passed_times", "spelling"}


def typed_in(alert: Alert, words: str) -> Alert:
    return replace(
        alert, messages=tuple(replace(one, text=f"{one.text} {words}") for one in alert.messages)
    )


class Holding:
    """Checks of words being typed wait until they are let go."""

    def __init__(self) -> None:
        self.go = Event()
        self.begun = 0

    def check(self, given: CheckInput) -> tuple[Finding, ...]:
        if any("typed" in one.text for one in given.messages):
            self.begun += 1
            assert self.go.wait(LONG)
        return ()


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch) -> Iterator[Holding]:
    made = Holding()
    monkeypatch.setattr(text_checks, "run_checks", made.check)
    yield made
    made.go.set()


def held(services: Services) -> int:
    """Connections in use."""
    database = services.database
    return sum(one.sync_engine.pool.checkedout() for one in (database._reader, database._writer))  # type: ignore[attr-defined]


async def test_whoever_checks_without_end_keeps_nobody_from_looking_and_deciding(
    desk: Desk, services: Services, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_checks, "DEADLINE", 600)
    await desk.registers(person(1), person(2, nis_code=GENT))
    alert = await desk.drafts(values=CLOSED, by=DIRK)
    other = await desk.drafts(values=CLOSED, by=DIRK, area=("Gent",))
    draft = await desk.drafts()
    flood = [
        asyncio.create_task(text_drafts.findings_of(services, typed_in(draft, f"typed {n}"), by=by))
        for by in (MILA, LEEN, DIRK)
        for n in range(12)
    ]
    while holding.begun < 2:  # as many as there are threads for words being typed
        await asyncio.sleep(0)
    for _ in range(20):  # nobody of the flood reads any more
        await queries.get_alert(services, draft.id, by=MILA)
    assert held(services) == 0
    await queries.preview(services, alert.id, by=JORIS)
    await having_read.send(services, (await desk.approves(alert)).id, by=DIRK)
    await having_read.send_now(services, other.id, by=DIRK, reason="a leak at the plant")
    assert holding.begun == 2
    holding.go.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert len(refused) == 3 * (12 - 9)
    assert {type(one) for one in refused} == {TooManyChecks}


async def test_every_act_checks_while_nobody_holds_a_connection(
    desk: Desk, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def noting(real: Any) -> Any:
        def check(*args: Any, **more: Any) -> Any:
            seen.append(held(services))
            return real(*args, **more)

        return check

    for name in ("run_checks", "times"):
        monkeypatch.setattr(text_checks, name, noting(getattr(text_checks, name)))

    async def done(act: str) -> None:
        assert seen, f"{act} checks nothing"
        assert set(seen) == {0}, act
        seen.clear()

    await desk.registers_a_few()
    alert = await desk.drafts()
    await text_drafts.findings_of(services, typed_in(alert, "typed"), by=MILA)
    await done("typing")
    content = compositions.CompositionContent(
        scenario="chem_shelter", area=alert.area, channels=alert.channels, values=alert.values
    )
    await previews.preview_composition(services, content, AlertClass.ALERT, by=MILA)
    await done("composing")
    await queries.preview(services, alert.id, by=JORIS)
    await done("looking")
    await desk.approves(alert)
    await done("approving")
    await desk.sends(alert)
    await done("sending")
    await stopping.stop(services, alert.id, by=MILA)
    await stopping.resume(services, alert.id, by=MILA, reason=StepReason.MENDED)
    await done("resuming")
    with pytest.raises(retry.NothingFailed):
        await retry.retry_failed(services, alert.id, by=MILA, reason=StepReason.MENDED)
    await done("trying again")
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(retraction)
    await done("retracting alone")
    alone = await desk.drafts(values=CLOSED, by=DIRK)
    await having_read.send_now(services, alone.id, by=DIRK, reason="a leak at the plant")
    await done("breaking the glass")
    later = await desk.approves(await desk.drafts(area=("Herstal",)))
    seen.clear()
    at = services.now() + timedelta(minutes=10)
    await having_read.schedule(services, later.id, at, by=MILA)
    await done("scheduling")


def within_a_connection(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls within `async with services.reading()` or `.unit()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncWith) and any(
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in {"reading", "unit"}
            for item in node.items
            for call in [item.context_expr]
        ):
            for statement in node.body:
                for call in ast.walk(statement):
                    if isinstance(call, ast.Call):
                        yield call


def test_nobody_asks_for_a_check_while_holding_a_connection() -> None:
    sources = {
        file: source
        for file in Path(alerting.__file__).parent.rglob("*.py")
        if "text_checks." in (source := file.read_text("utf-8"))
    }
    wrong = [
        f"{file.name}:{call.lineno}"
        for file, source in sources.items()
        for call in within_a_connection(ast.parse(source))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in CHECKS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "text_checks"
    ]
    assert wrong == []


async def test_waiting_for_others_is_no_part_of_the_time_a_check_may_take(
    desk: Desk, services: Services, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = typed_in(await desk.drafts(), "typed and waited for")
    with monkeypatch.context() as short:
        short.setattr(text_checks, "DEADLINE", 0.0001)
        with pytest.raises(ChecksUnfinished):
            await text_checks.findings(services, draft, by=MILA, now=services.now())
    behind = asyncio.create_task(text_checks.findings(services, draft, by=MILA, now=services.now()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not behind.done()  # the first goes on in its thread, and what it finds is kept
    holding.go.set()
    await behind
    assert holding.begun == 1


async def test_whoever_reads_keeps_nobody_from_deciding(
    desk: Desk, services: Services, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_checks, "DEADLINE", 600)
    await desk.registers_a_few()
    alert, long = await desk.drafts(values=CLOSED), await desk.drafts()
    await desk.submits(alert)
    seen = await having_read.fingerprint(services, alert.id, by=JORIS)
    readers = [
        asyncio.create_task(
            text_checks.findings(services, typed_in(long, f"typed {by}"), by=by, now=services.now())
        )
        for by in (MILA, LEEN)
    ]
    while holding.begun < 2:  # as many as there are threads for reading
        await asyncio.sleep(0)
    await approval.approve(services, alert.id, by=JORIS, seen=seen)
    await having_read.send(services, alert.id, by=MILA)
    holding.go.set()
    await asyncio.gather(*readers)


async def test_a_review_of_something_else_decides_nothing(desk: Desk, services: Services) -> None:
    now, alert = services.now(), await desk.drafts()
    review = await text_checks.review(services, alert, by=JORIS, now=now)
    async with services.unit() as unit:
        await text_checks.require_same(services, unit.connection, alert, review, now=now)
        other = typed_in(alert, "typed")
        with pytest.raises(Outdated):
            await text_checks.require_same(services, unit.connection, other, review, now=now)


async def test_hours_looked_at_hold_for_that_content_and_approval_only(
    desk: Desk, services: Services
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    passed = await text_checks.passed_times(services, alert.id, leaves=services.now(), by=MILA)
    assert passed.require_accepted(alert, accept=False) == {}
    later = services.now() + timedelta(hours=1)
    for other in (typed_in(alert, "typed"), replace(alert, approved_at=later)):
        with pytest.raises(Outdated):
            passed.require_accepted(other, accept=True)
