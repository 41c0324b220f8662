"""An alert that cannot be drawn is named without its content, and keeps no other from any list."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerting.actions.public import pages
from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.publishing import Publisher
from alerting.actions.public.site import Files
from alerting.actions.public.units import Edition, Makers
from alerting.domain.language import Language
from alerting.geo.mergers import SUCCESSORS
from alerting.store import tables
from tests.actions.public.made import NOON, SITE, alert, words
from tests.actions.public.reading import Page
from tests.actions.public.standins import MAKERS, publisher, publishes_all, served
from tests.desk import CLOSED, Desk
from tests.make import LIEGE, person

MERGED = "73032"
"""Hoeselt, until 2025."""
NOWHERE = "99999"
BROKEN = alert(7, area=(NOWHERE, LIEGE), texts={Language.FR: words("Fuite de gaz")})


async def moves(desk: Desk, number: int, *codes: str) -> None:
    """What stands in a row that was kept by an older register."""
    async with desk.services.unit() as unit:
        query = sa.update(tables.alert).where(tables.alert.c.id == number)
        await unit.connection.execute(query.values(area=list(codes)))


@pytest.mark.parametrize("code", [*sorted(SUCCESSORS)[:3], MERGED])
async def test_a_municipality_that_merged_since_is_the_one_of_today(desk: Desk, code: str) -> None:
    await desk.registers(person(1))
    made = await desk.issues(channels=["email"], values=CLOSED)
    await moves(desk, made.id, code, LIEGE, NOWHERE)
    (found,) = await PublicAlerts(desk.services).read()
    assert set(found.area) == {SUCCESSORS[code][0], LIEGE}


async def test_lists_and_a_rebuild_name_all_others(desk: Desk, tmp_path: Path) -> None:
    await desk.registers(person(1))
    old = await desk.issues(channels=["email"], values=CLOSED)
    await moves(desk, old.id, MERGED)
    new = await desk.issues(channels=["email"], values=CLOSED)
    made: Publisher = await publisher(desk, tmp_path, makers=Makers(all_towns=MAKERS.all_towns))
    await made.publish_first()
    await made.rebuild()
    numbers = {one["number"] for one in json.loads(served(tmp_path)["active.json"])["alerts"]}
    assert numbers == {old.id, new.id}


def test_what_cannot_be_drawn_is_named_by_number_state_and_hour_alone() -> None:
    edition = Edition((BROKEN, alert(6, at=NOON)), SITE)
    files = edition.list_files()
    active = json.loads(files["active.json"])["alerts"]
    assert {(one["number"], one["erased"]) for one in active} == {(7, True), (6, False)}
    page = Page(files["fr/index.html"]).text
    assert "Fuite chimique" in page
    assert "Le texte de ce message ne peut pas être affiché ici pour le moment." in page
    assert "Fuite de gaz" not in page
    assert json.loads(edition.town_files(LIEGE)["fr.json"])["items"]


def test_one_that_cannot_even_be_named_is_left_out_of_every_list() -> None:
    broken = replace(alert(7), languages=(), texts={})
    edition = Edition((broken, alert(6, at=NOON)), SITE)
    for _ in range(3):
        active = json.loads(edition.list_files()["active.json"])["alerts"]
        assert [one["number"] for one in active] == [6]


def test_its_page_says_so_and_its_publication_is_tried_again() -> None:
    edition = Edition((BROKEN, alert(6, at=NOON)), SITE)
    page = Page(edition.alert_files(BROKEN)["fr/index.html"]).text
    assert "Le texte de ce message ne peut pas être affiché ici pour le moment." in page
    assert edition.failure([7]) is not None
    assert edition.failure([6]) is None
    assert edition.alert_files(edition.alerts[1]) == pages.alert_unit(
        edition.alerts[1], [edition.alerts[1]], SITE, cap=None
    )


def test_one_whose_page_cannot_be_made_at_all_still_has_its_cap_message() -> None:
    def draws_nothing(*_: object, **__: object) -> Files:
        raise ValueError

    makers = Makers(alert_unit=draws_nothing, cap=lambda *_: b"<alert/>")
    assert Edition((BROKEN,), SITE, makers).alert_files(BROKEN) == {"cap.xml": b"<alert/>"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("languages", ["xx"]), ("follow_up", "other"), ("hazard", {}), ("area", None)],
)
async def test_a_row_that_cannot_be_read_keeps_no_other_alert_waiting(
    desk: Desk, tmp_path: Path, column: str, value: object
) -> None:
    """As of a newer version of the service, which works beside this one for a while."""
    await desk.registers(person(1))
    made: Publisher = await publisher(desk, tmp_path, makers=Makers(all_towns=MAKERS.all_towns))
    await made.rebuild()
    odd = await desk.issues(channels=["email"], values=CLOSED)
    await made.publish_first()
    healthy = await desk.issues(channels=["email"], values=CLOSED)
    async with desk.services.unit() as unit:
        query = sa.update(tables.alert).where(tables.alert.c.id == odd.id)
        await unit.connection.execute(query.values({column: value}))
    another: Publisher = await publisher(
        desk, tmp_path, "another", makers=Makers(all_towns=MAKERS.all_towns)
    )
    for each in (made, another):
        await each.publish_first()
        await each.tidy()
    found = served(tmp_path)
    assert healthy.id in {one["number"] for one in json.loads(found["active.json"])["alerts"]}
    assert f"a/2030/{healthy.id}/fr/index.html" in found
    assert f"a/2030/{odd.id}/fr/index.html" in found, "its page stays as it is"


async def test_the_page_of_one_in_a_state_that_this_version_does_not_know_stays_as_it_is(
    desk: Desk, tmp_path: Path
) -> None:
    """A newer version gave it, beside this one or before it was put back."""
    await desk.registers(person(1))
    made: Publisher = await publisher(desk, tmp_path)
    odd = await desk.issues(channels=["email"], values=CLOSED)
    await made.rebuild()
    await publishes_all(made)
    page = {name: one for name, one in served(tmp_path).items() if f"/{odd.id}/" in name}
    async with desk.services.unit() as unit:
        query = sa.update(tables.sending).where(tables.sending.c.id == odd.id)
        await unit.connection.execute(query.values(state="paused"))
    again: Publisher = await publisher(desk, tmp_path, "again")
    for believes in (False, True):
        await again.tidy()
        await again.rebuild(believes_database=believes)
        found = served(tmp_path)
        assert {name: one for name, one in found.items() if f"/{odd.id}/" in name} == page
    await again.archive()
    assert again.folder.is_archived()
