"""Pages as bytes that say what they were made from: what they look like is tested elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alerting.actions.public.publishing import Publisher
from alerting.actions.public.site import Files, Month, Site, World
from alerting.actions.public.units import Makers
from alerting.bootstrap import SHARED_IN_PUBLIC
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.public_alert import PublicAlert
from alerting.publisher import Folder
from alerting.publisher.disk import Disk
from alerting.services import PublicFolder, Services
from tests.desk import Desk
from tests.make import EUPEN, LIEGE, VERVIERS

SHARED = SHARED_IN_PUBLIC


def said(value: object) -> bytes:
    return json.dumps(value, default=str, sort_keys=True, ensure_ascii=False).encode()


def alert_unit(
    alert: PublicAlert, chain: Sequence[PublicAlert], site: Site, *, cap: bytes | None
) -> Files:
    files = {
        "index.html": said([alert.status, [[one.address, one.status] for one in chain]]),
        **{
            f"{language}/index.html": said([text.headline, text.text])
            for language, text in alert.texts.items()
        },
    }
    return {**files, "cap.xml": cap} if cap else files


def lists_unit(world: World, site: Site) -> Files:
    listed = [one for one in world.alerts if one.is_listed]
    return {
        "index.html": said([site.url, max((one.sent_at for one in world.alerts), default=None)]),
        "active.json": said([one.address for one in listed if one.in_force]),
        "feed/fr.xml": said(
            [
                [one.address, one.status, [text.text for text in one.texts.values()]]
                for one in listed
            ]
        ),
    }


def month_unit(month: Month, world: World, site: Site) -> Files:
    listed = [one for one in world.alerts if one.is_listed and Month.of(one) == month]
    return {"fr/index.html": said([[one.address, one.status] for one in listed])}


def town_unit(nis_code: str, world: World, site: Site) -> Files:
    there = [one for one in world.alerts if one.is_listed and nis_code in one.area]
    return {"fr.xml": said([[one.address, one.status] for one in there])}


def cap(alert: PublicAlert, chain: Sequence[PublicAlert], site: Site) -> bytes:
    return said(["cap", alert.address])


MAKERS = Makers(
    alert_unit=alert_unit,
    lists_unit=lists_unit,
    month_unit=month_unit,
    town_unit=town_unit,
    assets_unit=lambda _: {"style.css": b"a{}"},
    towns_touched=lambda alert: alert.area if alert.is_listed else (),
    cap=cap,
    all_towns=lambda _: [LIEGE, VERVIERS, EUPEN],
)


class Unsynced(Disk):
    """This machine does not lose its power during a test."""

    def sync(self, path: Path) -> None: ...

    def sync_file_system(self, path: Path) -> None: ...


def public(path: Path, disk: Disk | None = None) -> PublicFolder:
    return PublicFolder(
        folder=Folder(path, shared=SHARED, disk=disk or Unsynced()),
        url="https://alerts.example.be",
        authority={},
    )


def with_folder(services: Services, path: Path) -> Services:
    return replace(services, public=public(path))


async def publisher(desk: Desk, path: Path, name: str = "worker", **more: Any) -> Publisher:
    """That of a worker that lives."""
    await Heartbeat(desk.services, name).send()
    options = {"makers": MAKERS, **more}
    disk = options.pop("disk", None)
    return Publisher(desk.services, public(path, disk), name, **options)


async def publishes_all(made: Publisher) -> None:
    """Until nothing waits."""
    while await made.publish_first() + await made.publish_towns():
        pass


def served(path: Path) -> dict[str, bytes]:
    """What a web server finds."""
    import os

    found = {}
    for above, _, names in os.walk(path / "www", followlinks=True):
        for name in names:
            file = Path(above, name)
            if not name.endswith(".gz") and file.exists():
                found[file.relative_to(path / "www").as_posix()] = file.read_bytes()
    return found
