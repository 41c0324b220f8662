"""The sandbox in a process of its own, and afterwards what it was really sent."""

import json
import shutil
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerting.domain.delivery import DeliveryKey
from channels.sandbox import credentials
from tests.bench.running import WORK, Child, python, start

BOXES = ("smtp", "twilio", "sinch")
PATIENCE = 60
"""Seconds for an answer of the sandbox, which is busy on a small machine."""
PORTS = ("--smtp", "--smtp2", "--twilio", "--sinch", "--x", "--control")


@dataclass(slots=True)
class Providers:
    """The running sandbox."""

    addresses: Mapping[str, str]
    child: Child
    folder: Path
    received: Counter[DeliveryKey] = field(default_factory=Counter)
    """How often each delivery came; known once it was stopped."""

    def settings(self) -> dict[str, str]:
        """The channels' settings that lead here."""
        return {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.addresses["smtp"].rpartition(":")[2],
            "EMAIL_TLS": "none",
            "EMAIL_SENDER": "alerts@example.org",
            "SMS_API_BASE": self.addresses["twilio"],
            "SMS_ACCOUNT_SID": credentials.TWILIO_SID,
            "SMS_AUTH_TOKEN": credentials.TWILIO_TOKEN,
            "SMS_SENDER": "1789",
            "SMS_RECEIPT_WITHIN_SECONDS": "60",
        }

    def second_gateway(self) -> dict[str, str]:
        """The settings of a second route for text messages."""
        return {
            "SMS_ROUTES": "twilio,gateway",
            "SMS_GATEWAY_PROVIDER": "sinch",
            "SMS_GATEWAY_API_BASE": self.addresses["sinch"],
            "SMS_GATEWAY_SERVICE_PLAN_ID": credentials.SINCH_PLAN,
            "SMS_GATEWAY_API_TOKEN": credentials.SINCH_TOKEN,
            "SMS_GATEWAY_HMAC_SECRET": credentials.SINCH_SECRET,
            "SMS_GATEWAY_SENDER": "1789",
        }

    def order(self, **faults: Mapping[str, Any]) -> None:
        """Failures to give from now on, by provider."""
        address = f"{self.addresses['control']}/faults"
        body = json.dumps(faults).encode()
        request = urllib.request.Request(address, data=body, method="PUT")  # noqa: S310
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310  loopback, our own
            pass

    def taken(self) -> int:
        """How many messages came so far, repetitions included."""
        with urllib.request.urlopen(  # noqa: S310  loopback, our own
            f"{self.addresses['control']}/counts", timeout=PATIENCE
        ) as answer:
            counts: dict[str, Any] = json.load(answer)
        return sum(counts[name]["received"] for name in BOXES)

    def texts_of(self, alert: int) -> int:
        """How many of the latest hundred text messages are of this alert."""
        with urllib.request.urlopen(  # noqa: S310  loopback, our own
            f"{self.addresses['control']}/messages?provider=twilio&limit=100", timeout=PATIENCE
        ) as answer:
            messages = json.load(answer)["messages"]
        return sum(_key(one["key"]).sending_id == alert for one in messages)

    def stop(self) -> None:
        """Stop it and read what it kept."""
        self.child.stop()
        for name in BOXES:
            with (self.folder / f"{name}.jsonl").open(encoding="utf-8") as spool:
                for line in map(json.loads, spool):
                    if "amend" not in line:  # that tells what became of a message later
                        self.received[_key(line["key"])] += 1


def _key(text: str) -> DeliveryKey:
    key = DeliveryKey.parse(text.strip("<>").partition("@")[0])
    if key is None:
        raise ValueError(f"a message that is none of ours: {text}")
    return key


@contextmanager
def providers(folder: Path = WORK / "faults-sandbox") -> Iterator[Providers]:
    """Providers that keep everything, until the block ends."""
    shutil.rmtree(folder, ignore_errors=True)
    ports = [word for name in PORTS for word in (f"{name}-port", "0")]
    command = python("-m", "channels.sandbox", "--keep", str(folder), *ports)
    child = start("faults-sandbox", command, talks=True)
    try:
        yield Providers(json.loads(child.first_line()), child, folder)
    finally:
        child.stop()
        shutil.rmtree(folder, ignore_errors=True)
