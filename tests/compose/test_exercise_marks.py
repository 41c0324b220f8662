"""An exercise says so first and last, in every text and subject, and nothing takes that off."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.exercise_marks import mark, marked, with_mark
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.hidden import made_visible
from tests.compose.samples import COMPOSER, FR, LIBRARY, draft

DRILLS = (AlertClass.EXERCISE, AlertClass.TEST)


@pytest.mark.parametrize("scenario", [name for name in LIBRARY.names() if name != "test"])
async def test_every_text_of_an_exercise_is_marked(scenario: str) -> None:
    messages = await COMPOSER.compose(draft(scenario, alert_class=AlertClass.EXERCISE))
    assert len(messages) == 4 * len(PROFILES)
    for message in messages:
        stamp = mark(AlertClass.EXERCISE, message.language)
        for text in filter(None, (message.text, message.subject)):
            assert text.startswith(stamp)
            assert text.endswith(stamp)
        assert not message.html or message.html.count(stamp) >= 2
        assert marked(message, AlertClass.EXERCISE)
        assert not marked(message, AlertClass.TEST)
        assert not marked(message, AlertClass.ALERT)


@pytest.mark.parametrize("channel", PROFILES)
async def test_a_real_alert_carries_no_mark(channel: str) -> None:
    for message in await COMPOSER.compose(draft(channels=(channel,))):
        assert marked(message, AlertClass.ALERT)
        assert not any(marked(message, drill) for drill in DRILLS)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        pytest.param("text", "EXERCICE: sortez", id="no mark at the end"),
        pytest.param("text", "sortez EXERCICE", id="no mark at the start"),
        pytest.param("text", "OEFENING: sortez OEFENING", id="another language's mark"),
        pytest.param("text", "EXERCICE", id="one mark for two"),
        pytest.param("text", "", id="nothing but a subject"),
        pytest.param("subject", "Sortez", id="a bare subject"),
        pytest.param("html", "<title>EXERCICE</title><p>Sortez</p>EXERCICE", id="a hidden mark"),
        pytest.param("html", "<p>EXERCICE</p><p>Sortez</p>", id="a page without end"),
    ],
)
def test_a_mark_taken_off_is_noticed(part: str, words: str) -> None:
    whole = Message(
        channel="email",
        language=FR,
        text="EXERCICE\n\nSortez\n\nEXERCICE",
        subject="EXERCICE: Sortez EXERCICE",
        html="<html><style>p {}</style><p>EXERCICE</p><p>Sortez</p><p>EXERCICE</p></html>",
    )
    assert marked(whole, AlertClass.EXERCISE)
    spoilt: Any = {part: words}
    assert not marked(replace(whole, **spoilt), AlertClass.EXERCISE)


@pytest.mark.parametrize("text", ["TEST: a", "a TEST", "EXERCISE: a", "ÜBUNG. a"])
def test_a_real_alert_that_calls_itself_an_exercise_is_noticed(text: str) -> None:
    assert not marked(Message(channel="sms", language=FR, text=text), AlertClass.ALERT)


@given(
    text=st.text(min_size=1).map(made_visible).filter(str.strip),
    language=st.sampled_from(Language),
    drill=st.sampled_from(DRILLS),
    apart=st.booleans(),
)
def test_whatever_is_marked_is_seen_to_be(
    text: str, language: Language, drill: AlertClass, *, apart: bool
) -> None:
    stamped = with_mark(text, mark(drill, language), apart=apart)
    assert marked(Message(channel="sms", language=language, text=stamped), drill)
