"""An e-mail is handed over once, whole, and every e-mail of a chunk gets its own true answer.

The mail server is on a real socket, and does the worst things mail servers do.
"""

import asyncio
import email
import ssl
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    Bulk,
    Deferred,
    FailureReason,
    NotTried,
    OutboundMessage,
    Outcome,
    Refused,
)
from alerting.domain.language import Language
from alerting.domain.stop_signal import StopSignal
from channels import _smtp_mailer, _smtp_relay
from channels._email_message import PreparedMail
from channels._smtp_hand_over import LOST_IN_A_ROW
from channels._smtp_mailer import SINGLY
from channels._smtp_pipeline import WINDOW, SmtpCommand, SmtpReply
from channels._smtp_relay import BELIEVED
from channels._smtp_replies import MIXED_DOMAINS, meaning_of
from channels.email import Email
from tests.channels.conftest import HOUR, MAILBOX, WORDS, SwitchOn, message
from tests.channels.wire import (
    EVERYTHING,
    HANG_UP,
    NOTHING,
    RIDING,
    SILENCE,
    MailServer,
    mail_server,
)

MANNERS = pytest.mark.parametrize(
    "offers",
    [
        pytest.param(EVERYTHING, id="chunking"),
        pytest.param(RIDING, id="pipelining"),
        pytest.param(NOTHING, id="lockstep"),
    ],
)

ONE_LINE = {"connections": 1}


def mailer(switch_on: SwitchOn, server: MailServer, **other: object) -> Email:
    usual = {"host": "127.0.0.1", "port": server.port, "tls": "none", "helo": "test.example"}
    sender = {"sender": "alerts@example.org", "timeout_seconds": 5}
    channel: Email = switch_on("email", **{**usual, **sender, **other})
    return channel


def outgoing_batch(
    channel: Email, number: int, **other: Any
) -> list[OutboundMessage[PreparedMail]]:
    prepared = channel.prepare(message("email", **other), alert_id=1)
    return [
        OutboundMessage(prepared, f"person{i}@example.net", f"1.email.{i}") for i in range(number)
    ]


def on(step: str, number: int, reply: str) -> Callable[[str, str], str | None]:
    """Answer `reply` the given time a step is taken, counted from 0 over all connections."""
    counter: Iterator[int] = count()
    return lambda now, _: reply if now == step and next(counter) == number else None


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def as_lines(text: str) -> str:
    return text.replace("\n", "\r\n") + "\r\n"


async def hand_over_one(channel: Email, to: str = MAILBOX, key: str = "2.email.0") -> Outcome:
    prepared = channel.prepare(message("email"), alert_id=2)
    return await channel.send(prepared, to=to, key=key, valid_for=HOUR)


def kinds(outcomes: Sequence[Outcome | NotTried]) -> list[FailureReason | None]:
    assert NOT_TRIED not in outcomes, "something was not tried"
    return [getattr(one, "failure_reason", None) for one in outcomes]


@MANNERS
async def test_a_chunk_arrives_whole_and_once(switch_on: SwitchOn, offers: tuple[str, ...]) -> None:
    async with mail_server(MailServer(offers)) as server:
        channel = mailer(switch_on, server)
        assert isinstance(channel, Bulk)
        outcomes = await channel.send_many(outgoing_batch(channel, 100), valid_for=HOUR)
        assert outcomes == [Accepted(f"1.email.{i}@example.org") for i in range(100)]
        people = [one.person for one in server.taken]
        assert sorted(people) == sorted(f"person{i}@example.net" for i in range(100))
        for one in server.taken:
            assert read(one.content)["To"] == one.person
        assert 1 < server.connections <= 8


@MANNERS
async def test_replies_may_come_in_pieces_and_in_several_lines(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    long = "250-2.0.0 taken,\r\n250-2.0.0 gladly,\r\n250 2.0.0 thank you"
    server = MailServer(offers, lambda step, _: long if step == "BODY" else None, dribble=True)
    async with mail_server(server):
        channel = mailer(switch_on, server)
        outcomes = await channel.send_many(outgoing_batch(channel, 20), valid_for=HOUR)
    assert kinds(outcomes) == [None] * 20


@MANNERS
@pytest.mark.parametrize("data_anyway", [False, True], ids=["DATA refused", "354 although refused"])
async def test_a_refusal_amid_a_chunk_touches_nobody_else(
    switch_on: SwitchOn, offers: tuple[str, ...], data_anyway: bool
) -> None:
    refused = {0, 7, 8, 19}

    def script(step: str, argument: str) -> str | None:
        gone = step == "RCPT" and any(f"person{i}@" in argument for i in refused)
        return "550 5.1.1 no such user" if gone else None

    async with mail_server(MailServer(offers, script, data_anyway=data_anyway)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        first = await channel.send_many(outgoing_batch(channel, 20), valid_for=HOUR)
        again = await hand_over_one(channel)
    dead = Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")
    assert [i for i, one in enumerate(first) if one == dead] == sorted(refused)
    assert kinds(first).count(None) == 16
    assert len(server.taken) == 17
    assert isinstance(again, Accepted)
    assert server.connections == 1, "the connection stayed of use"


@MANNERS
async def test_a_connection_lost_after_a_body_leaves_only_what_was_handed_over_in_doubt(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(MailServer(offers, on("BODY", 3, HANG_UP))) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        outcomes = kinds(await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR))
    doubtful = outcomes.count(FailureReason.UNCLEAR)
    assert outcomes[:3] == [None] * 3
    assert outcomes[3 : 3 + doubtful] == [FailureReason.UNCLEAR] * doubtful
    assert set(outcomes[3 + doubtful :]) == {None}, "the others went by another connection"
    assert 1 <= doubtful <= (WINDOW if offers == EVERYTHING else 1)


@MANNERS
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "BODY"])
async def test_421_amid_a_chunk_defers_one_email_and_leaves_nothing_in_doubt(
    switch_on: SwitchOn, offers: tuple[str, ...], step: str
) -> None:
    async with mail_server(MailServer(offers, on(step, 3, "421 4.3.2 going down"))) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        outcomes = await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR)
    if step == "MAIL":  # said between two messages, of the connection: the message goes by another
        assert kinds(outcomes) == [None] * 12
        return
    assert kinds(outcomes) == [None] * 3 + [FailureReason.RECIPIENT_BUSY] + [None] * 8
    assert outcomes[3] == Deferred(FailureReason.RECIPIENT_BUSY, "421 4.3.2")


@MANNERS
@pytest.mark.parametrize("step", ["RSET", "MAIL"])
@pytest.mark.parametrize("limit", [1, 2, 10])
@pytest.mark.parametrize("number", [1, 40])
async def test_a_relay_that_limits_messages_of_a_connection_is_well_and_learnt(
    switch_on: SwitchOn, offers: tuple[str, ...], step: str, limit: int, number: int
) -> None:
    taken = 0

    def script(now: str, _argument: str) -> str | None:
        nonlocal taken
        taken = 0 if now == "GREETING" else taken + (now == "BODY")
        full = now == step and taken >= limit
        return "421 4.7.0 too many messages in this connection" if full else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        for _ in range(3 if number > 1 else 12):
            outcomes = await channel.send_many(outgoing_batch(channel, number), valid_for=HOUR)
            assert kinds(outcomes) == [None] * number
        ended = server.connections
        await channel.send_many(outgoing_batch(channel, limit), valid_for=HOUR)
    assert server.connections <= ended + 2


@MANNERS
@pytest.mark.parametrize(
    ("step", "failure_reason"),
    [("RCPT", None), ("BODY", FailureReason.UNCLEAR)],
    ids=["RCPT", "body"],
)
async def test_a_connection_that_falls_silent_is_given_up_in_time(
    switch_on: SwitchOn, offers: tuple[str, ...], step: str, failure_reason: FailureReason | None
) -> None:
    async with mail_server(MailServer(offers, on(step, 2, SILENCE))) as server:
        channel = mailer(switch_on, server, timeout_seconds=0.2, **ONE_LINE)
        outcomes = kinds(await channel.send_many(outgoing_batch(channel, 12), valid_for=HOUR))
    assert outcomes[:2] == [None] * 2
    assert outcomes[2] == failure_reason
    assert outcomes[-1] is None, "the rest went by another connection"


@MANNERS
@pytest.mark.parametrize("fault", [HANG_UP, "421 4.3.2 closing"], ids=["hangs up", "421"])
@pytest.mark.parametrize("step", ["MAIL", "BODY"])
async def test_a_server_that_ends_every_connection_is_not_fed_the_rest(
    switch_on: SwitchOn, offers: tuple[str, ...], step: str, fault: str
) -> None:
    def script(now: str, _argument: str) -> str | None:
        return fault if now == step else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        batch = [
            one._replace(to=f"mila@town{i}.example")
            for i, one in enumerate(outgoing_batch(channel, 40))
        ]
        outcomes = kinds(await channel.send_many(batch, valid_for=HOUR))
    assert outcomes[-20:] == [FailureReason.DOWN] * 20
    needed = MIXED_DOMAINS if step == "BODY" else LOST_IN_A_ROW
    doubted = {NOTHING: 0, RIDING: 1, EVERYTHING: 2}[offers]
    assert server.connections <= needed + BELIEVED * doubted


@MANNERS
async def test_one_email_a_server_always_hangs_up_over_keeps_nobody_else(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    def script(step: str, argument: str) -> str | None:
        return HANG_UP if (step, argument) == ("BODY", "person0@example.net") else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        waiting = outgoing_batch(channel, 20)
        for _ in range(2):
            outcomes = await channel.send_many(waiting, valid_for=HOUR)
            waiting = [
                one
                for one, outcome in zip(waiting, outcomes, strict=True)
                if not isinstance(outcome, Accepted)
            ]
    assert [one.to for one in waiting] == ["person0@example.net"]
    assert outcomes[0] == Deferred(FailureReason.UNCLEAR, "connection lost")


@MANNERS
async def test_other_connections_carry_what_a_lost_one_left(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(MailServer(offers, on("BODY", 5, HANG_UP))) as server:
        channel = mailer(switch_on, server, connections=4)
        outcomes = kinds(await channel.send_many(outgoing_batch(channel, 64), valid_for=HOUR))
    assert 1 <= outcomes.count(FailureReason.UNCLEAR) <= WINDOW
    assert outcomes.count(FailureReason.DOWN) == 0
    assert len(server.taken) == outcomes.count(None)


@pytest.mark.parametrize(
    ("offers", "fault"),
    [
        pytest.param(EVERYTHING, on("RSET", 2, HANG_UP), id="chunking"),
        pytest.param(RIDING, on("MAIL", 1, HANG_UP), id="pipelining"),
        pytest.param(NOTHING, on("MAIL", 1, HANG_UP), id="lockstep"),
    ],
)
async def test_a_kept_connection_that_went_stale_is_replaced(
    switch_on: SwitchOn, offers: tuple[str, ...], fault: Callable[[str, str], str | None]
) -> None:
    async with mail_server(MailServer(offers, fault)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        outcomes = [await hand_over_one(channel) for _ in range(2)]
    assert kinds(outcomes) == [None, None]
    assert (server.connections, len(server.taken)) == (2, 2)


async def test_an_unused_connection_is_closed_with_goodbye(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server, idle_seconds=0.05)
        await hand_over_one(channel)
        await asyncio.wait_for(server.quiet.wait(), 5)
        assert server.steps[-1] == "QUIT"
        assert isinstance(await hand_over_one(channel), Accepted)


async def test_a_connection_closed_by_the_server_meanwhile_is_not_used(
    switch_on: SwitchOn,
) -> None:
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server)
        await hand_over_one(channel)
        await server.say_to_all(b"421 4.4.2 idle too long\r\n")
        assert isinstance(await hand_over_one(channel), Accepted)
        assert (server.connections, len(server.taken)) == (2, 2)


async def test_nothing_more_is_handed_over_once_it_would_take_too_long(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_smtp_relay, "HAND_OVER_SECONDS", -1)
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server)
        outcomes = await channel.send_many(outgoing_batch(channel, 40), valid_for=HOUR)
        assert set(outcomes) == {NOT_TRIED}
        assert server.taken == []


async def test_nothing_more_is_handed_over_once_somebody_says_stop(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server)
        outcomes = await channel.send_many(
            outgoing_batch(channel, 200),
            valid_for=HOUR,
            stop=StopSignal(lambda: len(server.taken) >= 20),
        )
        taken = [one for one in outcomes if isinstance(one, Accepted)]
        assert len(taken) == len(server.taken)
        assert 20 <= len(taken) < 200
        assert outcomes.count(NOT_TRIED) == 200 - len(taken)


@MANNERS
async def test_a_connection_too_many_says_nothing_of_what_the_others_did_not_try(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    def script(step: str, _argument: str) -> str | None:
        too_many = step == "GREETING" and server.open > 2
        return "421 4.7.0 too many connections" if too_many else None

    async with mail_server(MailServer(offers, script)) as server:
        channel = mailer(switch_on, server, connections=4)
        outcomes = await channel.send_many(
            outgoing_batch(channel, 200),
            valid_for=HOUR,
            stop=StopSignal(lambda: len(server.taken) >= 20),
        )
    assert len(server.taken) < 200
    assert outcomes.count(NOT_TRIED) == 200 - len(server.taken)


async def test_a_call_waits_for_a_connection_where_those_of_another_are_all_a_relay_takes(
    switch_on: SwitchOn,
) -> None:
    under_way = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step == "GREETING" and server.connections > 1:
            refused.set()
            return "421 4.7.0 too many connections"
        if step == "BODY":
            under_way.set()
        return None

    refused = asyncio.Event()
    async with mail_server(MailServer(NOTHING, script)) as server:
        channel = mailer(switch_on, server)
        first = asyncio.create_task(
            channel.send_many(
                outgoing_batch(channel, 15), valid_for=HOUR, stop=StopSignal(refused.is_set)
            )
        )
        await under_way.wait()
        second = await channel.send_many(outgoing_batch(channel, 3), valid_for=HOUR)
        await first
    assert kinds(second) == [None] * 3


@pytest.mark.parametrize("how", ["stop", "time is up"])
async def test_a_call_that_waits_for_a_connection_in_vain_has_tried_nothing(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    under_way, refused = asyncio.Event(), asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step == "GREETING" and server.connections > 1:
            refused.set()
            return "421 4.7.0 too many connections"
        if step == "MAIL":
            under_way.set()
            return SILENCE
        return None

    async with mail_server(MailServer(NOTHING, script)) as server:
        channel = mailer(switch_on, server, connections=2)
        first = asyncio.create_task(channel.send_many(outgoing_batch(channel, 1), valid_for=HOUR))
        await under_way.wait()
        if how == "time is up":
            monkeypatch.setattr(_smtp_relay, "HAND_OVER_SECONDS", 0.1)
        stop = StopSignal(refused.is_set if how == "stop" else lambda: False)
        second = await channel.send_many(outgoing_batch(channel, 30), valid_for=HOUR, stop=stop)
        first.cancel()
    assert set(second) == {NOT_TRIED}


async def test_channels_share_what_one_relay_takes_at_once(switch_on: SwitchOn) -> None:
    """Those of another channel that are at work or kept are our own number, and no fault of it."""

    def script(step: str, _argument: str) -> str | None:
        too_many = step == "GREETING" and server.open > 2
        return "421 4.7.0 too many connections" if too_many else None

    async with mail_server(MailServer(RIDING, script)) as server:
        one, two = (mailer(switch_on, server, connections=2) for _ in range(2))
        for channel in (one, two):
            outcomes = await channel.send_many(outgoing_batch(channel, 60), valid_for=HOUR)
            assert kinds(outcomes) == [None] * 60
        both = await asyncio.gather(
            *(it.send_many(outgoing_batch(it, 200), valid_for=HOUR) for it in (one, two))
        )
    assert [kinds(outcomes) for outcomes in both] == [[None] * 200] * 2


@pytest.mark.parametrize("answers", [True, False])
async def test_a_probe_for_which_no_connection_is_free_asks_those_at_work(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setattr(_smtp_relay, "LOOK_AGAIN", 0.05)
    under_way = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step == "MAIL":
            under_way.set()
            return SILENCE
        return None

    async with mail_server(MailServer(NOTHING, script)) as server:
        channel = mailer(switch_on, server, timeout_seconds=5 if answers else 0.2, **ONE_LINE)
        sending = asyncio.create_task(hand_over_one(channel))
        await under_way.wait()
        assert await channel.probe() is (None if answers else FailureReason.DOWN)
        sending.cancel()


async def test_a_relay_that_takes_no_connection_says_so_of_the_whole_chunk(
    switch_on: SwitchOn,
) -> None:
    def script(step: str, _argument: str) -> str | None:
        return "421 4.3.2 closed" if step == "GREETING" else None

    async with mail_server(MailServer(script=script)) as server:
        channel = mailer(switch_on, server)
        outcomes = await channel.send_many(outgoing_batch(channel, 200), valid_for=HOUR)
    assert set(kinds(outcomes)) == {FailureReason.BUSY}


async def test_messages_sent_one_by_one_take_few_connections_whatever_their_number(
    switch_on: SwitchOn,
) -> None:
    """Those to users are: the other connections are for alerts."""
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server)
        outcomes = await asyncio.gather(
            *(hand_over_one(channel, key=f"letter-{n}") for n in range(40))
        )
    assert kinds(outcomes) == [None] * 40
    assert server.connections <= SINGLY


async def test_a_message_for_which_no_connection_is_free_in_time_is_not_sent(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step == "MAIL":
            under_way.set()
        return SILENCE if step == "MAIL" else None

    for module in (_smtp_relay, _smtp_mailer):
        monkeypatch.setattr(module, "HAND_OVER_SECONDS", 0.05)
    async with mail_server(MailServer(NOTHING, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        first = asyncio.create_task(channel.send_many(outgoing_batch(channel, 1), valid_for=HOUR))
        await under_way.wait()
        second = await hand_over_one(channel)
        server.writers[0].close()
        outcomes = [*await first, second]
    assert kinds(outcomes) == [FailureReason.DOWN, FailureReason.BUSY]
    assert server.steps.count("MAIL") == 1


@MANNERS
async def test_a_reply_that_never_ends_ends_the_connection(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(MailServer(offers, on("BODY", 0, "250 " + "x" * 5_000_000))) as server:
        outcome = await hand_over_one(mailer(switch_on, server))
    assert outcome == Deferred(FailureReason.UNCLEAR, "reply too long")


@MANNERS
async def test_a_connection_is_renewed_after_so_many_messages(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(MailServer(offers)) as server:
        channel = mailer(switch_on, server, messages_per_connection=10, **ONE_LINE)
        outcomes = kinds(await channel.send_many(outgoing_batch(channel, 25), valid_for=HOUR))
    assert outcomes == [None] * 25
    assert server.connections == 3


@MANNERS
async def test_large_emails_wait_for_a_slow_reader(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    async with mail_server(MailServer(offers)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        large = PreparedMail.seal(b"Subject: large\r\n\r\n" + (b".x" * 400 + b"\r\n") * 4_000)
        chunk = [OutboundMessage(large, MAILBOX, f"1.email.{i}") for i in range(8)]
        outcomes = kinds(await channel.send_many(chunk, valid_for=HOUR))
        assert outcomes == [None] * 8
        assert all(one.content.endswith(large.plain) for one in server.taken)


async def test_a_chunk_that_is_called_off_leaves_no_connection_out_of_step(
    switch_on: SwitchOn,
) -> None:
    silent = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step != "BODY" or silent.is_set():
            return None
        silent.set()
        return SILENCE

    async with mail_server(MailServer(RIDING, script)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        task = asyncio.create_task(hand_over_one(channel))
        await asyncio.wait_for(silent.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(await hand_over_one(channel), Accepted)
        assert server.connections == 2


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b".\r", b"\r\n.\r\n", b"\n.\n", b"QUIT", b"a" * 2000]),
        st.binary(max_size=60),
    ),
    max_size=8,
)


@MANNERS
@given(bodies=st.lists(LINES, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_every_byte_arrives_whatever_it_is(
    switch_on: SwitchOn, offers: tuple[str, ...], bodies: list[list[bytes]]
) -> None:
    letters = [PreparedMail.seal(b"\r\n" + b"\r\n".join(lines)) for lines in bodies]
    async with mail_server(MailServer(offers)) as server:
        channel = mailer(switch_on, server, **ONE_LINE)
        chunk = [
            OutboundMessage(one, f"p{i}@example.net", f"1.email.{i}")
            for i, one in enumerate(letters)
        ]
        outcomes = kinds(await channel.send_many(chunk, valid_for=HOUR))
        await channel.close()
    assert outcomes == [None] * len(letters)
    assert [one.content.partition(b"example.org>\r\n")[2] for one in server.taken] == [
        one.plain for one in letters
    ]


@given(st.binary())
def test_a_sealed_email_has_no_lone_line_ends(content: bytes) -> None:
    plain = PreparedMail.seal(content).plain
    assert plain.endswith(b"\r\n")
    assert b"\r" not in plain.replace(b"\r\n", b"")
    assert b"\n" not in plain.replace(b"\r\n", b"")


async def test_an_email_says_who_writes_and_that_no_person_typed_it(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        channel = mailer(
            switch_on, server, sender_name="Crisiscentrum", reply_to="info@example.org"
        )
        text = "Évacuez – sortez.\n.\nUne ligne" + " très longue" * 100
        prepared = channel.prepare(
            message(
                "email",
                language=Language.FR,
                text=text,
                subject="Évacuation à Eupen",
                html="<p>É</p>",
            ),
            alert_id=1,
        )
        for _ in range(2):
            await channel.send(prepared, to=MAILBOX, key="1.email.7", valid_for=HOUR)
    first, repeat = (read(one.content) for one in server.taken)
    assert first["From"] == "Crisiscentrum <alerts@example.org>"
    assert first["To"] == MAILBOX
    assert first["Reply-To"] == "info@example.org"
    assert first["Subject"] == "Évacuation à Eupen"
    assert first["Content-Language"] == "fr"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "<alerts.example.org>"
    assert first["Date"].datetime.tzinfo
    assert first["Message-ID"] == repeat["Message-ID"] == "<1.email.7@example.org>"
    plain, rich = first.iter_parts()
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content() == as_lines(text)
    assert rich.get_content() == as_lines("<p>É</p>")
    assert server.taken[0].content.isascii(), "no relay has to convert it"


async def test_an_email_without_html_is_plain_text(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        await hand_over_one(mailer(switch_on, server))
    mail = read(server.taken[0].content)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == as_lines(WORDS)


async def test_a_bounce_will_name_its_delivery(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        await hand_over_one(mailer(switch_on, server, bounces="bounce@example.org"))
    assert server.taken[0].sender == "bounce+2.email.0@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mila",
        "@example.net",
        "mila@",
        "mila@example.net\r\nRCPT TO:<joris@example.net>",
        "mila@example.net\r\nBcc: joris@example.net",
        "mila@example.net\n",
        "mila\x00@example.net",
        "mi la@example.net",
        "<mila@example.net>",
        "mila@example.net>,<joris@example.net",
        "mila@example.net, joris@example.net",
        '"mi\\ la"@example.net',
        "mila@example..net",
        "mila@-example.net",
        "mila@example.net\u2028",
        "mi\u00a0la@example.net",
        "a" * 65 + "@example.net",
        "mila@" + "a." * 200 + "net",
    ],
)
async def test_an_address_that_could_say_more_than_an_address_is_refused(
    switch_on: SwitchOn, address: str
) -> None:
    async with mail_server(MailServer()) as server:
        outcome = await hand_over_one(mailer(switch_on, server), to=address)
        assert outcome == Refused(FailureReason.ADDRESS_INVALID)
        assert server.connections == 0


@pytest.mark.parametrize(
    ("offers", "outcome"),
    [
        pytest.param(EVERYTHING, Accepted("2.email.0@example.org"), id="offered"),
        pytest.param(RIDING, Refused(FailureReason.ADDRESS_INVALID), id="not offered"),
    ],
)
async def test_an_address_in_other_letters_goes_only_where_smtputf8_is_offered(
    switch_on: SwitchOn, offers: tuple[str, ...], outcome: Outcome
) -> None:
    seen: list[str] = []

    def script(step: str, argument: str) -> None:
        seen.extend([argument] if step == "MAIL" else [])

    async with mail_server(MailServer(offers, script)) as server:
        assert await hand_over_one(mailer(switch_on, server), to="zoë@bücher.example") == outcome
    if server.taken:
        assert server.taken[0].person == "zoë@bücher.example"
        assert seen == ["FROM:<alerts@example.org> SMTPUTF8"]


@pytest.mark.parametrize("manner", ["starttls", "implicit"])
async def test_emails_go_encrypted(
    switch_on: SwitchOn, certificate: tuple[Path, ssl.SSLContext], manner: str
) -> None:
    server = MailServer(tls=certificate[1], implicit=manner == "implicit")
    async with mail_server(server):
        channel = mailer(switch_on, server, tls=manner, tls_ca=certificate[0])
        outcomes = await channel.send_many(outgoing_batch(channel, 40), valid_for=HOUR)
        assert kinds(outcomes) == [None] * 40
        assert len(server.taken) == 40
        await channel.close()


async def test_encryption_that_was_asked_for_is_not_done_without(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer((*EVERYTHING, "AUTH PLAIN"))) as server:
        channel = mailer(switch_on, server, tls="starttls", username="u", password="p")
        outcome = await hand_over_one(channel)
    assert isinstance(outcome, Deferred)
    assert outcome.failure_reason is FailureReason.CONFIGURATION
    assert not {"AUTH", "MAIL"} & set(server.steps)


@pytest.mark.parametrize("manner", ["starttls", "implicit"])
async def test_a_certificate_nobody_vouches_for_is_not_trusted(
    switch_on: SwitchOn, certificate: tuple[Path, ssl.SSLContext], manner: str
) -> None:
    server = MailServer(tls=certificate[1], implicit=manner == "implicit")
    async with mail_server(server):
        outcome = await hand_over_one(mailer(switch_on, server, tls=manner))
    assert outcome == Deferred(FailureReason.CONFIGURATION, "no trusted TLS")
    assert "MAIL" not in server.steps


@pytest.mark.parametrize(
    ("step", "reply", "outcome"),
    [
        pytest.param(
            "GREETING", "421 4.3.2 busy", Deferred(FailureReason.BUSY, "421 4.3.2"), id="421"
        ),
        pytest.param("GREETING", "554 no", Deferred(FailureReason.DOWN, "554"), id="554"),
        pytest.param(
            "GREETING", HANG_UP, Deferred(FailureReason.DOWN, "no connection"), id="hang up"
        ),
        pytest.param(
            "GREETING", SILENCE, Deferred(FailureReason.DOWN, "no answer in time"), id="silent"
        ),
        pytest.param(
            "AUTH", "535 5.7.8 bad u", Refused(FailureReason.CONFIGURATION, "535 5.7.8"), id="535"
        ),
        pytest.param(
            "AUTH", "454 4.7.0 later", Deferred(FailureReason.BUSY, "454 4.7.0"), id="454"
        ),
    ],
)
async def test_a_server_that_will_not_have_us_is_an_answer(
    switch_on: SwitchOn, step: str, reply: str, outcome: Outcome
) -> None:
    server = MailServer((*EVERYTHING, "AUTH PLAIN"), on(step, 0, reply))
    async with mail_server(server):
        channel = mailer(switch_on, server, username="u", password="p", timeout_seconds=0.3)
        assert await hand_over_one(channel) == outcome


async def test_nobody_listening_is_worth_another_try(switch_on: SwitchOn) -> None:
    async with mail_server(MailServer()) as server:
        channel = mailer(switch_on, server)
    outcomes = await channel.send_many(outgoing_batch(channel, 40), valid_for=HOUR)
    assert set(outcomes) == {Deferred(FailureReason.DOWN, "no connection")}


@pytest.mark.parametrize(
    ("step", "line", "outcome"),
    [
        (SmtpCommand.BODY, b"250 2.0.0 queued as 4F", None),
        (SmtpCommand.BODY, b"354 go on", Deferred(FailureReason.UNCLEAR, "354")),
        (SmtpCommand.BODY, b"999 what", Deferred(FailureReason.UNCLEAR, "999")),
        (SmtpCommand.BODY, b"599 what", Deferred(FailureReason.UNKNOWN, "599")),
        (SmtpCommand.BODY, b"502 5.5.1 no", Deferred(FailureReason.UNKNOWN, "502 5.5.1")),
        (
            SmtpCommand.RCPT,
            b"450 4.2.0 greylisted",
            Deferred(FailureReason.RECIPIENT_BUSY, "450 4.2.0"),
        ),
        (
            SmtpCommand.RCPT,
            b"451 4.3.0 look-up",
            Deferred(FailureReason.RECIPIENT_BUSY, "451 4.3.0"),
        ),
        (
            SmtpCommand.RCPT,
            b"421 4.7.0 too many to this domain",
            Deferred(FailureReason.RECIPIENT_BUSY, "421 4.7.0"),
        ),
        (SmtpCommand.RCPT, b"530 TLS there", Deferred(FailureReason.NOT_PERMITTED, "530")),
        (SmtpCommand.RCPT, b"521 no mail here", Deferred(FailureReason.UNKNOWN, "521")),
        (SmtpCommand.RCPT, b"503 5.5.1 need MAIL", Deferred(FailureReason.UNKNOWN, "503 5.5.1")),
        (
            SmtpCommand.DATA,
            b"451 4.7.1 greylisted",
            Deferred(FailureReason.RECIPIENT_BUSY, "451 4.7.1"),
        ),
        (SmtpCommand.DATA, b"451 greylisted", Deferred(FailureReason.RECIPIENT_BUSY, "451")),
        (SmtpCommand.DATA, b"503 5.5.1 what?", Deferred(FailureReason.UNKNOWN, "503 5.5.1")),
        (SmtpCommand.DATA, b"550 5.6.0 no", Deferred(FailureReason.UNKNOWN, "550 5.6.0")),
        (
            SmtpCommand.BODY,
            b"451 4.3.0 disk",
            Deferred(FailureReason.RECIPIENT_BUSY, "451 4.3.0"),
        ),
        (
            SmtpCommand.BODY,
            b"452 quota exceeded for user",
            Deferred(FailureReason.RECIPIENT_BUSY, "452"),
        ),
        (SmtpCommand.MAIL, b"451 4.3.0 disk", Deferred(FailureReason.BUSY, "451 4.3.0")),
        (SmtpCommand.RCPT, b"452 4.2.2 full", Deferred(FailureReason.UNREACHABLE, "452 4.2.2")),
        (SmtpCommand.RCPT, b"550 no such user", Refused(FailureReason.UNREACHABLE, "550")),
        (SmtpCommand.RCPT, b"551 moved", Refused(FailureReason.UNREACHABLE, "551")),
        (SmtpCommand.RCPT, b"553 no such name", Refused(FailureReason.ADDRESS_INVALID, "553")),
        (SmtpCommand.RCPT, b"550 5.2.0 something", Refused(FailureReason.UNREACHABLE, "550 5.2.0")),
        (SmtpCommand.MAIL, b"521 no mail here", Deferred(FailureReason.DOWN, "521")),
        (SmtpCommand.MAIL, b"501 what?", Refused(FailureReason.CONFIGURATION, "501")),
        (
            SmtpCommand.RCPT,
            b"550 5.1.2 bad domain",
            Refused(FailureReason.UNREACHABLE, "550 5.1.2"),
        ),
        (
            SmtpCommand.RCPT,
            b"550 5.1.6 moved",
            Refused(FailureReason.ADDRESS_DEAD, "550 5.1.6"),
        ),
        (
            SmtpCommand.RCPT,
            b"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            Deferred(FailureReason.NOT_PERMITTED, "553 5.7.1"),
        ),
        (SmtpCommand.RCPT, b"556 no mail", Refused(FailureReason.ADDRESS_DEAD, "556")),
        (
            SmtpCommand.RCPT,
            b"501 5.1.3 bad syntax",
            Refused(FailureReason.ADDRESS_INVALID, "501 5.1.3"),
        ),
        (SmtpCommand.RCPT, b"552 5.2.2 full", Deferred(FailureReason.UNREACHABLE, "552 5.2.2")),
        (
            SmtpCommand.RCPT,
            b"554 5.7.1 relay denied",
            Deferred(FailureReason.NOT_PERMITTED, "554 5.7.1"),
        ),
        (SmtpCommand.MAIL, b"550 5.1.8 who?", Refused(FailureReason.CONFIGURATION, "550 5.1.8")),
        (SmtpCommand.MAIL, b"530 5.7.0 sign in", Refused(FailureReason.CONFIGURATION, "530 5.7.0")),
        (SmtpCommand.MAIL, b"552 too big", Refused(FailureReason.CONTENT, "552")),
        (
            SmtpCommand.BODY,
            b"550 5.7.1 recipient refuses mail from you",
            Deferred(FailureReason.NOT_PERMITTED, "550 5.7.1"),
        ),
        (SmtpCommand.BODY, b"550 no such user", Deferred(FailureReason.NOT_PERMITTED, "550")),
        (
            SmtpCommand.BODY,
            b"550 5.1.10 no such user",
            Refused(FailureReason.ADDRESS_DEAD, "550 5.1.10"),
        ),
        (SmtpCommand.BODY, b"552 mailbox full", Deferred(FailureReason.UNREACHABLE, "552")),
        (SmtpCommand.BODY, b"554 user unknown", Deferred(FailureReason.UNKNOWN, "554")),
        (
            SmtpCommand.BODY,
            b"552 5.2.3 too long for this mailbox",
            Refused(FailureReason.UNREACHABLE, "552 5.2.3"),
        ),
        (
            SmtpCommand.BODY,
            b"550 5.7.26 no DKIM",
            Deferred(FailureReason.NOT_PERMITTED, "550 5.7.26"),
        ),
        (SmtpCommand.BODY, b"552 5.3.4 too big", Refused(FailureReason.CONTENT, "552 5.3.4")),
        (SmtpCommand.BODY, b"554 5.6.0 bad MIME", Refused(FailureReason.CONTENT, "554 5.6.0")),
        (SmtpCommand.BODY, b"550 5.3.0 trouble", Deferred(FailureReason.UNKNOWN, "550 5.3.0")),
    ],
    ids=str,
)
def test_a_reply_has_one_meaning(step: SmtpCommand, line: bytes, outcome: Outcome | None) -> None:
    assert meaning_of(SmtpReply(step, line)) == outcome


async def test_without_a_host_there_is_no_channel() -> None:
    assert Email.from_env("https://alerts.example.org") == []
