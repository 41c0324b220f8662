"""Composing: a composition grows, is shared, and becomes an alert; nothing typed is lost."""

import pytest

from alerting.actions.alerts import compositions, drafting, previews, text_drafts
from alerting.actions.alerts.compositions import CompositionContent
from alerting.domain.alert import AlertClass, AlertState
from alerting.domain.composition import Composition
from alerting.domain.errors import BadRequest, BadValues, NotAllowed, NotFound, Outdated, Overtaken
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.make import EUPEN, LIEGE

AUGUST = Officer("august", Role.AUDITOR)
FULL = CompositionContent(
    scenario="chem_shelter",
    area=(EUPEN, LIEGE),
    values=DETAILS,
    channels=("sms", "email"),
    also_in=(Language.EN,),
)


async def begun(desk: Desk, alert_class: AlertClass = AlertClass.ALERT) -> Composition:
    return await compositions.create_composition(
        desk.services, "chem_shelter", alert_class, by=MILA
    )


async def test_a_composition_becomes_a_draft_and_goes(desk: Desk) -> None:
    composition = await begun(desk, AlertClass.EXERCISE)
    kept = await compositions.save_composition(
        desk.services, composition.id, with_english(), seen=1, by=MILA
    )
    made = await compositions.create_draft(desk.services, kept, by=MILA)
    assert (made.alert_class, made.state) == (AlertClass.EXERCISE, AlertState.DRAFT)
    assert made.languages == (Language.FR, Language.DE, Language.EN)
    assert made.channels == ("sms", "email")
    with pytest.raises(NotFound):
        await compositions.get_composition(desk.services, composition.id, by=MILA)


def with_english() -> CompositionContent:
    values = {
        name: {**value, "en": "port"} if isinstance(value, dict) else value
        for name, value in DETAILS.items()
    }
    return CompositionContent(**{**FULL.as_json(), "values": values})


async def test_what_cannot_be_made_stays_a_composition(desk: Desk) -> None:
    composition = await begun(desk)
    without = CompositionContent(scenario="chem_shelter", area=(LIEGE,), channels=("sms",))
    kept = await compositions.save_composition(
        desk.services, composition.id, without, seen=1, by=MILA
    )
    with pytest.raises(BadValues):
        await compositions.create_draft(desk.services, kept, by=MILA)
    assert CompositionContent.of(
        (await compositions.get_composition(desk.services, composition.id, by=MILA)).content
    ) == (without)


async def test_the_second_of_two_is_told_and_nothing_is_written_over(desk: Desk) -> None:
    composition = await begun(desk)
    await compositions.save_composition(
        desk.services, composition.id, FULL, seen=composition.version, by=JORIS
    )
    other = CompositionContent(scenario="chem_shelter", area=(EUPEN,), channels=("x",))
    with pytest.raises(Overtaken) as refused:
        await compositions.save_composition(
            desk.services, composition.id, other, seen=composition.version, by=MILA
        )
    assert refused.value.facts["officer"] == "joris"
    now = await compositions.get_composition(desk.services, composition.id, by=MILA)
    assert CompositionContent.of(now.content) == FULL
    assert now.version == 2


async def test_the_same_again_is_no_change(desk: Desk) -> None:
    composition = await begun(desk)
    for _ in range(2):
        kept = await compositions.save_composition(
            desk.services, composition.id, FULL, seen=1, by=MILA
        )
    assert kept.version == 2


async def test_a_look_says_what_is_missing_and_stands_examples_in(desk: Desk) -> None:
    await desk.registers_a_few()
    content = CompositionContent(scenario="chem_shelter", area=("60000",), channels=("sms",))
    look = await previews.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
    assert {name: str(said) for name, said in look.problems.items()} == {"next_update": "missing"}
    assert look.languages == (Language.FR, Language.DE)
    assert look.registered["sms"] == 2
    assert look.preview is not None
    assert "produit inconnu" in look.preview.alert.messages[0].text
    assert not look.complete
    content = CompositionContent(**{**FULL.as_json(), "also_in": ()})
    look = await previews.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
    assert look.complete


async def written(
    desk: Desk, before: Composition, filled: dict[str, str], **location: str
) -> Composition:
    """The composition with a location as it was typed, known names filled in, and read again."""
    stored = CompositionContent.of(before.content)
    content = CompositionContent(
        scenario="chem_shelter", area=(EUPEN,), values={"location": location}, channels=("sms",)
    )
    content = await compositions.fill_known_names(desk.services, content, stored, by=MILA)
    kept = await compositions.save_composition(
        desk.services, before.id, content, seen=before.version, by=MILA
    )
    again = await compositions.get_composition(desk.services, kept.id, by=MILA)
    read = CompositionContent.of(again.content)
    assert read == content
    assert {
        one.value: read.values["location"][one] for one in read.filled.get("location", ())
    } == filled
    return again


async def test_a_known_name_follows_its_source_until_somebody_changes_it(desk: Desk) -> None:
    now = await begun(desk)
    now = await written(desk, now, {"de": "Lüttich"}, fr="Liège")
    now = await written(desk, now, {"de": "Brüssel"}, fr="Bruxelles", de="Lüttich")
    now = await written(desk, now, {}, fr="port de Bruxelles", de="Brüssel")
    assert now.content["values"]["location"] == {"fr": "port de Bruxelles"}
    now = await written(desk, now, {"de": "Lüttich"}, fr="Liège", de="")
    now = await written(desk, now, {}, fr="Liège", de="Stadt Lüttich")
    now = await written(desk, now, {}, fr="Bruxelles", de="Stadt Lüttich")
    assert now.content["values"]["location"] == {"fr": "Bruxelles", "de": "Stadt Lüttich"}


async def test_words_of_a_language_the_area_no_longer_has_are_kept_and_said_nowhere(
    desk: Desk,
) -> None:
    values = {**DETAILS, "location": {"de": "Hafen"}, "substance": {"de": "Ammoniak"}}
    content = CompositionContent(
        scenario="chem_shelter", area=(LIEGE,), values=values, channels=("sms",)
    )
    look = await previews.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
    assert look.complete
    assert look.preview is not None
    assert {one.rule for one in look.preview.findings}.isdisjoint({"detail-missing"})
    begun_ = await begun(desk)
    kept = await compositions.save_composition(desk.services, begun_.id, content, seen=1, by=MILA)
    made = await compositions.create_draft(desk.services, kept, by=MILA)
    assert "[" not in "".join(one.text for one in made.messages)


async def test_without_an_area_there_is_nothing_to_show(desk: Desk) -> None:
    content = CompositionContent(scenario="chem_shelter", channels=("sms",))
    look = await previews.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
    assert (look.preview, look.towns, look.registered) == (None, (), {})


async def test_municipalities_that_make_a_province_are_called_by_it(desk: Desk) -> None:
    towns = compositions.expanded(desk.services, ["60000", "21004"])
    assert len(towns) == 85
    assert compositions.gathered(desk.services, towns) == ("60000", "21004")


async def test_an_alert_is_used_again_with_its_class(desk: Desk) -> None:
    old = await desk.drafts(alert_class=AlertClass.EXERCISE, also_in=(Language.NL,))
    composition = await compositions.create_composition_from_alert(desk.services, old.id, by=JORIS)
    content = CompositionContent.of(composition.content)
    assert composition.alert_class is AlertClass.EXERCISE
    assert content.area == (LIEGE,)
    assert content.values == {  # the hours of then are asked for again
        name: said for name, said in DETAILS.items() if name != "next_update"
    }
    assert content.also_in == (Language.NL,)


async def test_the_scenario_for_tests_is_for_tests(desk: Desk) -> None:
    with pytest.raises(BadRequest):
        await compositions.create_composition(desk.services, "test", AlertClass.ALERT, by=MILA)


async def test_only_those_who_draft_compose(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await compositions.create_composition(
            desk.services, "chem_shelter", AlertClass.ALERT, by=AUGUST
        )


async def test_a_revision_of_what_was_changed_meanwhile_is_refused(desk: Desk) -> None:
    alert = await desk.drafts()
    words = Message(channel="sms", language=Language.FR, text="BE-Alert: restez chez vous")
    await drafting.revise(desk.services, alert.id, [words], by=JORIS, seen=alert.fingerprint())
    with pytest.raises(Outdated):
        await drafting.revise(desk.services, alert.id, [words], by=MILA, seen=alert.fingerprint())


async def test_an_email_changed_by_hand_still_has_its_layout(desk: Desk) -> None:
    alert = await desk.drafts()
    words = Message(
        channel="email", language=Language.FR, subject="Fuite", text="Rentrez.\n\n1. Fermez tout."
    )
    changed = await having_read.revise(desk.services, alert.id, [words], by=MILA)
    letter = changed.message("email", Language.FR)
    assert letter is not None
    assert "Fermez tout.</li>" in letter.html
    assert "<html" in letter.html


async def test_words_being_typed_are_their_writers_own(desk: Desk) -> None:
    alert = await desk.drafts()
    for times, text in enumerate(("Rentrez", "Rentrez vite")):
        await text_drafts.save_text_draft(
            desk.services, alert.id, {"text.sms.fr": text}, seen="f", version=1, kept=times, by=MILA
        )
    kept = await text_drafts.load_text_draft(desk.services, alert.id, by=MILA)
    assert kept is not None
    assert kept.content["words"] == {"text.sms.fr": "Rentrez vite"}
    assert await text_drafts.load_text_draft(desk.services, alert.id, by=JORIS) is None
    assert await compositions.list_compositions(desk.services, by=MILA) == []
    await text_drafts.delete_text_draft(desk.services, alert.id, kept=2, by=MILA)
    assert await text_drafts.load_text_draft(desk.services, alert.id, by=MILA) is None
