"""A short text says what matters first, and a text message takes two segments in GSM-7.

For details of any words within the room a scenario's author reckons with: a name of the sender of
30 characters, an area of 35, the address of a page of 45, and each detail as long as its sample,
its default or the longest of its choices. Within the first 160 characters, which a phone shows
before it is opened, stand the hour, the danger, the municipality that comes first and the first
thing to do; who speaks stands at the end, before the address.
"""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.bootstrap import TEMPLATES, composer
from alerting.checks.lexicon import ACTIONS
from alerting.checks.lint import FIRST
from alerting.compose.composer import Composer, Draft, Sender
from alerting.compose.scenarios import Scenario
from alerting.compose.values import AREA_NAME, Declaration, ValueKind, sample
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES, SMS, LengthUnit
from alerting.domain.exercise_marks import mark
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import Encoding, measure
from alerting.settings import Settings
from tests.compose.samples import LIBRARY
from tests.doubles import NOON
from tests.make import gazetteer
from tests.tiers import WHOLE

ROOM = 30
TOWN = "Montigny-le-Tilleul"
AREA = f"{TOWN}, Fleurus, Dison"
ADDRESS = "https://alerts.example.org/fr/a/".ljust(45, "x")
AREAS = tuple(gazetteer().resolve("België"))
HEAD = re.compile(r"BE-Alert \{\{ time \}\}(?:, [A-ZÀ-Þ’' -]+(?: \d+)?)?\u00a0?: ")
"""French posts have a no-break space before the colon."""
SHORT = tuple(name for name, profile in PROFILES.items() if profile.is_short)

words = st.text(st.sampled_from("abcdéèçêëïôuAZÉ' -"), min_size=1, max_size=ROOM).filter(
    lambda text: text.strip() == text and text
)


class WidestPlaces:
    """A gazetteer that calls every area by a name that fills the room."""

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """As the gazetteer does."""
        return gazetteer().resolve(text, ask=ask)

    def area_name(self, codes: tuple[str, ...], language: Language, /, *, room: int = 0) -> str:
        """35 characters, the largest municipality first."""
        return AREA

    def area_phrases(
        self, codes: tuple[str, ...], language: Language, /, *, room: int
    ) -> tuple[str, ...]:
        """That one only."""
        return (AREA,)


WIDEST_SENDER = Sender(
    authority={one: f"Bürgermeister {one} ".ljust(ROOM, "x") for one in Language},
    town=dict.fromkeys(Language, TOWN),
    press_contact=dict.fromkeys(Language, "Persdienst"),
    url=dict.fromkeys(Language, ADDRESS),
)
WIDEST = Composer(
    library=LIBRARY,
    layouts=TEMPLATES / "layouts",
    places=WidestPlaces(),
    sender=WIDEST_SENDER,
)
ANY_AREA = composer(Settings(), gazetteer())


def longest(one: Declaration, language: Language) -> object:
    """What takes most room in this language: the sample, what stands in, or one of the choices."""
    if one.kind is ValueKind.CHOICE:
        return max(one.choices, key=lambda key: len(one.choices[key][language]))
    if one.kind is not ValueKind.TEXT:
        return sample(one, NOON)
    known = [_told(one.sample, language), *(each[language] for each in one.choices.values())]
    if one.default:
        default = _told(one.default, language)
        known.append(AREA if default == AREA_NAME else default)
    return max(known, key=len)


def _told(text: object, language: Language) -> str:
    if isinstance(text, Mapping):
        return _told(text.get(language, ""), language)
    return ", ".join(map(str, text)) if isinstance(text, list) else str(text)


def drafted(
    scenario: Scenario,
    values: Mapping[str, object],
    *,
    languages: tuple[Language, ...],
    channels: tuple[str, ...],
    area: tuple[str, ...] = ("62063",),
) -> Draft:
    return Draft(
        scenario=scenario.name,
        values=values,
        area=area,
        languages=languages,
        channels=channels,
        alert_class=scenario.only or AlertClass.ALERT,
        now=NOON,
        expires_at=NOON + scenario.validity,
        sender=WIDEST_SENDER,
    )


def faults_of(message: Message, stamp: str) -> list[str]:
    """All by which one short text falls short of the rule."""
    text = message.widest().text
    profile = PROFILES[message.channel]
    found = []
    if not HEAD.match(message.text.removeprefix(f"{stamp}: ")):
        found.append("begins otherwise than “BE-Alert <hour>: ” or “BE-Alert <hour>, <KIND>: ”")
    speaks = WIDEST_SENDER.authority[message.language]
    if not text.removesuffix(f" {stamp}").endswith(f". {speaks}. {ADDRESS}"):
        found.append("does not end in who speaks and the address")
    if AREA in text and text.index(TOWN) + len(TOWN) > FIRST:
        found.append(f"names the place after {FIRST} characters")
    told = ACTIONS[message.language].search(text)
    ends = re.compile(r"[.,:;!?]|$").search(text, told.end()) if told else None
    if ends is None or ends.start() > FIRST:
        found.append(f"has not said the first thing to do by {FIRST} characters")
    if profile.unit is LengthUnit.SEGMENTS:
        cost = measure(text)
        if cost.encoding is not Encoding.GSM7:
            found.append(f"is not in GSM-7: {[one.letter for one in cost.culprits]}")
        if cost.segments > profile.limit:
            found.append(f"takes {cost.segments} segments ({cost.units} characters of 306)")
    elif profile.count(text) > profile.limit:
        found.append(f"counts {profile.count(text)}, {profile.limit} is the limit")
    return [f"{message.channel} [{message.language}] {one}: {text}" for one in found]


@pytest.mark.parametrize("scenario", list(LIBRARY), ids=lambda one: one.name)
def test_a_short_text_says_what_matters_first_and_fits(scenario: Scenario) -> None:
    found: list[str] = []
    for language in Language:
        values = {one.name: longest(one, language) for one in scenario.values}
        given = drafted(scenario, values, languages=(language,), channels=SHORT)
        stamp = mark(given.alert_class, language)
        for message in WIDEST.compose_now(given):
            found += faults_of(message, stamp)
    assert not found, "\n".join(found)


def details(scenario: Scenario) -> st.SearchStrategy[dict[str, object]]:
    """The scenario's samples, with every free text replaced by other words of its length."""
    return st.fixed_dictionaries(
        {
            one.name: st.fixed_dictionaries(
                {language.value: _words(_told(one.sample, language)) for language in Language}
            )
            if one.kind is ValueKind.TEXT
            else st.just(sample(one, NOON))
            for one in scenario.values
        }
    )


def _words(sample: str) -> st.SearchStrategy[str]:
    """Other words, no longer than the sample."""
    return words.map(lambda text: text[: len(sample)].strip() or "a")


@pytest.mark.parametrize("scenario", list(LIBRARY), ids=lambda one: one.name)
@settings(max_examples=50 if WHOLE else 8, deadline=None)
@given(data=st.data())
def test_a_text_message_keeps_to_its_segments(scenario: Scenario, data: st.DataObject) -> None:
    area = data.draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=40, unique=True))
    messages = ANY_AREA.compose_now(
        drafted(
            scenario,
            data.draw(details(scenario)),
            languages=tuple(Language),
            channels=(SMS.name,),
            area=tuple(sorted(area)),
        )
    )
    assert len(messages) == len(Language)
    for message in messages:
        cost = measure(message.widest().text)
        assert cost.encoding is Encoding.GSM7, message.text
        assert cost.segments <= SMS.limit, (cost, message.text)
