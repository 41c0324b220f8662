"""Every text that ships reads as its reviewers last saw it, in every language side by side.

After a change that is meant, refresh the files and read the difference before committing it:

    ALERTING_REFRESH_GOLDEN=1 python -m pytest tests/compose/test_golden.py
"""

import os
from pathlib import Path

import pytest

from alerting.compose.channels import RECIPES
from alerting.domain.message import Message
from tests.compose.samples import COMPOSER, LIBRARY, draft

GOLDEN = Path("tests/golden")
REFRESH = os.environ.get("ALERTING_REFRESH_GOLDEN") == "1"


def written(message: Message) -> str:
    subject = f"Subject: {message.subject}\n\n" if message.subject else ""
    return f"=== {message.language} ===\n{subject}{message.text}\n"


@pytest.mark.parametrize("channel", RECIPES)
@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_a_text_is_the_one_that_was_reviewed(scenario: str, channel: str) -> None:
    messages = await COMPOSER.compose(draft(scenario, channels=(channel,)))
    text = "\n".join(written(message) for message in messages)
    file = GOLDEN / scenario / f"{channel}.txt"
    if REFRESH:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_no_golden_file_outlives_its_text() -> None:
    expected = {f"{scenario}/{channel}" for scenario in LIBRARY.names() for channel in RECIPES}
    found = {f"{file.parent.name}/{file.stem}" for file in GOLDEN.glob("*/*.txt")}
    assert found == expected
