"""What ends a transaction is told as it is, also where its connection was cut off by it."""

import pytest
import sqlalchemy as sa

from alerting.store import Database
from alerting.store.unit_of_work import unit


class CutOffError(Exception):
    """A cable was pulled."""


async def test_a_connection_that_is_cut_off_hides_no_error(database: Database) -> None:
    async def is_cut_off() -> None:
        async with unit(database) as opened:
            await opened.connection.execute(sa.text("SELECT 1"))
            await opened.connection.invalidate()
            raise CutOffError

    with pytest.raises(CutOffError):
        await is_cut_off()
    async with unit(database) as opened:
        assert await opened.connection.scalar(sa.text("SELECT 1")) == 1
