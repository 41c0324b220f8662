"""What all tables share: how constraints are named, and types of columns.

Names of constraints are fixed by a convention, so that migrations say the same on SQLite and
PostgreSQL.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime in UTC: SQLite would hand it back naive."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are a bug on the night the clock changes."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        stamp: datetime = value
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)


BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up INTEGER keys only


def ExactText(length: int) -> sa.types.TypeEngine[str]:  # noqa: N802  reads as a type
    """Text compared letter by letter, so that an index finds beginnings whatever the locale."""
    return sa.String(length, collation="C").with_variant(sa.String(length), "sqlite")


def name_column(called: str, **options: Any) -> sa.Column[str]:
    """A short name: of a person, an authority, a state."""
    return sa.Column(called, sa.String(64), nullable=False, **options)
