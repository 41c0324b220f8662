"""The keys that sign CAP messages: made where one is needed first, changed and retired by command.

A new key may be announced: its certificate is published now, and it signs later. Meanwhile and
afterwards both certificates are there. The audit log says which key was made or retired, by the
fingerprint of its certificate.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import structlog

from alerting.cap.signature import Signer, SigningKey, from_pem, make_signing_key, to_pem
from alerting.credentials.signing_files import SigningFile, SigningFiles, SigningUse
from alerting.domain.errors import KeyInUse, KeyMissing
from alerting.domain.ledger import SERVICE, Actor
from alerting.domain.officer import Officer
from alerting.services import Services

FIRST_KEY_SINCE = timedelta(days=1)
"""How long before it is made a first key may have signed: alerts were sent before their message
is composed, and clocks of readers differ."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NumberedKey:
    """A key, and what it is called here."""

    number: int
    key: SigningKey


def list_signing_keys(services: Services) -> list[NumberedKey]:
    """Every key that is not retired, from the oldest.

    A file that holds none is told in the log, and the others are used; KeyMissing where there are
    files and none of them holds a key: another one would be a change that nobody asked for.
    """
    files = _files(services)
    keys, faults = [], []
    for signing_file in files.listed():
        try:
            keys.append(NumberedKey(signing_file.number, _read(files, signing_file)))
        except KeyMissing as fault:
            faults.append(fault)
    if faults and not keys:
        raise faults[0]
    for left_out in faults:
        log.error("signing.key_not_read", key=str(left_out.facts["key"]))
    return keys


async def open_signer(services: Services) -> Signer:
    """What signs; the first key is made where there is none."""
    keys = list_signing_keys(services) or [await _make(services, timedelta(0), by=SERVICE)]
    return Signer(tuple(key.key for key in keys))


async def create_signing_key(
    services: Services, signs_in: timedelta, *, by: Officer | Actor
) -> NumberedKey:
    """A new key, which signs from then on; its certificate is published now."""
    return await _make(services, signs_in, by=by)


async def retire_signing_key(services: Services, number: int, *, by: Officer | Actor) -> None:
    """A key signs nothing any more, and its certificate is published no more.

    KeyInUse for the only one that has begun to sign. What it signed is signed by another one when
    the public folder is made again.
    """
    keys = list_signing_keys(services)
    found = next((one for one in keys if one.number == number), None)
    begun = [one for one in keys if one.key.signs_from <= services.now()]
    if found is not None and [one.number for one in begun] == [number]:
        raise KeyInUse(key=f"{SigningUse.CAP}.{number}", number=0)
    async with services.unit() as unit:
        _files(services).retire(number)
        if found is not None:
            await unit.record(
                "key.retired",
                by=by,
                about=f"key/{SigningUse.CAP}.{number}",
                at=services.now(),
                details={"fingerprint": found.key.fingerprint},
            )


async def _make(services: Services, signs_in: timedelta, *, by: Officer | Actor) -> NumberedKey:
    files = _files(services)
    first = not files.listed()
    now = services.now()
    begins = now - FIRST_KEY_SINCE if first and not signs_in else now + signs_in
    named = services.cap.sender.rpartition("@")[2]
    signing_key = await asyncio.to_thread(make_signing_key, named, signs_from=begins)
    async with services.unit() as unit:
        kept_signing_file = files.add(to_pem(signing_key), first=first)
        key = _read(files, kept_signing_file)
        await unit.record(
            "key.made" if first else "key.rotated",
            by=by,
            about=f"key/{SigningUse.CAP}.{kept_signing_file.number}",
            at=now,
            details={"fingerprint": key.fingerprint, "signs_from": _told(key.signs_from)},
        )
    return NumberedKey(kept_signing_file.number, key)


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _files(services: Services) -> SigningFiles:
    return SigningFiles(services.keyring.folder, SigningUse.CAP)


def _read(files: SigningFiles, signing_file: SigningFile) -> SigningKey:
    try:
        return _parsed(signing_file.data)
    except ValueError:
        name = f"{files.use}.{signing_file.number}.pem"
        raise KeyMissing(key=name, folder=files.folder) from None


@lru_cache(maxsize=8)
def _parsed(data: bytes) -> SigningKey:
    """Checking a key takes forty times as long as signing with it: once for each file."""
    return from_pem(data)
