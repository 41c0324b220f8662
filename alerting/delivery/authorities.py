"""Authorities with the territory that their codes mean today."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import EVERYWHERE, NATIONAL, Authority, Territory
from alerting.domain.errors import NotFound
from alerting.domain.text.i18n import msgid
from alerting.geo.place_names import COUNTRY
from alerting.services import Services
from alerting.store.authorities import repository as authority_rows
from alerting.store.authorities.repository import AuthorityRow

AUTHORITY = msgid("authority")


def territory_of(services: Services, codes: Collection[str]) -> Territory:
    """The municipalities of places given by code; UnknownPlace where one is none."""
    if COUNTRY in codes:
        return EVERYWHERE
    return Territory(services.gazetteer.members(codes))


def authority_of(services: Services, row: AuthorityRow) -> Authority:
    """An authority with the territory its codes mean today."""
    return Authority(
        code=row.code,
        level=row.level,
        territory=territory_of(services, row.territory),
        names=row.names,
        languages=row.languages,
        senders=row.senders,
        settings=row.settings,
    )


async def authority(services: Services, connection: AsyncConnection, code: str) -> Authority:
    """The authority with this code; the national one is there without being set up."""
    row = await authority_rows.find_authority(connection, code)
    if row is not None:
        return authority_of(services, row)
    if code == NATIONAL.code:
        return NATIONAL
    raise NotFound(what=AUTHORITY, number=code)
