"""Somebody who went to the OpenID provider: what has to match when they come back."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from alerting.actions.accounts.credentials import hash_of
from alerting.services import Services
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts.one_time_tokens import TokenPurpose

AWAY_AT_MOST = timedelta(minutes=10)


async def store_oidc_state(services: Services, kept: Mapping[str, str]) -> str:
    """Keep it; the secret for the browser's cookie comes back."""
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        await one_time_tokens.add_token(
            unit.connection,
            kind=TokenPurpose.OIDC,
            secret_hash=hash_of(secret),
            officer="",
            details=kept,
            now=services.now(),
            until=services.now() + AWAY_AT_MOST,
        )
    return secret


async def pop_oidc_state(services: Services, secret: str) -> dict[str, str] | None:
    """What was kept, once; None when nobody left with this secret, or too long ago."""
    async with services.unit() as unit:
        token = await one_time_tokens.consume_token(
            unit.connection,
            kind=TokenPurpose.OIDC,
            secret_hash=hash_of(secret),
            now=services.now(),
        )
    return dict(token.details) if token is not None else None
