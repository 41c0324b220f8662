"""The hour and date of sending make no number, no link and no address of what stands beside them.

A mark stands between blanks and words. Whatever passes with its marks passes with every hour of
every day in their place; names, entries of lists and contacts hold no mark.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.lexicon import KNOWN_TELEPHONES
from alerting.checks.names import why_no_contact, why_no_name
from alerting.checks.telephones import telephones
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.domain.late_values import filled, joined_marks
from alerting.domain.text.links import links_in
from tests.compose.samples import COMPOSER, LIBRARY, draft

JOINED = (
    "haven 0473 12 {{ time }}", "Ga naar 185.12.{{ time }}", "{{ time }}.be", "evil{{ time }}",
    "+{{ time }}", "0473/{{ time }}", "{{ time }}/x", "{{ time }} 473 12 34", "{{ date }} - 0473",
    "http:{{ time }}", "x@{{ time }}", "{{ time }}:8080", "04 ({{ time }})", "{{ time }}.12",
    "{{ time }}\n473 12 34", "00 {{ date }}", "+ {{ date }}", "４ {{ time }}", "x-{{ time }}",
)  # fmt: skip
APART = (
    "BE-Alert Stad Gent {{ time }}: gaslek.", "Gent, {{ date }}, {{ time }}", "({{ time }})",
    "om {{ time }}. Afzender", "{{ date }} om {{ time }}.", "« {{ time }} »", "{{ time }}",
    "Bel 112 om {{ time }}, niet na {{ time }}!", "{{ date }}\n\nGaslek",
    "le {{ date }} à {{ time }}",
)  # fmt: skip
HOURS = st.integers(0, 5 * 366 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
PIECES = st.lists(
    st.sampled_from(
        ["{{ time }}", "{{ date }}", " ", ".", "/", "+", "-", ":", "(", ")", ", ", "\n", "0", "04",
         "0473 12", "185.12", "32", "112", "x", "Gent", " om ", "be", "http", "@", "00"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("text", JOINED)
def test_a_mark_beside_digits_or_signs_is_found(text: str) -> None:
    assert list(joined_marks(text))


@pytest.mark.parametrize("text", APART)
def test_a_mark_between_words_passes(text: str) -> None:
    assert not list(joined_marks(text))


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_every_text_of_the_library_passes(scenario: str) -> None:
    for message in await COMPOSER.compose(draft(scenario, channels=tuple(PROFILES))):
        assert not list(joined_marks(message.subject))
        assert not list(joined_marks(message.text)), message.text


def held(text: str) -> set[str]:
    numbers = {one.number for one in telephones(text)} - KNOWN_TELEPHONES
    return numbers | {one.shown for one in links_in(text)}


@given(PIECES, HOURS, st.sampled_from(list(Language)))
def test_what_passes_with_marks_passes_at_every_hour(
    text: str, moment: datetime, language: Language
) -> None:
    if list(joined_marks(text)):
        return
    assert held(filled(text, language, moment)) <= held(text), text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("text", APART)
def test_at_each_minute_of_a_day(text: str, language: Language) -> None:
    for minute in range(0, 24 * 60, 7):
        moment = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=minute)
        assert held(filled(text, language, moment)) == set()


@pytest.mark.parametrize("text", ["{{ date }}", "schuilplaats {{ time }}", "{{time}}"])
def test_no_name_and_no_contact_holds_a_mark(text: str) -> None:
    assert "placeholder" in why_no_name(text)
    assert "placeholder" in why_no_contact(text)
