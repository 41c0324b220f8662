"""Signed receipts, durable before they are answered, beside a form route with an UPDATE each."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from alerting.delivery import planning
from alerting.store.tables import chunk, delivery, delivery_count
from tests.bench.figures import Figure, middle
from tests.bench.load import put_through
from tests.bench.running import Child, python, running
from tests.bench.scale import Bench
from tests.bench.servers import free_port, fresh_database
from tests.bench.world import World, alerting, service_settings, text_settings, world

PUBLIC_URL = "http://alerts.localhost"
NOBODY = "http://127.0.0.1:9"
TOKEN = text_settings(NOBODY)["SMS_AUTH_TOKEN"]


BUSY, CALM = 256, 64
"""Connections a provider calls back on: during a national alert, and on a calmer day."""
PEER_SHARE = 4
"""The peer is given a quarter of the requests: its rate is the same, and it takes its time."""


async def measure_receipts(bench: Bench) -> list[Figure]:
    """The same kind of requests for both, over the same number of connections."""
    settings = text_settings(NOBODY)
    async with (
        fresh_database(bench.postgres.url) as url,
        world(url, settings=settings) as here,
    ):
        await here.fill(bench.scale.receipts)
        port, peer_port = free_port(), free_port()
        more = {"PORT": str(port), "PUBLIC_URL": PUBLIC_URL, "WORKER_INSIDE": "false"}
        more["CONNECTIONS_PER_ADDRESS"] = "0"  # providers are many, and here one machine
        own = settings | service_settings(url, bench.valkey.url, **more)
        peer = python("-m", "tests.bench.receipts_peer", url, PUBLIC_URL, TOKEN, str(peer_port))
        with (
            running("receipts-web", python(*alerting("web")), own) as web,
            running("receipts-peer", peer) as other,
        ):
            await _listens(port, web)
            await _listens(peer_port, other)
            doors = (Door(web, port), Door(other, peer_port))
            return [
                await _side_by_side(bench, here, doors, connections) for connections in (BUSY, CALM)
            ]


@dataclass(frozen=True, slots=True)
class Door:
    """A process that takes receipts."""

    child: Child
    port: int


async def _side_by_side(
    bench: Bench, here: World, doors: tuple[Door, Door], connections: int
) -> Figure:
    ours: list[float] = []
    theirs: list[float] = []
    slowest: list[float] = []
    number = bench.scale.receipts
    web, other = doors
    for turn in range(bench.scale.times + 1):
        with other.child.paused():
            rate, late = await _round(here, web.port, number, connections)
        with web.child.paused():
            peer, _ = await _round(here, other.port, number // PEER_SHARE, connections)
        if turn:  # the first is for warming up
            ours.append(rate)
            slowest.append(late)
            theirs.append(peer)
    return Figure(
        id="receipts" if connections == BUSY else f"receipts.{connections}",
        what="signed receipts verified and durable before they are answered, PostgreSQL",
        unit="receipts/s",
        ours=middle(ours),
        peer=middle(theirs),
        beside="FastAPI form route, validator, one UPDATE each",
        target=4 if connections == BUSY else None,
        of_ratio=True,
        remark=f"{connections} connections; 99 % answered in {middle(slowest) or 0:.0f} ms",
    )


async def _round(here: World, port: int, number: int, connections: int) -> tuple[float, float]:
    alert = await _sent(here)
    requests = signed_receipts(alert, range(1, number + 1))
    measured = await put_through(port, requests, connections=connections)
    async with here.services.reading() as reading:
        arrived = await reading.connection.scalar(
            sa.select(sa.func.count())
            .select_from(delivery)
            .where(delivery.c.sending_id == alert, delivery.c.state == "delivered")
        )
    if arrived != number:
        raise RuntimeError(f"{number} receipts answered, {arrived} applied")
    return measured


async def _sent(here: World) -> int:
    """An alert whose text messages have all been handed over."""
    await here.clear()
    number = await here.approved("sms")
    await here.send(number)
    await planning.plan_channel(here.services, "sms", number)
    async with here.services.unit() as unit:
        now = datetime.now(UTC)
        await unit.connection.execute(
            sa.update(delivery).values(
                state="sent", sent_at=now, attempts=1, route="twilio", reference=reference_of()
            )
        )
        await unit.connection.execute(sa.update(delivery_count).values(state="sent"))
        await unit.connection.execute(sa.update(chunk).values(state="done"))
    return number


def reference_of() -> sa.ColumnElement[str]:
    """What `signed_receipts` calls the message of each delivery."""
    number = sa.func.to_hex(delivery.c.recipient_id)
    return "SM" + sa.func.lpad(number, 32, "0")


def signed_receipts(alert: int, recipients: Iterable[int]) -> list[bytes]:
    """“Delivered”, for each of these people's text messages, as `reference_of` calls them."""
    validator = RequestValidator(TOKEN)  # type: ignore[no-untyped-call]
    made = []
    for recipient in recipients:
        target = f"/receipts/sms?key={alert}.sms.{recipient}"
        form = {
            "MessageSid": f"SM{recipient:032x}",
            "SmsSid": f"SM{recipient:032x}",
            "MessageStatus": "delivered",
            "SmsStatus": "delivered",
            "To": f"+324{70_000_000 + recipient}",
            "From": "1789",
            "AccountSid": "AC" + "0" * 32,
            "ApiVersion": "2010-04-01",
        }
        signature = validator.compute_signature(PUBLIC_URL + target, form)  # type: ignore[no-untyped-call]
        body = urlencode(form)
        made.append(
            f"POST {target} HTTP/1.1\r\nHost: alerts.example.org\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return made


async def _listens(port: int, child: Child) -> None:
    async with asyncio.timeout(30):
        while True:
            child.must_live()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
