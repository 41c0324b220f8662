"""What the tables are, in one short text."""

import hashlib
from functools import cache

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from alerting.store.tables import metadata
from alerting.store.tables.audience_count import counting


@cache
def schema_fingerprint() -> str:
    """The name of the first step until the first release: another whenever a table is another.

    A database made with other tables is refused at the start, not at the first missing column.
    """
    dialect = sqlite.dialect()
    tables = [
        str(CreateTable(table).compile(dialect=each))
        for each in (dialect, postgresql.dialect())  # type: ignore[no-untyped-call]
        for table in metadata.sorted_tables
    ]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    triggers = [*counting(sqlite=True), *counting(sqlite=False)]
    return (
        f"initial_{hashlib.sha256(''.join(tables + indexes + triggers).encode()).hexdigest()[:16]}"
    )
