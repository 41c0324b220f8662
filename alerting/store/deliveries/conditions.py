"""What a statement asks of a delivery it changes: it is the one meant, its state may be left."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import (
    MAY_FOLLOW,
    State,
)
from alerting.store.tables import delivery, delivery_attempt, recipient, sending, sending_channel


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


def may_have_reached(of: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of rows of `delivery`: that one of their tries was handed over, or may have been.

    Failed ones among them: a phone that could not be reached then may be by now.
    """
    earlier = delivery_attempt.alias("earlier_try")
    by_an_earlier_try = sa.exists().where(
        earlier.c.sending_id == of.c.sending_id,
        earlier.c.channel == of.c.channel,
        earlier.c.recipient_id == of.c.recipient_id,
        _handed_over(earlier),
    )
    return sa.or_(_handed_over(of), by_an_earlier_try)


def _handed_over(one: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.or_(
        one.c.sent_at.is_not(None),
        one.c.state.in_([State.UNCONFIRMED, State.DELIVERED]),
        one.c.failure_reason == FailureReason.UNCLEAR,
    )


def sending_and_those_before(sending_id: int) -> sa.Select[Any]:
    """The numbers of a sending, of the one it follows, of the one that follows, and so on."""
    chain = (
        sa.select(sending.c.id, sending.c.previous_sending)
        .where(sending.c.id == sending_id)
        .cte(recursive=True)
    )
    earlier = sending.alias("earlier")
    chain = chain.union(
        sa.select(earlier.c.id, earlier.c.previous_sending).where(
            earlier.c.id == chain.c.previous_sending
        )
    )
    return sa.select(chain.c.id)


def of_sendings(of: sa.FromClause, sendings: Collection[int]) -> sa.ColumnElement[bool]:
    """Of rows of `delivery`: that they are of these sendings, on whichever channel.

    The channels are named, or the key would not find a range of recipients.
    """
    planned = sa.select(sending_channel.c.sending_id, sending_channel.c.channel).where(
        sending_channel.c.sending_id.in_(sendings)
    )
    return sa.tuple_(of.c.sending_id, of.c.channel).in_(planned)


def same_address(other: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    """That an entry has the address of these deliveries today: by phone, and by mail.

    One after the other, each has an index.
    """
    return (
        recipient.c.phone == other.c.address,
        sa.func.lower(recipient.c.email) == sa.func.lower(other.c.address),
    )


def same_delivery(given: sa.FromClause) -> sa.ColumnElement[bool]:
    """That it is the delivery which these rows name by sending, channel and recipient."""
    return sa.and_(
        delivery.c.sending_id == given.c.sending_id,
        delivery.c.channel == given.c.channel,
        delivery.c.recipient_id == given.c.recipient_id,
    )
