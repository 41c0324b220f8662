"""The outlines of municipalities are one set: an import replaces all of them."""

from alerting.store import Database
from alerting.store.operations import map_outlines
from alerting.store.unit_of_work import unit


async def test_outlines_are_replaced_as_a_whole(database: Database) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [[[[5.5, 50.6], [5.6, 50.6], [5.5, 50.7]]]]}
    async with unit(database) as opened:
        await map_outlines.replace_outlines(opened.connection, {"62063": shape, "21004": shape})
        await map_outlines.replace_outlines(opened.connection, {"62063": shape})
        assert await map_outlines.load_outlines(opened.connection) == {"62063": shape}
        assert await map_outlines.load_outlines(opened.connection, ["21004"]) == {}
