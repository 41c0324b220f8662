"""The keys that sign: made when first needed, announced before they sign, retired by command."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerting.actions.public.signing import (
    create_signing_key,
    list_signing_keys,
    open_signer,
    retire_signing_key,
)
from alerting.credentials.keyring import Keyring
from alerting.credentials.signing_files import SigningFiles, SigningUse
from alerting.domain.errors import KeyInUse, KeyMissing, NotFound
from alerting.domain.ledger import SHELL
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from tests.doubles import Clock


@pytest.fixture
def kept(services: Services, tmp_path: Path) -> Services:
    """With a secrets folder of its own."""
    return replace(services, keyring=Keyring(tmp_path / "secrets"))


async def told(services: Services) -> list[str]:
    async with services.reading() as reading:
        return [one.what for one in await ledger_rows.entries(reading.connection)]


async def test_the_first_key_is_made_once_and_signs_at_once(kept: Services) -> None:
    first = await open_signer(kept)
    assert (await open_signer(kept)).keys == first.keys
    (one,) = list_signing_keys(kept)
    assert one.number == 1
    assert one.key.signs_from <= kept.now() - timedelta(hours=23)
    assert first.key_at(kept.now()).fingerprint == one.key.fingerprint


async def test_its_file_is_for_us_alone_and_the_keyring_does_not_mind_it(kept: Services) -> None:
    await open_signer(kept)
    (file,) = kept.keyring.folder.glob("cap.*")
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept.keyring.listed() == []


async def test_a_new_key_is_published_before_it_signs(kept: Services, clock: Clock) -> None:
    await open_signer(kept)
    made = await create_signing_key(kept, timedelta(days=30), by=SHELL)
    signer = await open_signer(kept)
    assert [one.number for one in list_signing_keys(kept)] == [1, 2]
    assert signer.key_at(clock()) == list_signing_keys(kept)[0].key
    clock.now += timedelta(days=31)
    assert signer.key_at(clock()).fingerprint == made.key.fingerprint


async def test_the_only_key_that_signs_cannot_be_retired(kept: Services, clock: Clock) -> None:
    await open_signer(kept)
    await create_signing_key(kept, timedelta(days=30), by=SHELL)
    with pytest.raises(KeyInUse):
        await retire_signing_key(kept, 1, by=SHELL)
    clock.now += timedelta(days=31)
    await retire_signing_key(kept, 1, by=SHELL)
    assert [one.number for one in list_signing_keys(kept)] == [2]
    with pytest.raises(NotFound):
        await retire_signing_key(kept, 1, by=SHELL)
    assert await told(kept) == ["key.made", "key.rotated", "key.retired"]
    third = await create_signing_key(kept, timedelta(0), by=SHELL)
    assert third.number == 3  # no number comes twice


async def test_where_no_file_holds_a_key_no_other_is_made(kept: Services) -> None:
    await open_signer(kept)
    (file,) = kept.keyring.folder.glob("cap.*")
    file.write_text("nothing")
    with pytest.raises(KeyMissing):
        await open_signer(kept)
    assert list(kept.keyring.folder.glob("cap.*")) == [file]


@pytest.mark.parametrize("content", [b"half", None], ids=["no key", "no file"])
async def test_a_file_that_holds_no_key_is_told_and_the_others_sign(
    kept: Services, content: bytes | None
) -> None:
    first = await open_signer(kept)
    broken = kept.keyring.folder / "cap.2.pem"
    broken.mkdir() if content is None else broken.write_bytes(content)
    with capture_logs() as told:
        assert (await open_signer(kept)).keys == first.keys
    assert [(one["event"], one["key"]) for one in told] == [("signing.key_not_read", "cap.2.pem")]


def test_of_two_that_make_the_first_key_at_once_both_use_one(tmp_path: Path) -> None:
    files = SigningFiles(tmp_path / "secrets", SigningUse.CAP)
    assert files.add(b"one", first=True).data == b"one"
    assert files.add(b"two", first=True).data == b"one"
    assert len(files.listed()) == 1
