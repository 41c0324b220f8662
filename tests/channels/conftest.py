"""What the channels' tests share: settings by name, words to send, and a certificate."""

import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerting.domain.channel import AnyChannel
from alerting.domain.language import Language
from alerting.domain.message import Message
from channels import REGISTRY
from channels._routes import SANDBOX_KEY

PUBLIC_URL = "https://alerts.example.org"
HOUR = timedelta(hours=1)
WORDS = "Sluit ramen & deuren <nu>: giftige rook. Info https://be-alert.example/x"
NUMBER = "+32470000001"
MAILBOX = "mila.peeters@example.net"

SwitchOn = Callable[..., Any]


def message(channel: str, **other: Any) -> Message:
    """A Dutch warning, unless told otherwise."""
    said = {"language": Language.NL, "text": WORDS, "subject": "Giftige rook in Kinrooi"}
    return Message(channel=channel, **{**said, **other})


def message_time() -> datetime:
    """Before anything in a test was sent."""
    return datetime.now(UTC) - HOUR


LOOPBACK_URL = "http://127.0.0.1:8000"
"""Where the keys of the sandbox hold."""


@pytest.fixture
async def switch_on(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SwitchOn]:
    """Make a channel's first route from settings, as the service does; close all afterwards."""
    opened: list[AnyChannel] = []

    def on(name: str, **settings: object) -> Any:
        for key, value in settings.items():
            monkeypatch.setenv(f"{name.upper()}_{key.upper()}", str(value))
        known = any(SANDBOX_KEY in str(value) for value in settings.values())
        routes = REGISTRY[name](LOOPBACK_URL if known else PUBLIC_URL)
        opened.extend(routes)
        return routes[0]

    yield on
    for channel in opened:
        await channel.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that is its own authority, and a server's context with it."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return cert, context
