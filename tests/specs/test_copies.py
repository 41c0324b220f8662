"""A test copy shows what an alert will say, in the mailboxes of those who are to look at it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.actions.alerts import copies, queries, report
from alerting.actions.alerts.copies import CopyRequest
from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.copies import COPY_MARKS, MAX_TO_ONE, as_copy, is_marked_copy
from alerting.domain.delivery import State
from alerting.domain.errors import BadRequest, NoMailbox, NotAllowed, TooManyCopies, WrongState
from alerting.domain.exercise_marks import marked
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store.accounts import repository as account_rows
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.doubles import NOON, Clock
from tests.make import person
from tests.staff import member


@pytest.fixture
async def staff(services: Services, clock: Clock) -> None:
    """Three who have come in, with an account each."""
    await member(services, clock, "mila", Role.COMMUNICATOR)
    await member(services, clock, "joris", Role.APPROVER)
    await member(services, clock, "leen", Role.AUDITOR)


async def arrived(desk: Desk) -> list[tuple[str, str, str]]:
    """Channel, address and text of what leaves now."""
    before = {name: len(desk.channel(name).sent) for name in desk.services.channels}
    await desk.sweeps()
    await desk.sweeps()
    return [
        (name, to, text)
        for name, n in before.items()
        for to, _, text in desk.channel(name).sent[n:]
    ]


async def test_to_oneself_every_text_arrives_as_it_would_leave_and_says_that_it_is_a_copy(
    desk: Desk, staff: None
) -> None:
    alert = await desk.drafts(channels=("sms", "email", "x", "press"))
    sent = await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    assert [(one.channel, one.carrier) for one in sent] == [
        ("sms", "email"), ("email", "email"), ("x", "email"), ("press", "press"),
    ]  # fmt: skip
    got = await arrived(desk)
    assert {(channel, to) for channel, to, _ in got} == {
        ("email", "mila@crisis.example"),
        ("press", "mila@crisis.example"),
    }
    assert len(got) == len(alert.messages)
    said = {text for _, _, text in got}
    for message in alert.messages:
        here = [text for text in said if message.filled(desk.clock.now).text in text]
        assert any(text.startswith(f"TEST: {COPY_MARKS[message.language]}") for text in here)


async def test_it_is_a_sending_of_its_own_that_no_figure_of_the_alert_counts(
    desk: Desk, staff: None
) -> None:
    alert = await desk.drafts(channels=("email",))
    before = await queries.preview(desk.services, alert.id, by=MILA)
    (sent,) = await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    await arrived(desk)
    assert (await queries.get_status(desk.services, alert.id, by=MILA)).counts == []
    assert (await queries.preview(desk.services, alert.id, by=MILA)).audience == before.audience
    assert sent.id not in [
        one.id for one in (await queries.list_alerts(desk.services, by=MILA)).items
    ]
    async with desk.services.reading() as reading:
        stored = await sending_rows.load(reading.connection, sent.id)
    assert (stored.state, stored.finished_at) == (AlertState.ACTIVE, desk.clock.now)
    await desk.registers(person(1))
    sent_alert = await desk.sends(await desk.approves(alert))
    await desk.sweeps()
    await desk.sweeps()
    counted = await queries.get_status(desk.services, sent_alert.id, by=MILA)
    assert sum(one.n for one in counted.counts) == 1
    told = await report.get_report(desk.services, sent_alert.id, by=MILA)
    assert told.planned == 1


async def test_colleagues_get_it_and_the_page_tells_what_became_of_it(
    desk: Desk, staff: None
) -> None:
    alert = await desk.drafts(channels=("email",))
    wanted = CopyRequest(users=("mila", "joris"), languages=(Language.FR,))
    await copies.send_test_copy(desk.services, alert.id, wanted, by=MILA)
    assert len(await arrived(desk)) == 2
    (found,) = await copies.list_test_copies(desk.services, alert.id, by=JORIS)
    assert (found.author, found.users, found.languages) == (
        "mila", ("joris", "mila"), (Language.FR,),
    )  # fmt: skip
    assert [(one.user, one.state) for one in found.deliveries] == [
        ("joris", State.ACCEPTED),
        ("mila", State.ACCEPTED),
    ]
    assert "alert.test-copied" in await desk.ledger()


async def test_what_was_looked_at_stays_what_it_was(desk: Desk, staff: None) -> None:
    alert = await desk.drafts(channels=("sms",))
    await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    words = replace(alert.messages[0], text="Autre texte")
    await having_read.revise(desk.services, alert.id, [words], by=MILA)
    assert all("Autre texte" not in text for _, _, text in await arrived(desk))


async def test_only_before_it_is_sent_and_only_by_whoever_may_edit_it(
    desk: Desk, staff: None
) -> None:
    alert = await desk.drafts(channels=("email",))
    with pytest.raises(NotAllowed):
        await copies.send_test_copy(
            desk.services, alert.id, CopyRequest(), by=Officer("leen", Role.AUDITOR)
        )
    await desk.registers(person(1))
    await desk.sends(await desk.approves(alert))
    with pytest.raises(WrongState):
        await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)


@pytest.mark.parametrize(
    "users",
    [
        pytest.param(("nobody",), id="who is no user"),
        pytest.param(("mila", "a@example.org"), id="an address"),
        pytest.param(("dirk",), id="who never signed in"),
    ],
)
async def test_nobody_gets_one_but_users_with_an_account_of_their_own(
    desk: Desk, staff: None, users: tuple[str, ...]
) -> None:
    alert = await desk.drafts(channels=("email",))
    with pytest.raises(NoMailbox):
        await copies.send_test_copy(desk.services, alert.id, CopyRequest(users=users), by=MILA)
    assert not await arrived(desk)


async def test_twenty_users_at_most(desk: Desk, staff: None) -> None:
    alert = await desk.drafts(channels=("email",))
    users = tuple(f"user{n}" for n in range(21))
    with pytest.raises(BadRequest, match="at most 20"):
        await copies.send_test_copy(desk.services, alert.id, CopyRequest(users=users), by=MILA)


async def test_nobody_floods_a_mailbox_nor_takes_its_user_their_own_copies(
    desk: Desk, staff: None, clock: Clock
) -> None:
    alert = await desk.drafts(channels=("sms", "email"))
    to_joris = CopyRequest(users=("joris",))
    for _ in range(MAX_TO_ONE // len(alert.messages)):
        await copies.send_test_copy(desk.services, alert.id, to_joris, by=MILA)
    with pytest.raises(TooManyCopies):
        await copies.send_test_copy(desk.services, alert.id, to_joris, by=MILA)
    await copies.send_test_copy(desk.services, alert.id, to_joris, by=JORIS)
    clock.forward(hours=1, seconds=1)
    await copies.send_test_copy(desk.services, alert.id, to_joris, by=MILA)


async def test_whoever_left_meanwhile_gets_none(desk: Desk, staff: None) -> None:
    alert = await desk.drafts(channels=("email",))
    await copies.send_test_copy(desk.services, alert.id, CopyRequest(users=("joris",)), by=MILA)
    async with desk.services.unit() as unit:
        found = await account_rows.find_account(unit.connection, name="joris")
        assert found is not None
        await account_rows.end(unit.connection, found.id, now=desk.clock.now)
    assert not await arrived(desk)


async def test_what_has_not_left_within_an_hour_does_not_leave(desk: Desk, staff: None) -> None:
    alert = await desk.drafts(channels=("email",))
    await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    desk.clock.forward(seconds=timedelta(hours=1).total_seconds() + 1)
    assert not await arrived(desk)


WORDS = st.text(st.characters(whitelist_categories=("L", "N", "P", "Zs")), min_size=1, max_size=80)


@given(
    channel=st.sampled_from(sorted(PROFILES)),
    language=st.sampled_from(Language),
    subject=st.just("") | WORDS,
    text=WORDS,
    page=st.sampled_from(["", "<p>Words</p>", "<html><BODY class='a'><p>Words</p></body></html>"]),
)
def test_every_copy_of_every_channel_shows_its_mark_first_and_last(
    channel: str, language: Language, subject: str, text: str, page: str
) -> None:
    message = Message(channel=channel, language=language, subject=subject, text=text, html=page)
    copy = as_copy(message, called="SMS", at=NOON)
    assert is_marked_copy(copy)
    assert marked(copy, AlertClass.TEST)
    assert text in copy.text


def test_a_text_without_the_mark_is_no_copy() -> None:
    assert not is_marked_copy(Message(channel="email", language=Language.NL, text="TEST: nu"))


@pytest.mark.parametrize("alert_class", AlertClass)
async def test_a_copy_of_an_exercise_says_both(
    desk: Desk, staff: None, alert_class: AlertClass
) -> None:
    alert: Alert = await desk.drafts(channels=("email",), alert_class=alert_class)
    wanted = CopyRequest(languages=(Language.FR,))
    await copies.send_test_copy(desk.services, alert.id, wanted, by=MILA)
    ((_, _, text),) = await arrived(desk)
    assert text.startswith("TEST: copie d’essai, ceci n’est pas une alerte\n\n")
    assert ("EXERCICE" in text) == (alert_class is AlertClass.EXERCISE)
