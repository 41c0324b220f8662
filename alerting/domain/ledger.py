"""One entry of the ledger, and the hash that chains it to the one before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.domain.text.canonical_json import canonical

GENESIS = "0" * 64
"""What the first entry follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what to what, and when. `what` is a dotted word, e.g. `alert.approved`.

    `details` hold numbers, codes and fingerprints; never an address or a name of the public.
    """

    seq: int
    at: datetime
    by: str
    what: str
    about: str
    details: Mapping[str, Any]
    previous: str
    hash: str


def entry_hash(
    *,
    seq: int,
    at: datetime,
    by: str,
    what: str,
    about: str,
    details: Mapping[str, Any],
    previous: str,
) -> str:
    """SHA-256 over the previous hash and the canonical form of this entry."""
    content = canonical(
        {
            "seq": seq,
            "at": at.isoformat(),
            "by": by,
            "what": what,
            "about": about,
            "details": dict(details),
        }
    )
    return hashlib.sha256(previous.encode() + content).hexdigest()


def broken_link(entry: Entry, *, seq: int, previous: str) -> str | None:
    """Say what is wrong with `entry` as number `seq` after hash `previous`; None when it fits."""
    if entry.seq != seq:
        return f"entry {seq} is missing"
    if entry.previous != previous:
        return f"entry {seq} does not follow the one before"
    expected = entry_hash(
        seq=entry.seq,
        at=entry.at,
        by=entry.by,
        what=entry.what,
        about=entry.about,
        details=entry.details,
        previous=entry.previous,
    )
    return None if entry.hash == expected else f"entry {seq} was altered"
