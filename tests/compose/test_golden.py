"""Every text that ships reads as its reviewers last saw it, in every language side by side.

After a change that is meant, refresh the files and read the difference before committing it:

    ALERTING_REFRESH_GOLDEN=1 python -m pytest tests/compose/test_golden.py
"""

import os
from pathlib import Path

import pytest

from alerting.domain.channel_profiles import PROFILES
from alerting.domain.message import Message
from tests.compose.samples import COMPOSER, LIBRARY, NOW, draft

GOLDEN = Path("tests/golden")
REFRESH = os.environ.get("ALERTING_REFRESH_GOLDEN") == "1"


ALONE = [one.name for one in LIBRARY if one.pre_approved]
"""Scenarios that one officer may send, when nothing but what must be there was chosen."""


def written(message: Message) -> str:
    message = message.filled(NOW)
    subject = f"Subject: {message.subject}\n\n" if message.subject else ""
    return f"=== {message.language} ===\n{subject}{message.text}\n"


@pytest.mark.parametrize("channel", PROFILES)
@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_a_text_is_the_one_that_was_reviewed(scenario: str, channel: str) -> None:
    messages = await COMPOSER.compose(draft(scenario, channels=(channel,)))
    must_be(scenario, channel, "\n".join(written(message) for message in messages))


@pytest.mark.parametrize("scenario", ALONE)
async def test_what_one_person_sends_is_what_was_reviewed(scenario: str) -> None:
    """With what must be there and nothing else: what stands in for the rest, or falls away."""
    least = {one.name: one.sample for one in LIBRARY.scenario(scenario).values if one.required}
    messages = await COMPOSER.compose(draft(scenario, values=least, channels=("sms", "email")))
    must_be(scenario, "alone", "\n".join(written(message) for message in messages))


def must_be(scenario: str, name: str, text: str) -> None:
    file = GOLDEN / scenario / f"{name}.txt"
    if REFRESH:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_no_golden_file_outlives_its_text() -> None:
    expected = {f"{scenario}/{channel}" for scenario in LIBRARY.names() for channel in PROFILES}
    expected |= {f"{scenario}/alone" for scenario in ALONE}
    found = {f"{file.parent.name}/{file.stem}" for file in GOLDEN.glob("*/*.txt")}
    assert found == expected
