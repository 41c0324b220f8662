"""The store takes no step of a delivery that the table of states does not have."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

import alerting
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import MAY_FOLLOW, DeliveryKey, State, Verdict
from alerting.domain.language import Language
from alerting.store import Database
from alerting.store.deliveries import changes as delivery_changes
from alerting.store.deliveries import settlement
from alerting.store.deliveries.changes import DeliveryChange, LockedDelivery
from alerting.store.deliveries.settlement import Settled
from alerting.store.tables import delivery, delivery_count, recipient
from alerting.store.unit_of_work import unit
from tests import make
from tests.doubles import NOON
from tests.store.test_deliveries import leased, planned

ALL_STEPS = [(before, after) for before in State for after in State]


async def put_into(connection: AsyncConnection, state: State) -> None:
    """Both as the store would have left them: the row, and its counter."""
    await connection.execute(
        sa.update(delivery).values(state=state, failure_reason="", attempts=1, settled_at=None)
    )
    await connection.execute(sa.delete(delivery_count))
    await connection.execute(sa.insert(delivery_count).values(**COUNTED, state=state, n=1))


COUNTED = {"sending_id": 1, "channel": "email", "language": Language.FR, "failure_reason": ""}


async def stands_in(connection: AsyncConnection) -> State:
    """The state of the only delivery, which its counter knows too."""
    state = State((await connection.scalars(sa.select(delivery.c.state))).one())
    counted = (
        await connection.scalars(sa.select(delivery_count.c.state).where(delivery_count.c.n != 0))
    ).all()
    assert counted == [state]
    return state


async def test_a_receipt_or_deadline_writes_only_what_the_table_has(database: Database) -> None:
    alert, _ = await planned(database, make.person(1))
    for before, after in ALL_STEPS:
        async with unit(database) as opened:
            run = opened.connection.run_sync
            await put_into(opened.connection, before)
            person = (await opened.connection.scalars(sa.select(recipient.c.id))).one()
            # Whatever state the caller thinks it is in: what stands in the database counts.
            found = LockedDelivery(DeliveryKey(alert, "email", person), before, Language.FR, "")
            step = [DeliveryChange(found, Verdict(after))]
            if after in MAY_FOLLOW[before]:
                await run(delivery_changes.apply_changes, database, step, began_at={}, now=NOON)
                assert await stands_in(opened.connection) is after
            else:
                with pytest.raises(ValueError, match="table of states"):
                    await run(delivery_changes.apply_changes, database, step, began_at={}, now=NOON)
                assert await stands_in(opened.connection) is before


@pytest.mark.parametrize("alike", [True, False], ids=["whole chunk", "one by one"])
async def test_an_answer_moves_only_what_still_waits(database: Database, *, alike: bool) -> None:
    alert, made = await planned(database, make.person(1))
    held, (due,) = await leased(database, made.chunks[0])
    failure_reason = None if alike else FailureReason.BUSY
    for before, after in ALL_STEPS:
        async with unit(database) as opened:
            await put_into(opened.connection, before)
            key = str(DeliveryKey(alert, "email", due.recipient_id))
            answer = Settled(due, Verdict(after, failure_reason, reference=key))
            await opened.connection.run_sync(
                settlement.settle, database, held, [answer], began_at=NOON, now=NOON
            )
            allowed = before is State.WAITING and after in MAY_FOLLOW[before]
            assert await stands_in(opened.connection) is (after if allowed else before)


async def test_only_what_failed_waits_again(database: Database) -> None:
    alert, _ = await planned(database, make.person(1))
    for before in State:
        async with unit(database) as opened:
            await put_into(opened.connection, before)
            again, _ = await opened.connection.run_sync(
                delivery_changes.reopen_failed,
                database,
                alert,
                "email",
                recipient.c.email,
                sa.true(),
                now=NOON,
                at_most=9,
            )
            assert again == (before is State.FAILED)
            assert await stands_in(opened.connection) is (State.WAITING if again else before)


async def test_what_was_never_tried_is_ended_by_no_receipt(database: Database) -> None:
    alert, _ = await planned(database, make.person(1))
    async with unit(database) as opened:
        run = opened.connection.run_sync
        await put_into(opened.connection, State.WAITING)
        await opened.connection.execute(sa.update(delivery).values(attempts=0))
        person = (await opened.connection.scalars(sa.select(recipient.c.id))).one()
        found = LockedDelivery(DeliveryKey(alert, "email", person), State.WAITING, Language.FR, "")
        for after in (State.DELIVERED, State.FAILED, State.SENT, State.ACCEPTED):
            with pytest.raises(ValueError, match="table of states"):
                await run(
                    delivery_changes.apply_changes,
                    database,
                    [DeliveryChange(found, Verdict(after))],
                    began_at={},
                    now=NOON,
                )
        assert await stands_in(opened.connection) is State.WAITING


def test_whatever_writes_a_state_asks_the_table() -> None:
    """A new statement without the question would be a way around it."""
    found = []
    for file in Path(alerting.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "values":
                statement = ast.unparse(node)
                named = [keyword.arg for keyword in node.keywords]
                of_states = statement.startswith(("sa.update(delivery)", "sa.update(sending)"))
                if of_states and ("state" in named or None in named):
                    found.append(statement)
    assert len(found) == 6
    for statement in found:
        assert "may_become(" in statement or "sending.c.state.in_(before)" in statement, statement
