"""Rows and queries for authorities. Territories are codes here; geo says what is in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import Level
from alerting.domain.language import Language
from alerting.store.database import Database
from alerting.store.tables import authority


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """An authority as it is kept."""

    code: str
    level: Level
    names: Mapping[Language, str]
    territory: tuple[str, ...]
    """Codes of places of any kind; their municipalities may change with the register."""
    languages: tuple[Language, ...]
    senders: Mapping[str, Mapping[Language, str]]
    settings: Mapping[str, str]


async def save_authority(
    connection: AsyncConnection, database: Database, row: AuthorityRow, *, now: datetime
) -> None:
    """Insert an authority, or bring the one with this code up to date."""
    values = {
        "code": row.code,
        "level": row.level,
        "names": dict(row.names),
        "territory": list(row.territory),
        "languages": list(row.languages),
        "senders": {name: dict(texts) for name, texts in row.senders.items()},
        "settings": dict(row.settings),
    }
    changed = {name: value for name, value in values.items() if name != "code"}
    await connection.execute(
        database.insert(authority)
        .values(**values, created_at=now)
        .on_conflict_do_update(index_elements=["code"], set_=changed)
    )


async def find_authority(connection: AsyncConnection, code: str) -> AuthorityRow | None:
    """The authority with this code."""
    query = sa.select(authority).where(authority.c.code == code)
    row = (await connection.execute(query)).mappings().first()
    return _row(row) if row else None


async def list_authorities(connection: AsyncConnection) -> list[AuthorityRow]:
    """All of them, by code."""
    rows = await connection.execute(sa.select(authority).order_by(authority.c.code))
    return [_row(row) for row in rows.mappings()]


def _row(fields: sa.RowMapping) -> AuthorityRow:
    return AuthorityRow(
        code=fields["code"],
        level=Level(fields["level"]),
        names=_by_language(fields["names"]),
        territory=tuple(fields["territory"]),
        languages=_languages(fields["languages"]),
        senders={name: _by_language(words) for name, words in fields["senders"].items()},
        settings=fields["settings"],
    )


def _by_language(words: Mapping[str, str]) -> Mapping[Language, str]:
    return {Language(language): word for language, word in words.items()}


def _languages(codes: Sequence[str]) -> tuple[Language, ...]:
    return tuple(Language(code) for code in codes)
