"""One entry of the ledger: who acted, what they did, and the hash that chains it to the last."""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from alerting.domain.text.canonical_json import canonical

GENESIS = "0" * 64
"""The previous hash of the first entry."""


class ActorKind(StrEnum):
    """What acted."""

    PERSON = "person"
    SHELL = "shell"
    """Whoever has a shell on the server, for what is done there without a token."""
    SERVICE = "service"
    """The service itself: what time or the last delivery brings about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, and by what they were let in. `name` is a label, unique among people.

    `person` is the number of a person; 0 for what is none, or where only the store knows it.
    `credential` is the number of the session or token, 0 where there was none; `network` keeps of
    an address what `network_of` leaves; `authority` is the code of the one it was done for.
    """

    kind: ActorKind = ActorKind.PERSON
    name: str
    person: int = 0
    credential: int = 0
    network: str = ""
    authority: str = ""

    def __post_init__(self) -> None:
        """Let no whole address of a client into the ledger."""
        object.__setattr__(self, "network", network_of(self.network))


def network_of(address: str, *, bits_of_ipv6: int = 48) -> str:
    """The network of an address: /24, or by default /48; empty for what is neither address.

    A network of that length stays as it is.
    """
    try:
        ip_address = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return ""
    if isinstance(ip_address, ipaddress.IPv6Address) and ip_address.ipv4_mapped:
        ip_address = ip_address.ipv4_mapped
    bits = 24 if ip_address.version == 4 else bits_of_ipv6
    # A zone names an interface of this machine, no network.
    return str(ipaddress.ip_network(f"{str(ip_address).partition('%')[0]}/{bits}", strict=False))


SHELL = Actor(kind=ActorKind.SHELL, name="operator")
SERVICE = Actor(kind=ActorKind.SERVICE, name="service")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """Who did what to what, and when. `what` is a dotted word, e.g. `alert.approved`.

    `by` is the actor's label; `kind`, `person`, `credential`, `network` and `authority` are theirs.
    `details` hold numbers, codes and fingerprints; never an address or a name of the public.
    """

    seq: int
    at: datetime
    kind: ActorKind
    person: int
    by: str
    credential: int
    network: str
    authority: str
    what: str
    about: str
    details: Mapping[str, Any]
    previous: str
    hash: str


def entry_hash(entry: LedgerEntry) -> str:
    """SHA-256 over the previous hash and the canonical form of an entry, its own hash apart."""
    content = canonical(
        {
            "seq": entry.seq,
            "at": entry.at.isoformat(),
            "kind": entry.kind,
            "person": entry.person,
            "by": entry.by,
            "credential": entry.credential,
            "network": entry.network,
            "authority": entry.authority,
            "what": entry.what,
            "about": entry.about,
            "details": dict(entry.details),
        }
    )
    return hashlib.sha256(entry.previous.encode() + content).hexdigest()


def broken_link(entry: LedgerEntry, *, seq: int, previous: str) -> str | None:
    """Say what is wrong with `entry` as number `seq` after hash `previous`; None when it fits."""
    if entry.seq != seq:
        return f"entry {seq} is missing"
    if entry.previous != previous:
        return f"entry {seq} does not follow the one before"
    return None if entry.hash == entry_hash(entry) else f"entry {seq} was altered"
