"""The store takes no step of an alert that the table of states does not have."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerting.domain.alert import MAY_FOLLOW, AlertState
from alerting.domain.errors import NotFound, WrongState
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.tables import sending
from alerting.store.unit_of_work import unit
from tests import make


async def test_an_alert_begins_as_a_draft_and_as_nothing_else(database: Database) -> None:
    for state in AlertState:
        async with unit(database) as opened:
            if state is AlertState.DRAFT:
                assert (await alert_rows.save(opened.connection, make.alert())).id
            else:
                with pytest.raises(ValueError, match="draft"):
                    await alert_rows.save(opened.connection, make.alert(state=state))


@pytest.mark.parametrize("before", AlertState)
async def test_only_what_the_table_has_is_written(database: Database, before: AlertState) -> None:
    async with unit(database) as opened:
        draft = await alert_rows.save(opened.connection, make.alert())
        for after in AlertState:
            await opened.connection.execute(sa.update(sending).values(state=before))
            # Whatever state the caller thinks it was in: what stands in the database counts.
            if after is before or after in MAY_FOLLOW[before]:
                saved = await alert_rows.save(opened.connection, replace(draft, state=after))
                assert saved.state is after
            else:
                with pytest.raises(WrongState):
                    await alert_rows.save(opened.connection, replace(draft, state=after))
                assert (await alert_rows.load(opened.connection, draft.id)).state is before


async def test_what_is_not_there_is_not_written(database: Database) -> None:
    async with unit(database) as opened:
        with pytest.raises(NotFound):
            await alert_rows.save(opened.connection, replace(make.alert(), id=7))
