"""How many people an alert would reach, kept by the database itself with every change of a list."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from alerting.domain.recipient import RecipientKind
from alerting.store.tables.metadata import BigId, metadata

SAME_PLACE = "="
"""An entry that came before has the same address and stands in the same municipality."""
MANY_PLACES = "*"
"""Entries that came before have the same address, in more municipalities than are written down."""
MOST_PLACES = 12
"""Municipalities that are written down."""
PLACE_CHARS = 5
"""How long the code of a municipality is; where there is none, here stand blanks."""

audience_count = sa.Table(
    "audience_count",
    metadata,
    # Entries on the list of people with a telephone number (or a mail address), but for those that
    # repeat one of their own municipality. So a row counts addresses, each by the entry that came
    # first in the municipality. Never written to but by triggers, see `counting`.
    sa.Column("reach", sa.String(8), primary_key=True),
    # Where else the address stands with an entry that came before: nowhere, or the municipality
    # that came first of all, and the others one after the other; or MANY_PLACES. An alert that goes
    # to any of them does not count the address here.
    sa.Column("earlier_nis_code", sa.String(PLACE_CHARS), primary_key=True),
    sa.Column("nis_code", sa.String(PLACE_CHARS), primary_key=True),
    sa.Column("language", sa.String(2), primary_key=True),
    sa.Column("other_nis_codes", sa.String(PLACE_CHARS * (MOST_PLACES - 1)), primary_key=True),
    sa.Column("n", BigId, nullable=False),
    postgresql_with={"fillfactor": 50},  # each import counts the same rows up, again and again
    sqlite_with_rowid=False,
)

KEY = ("reach", "earlier_nis_code", "nis_code", "language", "other_nis_codes")


def counting(*, sqlite: bool) -> list[str]:
    """The statements that make the triggers which keep `audience_count`.

    What an entry adds depends on its own row alone (`phone_earlier_in`, `email_earlier_in`), so
    that the order of changes, and by what they are made, do not matter.
    """
    return list(_on_sqlite() if sqlite else _on_postgres())


def _key(reach: str, row: str) -> str:
    """What a row of `recipient` counts for, as the columns of KEY."""
    earlier = f"{row}{reach}_earlier_in"
    return (
        f"'{reach}', substr({earlier}, 1, {PLACE_CHARS}), {place(f'{row}nis_code')},"
        f" {row}language, substr({earlier}, {PLACE_CHARS + 1})"
    )


def place(nis_code: str) -> str:
    """SQL for the code of a municipality as it stands here, always of PLACE_CHARS characters."""
    return f"substr({nis_code} || '{' ' * PLACE_CHARS}', 1, {PLACE_CHARS})"


def _counts(reach: str, row: str) -> str:
    return (
        f"{row}kind = '{RecipientKind.PERSON}' AND {row}{reach} <> ''"
        f" AND {row}{reach}_earlier_in <> '{SAME_PLACE}'"
    )


REACHES = ("phone", "email")
"""Columns of `recipient` with addresses, by the name of the reach they serve."""


def _on_sqlite() -> Iterator[str]:
    """A trigger for each row: SQLite has no others."""

    def add(reach: str, row: str, number: int) -> str:
        return (
            f"INSERT INTO audience_count ({', '.join(KEY)}, n)"
            f" SELECT {_key(reach, row)}, {number} WHERE {_counts(reach, row)}"
            f" ON CONFLICT DO UPDATE SET n = n + excluded.n;"
        )

    for reach in REACHES:
        told_by = ["kind", "nis_code", "language", reach, f"{reach}_earlier_in"]
        old, new = (
            f"({row}kind, {row}nis_code, {row}language, {row}{reach} <> '',"
            f" {row}{reach}_earlier_in)"
            for row in ("OLD.", "NEW.")
        )
        name = f"audience_count_{reach}"
        yield (
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON recipient"
            f" BEGIN {add(reach, 'NEW.', 1)} END"
        )
        yield (
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {', '.join(told_by)} ON recipient"
            f" WHEN {old} <> {new}"
            f" BEGIN {add(reach, 'OLD.', -1)} {add(reach, 'NEW.', 1)} END"
        )
        yield (
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON recipient"
            f" BEGIN {add(reach, 'OLD.', -1)} END"
        )


def _on_postgres() -> Iterator[str]:
    """A trigger for each statement, with all its rows added up: a batch changes a count once."""

    def of(rows: str, number: int) -> Sequence[str]:
        return [
            f"SELECT {_key(reach, '')}, {number} FROM {rows} WHERE {_counts(reach, '')}"  # noqa: S608
            for reach in REACHES
        ]

    def add(*selects: str) -> str:
        moved = f"({' UNION ALL '.join(selects)}) AS moved ({', '.join(KEY)}, n)"
        # In order, so that no two ever wait for each other.
        return (
            f"INSERT INTO audience_count AS count ({', '.join(KEY)}, n)"  # noqa: S608
            f" SELECT {', '.join(KEY)}, sum(n) FROM {moved} GROUP BY {', '.join(KEY)}"
            f" HAVING sum(n) <> 0 ORDER BY {', '.join(KEY)}"
            f" ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET n = count.n + excluded.n;"
        )

    added, removed = of("added", 1), of("removed", -1)
    yield (
        "CREATE FUNCTION count_audience() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608  our own words
        f" IF TG_OP = 'INSERT' THEN {add(*added)}"
        f" ELSIF TG_OP = 'UPDATE' THEN {add(*added, *removed)}"
        f" ELSIF TG_OP = 'DELETE' THEN {add(*removed)}"
        " ELSE DELETE FROM audience_count;"
        " END IF; RETURN NULL; END $$"
    )
    for act, tables in (
        ("INSERT", "REFERENCING NEW TABLE AS added "),
        ("UPDATE", "REFERENCING OLD TABLE AS removed NEW TABLE AS added "),
        ("DELETE", "REFERENCING OLD TABLE AS removed "),
        ("TRUNCATE", ""),
    ):
        yield (
            f"CREATE TRIGGER audience_count_{act.lower()} AFTER {act} ON recipient {tables}"
            "FOR EACH STATEMENT EXECUTE FUNCTION count_audience()"
        )
