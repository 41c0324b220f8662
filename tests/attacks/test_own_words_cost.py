"""Whose words come along is looked up: nothing that was written before is read again for it.

It is asked while everybody who writes waits. Counted are the rows of texts that are loaded, the
alerts, and the characters that are made into runs of words.
"""

from dataclasses import dataclass, replace

import pytest

from alerting.actions.alerts import approval, changing, drafting, next_version
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.errors import TooManyFollowUps, TooManyVersions
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.own_words import runs
from alerting.store.alerts import repository as alert_rows
from tests.desk import CLOSED, JORIS, LEEN, MILA, Desk
from tests.specs.test_changing import changes

LONG = "".join(f"Fermez vite la fenêtre numéro {number}. " for number in range(150))
SHORT = Message(channel="sms", language=Language.FR, text="BE-Alert: un mot nouveau")


@dataclass
class Read:
    texts: int = 0
    alerts: int = 0
    chars: int = 0


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    counted = Read()
    message, alert = alert_rows._message, alert_rows._alert

    def one_text(*given: object) -> Message:
        counted.texts += 1
        return message(*given)  # type: ignore[arg-type]

    def one_alert(*given: object) -> Alert:
        counted.alerts += 1
        return alert(*given)  # type: ignore[arg-type]

    def one_run(text: str) -> frozenset[int]:
        counted.chars += len(text)
        return runs(text)

    monkeypatch.setattr(alert_rows, "_message", one_text)
    monkeypatch.setattr(alert_rows, "_alert", one_alert)
    monkeypatch.setattr("alerting.actions.alerts.hands.runs", one_run)
    return counted


async def revised(desk: Desk, alert: Alert, times: int) -> None:
    for number in range(times):
        text = replace(SHORT, text=f"BE-Alert: {number} {LONG}")
        await drafting.revise(desk.services, alert.id, [text], by=LEEN)


async def test_a_revision_costs_the_same_after_many(desk: Desk, read: Read) -> None:
    costs = []
    for versions in (2, 20):
        alert = await desk.drafts(by=MILA, values=CLOSED)
        await revised(desk, alert, versions)
        before = replace(read)
        await drafting.revise(desk.services, alert.id, [SHORT], by=MILA)
        costs.append(
            (read.texts - before.texts, read.alerts - before.alerts, read.chars - before.chars)
        )
    (texts, alerts, chars), (more_texts, more_alerts, more_chars) = costs
    assert (more_texts, more_alerts) == (texts, alerts)
    assert more_chars <= chars + 10  # the number in its text


async def test_a_follow_up_costs_the_same_beside_many_drafts(desk: Desk, read: Read) -> None:
    await desk.registers_a_few()
    sent = await desk.sends(await desk.approves(await desk.drafts(by=MILA, values=CLOSED)))
    costs = []
    for drafts in (0, 5):
        for _ in range(drafts):
            await revised(desk, await desk.follows_up(sent, FollowUp.UPDATE, by=LEEN), 2)
        before = replace(read)
        await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=MILA)
        costs.append(
            (read.texts - before.texts, read.alerts - before.alerts, read.chars - before.chars)
        )
    assert costs[0] == costs[1]


async def test_words_that_were_not_typed_are_not_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    said = alert.message("sms", Language.FR)
    assert said is not None
    asked: list[object] = []
    monkeypatch.setattr(alert_rows, "texts_of", lambda *given: asked.append(given))
    await drafting.revise(desk.services, alert.id, [said], by=MILA)
    assert asked == []


async def test_a_person_makes_so_many_versions_however_and_then_hears_what_to_do(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_version.MAX_VERSIONS == 200
    monkeypatch.setattr(next_version, "MAX_VERSIONS", 2)
    alert = await desk.drafts(by=MILA, values=CLOSED)
    await changes(desk, alert, by=MILA, minutes=90)
    await drafting.revise(desk.services, alert.id, [SHORT], by=MILA)
    with pytest.raises(TooManyVersions, match="Have a colleague change it"):
        await drafting.revise(desk.services, alert.id, [replace(SHORT, text="x")], by=MILA)
    kept = {("sms", Language.FR): changing.Choice.KEPT}
    with pytest.raises(TooManyVersions):
        await changes(desk, alert, kept, by=MILA, minutes=120)
    same = (await desk.reads(alert)).messages
    assert (await drafting.revise(desk.services, alert.id, same, by=MILA)).version == 3


async def test_nobody_keeps_a_colleague_from_correcting_an_alert(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_version, "MAX_VERSIONS", 2)
    alert = await desk.drafts(by=MILA, values=CLOSED)
    await revised(desk, alert, 2)
    await drafting.revise(desk.services, alert.id, [SHORT], by=MILA)
    right = [replace(SHORT, text="BE-Alert: restez à l’intérieur")]
    await desk.submits(await desk.reads(alert), by=MILA)
    given = await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Faux", proposed=right
    )
    seen = given.fingerprint()
    taken = await drafting.accept_proposal(desk.services, alert.id, by=LEEN, seen=seen)
    assert taken.message("sms", Language.FR) == right[0]


async def test_nobody_keeps_a_colleague_from_drafting_a_follow_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drafting.MAX_OPEN_FOLLOW_UPS == 20
    monkeypatch.setattr(drafting, "MAX_OPEN_FOLLOW_UPS", 2)
    await desk.registers_a_few()
    sent = await desk.sends(await desk.approves(await desk.drafts(by=MILA, values=CLOSED)))
    for _ in range(2):
        await desk.follows_up(sent, FollowUp.UPDATE, by=LEEN)
    with pytest.raises(TooManyFollowUps, match="ask a colleague"):
        await desk.follows_up(sent, FollowUp.UPDATE, by=LEEN)
    assert (await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=JORIS)).previous_alert == sent.id
