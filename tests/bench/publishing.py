"""From sending to what the public sees: pages, lists, feeds and the signed CAP message on disk."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.cap_messages import cap_message
from alerting.actions.public.publishing import Publisher, site_of
from alerting.actions.public.signing import open_signer
from alerting.delivery.heartbeat import Heartbeat
from tests.bench.figures import Figure, middle, timed
from tests.bench.running import WORK
from tests.bench.scale import Bench
from tests.bench.servers import fresh_database
from tests.bench.world import AREA, World, mail_settings, world

MILLISECONDS = 1000
AREAS = {"town": ("4000 Liège",), "towns": AREA, "nation": ("Belgique",)}
FOLDER, SECRETS = WORK / "public", WORK / "secrets"
SETTINGS = {
    "ALERTING_SECRETS_DIR": str(SECRETS),
    **mail_settings(port=9),
    "ALERTING_PUBLIC_FOLDER": str(FOLDER),
    "ALERTING_PUBLIC_PAGES_URL": "https://alerts.example.be",
}


async def measure_publishing(bench: Bench) -> list[Figure]:
    """On PostgreSQL, every file synced, the second alert of a warm process and those after it."""
    figures: list[Figure] = []
    async with publishing(bench) as (here, publisher):
        for name, area in AREAS.items():
            first: list[float] = []
            feeds: list[float] = []
            for turn in range(bench.scale.times + 1):
                alert = await here.approved("email", area=area)
                began = perf_counter()
                await here.send(alert)
                await publisher.publish_first()
                on_disk = perf_counter()
                await publisher.publish_towns()
                if turn:
                    first.append(on_disk - began)
                    feeds.append(perf_counter() - on_disk)
                if not (FOLDER / "www" / "active.json").read_bytes().count(b"%d" % alert):
                    raise RuntimeError("the alert is not in the folder")
            figures += [
                Figure(
                    id=f"public.{name}",
                    what="from sending to page, CAP message, lists and feeds of the country and"
                    f" provinces: {_called(area)}",
                    unit="s",
                    ours=middle(first),
                    target=0.2,
                    less_is_better=True,
                ),
                Figure(
                    id=f"public.{name}.feeds",
                    what=f"the feeds of municipalities, after that: {_called(area)}",
                    unit="s",
                    ours=middle(feeds),
                    target=2,
                    less_is_better=True,
                ),
            ]
        figures += await _cap(bench, here)
    return figures


async def _cap(bench: Bench, here: World) -> list[Figure]:
    services = here.services
    assert services.public is not None
    signer, site = await open_signer(services), site_of(services, services.public)
    alerts = {len(one.area): one for one in await PublicAlerts(services).read()}
    found = []
    for name, bound, alert in (
        ("town", 5, alerts[min(alerts)]),
        ("nation", 50, alerts[max(alerts)]),
    ):
        made: list[bytes] = []

        def write(turn: int, alert=alert, made=made) -> None:  # type: ignore[no-untyped-def]
            message = cap_message(alert, [alert], site, identity=services.cap, signer=signer)
            made.append(message or b"")

        seconds, computed = timed(write, times=bench.scale.composed, warm_up=3)
        found.append(
            Figure(
                id=f"cap.{name}",
                what=f"a CAP message composed, validated and signed: {len(alert.area)}"
                " municipalities",
                unit="ms",
                ours=seconds * MILLISECONDS,
                target=bound,
                less_is_better=True,
                remark=f"{len(made[-1]) / 1000:.0f} kB, {computed * MILLISECONDS:.1f} ms of CPU",
            )
        )
    return found


def _called(area: Sequence[str]) -> str:
    return ", ".join(area)


@asynccontextmanager
async def publishing(bench: Bench) -> AsyncIterator[tuple[World, Publisher]]:
    """Services and a publisher whose folder is whole."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    SECRETS.mkdir(parents=True, exist_ok=True)
    async with (
        fresh_database(bench.postgres.url) as url,
        world(url, settings=SETTINGS) as here,
    ):
        here.services.keyring.make_missing()
        await here.fill(1_000)
        assert here.services.public is not None
        await Heartbeat(here.services, "publisher").send()
        publisher = Publisher(here.services, here.services.public, "publisher")
        try:
            await publisher.rebuild()
            yield here, publisher
        finally:
            publisher.close()
            shutil.rmtree(FOLDER, ignore_errors=True)
