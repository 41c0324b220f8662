"""A colleague, or the translators of an authority, give the words of one detail in one language.

The first answer goes into the field, if it is still empty beside the words that were read; it is a
proposal otherwise. Nobody else's text is lost by it, and whoever was not asked sees nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from alerting.actions import ledger
from alerting.actions.accounts import administration
from alerting.actions.alerts import compositions, translations
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.authorities import translators
from alerting.actions.authorities.translators import TranslatorRequest
from alerting.domain.alert import AlertClass
from alerting.domain.composition import Composition
from alerting.domain.errors import (
    AskedOften,
    BadRequest,
    BadValues,
    NotFound,
    Overtaken,
    TooManyTranslations,
    TranslationAnswered,
    TranslationNotNeeded,
)
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.domain.translation import MAX_REQUESTS_PER_HOUR, TranslationRequest, TranslationState
from alerting.services import Services
from alerting.store.alerts import translations as translation_rows
from alerting.store.database import Database
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services
from tests.staff import member, send_mails
from tests.territory import CITY, TOWN, Country

ADA = Officer("ada", Role.ADMINISTRATOR)
AUGUST = Officer("august", Role.AUDITOR)
BRUSSELS = "21004"
FR, NL, DE = Language.FR, Language.NL, Language.DE
CONTENT = CompositionContent(
    scenario="chem_shelter",
    area=(BRUSSELS,),
    values={"substance": {"fr": "chlore gazeux"}, "next_update": "2030-02-15T15:30"},
    channels=("sms",),
)


STAFF = {
    "mila": Role.COMMUNICATOR,
    "joris": Role.APPROVER,
    "leen": Role.APPROVER,
    "august": Role.AUDITOR,
}


@pytest.fixture
async def services(database: Database, clock: Clock) -> AsyncIterator[Services]:
    """On both databases."""
    made = make_services(database, clock)
    yield made
    await made.speller.aclose()


@pytest.fixture
async def staff(services: Services) -> None:
    """Who works at the national centre, and gets in by a token."""
    for name, role in STAFF.items():
        await Country(services).officer(role, "national", name=name)


@pytest.fixture
async def with_mailboxes(services: Services, clock: Clock) -> None:
    """Who works at the national centre, with accounts to which e-mails are written."""
    for name, role in STAFF.items():
        await member(services, clock, name, role)


async def composed(desk: Desk, by: Officer = MILA, **more: Any) -> Composition:
    made = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=by
    )
    return await compositions.save_composition(
        desk.services, made.id, replace(CONTENT, **more), seen=1, by=by
    )


async def asked(
    desk: Desk, about: Composition, officer: str = "joris", by: Officer = MILA
) -> TranslationRequest:
    return await translations.request_translation(
        desk.services, about.id, "substance", NL, officer=officer, by=by
    )


async def answers(
    desk: Desk, number: int, words: str = "chloorgas", by: Officer = JORIS, seen: str = ""
) -> TranslationRequest:
    if not seen:
        _, missing = await translations.get_translation(desk.services, number, by=by)
        seen = missing.seen
    return await translations.answer_translation(desk.services, number, words, seen=seen, by=by)


async def now(desk: Desk, about: Composition) -> Composition:
    return await compositions.get_composition(desk.services, about.id, by=MILA)


def substance(composition: Composition) -> Any:
    return CompositionContent.of(composition.content).values.get("substance")


async def mails(desk: Desk) -> list[tuple[str, str]]:
    """To whom something was written since the last time, by name, and what."""
    email = desk.services.channels["email"]
    assert isinstance(email, ScriptedChannel)
    before = len(email.sent)
    await send_mails(desk.services)
    return [(to.partition("@")[0], text) for to, _, text in email.sent[before:]]


@pytest.mark.usefixtures("with_mailboxes")
async def test_the_words_of_a_colleague_stand_in_the_field(desk: Desk) -> None:
    about = await composed(desk)
    await mails(desk)
    request = await asked(desk, about)
    assert await desk.notifications(JORIS) == [
        "mila asks you for a translation into Nederlands: “The product that is leaking”."
    ]
    [(to, text)] = await mails(desk)
    assert to == "joris"
    assert f"/translations/{request.id}" in text
    assert "chlore" not in text, "nothing that was typed leaves by e-mail"
    found, missing = await translations.get_translation(desk.services, request.id, by=JORIS)
    assert (found.asked_by, missing.words) == ("mila", {FR: "chlore gazeux"})

    assert (await answers(desk, request.id)).state is TranslationState.WRITTEN
    assert substance(await now(desk, about)) == {"fr": "chlore gazeux", "nl": "chloorgas"}
    assert await desk.notifications(JORIS) == []
    assert await desk.notifications(MILA) == [
        "joris sent the translation into Nederlands: “The product that is leaking”."
    ]
    told = (await ledger.list_entries(desk.services, by=ADA)).items
    entries = [one for one in told if one.what.startswith("translation.")]
    assert {one.what for one in entries} == {"translation.requested", "translation.answered"}
    assert "chloor" not in str(entries)


@pytest.mark.usefixtures("with_mailboxes")
async def test_the_translators_of_a_language_are_asked_together_and_the_first_answers(
    desk: Desk,
) -> None:
    about = await composed(desk)
    with pytest.raises(BadRequest, match="no translators"):
        await asked(desk, about, officer="")
    for name, language in (("joris", NL), ("leen", NL), ("leen", DE)):
        wanted = TranslatorRequest(officer=name, language=language)
        await translators.add_translator(desk.services, "national", wanted, by=ADA)
    await mails(desk)
    request = await asked(desk, about, officer="")
    assert sorted(to for to, _ in await mails(desk)) == ["joris", "leen"]
    await answers(desk, request.id, by=LEEN)
    assert await desk.notifications(JORIS) == []
    with pytest.raises(TranslationAnswered, match="leen"):
        await answers(desk, request.id, "chloor", by=JORIS)
    assert substance(await now(desk, about))["nl"] == "chloorgas"


@pytest.mark.usefixtures("staff")
async def test_only_whoever_was_asked_or_asked_sees_a_request(
    desk: Desk, services: Services
) -> None:
    country = await Country(services).founded()
    about = await composed(desk)
    request = await asked(desk, about)
    gent = await country.officer(Role.COMMUNICATOR, TOWN, name="joris-of-gent")
    for stranger in (LEEN, gent, replace(JORIS, authority=gent.authority)):
        with pytest.raises(NotFound, match="no translation request"):
            await translations.get_translation(services, request.id, by=stranger)
        with pytest.raises(NotFound, match="no translation request"):
            await answers(desk, request.id, by=stranger, seen="x")
    found, _ = await translations.get_translation(services, request.id, by=MILA)
    assert found.id == request.id


@pytest.mark.usefixtures("staff")
async def test_whoever_may_not_see_the_draft_cannot_be_asked(
    desk: Desk, services: Services
) -> None:
    country = await Country(services).founded()
    writer = await country.officer(Role.COMMUNICATOR, CITY, name="chris")
    await country.officer(Role.COMMUNICATOR, CITY, name="claire")
    await country.officer(Role.COMMUNICATOR, TOWN, name="griet")
    await country.officer(Role.COMMUNICATOR, CITY, name="trainee", training=True)
    about = await composed(desk, by=writer)
    _, askable = await translations.find_askable(services, about.id, "substance", NL, by=writer)
    assert [(place.code, names) for place, names in askable.colleagues] == [
        (CITY, ["claire"]),
        ("national", ["joris", "leen", "mila"]),
    ]
    for nobody in ("griet", "trainee", "august", "chris", "no-one"):
        with pytest.raises(BadRequest, match="cannot be asked"):
            await asked(desk, about, officer=nobody, by=writer)
    request = await asked(desk, about, officer="joris", by=writer)
    await answers(desk, request.id, by=JORIS)


@pytest.mark.usefixtures("staff")
async def test_only_what_is_missing_is_asked_for(desk: Desk) -> None:
    about = await composed(desk)
    for detail, language in (
        ("substance", FR),
        ("substance", DE),
        ("location", NL),
        ("next_update", NL),
        ("nothing", NL),
    ):
        with pytest.raises(BadRequest, match="nothing to translate"):
            await translations.request_translation(
                desk.services, about.id, detail, language, officer="joris", by=MILA
            )


@pytest.mark.usefixtures("staff")
async def test_an_answer_beside_words_that_changed_is_a_proposal(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    _, read = await translations.get_translation(desk.services, request.id, by=JORIS)
    changed = replace(CONTENT, values={**CONTENT.values, "substance": {"fr": "ammoniac"}})
    about = await compositions.save_composition(
        desk.services, about.id, changed, seen=about.version, by=MILA
    )
    answered = await answers(desk, request.id, seen=read.seen)
    assert answered.state is TranslationState.PROPOSED
    about = await now(desk, about)
    assert substance(about) == {"fr": "ammoniac"}
    assert "choose whether to use it" in (await desk.notifications(MILA))[0]

    with pytest.raises(Overtaken):
        await translations.take_proposal(
            desk.services, request.id, composition=request.composition_id, seen=1, by=MILA
        )
    taken = await translations.take_proposal(
        desk.services, request.id, composition=request.composition_id, seen=about.version, by=MILA
    )
    assert substance(taken) == {"fr": "ammoniac", "nl": "chloorgas"}
    assert await desk.notifications(MILA) == []


@pytest.mark.usefixtures("staff")
async def test_a_proposal_can_be_left_aside(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    await answers(desk, request.id, seen="other words")
    await translations.decline_proposal(
        desk.services, request.id, composition=request.composition_id, by=MILA
    )
    [found] = await translations.list_translations(desk.services, about.id, by=MILA)
    assert found.state is TranslationState.DECLINED
    about = await now(desk, about)
    await translations.take_proposal(
        desk.services, request.id, composition=request.composition_id, seen=about.version, by=MILA
    )
    assert substance(await now(desk, about)) == {"fr": "chlore gazeux"}


@pytest.mark.usefixtures("staff")
async def test_what_is_typed_meanwhile_in_other_fields_stays_beside_the_answer(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    await answers(desk, request.id)
    typed = replace(CONTENT, channels=("sms", "email"))
    kept = await compositions.save_composition(
        desk.services, about.id, typed, seen=about.version, by=MILA
    )
    assert substance(kept) == {"fr": "chlore gazeux", "nl": "chloorgas"}
    assert kept.content["channels"] == ["sms", "email"]


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    "typed",
    [
        pytest.param({"fr": "chlore gazeux", "nl": "chloor"}, id="own-words"),
        pytest.param({"fr": "ammoniac"}, id="other-source"),
        pytest.param("ammonia", id="chosen"),
    ],
)
async def test_what_is_typed_meanwhile_in_that_field_comes_first(desk: Desk, typed: Any) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    await answers(desk, request.id)
    own = replace(CONTENT, values={**CONTENT.values, "substance": typed})
    kept = await compositions.save_composition(
        desk.services, about.id, own, seen=about.version, by=MILA
    )
    assert substance(kept) == typed
    [found] = await translations.list_translations(desk.services, about.id, by=MILA)
    assert found.state is TranslationState.PROPOSED


@pytest.mark.usefixtures("staff")
async def test_two_answers_and_a_form_of_before_are_all_kept(desk: Desk) -> None:
    about = await composed(desk, also_in=(DE,))
    first = await asked(desk, about)
    second = await translations.request_translation(
        desk.services, about.id, "substance", DE, officer="leen", by=MILA
    )
    _, read = await translations.get_translation(desk.services, second.id, by=LEEN)
    await answers(desk, first.id)
    await answers(desk, second.id, "Chlorgas", by=LEEN)
    typed = replace(CONTENT, also_in=(DE,), channels=("email",))
    kept = await compositions.save_composition(
        desk.services, about.id, typed, seen=about.version, by=MILA
    )
    assert read.words == {FR: "chlore gazeux"}
    assert substance(kept) == {"fr": "chlore gazeux", "nl": "chloorgas", "de": "Chlorgas"}


@pytest.mark.usefixtures("staff")
async def test_nobody_elses_text_is_merged_without_a_choice(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    other = replace(CONTENT, channels=("email",))
    await compositions.save_composition(desk.services, about.id, other, seen=about.version, by=LEEN)
    await answers(desk, request.id)
    with pytest.raises(Overtaken):
        await compositions.save_composition(
            desk.services,
            about.id,
            replace(CONTENT, minutes=60),
            seen=about.version,
            by=MILA,
        )


@pytest.mark.usefixtures("staff")
async def test_a_field_that_is_filled_is_asked_for_no_longer(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    own = {**CONTENT.values, "substance": {"fr": "chlore gazeux", "nl": "chloor"}}
    await compositions.save_composition(
        desk.services, about.id, replace(CONTENT, values=own), seen=about.version, by=MILA
    )
    assert await desk.notifications(JORIS) == []
    with pytest.raises(TranslationNotNeeded):
        await answers(desk, request.id)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("end", ["drafted", "discarded"])
async def test_a_request_goes_with_its_composition(desk: Desk, end: str) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    if end == "drafted":
        await compositions.create_draft(desk.services, about, by=MILA)
    else:
        await compositions.delete_composition(desk.services, about.id, seen=about.version, by=MILA)
    async with desk.services.reading() as reading:
        assert await translation_rows.load(reading.connection, request.id) is None
    assert await desk.notifications(JORIS) == []
    assert [to for to, text in await mails(desk) if "/translations/" in text] == []
    with pytest.raises(TranslationNotNeeded):
        await answers(desk, request.id, seen="x")
    with pytest.raises(NotFound, match="no translation request"):
        await answers(desk, request.id, by=LEEN, seen="x")


@pytest.mark.usefixtures("staff")
async def test_a_request_can_be_withdrawn(desk: Desk) -> None:
    request = await asked(desk, await composed(desk))
    await translations.withdraw_translation(
        desk.services, request.id, composition=request.composition_id, by=MILA
    )
    assert await desk.notifications(JORIS) == []
    with pytest.raises(TranslationNotNeeded):
        await answers(desk, request.id)


@pytest.mark.usefixtures("staff")
async def test_one_person_waits_for_twenty_answers_at_most(desk: Desk) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    assert await asked(desk, about) == request, "the same again is the one there is"
    for _ in range(19):
        await asked(desk, await composed(desk))
    more = await composed(desk)
    with pytest.raises(TooManyTranslations):
        await asked(desk, more)
    await asked(desk, more, by=LEEN)
    await answers(desk, request.id)
    await asked(desk, more, officer="leen")


@pytest.mark.usefixtures("staff")
async def test_who_asks_and_withdraws_again_and_again_fills_no_mailbox(
    desk: Desk, clock: Clock
) -> None:
    about = await composed(desk)
    for n in range(MAX_REQUESTS_PER_HOUR):
        if n % 2:  # what was asked in a form that is gone was asked all the same
            await compositions.delete_composition(
                desk.services, about.id, seen=about.version, by=MILA
            )
            about = await composed(desk)
        request = await asked(desk, about)
        await translations.withdraw_translation(
            desk.services, request.id, composition=about.id, by=MILA
        )
    with pytest.raises(AskedOften):
        await asked(desk, about)
    clock.forward(hours=1)
    await asked(desk, about)


@pytest.mark.usefixtures("staff")
async def test_what_was_asked_in_one_composition_is_not_decided_in_another(desk: Desk) -> None:
    about, other = await composed(desk), await composed(desk)
    request = await asked(desk, about)
    with pytest.raises(NotFound):
        await translations.withdraw_translation(
            desk.services, request.id, composition=other.id, by=MILA
        )


async def test_a_version_that_is_not_there_yet_overwrites_nothing(desk: Desk) -> None:
    about = await composed(desk)
    typed = replace(CONTENT, channels=("email",))
    with pytest.raises(Overtaken):
        await compositions.save_composition(desk.services, about.id, typed, seen=999, by=MILA)


@pytest.mark.usefixtures("staff")
async def test_of_two_answers_in_the_same_moment_one_counts(desk: Desk) -> None:
    for name in ("joris", "leen"):
        wanted = TranslatorRequest(officer=name, language=NL)
        await translators.add_translator(desk.services, "national", wanted, by=ADA)
    about = await composed(desk)
    request = await asked(desk, about, officer="")
    typed = replace(CONTENT, channels=("email",))
    both = await asyncio.gather(
        answers(desk, request.id, "chloorgas", by=JORIS),
        answers(desk, request.id, "chloordamp", by=LEEN),
        compositions.save_composition(desk.services, about.id, typed, seen=about.version, by=MILA),
        return_exceptions=True,
    )
    refused = [one for one in both[:2] if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [TranslationAnswered]
    kept = await now(desk, about)
    assert substance(kept)["nl"] in {"chloorgas", "chloordamp"}
    assert kept.content["channels"] == ["email"]
    assert len({"joris", "leen"} & {*kept.hands}) == 1


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    ("words", "refused"),
    [("", BadRequest), ("a" * 301, BadValues), ("chloor\u202egas", BadValues)],
    ids=["nothing", "too-long", "hidden"],
)
async def test_words_that_could_not_stand_there_are_refused(
    desk: Desk, words: str, refused: type[Exception]
) -> None:
    about = await composed(desk)
    request = await asked(desk, about)
    with pytest.raises(refused):
        await answers(desk, request.id, words)
    assert substance(await now(desk, about)) == {"fr": "chlore gazeux"}


@pytest.mark.usefixtures("staff")
async def test_only_whoever_could_see_its_drafts_translates_for_an_authority(
    desk: Desk, services: Services
) -> None:
    country = await Country(services).founded()
    await country.officer(Role.COMMUNICATOR, TOWN, name="griet")
    await country.officer(Role.COMMUNICATOR, CITY, name="claire")
    for nobody in ("griet", "august", "no-one"):
        with pytest.raises(BadRequest, match="may not draft alerts here"):
            await translators.add_translator(
                services, CITY, TranslatorRequest(officer=nobody, language=NL), by=ADA
            )
    wanted = TranslatorRequest(officer="claire", language=NL)
    await translators.add_translator(services, CITY, wanted, by=ADA)
    with pytest.raises(BadRequest, match="already"):
        await translators.add_translator(services, CITY, wanted, by=ADA)


@pytest.mark.usefixtures("with_mailboxes")
async def test_whoever_leaves_is_on_no_list(desk: Desk) -> None:
    wanted = TranslatorRequest(officer="leen", language=NL)
    await translators.add_translator(desk.services, "national", wanted, by=ADA)
    await administration.end_account(desk.services, "leen", by=SHELL)
    assert await translators.list_translators(desk.services, "national", by=MILA) == []
