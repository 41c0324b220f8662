"""All channels of a language give the same instructions: found against each other, and after edits.

“Laissez les enfants à l'école”, on a Sunday at two: taken out of the text message and the post, it
stayed in the mail and the press release, was approved so, and no check noticed.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.actions.alerts import queries
from alerting.checks.check_input import CheckInput
from alerting.checks.instructions import ADDED, CONTRADICT, LEFT_OUT, instructions
from alerting.domain.alert import AlertClass
from alerting.domain.errors import NotFit
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests import having_read
from tests.compose.samples import COMPOSER, LIBRARY, NOW, draft, samples
from tests.desk import MILA, Desk

FR, NL, DE, EN = Language
BLOCKS, WARNS, _ = FindingSeverity


def found(messages: tuple[Message, ...], composed: tuple[Message, ...]) -> list[Finding]:
    subject = CheckInput(
        messages=messages,
        required=(),
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=3),
        composed=composed,
    )
    return list(instructions(subject))


def edited(
    messages: tuple[Message, ...], channel: str, language: Language, change: Callable[[str], str]
) -> tuple[Message, ...]:
    changed = tuple(
        replace(one, text=change(one.text))
        if (one.channel, one.language) == (channel, language)
        else one
        for one in messages
    )
    assert changed != messages, "the edit found nothing to change"
    return changed


@pytest.mark.parametrize("scenario", LIBRARY.names())
@pytest.mark.parametrize("given", ["every detail", "required details alone"])
async def test_no_scenario_as_it_ships_differs_between_its_channels(
    scenario: str, given: str
) -> None:
    required = {one.name for one in LIBRARY.scenario(scenario).values if one.required}
    values = {
        name: value
        for name, value in samples(scenario).items()
        if given == "every detail" or name in required
    }
    messages = await COMPOSER.compose(draft(scenario, values=values))
    assert found(messages, messages) == []
    assert found(messages, ()) == []


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        pytest.param(FR, r"[Rr]estez à l'intérieur", "évacuez la zone", id="fr"),
        pytest.param(NL, r"blijf binnen", "evacueer de zone", id="nl"),
        pytest.param(DE, r"Gehen Sie SOFORT ins Haus", "Verlassen Sie sofort das Gebiet", id="de"),
        pytest.param(EN, r"stay inside", "leave the area", id="en"),
    ],
)
async def test_one_text_that_says_the_contrary_of_the_others_blocks(
    language: Language, before: str, after: str
) -> None:
    composed = await COMPOSER.compose(draft("chem_shelter", channels=("sms", "email", "x")))
    messages = edited(
        composed,
        "sms",
        language,
        lambda text: re.sub(r"(?i)Rentrez MAINTENANT, |Ga NU naar binnen en |Go inside NOW and "
                            r"| und bleiben Sie dort", "", re.sub(before, after, text)),
    )  # fmt: skip
    (one, *more) = found(messages, composed)
    assert more == []
    assert (one.rule, one.severity) == (CONTRADICT, BLOCKS)
    assert (one.channel, one.language) == ("sms", language), "the text that was edited"
    assert one.where
    assert after.split(maxsplit=1)[0].casefold() in str(one.facts["here"]).casefold()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param(FR, r"Laissez (?:les|vos) enfants à l['’]école[^.]*\.", id="fr"),
        pytest.param(NL, r"Laat (?:de|uw) kinderen op school[^.]*\.", id="nl"),
        pytest.param(DE, r"Lassen Sie (?:die|Ihre) Kinder in der Schule[^.]*\.", id="de"),
        pytest.param(EN, r"Leave (?:the|your) children at school[^.]*\.", id="en"),
    ],
)
async def test_what_an_edit_takes_from_one_channel_others_do_not_keep_unsaid(
    language: Language, sentence: str
) -> None:
    composed = await COMPOSER.compose(draft("chem_shelter", channels=("sms", "email", "press")))

    def without(text: str) -> str:
        return re.sub(sentence, "", text)

    messages = edited(composed, "sms", language, without)
    (one,) = found(messages, composed)
    assert (one.rule, one.severity) == (LEFT_OUT, WARNS)
    assert (one.channel, one.language) == ("sms", language)
    for channel in ("email", "press"):
        messages = edited(messages, channel, language, without)
    assert found(messages, composed) == [], "taken out of all of them, it is the same instruction"


async def test_what_is_added_to_one_channel_alone_is_said() -> None:
    composed = await COMPOSER.compose(draft("power_outage", channels=("sms", "email")))
    messages = edited(composed, "sms", EN, lambda text: text + " Boil the water.")
    (one,) = found(messages, composed)
    assert (one.rule, one.severity, one.channel) == (ADDED, WARNS, "sms")
    messages = edited(messages, "email", EN, lambda text: text + "\nBoil the water.")
    assert found(messages, composed) == []


async def test_another_wording_of_the_same_is_the_same() -> None:
    composed = await COMPOSER.compose(draft("fire_smoke", channels=("sms", "email")))

    def reworded(text: str) -> str:
        return re.sub(r"(?i)stay (?:inside|indoors)", "do not go outside", text)

    messages = edited(composed, "sms", EN, reworded)
    assert found(messages, composed) == []


async def test_an_alert_whose_channels_contradict_each_other_is_not_approved(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(channels=["sms", "email"])
    message = alert.message("sms", FR)
    assert message
    words = message.text.replace("Rentrez MAINTENANT, restez à l'intérieur", "Évacuez la zone")
    words = words.replace("Rentrez MAINTENANT, restez a l'interieur", "Évacuez la zone")
    assert words != message.text
    text = Message(channel="sms", language=FR, text=words)
    await having_read.revise(desk.services, alert.id, [text], by=MILA)
    preview = await queries.preview(desk.services, alert.id, by=MILA)
    assert CONTRADICT in {one.rule for one in preview.findings}
    with pytest.raises(NotFit, match="contradicts"):
        await desk.approves(alert)
