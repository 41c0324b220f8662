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
