"""Bringing what changed into the public folder: each publication is claimed, made and placed.

Two stages. First the page of the alert and those of its chain, its CAP message, all lists and the
feeds of the country and its provinces; then the feeds of municipalities. What is made is read from
the database under the lock of the folder, so that nobody puts an older state over a newer one.
"""

import asyncio
import errno
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.cap_publishing import open_cap_maker
from alerting.actions.public.newsroom import NEWSROOM
from alerting.actions.public.origin import (
    CONFLICT,
    OVER,
    Origin,
    is_less_over,
    kept_over,
    read_origin,
    unknown_pages,
    write_origin,
    write_over,
)
from alerting.actions.public.releases import public_releases
from alerting.actions.public.signing import list_signing_keys
from alerting.actions.public.site import Files, Site
from alerting.actions.public.units import (
    ASSETS,
    CAP,
    CERTIFICATES,
    LISTS,
    Edition,
    Failures,
    Makers,
    gateway_path,
    town_unit,
)
from alerting.credentials.keyring import KeyName
from alerting.domain.errors import KeyMissing
from alerting.domain.public_alert import PublicAlert
from alerting.domain.publication import Publication, Stage
from alerting.publisher import Archived, Damaged, Folder
from alerting.services import PublicFolder, Services
from alerting.store import publications as publication_rows
from alerting.store import sendings as sending_rows
from alerting.store.database import outage
from alerting.store.operations import installation, map_outlines

T = TypeVar("T")

LOOK_EVERY = 1.0
"""Seconds after which what waits is found without being woken."""
LOCK_PAUSE = 0.01
"""Seconds between two tries for the lock of the folder: no thread waits for it."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until what failed is tried again; what is new never waits for it."""
TOWNS_AT_ONCE = 40
UNITS_AT_ONCE = 4
"""Units placed while the folder is locked: others wait no longer."""
ARCHIVES_PER_PUBLICATION = 1_000
"""Serials between one publication and the next: where the folder was lost, they grow all the same,
since making it anew is a publication."""
BETWEEN = 0.01
"""Seconds the folder is left to others before the next of many."""

log = structlog.get_logger()


class Publisher:
    """Publishes for one process that has the folder."""

    def __init__(
        self,
        services: Services,
        public: PublicFolder,
        name: str,
        *,
        makers: Makers | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name`: of the worker it belongs to, whose beats say that it lives."""
        self.folder: Folder = public.folder
        self.woken = asyncio.Event()
        self._services, self._public, self._name = services, public, name
        self._makers = makers or Makers()
        self._clock = clock
        self._alerts = PublicAlerts(services)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._nothing_urgent = asyncio.Event()
        self._nothing_urgent.set()
        self._failed: dict[int, tuple[int, float]] = {}
        """Publication → how often it failed here, and when it may be tried again."""
        self._outlines: tuple[int, Mapping[str, Any]] | None = None
        self._warm = False
        self._failures: Failures = {}
        self._damaged: set[str] = set()
        """Units of which the archive found a file that is not as it was placed."""
        self._is_less_over = False
        """Whether the database says of an alert that it holds, or may be read, and the folder
        remembers that it does not."""

    async def first_round(self) -> None:
        """Wait until woken, for a second at most; then publish what waits."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), LOOK_EVERY)
        self.woken.clear()
        await self.publish_first()

    async def publish_first(self) -> int:
        """The first stage of all that waits for it; how many publications came through."""
        claimed = await self._claim(Stage.FIRST)
        if not claimed:
            return 0
        self._nothing_urgent.clear()
        try:
            return await self._try(claimed, Stage.FIRST, self._first)
        finally:
            self._nothing_urgent.set()

    async def towns_round(self) -> None:
        """The feeds of municipalities that wait, and what is to be made anew; then a pause."""
        await self.publish_towns()
        await asyncio.sleep(LOOK_EVERY / 10)

    async def publish_towns(self) -> int:
        """The second stage of all that waits for it; how many publications came through."""
        claimed = await self._claim(Stage.TOWNS)
        if not claimed:
            return 0
        return await self._try(claimed, Stage.TOWNS, self._towns)

    async def tidy(self) -> None:
        """Remove old versions; make again what is missing or damaged, and all of it where it is of
        another version of the service.

        What another worker that lives made by other settings, what was made of another database,
        and what is newer than the database, stays as it is and is told.
        """
        if not self._warm:  # templates and words are read at first use: not while people wait
            edition = await self._edition()
            await self._in_thread(edition.list_files)
            self._warm = True
        wanted = await self._fingerprint()
        # Thousands of files are looked at: not while anybody waits for the lock.
        old = await self._in_thread(self.folder.find_old)
        damaged = await self._in_thread(self.folder.damaged)
        async with self._locked():
            edition = await self._edition()
            origin, unknown = await self._look_behind(edition)
            mark, _, living = await self._database()
            await self._reserve(unknown)
            await self._in_thread(lambda: self.folder.sweep(old))
            if damaged:  # by whoever placed something meanwhile, or by hand
                damaged = await self._in_thread(self.folder.damaged)
            differs = origin.differs(wanted, living - {self._name})
            if differs or self.folder.note(CONFLICT) == self._name:
                self.folder.write_note(CONFLICT, self._name if differs else "")
        damaged |= self._damaged
        self._damaged = set()
        units = edition.units()
        if lost := damaged - units:
            log.error("public.lost", units=sorted(lost))  # the database does not know them
        if origin.is_of_another(mark):
            log.error("public.other_database")
            return
        if differs:
            log.error("public.other_settings", worker=self._name, made_by=origin.worker)
            return
        if origin.behind is not None:
            # Made anew, what was over, withdrawn or erased after the backup would come back.
            log.error("public.newer_folder", unknown=unknown)
        elif origin.made_by != wanted:
            async with self._services.unit() as unit:
                if not await publication_rows.is_rebuild_waiting(unit.connection):
                    await publication_rows.add(unit.connection, None)
            return
        if missing := units - {*self.folder.units()} | damaged & units:
            log.error("public.missing", units=sorted(missing))
            await self._place_again(sorted(missing))

    async def rebuild(self, *, believes_database: bool = False) -> int | None:
        """Make everything anew, whatever is there; how many units were not as they should be.

        None where nothing was done, since the folder is newer than the database or of another one:
        `believes_database` makes it of this one all the same.
        """
        async with self._locked():
            origin, _ = await self._look_behind(await self._edition())
            mark, _, _ = await self._database()
            if not believes_database and origin.knows_more_than(mark):
                log.error("public.not_made_anew")
                return None
            if believes_database:
                await self._in_thread(lambda: self.folder.write_note(OVER, ""))
        edition = await self._edition()
        first = [
            ASSETS,
            CERTIFICATES,
            LISTS,
            NEWSROOM,
            *(month.folder for month in edition.months()),
        ]
        alerts = [alert.address.folder for alert in edition.alerts]
        alerts += [release.folder for release in edition.releases]
        towns = [town_unit(code) for code in edition.all_towns]
        changed = await self._place_again([*first, *alerts, *towns])
        made_by = await self._fingerprint()
        async with self._locked():
            edition = await self._edition()
            unknown = await self._in_thread(lambda: self._unknown(edition))
            await self._reserve(unknown)
            mark, last, _ = await self._database()
            origin = read_origin(self.folder)
            made_of = replace(
                origin, made_by=made_by, worker=self._name, installation=mark, publication=last
            )
            if believes_database:
                for one in unknown:  # of a database that was newer, and is not there any more
                    log.warning("public.unknown_page", page=one)
                    await self._in_thread(partial(self.folder.remove, one))
                changed, made_of = changed + len(unknown), replace(made_of, behind=None)
            elif origin.behind is not None:  # found meanwhile
                made_of = replace(made_of, publication=max(origin.publication, last))
            await self._in_thread(lambda: write_origin(self.folder, made_of))
            await self._in_thread(lambda: write_over(self.folder, edition.alerts))
        return changed

    async def archive(self) -> Archived | None:
        """Make the archive that mirrors fetch, where it lacks a change; None where it lacks none,
        and where the folder is not whole: mirrors would copy the loss.

        Whoever made the change: what is in the folder is compared with what the archive is of.
        """
        if await self._in_thread(self.folder.is_archived):
            return None
        async with self._locked():
            edition = await self._edition()
            async with self._services.reading() as reading:
                number = await publication_rows.last_number(reading.connection)
                waits = await publication_rows.first_stage_waits(reading.connection)
                mark = await installation.mark(reading.connection)
            contents = await self._in_thread(self.folder.contents)
        if read_origin(self.folder).is_of_another(mark):
            return None
        # What cannot be published keeps nothing else from the mirrors.
        published = [alert for alert in edition.alerts if alert.address.number not in waits]
        wanted = replace(edition, alerts=tuple(published)).units()
        if missing := wanted - {one.unit for one in contents.units}:
            # As long as a new folder is being filled; what was lost from it, `tidy` tells aloud.
            log.info("public.not_archived", missing=len(missing))
            return None
        try:
            packed = await self._in_thread(lambda: self.folder.pack(contents))
        except Damaged as fault:
            self._damaged.add(fault.unit)
            log.error("public.not_archived", damaged=fault.unit)  # noqa: TRY400  no traceback
            return None
        key, lowest = archive_key(self._services), number * ARCHIVES_PER_PUBLICATION
        async with self._locked():
            return await self._in_thread(
                lambda: self.folder.archive(contents, packed, lowest, key.sign)
            )

    def close(self) -> None:
        """End its thread once that is through."""
        self._thread.shutdown(wait=False)

    # ── below: one stage ─────────────────────────────────────────────────────────────────────────

    async def _claim(self, stage: Stage) -> list[Publication]:
        now = self._clock()
        later = [number for number, (_, at) in self._failed.items() if at > now]
        async with self._services.reading() as reading:
            if not await publication_rows.is_waiting(
                reading.connection, self._name, stage, but=later
            ):
                return []
            mark = await installation.mark(reading.connection)
            if read_origin(self.folder).is_of_another(
                mark
            ) and not await publication_rows.is_rebuild_waiting(
                reading.connection, believes_database=True
            ):
                return []  # its lists would replace those of what it does not know
        async with self._services.unit() as unit:
            return await publication_rows.claim(unit.connection, self._name, stage, but=later)

    async def _try(
        self,
        claimed: Sequence[Publication],
        stage: Stage,
        act: Callable[[Sequence[Publication]], Any],
    ) -> int:
        """Do it for all at once; where that fails, for each apart, so that one fails alone."""
        failed: dict[int, str] = {}
        try:
            await act(claimed)
        except Exception as error:
            if outage(error) is not None:
                raise
            for publication in claimed:
                if (
                    failure := await self._alone(publication, act)
                    if len(claimed) > 1
                    else called(error)
                ):
                    failed[publication.id] = failure
        await self._settle(claimed, failed, stage)
        return len(claimed) - len(failed)

    async def _alone(
        self, publication: Publication, act: Callable[[Sequence[Publication]], Any]
    ) -> str:
        try:
            await act([publication])
        except Exception as error:
            if outage(error) is not None:
                raise
            return called(error)
        return ""

    async def _settle(
        self, claimed: Sequence[Publication], failed: Mapping[int, str], stage: Stage
    ) -> None:
        done = [publication.id for publication in claimed if publication.id not in failed]
        for number in done:
            self._failed.pop(number, None)
        for number, failure in failed.items():
            times = self._failed.get(number, (0, 0.0))[0] + 1
            pause = min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
            self._failed[number] = times, self._clock() + pause
            # Its text may hold what somebody wrote: the kind of the error is enough.
            log.error("publication.failed", publication=number, error=failure)
        async with self._services.unit() as unit:
            if done:
                at = self._services.now()
                await publication_rows.settle(unit.connection, done, stage, at=at)
            for number, failure in failed.items():
                await publication_rows.fail(unit.connection, [number], failure)

    async def _first(self, claimed: Sequence[Publication]) -> None:
        numbers = [publication.alert for publication in claimed if publication.alert is not None]
        if not numbers:
            return  # everything is made anew in the second stage, beside what is urgent
        async with self._locked():
            edition = await self._edition()
            mark, _, _ = await self._database()
            await self._look_behind(edition)

            def place() -> None:
                touched = edition.touched(numbers)
                for alert in touched:
                    edition.failures.pop(alert.address, None)  # tried anew
                for alert in touched:
                    self._show(edition, _pages(edition, [alert]))
                if releases := edition.release_units(numbers):
                    self._show(edition, {unit: made for unit, made in releases.items() if made})
                    self._show(edition, {NEWSROOM: edition.newsroom_files()})
                if touched or not releases:
                    lists = {LISTS: edition.list_files()}
                    months = edition.months(numbers)
                    archived = {month.folder: edition.month_files(month) for month in months}
                    self._show(edition, lists | archived)
                write_over(self.folder, edition.alerts)
                origin = read_origin(self.folder)
                if not origin.is_of_another(mark):
                    highest = max(origin.publication, *(publication.id for publication in claimed))
                    made_of = replace(origin, installation=mark, publication=highest)
                    write_origin(self.folder, made_of)

            await self._in_thread(place)
        if failure := edition.failure(numbers):
            raise failure

    async def _towns(self, claimed: Sequence[Publication]) -> None:
        if asked := [publication for publication in claimed if publication.alert is None]:
            async with self._locked():
                origin, _ = await self._look_behind(await self._edition())
            # One that waited in the backup was asked for by somebody who did not know.
            since = -1 if origin.behind is None else origin.behind
            believes = any(one.believes_database and one.id > since for one in asked)
            if await self.rebuild(believes_database=believes) is not None:
                return
        numbers = frozenset(
            publication.alert for publication in claimed if publication.alert is not None
        )
        edition = await self._edition()
        await self._place_towns(edition.towns(numbers))

    async def _place_towns(self, codes: Sequence[str]) -> None:
        for some in _parts(codes, TOWNS_AT_ONCE):

            def feeds(now: Edition, wanted: Sequence[str] = tuple(some)) -> Units:
                return {town_unit(code): now.town_files(code) for code in wanted}

            await self._place(feeds, thorough=False)

    async def _place_again(self, units: Sequence[str]) -> int:
        """Make these anew and compare every byte; how many were not as they should be."""
        certificates = {
            "cap.pem": await self._certificates(),
            "archive.pem": archive_pem(self._services),
        }
        changed = 0
        for some in _parts(units, UNITS_AT_ONCE):

            def make(now: Edition, wanted: Sequence[str] = tuple(some)) -> Units:
                made = {
                    unit: certificates if unit == CERTIFICATES else now.unit_files(unit)
                    for unit in wanted
                }
                return {unit: files for unit, files in made.items() if files}

            changed += await self._place(make, thorough=True)
        return changed

    async def _place(self, make: "Callable[[Edition], Units]", *, thorough: bool) -> int:
        """Place some of many units; what is urgent goes first, here and in other processes."""
        await self._nothing_urgent.wait()
        async with self._locked():
            edition = await self._edition()
            changed = await self._in_thread(
                lambda: self._show(edition, make(edition), thorough=thorough)
            )
        await asyncio.sleep(BETWEEN)
        return changed

    def _show(self, edition: Edition, units: "Units", *, thorough: bool = False) -> int:
        if not units:
            return 0
        addresses = {alert.address.folder: alert.address for alert in edition.alerts}
        aliases = {
            unit: {gateway_path(addresses[unit]): CAP}
            for unit, files in units.items()
            if unit in addresses and CAP in files
        }
        placed = self.folder.place_all(units, aliases=aliases, thorough=thorough)
        return sum(one.changed for one in placed)

    def _unknown(self, edition: Edition) -> list[str]:
        """Pages in the folder, of alerts that were not sent as far as the database knows.

        For whoever holds the lock, and read what is public under it.
        """
        addresses = (*(alert.address for alert in edition.alerts), *self._alerts.not_read)
        return unknown_pages(self.folder, {one.folder for one in addresses})

    async def _look_behind(self, edition: Edition) -> tuple[Origin, list[str]]:
        """What the folder was made of, and its pages that the database does not know.

        Where the database is older than the folder that is noted, until somebody says that the
        database is right. For whoever holds the lock, and read what is public under it.
        """
        mark, last, _ = await self._database()
        origin = read_origin(self.folder)
        unknown = await self._in_thread(lambda: self._unknown(edition))
        newer = origin.publication > last or unknown or self._is_less_over
        if newer and origin.behind is None and not origin.is_of_another(mark):
            origin = replace(origin, behind=last)
            await self._in_thread(lambda: write_origin(self.folder, origin))
        return origin, unknown

    async def _reserve(self, pages: Sequence[str]) -> None:
        """Give the numbers of these pages to no other alert: people and programs know them."""
        if numbers := [int(page.rpartition("/")[2]) for page in pages]:
            async with self._services.unit() as unit:
                await sending_rows.reserve(unit.connection, max(numbers))

    async def _database(self) -> tuple[str, int, frozenset[str]]:
        """Its mark, the number of the last publication, and the workers that live."""
        async with self._services.reading() as reading:
            return (
                await installation.mark(reading.connection),
                await publication_rows.last_number(reading.connection),
                await publication_rows.living_workers(reading.connection),
            )

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        while True:
            with self.folder.try_lock() as held:
                if held:
                    yield
                    return
            await asyncio.sleep(LOCK_PAUSE)

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._thread.submit(act))

    async def _edition(self) -> Edition:
        """What is public now."""
        read = await self._alerts.read()
        alerts = kept_over(self.folder, read)
        self._is_less_over = is_less_over(read, alerts)
        async with self._services.reading() as reading:
            # Outlines are imported once; whoever does has everything made anew.
            mark = await publication_rows.last_rebuild(reading.connection)
            if self._outlines is None or self._outlines[0] != mark:
                self._outlines = mark, await map_outlines.load_outlines(reading.connection)
            outlines = self._outlines[1]
        site = site_of(self._services, self._public)
        site = replace(site, outlines=outlines)
        releases = await public_releases(self._services)
        return Edition(alerts, site, await self._ready_makers(), self._failures, releases)

    async def _ready_makers(self) -> Makers:
        if self._makers.cap is None:
            cap = await open_cap_maker(self._services)
            self._makers = replace(self._makers, cap=cap)
        return self._makers

    async def _certificates(self) -> bytes:
        """Those of every key that signs CAP messages, or will: PEM, the oldest first.

        None where no key can be read: pages wait for none.
        """
        await self._ready_makers()  # which makes the first key where there is none
        try:
            keys = list_signing_keys(self._services)
        except KeyMissing as fault:
            log.error("cap.no_key", key=str(fault.facts["key"]))  # noqa: TRY400  no traceback
            return b""
        return b"".join(key.key.certificate.public_bytes(Encoding.PEM) for key in keys)

    async def _fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of what makes pages besides alerts, keys among it."""
        keys = [await self._certificates(), archive_pem(self._services)]
        parts = [fingerprint(self._public).encode(), repr(self._services.cap).encode(), *keys]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


Units = Mapping[str, Files]


def _pages(edition: Edition, alerts: Iterable[PublicAlert]) -> Units:
    """The units of alerts, but for those that cannot be made at all: what is there stays."""
    made = {alert.address.folder: edition.alert_files(alert) for alert in alerts}
    return {unit: files for unit, files in made.items() if files}


def site_of(services: Services, public: PublicFolder) -> Site:
    """Whose pages they are."""
    return Site(
        url=public.url,
        authority=public.authority,
        gazetteer=services.gazetteer,
        contact=public.contact,
        accessibility_contact=public.accessibility_contact,
        privacy_contact=public.privacy_contact,
        complaints=public.complaints,
    )


def archive_key(services: Services) -> Ed25519PrivateKey:
    """What signs the archive."""
    return Ed25519PrivateKey.from_private_bytes(services.keyring.current(KeyName.ARCHIVE).secret)


def archive_pem(services: Services) -> bytes:
    """The public key by which mirrors verify it."""
    public = archive_key(services).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@cache
def _made_by() -> bytes:
    """SHA-256 of the code and templates that make pages."""
    root = Path(__file__).resolve().parents[3]
    digest = hashlib.sha256()
    for folder in ("alerting/actions/public", "alerting/cap", "templates/public", "locales"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.digest()


def fingerprint(public: PublicFolder) -> str:
    """SHA-256 (hexadecimal) of what makes pages besides alerts: code, templates and settings."""
    digest = hashlib.sha256(_made_by())
    for one in (public.url, public.authority, public.contact, public.complaints):
        digest.update(repr(one).encode())
    digest.update(f"{public.accessibility_contact}\n{public.privacy_contact}".encode())
    return digest.hexdigest()


def called(error: Exception) -> str:
    """An error without anything anybody wrote: as the system calls it, or its class."""
    number = getattr(error, "errno", None)
    known = errno.errorcode.get(number or 0) if isinstance(error, OSError) else None
    return known or type(error).__name__


def _parts(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))
