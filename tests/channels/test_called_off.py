"""A hand-over that is called off ends at once, whatever it waits for in that moment."""

import asyncio

import pytest

from channels import _smtp_connect
from tests.channels.conftest import SwitchOn
from tests.channels.test_email import hand_over_one, mailer
from tests.channels.wire import SILENCE, MailServer, mail_server

TURNS = 80
"""Turns of the loop: in fewer, a message is at its recipient."""


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_it_ends_in_whichever_turn_of_the_loop_it_is_called_off(switch_on: SwitchOn) -> None:
    """In that, too, in which its connection is made."""
    server = MailServer(script=lambda step, _: SILENCE if step == "RCPT" else None)
    left: list[int] = []
    async with mail_server(server):
        channel = mailer(switch_on, server)
        for number in range(TURNS):
            task = asyncio.create_task(hand_over_one(channel))
            await turns(number)
            task.cancel()
            await turns(20)
            if not task.done():
                left.append(number)
                task.cancel()
            await asyncio.wait({task})
        assert "RCPT" in server.steps
    assert left == []


@pytest.mark.parametrize("step", ["GREETING", "EHLO"])
async def test_a_relay_that_is_silent_while_one_connects_is_given_up_in_time(
    switch_on: SwitchOn, step: str
) -> None:
    server = MailServer(script=lambda now, _: SILENCE if now == step else None)
    async with mail_server(server):
        outcome = await hand_over_one(mailer(switch_on, server, timeout_seconds=0.05))
    assert outcome == _smtp_connect.NO_CONNECTION[0][1]
