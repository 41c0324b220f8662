"""What opens the service: a secret of which a hash is kept, and what its holder may do now."""

import hashlib
from dataclasses import dataclass, replace

from alerting.actions import authorization
from alerting.actions.officers import known
from alerting.domain.account import Account
from alerting.domain.credential import Credential, CredentialKind
from alerting.domain.errors import (
    NotSignedIn,
)
from alerting.domain.ledger import Actor
from alerting.services import Services
from alerting.store import ReadTransaction
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import repository as account_rows


@dataclass(frozen=True, slots=True)
class ClientContext:
    """Where somebody signs in from: a network, a browser that is known perhaps, and its name."""

    network: str = ""
    device: str = ""
    """The secret of a known browser's cookie; empty for an unknown one."""
    client: str = ""

    def actor(self, account: Account, *, credential: int = 0) -> Actor:
        """Who acts from here before a session says so: the holder of this account."""
        return Actor(
            name=account.name,
            person=account.person,
            credential=credential,
            network=self.network,
            authority=account.authority,
        )


UNKNOWN_CLIENT = ClientContext()
"""Nothing is known of where somebody signs in from."""


def hash_of(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def find_credential(
    services: Services, kind: CredentialKind, secret: str, *, network: str = ""
) -> Credential:
    """The credential, with what its officer may do now: its membership counts as it stands."""
    idle = services.rules.idle if kind is CredentialKind.SESSION else None
    async with services.reading() as reading:
        credential = await credential_rows.find(
            reading.connection,
            kind=kind,
            secret_hash=hash_of(secret),
            now=services.now(),
            idle=idle,
        )
        if credential is None:
            raise NotSignedIn
        return await at_work(services, reading, credential, network=network)


async def at_work(
    services: Services, reading: ReadTransaction, credential: Credential, *, network: str = ""
) -> Credential:
    """A credential with its officer as they stand now; NotSignedIn where they work here no more."""
    if credential.account is not None:
        known(await account_rows.find_account(reading.connection, id=credential.account))
    officer = await authorization.officer_from_credential(services, reading, credential)
    return replace(credential, officer=replace(officer, credential=credential.id, network=network))
