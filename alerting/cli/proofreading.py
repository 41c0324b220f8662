"""Texts of the library as one page to print: every channel, the languages side by side."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from alerting.compose.scenarios import Scenario
from alerting.domain.channel_profiles import LengthUnit, profile_of
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.i18n import msgid
from alerting.domain.text.length import spoken_seconds
from alerting.i18n import Translator

TITLE = msgid("Texts of the scenarios")
EXPLANATION = msgid(
    "Filled with the sample details of each scenario, as sent on {moment}, in the name of {sender}."
)
EXPERT = msgid("{scenario}: an expert must decide: {question}")
LENGTHS = {
    LengthUnit.SEGMENTS: msgid("{units} characters, text message segments: {n}"),
    LengthUnit.SECONDS: msgid("{n} s read aloud"),
}
CHARACTERS = msgid("{n} of {most} characters")


def page(
    template: Path,
    composed: Iterable[tuple[Scenario, Iterable[Message]]],
    *,
    columns: int,
    explanation: Mapping[str, object],
    say: Translator,
) -> str:
    """The page as HTML, complete in itself, in `columns` on paper.

    `explanation` gives the fields of EXPLANATION.
    The messages of a scenario come channel by channel, their hour of sending filled in.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made = environment.from_string(template.read_text(encoding="utf-8"))
    return made.render(
        language=say.language,
        columns=columns,
        title=say(TITLE),
        explanation=say(EXPLANATION, **explanation),
        scenarios=[_scenario(scenario, messages, say) for scenario, messages in composed],
    )


def expert_note(scenario: Scenario, say: Translator) -> str:
    """What an expert must still decide about its texts; empty where nothing."""
    if not scenario.needs_expert:
        return ""
    return say(EXPERT, scenario=scenario.name, question=scenario.needs_expert)


def _scenario(
    scenario: Scenario, messages: Iterable[Message], say: Translator
) -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.titles[say.language],
        "note": expert_note(scenario, say),
        "channels": [
            (
                say(profile_of(channel).label),
                [
                    {
                        "language": message.language,
                        "subject": message.subject,
                        "text": message.text,
                        "length": _length(message, say),
                    }
                    for message in of_channel
                ],
            )
            for channel, of_channel in groupby(messages, key=lambda message: message.channel)
        ],
    }


def _length(message: Message, say: Translator) -> str:
    profile = profile_of(message.channel)
    match profile.unit:
        case LengthUnit.SEGMENTS:
            size = measure(message.text)
            return say(LENGTHS[profile.unit], units=size.units, n=size.segments)
        case LengthUnit.SECONDS:
            seconds = round(spoken_seconds(message.text, message.language))
            return say(LENGTHS[profile.unit], n=seconds)
        case LengthUnit.CHARACTERS:
            return say(CHARACTERS, n=profile.count(message.text), most=profile.limit)
    return ""
