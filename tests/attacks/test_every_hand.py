"""Whoever had a hand in the words of an alert, at any time and in any way, neither approves it nor
reviews it, whatever others do to it afterwards."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.actions import authorization
from alerting.actions.alerts import (
    approval,
    compositions,
    drafting,
    follow_ups,
    queries,
    text_drafts,
    translations,
)
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.templates import scenarios, versions
from alerting.compose.locale_formats import join_list
from alerting.compose.values import Declaration, ValueKind, texts_in
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp
from alerting.domain.composition import Composition
from alerting.domain.errors import NeedsOtherPerson, NeedsSecondPerson, Refusal
from alerting.domain.four_eyes import hand_in, other_reviewer
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Membership, Officer, Role
from alerting.domain.own_words import runs
from alerting.store.accounts import memberships as membership_rows
from alerting.store.database import Database
from alerting.store.tables import metadata
from tests import having_read
from tests.copying import copied
from tests.desk import CLOSED, DETAILS, JORIS, LEEN, MILA, TYPED, Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.territory import Country, gives_token
from tests.tiers import WHOLE
from tests.web.console import Browsers

PETRA = Officer("petra", Role.APPROVER)
APPROVERS = (JORIS, LEEN, PETRA)
WORDS = Message(channel="sms", language=Language.FR, text="BE-Alert: restez à l'intérieur")


async def drafts(desk: Desk, by: Officer) -> Alert:
    return await desk.drafts(by=by)


async def edits(desk: Desk, by: Officer, text: str = WORDS.text) -> Alert:
    alert = await desk.drafts()
    new = Message(channel="sms", language=Language.FR, text=text)
    return await having_read.revise(desk.services, alert.id, [new], by=by)


async def rewrites(desk: Desk, by: Officer) -> Alert:
    alert = await edits(desk, MILA, "BE-Alert: fermez les fenêtres")
    return await having_read.accept_rewrite(desk.services, alert.id, by=by)


async def types(desk: Desk, by: Officer) -> Alert:
    alert = await desk.drafts()
    typed = {"text.sms.fr": "BE-Alert: sortez"}
    await text_drafts.save_text_draft(
        desk.services, alert.id, typed, seen=alert.fingerprint(), version=1, by=by
    )
    await text_drafts.delete_text_draft(desk.services, alert.id, kept=1, by=by)
    return alert


async def fills_in_the_form(desk: Desk, by: Officer) -> Alert:
    form = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    content = CompositionContent(
        scenario="chem_shelter", area=("62063",), values=DETAILS, channels=("sms", "email")
    )
    half = CompositionContent(scenario="chem_shelter", area=("62063",), channels=("sms", "email"))
    form = await compositions.save_composition(
        desk.services, form.id, half, seen=form.version, by=by
    )
    form = await compositions.save_composition(
        desk.services, form.id, content, seen=form.version, by=MILA
    )
    return await compositions.create_draft(desk.services, form, by=MILA)


async def submits(desk: Desk, by: Officer) -> Alert:
    return await having_read.submit(desk.services, (await desk.drafts()).id, by=by)


async def proposes(desk: Desk, by: Officer) -> Alert:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    await approval.return_to_author(
        desk.services, alert.id, by=by, reason="Clearer words are needed", proposed=[WORDS]
    )
    return await drafting.accept_proposal(
        desk.services, alert.id, by=MILA, seen=alert.fingerprint()
    )


async def asked_of(desk: Desk, by: Officer, seen: str = "") -> Composition:
    """A form with a word that somebody gave in the one language they were asked for."""
    await Country(desk.services).officer(Role.APPROVER, "national", name=by.name)
    form = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    half = {"substance": {"fr": "chlore gazeux"}, "next_update": DETAILS["next_update"]}
    content = CompositionContent(
        scenario="chem_shelter", area=("21004",), values=half, channels=("sms", "email")
    )
    form = await compositions.save_composition(
        desk.services, form.id, content, seen=form.version, by=MILA
    )
    asked = await translations.request_translation(
        desk.services, form.id, "substance", Language.NL, officer=by.name, by=MILA
    )
    _, missing = await translations.get_translation(desk.services, asked.id, by=by)
    await translations.answer_translation(
        desk.services, asked.id, "chloorgas", seen=seen or missing.seen, by=by
    )
    return await compositions.get_composition(desk.services, form.id, by=MILA)


async def translates(desk: Desk, by: Officer) -> Alert:
    return await compositions.create_draft(desk.services, await asked_of(desk, by), by=MILA)


async def proposes_a_translation(desk: Desk, by: Officer) -> Alert:
    form = await asked_of(desk, by, seen="what was not read")
    [asked] = await translations.list_translations(desk.services, form.id, by=MILA)
    form = await translations.take_proposal(
        desk.services, asked.id, composition=form.id, seen=form.version, by=MILA
    )
    return await compositions.create_draft(desk.services, form, by=MILA)


async def translates_while_another_types(desk: Desk, by: Officer) -> Alert:
    form = await asked_of(desk, by)
    content = CompositionContent.of(form.content)
    typed = replace(
        content,
        minutes=60,
        values={**content.values, "substance": {"fr": "chlore gazeux"}},
    )
    form = await compositions.save_composition(
        desk.services, form.id, typed, seen=form.version - 1, by=MILA
    )
    return await compositions.create_draft(desk.services, form, by=MILA)


EVERY_HAND: tuple[Callable[[Desk, Officer], Awaitable[Alert]], ...] = (
    drafts,
    edits,
    rewrites,
    types,
    fills_in_the_form,
    submits,
    proposes,
    translates,
    proposes_a_translation,
    translates_while_another_types,
)


@pytest.mark.parametrize("act", EVERY_HAND, ids=lambda act: act.__name__)
async def test_no_hand_approves_even_after_others_wrote_and_submitted_last(
    desk: Desk, act: Callable[[Desk, Officer], Awaitable[Alert]]
) -> None:
    await desk.registers_a_few()
    alert = await act(desk, JORIS)
    comma = Message(channel="email", language=Language.FR, subject="Alerte", text="Restez dedans.")
    await having_read.revise(desk.services, alert.id, [comma], by=MILA)
    await having_read.submit(desk.services, alert.id, by=MILA)
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await approval.approve(
            desk.services,
            alert.id,
            by=JORIS,
            reason="It is urgent",
            seen=(await desk.reads(alert)).fingerprint(),
        )
    assert hand_in(await desk.reads(alert), "joris")
    assert not hand_in(await desk.reads(alert), "leen")


@pytest.mark.parametrize("act", EVERY_HAND, ids=lambda act: act.__name__)
async def test_no_hand_reviews_what_another_sent_alone(
    desk: Desk, act: Callable[[Desk, Officer], Awaitable[Alert]]
) -> None:
    sent = replace(await desk.reads(await act(desk, JORIS)), sender="dirk")
    for name in ("joris", "dirk"):
        with pytest.raises(NeedsSecondPerson, match=f"{name} took part"):
            other_reviewer(sent, name)
    other_reviewer(sent, "leen")


async def test_the_editor_says_before_typing_what_it_costs_and_who_is_left(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(by=LEEN)
    async with desk.services.unit() as unit:
        for name in ("joris", "leen", "petra"):
            number = await membership_rows.grant(
                unit.connection,
                Membership(
                    officer=name,
                    authority="national",
                    role=Role.APPROVER,
                    granted_by="test",
                    granted_at=desk.clock.now,
                    confirmed_by="test",
                ),
            )
            assert number is not None
            member = await authorization.member_named(desk.services, unit, name, number)
            await gives_token(desk.services, unit, member)
    joris = await browsers(JORIS)
    page = " ".join((await joris.get(f"/alerts/{alert.id}/edit")).text.split())
    assert "you can no longer approve this alert. Users who could still approve it: petra." in page
    await edits_again(desk, alert, by=PETRA)
    page = (await joris.get(f"/alerts/{alert.id}/edit")).text
    assert "No other user could then approve it." in page


async def edits_again(desk: Desk, alert: Alert, *, by: Officer) -> None:
    await having_read.revise(desk.services, alert.id, [WORDS], by=by)


async def test_words_proposed_with_a_return_are_shown_to_the_author_who_takes_them(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    joris, mila = await browsers(JORIS), await browsers(MILA)
    form = {
        "said": "Clearer words are needed",
        "text.sms.fr": "BE-Alert: restez dedans, fermez tout",
    }
    assert (await joris.post(f"/alerts/{alert.id}/return", data=form)).status_code == 303
    page = (await mila.get(f"/alerts/{alert.id}")).text
    assert "joris proposes a different text" in page
    assert "restez dedans, fermez tout" in page
    seen = {"seen": alert.fingerprint()}
    assert (await mila.post(f"/alerts/{alert.id}/proposal", data=seen)).status_code == 303
    taken = await desk.reads(alert)
    assert "fermez tout" in taken.message("sms", Language.FR).text  # type: ignore[union-attr]
    assert (taken.version, taken.proposed, "joris" in taken.hands) == (2, (), True)


async def test_looking_at_the_editor_without_changing_a_word_costs_nothing(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    said = alert.message("sms", Language.FR)
    assert said is not None
    await text_drafts.save_text_draft(
        desk.services,
        alert.id,
        {"text.sms.fr": said.text},
        seen=alert.fingerprint(),
        version=1,
        by=JORIS,
    )
    assert (await desk.approves(alert, by=JORIS)).approver == "joris"


async def test_returning_an_alert_without_other_words_costs_nothing(desk: Desk) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    same = alert.messages[0]
    await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Too soon: not confirmed", proposed=[same]
    )
    await having_read.submit(desk.services, alert.id, by=MILA)
    assert (await desk.approves(alert, by=JORIS)).approver == "joris"


async def copies(desk: Desk, alert: Alert) -> Alert:
    return await copied(desk, alert, by=MILA)


def follows(how: FollowUp) -> Callable[[Desk, Alert], Awaitable[Alert]]:
    async def act(desk: Desk, alert: Alert) -> Alert:
        if alert.state is not AlertState.SENDING:
            alert = await desk.sends(await desk.approves(alert, by=PETRA))
        return await desk.follows_up(alert, how)

    act.__name__ = how.value
    return act


updates = follows(FollowUp.UPDATE)


@pytest.mark.parametrize(
    ("first", "then"),
    [(copies, copies), (copies, updates), (updates, updates)],  # no alert is made from an update
    ids=lambda act: act.__name__,
)
async def test_a_hand_in_an_alert_is_a_hand_in_all_that_its_typed_words_are_taken_into(
    desk: Desk,
    first: Callable[[Desk, Alert], Awaitable[Alert]],
    then: Callable[[Desk, Alert], Awaitable[Alert]],
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=JORIS)
    await edits_again(desk, alert, by=LEEN)
    for make in (first, then):
        alert = await make(desk, await desk.reads(alert))
        assert alert.hands == {"mila", "joris", "leen"}
        for who in (JORIS, LEEN):
            with pytest.raises(NeedsSecondPerson, match=who.name):
                await desk.approves(alert, by=who)
    assert (await desk.approves(alert, by=PETRA)).approver == "petra"


@pytest.mark.parametrize(
    "make", [copies, *(follows(how) for how in FollowUp)], ids=lambda act: act.__name__
)
async def test_where_no_typed_word_comes_along_whoever_wrote_the_first_can_approve(
    desk: Desk, make: Callable[[Desk, Alert], Awaitable[Alert]]
) -> None:
    await desk.registers_a_few()
    made = await make(desk, await desk.drafts(by=JORIS, values=CLOSED))
    assert made.hands == {"mila"}
    assert (await desk.approves(made, by=JORIS)).approver == "joris"


def as_it_is(items: list[str]) -> object:
    return items


def in_one_sentence(items: list[str]) -> object:
    return {language.value: join_list(items, language) for language in Language}


def per_language(items: list[str]) -> object:
    return {language.value: items for language in Language}


def with_a_stop(items: list[str]) -> object:
    return [f"{one}." for one in items]


def in_capitals_and_spaces(items: list[str]) -> object:
    return [f"  {one.upper().replace(' ', '   ')} " for one in items]


def without_accents(items: list[str]) -> object:
    return [one.replace("é", "e") for one in items]


def with_commas(items: list[str]) -> object:
    return [one.replace(" ", ", ") for one in items]


WAYS: tuple[Callable[[list[str]], object], ...] = (
    as_it_is,
    in_one_sentence,
    per_language,
    with_a_stop,
    in_capitals_and_spaces,
    without_accents,
    with_commas,
)
DETAIL = Declaration(name="detail", kind=ValueKind.TEXT)


@given(
    items=st.lists(
        st.text("aé T1", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=3
    ),
    first=st.sampled_from(WAYS),
    again=st.sampled_from(WAYS),
)
def test_words_are_the_same_in_whatever_way_they_are_typed(
    items: list[str],
    first: Callable[[list[str]], object],
    again: Callable[[list[str]], object],
) -> None:
    def said(way: Callable[[list[str]], object]) -> frozenset[int]:
        return frozenset[int]().union(*map(runs, texts_in(DETAIL, way(items))))

    assert said(first) & said(again)


@pytest.mark.parametrize("typed", ["+32 80030300", "0800/30.300", "0800 30 300"])
def test_a_telephone_number_is_the_same_however_it_is_written(typed: str) -> None:
    phone = Declaration(name="info_phone", kind=ValueKind.PHONE)
    assert set(texts_in(phone, typed)) == {"0800 30 300"}


PORT = "sortez tous et allez au port"


async def typed_first(desk: Desk) -> Alert:
    return await desk.drafts(by=JORIS, values={**DETAILS, "location": PORT})


async def written_into_a_text(desk: Desk) -> Alert:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    text = Message(channel="sms", language=Language.FR, text=f"BE-Alert: attention. {PORT}.")
    return await having_read.revise(desk.services, alert.id, [text], by=JORIS)


async def goes_on(desk: Desk, alert: Alert, location: object = "ici", by: Officer = MILA) -> Alert:
    if alert.state is AlertState.DRAFT:
        alert = await having_read.approve(desk.services, alert.id, by=PETRA, reason="It is urgent")
        alert = await desk.sends(alert)
    wanted = follow_ups.FollowUpRequest(
        how=FollowUp.UPDATE, values={**TYPED[FollowUp.UPDATE], "location": location}
    )
    return await follow_ups.create_follow_up(desk.services, alert.id, wanted, by=by)


async def in_its_update(desk: Desk, alert: Alert) -> Alert:
    return await goes_on(desk, alert, [f"{PORT.capitalize()}."])


async def over_an_update(desk: Desk, alert: Alert) -> Alert:
    return await goes_on(desk, await goes_on(desk, alert), f"{PORT}.")


async def in_a_text_of_its_update(desk: Desk, alert: Alert) -> Alert:
    made = await goes_on(desk, alert)
    text = Message(channel="sms", language=Language.FR, text=f"BE-Alert: info. {PORT}!")
    return await having_read.revise(desk.services, made.id, [text], by=MILA)


async def in_an_update_of_its_copy(desk: Desk, alert: Alert) -> Alert:
    return await goes_on(desk, await copied(desk, alert, by=MILA), f"{PORT}.")


OWN = ("instruction", "change", "known", "unknown", "doing")


@pytest.mark.parametrize("first", [typed_first, written_into_a_text], ids=lambda act: act.__name__)
@pytest.mark.parametrize(
    "then",
    [in_its_update, over_an_update, in_a_text_of_its_update, in_an_update_of_its_copy],
    ids=lambda act: act.__name__,
)
async def test_words_typed_again_anywhere_in_a_chain_are_still_whose_they_were(
    desk: Desk,
    first: Callable[[Desk], Awaitable[Alert]],
    then: Callable[[Desk, Alert], Awaitable[Alert]],
) -> None:
    await desk.registers_a_few()
    made = await then(desk, await first(desk))
    assert "joris" in made.hands
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await desk.approves(made, by=JORIS)


async def test_words_of_a_follow_up_that_never_left_are_whose_they_were(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await goes_on(desk, await desk.drafts(by=MILA, values=CLOSED), PORT, by=JORIS)
    assert alert.previous_alert is not None
    first = await queries.get_alert(desk.services, alert.previous_alert, by=MILA)
    assert "joris" in (await goes_on(desk, first, PORT)).hands
    other = follow_ups.FollowUpRequest(
        how=FollowUp.UPDATE, values=TYPED[FollowUp.UPDATE] | dict.fromkeys(OWN, "autre chose")
    )
    assert (await follow_ups.create_follow_up(desk.services, first.id, other, by=LEEN)).hands == {
        "leen"
    }, "what a follow-up is filled in with is nobody's"


OUT = "ammoniac, sortez tous et courez vers la gare"


async def copies_by_hand(desk: Desk, first: Alert, **values: str) -> Alert:
    wanted = drafting.DraftRequest(
        scenario="chem_shelter",
        area=("4000 Liège",),
        values={**CLOSED, **values},
        copied_from=first.id,
        channels=("sms",),
    )
    return await drafting.draft(desk.services, wanted, by=MILA)


async def a_detail_back_in_a_text(desk: Desk) -> Alert:
    values = {**CLOSED, "substance": OUT}
    first = await desk.drafts(by=JORIS, values=values, channels=("sms",))
    made = await copies_by_hand(desk, first)
    return await having_read.revise(desk.services, made.id, first.messages, by=MILA)


async def a_text_back_as_a_detail(desk: Desk) -> Alert:
    first = await desk.drafts(by=MILA, values=CLOSED, channels=("sms",))
    new = [replace(one, text=one.text.replace("ammoniac", OUT)) for one in first.messages]
    await having_read.revise(desk.services, first.id, new, by=JORIS)
    return await copies_by_hand(desk, first, substance=OUT)


async def a_comma_for_a_full_stop(desk: Desk) -> Alert:
    typed = "sortez tous. Courez vers la gare"
    first = await desk.drafts(by=JORIS, values={**CLOSED, "location": typed})
    return await copies_by_hand(desk, first, location="sortez tous, courez vers la gare")


async def other_words_around_them(desk: Desk) -> Alert:
    first = await desk.drafts(by=JORIS, values={**CLOSED, "location": f"à Liège: {PORT}"})
    return await copies_by_hand(desk, first, location=f"{PORT} de Liège, vite")


async def proposed_and_typed_in_a_copy(desk: Desk) -> Alert:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    first = await having_read.submit(desk.services, alert.id, by=MILA)
    said = replace(first.messages[0], text=f"{first.messages[0].text} Courez tous vers la gare.")
    await approval.return_to_author(
        desk.services, first.id, by=JORIS, reason="Clearer words are needed", proposed=[said]
    )
    made = await copies_by_hand(desk, first)
    text = made.message("sms", Language.FR)
    assert text is not None
    again = replace(text, text=f"{text.text} Courez tous vers la gare!")
    return await having_read.revise(desk.services, made.id, [again], by=MILA)


@pytest.mark.parametrize(
    "way",
    [
        a_detail_back_in_a_text,
        a_text_back_as_a_detail,
        a_comma_for_a_full_stop,
        other_words_around_them,
        proposed_and_typed_in_a_copy,
    ],
    ids=lambda way: way.__name__,
)
async def test_a_few_words_in_a_row_are_whose_they_were_wherever_they_stand(
    desk: Desk, way: Callable[[Desk], Awaitable[Alert]]
) -> None:
    await desk.registers_a_few()
    made = await way(desk)
    assert "joris" in made.hands
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await desk.approves(made, by=JORIS)


async def test_they_are_looked_up_in_each_database_over_copies_of_copies(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    made = await copies_by_hand(desk, await a_text_back_as_a_detail(desk))
    for _ in range(2):
        made = await copies_by_hand(desk, made)
    assert made.hands == {"mila"}
    assert "joris" in (await copies_by_hand(desk, made, substance=OUT)).hands


async def test_what_the_library_says_is_nobodys_whoever_takes_it_out_and_puts_it_back(
    desk: Desk,
) -> None:
    await desk.registers_a_few()
    first = await desk.drafts(by=MILA, values=CLOSED, channels=("sms",))
    await having_read.revise(desk.services, first.id, [WORDS], by=LEEN)
    await having_read.revise(desk.services, first.id, first.messages, by=JORIS)
    made = await copies_by_hand(desk, first)
    await having_read.revise(desk.services, made.id, [WORDS], by=PETRA)
    made = await having_read.revise(desk.services, made.id, first.messages, by=MILA)
    assert "joris" in made.hands, "who wrote in the alert in which PETRA's words were typed first"
    other = await copies_by_hand(desk, first)
    text = replace(WORDS, text=f"{other.messages[0].text} Merci.")
    other = await having_read.revise(desk.services, other.id, [text], by=MILA)
    assert other.hands == {"mila"}


WORDING = "chem_shelter/sms.toml"


@pytest.mark.parametrize(
    "again",
    ["coupez la ventilation, sortez vite", "Coupez la  ventilation, sortez vite!"],
    ids=["the same", "other signs"],
)
async def test_a_wording_proposed_again_is_still_whose_it_was(desk: Desk, again: str) -> None:
    shipped = (await scenarios.list_scenarios(desk.services)).source(
        *Path(WORDING).with_suffix("").parts
    )
    words = "coupez la ventilation"
    assert words in shipped

    async def proposes_wording(said: str, by: Officer) -> int:
        content = shipped.replace(words, said)
        return await versions.propose_version(desk.services, WORDING, content, by=by)

    await proposes_wording("coupez la ventilation, sortez vite", JORIS)
    number = await proposes_wording(again, MILA)
    with pytest.raises(NeedsOtherPerson):
        await versions.approve_version(desk.services, number, by=JORIS)
    assert (await versions.approve_version(desk.services, number, by=LEEN)).id == number
    other = await proposes_wording("arrêtez la ventilation", MILA)
    assert (await versions.approve_version(desk.services, other, by=JORIS)).id == other


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["edit", "type", "submit", "return", "propose", "approve"]),
        st.sampled_from(APPROVERS),
    ),
    min_size=3,
    max_size=10,
)


@settings(
    max_examples=25 if WHOLE else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(author=st.sampled_from((MILA, *APPROVERS)), acts=ACTS)
def test_whatever_several_officers_do_nobody_with_a_hand_ever_approves(
    author: Officer, acts: list[tuple[str, Officer]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder) / "alerting.db", author, acts))


async def _play(path: Path, author: Officer, acts: list[tuple[str, Officer]]) -> None:
    clock = Clock()
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    services = make_services(database, clock)
    desk = Desk(services, clock)
    try:
        await desk.registers_a_few()
        alert = await desk.drafts(by=author)
        hands = {author.name}
        for step, (what, by) in enumerate(acts):
            if await _does(desk, alert, what, by, f"BE-Alert: restez dedans {step}"):
                if what == "approve":
                    assert by.name not in hands
                elif what != "return":
                    hands.add(by.name)
        found = await desk.reads(alert)
        assert found.hands == hands
        if found.state is AlertState.APPROVED:
            assert found.approved_fingerprint == found.fingerprint()
    finally:
        await services.close()


async def _does(desk: Desk, alert: Alert, what: str, by: Officer, text: str) -> bool:
    services, words = desk.services, Message(channel="sms", language=Language.FR, text=text)
    now = await desk.reads(alert)
    try:
        match what:
            case "edit":
                await having_read.revise(services, alert.id, [words], by=by)
            case "type":
                await text_drafts.save_text_draft(
                    services,
                    now.id,
                    {"text.sms.fr": text},
                    seen=now.fingerprint(),
                    version=now.version,
                    by=by,
                )
            case "submit":
                await having_read.submit(services, alert.id, by=by)
            case "return":
                await approval.return_to_author(
                    services, alert.id, by=by, reason="No: it is not confirmed"
                )
            case "propose":
                await approval.return_to_author(
                    services, alert.id, by=by, reason="No: it is not confirmed", proposed=[words]
                )
            case _:
                await approval.approve(
                    services,
                    alert.id,
                    by=by,
                    reason="It is urgent",
                    seen=now.fingerprint(),
                )
    except Refusal:
        return False
    return True


MINE = "quittez la ville à pied par le pont des Arches"


@pytest.mark.parametrize("how", ["returned", "submitted"])
async def test_words_of_a_reason_or_a_note_are_whose_they_are(desk: Desk, how: str) -> None:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    if how == "returned":
        await desk.submits(alert, by=MILA)
        said = f"Mettez plutôt : {MINE}"
        await approval.return_to_author(desk.services, alert.id, by=JORIS, reason=said)
    else:
        await approval.submit(desk.services, alert.id, by=JORIS, note=f"Je dirais : {MINE}")
    text = Message(channel="sms", language=Language.FR, text=f"BE-Alert: {MINE.upper()}.")
    revised = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    assert "joris" in revised.hands


async def test_who_only_quotes_what_stands_there_has_no_hand_in_it(desk: Desk) -> None:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    said = Message(channel="sms", language=Language.FR, text=f"BE-Alert: {MINE}.")
    await having_read.revise(desk.services, alert.id, [said], by=MILA)
    await desk.submits(await desk.reads(alert), by=MILA)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason=f"« {MINE} » ?")
    longer = replace(said, text=f"BE-Alert: tout de suite {MINE} ou par le tunnel.")
    assert (
        "joris" not in (await having_read.revise(desk.services, alert.id, [longer], by=MILA)).hands
    )


async def test_words_of_a_template_are_known_again_in_every_scenario(desk: Desk) -> None:
    library = await scenarios.list_scenarios(desk.services)
    plain, mine = "coupez la ventilation", "coupez la ventilation, sortez vite"
    holders = [one for one in library.names() if plain in library.source(one, "sms")]
    first, *others = holders
    assert others
    changed = library.source(first, "sms").replace(plain, mine)
    await versions.propose_version(desk.services, f"{first}/sms.toml", changed, by=JORIS)
    changed = library.source(others[0], "sms").replace(plain, mine)
    number = await versions.propose_version(
        desk.services, f"{others[0]}/sms.toml", changed, by=MILA
    )
    with pytest.raises(NeedsOtherPerson):
        await versions.approve_version(desk.services, number, by=JORIS)
