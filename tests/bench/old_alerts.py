"""Rows of alerts of long ago, whose receipts all came: copies of one that is planned."""

import sqlalchemy as sa

from alerting.services import Services
from alerting.store.tables import chunk, delivery, metadata, sending_channel

FIRST_OLD = 1_000_000
"""Number of the first; the one that is copied has a lower one."""
_SENDING = """
INSERT INTO sending SELECT (jsonb_populate_record(s, jsonb_build_object(
  'id', CAST(:new AS bigint), 'state', 'expired', 'sent_at', now() - interval '40 days',
  'expires_at', now() - interval '39 days', 'finished_at', now() - interval '39 days'))).*
FROM sending s WHERE id = :first
"""
_COUNTS = """
INSERT INTO delivery_count (sending_id, channel, language, state, failure_reason, n)
SELECT sending_id, channel, language, 'delivered', '', count(*)
FROM delivery WHERE sending_id = :new GROUP BY sending_id, channel, language
"""
_DELIVERED = """
UPDATE delivery SET state = 'delivered', attempts = 1, route = 'main',
  reference = 'SM' || lpad(to_hex(recipient_id), 32, '0'),
  sent_at = now() - interval '40 days', settled_at = now() - interval '40 days'
WHERE sending_id = :new
"""
"""On the pages on which they were planned, as settling does: else new rows would fill these up."""
_NEXT = "SELECT setval(pg_get_serial_sequence('sending', 'id'), CAST(:new AS bigint))"
"""What is sent from now on stands behind it in every index, as it does where time passes."""


async def copy_alert(
    services: Services, first: int, new: int, *, channel: str, channels: list[str]
) -> None:
    """An alert to whom a channel of the first goes, on each of these channels, long over."""
    given = {"first": first, "new": new, "channel": channel, "channels": channels}
    async with services.unit() as unit:
        for statement in (
            _SENDING,
            *map(_copying, (sending_channel, chunk, delivery)),
            _COUNTS,
            _NEXT,
        ):
            await unit.connection.execute(sa.text(statement), given)
    async with services.unit() as unit:
        await unit.connection.execute(sa.text(_DELIVERED), {"new": new})


_PLANNED = {
    "state": "'waiting'",
    "attempts": "0",
    "failure_reason": "''",
    "provider_code": "''",
    "reference": "''",
    "route": "''",
    "next_attempt_at": "NULL",
    "sent_at": "NULL",
    "settled_at": "NULL",
}
"""A delivery before anything is sent, column -> SQL."""


def _copying(table: sa.Table) -> str:
    replaced = {
        "sending_id": "CAST(:new AS bigint)",
        "channel": "by.name",
        **(_PLANNED if table is delivery else {"state": "'done'"}),
        "first_at": "now() - interval '40 days'",
        "last_at": "now() - interval '40 days'",
        "last_sent_at": "NULL",
    }
    columns = [one.name for one in metadata.tables[table.name].columns if one.name != "id"]
    values = ", ".join(replaced.get(one, f"t.{one}") for one in columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)})"  # noqa: S608  our own names
        f" SELECT {values} FROM {table.name} t"
        " CROSS JOIN unnest(CAST(:channels AS varchar[])) AS by (name)"
        " WHERE t.sending_id = :first AND t.channel = :channel"
    )
