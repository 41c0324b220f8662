"""Two people at the same moment, on both databases: one outcome, one record, a clear answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from alerting.actions.alerts import scheduling, sending, stopping
from alerting.domain.alert import Alert, AlertState, FollowUp, Review
from alerting.domain.errors import Outdated, Refusal, Reviewed, Superseded, WrongState
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.store import Database
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.make import make_services

OWN = [Message(channel="sms", language=Language.FR, text="BE-Alert: restez dedans")]


@pytest.fixture
async def desk(database: Database, clock: Clock) -> AsyncIterator[Desk]:
    """A desk on each of the two databases."""
    services = make_services(database, clock)
    made = Desk(services, clock)
    await made.registers_a_few()
    yield made
    await services.speller.aclose()


async def race(*acts: object) -> tuple[list[Alert], list[Refusal]]:
    """What won, and what was refused; anything else is a fault."""
    answers = await asyncio.gather(*acts, return_exceptions=True)  # type: ignore[call-overload]
    won = [one for one in answers if isinstance(one, Alert)]
    refused = [one for one in answers if isinstance(one, Refusal)]
    assert len(won) + len(refused) == len(acts), answers
    return won, refused


async def test_of_two_approvals_one_stands(desk: Desk) -> None:
    alert = await desk.drafts()
    won, (refused,) = await race(desk.approves(alert, by=JORIS), desk.approves(alert, by=LEEN))
    assert isinstance(refused, WrongState)
    assert (await desk.reads(alert)).approver == won[0].approver
    assert (await desk.ledger()).count("alert.approved") == 1


async def test_an_approval_never_covers_words_that_were_edited_meanwhile(desk: Desk) -> None:
    alert = await desk.drafts()
    await race(
        desk.approves(alert, by=JORIS),
        having_read.revise(desk.services, alert.id, OWN, by=LEEN),
    )
    after = await desk.reads(alert)
    assert after.version == alert.version + 1
    assert after.approved_fingerprint in ("", after.fingerprint())
    assert (after.state is AlertState.APPROVED) == bool(after.approved_fingerprint)


async def test_of_five_clicks_one_sends(desk: Desk) -> None:
    alert = await desk.approves(await desk.drafts())
    won, refused = await race(*(desk.sends(alert) for _ in range(5)))
    assert (len(won), len(refused)) == (1, 4)
    assert (await desk.ledger()).count("alert.sent") == 1


async def test_of_two_follow_ups_one_takes_the_place(desk: Desk) -> None:
    alert = await desk.issues()
    clear = await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR))
    update = await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE))
    won, (refused,) = await race(desk.sends(clear), desk.sends(update))
    assert isinstance(refused, Superseded)
    assert refused.facts["newer"] == won[0].id
    assert (await desk.ledger()).count("alert.followed") == 1


async def test_a_stop_and_a_retraction_leave_it_retracted(desk: Desk) -> None:
    alert = await desk.issues()
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await race(desk.sends(retraction), stopping.stop(desk.services, alert.id, by=JORIS))
    assert (await desk.reads(alert)).state is AlertState.CANCELLED


async def test_of_two_reviews_one_counts(desk: Desk) -> None:
    alert = await desk.drafts(values=CLOSED)
    await having_read.send_now(desk.services, alert.id, by=DIRK, reason="Nobody answers")
    _, (refused,) = await race(
        *(
            sending.review_break_glass(desk.services, alert.id, Review.JUSTIFIED, by=one)
            for one in (JORIS, LEEN)
        )
    )
    assert isinstance(refused, Reviewed)
    assert (await desk.ledger()).count("alert.reviewed") == 1


async def test_several_sweepers_send_a_scheduled_alert_once(desk: Desk) -> None:
    alert = await desk.approves(await desk.drafts())
    at = desk.clock.now + timedelta(hours=1)
    await having_read.schedule(desk.services, alert.id, at, by=MILA)
    desk.clock.forward(hours=1)
    await asyncio.gather(*(scheduling.send_due(desk.services) for _ in range(4)))
    assert (await desk.ledger()).count("alert.sent") == 1
    assert "alert.not-sent" not in await desk.ledger()


async def test_a_retraction_edited_while_it_is_looked_at_does_not_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await desk.issues()
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    compose = desk.services.composer.compose

    async def edited_meanwhile(*asked: object) -> object:
        made = await compose(*asked)  # type: ignore[arg-type]
        await having_read.revise(desk.services, retraction.id, OWN, by=MILA)
        return made

    monkeypatch.setattr(desk.services.composer, "compose", edited_meanwhile)
    with pytest.raises(Outdated):
        await desk.sends(retraction)
    assert (await desk.reads(alert)).state is AlertState.SENDING
