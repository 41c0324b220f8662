"""What of alerts that were sent everybody may read."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Alert, AlertClass, AlertState
from alerting.domain.sending import KINDS
from alerting.store.alerts.repository import SENT_ALERTS, with_texts
from alerting.store.database import each_of
from alerting.store.tables import alert, sending

PUBLIC = (
    sending.c.kind.in_([kind for kind, facts in KINDS.items() if facts.has_page]),
    sending.c.sending_class != AlertClass.TEST,
    sending.c.sent_at.is_not(None),
)


class Head(NamedTuple):
    """All that can still change of an alert that was sent, and where it stands in its chain."""

    number: int
    first: int
    previous: int | None
    state: AlertState
    version: int
    authority: str
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    filled_at: datetime | None


KNOWN_STATES = frozenset(state.value for state in AlertState)
"""A newer version of the service beside this one may write others."""


class Heads(NamedTuple):
    """Every alert or exercise that was sent, in the order of their numbers."""

    known: list[Head]
    unknown: list[tuple[int, datetime]]
    """The numbers of those in a state that this version does not know, and when they were drafted:
    nothing can be said of them but that they are there."""


async def heads(connection: AsyncConnection) -> Heads:
    """One of every alert or exercise that was sent."""
    query = (
        sa.select(
            alert.c.id,
            alert.c.first_alert,
            sending.c.previous_sending,
            sending.c.state,
            alert.c.version,
            alert.c.authority,
            sending.c.created_at,
            sending.c.sent_at,
            sending.c.expires_at,
            alert.c.filled_at,
        )
        .select_from(SENT_ALERTS)
        .where(*PUBLIC)
        .order_by(alert.c.id)
    )
    found = Heads([], [])
    for number, first, previous, state, *rest in await connection.execute(query):
        head = Head(number, first, previous, state, *rest)
        if state in KNOWN_STATES:
            found.known.append(head._replace(state=AlertState(state)))
        else:
            found.unknown.append((number, head.created_at))
    return found


async def load_all(connection: AsyncConnection, numbers: Collection[int]) -> list[Alert]:
    """These of them, with their texts, in the order of their numbers."""
    query = each_of(connection, numbers, alert.c.id.type)
    return await with_texts(connection, alert.c.id.in_(query), *PUBLIC)
