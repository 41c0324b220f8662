"""The hour and date in a text are those of sending, the same for everybody, however late it leaves.

An alert drafted and approved at 02:18 left at 20:00, and people read “02h18” in the evening.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.actions.alerts import retry, scheduling, stopping
from alerting.domain import late_values
from alerting.domain.alert import AlertState, FollowUp, StepReason
from alerting.domain.channel import FailureReason, Refused
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue
from alerting.domain.message import MAX_TEXT_CHARS, Message
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.length import graphemes, pages, spoken_seconds, utf8_bytes, weighted
from alerting.services import Services
from tests.desk import MILA, Desk
from tests.doubles import Clock, ScriptedChannel

FR, NL, DE, EN = Language
NIGHT = datetime(2030, 1, 15, 1, 18, tzinfo=UTC)
"""02:18 in Belgium."""
EVENING = datetime(2030, 1, 15, 19, 0, tzinfo=UTC)
LATER = {
    "location": "Quai 4",
    "substance": {"fr": "ammoniac", "nl": "ammoniak", "de": "Ammoniak"},
    "next_update": "21:30",
}


def sms(services: Services) -> ScriptedChannel:
    found = services.channels["sms"]
    assert isinstance(found, ScriptedChannel)
    return found


async def test_what_is_approved_is_a_mark_and_what_leaves_is_the_hour(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    clock.now = NIGHT
    alert = await desk.drafts(values=LATER, valid_for=timedelta(days=1))
    text = alert.message("sms", FR)
    assert text is not None
    assert "{{ time }}: fuite chimique" in text.text
    approved = await desk.approves(alert)
    await scheduling.schedule(
        desk.services, alert.id, EVENING, by=MILA, seen=approved.fingerprint(),
        reason=StepReason.AGREED,
    )  # fmt: skip
    clock.now = EVENING
    await scheduling.send_due(desk.services)
    await desk.works()
    sent = await desk.reads(alert)
    assert sent.filled_at == EVENING
    assert sent.fingerprint() == approved.fingerprint()
    assert sms(desk.services).sent
    assert all("20h00: fuite chimique" in text for _, _, text in sms(desk.services).sent)


async def test_every_channel_person_and_try_reads_the_same_hour(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    texting = sms(desk.services)
    texting._answers = iter([Refused(FailureReason.ADDRESS_INVALID, "no such number")] * 2)
    alert = await desk.issues(values={**LATER, "next_update": "17:30"})
    clock.forward(seconds=90)
    await desk.works()
    first = (await desk.reads(alert)).filled_at
    assert first == clock.now
    clock.forward(hours=1)
    await retry.retry_failed(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
    await desk.works()
    assert (await desk.reads(alert)).filled_at == first
    told = [
        text
        for channel in desk.services.channels.values()
        if isinstance(channel, ScriptedChannel)
        for _, _, text in channel.sent
    ]
    assert len(texting.sent) == 2
    assert all("13h01" in text or "13.01 uur" in text or "13:01" in text for text in told)


async def test_an_alert_stopped_before_it_was_planned_says_when_it_really_left(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(values={**LATER, "next_update": "17:30"})
    await stopping.stop(desk.services, alert.id, by=MILA)
    await desk.works()
    assert (await desk.reads(alert)).filled_at is None
    clock.forward(minutes=20)
    await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.AGREED)
    await desk.works()
    assert (await desk.reads(alert)).filled_at == clock.now
    assert all("13h20" in text for _, _, text in sms(desk.services).sent)


async def test_a_follow_up_quotes_the_hour_that_people_read(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    clock.forward(minutes=7)  # the queue was long
    await desk.works()
    update = await desk.follows_up(alert, FollowUp.UPDATE)
    text = update.message("sms", FR)
    assert text is not None
    assert "13h07" in text.text


async def test_nothing_writes_another_hour_over_the_first(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    sent = await desk.reads(alert)
    clock.forward(minutes=5)
    await stopping.stop(desk.services, alert.id, by=MILA)
    await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.AGREED)
    await desk.works()
    after = await desk.reads(alert)
    assert after.filled_at == sent.filled_at
    assert after.state is not AlertState.STOPPED


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
WORDS = st.text("abc é€û ", max_size=30)


@given(moment=MOMENTS, before=WORDS, after=WORDS, language=st.sampled_from(Language))
@settings(max_examples=60)
def test_no_length_grows_beyond_what_was_reckoned(
    moment: datetime, before: str, after: str, language: Language
) -> None:
    text = f"{before}{{{{ time }}}} {after} {{{{date}}}} {before}"
    for channel in ("sms", "cellbroadcast", "x", "email"):
        message = Message(channel=channel, language=language, text=text, subject=text)
        most, now = message.widest().text, message.filled(moment).text
        assert not late_values.has_mark(now)
        assert len(now) <= len(most)
        assert weighted(now) <= weighted(most)
        assert graphemes(now) <= graphemes(most)
        assert utf8_bytes(now) <= utf8_bytes(most)
        assert spoken_seconds(now, language) <= spoken_seconds(most, language)
        if channel in {"sms", "cellbroadcast"}:
            assert measure(now).segments <= measure(most).segments
            assert pages(now).pages <= pages(most).pages


@given(moment=MOMENTS, pieces=st.lists(st.text("a {}é<>&%\n", max_size=12), max_size=5))
@settings(max_examples=40)
def test_filling_changes_nothing_but_the_marks(moment: datetime, pieces: list[str]) -> None:
    text = LateValue.TIME.join(pieces)
    around = late_values.MARK.split(text)
    words = late_values.filled("{{ time }}", NL, moment)
    message = Message(channel="web", language=NL, text=text, html=text)
    assert message.filled(moment).text == words.join(around)
    assert message.filled(moment).html == words.join(around)


@pytest.mark.parametrize("channel", ["email", "sms"])
@given(moment=MOMENTS)
@settings(max_examples=10)
def test_a_text_of_the_longest_kind_can_still_be_filled(channel: str, moment: datetime) -> None:
    room = 8_000 if channel == "sms" else MAX_TEXT_CHARS
    widest = len(late_values.widest(LateValue.DATE, DE))
    text = "a" * (room - widest) + LateValue.DATE
    made = Message(channel=channel, language=DE, text=text)
    assert len(made.filled(moment).text) <= room


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (FR, "14h05, 1er août 2030"),
        (NL, "14.05 uur, 1 augustus 2030"),
        (DE, "14:05 Uhr, 1. August 2030"),
        (EN, "14:05, 1 August 2030"),
    ],
)
def test_each_language_writes_it_its_own_way(language: Language, words: str) -> None:
    moment = datetime(2030, 8, 1, 12, 5, tzinfo=UTC)
    assert late_values.filled("{{ time }}, {{ date }}", language, moment) == words


def test_a_text_in_gsm7_stays_in_gsm7() -> None:
    moment = datetime(2030, 8, 1, 12, 5, tzinfo=UTC)
    text = Message(channel="sms", language=FR, text="Date: {{ date }}")
    assert text.filled(moment).text == "Date: 1er aout 2030"
    letter = Message(channel="email", language=FR, text="Date : {{ date }}")
    assert letter.filled(moment).text == "Date : 1er août 2030"
