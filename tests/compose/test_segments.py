"""No composed text message takes more segments than its scenario is allowed: two, in GSM-7.

For details of any words within the room a scenario's author reckons with: a name of the sender of
30 characters, a place or phrase of 30, an area as the recipe cuts it.
"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.bootstrap import composer
from alerting.compose.composer import Draft
from alerting.compose.scenarios import Scenario
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import SMS
from alerting.domain.language import Language
from alerting.domain.text.gsm7 import measure, rewrite
from alerting.settings import Settings
from tests.doubles import NOON
from tests.make import gazetteer
from tests.tiers import WHOLE

COMPOSER = composer(Settings(), gazetteer())
AREAS = tuple(gazetteer().resolve("België"))
ROOM = 30

words = st.text(st.sampled_from("abcdéèçêëïôuAZÉ' -"), min_size=1, max_size=ROOM).filter(
    lambda text: text.strip() == text and text
)


def details(scenario: Scenario) -> st.SearchStrategy[dict[str, object]]:
    """The scenario's samples, with every free text replaced by other words of its length."""
    return st.fixed_dictionaries(
        {
            one.name: st.fixed_dictionaries(
                {language.value: _words(_sample(one.sample, language)) for language in Language}
            )
            if one.kind is ValueKind.TEXT
            else st.just(one.sample)
            for one in scenario.values
        }
    )


def _words(sample: str) -> st.SearchStrategy[str]:
    """Other words, no longer than the sample."""
    return words.map(lambda text: text[: len(sample)].strip() or "a")


def _sample(sample: object, language: Language) -> str:
    return str(sample.get(language, "") if isinstance(sample, dict) else sample)


@pytest.mark.parametrize("scenario", list(COMPOSER.library), ids=lambda one: one.name)
@settings(max_examples=50 if WHOLE else 8, deadline=None)
@given(data=st.data())
def test_a_text_message_keeps_to_its_segments(scenario: Scenario, data: st.DataObject) -> None:
    area = data.draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=40, unique=True))
    messages = COMPOSER.compose_now(
        Draft(
            scenario=scenario.name,
            values=data.draw(details(scenario)),
            area=tuple(sorted(area)),
            languages=tuple(Language),
            channels=("sms",),
            alert_class=scenario.only or AlertClass.ALERT,
            now=NOON,
            expires_at=NOON + timedelta(hours=4),
        )
    )
    assert len(messages) == len(Language)
    for message in messages:
        cost = measure(rewrite(message.widest().text).text)
        assert cost.segments <= SMS.limit, (cost, message.text)
