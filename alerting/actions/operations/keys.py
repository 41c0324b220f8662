"""The keys of this installation: made at the first start, rotated and retired from the shell.

The ledger says which key was made, rotated or retired, by its fingerprint, never the key itself.
"""

from collections import Counter

from alerting.actions.accounts.totp_secrets import opened_totp, sealed_totp
from alerting.credentials.keyring import Key, KeyName, KeyState, sealed_with
from alerting.domain.errors import KeyInUse, KeyMissing
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer
from alerting.services import Services
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.one_time_tokens import TokenPurpose
from alerting.store.recipients import opt_outs
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork


async def create_missing_keys(services: Services) -> list[Key]:
    """Make what is missing at a first start; the keys made.

    Raises KeyMissing where something is sealed with a key that is not here: a new one would open
    nothing, and hide that the folder was lost or is another machine's.
    """
    used = await count_uses(services)
    held = {key.fingerprint for key in services.keyring.listed() if _opens(key)}
    for fingerprint in sorted(set(used) - held):
        raise KeyMissing(key=fingerprint, folder=services.keyring.folder)
    return services.keyring.make_missing()


async def count_uses(services: Services) -> Counter[str]:
    """How many secrets each key closes, and how many addresses it hashed, by fingerprint."""
    async with services.reading() as reading:
        return await _uses(reading)


async def create_key(services: Services, name: KeyName, *, by: Officer | Actor) -> Key:
    """The first key of a name; KeyInTheWay where there is one."""
    async with services.unit() as unit:
        key = services.keyring.make(name)
        await _record(services, unit, "key.made", key, by=by)
    return key


async def rotate_key(services: Services, name: KeyName, *, by: Officer | Actor) -> Key:
    """A new key, which closes from now on; what older ones closed they still open."""
    async with services.unit() as unit:
        key = services.keyring.rotate(name)
        await _record(services, unit, "key.rotated", key, by=by)
    return key


async def reseal_secrets(services: Services, *, by: Officer | Actor) -> int:
    """Close with the newest key what an older one closed; how many secrets.

    Apps being set up meanwhile begin anew.
    """
    newest = services.keyring.current(KeyName.SEAL)
    async with services.unit() as unit:
        older = {
            number: sealed
            for number, sealed in (await account_rows.sealed_apps(unit.connection)).items()
            if sealed_with(sealed) != newest.fingerprint
        }
        for number, sealed in older.items():
            anew = sealed_totp(services, number, opened_totp(services, number, sealed))
            await account_rows.reseal_app(unit.connection, number, old=sealed, new=anew)
        await one_time_tokens.delete_all_tokens(unit.connection, TokenPurpose.APP)
        await _record(services, unit, "key.resealed", newest, by=by, number=len(older))
    return len(older)


async def retire_key(services: Services, name: KeyName, number: int, *, by: Officer | Actor) -> Key:
    """A key opens nothing any more; KeyInUse for the newest and for one that still closes some."""
    key = services.keyring.named(name, number)
    async with services.unit() as unit:
        uses = await _uses(unit)
        if key.state is KeyState.CURRENT or uses[key.fingerprint]:
            raise KeyInUse(key=f"{name}.{number}", number=uses[key.fingerprint])
        await _record(services, unit, "key.retired", key, by=by)
        services.keyring.retire(key)
    return key


async def _uses(reading: ReadTransaction) -> Counter[str]:
    sealed = (await account_rows.sealed_apps(reading.connection)).values()
    return Counter(map(sealed_with, sealed)) + await opt_outs.keys(reading.connection)


def _opens(key: Key) -> bool:
    return key.state is not KeyState.RETIRED


async def _record(
    services: Services, unit: UnitOfWork, what: str, key: Key, *, by: Officer | Actor, **more: int
) -> None:
    await unit.record(
        what,
        by=by,
        about=f"key/{key.name}.{key.number}",
        at=services.now(),
        details={"fingerprint": key.fingerprint, **more},
    )
