"""A release is written together, reviewed by a second person, published in all its languages."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from alerting.actions import ledger
from alerting.actions.press import publishing, queries, review, writing
from alerting.actions.press.writing import ReleaseChanges, ReleaseRequest
from alerting.domain.errors import (
    AlertingError,
    FieldTooLong,
    HiddenCharacter,
    NeedsSecondPerson,
    NotAllowed,
    NotFound,
    OutsideTerritory,
    ReleaseBlocked,
    ReleaseConflict,
    ReleaseIncomplete,
    ReleaseNotReady,
    ReleaseOutdated,
)
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.press.release import Quote, Release
from alerting.domain.press.states import ReleaseState
from alerting.services import Services
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import GENT, LIEGE, make_services
from tests.press_office import LEEN, PAUL, PIA, TEXTS, PressOffice, newsroom
from tests.territory import CITY, PROVINCE, Country

FR, NL, DE = Language.FR, Language.NL, Language.DE
S = ReleaseState


@pytest.fixture
def office(database: Database, clock: Clock) -> PressOffice:
    return PressOffice(Desk(make_services(database, clock), clock))


async def test_newsrooms_of_its_area_get_it_in_their_language(office: PressOffice) -> None:
    await office.desk.registers(
        newsroom("le-pays", FR),
        newsroom("het-land", NL),
        newsroom("liege", FR, nis_code=LIEGE),
        newsroom("grenzland", DE, nis_code="BE336"),
        newsroom("gent", NL, nis_code=GENT),
    )
    release = await office.approves(await office.submits(await office.writes()))
    assert await office.mailed() == []
    published = await office.publishes(release)
    mailed = dict(await office.mailed())
    assert mailed.keys() == {"le-pays", "het-land", "liege"}
    for name, language in (("le-pays", FR), ("het-land", NL), ("liege", FR)):
        for field in ("headline", "lead", "contact"):
            assert TEXTS[language][field] in mailed[name]
        assert "Anne Dupont" in mailed[name]
    await office.desk.sweeps_only()
    assert await office.state(published) is S.RELEASED
    assert [one for one in await office.desk.ledger() if one.startswith("release.")] == [
        "release.created",
        "release.saved",
        "release.submitted",
        "release.approved",
        "release.published",
        "release.finished",
    ]


async def test_the_ledger_says_nothing_of_its_words(office: PressOffice) -> None:
    await office.brings_to(S.RELEASED)
    entries = await ledger.list_entries(office.services, by=Officer("ada", Role.AUDITOR))
    told = repr([entry.details for entry in entries.items])
    assert "fingerprint" in told
    assert not any(word in told for word in ("Exercice", "Rampoefening", "Dupont"))


ACTS: Mapping[str, tuple[Callable[[Services, Release], Awaitable[object]], set[ReleaseState]]] = {
    "save": (
        lambda services, one: writing.save_release(
            services,
            one.id,
            ReleaseChanges(revision=one.revision, texts={FR: {"subtitle": "Vendredi"}}),
            by=PIA,
        ),
        {S.DRAFT, S.IN_REVIEW, S.RETURNED, S.APPROVED, S.ARMED},
    ),
    "submit": (
        lambda services, one: review.submit_release(
            services, one.id, by=PIA, seen=one.fingerprint()
        ),
        {S.DRAFT, S.RETURNED},
    ),
    "return": (
        lambda services, one: review.return_release(
            services, one.id, by=LEEN, reason="The date is wrong"
        ),
        {S.IN_REVIEW, S.APPROVED},
    ),
    "approve": (
        lambda services, one: review.approve_release(
            services, one.id, by=LEEN, seen=one.fingerprint()
        ),
        {S.IN_REVIEW},
    ),
    "publish": (
        lambda services, one: publishing.publish_release(
            services, one.id, by=PIA, seen=one.fingerprint()
        ),
        {S.APPROVED},
    ),
    "disarm": (
        lambda services, one: publishing.disarm_release(
            services, one.id, by=PIA, reason="The minister is ill"
        ),
        {S.ARMED},
    ),
    "lift": (
        lambda services, one: publishing.lift_early(
            services, one.id, by=LEEN, seen=one.fingerprint(), reason="It is in the papers"
        ),
        {S.APPROVED, S.ARMED},
    ),
    "correct": (
        lambda services, one: writing.correct_release(services, one.id, by=PIA),
        {S.RELEASED},
    ),
    "withdraw": (
        lambda services, one: publishing.withdraw_release(
            services, one.id, by=LEEN, reason="It was about another town"
        ),
        {S.RELEASED, S.CORRECTED},
    ),
    "discard": (
        lambda services, one: writing.discard_release(
            services, one.id, by=PIA, reason="It is too late for it"
        ),
        {S.DRAFT, S.IN_REVIEW, S.RETURNED, S.APPROVED, S.ARMED},
    ),
}


@pytest.mark.parametrize("state", ReleaseState)
async def test_each_act_is_possible_in_its_states_only(desk: Desk, state: ReleaseState) -> None:
    office = PressOffice(desk)
    for act, (perform, possible) in ACTS.items():
        release = await office.brings_to(state)
        if state in possible:
            await perform(office.services, release)
        else:
            with pytest.raises(ReleaseNotReady):
                await perform(office.services, release)
            assert await office.reads(release) == release, act


@pytest.mark.parametrize("reviewer", [PIA, PAUL, LEEN])
async def test_whoever_wrote_or_submitted_it_does_not_approve_it(
    desk: Desk, reviewer: Officer
) -> None:
    office = PressOffice(desk)
    release = await office.writes(by=PIA)
    submitted = await office.submits(release, by=PAUL)
    if reviewer is LEEN:
        assert (await office.approves(submitted, by=LEEN)).approver == "leen"
        return
    with pytest.raises(NeedsSecondPerson):
        await office.approves(submitted, by=reviewer)


async def test_whoever_ever_saved_a_word_of_it_does_not_approve_it(desk: Desk) -> None:
    office = PressOffice(desk)
    release = await office.writes(by=PIA)
    for subtitle in ("Une phrase", ""):  # which stands no more
        release = await writing.save_release(
            desk.services,
            release.id,
            ReleaseChanges(revision=release.revision, texts={FR: {"subtitle": subtitle}}),
            by=PAUL,
        )
    with pytest.raises(NeedsSecondPerson):
        await office.approves(await office.submits(release), by=PAUL)


async def test_what_was_read_is_what_is_approved_and_published(desk: Desk) -> None:
    office = PressOffice(desk)
    read = await office.submits(await office.writes())
    changes = ReleaseChanges(revision=read.revision, texts={NL: {"subtitle": "In het centrum"}})
    changed = await writing.save_release(desk.services, read.id, changes, by=PIA)
    assert await office.state(changed) is S.DRAFT
    await office.submits(changed)
    with pytest.raises(ReleaseOutdated):
        await office.approves(read)
    approved = await office.approves(await office.reads(read))
    with pytest.raises(ReleaseOutdated):
        await office.publishes(read)
    assert (await office.publishes(approved)).text(NL).subtitle == "In het centrum"


@pytest.mark.parametrize(
    ("area", "languages"),
    [
        (("4000 Liège",), (FR,)),
        (("1000 Bruxelles",), (FR, NL)),
        (("4700 Eupen",), (DE, FR)),
        (("Belgique",), (NL, FR, DE)),
    ],
)
async def test_no_language_of_the_law_is_left_out(
    desk: Desk, area: tuple[str, ...], languages: tuple[Language, ...]
) -> None:
    office = PressOffice(desk)
    release = await office.writes(area=area, also_in=())
    assert release.languages == languages
    for language in languages:
        texts = {one: dict(TEXTS[one]) for one in Language if one in TEXTS}
        texts[language] |= {"lead": "  "}
        draft = await office.writes(area=area, also_in=(), texts=texts)
        with pytest.raises(ReleaseIncomplete) as refused:
            await office.submits(draft)
        assert f"Lead ({language})" in refused.value.in_english()


async def test_numbers_that_differ_between_languages_need_a_reason(desk: Desk) -> None:
    office = PressOffice(desk)
    texts = {**TEXTS, NL: {**TEXTS[NL], "quotes": ()}}
    draft = await office.writes(texts=texts)
    with pytest.raises(ReleaseBlocked):
        await office.submits(draft)
    submitted = await review.submit_release(
        desk.services,
        draft.id,
        by=PIA,
        seen=draft.fingerprint(),
        reason="The alderman speaks no Dutch",
    )
    assert await office.state(submitted) is S.IN_REVIEW
    with pytest.raises(ReleaseBlocked):
        await office.approves(submitted)


async def test_two_people_write_in_it_at_once(desk: Desk) -> None:
    office = PressOffice(desk)
    release = await office.writes()
    hers = ReleaseChanges(revision=release.revision, texts={FR: {"lead": "Le sien."}})
    his = ReleaseChanges(
        revision=release.revision, texts={FR: {"subtitle": "Le sien"}, NL: {"lead": "De zijne."}}
    )
    await writing.save_release(desk.services, release.id, hers, by=PIA)
    both = await writing.save_release(desk.services, release.id, his, by=PAUL)
    assert (both.text(FR).lead, both.text(FR).subtitle, both.text(NL).lead) == (
        "Le sien.",
        "Le sien",
        "De zijne.",
    )
    assert both.hands == ("paul", "pia")
    other = ReleaseChanges(revision=release.revision, texts={FR: {"lead": "Un autre."}})
    with pytest.raises(ReleaseConflict) as refused:
        await writing.save_release(desk.services, release.id, other, by=PAUL)
    assert "Lead (fr)" in refused.value.in_english()
    same = ReleaseChanges(revision=release.revision, texts={FR: {"lead": "Le sien."}})
    assert await writing.save_release(desk.services, release.id, same, by=PAUL) == both


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("headline", "x" * 161, FieldTooLong),
        ("body", "x" * 15_001, FieldTooLong),
        ("lead", "a\u200bb", HiddenCharacter),
        ("quotes", (Quote(text="a\u202eb", speaker="An"),), HiddenCharacter),
        ("quotes", (Quote(text="a", speaker="An"),) * 9, FieldTooLong),
    ],
)
async def test_what_cannot_be_kept_is_refused(
    desk: Desk, field: str, value: object, error: type[AlertingError]
) -> None:
    office = PressOffice(desk)
    release = await office.writes()
    changes = ReleaseChanges(revision=release.revision, texts={FR: {field: value}})
    with pytest.raises(error):
        await writing.save_release(desk.services, release.id, changes, by=PIA)
    assert await office.reads(release) == release


async def test_before_it_is_public_only_its_own_press_office_knows_of_it(desk: Desk) -> None:
    country = await Country(desk.services).founded()
    mayor_s = await country.officer(Role.PRESS_OFFICER, CITY)
    office = PressOffice(desk)
    release = await office.writes(by=mayor_s)
    others = [
        await country.officer(Role.COMMUNICATOR, CITY),
        await country.officer(Role.AUDITOR, CITY),
        await country.officer(Role.ADMINISTRATOR, CITY),
        await country.officer(Role.PRESS_OFFICER, PROVINCE),
        PIA,
        LEEN,
        Officer("ada", Role.AUDITOR),
    ]
    for other in others:
        refusals = []
        for number in (release.id, release.id + 1):
            with pytest.raises(NotFound) as refused:
                await queries.get_release(desk.services, number, by=other)
            refusals.append(refused.value.in_english().replace(str(number), "N"))
        assert len({*refusals}) == 1
        assert not (await queries.list_releases(desk.services, by=other)).items
    second = await country.officer(Role.APPROVER, CITY)
    submitted = await office.submits(release, by=mayor_s)
    await office.publishes(await office.approves(submitted, by=second), by=mayor_s)
    for other in others:
        found = await queries.list_releases(desk.services, by=other)
        assert [one.release.id for one in found.items] == [release.id]
        with pytest.raises((NotAllowed, NotFound)):
            await writing.correct_release(desk.services, release.id, by=other)


async def test_a_release_is_for_places_inside_the_territory(desk: Desk) -> None:
    country = await Country(desk.services).founded()
    mayor_s = await country.officer(Role.PRESS_OFFICER, CITY)
    with pytest.raises(OutsideTerritory):
        await writing.create_release(desk.services, ReleaseRequest(area=["9000 Gent"]), by=mayor_s)
    own = await writing.create_release(desk.services, ReleaseRequest(), by=mayor_s)
    assert own.area == (LIEGE,)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESS_OFFICER])
async def test_nobody_but_a_press_officer_writes_one(desk: Desk, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await writing.create_release(desk.services, ReleaseRequest(), by=Officer("mila", role))


async def test_what_is_public_stays_and_no_mail_leaves_after_a_withdrawal(desk: Desk) -> None:
    await desk.registers(newsroom("le-pays"))
    office = PressOffice(desk)
    published = await office.publishes(
        await office.approves(await office.submits(await office.writes()))
    )
    withdrawn = await publishing.withdraw_release(
        desk.services, published.id, by=LEEN, reason="It told a wrong number of people"
    )
    assert await office.state(withdrawn) is S.WITHDRAWN
    assert await office.mailed() == []
    desk.clock.forward(hours=1)
    await desk.sweeps()
    assert desk.channel("press").sent == []
    assert published.released_at is not None
    assert timedelta(0) <= await office.now() - published.released_at < timedelta(minutes=5)
