"""Whom a follow-up is written to besides its own audience: whoever it follows may have reached."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State
from alerting.domain.recipient import ERASED
from alerting.store.deliveries.conditions import may_have_reached, sending_and_those_before
from alerting.store.deliveries.criteria import NOTHING, Criteria, address_of, eligible, folded
from alerting.store.tables import (
    chunk,
    delivery,
    recipient,
    recipient_change,
    sending_channel,
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is followed: whoever that may have reached is written to, wherever they are now."""

    sendings: tuple[int, ...]
    revision: int
    """Of the lists when the first of them was planned: whoever was not changed since is where they
    were."""
    taken_back: bool
    """It is over, or was false: told to the address that was alerted, whatever the entry has by
    now. Else today's address comes first, since there is something to be done."""


async def earlier_alerts(
    connection: AsyncConnection, previous_sending: int, *, taken_back: bool
) -> Earlier:
    """A sending and those it follows, for planning what follows it."""
    sendings = (await connection.scalars(sending_and_those_before(previous_sending))).all()
    revision = await connection.scalar(
        sa.select(sa.func.min(sending_channel.c.revision)).where(
            sending_channel.c.sending_id.in_(sendings)
        )
    )
    return Earlier(tuple(sendings), revision or 0, taken_back)


def reached_elsewhere(criteria: Criteria, earlier: Earlier) -> sa.CTE:
    """Entries that `earlier` sendings may have reached where today's list does not lead any more.

    Each with the address of the last message: it moved out of the area, or has another address by
    now. Not where somebody else is written to there, and not where it ended, or has no address of
    this kind any more: they want none.

    In one piece: each of its queries is made of the one before.
    """
    reach = criteria.reach
    last = _last_reached(criteria, earlier)
    own = folded(reach, address_of(reach, recipient))
    # Of several entries that were reached at one address, the one that was last.
    turn = sa.func.row_number().over(
        partition_by=folded(reach, last.c.address),
        order_by=(last.c.sending_id.desc(), last.c.recipient_id),
    )
    leads_away = sa.not_(sa.and_(*eligible(criteria)))
    if earlier.taken_back:
        leads_away = sa.or_(leads_away, own != folded(reach, last.c.address))
    cte = (
        sa.select(
            last.c.recipient_id,
            last.c.address,
            leads_away.label("leads_away"),
            turn.label("turn"),
        )
        .join_from(last, recipient, recipient.c.id == last.c.recipient_id)
        .where(last.c.nth == 1, recipient.c.ended_at.is_(None), own != NOTHING)
        .cte("reached")
    )
    away = sa.and_(cte.c.turn == 1, cte.c.leads_away)
    other = recipient.alias("other")
    # By the address alone, and only then whether they fit: or databases would walk the whole area
    # for each of them.
    shared = (
        sa.select(
            cte.c.recipient_id.label("whose"),
            other.c.id.label("other"),
            sa.and_(*eligible(criteria, other)).label("fits"),
        )
        .join_from(
            cte,
            other,
            folded(reach, address_of(reach, other)) == folded(reach, cte.c.address),
        )
        .where(away, other.c.id != cte.c.recipient_id)
        .cte("shared")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    query = sa.select(shared.c.whose).where(
        shared.c.fits, shared.c.other.not_in(sa.select(cte.c.recipient_id).where(away))
    )
    return (
        sa.select(cte.c.recipient_id, cte.c.address)
        .where(away, cte.c.recipient_id.not_in(query))
        .cte("elsewhere")
    )


def _last_reached(criteria: Criteria, earlier: Earlier) -> sa.CTE:
    """Messages of `earlier` ones that may have reached an entry changed since; `nth` 1: the last.

    Changed in what tells where it is found: only its changes are read, however many people.
    """
    before, changed = delivery.alias("before"), recipient_change
    # Not correlated: within the statement it stands for itself.
    entry = recipient.alias("entry")
    moved = (
        sa.select(changed.c.recipient_id)
        .join_from(changed, entry, entry.c.id == changed.c.recipient_id)
        .where(
            changed.c.revision > earlier.revision,
            sa.or_(
                changed.c.other_email
                if criteria.reach is not Reach.PHONE
                else changed.c.other_phone,
                changed.c.nis_code != entry.c.nis_code,
                changed.c.language != entry.c.language,
            ),
        )
        .cte("moved")
        # Or PostgreSQL would walk these revisions anew for each delivery.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    nth = sa.func.row_number().over(
        partition_by=before.c.recipient_id, order_by=before.c.sending_id.desc()
    )
    return (
        sa.select(before.c.recipient_id, before.c.sending_id, before.c.address, nth.label("nth"))
        .where(
            before.c.sending_id.in_(earlier.sendings),
            before.c.channel == criteria.channel,
            before.c.recipient_id.in_(sa.select(moved.c.recipient_id)),
            sa.not_(before.c.address.startswith(ERASED)),
            sa.or_(may_have_reached(before), _under_way(before)),
        )
        .cte("last_reached")
    )


def _under_way(before: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of a delivery that waits: that a worker has its chunk, or had it when it died.

    It may have left, and whoever plans does not know yet.
    """
    return sa.and_(
        before.c.state == State.WAITING,
        sa.exists().where(
            chunk.c.sending_id == before.c.sending_id,
            chunk.c.channel == before.c.channel,
            chunk.c.lo <= before.c.recipient_id,
            chunk.c.hi >= before.c.recipient_id,
            chunk.c.state != "done",  # for the index
            sa.or_(chunk.c.in_doubt, chunk.c.state == "leased"),
        ),
    )
