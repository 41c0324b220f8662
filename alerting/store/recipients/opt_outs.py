"""Those who left a list: by HMACs of their addresses, so that no list brings them back unasked.

A row holds in one municipality, or in the whole country, never beyond the territory of whoever
wrote it: a town can keep nobody off the lists of another.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import EVERYWHERE, Territory
from alerting.domain.recipient import Hmacs, RecipientKind
from alerting.store.database import Database, each_of
from alerting.store.tables import opt_out

KEY = opt_out.c.hmac.type
COUNTRY = ""
"""Where a row holds that holds everywhere."""


@dataclass(frozen=True, slots=True)
class ListOwner:
    """For whom a list is changed: an authority, by its code, within its territory."""

    territory: Territory = EVERYWHERE
    authority: str = ""

    @property
    def list_name(self) -> str:
        """Whose list it is: the authority's, or nobody's in particular for the whole country."""
        return "" if self.territory.everywhere else self.authority

    @property
    def places(self) -> list[str]:
        """What is written down of where somebody left: municipalities, or the whole country."""
        return [COUNTRY] if self.territory.everywhere else sorted(self.territory.codes)


@dataclass(frozen=True, slots=True)
class OptOut:
    """That whoever has an address left a list, when, where and why."""

    nis_code: str
    requested: bool
    """The person asked for it; else an officer took the entry off."""
    authority: str
    ended_at: datetime

    def keeps_off(self, nis_code: str, owner: ListOwner) -> bool:
        """Whether it holds for an entry of a municipality on a list of this owner."""
        there = self.nis_code in {COUNTRY, nis_code}
        return there and (self.requested or self.authority == owner.authority)


async def add(
    connection: AsyncConnection,
    database: Database,
    kind: RecipientKind,
    addresses: Collection[str],
    hmacs: Hmacs,
    owner: ListOwner,
    *,
    requested: bool,
    at: datetime,
) -> None:
    """Whoever has one of these addresses left this list; of an authority the newest time is kept.

    That the person asked for it is not forgotten when an officer takes an entry off later, nor the
    reason of one authority when another one takes them off.
    """
    rows = []
    for address in sorted(addresses):
        key, value = next(iter(hmacs(address).items()))
        rows += [
            {
                "kind": kind,
                "hmac": value,
                "nis_code": code,
                "requested": requested,
                "authority": owner.authority,
                "key": key,
                "ended_at": at,
            }
            for code in owner.places
        ]
    if rows:
        statement = database.insert(opt_out)
        new = statement.excluded
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "hmac", "nis_code", "authority"],
                set_={
                    "ended_at": new.ended_at,
                    "requested": sa.or_(opt_out.c.requested, new.requested),
                },
            ),
            rows,
        )


async def find(
    connection: AsyncConnection, kind: RecipientKind, addresses: Collection[str], hmacs: Hmacs
) -> dict[str, list[OptOut]]:
    """Where and when whoever has these addresses left the list; only addresses of those who did."""
    known = {value: address for address in addresses for value in hmacs(address).values()}
    opt_outs: dict[str, list[OptOut]] = {}
    if not known:
        return opt_outs
    rows = await connection.execute(
        sa.select(
            opt_out.c.hmac,
            opt_out.c.nis_code,
            opt_out.c.requested,
            opt_out.c.authority,
            opt_out.c.ended_at,
        ).where(opt_out.c.kind == kind, opt_out.c.hmac.in_(each_of(connection, known, KEY)))
    )
    for row in rows:
        one = OptOut(row.nis_code, row.requested, row.authority, row.ended_at)
        opt_outs.setdefault(known[row.hmac], []).append(one)
    return opt_outs


async def remove(
    connection: AsyncConnection,
    kind: RecipientKind,
    addresses: Collection[str],
    hmacs: Hmacs,
    owner: ListOwner,
    nis_code: str,
) -> None:
    """They said yes again, later, in a municipality: there it does not hold any more.

    For the whole country only whoever speaks to all of it lifts it.
    """
    values = sorted({value for address in addresses for value in hmacs(address).values()})
    places = [nis_code, COUNTRY] if owner.territory.everywhere else [nis_code]
    await connection.execute(
        sa.delete(opt_out).where(
            opt_out.c.kind == kind, opt_out.c.hmac.in_(values), opt_out.c.nis_code.in_(places)
        )
    )


async def exist(connection: AsyncConnection) -> bool:
    """Whether anybody ever left a list."""
    return bool(await connection.scalar(sa.select(sa.exists(sa.select(opt_out.c.hmac)))))


async def keys(connection: AsyncConnection) -> Counter[str]:
    """How many HMACs each key made, by its fingerprint."""
    rows = await connection.execute(
        sa.select(opt_out.c.key, sa.func.count().label("n")).group_by(opt_out.c.key)
    )
    return Counter({row.key: row.n for row in rows})
