"""Secrets of authenticator apps, sealed by the keyring: without what reads codes or draws them."""

from alerting.services import Services


def sealed_totp(services: Services, account: int, secret: str) -> str:
    """The secret of an account's app as it is kept."""
    return services.keyring.seal(secret, about=f"app of account {account}")


def opened_totp(services: Services, account: int, sealed: str) -> str:
    """The secret again; KeyMissing where the keyring lacks its key. Empty for no app."""
    return sealed and services.keyring.open(sealed, about=f"app of account {account}")
