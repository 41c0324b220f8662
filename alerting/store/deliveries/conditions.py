"""What a statement asks of a delivery it changes: it is the one meant, its state may be left."""

from collections.abc import Iterable

import sqlalchemy as sa

from alerting.domain.delivery import (
    MAY_FOLLOW,
    State,
)
from alerting.store.tables import (
    delivery,
)


def may_become(
    after: State | sa.ColumnElement[str], among: Iterable[State] = State
) -> sa.ColumnElement[bool]:
    """That the state which stands is one of these, and that `after` may follow it.

    Whatever writes a delivery's state has this among its conditions.
    """
    steps: list[sa.ColumnElement[bool]] = []
    for before in among:
        stands = delivery.c.state == before
        if isinstance(after, State):
            steps += [stands] if after in MAY_FOLLOW[before] else []
        elif MAY_FOLLOW[before] == frozenset(State):
            steps.append(stands)
        else:  # not IN, which would be expanded at every execution
            steps += [sa.and_(stands, after == state) for state in sorted(MAY_FOLLOW[before])]
    return sa.or_(sa.false(), *steps)


def same_delivery(given: sa.FromClause) -> sa.ColumnElement[bool]:
    """That it is the delivery which these rows name by alert, channel and recipient."""
    return sa.and_(
        delivery.c.alert_id == given.c.alert_id,
        delivery.c.channel == given.c.channel,
        delivery.c.recipient_id == given.c.recipient_id,
    )
