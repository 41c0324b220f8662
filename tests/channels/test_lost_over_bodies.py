"""Recipients at whose final dot a relay hangs up, or is silent, keep nobody else waiting.

A content filter may do that over one address, a proxy over one domain: their messages are in doubt,
the others go, and neither the relay nor an extension that it offers is given up for them.
"""

import pytest

from alerting.domain.channel import Accepted, FailureReason, OutboundMessage
from channels._email_message import PreparedMail
from channels._smtp_pipeline import WINDOW
from channels._smtp_relay import BELIEVED
from channels._smtp_replies import MIXED_DOMAINS
from channels.email import Email
from tests.channels.conftest import HOUR, SwitchOn, message
from tests.channels.test_email import MANNERS, kinds, mailer
from tests.channels.wire import (
    EVERYTHING,
    HANG_UP,
    RIDING,
    SILENCE,
    MailServer,
    mail_server,
)


def ends_over(sign: str, how: str, offers: tuple[str, ...]) -> MailServer:
    def script(step: str, person: str) -> str | None:
        return how if step == "BODY" and sign in person else None

    return MailServer(offers, script)


def batch_to(channel: Email, names: list[str]) -> list[OutboundMessage[PreparedMail]]:
    prepared = channel.prepare(message("email"), alert_id=1)
    return [OutboundMessage(prepared, f"x@{name}.example", f"1.email.{name}") for name in names]


@MANNERS
@pytest.mark.parametrize(("ended", "people"), [(2, 14), (6, 16), (3, 60), (8, 120)])
async def test_everybody_else_is_written_to_in_the_same_call(
    switch_on: SwitchOn, offers: tuple[str, ...], ended: int, people: int
) -> None:
    """Though they come first on the list."""
    async with mail_server(ends_over("ended", HANG_UP, offers)) as server:
        channel = mailer(switch_on, server)
        names = [f"{'ended' if n < ended else 'well'}{n}" for n in range(people)]
        outcomes = await channel.send_many(batch_to(channel, names), valid_for=HOUR)
    assert kinds(outcomes) == [FailureReason.UNCLEAR] * ended + [None] * (people - ended)
    assert len(server.taken) == people - ended


@MANNERS
async def test_everybody_else_is_written_to_where_a_relay_falls_silent(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(ends_over("ended", SILENCE, offers)) as server:
        channel = mailer(switch_on, server, timeout_seconds=0.2)
        names = [f"{'ended' if n < 2 else 'well'}{n}" for n in range(12)]
        outcomes = await channel.send_many(batch_to(channel, names), valid_for=HOUR)
    assert kinds(outcomes) == [FailureReason.UNCLEAR] * 2 + [None] * 10


@MANNERS
async def test_a_relay_that_ends_all_connections_at_the_final_dot_is_taken_as_down(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(ends_over("@", HANG_UP, offers)) as server:
        channel = mailer(switch_on, server, connections=1)
        names = [f"town{n}" for n in range(4 * MIXED_DOMAINS)]
        outcomes = kinds(await channel.send_many(batch_to(channel, names), valid_for=HOUR))
    assert set(outcomes[-2 * MIXED_DOMAINS :]) == {FailureReason.DOWN}
    assert server.taken == []


@pytest.mark.parametrize("step", ["RCPT", "BODY"])
@pytest.mark.parametrize("offers", [EVERYTHING, RIDING], ids=["chunking", "pipelining"])
async def test_an_extension_is_used_again_once_connections_end_over_them_without_it(
    switch_on: SwitchOn, offers: tuple[str, ...], step: str
) -> None:
    """And is not given up for the same ones again."""

    def script(now: str, argument: str) -> str | None:
        return HANG_UP if now == step and "ended" in argument else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, connections=1)
        ended = batch_to(channel, ["ended1", "ended2"])
        for _ in range(3):
            await channel.send_many(ended, valid_for=HOUR)
        server.steps.clear()
        outcomes = await channel.send_many(
            [*ended, *batch_to(channel, [f"well{n}" for n in range(12)])], valid_for=HOUR
        )
    assert all(isinstance(one, Accepted) for one in outcomes[2:])
    assert ("DATA" in server.steps) is (offers is RIDING)
    assert channel.mailer._relay._without == {}


async def test_an_extension_that_fails_everybody_stays_off(switch_on: SwitchOn) -> None:
    """Those whom it failed are taken without it."""
    async with mail_server(MailServer(EVERYTHING, bdat=HANG_UP)) as server:
        channel = mailer(switch_on, server, connections=1)
        for _ in range(3):
            await channel.send_many(batch_to(channel, ["one", "two", "three"]), valid_for=HOUR)
    assert set(channel.mailer._relay._without) == {"chunking"}
    assert server.steps.count("BDAT") == BELIEVED


@pytest.mark.parametrize("step", ["RCPT", "BODY"])
@pytest.mark.parametrize("how", [HANG_UP, SILENCE])
async def test_in_one_call_few_others_are_in_doubt_however_many_it_ends_over(
    switch_on: SwitchOn, how: str, step: str
) -> None:
    """With BDAT, those behind the first; after it, messages go apart. Nothing has come twice."""

    def script(now: str, argument: str) -> str | None:
        return how if now == step and "ended" in argument else None

    async with mail_server(MailServer(EVERYTHING, script)) as server:
        channel = mailer(switch_on, server, connections=1, timeout_seconds=0.2)
        names = [f"{'ended' if n in {20, 32, 44, 56} else 'well'}{n}" for n in range(70)]
        outcomes = await channel.send_many(batch_to(channel, names), valid_for=HOUR)
    others = [one for name, one in zip(names, outcomes, strict=True) if "well" in name]
    doubtful = [one for one in others if not isinstance(one, Accepted)]
    assert set(kinds(doubtful)) <= {FailureReason.UNCLEAR}
    assert len(doubtful) < WINDOW
    assert len(server.taken) == len(others) - len(doubtful)
