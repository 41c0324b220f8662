"""Slower after each try that failed, and never a lock that somebody else's tries could close.

Tries of a password are counted by name and network; a browser the person signed in from before has
a count of its own. A spent count refuses wrong tries only: whoever has a second factor and types
the right password goes on to it, however many others tried from the same network. Codes are counted
by account, from wherever they come: whoever tries one has the password already.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerting.domain.errors import TooManyAttempts
from alerting.domain.ledger import network_of
from alerting.services import Services
from alerting.store.accounts import login_attempts
from alerting.store.unit_of_work import UnitOfWork

LONGEST_WAIT = 900
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """What is counted together, and how many tries of it cost nothing."""

    what: str
    free: int

    @property
    def key(self) -> str:
        """A hash: the table tells nobody which names were tried from where."""
        return hashlib.sha256(self.what.encode()).hexdigest()


def sign_in_limits(
    act: str, *, name: str, network: str, device: str = ""
) -> Sequence[AttemptLimit]:
    """The counts a try belongs to; `device` only where it is known to be this person's."""
    if device:
        return (AttemptLimit(f"{act}|device|{device}", 10),)
    prefix = network_prefix(network)
    if not name:  # a passkey cannot be guessed: only a flood is held back
        return (AttemptLimit(f"{act}|network|{prefix}", 60),)
    return (
        AttemptLimit(f"{act}|name|{name.casefold()}|{prefix}", 5),
        # One network trying many names: an office shares one, so this is generous.
        AttemptLimit(f"{act}|network|{prefix}", 60),
    )


def code_limits(account: int, device: str = "") -> Sequence[AttemptLimit]:
    """The count of codes tried for an account; `device` only where it is known to be this person's.

    Six figures are guessed by trying: addresses are cheap, so they do not count apart.
    """
    if device:
        return (AttemptLimit(f"code|device|{device}", 10),)
    return (AttemptLimit(f"code|account|{account}", 5),)


def network_prefix(network: str) -> str:
    """The network an address belongs to: /24 or /56, what one customer commonly gets."""
    return network_of(network, bits_of_ipv6=56) or network


def seconds_to_wait(attempts: int, free: int) -> int:
    """Seconds to wait after so many tries: none at first, then doubling to a quarter of an hour."""
    return min(2 ** min(attempts - free, 10), LONGEST_WAIT) if attempts >= free else 0


async def consume_attempt(
    services: Services, unit: UnitOfWork, counted: Sequence[AttemptLimit]
) -> None:
    """Count a try before it is made, so that many at once do not pass together.

    Raises TooManyAttempts, and counts nothing, while the wait after the last one is not over.
    """
    now = services.now()
    found = await login_attempts.load_attempts(unit.connection, [limit.key for limit in counted])
    for limit in counted:
        attempts, last = found.get(limit.key, (0, now))
        left = last + timedelta(seconds=seconds_to_wait(attempts, limit.free)) - now
        if left > timedelta(0) and last > now - FORGOTTEN_AFTER:
            raise TooManyAttempts(seconds=max(1, round(left.total_seconds())))
    for limit in counted:
        await login_attempts.count_attempt(
            unit.connection, unit.database, limit.key, now=now, since=now - FORGOTTEN_AFTER
        )


async def is_spent(
    services: Services, unit: UnitOfWork, counted: Sequence[AttemptLimit]
) -> TooManyAttempts | None:
    """Count a try; or what to raise if it turns out to be wrong, since it is looked at anyway."""
    try:
        await consume_attempt(services, unit, counted)
    except TooManyAttempts as refusal:
        return refusal
    return None


async def reset_attempts(unit: UnitOfWork, counted: Sequence[AttemptLimit]) -> None:
    """The person proved who they are: their own count ends, shared ones forget this try."""
    own, *shared = [limit.key for limit in counted]
    await login_attempts.reset_attempts(unit.connection, own=own, shared=shared)
