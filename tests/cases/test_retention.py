"""What is kept for a while goes by itself when its time is over: uploads, forms, sessions."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from alerting.actions.accounts import magic_links, saved_forms, sessions
from alerting.actions.operations import retention
from alerting.bootstrap import retention as set_up
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.import_job import ImportState
from alerting.domain.retention import Retention
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import ledger as ledger_rows
from alerting.store.tables import credential, import_job, one_time_token
from alerting.worker.jobs import Context
from alerting.worker.main import _worker
from alerting.worker.queue import CONTROL, ArqQueue
from tests.desk import MILA
from tests.doubles import Clock
from tests.uploads import keep_upload

KEPT = Retention(
    uploads=timedelta(minutes=10), forms=timedelta(minutes=20), sessions=timedelta(days=3)
)


async def left(services: Services) -> tuple[int, int, int]:
    """Uploads, forms and sessions."""
    async with services.reading() as reading:
        waiting = sa.select(sa.func.count()).where(import_job.c.state == ImportState.READY)
        numbers = [await reading.connection.scalar(waiting)]
        numbers += [
            await reading.connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (one_time_token, credential)
        ]
    return tuple(number or 0 for number in numbers)  # type: ignore[return-value]


async def test_each_goes_after_its_own_time_and_the_ledger_says_how_many(
    services: Services, clock: Clock
) -> None:
    services = replace(services, retention=KEPT)
    await keep_upload(services, b"x", by=MILA)
    await saved_forms.save_form(services, "mila", {"phone": "0470 00 07 01"})
    link = await magic_links.make_link(services, MILA)
    await magic_links.sign_in(services, link)
    assert await left(services) == (1, 1, 2), "the link that opened it, and the session"
    for minutes, expected in ((9, (1, 1, 2)), (2, (0, 1, 2)), (10, (0, 0, 2))):
        clock.forward(minutes=minutes)
        await retention.delete_expired(services)
        assert await left(services) == expected
    clock.forward(days=4)
    await retention.delete_expired(services)
    assert (await left(services))[2] == 1, "what was no session stays"
    async with services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection)
    swept = [one.details for one in entries if one.what == "retention.swept"]
    assert swept == [
        {"uploads": 1, "forms": 0, "mobile_codes": 0, "idempotency_keys": 0, "sessions": 0},
        {"uploads": 0, "forms": 1, "mobile_codes": 0, "idempotency_keys": 0, "sessions": 0},
        {"uploads": 0, "forms": 0, "mobile_codes": 0, "idempotency_keys": 0, "sessions": 1},
    ]


async def test_a_session_in_use_stays(services: Services, clock: Clock) -> None:
    services = replace(services, retention=Retention(sessions=timedelta(seconds=1)))
    link = await magic_links.make_link(services, MILA)
    secret = await magic_links.sign_in(services, link)
    clock.forward(minutes=10)
    await retention.delete_expired(services)
    assert (await sessions.get_session(services, secret)).officer.name == "mila"


def test_each_has_a_setting() -> None:
    assert set_up(Settings()) == Retention()
    given = Settings(
        uploads_kept_minutes=5, forms_kept_minutes=6, sessions_kept_days=7, deliveries_kept_days=8
    )
    assert set_up(given) == Retention(
        uploads=timedelta(minutes=5),
        forms=timedelta(minutes=6),
        sessions=timedelta(days=7),
        deliveries=timedelta(days=8),
    )


async def test_the_worker_does_it_every_minute(services: Services) -> None:
    queue = await ArqQueue.embed()
    context = Context(
        services=services,
        dispatcher=Dispatcher(services),
        planners=TurnSemaphore(1),
        publisher=None,
    )
    made = _worker(queue, context, CONTROL)
    assert {"cron:delete_old", "cron:archive_old"} < {one.name for one in made.cron_jobs or ()}
    await queue.close()
