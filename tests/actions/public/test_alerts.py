"""What the public is told: the approved words of the best channel, at the hour of the others."""

import json
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from alerting.actions.alerts import stopping
from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.units import Makers
from alerting.actions.public.verification import text_hash, verification_list
from alerting.cap.message import MessageType
from alerting.cap.reader import parse, to_message
from alerting.compose.values import sample
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.belgian_time import clock
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicStatus
from tests.actions.public.standins import publisher, publishes_all, served
from tests.desk import CLOSED, MILA, TYPED, Desk
from tests.specs.test_page_of_an_alert import with_pages

FR, NL, DE, EN = Language


async def seen(desk: Desk, number: int) -> PublicAlert:
    alerts = await PublicAlerts(desk.services).read()
    return next(one for one in alerts if one.address.number == number)


@pytest.mark.parametrize(
    ("channels", "wanted"),
    [
        (["sms", "email", "x"], "email"),
        (["sms", "x"], "x"),
        (["sms"], "sms"),
        (["press", "sms"], "sms"),
    ],
    ids=lambda one: "+".join(one) if isinstance(one, list) else one,
)
async def test_a_page_has_the_words_of_the_channel_with_most_room(
    desk: Desk, channels: list[str], wanted: str
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(channels=channels)
    found = (await seen(desk, alert.id)).texts
    sent = (await desk.reads(alert)).as_sent()
    for language, text in found.items():
        message = sent.message(wanted, language)
        assert message is not None
        assert text.text == message.text.strip()
        assert text.headline == message.subject or not message.subject
        assert text.headline


async def test_whoever_got_a_message_by_any_channel_finds_its_words(
    desk: Desk, tmp_path: Path
) -> None:
    """E-mails and statements to the press too, with their subject and without, beside a page that
    has words of its own."""
    desk.services = with_pages(desk.services, tmp_path)
    await desk.registers_a_few()
    alert = await desk.issues(values=CLOSED)
    hashes = json.loads(verification_list([await seen(desk, alert.id)], exercises=False))
    known = set(hashes["alerts"][0]["hashes"])
    sent = (await desk.reads(alert)).as_sent()
    assert {"web", "email", "sms", "press"} <= {one.channel for one in sent.messages}
    for one in sent.messages:
        assert {text_hash(one.text), text_hash(f"{one.subject}\n{one.text}")} <= known


@pytest.mark.parametrize("first", ["page", "channels"])
async def test_a_page_says_the_same_hour_as_the_text_messages(desk: Desk, first: str) -> None:
    """Whichever of them comes first stores it, and nobody another."""
    await desk.registers_a_few()
    alert = await desk.issues(channels=["sms"])
    desk.clock.forward(minutes=7)
    acts = [seen(desk, alert.id), desk.works()]
    for act in acts if first == "page" else reversed(acts):
        await act
        desk.clock.forward(minutes=20)
    stored = (await desk.reads(alert)).filled_at
    assert stored is not None
    text = (await seen(desk, alert.id)).texts[FR].text
    assert [words for _, _, words in desk.channel("sms").sent if words == text]
    assert "13h07" in text


async def test_of_what_was_stopped_before_anything_left_the_hour_is_that_of_its_sending(
    desk: Desk,
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(channels=["sms"])
    await stopping.stop(desk.services, alert.id, by=MILA)
    desk.clock.forward(minutes=30)
    assert "13h00" in (await seen(desk, alert.id)).texts[FR].text
    assert (await desk.reads(alert)).filled_at is None


# ── about a person ───────────────────────────────────────────────────────────────────────────────


async def missing(desk: Desk) -> Alert:
    await desk.registers_a_few()
    library = desk.services.composer.library.scenario("missing_person")
    values = {one.name: sample(one, desk.clock.now) for one in library.values}
    return await desk.issues(scenario="missing_person", channels=["email"], values=values)


async def found_again(desk: Desk, alert: Alert, how: FollowUp) -> Alert:
    return await desk.sends(
        await desk.approves(await desk.follows_up(alert, how, values=TYPED[how]))
    )


@pytest.mark.parametrize("how", [FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT, None])
async def test_once_it_is_over_no_word_about_a_person_is_anywhere(
    desk: Desk, tmp_path: Path, how: FollowUp | None
) -> None:
    alert = await missing(desk)
    path = tmp_path / "public"
    made = await publisher(desk, path)
    await publishes_all(made)
    assert any(b"Anna" in content for content in served(path).values())
    if how is None:
        desk.clock.now = alert.expires_at
        await desk.sweeps()
    else:
        await found_again(desk, alert, how)
    await publishes_all(made)
    now = served(path)
    assert not any(b"Anna" in content for content in now.values())
    assert f"a/2030/{alert.id}/index.html" in now
    elsewhere = await publisher(desk, tmp_path / "again", "another")
    await elsewhere.rebuild()
    rebuilt = served(tmp_path / "again")
    assert {one: rebuilt[one] for one in now} == now


@pytest.mark.parametrize("how", [FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT])
async def test_the_end_of_a_search_cancels_its_cap_message_and_says_no_name(
    desk: Desk, tmp_path: Path, how: FollowUp
) -> None:
    alert = await missing(desk)
    made = await publisher(desk, tmp_path, makers=Makers())
    await made.publish_first()
    assert b"Anna" in served(tmp_path)[f"a/2030/{alert.id}/cap.xml"]
    end = await found_again(desk, alert, how)
    await made.publish_first()
    first, cancel = (served(tmp_path)[f"a/2030/{one.id}/cap.xml"] for one in (alert, end))
    assert b"Anna" not in first + cancel
    said = to_message(parse(cancel))
    assert said.message_type is MessageType.CANCEL
    assert [one.identifier for one in said.references] == [to_message(parse(first)).identifier]


async def test_an_update_about_a_person_is_about_that_person_too(desk: Desk) -> None:
    alert = await missing(desk)
    update = await found_again(desk, alert, FollowUp.UPDATE)
    assert (await seen(desk, update.id)).personal
    assert (await seen(desk, alert.id)).texts, "they are still looked for"


async def test_of_other_alerts_the_words_stay(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(channels=["email"], values=CLOSED)
    await found_again(desk, alert, FollowUp.ALL_CLEAR)
    found = await seen(desk, alert.id)
    assert (found.status, bool(found.texts)) == (PublicStatus.ENDED, True)


async def test_when_it_begins_is_what_its_author_said(desk: Desk) -> None:
    """As its texts say it: a time of day is that of the moment it was composed."""
    await desk.registers_a_few()
    closed = desk.services.composer.library.scenario("event_disruption")
    values = {one.name: sample(one, desk.clock.now) for one in closed.values}
    begins = desk.clock.now + timedelta(hours=3)
    values["onset"] = clock(begins, EN)
    alert = await desk.issues(scenario=closed.name, channels=["sms"], values=values)
    onset = (await seen(desk, alert.id)).onset_at
    assert onset is not None
    assert onset.astimezone(UTC) == begins.replace(second=0, microsecond=0)
    assert (await seen(desk, (await desk.issues(channels=["sms"])).id)).onset_at is None
