"""Providers that are faster than anybody who writes to them: C where it can be compiled."""

import json
import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.running import WORK, python, running
from tests.bench.servers import Unavailable, compiled, free_port

HERE = Path(__file__).parent
BESIDE_THE_PATH = "/usr/sbin:/usr/libexec/postfix:/usr/lib/postfix/sbin"
SANDBOX_MAIL = "the sandbox, for want of a C compiler"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a sink took: how many, and when the first of them (monotonic seconds)."""

    number: int
    first_at: float | None = None


class MailSink:
    """Our own mail server in C."""

    name = "own sink in C"

    def __init__(self, port: int) -> None:
        self.port = port

    def reset(self) -> None:
        """Forget what was taken."""
        self._ask("XRESET")

    def taken(self) -> Taken | None:
        """What came since."""
        _, number, first, _ = self._ask("XCOUNT").split()
        return Taken(int(number), int(first) / 1e9 if int(number) else None)

    def _ask(self, verb: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            answers = line.makefile("rwb")
            answers.readline()
            answers.write(f"{verb}\r\nQUIT\r\n".encode())
            answers.flush()
            return answers.readline().decode()


class SandboxMail(MailSink):
    """The sandbox's mail server, which only counts: it knows no times."""

    name = SANDBOX_MAIL

    def __init__(self, port: int, control: str) -> None:
        super().__init__(port)
        self._control = control

    def reset(self) -> None:
        request = urllib.request.Request(f"{self._control}/reset", method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310  loopback, our own
            pass

    def taken(self) -> Taken:
        counts: dict[str, Any] = fetched(f"{self._control}/counts")
        return Taken(counts["smtp"]["received"])


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """A mail server on a free port."""
    try:
        program = compiled(HERE / "smtp_sink.c", WORK)
    except Unavailable:
        words = tuple(
            f"--{door}-port=0" for door in ("smtp", "smtp2", "twilio", "sinch", "x", "control")
        )
        command = python("-m", "channels.sandbox", "--count-only", *words)
        with running("mail-sink", command, talks=True) as child:
            told: dict[str, str] = json.loads(child.first_line())
            yield SandboxMail(int(told["smtp"].rpartition(":")[2]), told["control"])
        return
    with running("mail-sink", [program], talks=True) as child:
        yield MailSink(int(child.first_line()))


class PostfixSink(MailSink):
    """Postfix's own mail sink. It cannot be asked what it took: only rates are measured on it."""

    name = "smtp-sink"

    def reset(self) -> None:
        """Nothing to forget."""

    def taken(self) -> Taken | None:
        """It tells no numbers."""
        return None


@contextmanager
def postfix_sink() -> Iterator[PostfixSink | None]:
    """Postfix's sink on a free port; None where it is not installed."""
    program = postfix("smtp-sink")
    if program is None:
        yield None
        return
    port = free_port()
    as_user = ("-u", "nobody") if os.getuid() == 0 else ()
    with running("smtp-sink", [program, *as_user, f"127.0.0.1:{port}", "100"]) as child:
        while not _listens(port):
            child.must_live()
            time.sleep(0.02)
        yield PostfixSink(port)


def postfix(program: str) -> str | None:
    """One of postfix's tools, where its package is installed."""
    return shutil.which(program) or shutil.which(program, path=BESIDE_THE_PATH)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def text_sink(milliseconds: int = 0) -> Iterator[str]:
    """The base address of a provider of text messages; Unavailable without a C compiler.

    `milliseconds`: how long it takes for every answer.
    """
    program = compiled(HERE / "http_sink.c", WORK)
    with running("text-sink", [program, str(milliseconds)], talks=True) as child:
        yield f"http://127.0.0.1:{int(child.first_line())}"


def texts_taken(base: str) -> int:
    """How many text messages came."""
    return int(fetched(f"{base}/count"))


def fetched(url: str) -> Any:
    """What an address on loopback answers, once it does."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  loopback
                return json.load(answer)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
