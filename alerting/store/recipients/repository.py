"""Rows and queries for recipients: bring a list up to date, read one, change one."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import EVERYWHERE, Territory
from alerting.domain.recipient import (
    Hmacs,
    Recipient,
    RecipientKind,
    addresses_kept,
    own_addresses,
    reference_key,
)
from alerting.store.database import Database, each_of, table_of
from alerting.store.recipients import groups, opt_outs, repeats
from alerting.store.recipients.admissions import (
    NATIONAL_LIST,
    Admission,
    LeftList,
    SavingVerdict,
    admit,
    as_it_stands,
    complete,
    consented_since,
    find_said_no,
    spared,
    verdict_of,
)
from alerting.store.recipients.entries import SAID, RecipientEntry, entry_of, row_of, row_to_change
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.recipients.recognition import (
    Meant,
    Recogniser,
    find_known,
    free_references,
    named_by,
)
from alerting.store.recipients.revisions import (
    change_of,
    lock_lists,
    log_changes,
    next_revision,
    stood_elsewhere,
)
from alerting.store.recipients.saved_counts import References, Saved, SavedCounter
from alerting.store.recipients.search_index import keys_of, update_index
from alerting.store.tables import recipient
from alerting.store.visibility import lives_in

BATCH = 500


@dataclass(frozen=True, slots=True)
class SavedSoFar:
    """What is known of a list while it is saved part by part."""

    counted: SavedCounter
    recogniser: Recogniser

    @classmethod
    def of(cls, named: Container[tuple[str, str]], owner: ListOwner) -> "SavedSoFar":
        """Nothing was saved yet of a list in which some references are `named`."""
        return cls(SavedCounter(), Recogniser(named, owner))


async def save(
    connection: AsyncConnection,
    database: Database,
    people: Sequence[Recipient],
    hmacs: Hmacs | None = None,
    *,
    owner: ListOwner = NATIONAL_LIST,
    so_far: SavedSoFar | None = None,
) -> Saved:
    """Insert recipients, or bring those with the same reference up to date.

    `so_far`: what went before, where this is a part of a list that is saved in several
    transactions; what comes back counts all parts.

    Whoever left a list of the same place is left out, unless a consent given on a later day comes
    along (see `opt_outs`). `hmacs` are the keyring's for those who left; ValueError without them
    where somebody ever did. Addresses that stand under another reference are told of as far as
    the owner's territory may know of them.
    """
    so_far = so_far or SavedSoFar.of(named_by(people), owner)
    counted, recogniser = so_far.counted, so_far.recogniser
    revision = 0
    await lock_lists(connection, database)
    for start in range(0, len(people), BATCH):
        meant = await recogniser.recognise(connection, people[start : start + BATCH])
        judged, others = await _judge(connection, meant, hmacs, owner)
        differ = [one for one, verdict in judged if verdict is not SavingVerdict.UNCHANGED]
        if not revision and any(_may_matter(one.before, one.said) for one in differ):
            revision = await next_revision(connection, database)
        admissions = []
        for admission, verdict in judged:
            counted.add(verdict, admission, others)
            if verdict not in {SavingVerdict.NEW, SavingVerdict.CHANGED}:
                continue
            await _comes_back(connection, admission, revision, hmacs, owner)
            admissions.append(admission)
        await _write(connection, database, admissions, revision, owner)
        counted.written()
    return counted.saved()


async def _judge(
    connection: AsyncConnection,
    meant: Meant,
    hmacs: Hmacs | None,
    owner: ListOwner,
    *,
    ask_who_left: bool = True,
) -> tuple[list[tuple[Admission, SavingVerdict]], References]:
    """What saving each of these people means, in their order, and where their addresses stand."""
    grouped = await _grouped(connection, meant)
    standing = [as_it_stands(before, person, grouped) for person, before in meant]
    differ = [pair for pair, same in zip(meant, standing, strict=True) if same is None]
    recipients = [*(person for person, _ in differ), *_stood(differ)] if ask_who_left else []
    said_no = await find_said_no(connection, recipients, hmacs) if recipients else {}
    judged = []
    for (person, before), same in zip(meant, standing, strict=True):
        if same is not None:
            judged.append((same, SavingVerdict.UNCHANGED))
            continue
        admission = spared(admit(before, person, said_no, owner))
        judged.append((admission, verdict_of(admission, grouped)))
    people = [person for person, _ in meant]
    same_as_before = [one for one in standing if one is not None]
    return judged, await _others(connection, people, same_as_before, owner.territory)


def _may_matter(before: sa.RowMapping | None, person: Recipient) -> bool:
    """Whether saving may change who is reached: a new entry, one that comes back, another place."""
    if before is None:
        return True
    if before["ended_at"] is not None:
        return consented_since(before["ended_at"], person)
    return stood_elsewhere(before, complete(person, before))


async def count_existing(
    connection: AsyncConnection,
    people: Sequence[Recipient],
    hmacs: Hmacs | None = None,
    *,
    owner: ListOwner = NATIONAL_LIST,
    named: Container[tuple[str, str]] | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Saved:
    """What `save` would do, as far as a territory may know of it; nothing is written.

    `tell` is told how many were looked at so far.

    Entries outside the territory count for nothing, or anybody with a list of numbers could ask
    which of them are on the country's. Who left is told of only where their entry stands inside:
    by their addresses alone nobody knows where it does.
    """
    counted = SavedCounter()
    recogniser = Recogniser(named_by(people) if named is None else named, owner)
    for start in range(0, len(people), BATCH):
        meant = await recogniser.recognise(connection, people[start : start + BATCH])
        everybody = owner.territory.everywhere
        judged, others = await _judge(connection, meant, hmacs, owner, ask_who_left=everybody)
        for admission, verdict in judged:
            counted.add(verdict, admission, others)
        tell(start + len(judged))
    return counted.saved()


async def count(
    connection: AsyncConnection, kind: RecipientKind, territory: Territory = EVERYWHERE
) -> int:
    """How many stand on one list, of those who live in a territory."""
    return (
        await connection.scalar(
            sa.select(sa.func.count())
            .select_from(recipient)
            .where(recipient.c.kind == kind, *lives_in(territory))
        )
    ) or 0


async def by_address(
    connection: AsyncConnection, address: str, territory: Territory
) -> list[tuple[int, Recipient]]:
    """Those with exactly this telephone number or mail address, numbered, in a territory."""
    query = (
        sa.select(recipient)
        .where(
            sa.or_(
                recipient.c.phone == address,
                sa.func.lower(recipient.c.email) == sa.func.lower(address),
            ),
            *lives_in(territory),
        )
        .order_by(recipient.c.id)
        .limit(BATCH)
    )
    found = map(entry_of, (await connection.execute(query)).mappings())
    return [(entry.id, entry.who) for entry in found]


async def sharing(
    connection: AsyncConnection, entry: RecipientEntry, territory: Territory
) -> list[RecipientEntry]:
    """Other entries of the same list in a territory that stand with one of its addresses."""
    shared = [recipient.c.phone == entry.who.phone] if entry.who.phone else []
    if entry.who.email:
        shared.append(sa.func.lower(recipient.c.email) == sa.func.lower(entry.who.email))
    query = (
        sa.select(recipient)
        .where(
            sa.or_(sa.false(), *shared),
            recipient.c.kind == entry.who.kind,
            recipient.c.id != entry.id,
            recipient.c.ended_at.is_(None),
            *lives_in(territory),
        )
        .order_by(recipient.c.id)
        .limit(BATCH)
    )
    return [entry_of(row) for row in (await connection.execute(query)).mappings()]


async def find_recipient(connection: AsyncConnection, number: int) -> Recipient | None:
    """One recipient by number."""
    entry = await load(connection, number)
    return entry.who if entry else None


async def load(connection: AsyncConnection, number: int) -> RecipientEntry | None:
    """One entry with its groups."""
    query = sa.select(recipient).where(recipient.c.id == number)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    entry = entry_of(row)
    names = await groups.groups_of(connection, number)
    return replace(entry, who=replace(entry.who, groups=names))


async def update_recipient(
    connection: AsyncConnection,
    database: Database,
    before: RecipientEntry,
    who: Recipient,
    hmacs: Hmacs | None = None,
    *,
    owner: ListOwner = NATIONAL_LIST,
) -> None:
    """Put `who` in the place of what stood there; its reference stays.

    Raises LeftList where a new address is one that `save` would leave out.
    """
    phone, email = addresses_kept(who.phone, who.email, who.preferred_channels)
    kept = replace(who, phone=phone, email=email)
    row = await row_to_change(connection, database, before.id)
    admission = admit(row, kept, await find_said_no(connection, [kept], hmacs), owner)
    if admission.refused:
        raise LeftList(admission.left_with)
    await _comes_back(connection, admission, 0, hmacs, owner)
    if stood_elsewhere(row, kept):
        number = await next_revision(connection, database)
        await log_changes(connection, database, [change_of(row, number, phone, email)])
    await connection.execute(
        sa.update(recipient).where(recipient.c.id == before.id).values(**row_of(kept))
    )
    moved = [(row, kept)]
    await repeats.mark(
        connection, database, phones=_moved(moved, "phone"), emails=_moved(moved, "email")
    )
    await update_index(connection, database, {before.id: (keys_of(before.who), keys_of(who))})
    if who.groups is not None:
        await groups.assign(
            connection, database, who.kind, {before.id: who.groups}, owner.authority
        )


def _stood(meant: Meant) -> list[Recipient]:
    """These entries as they stand: an address that a file says nothing of moves with them."""
    return [entry_of(row).who for _, row in meant if row is not None]


async def _grouped(connection: AsyncConnection, meant: Meant) -> Mapping[int, frozenset[str]]:
    """The groups of known entries, by their numbers, where these people say anything of groups."""
    if all(person.groups is None for person, _ in meant):
        return {}
    return await groups.of_each(connection, [row["id"] for _, row in meant if row is not None])


async def _others(
    connection: AsyncConnection,
    people: Sequence[Recipient],
    standing: Sequence[Admission],
    territory: Territory = EVERYWHERE,
) -> References:
    """Under which references the numbers and addresses of these people stand on their lists.

    Entries outside the territory count for nothing. Those of `standing`, which are known to stand
    as they do, are not fetched again.
    """
    found: dict[tuple[RecipientKind, str], set[str]] = {}
    for admission in standing:
        for address in filter(None, (admission.who.phone, admission.who.email.lower())):
            found.setdefault((admission.who.kind, address), set()).add(admission.who.reference)
    known = [admission.before["id"] for admission in standing if admission.before is not None]
    fetched = recipient.c.id.not_in(each_of(connection, known, recipient.c.id.type))
    remaining_binary_expressions = [fetched] if known else []
    phones = {one.phone for one in people} - {""}
    emails = {one.email.lower() for one in people} - {""}
    lower = sa.func.lower(recipient.c.email)
    for column, wanted in ((recipient.c.phone, phones), (lower, emails)):
        if wanted:
            query = sa.select(recipient.c.kind, recipient.c.reference, column.label("address"))
            binary_expression = column.in_(each_of(connection, wanted, recipient.c.email.type))
            for row in await connection.execute(
                query.where(binary_expression, *remaining_binary_expressions, *lives_in(territory))
            ):
                found.setdefault((RecipientKind(row.kind), row.address), set()).add(row.reference)
    return {key: frozenset(references) for key, references in found.items()}


async def _comes_back(
    connection: AsyncConnection,
    admission: Admission,
    revision: int,
    hmacs: Hmacs | None,
    owner: ListOwner,
) -> None:
    """Where they had left and said yes since, that they left is forgotten."""
    before, who = admission.before, admission.who
    if admission.ended_at is None:
        return
    if hmacs is not None:
        await opt_outs.remove(
            connection, who.kind, own_addresses(admission.said), hmacs, owner, who.nis_code
        )
    if before is not None and before["ended_at"] is not None:
        await connection.execute(
            sa.update(recipient)
            .where(recipient.c.id == before["id"])
            .values(ended_at=None, since=revision)
        )


async def _write(
    connection: AsyncConnection,
    database: Database,
    admissions: Sequence[Admission],
    revision: int,
    owner: ListOwner,
) -> None:
    """In one piece: rows, repeats, search keys and groups change together, their locks in order."""
    if not admissions:
        return
    wanted = [(admission.before, admission.who) for admission in admissions]
    moved = [
        change_of(before, revision, person.phone, person.email)
        for before, person in wanted
        if before is not None and before["ended_at"] is None and stood_elsewhere(before, person)
    ]
    await log_changes(connection, database, moved)
    new = [person for before, person in wanted if before is None]
    await free_references(connection, new, owner)
    await _put(
        connection,
        database,
        [
            {
                "kind": recipient.kind,
                "reference": recipient.reference,
                "reference_key": reference_key(recipient.reference),
                "authority": owner.list_name if before is None else before["authority"],
                "since": revision,
                **row_of(recipient),
            }
            for before, recipient in wanted
        ],
    )
    await repeats.mark(
        connection,
        database,
        phones=_moved(wanted, "phone"),
        emails=_moved(wanted, "email"),
    )
    known = await find_known(connection, new, owner) if new else {}
    keys, grouped = {}, dict[RecipientKind, dict[int, tuple[str, ...]]]()
    for before, person in wanted:
        row = before or known[person.kind, reference_key(person.reference)]
        number = row["id"]
        had = frozenset() if before is None else keys_of(entry_of(before).who)
        keys[number] = (had, keys_of(person))
        if person.groups is not None:
            grouped.setdefault(person.kind, {})[number] = person.groups
    await update_index(connection, database, keys)
    for kind, members in grouped.items():
        await groups.assign(connection, database, kind, members, owner.authority)


WRITTEN = (
    "kind", "reference", "reference_key", "authority", "since", *SAID, "preferred_channels",
)  # fmt: skip


async def _put(
    connection: AsyncConnection, database: Database, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert these rows, or change those that are there under their references.

    On PostgreSQL in one statement: the triggers that keep `audience_count` are for each statement,
    and write each of its rows once for all.
    """
    if database.is_sqlite:
        await connection.execute(_putting(database.insert(recipient)), rows)
        return
    each = {(row["kind"], row["reference_key"], row["authority"]): row for row in rows}
    given = ([_as_text(row[name]) for name in WRITTEN] for row in each.values())
    await connection.execute(_putting_many(), {"given": database.document(given)})


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _putting(statement: Any) -> sa.Insert:
    changed = {name: statement.excluded[name] for name in (*SAID, "preferred_channels")}
    keys = ["kind", "reference_key", "authority"]
    insert: sa.Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return insert


@cache
def _putting_many() -> sa.Insert:
    rows = table_of([recipient.c[name] for name in WRITTEN], sqlite=False)
    chosen = sa.select(*(rows.c[name] for name in WRITTEN))
    return _putting(postgresql.insert(recipient).from_select(WRITTEN, chosen))


def _moved(wanted: Sequence[tuple[sa.RowMapping | None, Recipient]], column: str) -> set[str]:
    """Addresses that somebody has now, or had before, and not in the same municipality."""
    found = set()
    for before, person in wanted:
        had, has = before[column] if before is not None else "", getattr(person, column)
        if had != has or (before is not None and before["nis_code"] != person.nis_code):
            found |= {had, has}
    return found
