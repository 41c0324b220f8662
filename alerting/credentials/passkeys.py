"""Passkeys (Web Authentication, level 2): what to ask a browser, and whether its answer is right.

User verification (a finger, a face, a PIN) is asked for, so that a passkey is two factors at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library and the JSON and CBOR below it raise for an answer that is none."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of one: base64url texts, and how often it has signed."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whose passkeys they are: the address officers reach us at."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party's id: its host, without the port."""
        return urlsplit(self.origin).hostname or ""


def ask_to_make(
    party: RelyingParty, *, account: int, name: str, shown: str, known: Sequence[str]
) -> tuple[str, str]:
    """Options for `navigator.credentials.create` as JSON, and the challenge to keep."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name="Alerting",
        user_id=f"account/{account}".encode(),
        user_name=name,
        user_display_name=shown or name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def made(party: RelyingParty, *, answer: str, challenge: str) -> Passkey | None:
    """The passkey a browser made; None when its answer is not right."""
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except UNREADABLE:
        return None
    return Passkey(
        bytes_to_base64url(verified.credential_id),
        bytes_to_base64url(verified.credential_public_key),
        verified.sign_count,
    )


def ask_to_sign(party: RelyingParty) -> tuple[str, str]:
    """Options for `navigator.credentials.get` as JSON, and the challenge to keep.

    Any passkey of this site will do: the browser says whose it is.
    """
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def named_in(answer: str) -> str:
    """Which passkey an answer says it comes from; empty when it cannot be read."""
    try:
        return webauthn.helpers.parse_authentication_credential_json(answer).id
    except UNREADABLE:
        return ""


def signed(
    party: RelyingParty, kept_passkey: Passkey, *, answer: str, challenge: str
) -> int | None:
    """The new count of signatures; None when the signature, the site or the count is wrong."""
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(kept_passkey.public_key),
            credential_current_sign_count=kept_passkey.sign_count,
            require_user_verification=True,
        )
    except UNREADABLE:
        return None
    return verified.new_sign_count


def _descriptors(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
