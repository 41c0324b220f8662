"""A relay that cannot do what it offers is spoken to more simply from then on, and no e-mail waits.

What EHLO offers is the server's own word, and boxes in between change what follows. Each extension
that a letter depends on has an answer that says it is not there; and each has a setting.
"""

import asyncio
from collections import Counter
from typing import Any

import pytest

from alerting.domain.channel import Accepted, FailureReason, Refused
from channels.email import Email
from tests.channels.conftest import HOUR, SwitchOn, message
from tests.channels.test_email import ONE_LINE, kinds, mailer, outgoing_batch
from tests.channels.wire import EVERYTHING, HANG_UP, RIDING, SILENCE, MailServer, mail_server

LIAR = ("PIPELINING", "CHUNKING", "ENHANCEDSTATUSCODES")
SIZED = ("PIPELINING", "SIZE 1000000")


async def handed_over(channel: Email, number: int) -> list[FailureReason | None]:
    """Hand over until nothing waits any more, three times at most."""
    waiting = outgoing_batch(channel, number)
    ends: dict[str, FailureReason | None] = {}
    for _ in range(3):
        outcomes = await channel.send_many(waiting, valid_for=HOUR)
        ends.update(zip([one.key for one in waiting], kinds(outcomes), strict=True))
        waiting = [one for one in waiting if ends[one.key] is not None]
        if not waiting:
            break
    return list(ends.values())


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("unread", [False, True], ids=["reads it", "takes it for commands"])
@pytest.mark.parametrize(
    "answer",
    ["500 5.5.1 unknown", "502 5.5.1 unknown", "503 5.5.1 sequence", "504 5.5.4 no", HANG_UP],
)
async def test_a_relay_that_refuses_bdat_gets_data(
    answer: str, unread: bool, connections: int, switch_on: SwitchOn
) -> None:
    server = MailServer(LIAR, bdat=answer, bdat_unread=unread)
    async with mail_server(server):
        channel = mailer(switch_on, server, connections=connections)
        assert set(await handed_over(channel, 40)) == {None}
        tried = server.steps.count("BDAT")
        assert await handed_over(channel, 40) == [None] * 40
    assert sorted(one.person for one in server.taken) == sorted(
        f"person{i}@example.net" for i in range(40) for _ in range(2)
    ), "each of both chunks once"
    assert server.steps.count("BDAT") == tried, "never again"
    assert "DATA" in server.steps


async def test_what_was_surely_not_taken_goes_at_once(switch_on: SwitchOn) -> None:
    server = MailServer(LIAR, bdat="502 5.5.1 unknown")
    async with mail_server(server):
        channel = mailer(switch_on, server, **ONE_LINE)
        outcomes = await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR)
    assert kinds(outcomes) == [None] * 12
    assert server.connections == 3, "two recipients were asked"


@pytest.mark.parametrize("answer", ["503 5.5.0 one at a time", "500 what?", HANG_UP, SILENCE])
async def test_a_relay_that_cannot_take_commands_together_gets_one_at_a_time(
    answer: str, switch_on: SwitchOn
) -> None:
    server = MailServer(("PIPELINING",), together=answer)
    async with mail_server(server):
        channel = mailer(switch_on, server, timeout_seconds=0.3, **ONE_LINE)
        assert await handed_over(channel, 12) == [None] * 12
        assert len(server.taken) == 12
        together = sum("along" in step for step in server.steps)
        assert await handed_over(channel, 12) == [None] * 12
        assert sum("along" in step for step in server.steps) == together, "never again"


@pytest.mark.parametrize("answer", ["500 no", "501 5.5.4 no", "504 5.5.4 no", "555 5.5.4 no"])
async def test_a_relay_that_does_not_know_size_is_not_told_it(
    answer: str, switch_on: SwitchOn
) -> None:
    said: list[str] = []

    def script(step: str, argument: str) -> str | None:
        said.extend([argument] if step == "MAIL" else [])
        return answer if step == "MAIL" and "SIZE=" in argument else None

    async with mail_server(MailServer(SIZED, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        outcomes = await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR)
    assert kinds(outcomes) == [None] * 12
    assert ["SIZE=" in one for one in said] == [True] + [False] * 12


async def test_a_size_that_is_declared_is_that_of_the_message(switch_on: SwitchOn) -> None:
    said: list[str] = []

    def script(step: str, argument: str) -> None:
        said.extend([argument] if step == "MAIL" else [])

    async with mail_server(MailServer(SIZED, script)) as server:
        await handed_over(mailer(switch_on, server, **ONE_LINE), 1)
    (letter,) = server.taken
    assert said == [f"FROM:<alerts@example.org> SIZE={len(letter.content)}"]


@pytest.mark.parametrize("answer", ["500 no", "501 5.5.4 no", "504 5.5.4 no", "555 5.5.4 no"])
async def test_one_address_in_other_letters_closes_no_relay_that_offered_to_take_it(
    answer: str, switch_on: SwitchOn
) -> None:
    def script(step: str, argument: str) -> str | None:
        return answer if step == "MAIL" and "SMTPUTF8" in argument else None

    offers = ("PIPELINING", "8BITMIME", "SMTPUTF8")
    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        waiting = outgoing_batch(channel, 4)
        waiting[1] = waiting[1]._replace(to="zoë@bücher.example")
        first = await channel.send_many(waiting, valid_for=HOUR)
        asked = server.steps.count("MAIL")
        again = await channel.send_many([waiting[1]], valid_for=HOUR)
    assert kinds(first) == [None, FailureReason.ADDRESS_INVALID, None, None]
    assert again == [Refused(FailureReason.ADDRESS_INVALID)]
    assert server.steps.count("MAIL") == asked, "it is not asked again"


EVERY = ("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE 1000000")


@pytest.mark.parametrize(
    ("off", "absent"),
    [
        ({"chunking": "false"}, "BDAT "),
        ({"pipelining": "false"}, "BDAT "),
        ({"size": "false"}, "SIZE="),
        ({"eightbitmime": "false"}, "SMTPUTF8"),
    ],
    ids=str,
)
async def test_each_extension_has_a_setting(
    off: dict[str, Any], absent: str, switch_on: SwitchOn
) -> None:
    said: list[str] = []

    def script(step: str, argument: str) -> None:
        said.append(f"{step} {argument}")

    async with mail_server(MailServer(EVERY, script, together="503 one at a time")) as server:
        server.together = "503 one at a time" if "pipelining" in off else ""
        channel = mailer(switch_on, server, **ONE_LINE, **off)
        one = outgoing_batch(channel, 1)[0]
        other = one._replace(to="zoë@bücher.example", key="1.email.9")
        outcomes = await channel.send_many([one, other], valid_for=HOUR)
    assert isinstance(outcomes[0], Accepted)
    assert not [line for line in said if absent in line]
    assert ("DATA " in said) == bool({"chunking", "pipelining"} & off.keys())
    assert isinstance(outcomes[1], Refused if "eightbitmime" in off else Accepted)


async def test_a_relay_that_falls_over_later_is_not_doubted(switch_on: SwitchOn) -> None:
    """A server that took e-mails by BDAT and then goes away can do BDAT."""
    async with mail_server(MailServer(LIAR)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        assert await handed_over(channel, 12) == [None] * 12
        for writer in server.writers:
            writer.close()
        await asyncio.sleep(0)
        prepared = channel.prepare(message("email"), alert_id=2)
        await channel.send(prepared, to="a@example.net", key="2.email.1", valid_for=HOUR)
        await handed_over(channel, 12)
    assert "DATA" not in server.steps


ABOUT_A_COMMAND = ("500 what?", "502 5.5.1 no", "503 5.5.0 out of turn", "504 no")
OF_ONE = [
    (step, said)
    for step in ("RCPT", "BODY")
    for said in (
        *ABOUT_A_COMMAND,
        *(f"{code} 5.{subject}.1 no" for code in (500, 502, 503, 504) for subject in (1, 2, 6, 7)),
        HANG_UP,
        SILENCE,
    )
]


@pytest.mark.parametrize("offers", [EVERYTHING, RIDING], ids=["chunking", "pipelining"])
@pytest.mark.parametrize(("step", "said"), OF_ONE)
async def test_what_is_said_of_one_recipient_says_nothing_of_an_extension(
    step: str, said: str, offers: tuple[str, ...], switch_on: SwitchOn
) -> None:
    """Though it comes first on every connection; nobody else is written to twice, or later."""

    def script(now: str, argument: str) -> str | None:
        return said if now == step and "person0@" in argument else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, timeout_seconds=0.3, **ONE_LINE)
        for _ in range(2):
            outcomes = await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR)
            assert kinds(outcomes)[1:] == [None] * 11
        await channel.close()
        server.steps.clear()
        other = outgoing_batch(channel, 12)[1:]
        await channel.send_many(other, valid_for=HOUR)
    assert Counter(one.person for one in server.taken) == {one.to: 3 for one in other}
    assert ("DATA" in server.steps) == (offers is RIDING)


async def test_an_extension_that_was_offered_in_vain_is_tried_again_later(
    switch_on: SwitchOn,
) -> None:
    async with mail_server(MailServer(LIAR, bdat="502 5.5.1 unknown")) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        assert set(await handed_over(channel, 4)) == {None}
        await channel.close()
        server.bdat = ""
        relay = channel.mailer._relay
        assert set(relay._without) == {"chunking"}
        relay._without = dict.fromkeys(relay._without, 0.0)  # an hour is over
        server.steps.clear()
        assert await handed_over(channel, 4) == [None] * 4
    assert "DATA" not in server.steps
