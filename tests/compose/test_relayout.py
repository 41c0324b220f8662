"""A text changed by hand goes out in the layout too, and reads as it was typed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.bootstrap import composer
from alerting.compose.composer import Draft
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.exercise_marks import marked
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.settings import Settings
from tests.doubles import NOON
from tests.make import LIEGE, everywhere, gazetteer

COMPOSER = composer(Settings(), gazetteer())
VALUES = {
    "location": everywhere("Quai 4 * 5"),
    "safe_direction": everywhere("Nord"),
    "next_update": "15:30",
}


def composed(alert_class: AlertClass = AlertClass.ALERT) -> Alert:
    scenario = COMPOSER.library.scenario("gas_leak")
    channels, languages = ("sms", "email", "press", "web"), tuple(Language)
    end = NOON + timedelta(hours=4)
    messages = COMPOSER.compose_now(
        Draft(
            scenario="gas_leak",
            values=VALUES,
            area=(LIEGE,),
            languages=languages,
            channels=channels,
            alert_class=alert_class,
            now=NOON,
            expires_at=end,
        )
    )
    return Alert(
        alert_class=alert_class,
        scenario="gas_leak",
        hazard=scenario.hazard,
        area=(LIEGE,),
        channels=channels,
        languages=languages,
        values=VALUES,
        messages=messages,
        created_at=NOON,
        expires_at=end,
        author="mila",
    )


def again(
    alert: Alert, channel: str, language: Language, *, text: str = "", subject: str = ""
) -> Message:
    message = alert.message(channel, language)
    assert message is not None
    typed = replace(message, html="", text=text or message.text, subject=subject or message.subject)
    return COMPOSER.laid_out(typed, alert, COMPOSER.sender)


@pytest.mark.parametrize("alert_class", [AlertClass.ALERT, AlertClass.EXERCISE])
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("channel", ["email", "web"])
def test_unchanged_words_give_the_same_page(
    channel: str, language: Language, alert_class: AlertClass
) -> None:
    alert = composed(alert_class)
    assert again(alert, channel, language) == alert.message(channel, language)


@pytest.mark.parametrize("alert_class", list(AlertClass))
@pytest.mark.parametrize("language", list(Language))
def test_a_release_keeps_its_parts_and_its_marks(
    language: Language, alert_class: AlertClass
) -> None:
    alert = composed(alert_class)
    before, after = alert.message("press", language), again(alert, "press", language)
    assert before is not None
    plain = before.html.replace("<strong>", "").replace("</strong>", "")
    assert after.html == plain  # words made bold are words in plain text
    assert marked(after, alert_class)


def test_what_was_typed_is_what_is_read() -> None:
    text = (
        "<b>*Vite*</b> [ici](https://evil.example)\n\n1. Sortez.\n2. Voir https://be-alert.be/fr."
    )
    html = again(composed(), "email", Language.FR, text=text, subject="Sortez").html
    assert "&lt;b&gt;*Vite*&lt;/b&gt;" in html
    assert "Sortez.</li>" in html
    assert '<a href="https://be-alert.be/fr" style="color: #0b4f8a;">' in html
    assert ">Sortez</div>" in html
    assert "Message officiel" in html


def test_a_release_without_its_fixed_lines_is_text_all_the_same() -> None:
    html = again(composed(), "press", Language.NL, text="Alles weg.", subject="Weg").html
    assert "Alles weg." in html
    assert ">Weg</h1>" in html


def test_a_text_message_has_no_page() -> None:
    assert again(composed(), "sms", Language.FR, text="Sortez").html == ""
