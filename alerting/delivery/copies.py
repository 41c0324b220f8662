"""Begin to send a test copy: as a sending of its own, which users of the service alone get."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerting.domain.alert import AlertClass, AlertState, Precedence, UnreachedPolicy
from alerting.domain.copies import (
    COUNTED_WITHIN,
    LASTS,
    MAX_BY_ONE,
    MAX_TO_ONE,
    SentCopy,
    UserAddress,
)
from alerting.domain.errors import TooManyCopies
from alerting.domain.jobs import PlanChannel
from alerting.domain.sending import Sending, SendingKind
from alerting.store import copies as copy_rows
from alerting.store import sendings as sending_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.unit_of_work import UnitOfWork


async def require_room(
    unit: UnitOfWork, users: Sequence[UserAddress], each: int, *, author: str, now: datetime
) -> None:
    """TooManyCopies where whoever asks sent as many as one may, or as many to one of the users.

    `each` is how many messages every user would get. What others sent somebody counts for nothing:
    it would take their own copies from them. Of two who ask at once, one counts the other.
    """
    await unit.database.lock_ledger(unit.connection)
    since = now - COUNTED_WITHIN
    if (
        await copy_rows.sent_by(unit.connection, author, since=since) + each * len(users)
        > MAX_BY_ONE
    ):
        raise TooManyCopies(officer=author)
    for user in users:
        sent = await copy_rows.sent_to(unit.connection, author, user.person, since=since)
        if sent + each > MAX_TO_ONE:
            raise TooManyCopies(officer=user.name)


async def begin_copy(unit: UnitOfWork, copy: SentCopy, users: Sequence[UserAddress]) -> SentCopy:
    """Store it and have it planned; as it is stored."""
    sending = Sending(
        id=0,
        kind=SendingKind.TEST_COPY,
        state=AlertState.DRAFT,
        sending_class=AlertClass.TEST,
        precedence=Precedence.ROUTINE,
        previous_sending=None,
        unreached_policy=UnreachedPolicy.INCLUDE,
        created_at=copy.made_at,
        expires_at=copy.made_at + LASTS,
        fingerprint="",
        sent_at=None,
        finished_at=None,
    )
    number = await sending_rows.insert(unit.connection, sending)
    await copy_rows.add(unit.connection, number, copy, {user.person for user in users})
    for state, sent_at in ((AlertState.APPROVED, None), (AlertState.SENDING, copy.made_at)):
        await sending_rows.change(
            unit.connection, replace(sending, id=number, state=state, sent_at=sent_at)
        )
    await planning_rows.begin(unit.connection, unit.database, number, copy.carrier)
    unit.after_commit(PlanChannel(number, copy.carrier))
    return replace(copy, id=number)
