"""Codes of an authenticator app (RFC 6238), and recovery codes on paper."""

import hashlib
import secrets
from datetime import datetime

import pyotp
import segno

STEP = 30
SKEW = 1
"""Steps a clock may be wrong by, each way."""
RECOVERY_CODES = 10
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No two that look alike."""


def new_secret() -> str:
    """A secret to share with an app, in base 32."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step a code belongs to; None when it is wrong.

    Whoever keeps the last step taken must refuse that one and older ones (RFC 6238, 5.2).
    """
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit() and len(given) == 6):
        return None
    now = int(at.timestamp()) // STEP
    app = pyotp.TOTP(secret)
    found: int | None = None
    for step in range(now - SKEW, now + SKEW + 1):
        if secrets.compare_digest(app.generate_otp(step), given):
            found = step
    return found


def address(secret: str, *, holder: str, issuer: str) -> str:
    """What an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=holder, issuer_name=issuer)


def picture(text: str) -> str:
    """The QR code as an image in the page itself: `data:`, which our policy lets pass."""
    return str(segno.make(text, error="m").svg_data_uri(scale=5, border=3, light="#fff"))


def new_recovery_codes() -> list[str]:
    """Ten codes of fifty bits each, for the day the telephone is lost."""
    return [
        "-".join("".join(secrets.choice(CODE_ALPHABET) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code: fifty random bits need no slow hash."""
    plain = "".join(character for character in code.casefold() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
