"""Whether an address leads to a sandbox and to nobody else: what a training service may use."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

SANDBOX: Final = "sandbox"
MAIL_PORTS: Final = frozenset({25, 465, 587})
"""A relay beside the service listens there (RFC 5321, RFC 8314) and mails the world."""


def sandbox_host(host: str) -> bool:
    """Whether a host is this machine, or is called a sandbox; anything else is a provider."""
    name = host.rstrip(".").lower()
    if name in {"localhost", SANDBOX} or name.endswith(f".{SANDBOX}"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def loopback_host(host: str) -> bool:
    """Whether a host is this machine and is reached from nowhere else."""
    name = host.rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761, 6.3


def loopback_url(url: str) -> bool:
    """Whether a URL leads to this machine and is reached from nowhere else."""
    return loopback_host(urlsplit(url).hostname or "")


def sandbox_url(url: str) -> bool:
    """Whether a URL leads to a sandbox."""
    return sandbox_host(urlsplit(url).hostname or "")


def sandbox_mail(host: str, port: int) -> bool:
    """Whether a mail server is a sandbox: one on this machine's mail ports is none."""
    return sandbox_host(host) and port not in MAIL_PORTS
