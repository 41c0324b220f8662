"""Nobody writes over what they have not seen, on either database."""

from alerting.domain.alert import AlertClass
from alerting.store import Database
from alerting.store.alerts import compositions
from alerting.store.unit_of_work import unit
from tests.doubles import NOON


async def test_only_the_version_that_was_seen_is_replaced(database: Database) -> None:
    async with unit(database) as opened:
        made = await compositions.add(
            opened.connection,
            author="mila",
            authority="national",
            alert_class=AlertClass.EXERCISE,
            content={"area": ["62063"]},
            at=NOON,
        )
        first, second = [
            await compositions.write(
                opened.connection, made.id, seen=1, writer=writer, content={"by": writer}, at=NOON
            )
            for writer in ("joris", "mila")
        ]
        kept = await compositions.load(opened.connection, made.id)
    assert first is not None
    assert second is None
    assert kept is not None
    assert (kept.version, kept.author, kept.writer) == (2, "mila", "joris")
    assert kept.content == {"by": "joris"}
    assert kept.alert_class is AlertClass.EXERCISE


async def test_outlines_are_replaced_as_a_whole(database: Database) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [[[[5.5, 50.6], [5.6, 50.6], [5.5, 50.7]]]]}
    async with unit(database) as opened:
        await compositions.draw(opened.connection, {"62063": shape, "21004": shape})
        await compositions.draw(opened.connection, {"62063": shape})
        assert await compositions.outlines(opened.connection) == {"62063": shape}
        assert await compositions.outlines(opened.connection, ["21004"]) == {}
