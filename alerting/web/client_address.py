"""Which address a request comes from: a proxy's word counts only where settings trust the proxy."""

import ipaddress
from collections.abc import Sequence

import structlog

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

log = structlog.get_logger()
_told: set[str] = set()


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a setting, separated by commas; ValueError where one cannot be read."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address a request was made from. `forwarded`: its X-Forwarded-For headers, in order.

    Each proxy appends the address it was reached from, so they are read from the right, as long as
    a trusted proxy says so; whatever stands before the first other address may be made up.
    """
    ip_address = _address(peer)
    hops = [hop.strip() for header in forwarded for hop in header.split(",")]
    if ip_address is None:
        return peer
    if hops and not _is_trusted(ip_address, trusted):
        _tell_once(ip_address)
    while hops and _is_trusted(ip_address, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        ip_address = before
    return str(ip_address)


def _address(text: str) -> Address | None:
    """An address, also with a port behind it; a mapped one as the IPv4 address it is."""
    bare = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        ip_address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = ip_address.ipv4_mapped if isinstance(ip_address, ipaddress.IPv6Address) else None
    return mapped or ip_address


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _tell_once(peer: Address) -> None:
    """A proxy nobody named: everybody behind it counts as one address."""
    if peer.is_private and str(peer) not in _told:
        _told.add(str(peer))
        log.warning("proxy.not_trusted", address=str(peer), setting="ALERTING_TRUSTED_PROXIES")
