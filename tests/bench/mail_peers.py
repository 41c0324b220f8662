"""Others who hand over e-mail, each in a process of its own: prints its rate as JSON.

`threads`: the standard library, 16 threads, kept connections, bytes that are ready.
`single`: aiosmtplib as its documentation begins, a message built and sent at a time.
"""

import asyncio
import json
import smtplib
import sys
import threading
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import aiosmtplib

HOST = "127.0.0.1"
SENDER = "alerts@example.org"
THREADS = 16


def person(serial: int) -> str:
    """One address of many."""
    return f"person-{serial}@example.org"


def by_threads(port: int, number: int, letter: bytes) -> None:
    """An equal share for each thread."""

    def work(first: int) -> None:
        with smtplib.SMTP(HOST, port) as server:
            for serial in range(first, number, THREADS):
                server.sendmail(SENDER, [person(serial)], letter)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def one_at_a_time(port: int, number: int, letter: bytes) -> None:
    """Build, connect, send, and so on."""
    sample = message_from_bytes(letter, policy=SMTP)
    text, html = (sample.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    words, page = text.get_content(), html.get_content()

    async def send() -> None:
        for serial in range(number):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = SENDER, person(serial), sample["Subject"]
            mail.set_content(words)
            mail.add_alternative(page, subtype="html")
            await aiosmtplib.send(mail, hostname=HOST, port=port, start_tls=False)

    asyncio.run(send())


WAYS: dict[str, Callable[[int, int, bytes], None]] = {
    "threads": by_threads,
    "single": one_at_a_time,
}


def main() -> None:
    """`WAY PORT NUMBER FILE`."""
    way, port, number, file = sys.argv[1:5]
    letter = Path(file).read_bytes()
    start = time.monotonic()
    WAYS[way](int(port), int(number), letter)
    spent = time.monotonic() - start
    sys.stdout.write(json.dumps({"rate": int(number) / spent}) + "\n")


if __name__ == "__main__":
    main()
