"""A relay that begins a reply and never ends it is as silent as one that says nothing.

One that ends each reply just in time takes no longer over a message, or over a chunk, than it may.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.channel import FailureReason
from channels._email_message import PreparedMail
from channels._smtp_pipeline import (
    MOST_LINES,
    TIMEOUTS_OF_A_MESSAGE,
    Chunking,
    Pipeline,
    Pipelined,
    Sequential,
    SmtpMessage,
    SmtpOutcome,
    SmtpReply,
)
from channels._smtp_replies import MIXED_DOMAINS
from tests.channels.conftest import HOUR, SwitchOn
from tests.channels.test_email import MANNERS, kinds, mailer, outgoing_batch
from tests.channels.wire import EVERYTHING, MailServer, mail_server

TIMEOUT = 30.0


class Loop:
    """A clock that a test sets, and what is to happen at a time of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.create_future = asyncio.get_running_loop().create_future

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        self.due.append((self.now + seconds, call))
        return asyncio.Handle(call, (), asyncio.get_running_loop())

    def forward(self, seconds: float) -> None:
        self.now += seconds
        due = [call for at, call in self.due if at <= self.now]
        self.due = [(at, call) for at, call in self.due if at > self.now]
        for call in due:
            call()


class Transport:
    """Takes what is written."""

    aborted = False

    def set_protocol(self, protocol: Any) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True


def letter(place: int) -> SmtpMessage:
    plain = PreparedMail.seal(b"Subject: x\r\n\r\nx\r\n").plain
    return SmtpMessage(place, b"MAIL\r\n", b"RCPT\r\n", b"", plain, plain, False, str(place))


@pytest.mark.parametrize("manner", [Sequential, Pipelined, Chunking])
@given(pauses=st.lists(st.floats(0.1, TIMEOUT - 0.1), min_size=1, max_size=MOST_LINES))
async def test_no_part_of_a_reply_gives_it_more_time(
    manner: type[Pipeline], pauses: list[float]
) -> None:
    loop, transport = Loop(), Transport()
    line = manner(transport, timeout=TIMEOUT, utf8=False, size=False, loop=loop)  # type: ignore[arg-type]
    letters = [letter(1)]
    found: list[SmtpReply | SmtpOutcome] = []
    run = asyncio.create_task(
        line.run(
            lambda: letters.pop() if letters else None,
            lambda _letter, answer: found.append(answer),
            lambda _letter: None,
        )
    )
    await asyncio.sleep(0)
    for pause in pauses:
        loop.forward(pause)
        assert line.alive is (loop.now < TIMEOUT)
        if not line.alive:
            break
        line.data_received(b"250-please wait\r\n")
    loop.forward(max(TIMEOUT - loop.now, 0))
    assert not line.alive
    assert transport.aborted
    assert line.error == "no reply in time"
    await run
    assert found in ([SmtpOutcome.NOT_SENT], [])


JUST_IN_TIME = TIMEOUT - 1
REPLIES = {
    Sequential: [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"],
    Pipelined: [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"],
    Chunking: [b"250 ok\r\n"] * 4,
}


@pytest.mark.parametrize("manner", REPLIES)
@pytest.mark.parametrize("until", [math.inf, TIMEOUT + 5])
async def test_replies_that_come_just_in_time_give_a_message_no_more(
    manner: type[Pipeline], until: float
) -> None:
    """Nor the whole call, whatever is under way: `until` ends it."""
    loop, transport = Loop(), Transport()
    line = manner(transport, timeout=TIMEOUT, utf8=False, size=False, loop=loop)  # type: ignore[arg-type]
    letters = [letter(1)]
    found: list[SmtpReply | SmtpOutcome] = []
    run = asyncio.create_task(
        line.run(
            lambda: letters.pop() if letters else None,
            lambda _letter, answer: found.append(answer),
            lambda _letter: None,
            until=until,
        )
    )
    await asyncio.sleep(0)
    begun_at = JUST_IN_TIME if manner is Chunking else 0.0  # it asks for a reply first
    end = min(until, begun_at + TIMEOUTS_OF_A_MESSAGE * TIMEOUT)
    for reply in REPLIES[manner]:
        if loop.now + JUST_IN_TIME >= end:
            break
        loop.forward(JUST_IN_TIME)
        assert line.alive
        line.data_received(reply)
    loop.forward(end - loop.now)
    assert not line.alive
    assert line.error == "too slow"
    await run
    assert found == [SmtpOutcome.NOT_SENT]


@MANNERS
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "BODY"])
async def test_a_reply_of_lines_without_end_ends_the_connection(
    step: str, offers: tuple[str, ...], switch_on: SwitchOn
) -> None:
    endless = "\r\n".join(["250-please wait"] * (MOST_LINES + 2))
    server = MailServer(offers, lambda now, _: endless if now == step else None)
    async with mail_server(server):
        channel = mailer(switch_on, server, connections=1)
        outcomes = await channel.send_many(outgoing_batch(channel, 40), valid_for=HOUR)
    found = Counter(kinds(outcomes))
    assert found[FailureReason.DOWN] >= 40 - MIXED_DOMAINS - 8
    assert set(found) <= {FailureReason.DOWN, FailureReason.UNCLEAR}, "the route is to blame"
    if step != "BODY" and offers != EVERYTHING:
        assert FailureReason.UNCLEAR not in found, "nothing was handed over"
