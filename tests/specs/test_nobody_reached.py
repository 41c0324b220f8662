"""An alert that reaches nobody on the lists goes only with a reason; one that reaches few says so.

Newsrooms and posts are no people: a gas leak in a village reached 22 newsrooms and X, and nobody.
"""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerting.actions.alerts import approval, previews, queries
from alerting.actions.alerts.compositions import CompositionContent
from alerting.checks.audience import (
    FEW,
    NOBODY,
    NOBODY_IN_PLACE,
    NOBODY_ON_CHANNEL,
    UnlistedPlace,
    audience_findings,
)
from alerting.domain.alert import Alert, AlertClass, FollowUp
from alerting.domain.errors import NoPersonToReach, NotFit
from alerting.domain.finding import NEVER_OVERRIDDEN, Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.text.i18n import ByLanguage
from alerting.i18n import translator_for
from alerting.store.tables import recipient
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, MILA, Desk
from tests.make import EUPEN, LIEGE, VERVIERS, newsroom, person

LIMBOURG = "63046"
BLOCKS, WARNS, _ = FindingSeverity
ALERT, EXERCISE = AlertClass.ALERT, AlertClass.EXERCISE
WHY = "No list of this village yet; newsrooms and sirens tell them."


def found(
    people: dict[str, int], inhabitants: int, kind: AlertClass = ALERT
) -> dict[str, set[str]]:
    """Rule -> the channels it was found on."""
    rules: dict[str, set[str]] = {}
    for one in audience_findings(people, inhabitants=inhabitants, alert_class=kind):
        rules.setdefault(one.rule, set()).add(one.channel)
        assert one.severity is (BLOCKS if one.rule == NOBODY else WARNS)
    return rules


@pytest.mark.parametrize(
    ("people", "kind", "rules"),
    [
        pytest.param({"sms": 500, "email": 700}, ALERT, {}, id="enough"),
        pytest.param({"sms": 0, "email": 0}, ALERT, {NOBODY: {""}}, id="nobody"),
        pytest.param({"sms": 0}, EXERCISE, {NOBODY: {""}}, id="nobody, as an exercise"),
        pytest.param({"sms": 0, "press": 22, "x": 1}, ALERT, {NOBODY: {""}}, id="newsrooms only"),
        pytest.param({"press": 22, "x": 1}, ALERT, {}, id="meant for the public"),
        pytest.param({"x": 1}, ALERT, {}, id="a post"),
        pytest.param({"x": 0}, ALERT, {}, id="a post that is left out, which is said apart"),
        pytest.param({"press": 0}, ALERT, {NOBODY_ON_CHANNEL: {"press"}}, id="no newsroom"),
        pytest.param({}, ALERT, {}, id="no channel set up"),
        pytest.param(
            {"sms": 0, "email": 700}, ALERT, {NOBODY_ON_CHANNEL: {"sms"}}, id="nobody on one"
        ),
        pytest.param({"sms": 99, "email": 50}, ALERT, {FEW: {""}}, id="under one per cent"),
        pytest.param({"sms": 100}, ALERT, {}, id="one per cent"),
        pytest.param({"sms": 4}, EXERCISE, {}, id="an exercise for staff"),
    ],
)
def test_what_is_said_of_each_reach(
    people: dict[str, int], kind: AlertClass, rules: dict[str, set[str]]
) -> None:
    assert found(people, 10_000, kind) == rules


@given(
    people=st.dictionaries(
        st.sampled_from(["sms", "email", "voice", "press", "x"]), st.integers(0, 20_000)
    ),
    inhabitants=st.integers(1, 12_000_000),
    kind=st.sampled_from(AlertClass),
)
def test_it_blocks_exactly_where_channels_to_people_reach_none(
    people: dict[str, int], inhabitants: int, kind: AlertClass
) -> None:
    rules = found(people, inhabitants, kind)
    persons = [n for name, n in people.items() if name in {"sms", "email", "voice"}]
    assert (NOBODY in rules) == (bool(persons) and sum(persons) == 0)
    assert (FEW in rules) == (kind is ALERT and 0 < max(persons, default=0) < inhabitants / 100)
    assert NOBODY not in NEVER_OVERRIDDEN


async def test_each_municipality_in_which_nobody_is_on_the_lists_is_named(desk: Desk) -> None:
    """Somebody by mail alone, or whose telephone stands first elsewhere, is on the lists there."""
    towns = (LIEGE, VERVIERS, EUPEN, LIMBOURG)
    phone = "+32470000001"
    await desk.registers(
        person(1, nis_code=LIEGE, phone=phone),
        person(2, nis_code=VERVIERS, phone=phone),
        person(3, nis_code=EUPEN, phone="", email="b@example.org"),
    )
    alert = await desk.drafts(area=towns, channels=["sms", "email"])
    (told,) = await told_of_places(desk, alert)
    town = desk.services.gazetteer.place(LIMBOURG)
    assert told.severity is WARNS
    assert told.in_english().startswith(
        f"Nobody is on the lists in: Limbourg ({town.inhabitants} inhabitants)."
    )
    french = translator_for(Language.FR)(told.says, **told.facts)
    assert french.startswith("Personne n’est inscrit dans : Limbourg (".replace(" :", "\u00a0:"))
    by_text = await desk.drafts(area=towns, channels=["sms"])
    (told,) = await told_of_places(desk, by_text)
    assert "Eupen" in told.in_english()
    assert "Verviers" not in told.in_english()
    sample = replace(desk.services, one_in=town.inhabitants + 1)
    looked = await queries.preview(sample, alert.id, by=MILA)
    assert NOBODY_IN_PLACE not in {one.rule for one in looked.findings}
    nobody = await desk.drafts(area=(LIMBOURG,), channels=["sms"])
    assert not await told_of_places(desk, nobody), "that nobody is reached says it"


async def told_of_places(desk: Desk, alert: Alert) -> list[Finding]:
    look = await queries.preview(desk.services, alert.id, by=MILA)
    return [one for one in look.findings if one.rule == NOBODY_IN_PLACE]


@pytest.mark.parametrize(
    ("places", "kind", "ends"),
    [
        pytest.param(5, ALERT, "P1 (101 inhabitants).", id="all named"),
        pytest.param(7, ALERT, "P3 (103 inhabitants); more municipalities: 2.", id="the largest"),
        pytest.param(7, EXERCISE, None, id="an exercise for staff"),
        pytest.param(0, ALERT, None, id="somebody everywhere"),
    ],
)
def test_at_most_five_municipalities_are_named(
    places: int, kind: AlertClass, ends: str | None
) -> None:
    unlisted = [UnlistedPlace(ByLanguage({"en": f"P{n}"}), 100 + n) for n in range(1, places + 1)]
    told = [
        one.says.format(**one.facts)
        for one in audience_findings(
            {"sms": 900}, inhabitants=9000, alert_class=kind, unlisted=unlisted
        )
    ]
    assert len(told) == (ends is not None)
    assert ends is None or told[0].endswith(ends)


async def test_it_is_submitted_and_approved_only_with_a_reason_that_others_read(
    desk: Desk,
) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(channels=["sms", "email", "press"])
    with pytest.raises(NoPersonToReach, match="no person on the lists"):
        await approval.submit(desk.services, alert.id, by=MILA)
    submitted = await approval.submit(desk.services, alert.id, by=MILA, note=WHY)
    assert (await queries.get_alert(desk.services, alert.id, by=JORIS)).note == WHY
    seen = submitted.fingerprint()
    with pytest.raises(NotFit, match="reaches nobody"):
        await approval.approve(desk.services, alert.id, by=JORIS, seen=seen)
    await approval.approve(desk.services, alert.id, by=JORIS, seen=seen, reason=WHY)
    sent = await desk.sends(alert)
    assert sent.sent_at
    entries = {
        one.what: one.details for one in await queries.history(desk.services, alert.id, by=MILA)
    }
    assert entries["alert.submitted"]["reaches_nobody"]
    assert entries["alert.overridden"]["rules"] == [NOBODY]
    assert entries["alert.overridden"]["reason"] == WHY


async def test_nobody_left_since_the_approval_is_approved_anew(desk: Desk) -> None:
    await desk.registers(person(1), newsroom(1))
    alert = await desk.approves(await desk.drafts(channels=["sms", "press"]))
    async with desk.services.unit() as unit:
        await unit.connection.execute(sa.delete(recipient).where(recipient.c.phone != ""))
    with pytest.raises(NoPersonToReach):
        await desk.sends(alert)
    again = await having_read.approve(desk.services, alert.id, by=JORIS, reason=WHY)
    await desk.sends(again)


async def test_whoever_sends_alone_overrides_nothing(desk: Desk) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(by=DIRK, channels=["sms", "press"], values=CLOSED)
    with pytest.raises(NotFit, match="reaches nobody"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason="at once, by the mayor")


async def test_the_public_alone_is_alerted_without_a_reason(desk: Desk) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(channels=["x", "press"])
    submitted = await approval.submit(desk.services, alert.id, by=MILA)
    seen = submitted.fingerprint()
    await desk.sends(await approval.approve(desk.services, alert.id, by=JORIS, seen=seen))


async def test_what_follows_an_alert_is_never_held_up(desk: Desk) -> None:
    await desk.registers(person(1), newsroom(1))
    alert = await desk.issues(channels=["sms", "press"])
    await desk.works()
    async with desk.services.unit() as unit:
        await unit.connection.execute(sa.delete(recipient).where(recipient.c.phone != ""))
    update = await desk.follows_up(alert, FollowUp.UPDATE)
    submitted = await approval.submit(desk.services, update.id, by=MILA)
    seen = submitted.fingerprint()
    await desk.sends(await approval.approve(desk.services, update.id, by=JORIS, seen=seen))


async def test_whoever_composes_is_told_before_any_detail_is_known(desk: Desk) -> None:
    content = CompositionContent(scenario="chem_shelter", area=(LIEGE,), channels=("sms", "email"))
    look = await previews.preview_composition(desk.services, content, ALERT, by=MILA)
    assert look.preview
    assert look.problems, "no detail was given"
    assert NOBODY in {one.rule for one in look.preview.findings}
    await desk.registers(person(1, language=Language.FR))
    content = replace(content, channels=("sms",))
    look = await previews.preview_composition(desk.services, content, ALERT, by=MILA)
    assert look.preview
    assert FEW in {one.rule for one in look.preview.findings}
