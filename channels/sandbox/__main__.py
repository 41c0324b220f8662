"""Start all sandbox providers; one line of JSON on standard output says where they listen.

Keys are given as options, or as SANDBOX_TWILIO_TOKEN and the like. Those that the documentation
shows hold on loopback alone: elsewhere a key that is not given is drawn, and known to nobody.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from channels._sandbox_hosts import loopback_host
from channels.sandbox import credentials
from channels.sandbox.faults import PROVIDERS, Orders, mixture
from channels.sandbox.server import SandboxSettings, running


def arguments() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(prog="python -m channels.sandbox", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    for name, row in PROVIDERS.items():
        add(f"--{name}-port", type=int, default=row.port, help=f"{row.label}; 0: any free port")
        for key in row.keys:
            known = os.environ.get(f"SANDBOX_{key.upper()}")
            add(f"--{key.replace('_', '-')}", default=known)
    add("--control-port", type=int, default=8100)
    add("--keep", type=Path, metavar="DIR", help="keep what was sent in this folder")
    add("--count-only", action="store_true", help="count and tell repetitions, keep nothing else")
    add("--faults", type=share, default=0.0, metavar="SHARE", help="a mixture of failures, 0 to 1")
    add(
        "--fault",
        type=order,
        action="append",
        default=[],
        metavar="PROVIDER.NAME=VALUE",
        help=f"one failure, such as smtp.busy=0.1; providers: {', '.join(PROVIDERS)}",
    )
    add("--seed", type=int, default=0, help="another seed, other failures")
    add("--receipt-delay", type=float, nargs=2, default=(0.05, 0.4), metavar=("LEAST", "MOST"))
    add("--twilio-sid", default=credentials.TWILIO_SID)
    add("--sinch-plan", default=credentials.SINCH_PLAN)
    add("--smtp-certificate", type=Path, help="offers STARTTLS, together with --smtp-key")
    add("--smtp-key", type=Path)
    add("--smtp-username", default="", help="asks for AUTH")
    add("--smtp-password", default="")
    add("--stop-with-parent", action="store_true", help="stop when standard input ends")
    return parser


def share(text: str) -> float:
    """A number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("a share is 0 to 1")
    return number


def order(text: str) -> tuple[str, str, str]:
    """One failure as said on the command line."""
    where, sign, value = text.partition("=")
    provider, dot, name = where.partition(".")
    if not (sign and dot and provider in PROVIDERS):
        raise argparse.ArgumentTypeError("write it like smtp.busy=0.1")
    try:
        Orders.model_validate({name: value})
    except ValidationError as wrong:
        raise argparse.ArgumentTypeError(f"{name}: {wrong.errors()[0]['msg']}") from None
    return provider, name, value


def settings_from(said: argparse.Namespace) -> SandboxSettings:
    """The command line as settings."""
    of_providers: dict[str, Any] = {}
    for provider, row in PROVIDERS.items():
        of_providers[f"{provider}_port"] = getattr(said, f"{provider}_port")
        of_providers |= {key: _key(said, key) for key in row.keys}
    faults: dict[str, dict[str, Any]] = dict(mixture(said.faults)) if said.faults else {}
    for provider, name, value in said.fault:
        faults.setdefault(provider, {})[name] = value
    certificate, key = said.smtp_certificate, said.smtp_key
    return SandboxSettings(
        **of_providers,
        host=said.host,
        control_port=said.control_port,
        keep=said.keep,
        count_only=said.count_only,
        faults=faults,
        seed=said.seed,
        receipt_delay=(said.receipt_delay[0], said.receipt_delay[1]),
        twilio_sid=said.twilio_sid,
        sinch_plan=said.sinch_plan,
        smtp_tls=(certificate, key) if certificate and key else None,
        smtp_username=said.smtp_username,
        smtp_password=said.smtp_password,
    )


def _key(said: argparse.Namespace, name: str) -> str:
    """A key as it was given; else the known one on loopback, one that nobody has elsewhere."""
    given: str | None = getattr(said, name)
    known: str = getattr(SandboxSettings(), name)
    here = loopback_host(said.host)
    if given == known and not here:
        raise SystemExit(f"--{name.replace('_', '-')}: anybody knows this key; use it on loopback")
    return given or (known if here else secrets.token_hex(24))


async def serve(settings: SandboxSettings, *, stop_with_parent: bool) -> None:
    """Run until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as sandbox:
        if stop_with_parent:
            watch = threading.Thread(target=wait_for_parent, args=(loop, stop.set), daemon=True)
            watch.start()
        sys.stdout.write(json.dumps(sandbox.addresses()) + "\n")
        sys.stdout.flush()
        await stop.wait()


def wait_for_parent(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Standard input ends when the parent does, however it does.

    Read without Python's buffer: its lock, held by a thread, breaks the interpreter's end.
    """
    while os.read(0, 1024):
        pass
    try:
        loop.call_soon_threadsafe(stop)
    except RuntimeError:
        return  # stopped for another reason meanwhile


def main(words: Sequence[str] | None = None) -> None:
    """What `python -m channels.sandbox` does."""
    said = arguments().parse_args(words)
    os.umask(0o077)
    try:
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] | None = uvloop.new_event_loop
    except ImportError:
        factory = None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(settings_from(said), stop_with_parent=said.stop_with_parent))


if __name__ == "__main__":
    main()
