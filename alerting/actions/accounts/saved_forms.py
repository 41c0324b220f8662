"""What somebody typed when their session ended: kept for them a short while."""

import secrets
from collections.abc import Mapping

from alerting.actions.accounts.credentials import hash_of
from alerting.services import Services
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts.one_time_tokens import TokenPurpose

LARGEST = 200_000
"""Characters of one form; more is not typed by hand."""
SECRET = frozenset({"secret", "password", "again", "code", "answer", "one_time_token", "key"})
"""Fields that are never kept."""


async def save_form(services: Services, officer: str, fields: Mapping[str, str]) -> str:
    """Keep it for this officer alone; the key to have it back, empty when there is nothing."""
    saved = {name: text for name, text in fields.items() if text and name not in SECRET}
    if not saved or sum(map(len, saved.values())) > LARGEST:
        return ""
    key = secrets.token_urlsafe(16)
    async with services.unit() as unit:
        await one_time_tokens.add_token(
            unit.connection,
            kind=TokenPurpose.FORM,
            secret_hash=hash_of(key),
            officer=officer,
            details=saved,
            now=services.now(),
            until=services.now() + services.retention.forms,
        )
    return key


async def load_form(services: Services, key: str, *, officer: str) -> dict[str, str]:
    """What this officer typed; empty for anybody else, and when it is over."""
    async with services.reading() as reading:
        token = await one_time_tokens.find_token(
            reading.connection, kind=TokenPurpose.FORM, secret_hash=hash_of(key), now=services.now()
        )
    return dict(token.details) if token is not None and token.officer == officer else {}
