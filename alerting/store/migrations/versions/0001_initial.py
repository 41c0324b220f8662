"""Every table, as `alerting.store.tables` has it, and a ledger that only grows.

Until the first release there is one step, made from the tables themselves: no installation has
data to carry over, and one made from other tables is refused. The first release freezes it and
gives it a name; later steps then say what they change.
"""

from alembic import op

from alerting.store.tables import metadata
from alerting.store.tables.fingerprint import schema_fingerprint

revision = schema_fingerprint()
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    _guard_ledger()


def _guard_ledger() -> None:
    """The ledger only grows: the database itself refuses to change or delete an entry."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{act.lower()} BEFORE {act} ON ledger "
                "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
    )
