"""Projects that need an environment of their own, run inside it: prints a rate as JSON.

Imported by name: nothing of theirs is installed where our own code is checked.
"""

import asyncio
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

HOST = "127.0.0.1"
SENDER = "alerts@example.org"
TEXT = "Restez à l'intérieur. Fermez portes et fenêtres.\n" * 20


def by_apprise(port: str, number: int) -> float:
    """Apprise in list mode: one notification to everybody, on one connection."""
    apprise: Any = importlib.import_module("apprise")
    email: Any = importlib.import_module("apprise.plugins.email.base")
    email.NotifyEmail.request_rate_per_sec = 0  # as shipped, 5.5 s between two notifications
    sender = apprise.Apprise()
    people = ",".join(f"person-{serial}@example.org" for serial in range(number))
    address = f"mailto://{HOST}:{port}?from={SENDER}&to={people}&mode=insecure"
    if not sender.add(address):
        raise SystemExit("Apprise does not take the address")
    start = time.monotonic()
    if not sender.notify(title="Alerte", body=TEXT):
        raise SystemExit("Apprise did not send")
    return number / (time.monotonic() - start)


def by_django(port: str, number: int) -> float:
    """Django's mail backend on one kept connection."""
    conf: Any = importlib.import_module("django.conf")
    conf.settings.configure(EMAIL_HOST=HOST, EMAIL_PORT=int(port))
    mail: Any = importlib.import_module("django.core.mail")
    start = time.monotonic()
    letters = [
        mail.EmailMessage("Alerte", TEXT, SENDER, [f"person-{serial}@example.org"])
        for serial in range(number)
    ]
    mail.get_connection().send_messages(letters)
    return number / (time.monotonic() - start)


def by_celery(broker: str, number: int) -> float:
    """Celery, one job a message, each of which does nothing; two processes work."""
    worker = subprocess.Popen(
        [sys.executable, __file__, "celery-worker", broker, "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        app = _celery(broker)
        work = app.tasks["message"]
        work.delay(0).get(timeout=60)  # warm-up: the worker is there
        start = time.monotonic()
        for result in [work.delay(serial) for serial in range(number)]:
            result.get(timeout=60)
        return number / (time.monotonic() - start)
    finally:
        worker.terminate()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()


def celery_worker(broker: str, _number: int) -> float:
    """The other end; works until it is stopped."""
    _celery(broker).worker_main(["worker", "--concurrency", "2", "--loglevel", "ERROR"])
    return 0


def by_arq(broker: str, number: int) -> float:
    """arq, one job a message, each of which does nothing; as many at once as it likes."""
    return asyncio.run(_arq(broker, number))


async def _arq(broker: str, number: int) -> float:
    arq: Any = importlib.import_module("arq")
    connections: Any = importlib.import_module("arq.connections")
    settings = connections.RedisSettings.from_dsn(broker)
    pool = await arq.create_pool(settings)

    async def message(_context: object, serial: int) -> int:
        return serial

    worker = arq.Worker([arq.func(message, name="message")], redis_settings=settings, burst=True)
    start = time.monotonic()
    for serial in range(number):
        await pool.enqueue_job("message", serial)
    await worker.async_run()
    spent = time.monotonic() - start
    await worker.close()
    return number / spent


def _celery(broker: str) -> Any:
    celery: Any = importlib.import_module("celery")
    app = celery.Celery("bench", broker=broker, backend=broker)

    def message(serial: int) -> int:
        return serial

    app.task(message, name="message")
    app.finalize()
    return app


WAYS: dict[str, Callable[[str, int], float]] = {
    "apprise": by_apprise,
    "django": by_django,
    "celery": by_celery,
    "arq": by_arq,
    "celery-worker": celery_worker,
}


def main() -> None:
    """`WAY PORT-OR-BROKER NUMBER`."""
    way, where, number = sys.argv[1:4]
    sys.stdout.write(json.dumps({"rate": WAYS[way](where, int(number))}) + "\n")


if __name__ == "__main__":
    main()
