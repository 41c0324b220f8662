"""E-mail on its whole way: planned, sent, recorded; how soon the first leaves; what it takes.

On PostgreSQL with Valkey and one worker process, and on SQLite in one process that does
everything. Each is measured beside the peers in the same rounds; while a peer has its turn, our
process stands still.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alerting.actions.accounts import tokens
from alerting.actions.alerts import queries
from alerting.domain.ledger import SHELL
from channels.email import Email
from tests import having_read
from tests.bench.figures import Figure
from tests.bench.mail_figures import (
    PIPELINED,
    SMTP_SOURCE,
    Contest,
    beside_postfix,
    described,
    unmeasured,
)
from tests.bench.running import WORK, Child, python, running
from tests.bench.scale import Bench, peer_rate
from tests.bench.servers import Unavailable, compiled, free_port, fresh_database, migrated
from tests.bench.sinks import MailSink, fetched, mail_sink, postfix, postfix_sink
from tests.bench.world import World, alerting, mail_settings, service_settings, world
from tests.desk import MILA

LETTER = WORK / "letter.eml"


@dataclass(frozen=True, slots=True)
class Setting:
    """An installation that sends, and how it is told to."""

    world: World
    sender: Child
    send: Callable[[int], Awaitable[float]]


async def measure_mail(bench: Bench) -> list[Figure]:
    """Everything about e-mail."""
    figures: list[Figure] = []
    with mail_sink() as sink, postfix_sink() as relay:
        for name, opened in (("postgres", on_postgres), ("sqlite", on_sqlite)):
            async with opened(bench, sink) as setting:
                found = await contest(bench, sink, setting, full=name == "postgres")
            figures += described(bench, name, found, sink.name)
            if relay is None:
                figures += [unmeasured(name)]
                continue
            async with opened(bench, relay) as setting:
                figures += beside_postfix(name, await at_postfix(bench, relay, setting))
    return figures


async def at_postfix(bench: Bench, sink: MailSink, setting: Setting) -> Contest:
    """E-mails of 2 KB to postfix's own sink, in turns with postfix's own sender and a faster one.

    The sink cannot be asked what it took; the other rounds check that nothing is missing.
    """
    found, size = Contest(), bench.scale.rate_at
    await setting.world.fill(size)
    found.letter = await write_letter(setting.world, plain=True)
    for turn in range(bench.scale.times + 1):
        rate, _ = await _turn(sink, setting, size, plain=True)
        with setting.sender.paused():
            source = postfix("smtp-source")
            peers = {SMTP_SOURCE: _smtp_source(source, sink, size)} if source else {}
            with contextlib.suppress(Unavailable):
                peers[PIPELINED] = _pipelined(sink, size)
        if turn:  # the first is for warming up
            found.ours[size].append(rate)
            for name, peer in peers.items():
                found.peers[name].append(peer)
    return found


def _pipelined(sink: MailSink, number: int) -> float:
    program = compiled(Path(__file__).parent / "smtp_pipelined.c", WORK)
    start = time.monotonic()
    told = subprocess.run(
        [program, str(sink.port), "16", str(number), LETTER],
        check=True,
        capture_output=True,
        timeout=120,
    )
    spent = time.monotonic() - start
    if int(told.stdout) != number:
        raise RuntimeError("the pipelining client did not send what it was asked to")
    return number / spent


@asynccontextmanager
async def on_postgres(bench: Bench, sink: MailSink) -> AsyncIterator[Setting]:
    """A worker process of its own; officers act from here."""
    settings = mail_settings(sink.port)
    redis = bench.valkey.url
    async with (
        fresh_database(bench.postgres.url) as url,
        world(url, redis_url=redis, settings=settings) as here,
    ):
        own = settings | service_settings(url, redis)
        with running("worker", python(*alerting("worker")), own) as worker:
            yield Setting(here, worker, here.send)


@asynccontextmanager
async def on_sqlite(bench: Bench, sink: MailSink) -> AsyncIterator[Setting]:
    """The web process does everything; officers act through its interface."""
    file = WORK / "mail.db"
    for old in WORK.glob("mail.db*"):
        old.unlink()
    url = f"sqlite+aiosqlite:///{file}"
    settings = mail_settings(sink.port)
    await migrated(url)
    port = free_port()
    own = settings | service_settings(url, PORT=str(port))
    async with world(url, settings=settings) as here:
        token = await tokens.make_token(here.services, MILA, by=SHELL)
        with running("web", python(*alerting("web")), own) as web:
            fetched(f"http://127.0.0.1:{port}/health")

            async def send(number: int) -> float:
                seen = await having_read.fingerprint(here.services, number, by=MILA)
                began = time.monotonic()
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/api/alerts/{number}/send",
                    data=json.dumps(
                        {"confirm": "ALERT", "fingerprint": seen, "accept_same": True}
                    ).encode(),
                    method="POST",
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/json",
                    },
                )
                with urllib.request.urlopen(request, timeout=30):  # noqa: S310, ASYNC210
                    return began

            yield Setting(here, web, send)


async def contest(bench: Bench, sink: MailSink, setting: Setting, *, full: bool) -> Contest:
    """Rounds in which everybody has a turn."""
    found = Contest()
    for size in bench.scale.sizes:
        await setting.world.fill(size)
        if size == bench.scale.sizes[0]:
            found.letter = await write_letter(setting.world)
            await _turn(sink, setting, size)  # warm-up
        for _ in range(bench.times_at(size)):
            with setting.sender.memory() as mb:
                rate, first = await _turn(sink, setting, size)
            found.ours[size].append(rate)
            found.memory[size] += mb
            if first is not None:
                found.firsts[size].append(first)
            if size == bench.scale.rate_at:
                with setting.sender.paused():
                    _peers(bench, sink, found, full=full)
    return found


async def _turn(
    sink: MailSink, setting: Setting, size: int, *, plain: bool = False
) -> tuple[float, float | None]:
    """One alert to everybody: messages a second, and milliseconds to the first."""
    here = setting.world
    await here.clear()
    number = await here.approved("email", plain=plain)
    sink.reset()
    began = await setting.send(number)
    ended = await here.all_recorded(number, size, setting.sender)
    rate = size / (ended - began)
    taken = sink.taken()
    if taken is None:
        return rate, None
    if taken.number != size:
        raise RuntimeError(f"{size} deliveries recorded, {taken.number} e-mails at the server")
    return rate, taken.first_at and (taken.first_at - began) * 1000


def _peers(bench: Bench, sink: MailSink, found: Contest, *, full: bool) -> None:
    scale = bench.scale
    if program := postfix("smtp-source"):
        found.peers[SMTP_SOURCE].append(_smtp_source(program, sink, scale.peer_mails))
    if full:
        for way, number in (("threads", scale.thread_mails), ("single", scale.single_mails)):
            found.peers[way].append(
                peer_rate("tests.bench.mail_peers", way, sink.port, number, LETTER)
            )


def _smtp_source(program: str, sink: MailSink, number: int) -> float:
    sink.reset()
    sender = ("-f", "alerts@example.org", "-t", "person@example.org")
    count = ("-m", str(number), "-F", str(LETTER))
    start = time.monotonic()
    subprocess.run(
        [program, "-d", "-s", "16", *count, *sender, f"127.0.0.1:{sink.port}"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ,
    )
    spent = time.monotonic() - start
    taken = sink.taken()
    if taken is not None and taken.number != number:
        raise RuntimeError("smtp-source did not send what it was asked to")
    return number / spent


async def write_letter(here: World, file: Path = LETTER, *, plain: bool = False) -> int:
    """The e-mail an alert makes, for the peers to send; its size in bytes."""
    number = await here.approved("email", plain=plain)
    written = await queries.get_alert(here.services, number, by=MILA)
    channel = here.services.channels["email"]
    assert isinstance(channel, Email)
    prepared = channel.prepare(written.messages[0], alert_id=number)
    head = b"To: person-123456@example.org\r\nMessage-ID: <1.email.123456@example.org>\r\n"
    letter = (head + prepared.plain).replace(b"\r\n", b"\n")
    await asyncio.to_thread(file.write_bytes, letter)
    return len(head) + len(prepared.plain)
