"""Look people and newsrooms up, correct them, end them, group them.

The ledger names entries by our number for them and says which fields changed, never to what.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from alerting.actions import authorization
from alerting.actions.recipients import erasure
from alerting.actions.recipients.importing import (
    MAY_IMPORT,
    looked_at,
    must_change,
    owner_of,
    require_few_new_groups,
)
from alerting.actions.recipients.search import PersonalData, asked, is_masked, mask, record_look
from alerting.domain.authority import NATIONAL, Territory
from alerting.domain.errors import BadRequest, ChangedMeanwhile, Invalid, NotFound
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page, page_of
from alerting.domain.reason import label_of
from alerting.domain.recipient import Recipient, RecipientKind, RowFinding, same_addresses
from alerting.domain.text.i18n import msgid
from alerting.importing.recipients import read_one
from alerting.services import Services
from alerting.store.recipients import groups
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients import search as recipient_search
from alerting.store.recipients.admissions import LeftList
from alerting.store.recipients.entries import RecipientEntry
from alerting.store.recipients.groups import Group
from alerting.store.recipients.revisions import lock_lists
from alerting.store.recipients.search import RecipientPage, RecipientQuery

FIELDS = (
    "language", "nis_code", "name", "phone", "email", "outlet",
    "consent_date", "consent_source", "preferred_channels", "groups",
)  # fmt: skip
ENTRY = msgid("entry")
GROUP = msgid("group")
GROUPS_PAGE_SIZE = 200
"""Of one page, and of what a search offers to choose from."""
NOBODY_FOUND = RecipientPage([])
LONGEST_NAME = 100
LEFT_LIST = msgid(
    "the holder of this number or address has unsubscribed: it is accepted only with a "
    "consent given after that date"
)
BAD_GROUP = msgid("A group needs a name of at most {most} characters that no other group has")


class BadEntry(Invalid):
    """Fields that cannot be kept; `faults` names each. Nothing was changed."""

    says = msgid("The entry was not changed, because some fields are invalid.")
    remedy = msgid("Correct the fields marked below and save again.")

    def __init__(self, faults: Sequence[RowFinding]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientSearch:
    """What an officer looks for, as typed. `text`: a name, number, address or reference."""

    text: str = ""
    place: str = ""
    language: Language | None = None
    group: int | None = None
    ended: bool = False


async def list_recipients(
    services: Services,
    kind: RecipientKind,
    search: RecipientSearch,
    *,
    by: Officer,
    after: str = "",
    limit: int,
    data: PersonalData = PersonalData.PERMITTED,
) -> RecipientPage:
    """A page of the entries of a list that fit.

    The ledger says who was shown, by number, and never what was looked for.
    """
    by.must(Permission.READ)
    hidden = is_masked(data, by=by)
    sought = _inside(looked_at(by, kind), sought_by(services, search, by=by))
    if sought is None:
        return NOBODY_FOUND
    async with services.reading() as reading:
        page = await recipient_search.page(
            reading.connection, kind, sought, after=after, limit=limit
        )
    await record_look(
        services,
        "recipients.searched" if search.text.strip() else "recipients.listed",
        by=by,
        about=f"recipients/{kind}",
        shown=[entry.id for entry in page.items],
        data=data,
    )
    return replace(page, items=_masked_entries(page.items)) if hidden else page


def sought_by(services: Services, search: RecipientSearch, *, by: Officer) -> RecipientQuery:
    """What was typed, as the store looks it up for this officer. Raises UnknownPlace."""
    place = search.place.strip()
    typed = asked(services, search.text, by=by)
    return RecipientQuery(
        keys=typed.keys,
        address=typed.address,
        reference=typed.reference,
        nis_code=services.gazetteer.resolve(place) if place else (),
        language=search.language,
        group=search.group,
        ended=search.ended,
    )


async def get_recipient(
    services: Services,
    kind: RecipientKind,
    number: int,
    *,
    by: Officer,
    data: PersonalData = PersonalData.PERMITTED,
) -> RecipientEntry:
    """One entry with its groups. It is recorded."""
    by.must(Permission.READ)
    hidden = is_masked(data, by=by)
    async with services.reading() as reading:
        found = await recipient_rows.load(reading.connection, number)
    entry = _looked_up(found, kind, number, by=by)
    await record_look(
        services, "recipient.read", by=by, about=f"recipient/{number}", shown=[number], data=data
    )
    return _masked_entries([entry])[0] if hidden else entry


async def edit_recipient(
    services: Services,
    kind: RecipientKind,
    number: int,
    fields: dict[str, str],
    *,
    seen: str,
    by: Officer,
) -> RecipientEntry:
    """Put what was typed in the place of what stood there; `fields` are named as in a file.

    `seen` is the fingerprint of the entry as it was read: ChangedMeanwhile where it is another one
    now. Raises BadEntry, with every fault, when a field is not right.
    In one piece: what was read is held against what is written, in one transaction.
    """
    must_change(services, kind, by=by)
    by.must(Permission.SEE_ADDRESSES)  # nobody overwrites what they cannot read
    async with services.unit() as unit:
        await lock_lists(unit.connection, unit.database)
        before = _looked_up(await recipient_rows.load(unit.connection, number), kind, number, by=by)
        if before.ended_at is not None:
            raise NotFound(what=ENTRY, number=number)
        if before.fingerprint() != seen:
            raise ChangedMeanwhile
        recipient = _read_fields(services, kind, {**fields, "reference": before.who.reference})
        if kind is RecipientKind.PERSON:
            authorization.require_permission(
                services, MAY_IMPORT[kind], {recipient.nis_code}, by=by
            )
        changed = [
            field for field in FIELDS if getattr(recipient, field) != getattr(before.who, field)
        ]
        if changed:
            await require_few_new_groups(unit, kind, [(0, recipient.groups or ())], by=by)
            try:
                await recipient_rows.update_recipient(
                    unit.connection,
                    unit.database,
                    before,
                    recipient,
                    services.opt_out_hmacs(),
                    owner=owner_of(by, kind),
                )
            except LeftList as refusal:
                raise BadEntry(_left_with(recipient, refusal.addresses)) from None
            await unit.record(
                "recipient.changed",
                by=by,
                about=f"recipient/{number}",
                at=services.now(),
                details={"list": kind, "fields": changed},
            )
    return replace(before, who=recipient)


def _read_fields(services: Services, kind: RecipientKind, fields: dict[str, str]) -> Recipient:
    """An entry as its fields were typed. Raises BadEntry, with every fault."""
    recipient, faults = read_one(
        fields,
        kind,
        services.gazetteer.read_municipality,
        today=services.now().date(),
        countries=services.phone_countries,
    )
    if recipient is None:
        raise BadEntry(faults)
    return recipient


@dataclass(frozen=True, slots=True)
class Sharing:
    """Other entries of a list with an address of one: `same` have both, and end with it."""

    same: list[RecipientEntry]
    one_address: list[RecipientEntry]


async def list_sharing(
    services: Services,
    kind: RecipientKind,
    number: int,
    *,
    by: Officer,
    data: PersonalData = PersonalData.PERMITTED,
) -> Sharing:
    """Who else in the officer's territory stands with an address of an entry; it is recorded."""
    by.must(Permission.READ)
    hidden = is_masked(data, by=by)
    async with services.reading() as reading:
        entry = _looked_up(
            await recipient_rows.load(reading.connection, number), kind, number, by=by
        )
        entries = await recipient_rows.sharing(reading.connection, entry, looked_at(by, kind))
    if entries:
        await record_look(
            services,
            "recipients.listed",
            by=by,
            about=f"recipients/{kind}",
            shown=[one.id for one in entries],
            data=data,
        )
    same = [one for one in entries if same_addresses(one.who, entry.who)]
    other_entries = [one for one in entries if one not in same]
    if hidden:
        same, other_entries = _masked_entries(same), _masked_entries(other_entries)
    return Sharing(same, other_entries)


async def end_recipient(
    services: Services,
    kind: RecipientKind,
    number: int,
    *,
    requested: bool = False,
    by: Officer,
    also: Collection[int] = (),
) -> tuple[int, ...]:
    """Take a person or newsroom off the list: what is personal is erased, now and for good.

    Wherever it stands: see `erasure`. `requested`: the person asked for it, so that no list of
    the officer's territory brings them back; else only those of the officer's own authority do
    not. So a mistake keeps nobody off the lists of others.

    Entries of the officer's territory with the same number and the same mail address are the same
    person and end too, and so do those of `also`, which share one of its addresses; NotFound for
    others. All of it in one transaction; the numbers of those that ended come back. Entries
    outside the territory stay: whoever lists somebody else's addresses must not end what others
    keep.
    """
    must_change(services, kind, by=by)
    ended = []
    async with services.unit() as unit:
        await lock_lists(unit.connection, unit.database)
        first = _looked_up(await recipient_rows.load(unit.connection, number), kind, number, by=by)
        if first.ended_at is not None:
            return ()
        entries = await recipient_rows.sharing(unit.connection, first, looked_at(by, kind))
        for one in set(also) - {entry.id for entry in entries}:
            raise NotFound(what=ENTRY, number=one)
        same = {one.id for one in entries if same_addresses(one.who, first.who)}
        for one in sorted({number, *same, *also}):
            before = await recipient_rows.load(unit.connection, one)
            if before is None or before.ended_at is not None:
                continue
            erased = await erasure.erase_recipient(
                services, unit, before, owner_of(by, kind), requested=requested, by=by
            )
            details = {"list": kind, "requested": requested, **erased.numbers()}
            await unit.record(
                "recipient.ended",
                by=by,
                about=f"recipient/{one}",
                at=services.now(),
                details=details if one == number else {**details, "with": number},
            )
            ended.append(one)
    return tuple(ended)


async def list_groups(
    services: Services,
    kind: RecipientKind,
    *,
    by: Officer,
    counted: bool = False,
    after: str = "",
) -> Page[Group, str]:
    """The groups of a list that the officer's authority, one below it or the nation named.

    And those that several authorities named. A page of GROUPS_PAGE_SIZE, behind `after`, by name;
    `counted`: with how many are in each.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        inside = await authorization.authorities_within(services, reading, by=by)
        if inside is not None:
            inside |= {NATIONAL.code}
        found = await groups.list_groups(
            reading.connection, kind, inside, after=after, limit=GROUPS_PAGE_SIZE + 1
        )
        page = page_of(found, GROUPS_PAGE_SIZE, lambda group: group.name)
        if counted:
            page = replace(page, items=await groups.counted(reading.connection, page.items))
    return page


async def create_group(services: Services, kind: RecipientKind, name: str, *, by: Officer) -> int:
    """A new group, empty."""
    must_change(services, kind, by=by)
    group_name = _group_name(name)
    async with services.unit() as unit:
        if await groups.known_among(unit.connection, kind, [group_name]):
            raise BadRequest(BAD_GROUP, most=LONGEST_NAME)
        await require_few_new_groups(unit, kind, [(0, (group_name,))], by=by)
        owner = owner_of(by, kind).authority
        numbers = await groups.ensure(unit.connection, unit.database, kind, [group_name], owner)
        await unit.record(
            "group.made",
            by=by,
            about=f"group/{numbers[group_name]}",
            at=services.now(),
            details={"list": kind, "name": group_name},
        )
    return numbers[group_name]


async def rename_group(
    services: Services, kind: RecipientKind, number: int, name: str, *, by: Officer
) -> None:
    """Another name for a group."""
    must_change(services, kind, by=by, shared=True)
    group_name = _group_name(name)
    async with services.unit() as unit:
        group = _group(await groups.load(unit.connection, number, lock=True), kind, number)
        if await groups.known_among(unit.connection, kind, {group_name} - {group.name}):
            raise BadRequest(BAD_GROUP, most=LONGEST_NAME)
        await groups.rename(unit.connection, number, group_name)
        await unit.record(
            "group.renamed",
            by=by,
            about=f"group/{number}",
            at=services.now(),
            details={"list": kind, "name": group_name},
        )


async def remove_group(
    services: Services, kind: RecipientKind, number: int, *, by: Officer
) -> None:
    """Take a group away; its members stay on the list."""
    must_change(services, kind, by=by, shared=True)
    async with services.unit() as unit:
        group = _group(await groups.load(unit.connection, number, lock=True), kind, number)
        await groups.remove(unit.connection, number)
        await unit.record(
            "group.removed",
            by=by,
            about=f"group/{number}",
            at=services.now(),
            details={"list": kind, "name": group.name},
        )


def _looked_up(
    entry: RecipientEntry | None, kind: RecipientKind, number: int, *, by: Officer
) -> RecipientEntry:
    if (
        entry is None
        or entry.who.kind is not kind
        or not _lives_in(looked_at(by, kind), entry.who.nis_code)
    ):
        raise NotFound(what=ENTRY, number=number)
    return entry


def _left_with(recipient: Recipient, addresses: frozenset[str]) -> list[RowFinding]:
    typed = {"phone": recipient.phone, "email": recipient.email}
    return [
        RowFinding(0, column, address, LEFT_LIST)
        for column, address in typed.items()
        if address and address.lower() in addresses
    ]


def _lives_in(territory: Territory, nis_code: str) -> bool:
    return territory.everywhere or nis_code in territory.codes


def _inside(territory: Territory, sought: RecipientQuery) -> RecipientQuery | None:
    """A search narrowed to a territory; None where nothing can be found."""
    if territory.everywhere:
        return sought
    nis_code = territory.codes.intersection(sought.nis_code) if sought.nis_code else territory.codes
    return replace(sought, nis_code=tuple(sorted(nis_code))) if nis_code else None


def _group(group: Group | None, kind: RecipientKind, number: int) -> Group:
    if group is None or group.kind is not kind:
        raise NotFound(what=GROUP, number=number)
    return group


def _group_name(name: str) -> str:
    wanted = label_of(name.replace(",", " ").replace("|", " "))
    if not 0 < len(wanted) <= LONGEST_NAME:
        raise BadRequest(BAD_GROUP, most=LONGEST_NAME)
    return wanted


def _masked_entries(entries: Sequence[RecipientEntry]) -> list[RecipientEntry]:
    return [replace(entry, who=masked(entry.who)) for entry in entries]


def masked(recipient: Recipient) -> Recipient:
    """Enough to recognise an entry one is told about, not enough to use it."""
    return replace(
        recipient,
        reference=mask(recipient.reference),
        name=" ".join(f"{word[0]}…" for word in recipient.name.split()),
        phone=mask(recipient.phone),
        email=mask(recipient.email),
        consent_source="",
    )
