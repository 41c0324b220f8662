"""The connections to a relay are apart: what breaks off on one costs no other its answers."""

import asyncio
from typing import Any

import pytest

from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome
from channels import _smtp_connect, _smtp_hand_over, _smtp_relay, _smtp_replies
from channels._smtp_pipeline import SmtpReply
from tests.channels.conftest import HOUR, SwitchOn
from tests.channels.test_email import MANNERS, kinds, mailer, outgoing_batch
from tests.channels.test_mail_journal import Noted
from tests.channels.wire import SILENCE, MailServer, mail_server

LETTERS, CONNECTIONS = 100, 4
AT_ONCE = {"connections": CONNECTIONS}


def raising(function: Any, *, times: int) -> Any:
    """A function that raises the first times it is called."""
    left = times

    def called(*given: Any, **named: Any) -> Any:
        nonlocal left
        if left > 0:
            left -= 1
            raise LookupError
        return function(*given, **named)

    return called


@MANNERS
@pytest.mark.parametrize("broken", range(1, CONNECTIONS))
async def test_what_one_raises_leaves_its_emails_to_the_others(
    broken: int, offers: tuple[str, ...], switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over = raising(_smtp_connect.take_over, times=broken)
    monkeypatch.setattr(_smtp_relay, "take_over", take_over)
    async with mail_server(MailServer(offers)) as server:
        channel = mailer(switch_on, server, **AT_ONCE)
        outcomes = await channel.send_many(outgoing_batch(channel, LETTERS), valid_for=HOUR)
    assert kinds(outcomes) == [None] * LETTERS
    assert len({one.person for one in server.taken}) == len(server.taken) == LETTERS


async def test_where_all_of_them_raise_nothing_was_handed_over_and_the_route_is_to_blame(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_smtp_relay, "take_over", raising(None, times=CONNECTIONS))
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server, **AT_ONCE)
        outcomes = await channel.send_many(outgoing_batch(channel, LETTERS), valid_for=HOUR)
    assert set(outcomes) == {Deferred(FailureReason.DOWN, "unreadable answer")}


@MANNERS
@pytest.mark.parametrize("step", ["RCPT", "BODY"])
async def test_a_reply_nobody_can_read_leaves_in_doubt_what_was_under_way_alone(
    step: str, offers: tuple[str, ...], switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the code that reads it raises, and not only where it says so."""

    def script(now: str, argument: str) -> str | None:
        odd = now == step and "person7@" in argument
        return "550 5.1.1 nobody" if odd else None

    def meaning_of(answer: SmtpReply, **more: bool) -> Outcome | None:
        if answer.line.startswith(b"550"):
            raise LookupError
        return _smtp_replies.meaning_of(answer, **more)

    monkeypatch.setattr(_smtp_relay, "meaning_of", meaning_of)
    journal = Noted()
    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **AT_ONCE)
        outcomes = await channel.send_many(
            outgoing_batch(channel, LETTERS), valid_for=HOUR, journal=journal
        )
    found = kinds(outcomes)
    assert found[7] is FailureReason.UNCLEAR
    assert set(found) <= {None, FailureReason.UNCLEAR}
    assert found.count(FailureReason.UNCLEAR) <= _smtp_hand_over.A_CONNECTION_EACH
    accepted = {i for i, one in enumerate(outcomes) if isinstance(one, Accepted)}
    assert accepted == set(journal.references)
    assert {f"person{i}@example.net" for i in accepted} <= {one.person for one in server.taken}


@MANNERS
async def test_a_batch_that_is_cancelled_leaves_no_connection_at_work(
    offers: tuple[str, ...], switch_on: SwitchOn
) -> None:
    silent = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step != "BODY":
            return None
        silent.set()
        return SILENCE

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **AT_ONCE)
        batch = outgoing_batch(channel, LETTERS)
        before = asyncio.all_tasks()
        task = asyncio.create_task(channel.send_many(batch, valid_for=HOUR))
        await asyncio.wait_for(silent.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        ours = [one for one in asyncio.all_tasks() - before if "Relay" in repr(one.get_coro())]
        assert ours == []
