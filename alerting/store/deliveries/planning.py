"""An audience turned into deliveries, by the database itself: a slice is one transaction."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Precedence
from alerting.domain.channel_accounts import NOTHING_USABLE, Usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.recipient import ERASED, RecipientKind
from alerting.store.database import Database
from alerting.store.deliveries.audience_counts import anyone, kept_counts
from alerting.store.deliveries.conditions import alert_and_those_before, may_have_reached
from alerting.store.tables import (
    alert_channel,
    chunk,
    delivery,
    delivery_count,
    list_revision,
    recipient,
    recipient_change,
)
from alerting.store.tables.audience_count import MANY_PLACES

ADDRESS: Mapping[Reach, sa.ColumnElement[str]] = {
    Reach.PHONE: recipient.c.phone,
    Reach.EMAIL: recipient.c.email,
    Reach.NEWSROOM: recipient.c.email,
    Reach.ACCOUNT: recipient.c.reference,
}


NOTHING: sa.ColumnElement[str] = sa.literal_column("''")
"""Written out and not bound, or no database could tell that a partial index has the answer."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom one channel of one alert reaches. What is approved is these criteria, not a list."""

    channel: str
    reach: Reach
    area: tuple[str, ...]
    languages: tuple[Language, ...]
    """Those the channel has a text in, in order; nobody is planned for where there is none."""
    may_use: Usable = NOTHING_USABLE
    """Which accounts and newsrooms whoever speaks may use; by default none."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one step of planning added: chunks to send, and whether the audience is exhausted."""

    chunks: tuple[int, ...]
    planned: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an alert follows: whoever that may have reached is written to, wherever they are now."""

    alerts: tuple[int, ...]
    revision: int
    """Of the lists when the first of them was planned: whoever was not changed since is where they
    were."""
    taken_back: bool
    """It is over, or was false: told to the address that was alerted, whatever the entry has by
    now. Else today's address comes first, since there is something to be done."""


def account_references(criteria: Criteria) -> dict[str, Language]:
    """Addresses of the accounts that are posted on, each with the language posted there.

    The channel finds the account by its address, so that nothing is posted on another one.
    """
    return {
        f"{criteria.channel}:{account}:{language}": language
        for account in criteria.may_use.accounts
        for language in criteria.languages
    }


async def audience(connection: AsyncConnection, criteria: Criteria) -> dict[Language, int]:
    """How many deliveries the criteria would make, by the language people would read.

    One for each address, in the language of the entry that came first among those that fit. Of
    people it is read from counts that are kept, however many there are.
    """
    if criteria.reach is Reach.ACCOUNT:
        # Made when the alert is planned.
        return dict(Counter(account_references(criteria).values()))
    if criteria.reach is Reach.NEWSROOM:
        return await _counted(connection, criteria)
    if not criteria.languages:
        return {}  # nothing to say on this channel
    kept = await kept_counts(connection, criteria.reach, criteria.area)
    found = Counter[Language]()
    for language, n in kept.by_language.items():
        spoken = Language(language)
        found[spoken if spoken in criteria.languages else criteria.languages[0]] += n
    if kept.unsure:
        in_many = _earlier_in(criteria.reach) == sa.literal_column(f"'{MANY_PLACES}'")
        found.update(await _counted(connection, criteria, in_many))
    return dict(found)


async def people(connection: AsyncConnection, criteria: Criteria) -> int:
    """The same in one number."""
    return sum((await audience(connection, criteria)).values())


async def _counted(
    connection: AsyncConnection, criteria: Criteria, *which: sa.ColumnElement[bool]
) -> dict[Language, int]:
    """The same by looking at each entry; of `which` alone."""
    spoken = _language(criteria).label("language")
    rows = await connection.execute(
        sa.select(spoken, sa.func.count()).where(*_reached(criteria), *which).group_by(spoken)
    )
    return {Language(language): n for language, n in rows}


async def changes_since(
    connection: AsyncConnection, criteria: Criteria, revision: int
) -> tuple[int, int, int]:
    """Recipients added, removed, and reached at another address or in another language, since a
    revision of the lists.

    Reads what was written since and nothing else, however many people there are. An entry that was
    changed several times is compared as it stood at that revision with how it stands now. New
    entries are counted by address, as they are written to; changed ones each, so that several with
    one address count for more than they are, never for less.
    """
    if criteria.reach is Reach.ACCOUNT:
        return 0, 0, 0  # our own accounts are on no list
    first = _first_changes(criteria, revision)
    added, removed, changed = (
        await connection.execute(_count_changes(criteria, first, revision))
    ).one()
    came = (
        sa.select(sa.func.count())
        .select_from(recipient)
        .where(
            recipient.c.since > revision,
            *_reached(criteria),
            recipient.c.id.not_in(sa.select(first.c.recipient_id)),
        )
    )
    return int(added) + (await connection.scalar(came) or 0), int(removed), int(changed)


def _first_changes(criteria: Criteria, revision: int) -> sa.Subquery:
    """By recipient, the first `revision` it was changed in after a revision.

    `other`: 1 where any of the changes since was one of the address that is written to.
    """
    log = recipient_change
    mail = criteria.reach is not Reach.PHONE
    other = log.c.other_email if mail else log.c.other_phone
    return (
        sa.select(
            log.c.recipient_id,
            sa.func.min(log.c.revision).label("revision"),
            sa.func.max(sa.case((other, 1), else_=0)).label("other"),
        )
        .where(log.c.revision > revision)
        .group_by(log.c.recipient_id)
        .subquery()
    )


def _count_changes(
    criteria: Criteria, first: sa.Subquery, revision: int
) -> sa.Select[int, int, int]:
    """How many of the `first` changes add, remove and change somebody, as it stood and stands."""
    log = recipient_change
    came_since = sa.and_(
        recipient.c.since > revision, recipient.c.since <= first.c.revision
    )  # it was written anew before it was changed: at that revision it did not stand here
    was = sa.and_(sa.not_(came_since), *_reached_then(criteria))
    now = sa.and_(*_eligible(criteria))

    def number(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*which), 1), else_=0)), 0)

    spoken = _language(criteria, log) != _language(criteria, recipient)
    return (
        sa.select(
            number(sa.not_(was), now),
            number(was, sa.not_(now)),
            number(was, now, sa.or_(first.c.other == 1, spoken)),
        )
        .select_from(first)
        .join(
            log,
            sa.and_(log.c.recipient_id == first.c.recipient_id, log.c.revision == first.c.revision),
        )
        .join(recipient, recipient.c.id == first.c.recipient_id)
    )


async def number_beyond(connection: AsyncConnection, criteria: Criteria, approved: Usable) -> int:
    """How many accounts and newsrooms the criteria reach that `approved` would not have let in.

    Whatever made the difference: a row, a language, the territory or the level of an authority.
    """
    then = replace(criteria, may_use=approved)
    if criteria.may_use == approved:
        return 0
    if criteria.reach is Reach.ACCOUNT:
        return len(account_references(criteria).keys() - account_references(then).keys())
    query = (
        sa.select(sa.func.count())
        .select_from(recipient)
        .where(*_eligible(criteria), sa.not_(sa.and_(*_eligible(then))))
    )
    return int(await connection.scalar(query) or 0)


async def reaches_anyone(connection: AsyncConnection, criteria: Criteria) -> bool:
    """Whether there is at least one recipient: quick, however many there are."""
    if criteria.reach is Reach.ACCOUNT:
        return bool(account_references(criteria))
    if criteria.reach is not Reach.NEWSROOM:
        return bool(criteria.languages) and await anyone(connection, criteria.reach, criteria.area)
    query = sa.select(sa.exists().where(*_eligible(criteria)))
    return bool(await connection.scalar(query))


async def earlier_alerts(
    connection: AsyncConnection, previous_alert: int, *, taken_back: bool
) -> Earlier:
    """An alert and those it follows, for planning what follows it."""
    alerts = (await connection.scalars(alert_and_those_before(previous_alert))).all()
    revision = await connection.scalar(
        sa.select(sa.func.min(alert_channel.c.revision)).where(alert_channel.c.alert_id.in_(alerts))
    )
    return Earlier(tuple(alerts), revision or 0, taken_back)


async def begin(connection: AsyncConnection, database: Database, alert: int, channel: str) -> None:
    """Note that this channel of this alert is to be planned; harmless when repeated."""
    revision = sa.select(sa.func.coalesce(sa.func.max(list_revision.c.n), 0)).scalar_subquery()
    row = {
        "alert_id": alert,
        "channel": channel,
        "planned_to": 0,
        "planned": False,
        "revision": revision,
    }
    await connection.execute(database.insert(alert_channel).values(row).on_conflict_do_nothing())


async def unfinished(connection: AsyncConnection, alert: int) -> list[str]:
    """Channels of an alert whose planning has not come to its end."""
    query = sa.select(alert_channel.c.channel).where(
        alert_channel.c.alert_id == alert, alert_channel.c.planned.is_(False)
    )
    return list(await connection.scalars(query))


async def has_open_chunks(connection: AsyncConnection, alert: int) -> bool:
    """Whether something of an alert is still to be sent, or under way."""
    there = sa.exists().where(chunk.c.alert_id == alert, chunk.c.state != "done")
    return bool(await connection.scalar(sa.select(there)))


async def cut_short(connection: AsyncConnection, alert: int) -> None:
    """Plan nothing more of an alert of which nothing more may leave."""
    await connection.execute(
        sa.update(alert_channel)
        .where(alert_channel.c.alert_id == alert, alert_channel.c.planned.is_(False))
        .values(planned=True)
    )


async def audience_planned(connection: AsyncConnection, alert: int) -> int:
    """All deliveries planned for an alert: what its counters must add up to."""
    total = sa.select(sa.func.coalesce(sa.func.sum(alert_channel.c.audience), 0)).where(
        alert_channel.c.alert_id == alert
    )
    return int(await connection.scalar(total) or 0)


async def plan_slice(
    connection: AsyncConnection,
    database: Database,
    *,
    alert: int,
    criteria: Criteria,
    at_most: int,
    chunk_size: int,
    precedence: Precedence,
    now: datetime,
    earlier: Earlier | None = None,
) -> Slice:
    """Plan the next recipients behind those already planned, with their chunks and counters.

    Those the criteria fit and, of a follow-up, those whom `earlier` alerts reached elsewhere.

    The row in alert_channel is locked first, so two planners of one channel take turns, and a slice
    that was rolled back is simply made again.
    """
    where = (alert_channel.c.alert_id == alert, alert_channel.c.channel == criteria.channel)
    progress = (
        await connection.execute(sa.select(alert_channel).where(*where).with_for_update())
    ).one()
    if progress.planned:
        return Slice((), 0, finished=True)
    if not database.is_sqlite:
        # PostgreSQL reckons with a look at an earlier entry for everybody, where there is one for
        # few, and would compile the statement for each slice: that takes longer than running it.
        await connection.execute(sa.text("SET LOCAL jit = off"))
    await connection.execute(_insert_deliveries(criteria, progress, at_most, earlier))
    added = await _added(connection, database, alert, criteria.channel, progress.planned_to)
    people_added = sorted(chain.from_iterable(added.values()))
    made = await _make_chunks(
        connection, alert, criteria.channel, people_added, chunk_size, precedence, now
    )
    finished = len(people_added) < at_most
    await connection.execute(
        sa.update(alert_channel)
        .where(*where)
        .values(
            planned_to=people_added[-1] if people_added else progress.planned_to,
            audience=alert_channel.c.audience + len(people_added),
            planned=finished,
        )
    )
    by_language = {language: len(ids) for language, ids in added.items()}
    await _count_waiting(connection, database, alert, criteria.channel, by_language)
    return Slice(made, len(people_added), finished=finished)


def _insert_deliveries(
    criteria: Criteria, progress: sa.Row[Any], at_most: int, earlier: Earlier | None
) -> sa.Insert:
    """The next deliveries behind those planned, by recipient; `progress`: of `alert_channel`."""
    columns = ["alert_id", "channel", "recipient_id", "language", "address", "state"]

    def people(number: sa.ColumnElement[int], address: sa.ColumnElement[str]) -> sa.Select[Any]:
        values: tuple[sa.ColumnElement[Any], ...] = (
            sa.literal(progress.alert_id),
            sa.literal(criteria.channel),
            number,
            _language(criteria),
            address,
            sa.literal(State.WAITING.value),
        )
        return (
            sa.select(*(one.label(name) for one, name in zip(values, columns, strict=True)))
            .where(number > progress.planned_to)
            .order_by(number)
            .limit(at_most)
        )

    elsewhere = None
    if earlier and criteria.languages and criteria.reach is not Reach.ACCOUNT:
        elsewhere = _reached_elsewhere(criteria, earlier)
    listed = people(recipient.c.id, ADDRESS[criteria.reach]).where(
        *_eligible(criteria),
        *_not_written_to(
            criteria, progress.alert_id, progress.planned_to, progress.revision, elsewhere
        ),
    )
    if elsewhere is None:
        return sa.insert(delivery).from_select(columns, listed)
    # Each half by itself in order and no longer than the slice, so that neither is read whole.
    halves = (
        listed.where(recipient.c.id.not_in(sa.select(elsewhere.c.recipient_id))),
        people(elsewhere.c.recipient_id, elsewhere.c.address).where(
            elsewhere.c.recipient_id == recipient.c.id
        ),
    )
    both = sa.union_all(*(sa.select(half.subquery()) for half in halves)).subquery()
    return sa.insert(delivery).from_select(
        columns, sa.select(both).order_by(both.c.recipient_id).limit(at_most)
    )


def _reached_elsewhere(criteria: Criteria, earlier: Earlier) -> sa.CTE:
    """Entries that `earlier` alerts may have reached where today's list does not lead any more.

    Each with the address of the last message: it moved out of the area, or has another address by
    now. Not where somebody else is written to there, and not where it ended, or has no address of
    this kind any more: they want none.

    In one piece: each of its queries is made of the one before.
    """
    reach = criteria.reach
    last = _last_reached(criteria, earlier)
    own = _folded(reach, _address(reach, recipient))
    # Of several entries that were reached at one address, the one that was last.
    turn = sa.func.row_number().over(
        partition_by=_folded(reach, last.c.address),
        order_by=(last.c.alert_id.desc(), last.c.recipient_id),
    )
    leads_away = sa.not_(sa.and_(*_eligible(criteria)))
    if earlier.taken_back:
        leads_away = sa.or_(leads_away, own != _folded(reach, last.c.address))
    found = (
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
    away = sa.and_(found.c.turn == 1, found.c.leads_away)
    other = recipient.alias("other")
    # By the address alone, and only then whether they fit: or databases would walk the whole area
    # for each of them.
    shared = (
        sa.select(
            found.c.recipient_id.label("whose"),
            other.c.id.label("other"),
            sa.and_(*_eligible(criteria, other)).label("fits"),
        )
        .join_from(
            found,
            other,
            _folded(reach, _address(reach, other)) == _folded(reach, found.c.address),
        )
        .where(away, other.c.id != found.c.recipient_id)
        .cte("shared")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = sa.select(shared.c.whose).where(
        shared.c.fits, shared.c.other.not_in(sa.select(found.c.recipient_id).where(away))
    )
    return (
        sa.select(found.c.recipient_id, found.c.address)
        .where(away, found.c.recipient_id.not_in(taken))
        .cte("elsewhere")
    )


def _last_reached(criteria: Criteria, earlier: Earlier) -> sa.CTE:
    """Messages of `earlier` alerts that may have reached an entry changed since; `nth` 1: the last.

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
        partition_by=before.c.recipient_id, order_by=before.c.alert_id.desc()
    )
    return (
        sa.select(before.c.recipient_id, before.c.alert_id, before.c.address, nth.label("nth"))
        .where(
            before.c.alert_id.in_(earlier.alerts),
            before.c.channel == criteria.channel,
            before.c.recipient_id.in_(sa.select(moved.c.recipient_id)),
            sa.not_(before.c.address.startswith(ERASED)),
            may_have_reached(before),
        )
        .cte("last_reached")
    )


async def hold_channel(connection: AsyncConnection, alert: int, channel: str) -> None:
    """Let nobody plan this channel of an alert until the commit, nor count for it."""
    await connection.execute(
        sa.select(alert_channel.c.planned_to)
        .where(alert_channel.c.alert_id == alert, alert_channel.c.channel == channel)
        .with_for_update()
    )


async def hand_on(
    connection: AsyncConnection,
    database: Database,
    *,
    alert: int,
    criteria: Criteria,
    address: str,
    precedence: Precedence,
    now: datetime,
) -> int | None:
    """Plan the next entry with an address whose entry left before it was written to; its chunk.

    None where there is none, and where planning has not come to it yet and will find it. The
    channel is held, see `hold_channel`.
    """
    where = (alert_channel.c.alert_id == alert, alert_channel.c.channel == criteria.channel)
    progress = (await connection.execute(sa.select(alert_channel).where(*where))).one()
    found = (await connection.execute(_next_with_address(criteria, alert, address))).first()
    if found is None or (not progress.planned and found[0] > progress.planned_to):
        return None
    number, language, own = found
    await connection.execute(
        sa.insert(delivery).values(
            alert_id=alert,
            channel=criteria.channel,
            recipient_id=number,
            language=language,
            address=own,
            state=State.WAITING.value,
        )
    )
    await connection.execute(
        sa.update(alert_channel).where(*where).values(audience=alert_channel.c.audience + 1)
    )
    await _count_waiting(connection, database, alert, criteria.channel, {language: 1})
    opened = await _add_to_chunk(connection, alert, criteria.channel, number, now)
    if opened is not None:
        return opened
    made = await _make_chunks(connection, alert, criteria.channel, [number], 1, precedence, now)
    return made[0]


def _next_with_address(criteria: Criteria, alert: int, address: str) -> sa.Select[int, str, str]:
    """Number, language and address of the first entry with an address and without a delivery."""
    mine = sa.exists().where(
        delivery.c.alert_id == alert,
        delivery.c.channel == criteria.channel,
        delivery.c.recipient_id == recipient.c.id,
    )
    return (
        sa.select(recipient.c.id, _language(criteria), ADDRESS[criteria.reach])
        .where(
            *_eligible(criteria),
            _folded(criteria.reach, _address(criteria.reach, recipient))
            == _folded(criteria.reach, sa.literal(address)),
            sa.not_(mine),
        )
        .order_by(recipient.c.id)
        .limit(1)
    )


async def _add_to_chunk(
    connection: AsyncConnection, alert: int, channel: str, number: int, now: datetime
) -> int | None:
    """Count a recipient to the chunk in whose range it stands; None where there is none.

    A chunk is a range, so that it holds whoever comes to stand in it. Whoever has it leased finds
    by its size that it has one more.
    """
    opened = await connection.scalar(
        sa.update(chunk)
        .where(
            chunk.c.alert_id == alert,
            chunk.c.channel == channel,
            chunk.c.lo <= number,
            chunk.c.hi >= number,
        )
        .values(
            size=chunk.c.size + 1,
            all_put_off=False,
            state=sa.case((chunk.c.state == "leased", chunk.c.state), else_="ready"),
            due_at=now,
        )
        .returning(chunk.c.id)
    )
    return None if opened is None else int(opened)


async def _count_waiting(
    connection: AsyncConnection,
    database: Database,
    alert: int,
    channel: str,
    by_language: Mapping[str, int],
) -> None:
    counts = [
        {
            "alert_id": alert,
            "channel": channel,
            "language": language,
            "state": State.WAITING.value,
            "failure_reason": "",
            "n": n,
        }
        for language, n in by_language.items()
    ]
    await connection.run_sync(database.add_up, delivery_count, counts)


async def ensure_accounts(
    connection: AsyncConnection, database: Database, criteria: Criteria
) -> None:
    """Our own accounts stand among the recipients, so that a post is tracked like any message."""
    rows = [
        {
            "kind": RecipientKind.ACCOUNT,
            "reference": reference,
            "language": language,
            "nis_code": "",
            "name": criteria.channel,
            "phone": "",
            "email": "",
            "outlet": "",
        }
        for reference, language in account_references(criteria).items()
    ]
    if not rows:
        return
    await connection.execute(database.insert(recipient).values(rows).on_conflict_do_nothing())


def _reached(criteria: Criteria) -> list[sa.ColumnElement[bool]]:
    """Entries that are written to: of those with one address the one that came first."""
    if criteria.reach is Reach.ACCOUNT:
        return _eligible(criteria)
    first = sa.or_(_earlier_in(criteria.reach) == "", sa.not_(_has_an_earlier_one(criteria)))
    return [*_eligible(criteria), first]


def _eligible(criteria: Criteria, entry: sa.FromClause = recipient) -> list[sa.ColumnElement[bool]]:
    """Entries that the criteria fit, each by itself."""
    if not criteria.languages:
        return [sa.false()]  # nothing to say on this channel
    match criteria.reach:
        case Reach.PHONE | Reach.EMAIL:
            return [
                entry.c.kind == RecipientKind.PERSON,
                entry.c.nis_code.in_(criteria.area),
                _address(criteria.reach, entry) != NOTHING,
            ]
        case Reach.NEWSROOM:
            # A newsroom gets the release in its own language.
            return [
                entry.c.kind == RecipientKind.PRESS,
                entry.c.email != NOTHING,
                entry.c.language.in_(criteria.languages),
                *_newsrooms(
                    criteria.may_use, entry.c.nis_code, entry.c.language, entry.c.reference
                ),
            ]
        case Reach.ACCOUNT:
            references = sorted(account_references(criteria))
            return [entry.c.kind == RecipientKind.ACCOUNT, entry.c.reference.in_(references)]


def _address(reach: Reach, entry: sa.FromClause) -> sa.ColumnElement[str]:
    return entry.c.phone if reach is Reach.PHONE else entry.c.email


def _earlier_in(reach: Reach) -> sa.ColumnElement[str]:
    return recipient.c.phone_earlier_in if reach is Reach.PHONE else recipient.c.email_earlier_in


def _folded(reach: Reach, address: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """As addresses are compared: numbers in E.164 letter by letter, mail addresses without case."""
    return address if reach is Reach.PHONE else sa.func.lower(address)


def _same_address(reach: Reach, one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    return _folded(reach, _address(reach, one)) == _folded(reach, _address(reach, other))


def _has_an_earlier_one(
    criteria: Criteria, after: int = 0, elsewhere: sa.CTE | None = None
) -> sa.ColumnElement[bool]:
    """Whether an entry that came before has the same address, and the criteria fit it too.

    Of those behind `after` only, where it is given; of none that is written to `elsewhere`.
    """
    earlier = recipient.alias("earlier")
    return sa.exists().where(
        _same_address(criteria.reach, earlier, recipient),
        earlier.c.id < recipient.c.id,
        *([earlier.c.id > after] if after else []),
        *([] if elsewhere is None else [earlier.c.id.not_in(sa.select(elsewhere.c.recipient_id))]),
        *_eligible(criteria, earlier),
    )


def _not_written_to(
    criteria: Criteria, alert: int, planned_to: int, revision: int, elsewhere: sa.CTE | None
) -> list[sa.ColumnElement[bool]]:
    """Of an entry behind `planned_to`: that no other one is written to at its address.

    What was planned counts with the address that it was planned with, not with the one its entry
    has by now. For nearly everybody neither is looked at: nobody has the same address, and no list
    was changed since planning began.
    """
    reach = criteria.reach
    if reach is Reach.ACCOUNT:
        return []
    theirs, before, changed = delivery.alias("theirs"), recipient.alias("before"), recipient_change
    own, given = (_folded(reach, one) for one in (_address(reach, recipient), theirs.c.address))
    of_this = (theirs.c.alert_id == alert, theirs.c.channel == criteria.channel)
    # One within the other, or SQLite would walk all that was planned for each entry.
    # SQLAlchemy correlates by itself with the statement just around only: the entry is further out.
    at_it = (
        sa.exists()
        .where(*of_this, theirs.c.recipient_id == before.c.id, given == own)
        .correlate(before, recipient)
    )
    planned = sa.exists().where(
        _same_address(reach, before, recipient), before.c.id <= planned_to, at_it
    )
    alone = _earlier_in(reach) == ""
    first = sa.or_(
        alone,
        sa.and_(sa.not_(_has_an_earlier_one(criteria, planned_to, elsewhere)), sa.not_(planned)),
    )
    if not planned_to:
        return [first]
    since = changed.c.revision > revision
    given_up = (
        sa.select(given)
        .join_from(changed, theirs, theirs.c.recipient_id == changed.c.recipient_id)
        .where(since, *of_this)
    )
    return [first, sa.or_(sa.not_(sa.exists().where(since)), own.not_in(given_up))]


def _free_for_retry(alert: int, channel: str, reach: Reach) -> sa.ColumnElement[bool]:
    """Of a recipient whose delivery failed: that nobody else's has their address of today.

    Another delivery of this channel of the alert was planned with that address and did not fail or
    expire; or failed too, its entry has the same address by now, and came first.
    """
    written, other, theirs = delivery.alias("written"), recipient.alias("other"), delivery.alias()
    there = sa.select(_folded(reach, written.c.address)).where(
        written.c.alert_id == alert,
        written.c.channel == channel,
        written.c.state.not_in([State.FAILED, State.EXPIRED]),
    )
    came_first = sa.exists().where(
        _same_address(reach, other, recipient),
        other.c.kind == recipient.c.kind,
        other.c.id < recipient.c.id,
        theirs.c.alert_id == alert,
        theirs.c.channel == channel,
        theirs.c.recipient_id == other.c.id,
        theirs.c.state == State.FAILED,
    )
    own = _folded(reach, _address(reach, recipient))
    return sa.and_(own.not_in(there), sa.not_(came_first))


def may_be_retried(alert: int, criteria: Criteria) -> sa.ColumnElement[bool]:
    """Of a recipient whose delivery failed: the criteria fit them today, and nobody else has it."""
    return sa.and_(*_eligible(criteria), _free_for_retry(alert, criteria.channel, criteria.reach))


def _reached_then(criteria: Criteria) -> list[sa.ColumnElement[bool]]:
    """The same of an entry as `recipient_change` keeps it; its list never changes."""
    if not criteria.languages:
        return [sa.false()]
    if criteria.reach is Reach.NEWSROOM:
        return [
            recipient.c.kind == RecipientKind.PRESS,
            recipient_change.c.had_email,
            recipient_change.c.language.in_(criteria.languages),
            *_newsrooms(
                criteria.may_use,
                recipient_change.c.nis_code,
                recipient_change.c.language,
                recipient.c.reference,
            ),
        ]
    mail = criteria.reach is Reach.EMAIL
    return [
        recipient.c.kind == RecipientKind.PERSON,
        recipient_change.c.nis_code.in_(criteria.area),
        recipient_change.c.had_email if mail else recipient_change.c.had_phone,
    ]


def _newsrooms(
    may_use: Usable,
    nis_code: sa.ColumnElement[str],
    language: sa.ColumnElement[str],
    reference: sa.ColumnElement[str],
) -> list[sa.ColumnElement[bool]]:
    """Those an authority may use; one without a place covers the country."""
    if may_use.all_newsrooms:
        return []
    inside = sa.and_(nis_code.in_(sorted(may_use.territory)), language.in_(may_use.languages))
    return [sa.or_(inside, reference.in_(may_use.newsrooms))]


def _language(criteria: Criteria, entry: sa.FromClause = recipient) -> sa.ColumnElement[str]:
    """People read the language they chose; the alert's first one where it does not speak theirs."""
    return sa.case(
        (entry.c.language.in_(criteria.languages), entry.c.language),
        else_=criteria.languages[0].value if criteria.languages else "",
    )


async def _added(
    connection: AsyncConnection, database: Database, alert: int, channel: str, after: int
) -> dict[str, list[int]]:
    """Whom a slice added, by language, in one row each.

    A window function that cuts them in the database takes as long as inserting them, and so does
    handing ten thousand rows over one by one.
    """
    together = sa.func.json_group_array if database.is_sqlite else sa.func.array_agg
    rows = await connection.execute(
        sa.select(delivery.c.language, together(delivery.c.recipient_id))
        .where(
            delivery.c.alert_id == alert,
            delivery.c.channel == channel,
            delivery.c.recipient_id > after,
        )
        .group_by(delivery.c.language)
    )
    return {language: json.loads(ids) if database.is_sqlite else ids for language, ids in rows}


async def _make_chunks(
    connection: AsyncConnection,
    alert: int,
    channel: str,
    people: Sequence[int],
    size: int,
    precedence: Precedence,
    now: datetime,
) -> tuple[int, ...]:
    """Cut what was just planned into runs of `size`; the numbers of the chunks, in order."""
    runs = [people[start : start + size] for start in range(0, len(people), size)]
    if not runs:
        return ()
    rows = [
        {
            "alert_id": alert,
            "channel": channel,
            "lo": run[0],
            "hi": run[-1],
            "size": len(run),
            "state": "ready",
            "precedence": int(precedence),
            "due_at": now,
            "in_doubt": False,
        }
        for run in runs
    ]
    made = await connection.scalars(
        sa.insert(chunk).returning(chunk.c.id, sort_by_parameter_order=True), rows
    )
    return tuple(made)
