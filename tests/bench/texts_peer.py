"""Twilio's SDK as it is shipped, with its kept session: prints its rate as JSON.

Only the address is changed: the SDK insists on its own.
"""

import asyncio
import json
import sys
import time
import warnings
from typing import Any

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

AT_ONCE = 32
TEXT = "Alerte: fuite de gaz. Restez a l'interieur, fermez portes et fenetres. be-alert.be " * 3
SHIPPED = "https://api.twilio.com"


class OnLoopback(AsyncTwilioHttpClient):
    """Everything as shipped, but to another address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def request(  # type: ignore[override]  # the SDK's client differs from its own base
        self, method: str, url: str, *rest: Any, **more: Any
    ) -> Any:
        """The SDK's own request."""
        return await super().request(method, url.replace(SHIPPED, self._base), *rest, **more)


async def send(base: str, number: int) -> float:
    """Seconds for this many messages, as many at once as our own channel has."""
    async with OnLoopback(base) as transport:
        client: Any = Client("AC" + "0" * 32, "loopback-only-token", http_client=transport)  # type: ignore[no-untyped-call]
        serials = iter(range(number))

        async def lane() -> None:
            for serial in serials:
                await client.messages.create_async(
                    to=f"+324{70_000_000 + serial}",
                    from_="1789",
                    body=TEXT,
                    status_callback=f"https://alerts.example.org/receipts/sms?key=1.sms.{serial}",
                )

        await lane_of_one(client)
        start = time.monotonic()
        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        return time.monotonic() - start


async def lane_of_one(client: Any) -> None:
    """Warm-up: the SDK imports much at its first message."""
    await client.messages.create_async(to="+32470000000", from_="1789", body=TEXT)


def main() -> None:
    """`BASE NUMBER`."""
    warnings.simplefilter("ignore", DeprecationWarning)
    base, number = sys.argv[1], int(sys.argv[2])
    try:
        import uvloop

        spent = uvloop.run(send(base, number))
    except ImportError:
        spent = asyncio.run(send(base, number))
    sys.stdout.write(json.dumps({"rate": number / spent}) + "\n")


if __name__ == "__main__":
    main()
