"""Nobody else on the machine reads what we keep, and whoever has the database alone has no secret.

Files are made under the widest umask there is, so that no mode comes from it.
"""

import logging
import os
import sqlite3
import stat
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

import alerting.cli
from alerting.actions.accounts import enrolment, factors
from alerting.actions.operations import keys
from alerting.bootstrap import must_be_secret
from alerting.cli.runtime import prepare
from alerting.credentials.keyring import KeyName, Keyring, KeyState
from alerting.domain.channel import AnyChannel
from alerting.domain.errors import (
    AlertingError,
    KeyInTheWay,
    KeyInUse,
    KeyMissing,
    NotFound,
    OpenToOthers,
    WellKnownSecret,
)
from alerting.domain.ledger import SHELL
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from alerting.store.migrate import migrate
from channels._routes import SettingsWrong
from channels.sandbox import credentials
from channels.sandbox.inbox import Box
from channels.sms import text_routes
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import OFFICE, Member, administrator

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A place for `var`, with a umask that closes nothing."""
    before = os.umask(0)
    yield tmp_path / "var"
    os.umask(before)


@pytest.fixture
async def kept(home: Path, clock: Clock) -> Any:
    """A service of its own folder, as a first start leaves it."""
    made = make_services(Database(f"sqlite+aiosqlite:///{home / 'alerting.db'}"), clock)
    services = replace(made, keyring=Keyring(home / "secrets"))
    await migrate(services.database)
    await prepare(services)
    yield services
    await services.close()


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.rglob("*")}


def all_that_is_kept(folder: Path) -> bytes:
    """The database as it lies on the disk."""
    return b"".join(one.read_bytes() for one in folder.glob("alerting.db*"))


def open_to_others(folder: Path) -> list[str]:
    """What below a folder, itself included, anybody else may do anything with."""
    return [str(one) for one in (folder, *folder.rglob("*")) if one.stat().st_mode & OTHERS]


async def with_app(services: Services, name: str = "ada") -> Member:
    """Somebody whose second factor is an app."""
    return await administrator(services, cast(Clock, services.now), name)


async def test_a_first_start_leaves_nothing_open(kept: Services, home: Path) -> None:
    await with_app(kept)
    Box("smtp", folder=home / "sandbox").close()
    assert {
        "alerting.db",
        "alerting.db-wal",
        "alerting.db-shm",
        "seal.1.key",
        "smtp.jsonl",
    } < names(home)
    assert not open_to_others(home)


def test_what_an_earlier_version_left_open_is_closed(home: Path) -> None:
    home.mkdir(mode=0o755)
    for name in ("alerting.db", "alerting.db-wal", "alerting.db-shm"):
        (home / name).touch(0o666)
    Database(f"sqlite+aiosqlite:///{home / 'alerting.db'}")
    assert not open_to_others(home)


def test_a_folder_where_others_may_put_files_is_refused(home: Path) -> None:
    shared = home.parent / "shared"
    shared.mkdir(mode=0o777)
    with pytest.raises(OpenToOthers, match="chmod 700"):
        Database(f"sqlite+aiosqlite:///{shared / 'alerting.db'}")


def test_every_command_closes_what_it_makes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["alerting", "settings"])
    with pytest.raises(SystemExit):
        alerting.cli.app()
    assert os.umask(0) == 0o077


async def test_the_database_alone_opens_no_second_factor(kept: Services, home: Path) -> None:
    ada = await with_app(kept)
    again = await enrolment.begin_totp(kept, await ada.account())  # one more, not finished
    held = kept.keyring.listed()
    told = all_that_is_kept(home)
    assert b"ada" in told
    for secret in (ada.app, again.secret):
        assert secret.encode() not in told
    for key in held:
        for form in (key.secret, urlsafe_b64encode(key.secret), key.secret.hex().encode()):
            assert form not in told


async def test_a_key_shows_nowhere_but_in_its_file(
    kept: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        await keys.rotate_key(kept, KeyName.SEAL, by=SHELL)
        await keys.reseal_secrets(kept, by=SHELL)
        await keys.retire_key(kept, KeyName.SEAL, 1, by=SHELL)
        await prepare(kept)
    async with kept.reading() as reading:
        ledger = await ledger_rows.entries(reading.connection, limit=100)
    found = [one.what for one in ledger if one.what.startswith("key.")]
    assert sorted(found) == ["key.resealed", "key.retired", "key.rotated"]
    said = repr((ledger, kept.keyring.listed(), logged, caplog.text, kept))
    for key in kept.keyring.listed():
        assert key.fingerprint in said or key.name != KeyName.SEAL
        assert urlsafe_b64encode(key.secret).decode()[:20] not in said
        assert repr(key.secret)[2:-1][:12] not in said


async def proves(services: Services, who: Member, code: str) -> None:
    account = await who.account()
    await factors.verify_code(services, account, code, by=OFFICE.actor(account))


async def test_a_rotated_key_still_opens_until_all_is_closed_anew(kept: Services) -> None:
    ada = await with_app(kept)
    new = await keys.rotate_key(kept, KeyName.SEAL, by=SHELL)
    await proves(kept, ada, ada.code())
    states = [key.state for key in kept.keyring.listed() if key.name == KeyName.SEAL]
    assert states == [KeyState.VALID, KeyState.CURRENT]
    for number in (1, 2):  # it closes ada's app; it is the newest
        with pytest.raises(KeyInUse):
            await keys.retire_key(kept, KeyName.SEAL, number, by=SHELL)
    assert await keys.reseal_secrets(kept, by=SHELL) == 1
    assert await keys.count_uses(kept) == {new.fingerprint: 1}
    await keys.retire_key(kept, KeyName.SEAL, 1, by=SHELL)
    await proves(kept, ada, ada.code())
    with pytest.raises(NotFound):
        await keys.retire_key(kept, KeyName.SEAL, 1, by=SHELL)
    with pytest.raises(KeyInTheWay):
        await keys.create_key(kept, KeyName.SEAL, by=SHELL)


async def test_nothing_is_opened_by_a_retired_key(kept: Services) -> None:
    old = kept.keyring.seal("text", about="x")
    await keys.rotate_key(kept, KeyName.SEAL, by=SHELL)
    assert kept.keyring.open(old, about="x") == "text"
    await keys.retire_key(kept, KeyName.SEAL, 1, by=SHELL)
    with pytest.raises(KeyMissing):
        kept.keyring.open(old, about="x")


async def test_one_persons_app_is_not_put_in_anothers_place(kept: Services, home: Path) -> None:
    ada, bob = await with_app(kept), await with_app(kept, "bob")
    with sqlite3.connect(home / "alerting.db") as tampering:
        tampering.execute(
            "UPDATE account SET totp_step = 0, totp_sealed ="
            " (SELECT totp_sealed FROM account WHERE id = ?) WHERE id = ?",
            ((await bob.account()).id, (await ada.account()).id),
        )
    tampering.close()
    with pytest.raises(KeyMissing):
        await proves(kept, ada, bob.code())


LOST: dict[str, Callable[[Path], object]] = {
    "the file is gone": lambda path: path.unlink(),
    "another key is in its place": lambda path: path.write_bytes(urlsafe_b64encode(bytes(32))),
    "half a key": lambda path: path.write_bytes(path.read_bytes()[:20]),
    "nothing in it": lambda path: path.write_bytes(b""),
    "no text": lambda path: path.write_bytes(b"\xff" * 44),
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
async def test_no_start_replaces_a_key_that_was_lost(
    kept: Services, lose: Callable[[Path], object]
) -> None:
    await with_app(kept)
    lose(kept.keyring.folder / "seal.1.key")
    before = sorted(kept.keyring.folder.iterdir())
    with pytest.raises(KeyMissing, match="secrets folder"):
        await prepare(kept)
    assert sorted(kept.keyring.folder.iterdir()) == before


def test_two_first_starts_make_one_key(home: Path) -> None:
    with ThreadPoolExecutor(8) as starts:
        made = list(starts.map(lambda _: Keyring(home / "secrets").make_missing(), range(8)))
    assert any(made)
    assert names(home / "secrets") == {f"{name}.1.key" for name in KeyName}
    assert len({key.fingerprint for keys_ in made for key in keys_}) == len(KeyName)


def _ways(**live: bool) -> dict[str, list[AnyChannel]]:
    return {name: [cast(AnyChannel, SimpleNamespace(live=one))] for name, one in live.items()}


HERE, OUTSIDE = "http://127.0.0.1:8000", "https://alert.example.be"
STARTS = [
    # address, routes, password of the database, what is refused
    (HERE, _ways(sms=False, email=False), "alerting", ""),
    ("http://web:8000", _ways(sms=False), "alerting", ""),
    ("http://[::1]:8000", _ways(sms=False), "alerting", ""),
    (OUTSIDE, _ways(sms=True, email=True), "fTz8-long-and-random", ""),
    (OUTSIDE, _ways(), "fTz8-long-and-random", ""),
    (OUTSIDE, _ways(sms=False, email=True), "fTz8-long-and-random", "sms"),
    (OUTSIDE, _ways(sms=False), "fTz8-long-and-random", "sms"),
    (HERE, _ways(sms=False, email=True), "fTz8-long-and-random", "sms"),
    (OUTSIDE, _ways(email=True), "alerting", "ALERTING_DATABASE_URL"),
    (HERE, _ways(email=True), "postgres", "ALERTING_DATABASE_URL"),
    ("https://web.example", _ways(), "changeme", "ALERTING_DATABASE_URL"),
    ("http://127.0.0.1.example", _ways(x=False), "fTz8-long-and-random", "x"),
    ("http://192.0.2.1", _ways(x=False), "fTz8-long-and-random", "x"),
]


@pytest.mark.parametrize(("address", "ways", "password", "refused"), STARTS)
def test_no_live_service_starts_on_secrets_that_anybody_knows(
    address: str, ways: dict[str, list[AnyChannel]], password: str, refused: str
) -> None:
    url = f"postgresql+asyncpg://alerting:{password}@postgres/alerting"
    settings = Settings(public_url=address, database_url=url)
    if not refused:
        must_be_secret(settings, ways)
        return
    with pytest.raises(WellKnownSecret, match=f"{refused}\\."):
        must_be_secret(settings, ways)


@pytest.mark.parametrize("base", ["https://api.twilio.com", "http://sandbox.evil.example"])
def test_no_provider_is_given_a_key_of_the_sandbox(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_API_BASE", base)
    monkeypatch.setenv("SMS_ACCOUNT_SID", credentials.TWILIO_SID)
    monkeypatch.setenv("SMS_AUTH_TOKEN", credentials.TWILIO_TOKEN)
    monkeypatch.setenv("SMS_SENDER", "1789")
    with pytest.raises(SettingsWrong, match="SMS_AUTH_TOKEN") as refusal:
        text_routes(HERE)
    assert credentials.TWILIO_TOKEN not in str(refusal.value)


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("http://127.0.0.1:8101", OUTSIDE),
        ("http://127.0.0.1:8101", "http://crisis-server:8000"),
        ("http://sandbox:8101", HERE),
    ],
)
def test_a_key_of_the_sandbox_is_refused_outside_loopback(
    base: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_API_BASE", base)
    monkeypatch.setenv("SMS_ACCOUNT_SID", credentials.TWILIO_SID)
    monkeypatch.setenv("SMS_AUTH_TOKEN", credentials.TWILIO_TOKEN)
    monkeypatch.setenv("SMS_SENDER", "1789")
    with pytest.raises(SettingsWrong, match="SMS_AUTH_TOKEN"):
        text_routes(address)
    monkeypatch.setenv("SMS_AUTH_TOKEN", "drawn-for-this-installation")
    assert len(text_routes(address)) == 1


def test_every_key_of_the_sandbox_is_known_as_one() -> None:
    from channels._routes import SANDBOX_KEY

    secrets = [
        value
        for name, value in vars(credentials).items()
        if name.endswith(("TOKEN", "SECRET", "KEY")) and isinstance(value, str)
    ]
    assert len(secrets) >= 7
    assert all(SANDBOX_KEY in one for one in secrets)


def test_refusals_about_keys_have_a_remedy() -> None:
    for kind in (KeyMissing, KeyInTheWay, KeyInUse, OpenToOthers, WellKnownSecret):
        assert issubclass(kind, AlertingError)
        assert kind.remedy
