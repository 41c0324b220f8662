"""Text messages that nobody records, in a process of their own: prints the rate as JSON.

`shipped`: Twilio's SDK as it is, with its kept session; only the address is changed.
`ours`: our channel, which is the SDK on a transport of our own.
"""

import asyncio
import json
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from alerting.domain.language import Language
from alerting.domain.message import Message
from channels.sms import Sms, text_routes
from tests.bench.world import environment, text_settings

AT_ONCE = 32
TEXT = "Alerte: fuite de gaz. Restez a l'interieur, fermez portes et fenetres. be-alert.be " * 3
TWILIO = "https://api.twilio.com"


class OnLoopback(AsyncTwilioHttpClient):
    """Everything as shipped, but to another address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def request(  # type: ignore[override]  # the SDK's client differs from its own base
        self, method: str, url: str, *rest: Any, **more: Any
    ) -> Any:
        """The SDK's own request."""
        return await super().request(method, url.replace(TWILIO, self._base), *rest, **more)


async def together(number: int, one: Callable[[int], Awaitable[object]]) -> float:
    """Seconds for this many messages, as many at once as our channel allows."""
    serials = iter(range(number))

    async def lane() -> None:
        for serial in serials:
            await one(serial)

    await one(number)  # warm-up: the SDK imports much at its first message
    start = time.monotonic()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return time.monotonic() - start


async def ours(base: str, number: int) -> float:
    """Through our channel."""
    with environment(text_settings(base)):
        (channel,) = text_routes("http://alerts.localhost")
    assert isinstance(channel, Sms)
    message = Message(channel="sms", language=Language.FR, text=TEXT)
    prepared, lasting = channel.prepare(message, alert_id=1), timedelta(hours=1)

    async def one(serial: int) -> None:
        to, key = f"+324{70_000_000 + serial}", f"1.sms.{serial}"
        await channel.send(prepared, to=to, key=key, valid_for=lasting)

    return await together(number, one)


async def shipped(base: str, number: int) -> float:
    """Through the SDK as it is."""
    async with OnLoopback(base) as transport:
        client: Any = Client("AC" + "0" * 32, "loopback-only-token", http_client=transport)  # type: ignore[no-untyped-call]

        async def one(serial: int) -> None:
            await client.messages.create_async(
                to=f"+324{70_000_000 + serial}",
                from_="1789",
                body=TEXT,
                validity_period=3600,
                status_callback=f"https://alerts.example.org/receipts/sms?key=1.sms.{serial}",
            )

        return await together(number, one)


WAYS = {"shipped": shipped, "ours": ours}


def main() -> None:
    """`WAY BASE NUMBER`."""
    warnings.simplefilter("ignore", DeprecationWarning)
    way, base, number = WAYS[sys.argv[1]], sys.argv[2], int(sys.argv[3])
    try:
        import uvloop

        spent = uvloop.run(way(base, number))
    except ImportError:
        spent = asyncio.run(way(base, number))
    sys.stdout.write(json.dumps({"rate": number / spent}) + "\n")


if __name__ == "__main__":
    main()
