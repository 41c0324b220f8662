"""Whether somebody may stand on a list: who left it is not brought back by the next file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Hmacs, Recipient, addresses_kept, own_addresses
from alerting.store.recipients import opt_outs
from alerting.store.recipients.entries import SAID, entry_of, row_of
from alerting.store.recipients.opt_outs import ListOwner, OptOut

SaidNo = Mapping[tuple[str, str], Sequence[OptOut]]
"""By list and address, where and when whoever has it left that list."""
NATIONAL_LIST = ListOwner()
"""The list of nobody in particular, for the whole country."""


class LeftList(Exception):
    """Somebody with these addresses left the list, and no later consent is known."""

    def __init__(self, addresses: frozenset[str]) -> None:
        super().__init__("somebody with such an address left the list")
        self.addresses = addresses


@dataclass(frozen=True, slots=True)
class Admission:
    """What those who left the list make of somebody who is to stand there with these addresses.

    Made by `admit` alone. Whatever writes a number or a mail address of somebody needs one.
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
    without: frozenset[str] = frozenset()
    """Of these, the addresses that `who` is saved without."""

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
            return known or not consented_since(self.ended_at, self.said)
        return not consented_since(self.ended_at, self.said)


def spared(admission: Admission) -> Admission:
    """Of an entry that stands, without the addresses alone that somebody else left with.

    A household shares a telephone: whoever left it says nothing for the others. What stood there
    before stays, be it no address of those who left. Not where no other address would be left.
    """
    before, who = admission.before, admission.who
    if before is None or before["ended_at"] is not None or not admission.refused:
        return admission
    left = admission.left_with
    addresses = {who.phone, who.email.lower()} - {""}
    if not left < addresses:
        return admission
    phone, email = (
        next((one for one in (new, known) if one.lower() not in left), "")
        for new, known in ((who.phone, before["phone"]), (who.email, before["email"]))
    )
    spared = replace(who, phone=phone, email=email)
    return replace(admission, who=spared, ended_at=None, without=left)


class SavingVerdict(StrEnum):
    """What saving one of a list means."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SAID_NO = "said-no"
    UNREACHABLE = "unreachable"


async def find_said_no(
    connection: AsyncConnection, people: Sequence[Recipient], hmacs: Hmacs | None
) -> SaidNo:
    """Where and when whoever has an address of one of these people left the list of that kind."""
    if hmacs is None:
        if await opt_outs.exist(connection):
            raise ValueError("some people left a list: who they are is told by the keyring")
        return {}
    found: dict[tuple[str, str], Sequence[OptOut]] = {}
    for kind in {recipient.kind for recipient in people}:
        addresses = {
            a for recipient in people if recipient.kind is kind for a in own_addresses(recipient)
        }
        ended = await opt_outs.find(connection, kind, addresses, hmacs)
        found |= {(kind, address): rows for address, rows in ended.items()}
    return found


def admit(
    before: sa.RowMapping | None, person: Recipient, said_no: SaidNo, owner: ListOwner
) -> Admission:
    """Whether they left, by their entry and by any of their addresses.

    Of an entry that stands, the addresses it has already say nothing, unless it moves.
    """
    completed = complete(person, before)
    addresses = own_addresses(person) | own_addresses(completed)
    stands = before is not None and before["ended_at"] is None
    if before is not None and stands and before["nis_code"] == completed.nis_code:
        addresses -= own_addresses(entry_of(before).who)
    left = {
        address: opt_out.ended_at
        for address in addresses
        for opt_out in sorted(
            said_no.get((person.kind, address), ()), key=lambda opt_out: opt_out.ended_at
        )
        if opt_out.keeps_off(completed.nis_code, owner)
    }
    times = list(left.values())
    if before is not None and before["ended_at"] is not None:
        times.append(before["ended_at"])
    return Admission(before, person, completed, max(times, default=None), frozenset(left))


def as_it_stands(
    before: sa.RowMapping | None, person: Recipient, grouped: Mapping[int, frozenset[str]]
) -> Admission | None:
    """The admission of somebody who stands on the list word for word as a file says; else None.

    What `admit` and `verdict_of` would make of it in many more steps: no address is another one, so
    nobody who left is asked for, and nothing changes. Most rows of most lists are such.
    """
    if before is None or before["ended_at"] is not None or person.unsaid:
        return None
    if any(before[name] != getattr(person, name) for name in SAID):
        return None
    preferred = person.preferred_channels
    if before["preferred_channels"] != ",".join(preferred):
        return None
    if preferred and (person.phone, person.email) != addresses_kept(
        person.phone, person.email, preferred
    ):
        return None
    if person.groups is not None and grouped.get(before["id"], frozenset()) != set(person.groups):
        return None
    recipient = replace(person, reference=before["reference"])
    return Admission(before, person, recipient, None, frozenset())


def consented_since(ended_at: datetime, person: Recipient) -> bool:
    """Whether they gave their consent on a later day than they left."""
    return person.consent_date is not None and person.consent_date > ended_at.date()


def verdict_of(admission: Admission, grouped: Mapping[int, frozenset[str]]) -> SavingVerdict:
    """What saving them means; `grouped`: the groups of known entries, by their numbers."""
    before, person, completed = admission.before, admission.said, admission.who
    if admission.refused:
        return SavingVerdict.SAID_NO
    if person.unsaid and not (completed.phone or completed.email):
        return SavingVerdict.UNREACHABLE
    if before is None or before["ended_at"] is not None:
        return SavingVerdict.NEW
    same = all(before[name] == value for name, value in row_of(completed).items()) and (
        person.groups is None or grouped.get(before["id"], frozenset()) == set(person.groups)
    )
    return SavingVerdict.UNCHANGED if same else SavingVerdict.CHANGED


def complete(person: Recipient, before: sa.RowMapping | None) -> Recipient:
    """With what was known before where the file is silent, and only the addresses we may use."""
    if before is not None:
        recipient = entry_of(before).who
        kept: dict[str, Any] = {name: getattr(recipient, name) for name in person.unsaid}
        person = replace(
            person,
            **kept,
            reference=recipient.reference,
            consent_date=person.consent_date or recipient.consent_date,
            consent_source=person.consent_source or recipient.consent_source,
            preferred_channels=person.preferred_channels or recipient.preferred_channels,
        )
    phone, email = addresses_kept(person.phone, person.email, person.preferred_channels)
    return replace(person, phone=phone, email=email)
