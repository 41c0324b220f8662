"""A clock that was ahead or behind hides no alert, for whatever reads lists or CAP."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.actions.public.publishing import Publisher
from alerting.cap.message import MessageType
from alerting.cap.reader import parse, to_message
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.alert import Alert, FollowUp
from tests.actions.public.standins import public, served
from tests.desk import CLOSED, Desk
from tests.make import LIEGE, person


async def begins(desk: Desk, path: Path) -> Publisher:
    """A publisher with the pages as they are."""
    await desk.registers(person(1))
    await Heartbeat(desk.services, "worker").send()
    return Publisher(desk.services, public(path), "worker")


async def all_lists_name(made: Publisher, path: Path, alert: Alert) -> None:
    while await made.publish_first():
        pass
    files = served(path)
    numbers = [one["number"] for one in json.loads(files["active.json"])["alerts"]]
    assert alert.id in numbers
    address = f"a/2030/{alert.id}/".encode()
    for list_path in ("fr/index.html", "fr/embed/index.html", "fr/signage/index.html"):
        assert address in files[list_path]
    gateway = json.loads(files["feed/index.json"])["items"]
    assert len({one["guid"] for one in gateway}) == len(numbers)


async def test_what_was_sent_while_the_clock_was_ahead_hides_nothing_that_follows(
    desk: Desk, tmp_path: Path
) -> None:
    made, right = await begins(desk, tmp_path), desk.clock.now
    first = await desk.issues(channels=["email"], values=CLOSED)
    desk.clock.now = first.expires_at + timedelta(days=30)
    await desk.sweeps_only()
    await desk.issues(channels=["email"], values=CLOSED)
    desk.clock.now = right + timedelta(minutes=5)
    later = await desk.issues(channels=["email"], values=CLOSED)
    await all_lists_name(made, tmp_path, later)
    end = await desk.sends(await desk.approves(await desk.follows_up(later, FollowUp.ALL_CLEAR)))
    while await made.publish_first():
        pass
    files = served(tmp_path)
    for path in ("fr/index.html", "feed/fr.json"):
        assert f"a/2030/{end.id}/" in files[path].decode()


async def test_what_was_declared_expired_too_early_hides_nothing_that_follows(
    desk: Desk, tmp_path: Path
) -> None:
    made, right = await begins(desk, tmp_path), desk.clock.now
    long = await desk.issues(channels=["email"], values=CLOSED, valid_for=timedelta(hours=24))
    desk.clock.now = long.expires_at + timedelta(hours=1)
    await desk.sweeps_only()
    desk.clock.now = right + timedelta(minutes=5)
    short = await desk.issues(channels=["email"], values=CLOSED, valid_for=timedelta(hours=3))
    await all_lists_name(made, tmp_path, short)


@pytest.mark.parametrize("minutes", [10, 0])
async def test_an_end_that_was_sent_before_its_alert_by_the_clock_still_cancels_it(
    desk: Desk, tmp_path: Path, minutes: int
) -> None:
    """Or in the same second: readers go by `sent`, in whole seconds."""
    made = await begins(desk, tmp_path)
    alert = await desk.issues(channels=["email"], values=CLOSED)
    sent = alert.sent_at or desk.clock.now
    desk.clock.now = sent - timedelta(minutes=minutes)
    end = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    assert end.sent_at is not None
    assert end.sent_at <= sent
    while await made.publish_first():
        pass
    files = served(tmp_path)
    warning, cancel = (to_message(parse(files[f"a/2030/{one.id}/cap.xml"])) for one in (alert, end))
    assert cancel.message_type is MessageType.CANCEL
    assert [(one.identifier, one.sent) for one in cancel.references] == [
        (warning.identifier, warning.sent)
    ]
    assert cancel.sent > warning.sent


@pytest.mark.parametrize("days", [3, 15, 28, -400])
async def test_an_end_stays_where_it_is_read_after_an_alert_of_a_clock_that_is_wrong(
    desk: Desk, tmp_path: Path, days: int
) -> None:
    """Whoever polls a feed sees every end."""
    made = await begins(desk, tmp_path)
    first = await desk.issues(channels=["email"], values=CLOSED)
    end = await desk.sends(await desk.approves(await desk.follows_up(first, FollowUp.ALL_CLEAR)))
    desk.clock.now += timedelta(days=days)
    await desk.issues(channels=["email"], values=CLOSED)
    while await made.publish_first() + await made.publish_towns():
        pass
    files = served(tmp_path)
    feeds = ("feed/fr.json", "feed/fr.atom", "feed/province/60000/fr.atom")
    for path in ("fr/index.html", *feeds, f"municipality/{LIEGE}/fr.json"):
        assert f"a/2030/{end.id}/" in files[path].decode()
