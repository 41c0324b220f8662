"""Everyone who watches an alert sees the same, soon, and the database is asked once for all."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from alerting.actions.alerts import queries
from alerting.actions.alerts.queries import AlertStatus
from alerting.domain.alert import Alert, AlertState
from alerting.domain.errors import NotFound
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.web.console.alerts import live_updates as module
from alerting.web.console.alerts.line_changes import lines_of
from alerting.web.console.alerts.live_updates import Live, Snapshot
from alerting.web.console.alerts.pages import events, figures
from tests.desk import JORIS, MILA, Desk
from tests.web.console import Browsers
from tests.web.test_line_changes import applied

SOON = 3.0
"""Seconds: a board shows a change within one where other tests do not run beside."""


@pytest.fixture
async def alert(desk: Desk) -> Alert:
    await desk.registers_a_few()
    return await desk.approves(await desk.drafts(channels=["email"]))


async def next_snapshot(told: AsyncGenerator[Snapshot | None, None]) -> Snapshot:
    async with asyncio.timeout(SOON):
        while (snapshot := await anext(told)) is None:
            pass
        return snapshot


async def test_a_change_is_seen_within_a_second(desk: Desk, alert: Alert) -> None:
    async with aclosing(Live(desk.services).follow(alert.id, by=JORIS)) as told:
        assert (await next_snapshot(told)).status.alert.state is AlertState.APPROVED
        await desk.sends(alert)
        assert (await next_snapshot(told)).status.alert.state is AlertState.SENDING
        await desk.works()
        assert sum(one.n for one in (await next_snapshot(told)).status.counts) == 2


async def test_it_ends_with_the_alert_and_shows_the_end(desk: Desk, alert: Alert) -> None:
    live = Live(desk.services)
    await desk.sends(alert)
    async with aclosing(live.follow(alert.id, by=JORIS)) as told:
        await next_snapshot(told)
        await desk.works()
        await desk.sweeps()
        while not (last := await next_snapshot(told)).over:
            pass
        assert last.status.alert.state is AlertState.ACTIVE
        with pytest.raises(StopAsyncIteration):
            await anext(told)
    assert not live.watched


async def test_nothing_new_is_told_as_such(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)
    async with aclosing(Live(desk.services).follow(alert.id, by=JORIS)) as told:
        await anext(told)
        assert [await anext(told) for _ in range(3)] == [None, None, None]


async def test_many_viewers_share_one_look_and_the_last_ends_it(desk: Desk, alert: Alert) -> None:
    live = Live(desk.services)
    boards = [live.follow(alert.id, by=one) for one in (MILA, JORIS, JORIS)]
    for board in boards:
        await anext(board)
    assert live.viewers == 3
    assert len(live.watched) == 1
    await desk.sends(alert)
    seen = [await next_snapshot(board) for board in boards]
    assert seen[0] is seen[1] is seen[2]
    for board in boards:
        await board.aclose()
    assert live.viewers == 0
    assert not live.watched


async def test_whoever_joins_is_shown_what_was_read_for_the_others(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, asked = Live(desk.services), []
    read = queries.get_status

    async def reading(*given: Any, **named: Any) -> AlertStatus:
        asked.append(named["by"])
        return await read(*given, **named)

    monkeypatch.setattr("alerting.actions.alerts.queries.get_status", reading)
    monkeypatch.setattr(module, "EVERY", SOON)
    async with (
        aclosing(live.follow(alert.id, by=JORIS)) as first,
        aclosing(live.follow(alert.id, by=MILA)) as second,
    ):
        assert await anext(first) is await anext(second)
        assert asked == [JORIS]


async def test_whoever_may_not_see_an_alert_joins_nobody(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Live(desk.services)
    async with aclosing(live.follow(alert.id, by=JORIS)) as first:
        await anext(first)

        async def hidden(*_: object, **__: object) -> None:
            raise NotFound(what=msgid("alert"), number=alert.id)

        monkeypatch.setattr("alerting.actions.alerts.queries.get_alert", hidden)
        with pytest.raises(NotFound):
            await anext(live.follow(alert.id, by=MILA))


async def test_viewers_who_may_do_the_same_get_the_same_piece(desk: Desk, alert: Alert) -> None:
    made = []
    snapshot = await anext(Live(desk.services).follow(alert.id, by=JORIS))
    assert snapshot is not None
    for language in ("fr", "fr", "nl"):
        snapshot.piece((language,), lambda status: made.append(status) or "piece")  # type: ignore[func-returns-value]
    assert len(made) == 2


async def test_a_board_whose_looking_failed_ends_and_can_begin_again(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Live(desk.services)
    async with aclosing(live.follow(alert.id, by=JORIS)) as told:
        await anext(told)

        async def broken(*_: object, **__: object) -> None:
            raise OSError

        with monkeypatch.context() as broken_down:
            broken_down.setattr("alerting.actions.alerts.queries.get_status", broken)
            async with asyncio.timeout(SOON):
                with pytest.raises(StopAsyncIteration):
                    await anext(told)
    async with aclosing(live.follow(alert.id, by=JORIS)) as again:
        assert await anext(again) is not None


async def test_a_server_that_stops_lets_its_viewers_go(desk: Desk, alert: Alert) -> None:
    live = Live(desk.services)
    async with aclosing(live.follow(alert.id, by=JORIS)) as told:
        await anext(told)
        waiting = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)
        live.close()
        async with asyncio.timeout(SOON):
            with pytest.raises(StopAsyncIteration):
                await waiting


async def test_a_connection_is_renewed_so_that_rights_are_looked_at_again(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_STREAM_SECONDS", 0.0)
    assert [one async for one in Live(desk.services).follow(alert.id, by=JORIS)] == []


async def test_an_alert_nobody_wrote_cannot_be_followed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await anext(Live(desk.services).follow(999, by=JORIS))


async def test_a_viewer_reads_in_their_own_language(desk: Desk, alert: Alert) -> None:
    told = events(desk.services, Live(desk.services), translator_for("de"), JORIS, alert.id)
    async with aclosing(told):
        first, beat = await anext(told), await anext(told)
    assert "genehmigt" in (first.raw_data or "")
    assert (beat.event, beat.raw_data) == ("beat", "13:00:00")


async def test_a_quiet_board_hears_that_we_are_there_and_a_change_brings_only_its_part(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told one after the other makes what a reload shows."""
    monkeypatch.setattr(module, "BEAT", 0.01)
    words = translator_for("en")
    await desk.sends(alert)
    await desk.plans()
    told = events(desk.services, Live(desk.services), words, JORIS, alert.id)
    async with aclosing(told), asyncio.timeout(10 * SOON):
        first = await anext(told)
        assert first.event is None
        assert {(await anext(told)).event for _ in range(5)} == {"beat"}
        whole = first.raw_data or ""
        await desk.works()
        while (change := await anext(told)).event == "beat":
            pass
    status = await queries.get_status(desk.services, alert.id, by=JORIS)
    reloaded = "\n".join(lines_of(figures(desk.services, words, JORIS, status)))
    assert change.event == "changes"
    said = json.loads(change.raw_data or "")
    assert said["of"] == len(whole.split("\n"))
    assert "\n".join(applied(whole.split("\n"), said["changes"])) == reloaded
    assert len(change.raw_data or "") < len(whole) / 2


async def test_the_stream_of_a_finished_alert_closes_the_board(
    desk: Desk, alert: Alert, browsers: Browsers
) -> None:
    await desk.sends(alert)
    await desk.works()
    await desk.sweeps()
    answer = await (await browsers(JORIS)).get(f"/alerts/{alert.id}/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: finished\ndata: active" in answer.text
    assert 'id="progress"' in answer.text


async def test_one_viewer_too_many_is_told_to_reload(
    alert: Alert, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_STREAMS", 0)
    answer = await (await browsers(JORIS)).get(f"/alerts/{alert.id}/live")
    assert "Reload it to see the latest figures" in answer.text
    assert "event: finished" in answer.text


async def test_the_stream_of_no_alert_is_not_found(browsers: Browsers) -> None:
    assert (await (await browsers(JORIS)).get("/alerts/999/live")).status_code == 404
