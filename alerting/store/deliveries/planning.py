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
from alerting.domain.channel_accounts import Usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.recipient import RecipientKind
from alerting.store.database import Database
from alerting.store.deliveries.audience_counts import anyone, kept_counts
from alerting.store.deliveries.criteria import (
    ON_NO_LIST,
    Criteria,
    account_references,
    address_for,
    address_of,
    covers,
    earlier_in,
    eligible,
    entries_needed,
    folded,
    language_for,
    newsrooms,
    same_address,
)
from alerting.store.deliveries.follow_up_planning import Earlier, reached_elsewhere
from alerting.store.tables import (
    chunk,
    delivery,
    delivery_count,
    list_revision,
    recipient,
    recipient_change,
    sending_channel,
)
from alerting.store.tables.audience_count import MANY_PLACES


@dataclass(frozen=True, slots=True)
class Slice:
    """What one step of planning added: chunks to send, and whether the audience is exhausted."""

    chunks: tuple[int, ...]
    planned: int
    finished: bool


async def audience(connection: AsyncConnection, criteria: Criteria) -> dict[Language, int]:
    """How many deliveries the criteria would make, by the language people would read.

    One for each address, in the language of the entry that came first among those that fit. Of
    people it is read from counts that are kept, however many there are.
    """
    if criteria.reach is Reach.ACCOUNT:
        # Made when the sending is planned.
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
        in_many = earlier_in(criteria.reach) == sa.literal_column(f"'{MANY_PLACES}'")
        found.update(await _counted(connection, criteria, in_many))
    return dict(found)


async def people(connection: AsyncConnection, criteria: Criteria) -> int:
    """How many deliveries the criteria would make, in all languages together."""
    return sum((await audience(connection, criteria)).values())


async def _counted(
    connection: AsyncConnection, criteria: Criteria, *which: sa.ColumnElement[bool]
) -> dict[Language, int]:
    """Language -> how many deliveries of `which` entries, by looking at each of them."""
    spoken = language_for(criteria).label("language")
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
    now = sa.and_(*eligible(criteria))

    def number(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*which), 1), else_=0)), 0)

    spoken = language_for(criteria, log) != language_for(criteria, recipient)
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
        .where(*eligible(criteria), sa.not_(sa.and_(*eligible(then))))
    )
    return int(await connection.scalar(query) or 0)


async def reaches_anyone(connection: AsyncConnection, criteria: Criteria) -> bool:
    """Whether there is at least one recipient: quick, however many there are."""
    if criteria.reach is Reach.ACCOUNT:
        return bool(account_references(criteria))
    if criteria.reach is not Reach.NEWSROOM:
        return bool(criteria.languages) and await anyone(connection, criteria.reach, criteria.area)
    query = sa.select(sa.exists().where(*eligible(criteria)))
    return bool(await connection.scalar(query))


async def begin(
    connection: AsyncConnection, database: Database, sending_id: int, channel: str
) -> None:
    """Note that this channel of a sending is to be planned; harmless when repeated."""
    revision = sa.select(sa.func.coalesce(sa.func.max(list_revision.c.n), 0)).scalar_subquery()
    row = {
        "sending_id": sending_id,
        "channel": channel,
        "planned_to": 0,
        "planned": False,
        "revision": revision,
    }
    await connection.execute(database.insert(sending_channel).values(row).on_conflict_do_nothing())


async def channels_of(connection: AsyncConnection, sending_id: int) -> list[str]:
    """The channels of a sending."""
    query = sa.select(sending_channel.c.channel).where(sending_channel.c.sending_id == sending_id)
    return list(await connection.scalars(query))


async def unfinished(connection: AsyncConnection, sending_id: int) -> list[str]:
    """Channels of a sending whose planning has not come to its end."""
    query = sa.select(sending_channel.c.channel).where(
        sending_channel.c.sending_id == sending_id, sending_channel.c.planned.is_(False)
    )
    return list(await connection.scalars(query))


async def note_growth(database: Database) -> None:
    """Tell the database that much was planned: what it knew of these tables no longer holds."""
    await database.analyze(delivery, chunk)


async def has_open_chunks(connection: AsyncConnection, sending_id: int) -> bool:
    """Whether something of a sending is still to be sent, or under way."""
    existing_exists = sa.exists().where(chunk.c.sending_id == sending_id, chunk.c.state != "done")
    return bool(await connection.scalar(sa.select(existing_exists)))


async def cut_short(connection: AsyncConnection, sending_id: int) -> None:
    """Plan nothing more of a sending of which nothing more may leave."""
    await connection.execute(
        sa.update(sending_channel)
        .where(sending_channel.c.sending_id == sending_id, sending_channel.c.planned.is_(False))
        .values(planned=True)
    )


async def audience_planned(connection: AsyncConnection, sending_id: int) -> int:
    """All deliveries planned for a sending: what its counters must add up to."""
    total = sa.select(sa.func.coalesce(sa.func.sum(sending_channel.c.audience), 0)).where(
        sending_channel.c.sending_id == sending_id
    )
    return int(await connection.scalar(total) or 0)


def _planning_of(sending_id: int, channel: str) -> tuple[sa.ColumnElement[bool], ...]:
    return sending_channel.c.sending_id == sending_id, sending_channel.c.channel == channel


async def plan_slice(
    connection: AsyncConnection,
    database: Database,
    *,
    sending_id: int,
    criteria: Criteria,
    at_most: int,
    chunk_size: int,
    precedence: Precedence,
    now: datetime,
    earlier: Earlier | None = None,
) -> Slice:
    """Plan the next recipients behind those already planned, with their chunks and counters.

    Those the criteria fit and, of a follow-up, those whom `earlier` ones reached elsewhere.

    The row in sending_channel is locked first: two planners of one channel take turns, and a slice
    that was rolled back is made again.
    """
    where = _planning_of(sending_id, criteria.channel)
    progress = (
        await connection.execute(sa.select(sending_channel).where(*where).with_for_update())
    ).one()
    if progress.planned:
        return Slice((), 0, finished=True)
    if not database.is_sqlite:
        # PostgreSQL reckons with a look at an earlier entry for everybody, where there is one for
        # few, and would compile the statement for each slice: that takes longer than running it.
        await connection.execute(sa.text("SET LOCAL jit = off"))
    await connection.execute(_insert_deliveries(criteria, progress, at_most, earlier))
    added = await _added(connection, database, sending_id, criteria.channel, progress.planned_to)
    people_added = sorted(chain.from_iterable(added.values()))
    made = await _make_chunks(
        connection, sending_id, criteria.channel, people_added, chunk_size, precedence, now
    )
    finished = len(people_added) < at_most
    await connection.execute(
        sa.update(sending_channel)
        .where(*where)
        .values(
            planned_to=people_added[-1] if people_added else progress.planned_to,
            audience=sending_channel.c.audience + len(people_added),
            planned=finished,
        )
    )
    by_language = {language: len(ids) for language, ids in added.items()}
    await _count_waiting(connection, database, sending_id, criteria.channel, by_language)
    return Slice(made, len(people_added), finished=finished)


def _insert_deliveries(
    criteria: Criteria, progress: sa.Row[Any], at_most: int, earlier: Earlier | None
) -> sa.Insert:
    """The next deliveries behind those planned, by recipient; `progress`: of `sending_channel`."""
    columns = ["sending_id", "channel", "recipient_id", "language", "address", "state"]

    def people(number: sa.ColumnElement[int], address: sa.ColumnElement[str]) -> sa.Select[Any]:
        values: tuple[sa.ColumnElement[Any], ...] = (
            sa.literal(progress.sending_id),
            sa.literal(criteria.channel),
            number,
            language_for(criteria),
            address,
            sa.literal(State.WAITING.value),
        )
        return (
            sa.select(
                *(condition.label(name) for condition, name in zip(values, columns, strict=True))
            )
            .where(number > progress.planned_to)
            .order_by(number)
            .limit(at_most)
        )

    elsewhere = None
    if earlier and criteria.languages and criteria.reach not in ON_NO_LIST:
        elsewhere = reached_elsewhere(criteria, earlier)
    listed = people(recipient.c.id, address_for(criteria)).where(
        *eligible(criteria),
        *_not_written_to(
            criteria, progress.sending_id, progress.planned_to, progress.revision, elsewhere
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


async def hold_channel(connection: AsyncConnection, sending_id: int, channel: str) -> None:
    """Let nobody plan this channel of a sending until the commit, nor count for it."""
    await connection.execute(
        sa.select(sending_channel.c.planned_to)
        .where(sending_channel.c.sending_id == sending_id, sending_channel.c.channel == channel)
        .with_for_update()
    )


async def hand_on(
    connection: AsyncConnection,
    database: Database,
    *,
    sending_id: int,
    criteria: Criteria,
    address: str,
    precedence: Precedence,
    now: datetime,
) -> int | None:
    """Plan the next entry with an address whose entry left before it was written to; its chunk.

    None where there is none, and where planning has not come to it yet and will find it. The
    channel is held, see `hold_channel`.
    """
    where = _planning_of(sending_id, criteria.channel)
    progress = (await connection.execute(sa.select(sending_channel).where(*where))).one()
    found = (await connection.execute(_next_with_address(criteria, sending_id, address))).first()
    if found is None or (not progress.planned and found[0] > progress.planned_to):
        return None
    number, language, own = found
    await connection.execute(
        sa.insert(delivery).values(
            sending_id=sending_id,
            channel=criteria.channel,
            recipient_id=number,
            language=language,
            address=own,
            state=State.WAITING.value,
        )
    )
    await connection.execute(
        sa.update(sending_channel).where(*where).values(audience=sending_channel.c.audience + 1)
    )
    await _count_waiting(connection, database, sending_id, criteria.channel, {language: 1})
    opened = await _add_to_chunk(connection, sending_id, criteria.channel, number, now)
    if opened is not None:
        return opened
    made = await _make_chunks(
        connection, sending_id, criteria.channel, [number], 1, precedence, now
    )
    return made[0]


def _next_with_address(
    criteria: Criteria, sending_id: int, address: str
) -> sa.Select[int, str, str]:
    """Number, language and address of the first entry with an address and without a delivery."""
    my_exists = sa.exists().where(
        delivery.c.sending_id == sending_id,
        delivery.c.channel == criteria.channel,
        delivery.c.recipient_id == recipient.c.id,
    )
    return (
        sa.select(recipient.c.id, language_for(criteria), address_for(criteria))
        .where(
            *eligible(criteria),
            folded(criteria.reach, address_of(criteria.reach, recipient))
            == folded(criteria.reach, sa.literal(address)),
            sa.not_(my_exists),
        )
        .order_by(recipient.c.id)
        .limit(1)
    )


async def _add_to_chunk(
    connection: AsyncConnection, sending_id: int, channel: str, number: int, now: datetime
) -> int | None:
    """Count a recipient to the chunk in whose range it stands; None where there is none.

    A chunk is a range, so that it holds whoever comes to stand in it. Whoever has it leased finds
    by its size that it has one more.
    """
    opened = await connection.scalar(
        sa.update(chunk)
        .where(
            chunk.c.sending_id == sending_id,
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
    sending_id: int,
    channel: str,
    by_language: Mapping[str, int],
) -> None:
    counts = [
        {
            "sending_id": sending_id,
            "channel": channel,
            "language": language,
            "state": State.WAITING.value,
            "failure_reason": "",
            "n": n,
        }
        for language, n in by_language.items()
    ]
    await connection.run_sync(database.add_up, delivery_count, counts)


async def ensure_entries(
    connection: AsyncConnection, database: Database, criteria: Criteria
) -> None:
    """Our own accounts and users stand among the recipients, so that what they get is tracked."""
    empty = {"nis_code": "", "phone": "", "email": "", "outlet": ""}
    if rows := [{**one, **empty} for one in entries_needed(criteria)]:
        await connection.execute(database.insert(recipient).values(rows).on_conflict_do_nothing())


def _reached(criteria: Criteria) -> list[sa.ColumnElement[bool]]:
    """Entries that are written to: of those with one address the one that came first."""
    if criteria.reach in ON_NO_LIST:
        return eligible(criteria)
    first = sa.or_(earlier_in(criteria.reach) == "", sa.not_(_has_an_earlier_one(criteria)))
    return [*eligible(criteria), first]


def _has_an_earlier_one(
    criteria: Criteria, after: int = 0, elsewhere: sa.CTE | None = None
) -> sa.ColumnElement[bool]:
    """Whether an entry that came before has the same address, and the criteria fit it too.

    Of those behind `after` only, where it is given; of none that is written to `elsewhere`.
    """
    earlier = recipient.alias("earlier")
    return sa.exists().where(
        same_address(criteria.reach, earlier, recipient),
        earlier.c.id < recipient.c.id,
        *([earlier.c.id > after] if after else []),
        *([] if elsewhere is None else [earlier.c.id.not_in(sa.select(elsewhere.c.recipient_id))]),
        *eligible(criteria, earlier),
    )


def _not_written_to(
    criteria: Criteria, sending_id: int, planned_to: int, revision: int, elsewhere: sa.CTE | None
) -> list[sa.ColumnElement[bool]]:
    """Of an entry behind `planned_to`: that no other one is written to at its address.

    What was planned counts with the address that it was planned with, not with the one its entry
    has by now. For nearly everybody neither is looked at: nobody has the same address, and no list
    was changed since planning began.
    """
    reach = criteria.reach
    if reach in ON_NO_LIST:
        return []
    theirs, before, changed = delivery.alias("theirs"), recipient.alias("before"), recipient_change
    own, given = (folded(reach, one) for one in (address_of(reach, recipient), theirs.c.address))
    of_this = (theirs.c.sending_id == sending_id, theirs.c.channel == criteria.channel)
    # One within the other, or SQLite would walk all that was planned for each entry.
    # SQLAlchemy correlates by itself with the statement just around only: the entry is further out.
    at_it = (
        sa.exists()
        .where(*of_this, theirs.c.recipient_id == before.c.id, given == own)
        .correlate(before, recipient)
    )
    planned = sa.exists().where(
        same_address(reach, before, recipient), before.c.id <= planned_to, at_it
    )
    alone = earlier_in(reach) == ""
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


def _free_for_retry(sending_id: int, channel: str, reach: Reach) -> sa.ColumnElement[bool]:
    """Of a recipient whose delivery failed: that nobody else's has their address of today.

    Another delivery of this channel was planned with that address and did not fail or expire; or
    failed too, its entry has the same address by now, and came first.
    """
    written, other, theirs = delivery.alias("written"), recipient.alias("other"), delivery.alias()
    existing_query = sa.select(folded(reach, written.c.address)).where(
        written.c.sending_id == sending_id,
        written.c.channel == channel,
        written.c.state.not_in([State.FAILED, State.EXPIRED]),
    )
    came_first = sa.exists().where(
        same_address(reach, other, recipient),
        other.c.kind == recipient.c.kind,
        other.c.id < recipient.c.id,
        theirs.c.sending_id == sending_id,
        theirs.c.channel == channel,
        theirs.c.recipient_id == other.c.id,
        theirs.c.state == State.FAILED,
    )
    own = folded(reach, address_of(reach, recipient))
    return sa.and_(own.not_in(existing_query), sa.not_(came_first))


def may_be_retried(sending_id: int, criteria: Criteria) -> sa.ColumnElement[bool]:
    """Of a recipient whose delivery failed: the criteria fit them today, and nobody else has it."""
    return sa.and_(
        *eligible(criteria), _free_for_retry(sending_id, criteria.channel, criteria.reach)
    )


def _reached_then(criteria: Criteria) -> list[sa.ColumnElement[bool]]:
    """The conditions of `_reached` on what `recipient_change` keeps; the list never changes."""
    if not criteria.languages:
        return [sa.false()]
    if criteria.reach is Reach.NEWSROOM:
        return [
            recipient.c.kind == RecipientKind.PRESS,
            recipient_change.c.had_email,
            recipient_change.c.language.in_(criteria.languages),
            covers(criteria.area, recipient_change.c.nis_code),
            *newsrooms(
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


async def _added(
    connection: AsyncConnection, database: Database, sending_id: int, channel: str, after: int
) -> dict[str, list[int]]:
    """Whom a slice added, by language, in one row each.

    A window function that cuts them in the database takes as long as inserting them, and so does
    handing ten thousand rows over one by one.
    """
    together = sa.func.json_group_array if database.is_sqlite else sa.func.array_agg
    rows = await connection.execute(
        sa.select(delivery.c.language, together(delivery.c.recipient_id))
        .where(
            delivery.c.sending_id == sending_id,
            delivery.c.channel == channel,
            delivery.c.recipient_id > after,
        )
        .group_by(delivery.c.language)
    )
    return {language: json.loads(ids) if database.is_sqlite else ids for language, ids in rows}


async def _make_chunks(
    connection: AsyncConnection,
    sending_id: int,
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
            "sending_id": sending_id,
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
    scalar_result = await connection.scalars(
        sa.insert(chunk).returning(chunk.c.id, sort_by_parameter_order=True), rows
    )
    return tuple(scalar_result)
