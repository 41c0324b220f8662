"""Delete what was kept for a while and is over: uploads, forms, codes, keys, sessions."""

from alerting.actions.staff_notifications.outbox import KEPT_FOR
from alerting.domain.ledger import SERVICE
from alerting.domain.mobile_number import COUNTED_WITHIN
from alerting.services import Services
from alerting.store import staff_messages as message_rows
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import idempotency_keys, mobile_codes, one_time_tokens
from alerting.store.recipients import import_jobs


async def delete_expired(services: Services) -> None:
    """One round, meant for every minute. The ledger says how many rows of what went, if any did."""
    now, kept_retention = services.now(), services.retention
    async with services.unit() as unit:
        deleted = {
            "uploads": await import_jobs.expire(unit.connection, now - kept_retention.uploads),
            "forms": await one_time_tokens.delete_expired_tokens(unit.connection, now),
            "mobile_codes": await mobile_codes.drop_before(unit.connection, now - COUNTED_WITHIN),
            "idempotency_keys": await idempotency_keys.drop_before(
                unit.connection, now - kept_retention.idempotency_keys
            ),
            "sessions": await credential_rows.drop_sessions_over(
                unit.connection, now - kept_retention.sessions, idle=services.rules.idle
            ),
        }
        await import_jobs.drop_before(unit.connection, now - kept_retention.imports)
        await message_rows.expire(unit.connection, now=now, kept_since=now - KEPT_FOR)
        if any(deleted.values()):
            await unit.record(
                "retention.swept", by=SERVICE, about="retention", at=now, details=deleted
            )
