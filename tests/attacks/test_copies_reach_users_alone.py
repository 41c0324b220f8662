"""A test copy never gets to the public: not through lists, newsrooms, accounts or numbers of ours.

Whatever stands on the lists, with whatever addresses, and whoever is asked for by name.
"""

from dataclasses import replace

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.actions.alerts import copies
from alerting.actions.alerts.copies import CopyRequest
from alerting.delivery.contents import audience_of
from alerting.domain.alert import Alert
from alerting.domain.channel_profiles import Reach
from alerting.domain.copies import UserAddress
from alerting.domain.errors import NoMailbox
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.recipient import RecipientKind
from alerting.store import Database, tables
from alerting.store import sendings as sending_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.criteria import Criteria, eligible
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, LIEGE, make_services, newsroom, person
from tests.staff import member

OURS = {"mila@crisis.example", "joris@crisis.example"}


async def house(database: Database, clock: Clock) -> tuple[Desk, Alert]:
    """Users, and on the lists people and newsrooms, of whom some have the users' addresses."""
    desk = Desk(make_services(database, clock), clock)
    await member(desk.services, clock, "mila", Role.COMMUNICATOR)
    await member(desk.services, clock, "joris", Role.APPROVER)
    await desk.registers(
        person(1),
        replace(person(2), email="mila@crisis.example"),
        newsroom(1),
        replace(newsroom(2), email="joris@crisis.example"),
    )
    return desk, await desk.drafts(channels=("sms", "email", "x", "press"))


async def test_every_channel_of_a_copy_reaches_users_at_their_own_addresses_and_nobody_else(
    database: Database, clock: Clock
) -> None:
    desk, alert = await house(database, clock)
    before = {name: len(desk.channel(name).sent) for name in desk.services.channels}
    wanted = CopyRequest(users=("mila", "joris"))
    sent = await copies.send_test_copy(desk.services, alert.id, wanted, by=MILA)
    await desk.sweeps()
    await desk.sweeps()
    left = {name: [to for to, _, _ in desk.channel(name).sent[n:]] for name, n in before.items()}
    assert left["sms"] == left["x"] == []
    assert {*left["email"], *left["press"]} == OURS
    assert len(left["email"] + left["press"]) == 2 * len(alert.messages)
    async with desk.services.reading() as reading:
        kinds = await reading.connection.scalars(
            sa.select(tables.recipient.c.kind)
            .join(tables.delivery, tables.delivery.c.recipient_id == tables.recipient.c.id)
            .where(tables.delivery.c.sending_id.in_([one.id for one in sent]))
        )
        assert {*kinds} == {RecipientKind.USER}


async def test_whatever_channel_asks_the_audience_of_a_copy_is_users(
    database: Database, clock: Clock
) -> None:
    """A table of all channels: even one that no copy is carried by."""
    desk, alert = await house(database, clock)
    sent = await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    async with desk.services.reading() as reading:
        for one in sent:
            found = await sending_rows.load(reading.connection, one.id)
            for channel in desk.services.channels.values():
                audience = await audience_of(desk.services, reading.connection, found, channel)
                assert audience.criteria.reach is Reach.USER
                assert audience.earlier is None
                assert {user.email for user in audience.criteria.users} == {"mila@crisis.example"}


async def test_nothing_that_stands_on_a_list_can_be_asked_for_by_name(
    database: Database, clock: Clock
) -> None:
    desk, alert = await house(database, clock)
    async with desk.services.reading() as reading:
        rows = (await reading.connection.execute(sa.select(tables.recipient))).all()
    for row in rows:
        for name in {row.reference, row.name, row.email, row.phone, row.outlet} - {""}:
            try:
                await copies.send_test_copy(
                    desk.services, alert.id, CopyRequest(users=(name,)), by=MILA
                )
            except NoMailbox:
                continue
            raise AssertionError(name)
    assert rows


async def test_entries_of_users_are_on_no_list_and_in_no_audience(
    database: Database, clock: Clock
) -> None:
    desk, alert = await house(database, clock)
    areas = [Criteria(name, reach, (LIEGE, GENT, ""), tuple(Language)) for name, reach in (
        ("sms", Reach.PHONE), ("email", Reach.EMAIL), ("press", Reach.NEWSROOM),
    )]  # fmt: skip

    async def audiences() -> list[dict[Language, int]]:
        async with desk.services.reading() as reading:
            return [await planning_rows.audience(reading.connection, one) for one in areas]

    before = await audiences()
    await copies.send_test_copy(desk.services, alert.id, CopyRequest(), by=MILA)
    await desk.sweeps()
    assert await audiences() == before
    async with desk.services.reading() as reading:
        entries = (
            await reading.connection.execute(
                sa.select(tables.recipient).where(tables.recipient.c.kind == RecipientKind.USER)
            )
        ).all()
    assert entries
    assert not any((row.phone, row.email, row.name, row.outlet) != ("",) * 4 for row in entries)


USERS = st.lists(
    st.builds(
        UserAddress,
        st.integers(1, 2**31),
        st.text("abc", min_size=1),
        st.emails(),
        st.sampled_from(Language),
    ),
    max_size=20,
)


@given(USERS, st.lists(st.sampled_from(Language), unique=True), st.lists(st.text("0123456789")))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_criteria_say_only_entries_of_users_fit(
    users: list[UserAddress], languages: list[Language], area: list[str]
) -> None:
    """The condition of every query that plans a copy has the kind in it, or is false."""
    criteria = Criteria("email", Reach.USER, tuple(area), tuple(languages), users=tuple(users))
    said = [str(one.compile(compile_kwargs={"literal_binds": True})) for one in eligible(criteria)]
    assert "recipient.kind = 'user'" in said or said == ["false"]
