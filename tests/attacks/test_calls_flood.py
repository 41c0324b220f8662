"""Nobody fills the mailboxes of those who approve, nor hides in them what matters more.

Whatever one person submits, takes back and submits again, an approver is written to a few times at
once, and then of all that waits in one list. The gravest is written first.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.alerts import approval, calls
from alerting.actions.alerts.approval import MOST_WAITING
from alerting.actions.authorities import on_call
from alerting.actions.authorities.on_call import OnCallRequest
from alerting.domain.alert import AlertClass
from alerting.domain.authority import Phase
from alerting.domain.errors import TooManySubmitted
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.domain.on_call import MOST_CALLED_AT_ONCE
from alerting.mailer import EmailResult
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, person
from tests.staff import member, send_mails
from tests.territory import Country

ANNA, BEN = "anna", "ben"
PIA = Officer("pia", Role.COMMUNICATOR)


@dataclass
class Mailbox:
    """Instead of a relay: to whom what was written."""

    mails: list[tuple[str, str, str]] = field(default_factory=list)

    async def send(self, *, to: str, subject: str, text: str, **_: Any) -> EmailResult:
        self.mails.append((to.partition("@")[0], subject, text))
        return EmailResult.TAKEN

    def of(self, name: str) -> list[tuple[str, str]]:
        return [(subject, text) for to, subject, text in self.mails if to == name]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def desk(services: Services, clock: Clock, mailbox: Mailbox) -> Desk:
    for name in (ANNA, BEN):
        await member(services, clock, name, Role.APPROVER)
    services = replace(services, mailer=mailbox)
    await send_mails(services)
    mailbox.mails.clear()
    return Desk(services, clock)


async def worker_goes_round(desk: Desk) -> None:
    await calls.remind_of_approvals(desk.services)
    while await send_mails(desk.services):
        pass


async def changes_a_letter(desk: Desk, number: int, letter: str) -> None:
    text = Message(channel="sms", language=Language.FR, text=f"BE-Alert: {letter}")
    await having_read.revise(desk.services, number, [text], by=MILA)


@pytest.mark.parametrize("alert_class", AlertClass)
async def test_an_alert_taken_back_and_submitted_again_calls_once_in_a_while(
    desk: Desk, mailbox: Mailbox, clock: Clock, alert_class: AlertClass
) -> None:
    alert = await desk.drafts(values=CLOSED, alert_class=alert_class)
    for number in range(12):  # two minutes of it
        await desk.submits(alert)
        await worker_goes_round(desk)
        await changes_a_letter(desk, alert.id, str(number))
        clock.forward(seconds=10)
    assert len(mailbox.of(ANNA)) == 1
    await desk.submits(alert)
    clock.forward(minutes=5)
    await worker_goes_round(desk)
    assert len(mailbox.of(ANNA)) == 2, "whoever was called hears that it waits again"


async def test_what_is_submitted_after_a_no_is_called_for_at_once(
    desk: Desk, mailbox: Mailbox
) -> None:
    alert = await desk.submits(await desk.drafts())
    await worker_goes_round(desk)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="Wrong street")
    await desk.submits(alert)
    await worker_goes_round(desk)
    assert len(mailbox.of(ANNA)) == 2


async def test_one_persons_many_are_a_few_e_mails_and_one_list(
    desk: Desk, mailbox: Mailbox, clock: Clock
) -> None:
    for _ in range(8):
        await desk.submits(await desk.drafts(values=CLOSED))
        await worker_goes_round(desk)
    assert len(mailbox.of(ANNA)) == MOST_CALLED_AT_ONCE
    exercise = await desk.submits(
        await desk.drafts(by=PIA, values=CLOSED, alert_class=AlertClass.EXERCISE), by=PIA
    )
    other = await desk.submits(await desk.drafts(by=PIA, values=CLOSED), by=PIA)
    await worker_goes_round(desk)
    subject, text = mailbox.of(ANNA)[-1]
    assert "10" in subject, "of another author at once, and all others with it"
    listed = re.findall(r"(\d+) \(", text)
    assert len(listed) == 10
    assert listed[1] == str(other.id), "one of each in turn"
    assert listed[-1] == str(exercise.id), "real alerts first"
    before = len(mailbox.of(ANNA))
    for _ in range(60):
        clock.forward(seconds=10)
        await worker_goes_round(desk)
    assert len(mailbox.of(ANNA)) - before <= 4, "one list reminds of all"


async def test_the_gravest_is_written_first(
    desk: Desk, services: Services, mailbox: Mailbox
) -> None:
    await desk.registers(person(1), person(2), person(3, nis_code=GENT))
    country = Country(services)
    await country.incident(by=LEEN, phase=Phase.FEDERAL, area="Gent")
    undone = await desk.submits(await desk.drafts(values=CLOSED))
    await desk.approves(undone)
    for _ in range(5):
        await desk.submits(await desk.drafts(values=CLOSED))
    await changes_a_letter(desk, undone.id, "z")
    alone = await desk.drafts(by=LEEN, values=CLOSED, area=("Gent",))
    await having_read.send_now(desk.services, alone.id, by=DIRK, reason="danger for everybody")
    await worker_goes_round(desk)
    (first, _), *_, (_, last) = mailbox.of(ANNA)
    assert f" {alone.id} (" in first
    assert len(re.findall(r"(\d+) \(", last)) == 5


async def test_nobody_has_more_waiting_than_can_be_decided(desk: Desk) -> None:
    for _ in range(MOST_WAITING):
        alert = await desk.submits(await desk.drafts(values=CLOSED))
    more = await desk.drafts(values=CLOSED)
    with pytest.raises(TooManySubmitted, match="A colleague"):
        await desk.submits(more)
    await desk.submits(more, by=LEEN)
    await desk.approves(alert)
    await desk.submits(await desk.drafts(values=CLOSED))


async def test_a_list_of_one_who_is_absent_keeps_nobody_else_from_being_reminded(
    desk: Desk, services: Services, mailbox: Mailbox, clock: Clock
) -> None:
    hour = timedelta(hours=1)
    wanted = OnCallRequest(
        officer=BEN, place=1, starts_at=clock.now - hour, ends_at=clock.now + 8 * hour
    )
    ada = Officer("ada", Role.ADMINISTRATOR)
    await on_call.add_on_call(services, "national", wanted, by=ada)
    await worker_goes_round(desk)  # who is on call is told so
    await desk.submits(await desk.drafts())
    told = {}
    for minute in range(13):
        before = len(mailbox.mails)
        await worker_goes_round(desk)
        told[minute] = sorted(to for to, _, _ in mailbox.mails[before:])
        clock.forward(minutes=1)
    assert {minute: names for minute, names in told.items() if names} == {
        0: [ANNA, BEN],
        2: [BEN],
        5: [ANNA, BEN],
        7: [ANNA],
        10: [ANNA],
    }
