"""Whose words come along is looked up: nothing that was written before is read again for it.

It is asked while everybody who writes waits. Counted are the rows of texts that are loaded, the
alerts, and the characters that are made into runs of words.
"""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerting.actions.alerts import approval, changing, drafting, hands, next_version
from alerting.domain import message, own_words
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.errors import TextsTooLong, TooManyFollowUps, TooManyVersions
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.own_words import runs
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.tables import alert_word_run
from alerting.store.unit_of_work import UnitOfWork
from tests import having_read
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
    text_of, alert = alert_rows._message, alert_rows._alert

    def one_text(*given: object) -> Message:
        counted.texts += 1
        return text_of(*given)  # type: ignore[arg-type]

    def one_alert(*given: object) -> Alert:
        counted.alerts += 1
        return alert(*given)  # type: ignore[arg-type]

    def new_runs(texts: Sequence[str], known: Sequence[str] = ()) -> tuple[int, ...]:
        counted.chars += sum(map(len, (*texts, *known)))
        return own_words.new_runs(texts, known)

    monkeypatch.setattr(alert_rows, "_message", one_text)
    monkeypatch.setattr(alert_rows, "_alert", one_alert)
    monkeypatch.setattr(hands, "new_runs", new_runs)
    return counted


async def revised(desk: Desk, alert: Alert, times: int) -> None:
    for number in range(times):
        text = replace(SHORT, text=f"BE-Alert: {number} {LONG}")
        await having_read.revise(desk.services, alert.id, [text], by=LEEN)


async def test_a_revision_costs_the_same_after_many(desk: Desk, read: Read) -> None:
    costs = []
    for versions in (2, 20):
        alert = await desk.drafts(by=MILA, values=CLOSED)
        await revised(desk, alert, versions)
        before = replace(read)
        await having_read.revise(desk.services, alert.id, [SHORT], by=MILA)
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
    await having_read.revise(desk.services, alert.id, [said], by=MILA)
    assert asked == []


async def test_a_person_makes_so_many_versions_however_and_then_hears_what_to_do(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_version.MAX_VERSIONS == 200
    monkeypatch.setattr(next_version, "MAX_VERSIONS", 2)
    alert = await desk.drafts(by=MILA, values=CLOSED)
    await changes(desk, alert, by=MILA, minutes=90)
    await having_read.revise(desk.services, alert.id, [SHORT], by=MILA)
    with pytest.raises(TooManyVersions, match="Have a colleague change it"):
        await having_read.revise(desk.services, alert.id, [replace(SHORT, text="x")], by=MILA)
    kept = {("sms", Language.FR): changing.Choice.KEPT}
    with pytest.raises(TooManyVersions):
        await changes(desk, alert, kept, by=MILA, minutes=120)
    same = (await desk.reads(alert)).messages
    assert (await having_read.revise(desk.services, alert.id, same, by=MILA)).version == 3


async def test_nobody_keeps_a_colleague_from_correcting_an_alert(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_version, "MAX_VERSIONS", 2)
    alert = await desk.drafts(by=MILA, values=CLOSED)
    await revised(desk, alert, 2)
    await having_read.revise(desk.services, alert.id, [SHORT], by=MILA)
    right = [replace(SHORT, text="BE-Alert: restez à l’intérieur")]
    await desk.submits(await desk.reads(alert), by=MILA)
    given = await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Faux : rien ne fuit ici", proposed=right
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


WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(
    words=st.lists(WORD, min_size=60, max_size=400),
    at=st.integers(0, 59),
    most=st.integers(20, 500),
)
def test_words_taken_over_are_known_again_however_long_the_text_was(
    words: list[str], at: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_words, "MAX_KEPT_RUNS", most)
        new = own_words.new_runs([" ".join(words)])
        kept = {*own_words.runs_to_keep(new)}
    assert len(kept) <= most
    every = -(-len(new) // most)
    taken = words[at : at + own_words.RUN_WORDS + every - 1]
    if len(taken) == own_words.RUN_WORDS + every - 1:
        assert kept & runs("xyzzy " + " ".join(taken) + " xyzzy")


async def test_a_save_writes_so_many_rows_and_reads_nothing_while_others_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fresh words, all different, as many as one alert can hold."""
    where: list[tuple[bool, str]] = []
    begun = own_words.new_runs
    writing = [False]
    unit = type(desk.services).unit

    @asynccontextmanager
    async def watched(services: Services) -> AsyncIterator[UnitOfWork]:
        async with unit(services) as one:
            writing[0] = True
            try:
                yield one
            finally:
                writing[0] = False

    def noted(*texts: object) -> tuple[int, ...]:
        where.append((writing[0], threading.current_thread().name))
        return begun(*texts)  # type: ignore[arg-type]

    alert = await desk.drafts(by=MILA, values=CLOSED)
    monkeypatch.setattr(hands, "new_runs", noted)
    monkeypatch.setattr(type(desk.services), "unit", watched)
    letter = next(one for one in alert.messages if one.channel == "email")
    words = " ".join(f"{number:x}" for number in range(4500))
    monkeypatch.setattr(own_words, "MAX_KEPT_RUNS", 500)
    await having_read.revise(
        desk.services, alert.id, [replace(letter, text=words, html="")], by=MILA
    )
    async with desk.services.reading() as reading:
        query = sa.select(sa.func.count()).select_from(alert_word_run)
        rows = await reading.connection.scalar(query) or 0
    assert rows <= 500 + 50  # those of its details
    assert where
    assert not any(held for held, _ in where)
    assert all(thread.startswith("checks-words") for _, thread in where)


async def test_an_alert_holds_so_many_words_together(desk: Desk) -> None:
    alert = await desk.drafts(by=MILA, values=CLOSED)
    letters = [one for one in alert.messages if one.channel == "email"]
    texts = [
        replace(one, language=language, text="a " * 9_900, html="")
        for one in letters[:1]
        for language in alert.languages
    ]
    assert message.MAX_ALERT_CHARS == 100_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message, "MAX_ALERT_CHARS", 15_000)
        with pytest.raises(TextsTooLong, match=r"15.?000"):
            await having_read.revise(desk.services, alert.id, texts, by=MILA)
        with pytest.raises(TextsTooLong):
            replace(alert, proposed=tuple(texts))
    assert (await desk.reads(alert)).version == 1
