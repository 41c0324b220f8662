"""Rows and queries for recipients: bring a list up to date, read one, change one, end one."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import EVERYWHERE, Territory
from alerting.domain.language import Language
from alerting.domain.recipient import (
    Hmacs,
    Recipient,
    RecipientKind,
    addresses_kept,
    own_addresses,
    reference_key,
    search_keys,
)
from alerting.store.database import Database
from alerting.store.recipients import groups, opt_outs, repeats
from alerting.store.recipients.opt_outs import ListOwner, OptOut
from alerting.store.tables import (
    group_member,
    list_revision,
    recipient,
    recipient_change,
    search_key,
)
from alerting.store.visibility import lives_in

BATCH = 500
SAID = (
    "language",
    "nis_code",
    "name",
    "phone",
    "email",
    "outlet",
    "consent_date",
    "consent_source",
)
Known = Mapping[tuple[str, str], sa.RowMapping]
References = Mapping[tuple[RecipientKind, str], frozenset[str]]
"""By list and address, the references under which it stands there."""
SaidNo = Mapping[tuple[str, str], Sequence[OptOut]]
"""By list and address, where and when whoever has it left that list."""
NATIONAL_LIST = ListOwner()
"""The list of nobody in particular, for the whole country."""


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """A recipient with our number for it. `ended_at`: it stands here without personal data."""

    id: int
    who: Recipient
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a list: new entries, known ones that differ, and those who had said no."""

    added: int
    changed: int
    left_out: int
    unchanged: int = 0
    elsewhere: int = 0
    """Of all but those left out: whose number or address stands there under another reference."""
    unreachable: tuple[int, ...] = ()
    """Positions, in the list, of those who would have neither a number nor an address."""
    taken_away: int = 0
    """How many known telephone numbers and mail addresses the list leaves nothing in place of."""
    elsewhere_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those counted in `elsewhere`."""
    taken_away_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those who lose a number or an address."""


class LeftList(Exception):
    """Somebody with these addresses left the list, and no later consent is known."""

    def __init__(self, addresses: frozenset[str]) -> None:
        super().__init__("somebody with such an address left the list")
        self.addresses = addresses


@dataclass(frozen=True, slots=True)
class _Admission:
    """What those who left the list make of somebody who is to stand there with these addresses.

    Made by `_admit` alone. Whatever writes a number or a mail address of somebody needs one.
    """

    before: sa.RowMapping | None
    said: Recipient
    """As it was given."""
    who: Recipient
    """As it will stand."""
    ended_at: datetime | None
    """When they left; None where they did not."""
    left_with: frozenset[str]
    """The addresses they left with."""

    @property
    def refused(self) -> bool:
        """Whether they left, and no consent of a later day came along.

        The one that stood there already was given for other addresses.
        """
        if self.ended_at is None:
            return False
        before = self.before
        if before is not None and before["ended_at"] is None:
            known = before["consent_date"] == self.said.consent_date
            return known or not _newer(self.ended_at, self.said)
        return not _newer(self.ended_at, self.said)


class _Verdict(StrEnum):
    """What saving one of a list means."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SAID_NO = "said-no"
    UNREACHABLE = "unreachable"


class _Tally:
    """Counts verdicts on a list, one after the other."""

    def __init__(self) -> None:
        self._verdicts: list[_Verdict] = []
        self._elsewhere: list[int] = []
        self._taken: dict[int, int] = {}
        self._first: dict[tuple[RecipientKind, str], str] = {}

    def add(
        self,
        verdict: _Verdict,
        before: sa.RowMapping | None,
        person: Recipient,
        others: References,
    ) -> None:
        """Count one; `others`: by address, references under which it stands on the list."""
        at = len(self._verdicts)
        self._verdicts.append(verdict)
        if verdict is _Verdict.CHANGED and before is not None:
            names = ("phone", "email")
            if lost := sum(bool(before[name]) and not getattr(person, name) for name in names):
                self._taken[at] = lost
        if verdict in {_Verdict.SAID_NO, _Verdict.UNREACHABLE}:
            return
        elsewhere = False
        for address in filter(None, (person.phone, person.email.lower())):
            first = self._first.setdefault((person.kind, address), person.reference)
            known = others.get((person.kind, address), frozenset()) - {person.reference}
            elsewhere |= bool(known) or first != person.reference
        if elsewhere:
            self._elsewhere.append(at)

    def saved(self) -> Saved:
        """What was counted."""
        counted = Counter(self._verdicts)
        at = (n for n, one in enumerate(self._verdicts) if one is _Verdict.UNREACHABLE)
        return Saved(
            counted[_Verdict.NEW],
            counted[_Verdict.CHANGED],
            counted[_Verdict.SAID_NO],
            counted[_Verdict.UNCHANGED],
            len(self._elsewhere),
            tuple(at),
            sum(self._taken.values()),
            tuple(self._elsewhere),
            tuple(self._taken),
        )


async def save(
    connection: AsyncConnection,
    database: Database,
    people: Sequence[Recipient],
    hmacs: Hmacs | None = None,
    *,
    owner: ListOwner = NATIONAL_LIST,
) -> Saved:
    """Insert recipients, or bring those with the same reference up to date.

    Whoever left a list of the same place is left out, unless a consent given on a later day comes
    along (see `opt_outs`). `hmacs` are the keyring's for those who left; ValueError without them
    where somebody ever did. Addresses that stand under another reference are told of as far as
    the owner's territory may know of them.
    """
    counted = _Tally()
    revision = 0
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        known = await _known(connection, batch)
        grouped = await _grouped(connection, known, batch)
        others = await _others(connection, batch, owner.territory)
        said_no = await _said_no(connection, batch, hmacs)
        if not revision and any(_may_matter(_before(known, one), one) for one in batch):
            revision = await next_revision(connection, database)
        wanted = []
        for person in batch:
            admission = _admit(_before(known, person), person, said_no, owner)
            verdict = _verdict(admission, grouped)
            counted.add(verdict, admission.before, admission.who, others)
            if verdict not in {_Verdict.NEW, _Verdict.CHANGED}:
                continue
            await _comes_back(connection, admission, revision, hmacs, owner)
            wanted.append(admission)
        await _write(connection, database, wanted, revision, owner.authority)
    return counted.saved()


async def revision(connection: AsyncConnection) -> int:
    """How often lists were changed so that an audience may be another one."""
    return await connection.scalar(sa.select(list_revision.c.n)) or 0


async def next_revision(connection: AsyncConnection, database: Database) -> int:
    """A revision of one's own. Its row is held until the commit: revisions commit in their order,
    so that nothing counted at one is written later under a smaller number."""
    await connection.run_sync(database.add_up, list_revision, [{"id": 1, "n": 1}])
    return await revision(connection)


def _may_matter(before: sa.RowMapping | None, person: Recipient) -> bool:
    """Whether saving may change who is reached: a new entry, one that comes back, another place."""
    if before is None:
        return True
    if before["ended_at"] is not None:
        return _newer(before["ended_at"], person)
    return _stood_elsewhere(before, _completed(person, before))


def _stood_elsewhere(before: sa.RowMapping, person: Recipient) -> bool:
    return any(
        before[name] != getattr(person, name) for name in ("nis_code", "language", "phone", "email")
    )


def _change(before: sa.RowMapping, revision: int, phone: str, email: str) -> dict[str, Any]:
    """Where an entry stood, and which of its addresses is another one from now on."""
    return {
        "revision": revision,
        "recipient_id": before["id"],
        "nis_code": before["nis_code"],
        "language": before["language"],
        "had_phone": bool(before["phone"]),
        "had_email": bool(before["email"]),
        "other_phone": before["phone"] != phone,
        "other_email": before["email"] != email,
    }


async def _log(
    connection: AsyncConnection, database: Database, changes: Sequence[dict[str, Any]]
) -> None:
    if changes:
        await connection.execute(
            database.insert(recipient_change).on_conflict_do_nothing(), list(changes)
        )


async def count_existing(
    connection: AsyncConnection,
    people: Sequence[Recipient],
    hmacs: Hmacs | None = None,
    *,
    owner: ListOwner = NATIONAL_LIST,
) -> Saved:
    """What `save` would do, as far as a territory may know of it; nothing is written.

    Entries outside the territory count for nothing, or anybody with a list of numbers could ask
    which of them are on the country's. Who left is told of only where their entry stands inside:
    by their addresses alone nobody knows where it does.
    """
    counted, territory = _Tally(), owner.territory
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        known = await _known(connection, batch)
        grouped = await _grouped(connection, known, batch)
        others = await _others(connection, batch, territory)
        said_no = await _said_no(connection, batch, hmacs) if territory.everywhere else {}
        for person in batch:
            before = _before(known, person)
            if before is not None and not territory.everywhere:
                before = before if before["nis_code"] in territory.codes else None
            admission = _admit(before, person, said_no, owner)
            counted.add(_verdict(admission, grouped), admission.before, admission.who, others)
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
    return [(one.id, one.who) for one in found]


async def sharing(
    connection: AsyncConnection, one: RecipientEntry, territory: Territory
) -> list[RecipientEntry]:
    """Other entries of the same list in a territory that stand with one of its addresses."""
    shared = [recipient.c.phone == one.who.phone] if one.who.phone else []
    if one.who.email:
        shared.append(sa.func.lower(recipient.c.email) == sa.func.lower(one.who.email))
    query = (
        sa.select(recipient)
        .where(
            sa.or_(sa.false(), *shared),
            recipient.c.kind == one.who.kind,
            recipient.c.id != one.id,
            recipient.c.ended_at.is_(None),
            *lives_in(territory),
        )
        .order_by(recipient.c.id)
        .limit(BATCH)
    )
    return [entry_of(row) for row in (await connection.execute(query)).mappings()]


async def kept_elsewhere(
    connection: AsyncConnection, people: Sequence[Recipient], territory: Territory
) -> int:
    """How many of these references stand on the same list for somebody outside a territory."""
    if territory.everywhere:
        return 0
    found = 0
    outside = sa.not_(sa.and_(*lives_in(territory)))
    for start in range(0, len(people), BATCH):
        some = people[start : start + BATCH]
        query = sa.select(sa.func.count()).where(
            recipient.c.kind == some[0].kind,
            recipient.c.reference_key.in_([reference_key(one.reference) for one in some]),
            outside,
        )
        found += await connection.scalar(query) or 0
    return found


async def find(connection: AsyncConnection, number: int) -> Recipient | None:
    """One recipient by number."""
    entry = await load(connection, number)
    return entry.who if entry else None


async def load(
    connection: AsyncConnection, number: int, *, lock: bool = False
) -> RecipientEntry | None:
    """One entry with its groups; with `lock` held until commit."""
    query = sa.select(recipient).where(recipient.c.id == number)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    entry = entry_of(row)
    names = await groups.of(connection, number)
    return replace(entry, who=replace(entry.who, groups=names))


async def change(
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
    row = await _held(connection, before.id)
    admission = _admit(row, kept, await _said_no(connection, [kept], hmacs), owner)
    if admission.refused:
        raise LeftList(admission.left_with)
    await _comes_back(connection, admission, 0, hmacs, owner)
    if _stood_elsewhere(row, kept):
        number = await next_revision(connection, database)
        await _log(connection, database, [_change(row, number, phone, email)])
    await connection.execute(
        sa.update(recipient).where(recipient.c.id == before.id).values(**_row(kept))
    )
    await repeats.mark(
        connection,
        database,
        phones={row["phone"], phone} if row["phone"] != phone else (),
        emails={row["email"], email} if row["email"] != email else (),
    )
    await _index(connection, database, {before.id: (_keys_of(before.who), _keys_of(who))})
    if who.groups is not None:
        await groups.assign(
            connection, database, who.kind, {before.id: who.groups}, owner.authority
        )


async def _held(connection: AsyncConnection, number: int) -> sa.RowMapping:
    query = sa.select(recipient).where(recipient.c.id == number).with_for_update()
    return (await connection.execute(query)).mappings().one()


async def end(
    connection: AsyncConnection,
    database: Database,
    before: RecipientEntry,
    hmacs: Hmacs,
    at: datetime,
    *,
    owner: ListOwner = NATIONAL_LIST,
    requested: bool = True,
) -> None:
    """Take everything personal out of an entry; its number, language and municipality stay.

    Of its addresses the list of those who left keeps HMACs. `requested`: the person asked for it,
    so that nobody's list brings them back in the owner's territory; else no list of the owner's
    does. What other tables hold of them is `actions.recipients.erasure`'s to erase, which calls
    this.
    """
    who = before.who
    row = await _held(connection, before.id)
    number = await next_revision(connection, database)
    await _log(connection, database, [_change(row, number, "", "")])
    addresses = own_addresses(who)
    await opt_outs.add(
        connection, database, who.kind, addresses, hmacs, owner, requested=requested, at=at
    )
    is_address = who.reference.strip().lower() in addresses
    reference = f"ended-{secrets.token_hex(16)}" if is_address else who.reference
    await connection.execute(
        sa.update(recipient)
        .where(recipient.c.id == before.id)
        .values(
            reference=reference,
            reference_key=reference_key(reference),
            name="",
            phone="",
            email="",
            outlet="",
            consent_date=None,
            consent_source="",
            preferred_channels="",
            ended_at=at,
        )
    )
    await repeats.mark(connection, database, phones=[who.phone], emails=[who.email])
    await _index(connection, database, {before.id: (_keys_of(who), frozenset())})
    await connection.execute(
        sa.delete(group_member).where(group_member.c.recipient_id == before.id)
    )


def entry_of(row: sa.RowMapping) -> RecipientEntry:
    """A row as the domain knows it; its groups are not looked up."""
    return RecipientEntry(
        row["id"],
        Recipient(
            kind=RecipientKind(row["kind"]),
            reference=row["reference"],
            language=Language(row["language"]),
            name=row["name"],
            nis_code=row["nis_code"],
            phone=row["phone"],
            email=row["email"],
            outlet=row["outlet"],
            consent_date=row["consent_date"],
            consent_source=row["consent_source"],
            preferred_channels=tuple(filter(None, row["preferred_channels"].split(","))),
        ),
        row["ended_at"],
    )


async def _known(connection: AsyncConnection, people: Sequence[Recipient]) -> Known:
    names = {reference_key(one.reference) for one in people}
    rows = await connection.execute(
        sa.select(recipient).where(
            recipient.c.kind.in_(sorted({one.kind for one in people})),
            recipient.c.reference_key.in_(sorted(names)),
        )
    )
    return {(row["kind"], row["reference_key"]): row for row in rows.mappings()}


def _before(known: Known, person: Recipient) -> sa.RowMapping | None:
    return known.get((person.kind, reference_key(person.reference)))


async def _said_no(
    connection: AsyncConnection, people: Sequence[Recipient], hmacs: Hmacs | None
) -> SaidNo:
    """Where and when whoever has an address of one of these people left the list of that kind."""
    if hmacs is None:
        if await opt_outs.exist(connection):
            raise ValueError("some people left a list: who they are is told by the keyring")
        return {}
    found: dict[tuple[str, str], Sequence[OptOut]] = {}
    for kind in {one.kind for one in people}:
        addresses = {a for one in people if one.kind is kind for a in own_addresses(one)}
        ended = await opt_outs.find(connection, kind, addresses, hmacs)
        found |= {(kind, address): rows for address, rows in ended.items()}
    return found


def _admit(
    before: sa.RowMapping | None, person: Recipient, said_no: SaidNo, owner: ListOwner
) -> _Admission:
    """Whether they left, by their entry and by any of their addresses.

    Of an entry that stands, the addresses it has already say nothing, unless it moves.
    """
    addresses = own_addresses(person)
    completed = _completed(person, before)
    stands = before is not None and before["ended_at"] is None
    if before is not None and stands and before["nis_code"] == completed.nis_code:
        addresses -= own_addresses(entry_of(before).who)
    left = {
        address: one.ended_at
        for address in addresses
        for one in sorted(said_no.get((person.kind, address), ()), key=lambda one: one.ended_at)
        if one.keeps_off(completed.nis_code, owner)
    }
    times = list(left.values())
    if before is not None and before["ended_at"] is not None:
        times.append(before["ended_at"])
    return _Admission(before, person, completed, max(times, default=None), frozenset(left))


def _newer(ended_at: datetime, person: Recipient) -> bool:
    return person.consent_date is not None and person.consent_date > ended_at.date()


def _verdict(admission: _Admission, grouped: Mapping[int, frozenset[str]]) -> _Verdict:
    before, person, completed = admission.before, admission.said, admission.who
    if admission.refused:
        return _Verdict.SAID_NO
    if person.unsaid and not (completed.phone or completed.email):
        return _Verdict.UNREACHABLE
    if before is None or before["ended_at"] is not None:
        return _Verdict.NEW
    same = all(before[name] == value for name, value in _row(completed).items()) and (
        person.groups is None or grouped.get(before["id"], frozenset()) == set(person.groups)
    )
    return _Verdict.UNCHANGED if same else _Verdict.CHANGED


async def _grouped(
    connection: AsyncConnection, known: Known, people: Sequence[Recipient]
) -> Mapping[int, frozenset[str]]:
    """The groups of known entries, by their numbers, where these people say anything of groups."""
    if all(one.groups is None for one in people):
        return {}
    return await groups.of_each(connection, [row["id"] for row in known.values()])


async def _others(
    connection: AsyncConnection, people: Sequence[Recipient], territory: Territory = EVERYWHERE
) -> References:
    """Under which references the numbers and addresses of these people stand on their lists.

    Entries outside the territory count for nothing.
    """
    phones = {one.phone for one in people} - {""}
    emails = {one.email.lower() for one in people} - {""}
    lower = sa.func.lower(recipient.c.email)
    found: dict[tuple[RecipientKind, str], set[str]] = {}
    for column, wanted in ((recipient.c.phone, phones), (lower, emails)):
        if wanted:
            query = sa.select(recipient.c.kind, recipient.c.reference, column.label("address"))
            query = query.where(column.in_(sorted(wanted)), *lives_in(territory))
            rows = await connection.execute(query)
            for row in rows:
                found.setdefault((RecipientKind(row.kind), row.address), set()).add(row.reference)
    return {key: frozenset(references) for key, references in found.items()}


async def _comes_back(
    connection: AsyncConnection,
    admission: _Admission,
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


def _completed(person: Recipient, before: sa.RowMapping | None) -> Recipient:
    """With what was known before where the file is silent, and only the addresses we may use."""
    if before is not None:
        said = entry_of(before).who
        kept: dict[str, Any] = {name: getattr(said, name) for name in person.unsaid}
        person = replace(
            person,
            **kept,
            reference=said.reference,
            consent_date=person.consent_date or said.consent_date,
            consent_source=person.consent_source or said.consent_source,
            preferred_channels=person.preferred_channels or said.preferred_channels,
        )
    phone, email = addresses_kept(person.phone, person.email, person.preferred_channels)
    return replace(person, phone=phone, email=email)


async def _write(
    connection: AsyncConnection,
    database: Database,
    admissions: Sequence[_Admission],
    revision: int,
    authority: str,
) -> None:
    if not admissions:
        return
    wanted = [(one.before, one.who) for one in admissions]
    moved = [
        _change(before, revision, person.phone, person.email)
        for before, person in wanted
        if before is not None and before["ended_at"] is None and _stood_elsewhere(before, person)
    ]
    await _log(connection, database, moved)
    people = [person for _, person in wanted]
    statement = database.insert(recipient)
    changed = {name: statement.excluded[name] for name in (*SAID, "preferred_channels")}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["kind", "reference_key"], set_=changed),
        [
            {"kind": one.kind, "reference": one.reference, "since": revision, **_row(one)}
            for one in people
        ],
    )
    await repeats.mark(
        connection,
        database,
        phones=_moved(wanted, "phone"),
        emails=_moved(wanted, "email"),
    )
    known = await _known(connection, people)
    keys, grouped = {}, dict[RecipientKind, dict[int, tuple[str, ...]]]()
    for before, person in wanted:
        number = known[person.kind, reference_key(person.reference)]["id"]
        had = frozenset() if before is None else _keys_of(entry_of(before).who)
        keys[number] = (had, _keys_of(person))
        if person.groups is not None:
            grouped.setdefault(person.kind, {})[number] = person.groups
    await _index(connection, database, keys)
    for kind, members in grouped.items():
        await groups.assign(connection, database, kind, members, authority)


def _moved(wanted: Sequence[tuple[sa.RowMapping | None, Recipient]], column: str) -> set[str]:
    """Addresses that somebody has now and had not before, or the other way round."""
    found = set()
    for before, person in wanted:
        had, has = before[column] if before is not None else "", getattr(person, column)
        if had != has:
            found |= {had, has}
    return found


def _row(person: Recipient) -> dict[str, Any]:
    said = {name: getattr(person, name) for name in SAID}
    return {**said, "preferred_channels": ",".join(person.preferred_channels)}


def _keys_of(who: Recipient) -> frozenset[str]:
    return search_keys(name=who.name, outlet=who.outlet, phone=who.phone, email=who.email)


async def _index(
    connection: AsyncConnection,
    database: Database,
    keys: Mapping[int, tuple[frozenset[str], frozenset[str]]],
) -> None:
    """What each entry is found by: before, and now."""
    stale = _pairs((number, had - has) for number, (had, has) in keys.items())
    if stale:
        await connection.execute(
            sa.delete(search_key).where(
                search_key.c.key == sa.bindparam("key_"),
                search_key.c.recipient_id == sa.bindparam("recipient_id_"),
            ),
            [{f"{name}_": value for name, value in one.items()} for one in stale],
        )
    fresh = _pairs((number, has - had) for number, (had, has) in keys.items())
    if fresh:
        await connection.execute(database.insert(search_key).on_conflict_do_nothing(), fresh)


def _pairs(keys: Iterable[tuple[int, frozenset[str]]]) -> list[dict[str, Any]]:
    pairs = [(key, number) for number, found in keys for key in found]
    return [{"key": key, "recipient_id": number} for key, number in sorted(pairs)]
