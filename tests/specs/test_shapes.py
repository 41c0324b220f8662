"""An area may be chosen by a circle or a polygon: the server finds the municipalities it touches.

Each is in the area, but those of which less than 1 % is inside; all are inside the territory of
whoever drafts. The shape is kept with the alert, approved with it, changed by a new version, and
goes along to what follows it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerting.actions.alerts import changing, compositions, shapes
from alerting.actions.alerts.changing import Choice
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.operations.map_outlines import import_outlines
from alerting.domain.alert import Alert, AlertState, FollowUp
from alerting.domain.errors import BadRequest, OutsideTerritory
from alerting.domain.officer import Officer, Role
from alerting.domain.shape import cap_text, circle, polygon
from alerting.store import ledger as ledger_rows
from tests.command_line import run, run_as
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.make import EUPEN, GENT, LIEGE
from tests.territory import CITY, Country
from tests.web.conftest import AsRole, anyone, app, as_role, browsers
from tests.web.console import Browsers

__all__ = ["anyone", "app", "as_role", "browsers", "run", "run_as"]
As = Callable[[Role], AsRole]
ADA = Officer("ada", Role.ADMINISTRATOR)
SERAING, HERSTAL = "62096", "62051"
OUTLINES = {  # squares beside each other, of 0.2 degrees
    LIEGE: (5.5, 50.6),
    SERAING: (5.3, 50.6),
    HERSTAL: (5.5, 50.8),
}
MIDDLE = circle(5.6, 50.7, 3)
"""Within Liège as it is drawn here."""
ACROSS = polygon([(5.45, 50.65), (5.6, 50.65), (5.6, 50.7), (5.45, 50.7)])
"""A quarter of it within Seraing."""
SLIVER = polygon([(5.499, 50.65), (5.6, 50.65), (5.6, 50.7), (5.499, 50.7)])
"""Within Liège, but for 0.1 % of Seraing."""


@pytest.fixture
async def mapped(desk: Desk) -> Desk:
    """With outlines of all municipalities: three squares, the others far away."""
    features = []
    for place in desk.services.gazetteer.municipalities():
        x, y = OUTLINES.get(place.nis_code, (2.5, 49.4))
        side = 0.2 if place.nis_code in OUTLINES else 0.01
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"nis": place.nis_code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    await import_outlines(desk.services, data, file="towns.geojson", by=ADA)
    return desk


async def changes(desk: Desk, alert: Alert, *, by: Officer = MILA, **content: Any) -> Alert:
    form = await changing.begin_change(desk.services, alert.id, by=by)
    wanted = replace(CompositionContent.of(form.content), **content)
    form = await compositions.save_composition(
        desk.services, form.id, wanted, seen=form.version, by=by
    )
    choices: Mapping[Any, Choice] = {}
    seen = (await desk.reads(alert)).fingerprint()
    return await changing.change_alert(desk.services, form, choices, by=by, seen=seen)


async def test_the_municipalities_a_shape_touches_are_the_area(mapped: Desk) -> None:
    alert = await mapped.drafts(area=(), shape=ACROSS)
    assert alert.area == tuple(sorted((LIEGE, SERAING)))
    assert alert.shape == ACROSS
    assert (await mapped.reads(alert)).shape == ACROSS
    inside = await shapes.shares_inside(mapped.services, ACROSS, by=MILA)
    assert inside == pytest.approx({LIEGE: 0.1 * 0.05 / 0.04, SERAING: 0.05 * 0.05 / 0.04})


async def test_only_what_is_hardly_touched_may_be_left_out(mapped: Desk) -> None:
    assert (await mapped.drafts(area=(), shape=SLIVER)).area == tuple(sorted((LIEGE, SERAING)))
    assert (await mapped.drafts(area=(LIEGE,), shape=SLIVER)).area == (LIEGE,)
    with pytest.raises(BadRequest, match="More than 1 % of Seraing"):
        await mapped.drafts(area=(LIEGE,), shape=ACROSS)
    more = await mapped.drafts(area=(LIEGE, SERAING, GENT), shape=ACROSS)
    assert GENT in more.area, "the area may be larger than the shape"


async def test_a_shape_abroad_needs_a_named_area(mapped: Desk) -> None:
    abroad = circle(7.4, 51.9, 2)
    with pytest.raises(BadRequest, match="touches no municipality"):
        await mapped.drafts(area=(), shape=abroad)
    assert (await mapped.drafts(area=(LIEGE,), shape=abroad)).shape == abroad


async def test_a_shape_that_touches_a_municipality_outside_is_refused_by_name(mapped: Desk) -> None:
    town = await (await Country(mapped.services).founded()).officer(Role.COMMUNICATOR, CITY)
    assert (await mapped.drafts(area=(), shape=MIDDLE, by=town)).area == (LIEGE,)
    for area in ((), (LIEGE,)):  # also where a sliver is left out
        with pytest.raises(OutsideTerritory, match="Seraing"):
            await mapped.drafts(area=area, shape=SLIVER, by=town)


async def test_without_outlines_what_is_perhaps_touched_is_in_the_area_only_where_it_is_named(
    desk: Desk,
) -> None:
    small = circle(5.58, 50.64, 0.3)
    inside = await shapes.shares_inside(desk.services, small, by=MILA)
    assert inside[HERSTAL] == 0
    assert (await desk.drafts(area=(), shape=small)).area == (LIEGE,)
    named = await desk.drafts(area=(LIEGE, HERSTAL), shape=small)
    assert named.area == tuple(sorted((LIEGE, HERSTAL)))


async def test_a_shape_that_touches_nothing_for_certain_needs_a_named_area(desk: Desk) -> None:
    between = circle(5.24, 50.75, 0.1)
    inside = await shapes.shares_inside(desk.services, between, by=MILA)
    assert inside
    assert not any(inside.values())
    with pytest.raises(BadRequest, match=r"no municipality for certain.*perhaps inside: "):
        await desk.drafts(area=(), shape=between)


async def test_a_page_proposes_what_is_perhaps_inside_and_says_later_what_was_chosen(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    path = begun.headers["location"]
    form = {"version": "1", "act": "circle", "circle_centre": "50.64 5.58", "circle_radius": "1"}
    page = (await mila.post(path, data=form)).text
    ticks = dict(re.findall(r'value="toggle:(\d+)" aria-pressed="(\w+)"', page))
    assert ticks[HERSTAL] == "false"
    assert "Perhaps inside too: tick those that are to be alerted." in page
    alert = await desk.drafts(area=(LIEGE, HERSTAL), shape=circle(5.58, 50.64, 1))
    for reader, act in ((mila, "submit"), (joris, "approve")):
        told = (await reader.get(f"/alerts/{alert.id}/{act}")).text
        said = re.search(r'id="perhaps-inside">.*?</div>', told, re.DOTALL)
        assert said, act
        assert re.search(r"alerted: Herstal</span>.*not alerted: Seraing", said[0])


async def test_an_approval_is_of_the_shape_and_another_is_a_new_version(mapped: Desk) -> None:
    await mapped.registers_a_few()
    before = await mapped.approves(await mapped.drafts(area=(), shape=MIDDLE))
    larger = circle(5.6, 50.7, 4)
    after = await changes(mapped, before, shape=larger)
    assert (after.version, after.state, after.shape) == (2, AlertState.DRAFT, larger)
    assert (after.approver, after.area) == ("", before.area)
    async with mapped.services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection)
    told = {one.what: one.details for one in entries}
    assert told["alert.drafted"]["shape"] == cap_text(MIDDLE)
    assert told["alert.changed"]["shape"] == {"before": cap_text(MIDDLE), "after": cap_text(larger)}
    assert (await changes(mapped, after)).version == 2, "the same again is no change"
    assert (await changes(mapped, after, shape=None)).shape is None


async def test_what_follows_has_the_same_shape_whatever_outlines_say_by_then(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues(area=(), shape=circle(5.58, 50.64, 0.3))
    update = await desk.follows_up(first, FollowUp.UPDATE)
    assert (update.shape, update.area) == (first.shape, first.area)
    begun = await compositions.create_composition_from_alert(desk.services, first.id, by=LEEN)
    assert CompositionContent.of(begun.content).shape == first.shape


async def test_a_circle_is_chosen_moved_and_removed_on_the_page(
    mapped: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    address = begun.headers["location"]

    async def press(act: str, **form: Any) -> str:
        held = await compositions.get_composition(
            mapped.services, int(address.rpartition("/")[2]), by=MILA
        )
        kept = CompositionContent.of(held.content)
        known = {"area": list(kept.area), "shape": json.dumps(kept.shape) if kept.shape else ""}
        form = {"version": str(held.version), "act": act, **known, **form}
        return str((await mila.post(address, data=form)).text)

    async def content() -> CompositionContent:
        number = int(address.rpartition("/")[2])
        held = await compositions.get_composition(mapped.services, number, by=MILA)
        return CompositionContent.of(held.content)

    page = await press("find", place="", circle_centre="50,7 5,6", circle_radius="3 km")
    assert "Circle of 3 km around 50.7000, 5.6000" in page, "Enter in its inputs"
    assert (await content()).area == (LIEGE,)
    page = await press("polygon", corners="50.65 5.499\r\n5.6, 50.65\n50.7;5.6\n50.7, 5.499\n")
    assert "less than 1 %" in page
    assert (await content()).area == tuple(sorted((LIEGE, SERAING)))
    page = await press(f"toggle:{SERAING}")
    assert (await content()).area == (LIEGE,)
    assert (await content()).shape == SLIVER
    page = await press(f"toggle:{LIEGE}", area=[LIEGE, EUPEN])
    assert "More than 1 % of Liège" in page
    await press("noshape")
    assert ((await content()).shape, (await content()).area) == (None, (EUPEN,))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"circle_centre": "somewhere", "circle_radius": "3"}, "not a known municipality"),
        ({"circle_centre": "Limburg", "circle_radius": "3"}, "several places"),
        ({"circle_centre": "4000 Liège, Eupen", "circle_radius": "3"}, "not one municipality"),
        ({"circle_centre": "50.6", "circle_radius": "3"}, "not a known municipality"),
        ({"circle_centre": "48.1, 5.6", "circle_radius": "3"}, "is no point"),
        ({"circle_centre": "4000 Liège", "circle_radius": "far"}, "is no radius"),
        ({"circle_centre": "4000 Liège", "circle_radius": "5 m"}, "between 0.05 and 150"),
        ({"circle_centre": "", "circle_radius": "5"}, "is no point"),
    ],
)
async def test_what_is_no_circle_is_said_and_what_was_typed_stays(
    desk: Desk, browsers: Browsers, form: dict[str, str], says: str
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    answer = await mila.post(
        begun.headers["location"], data={"version": "1", "act": "circle", **form}
    )
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{form["circle_radius"]}"' in answer.text


@pytest.mark.parametrize(
    "centre",
    ["4000 Liège", "4000", "Kerncentrale Doel, 10 km", "doel nuclear power station, 10 KM"],
)
async def test_a_circle_is_around_a_municipality_or_a_prepared_area(
    desk: Desk, browsers: Browsers, centre: str
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    form = {"version": "1", "act": "circle", "circle_centre": centre, "circle_radius": "800 m"}
    page = (await mila.post(begun.headers["location"], data=form)).text
    assert "Circle of 0.8 km around" in page
    assert ("51.3247, 4.2586" in page) is ("oel" in centre)


async def test_what_a_circle_is_around_is_named_wherever_it_is_decided_on(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    named = "Circle of 3 km around the centre of the municipality of Liège (50.6300, 5.5900)"
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    form = {"version": "1", "act": "circle", "circle_centre": "4000 Liège", "circle_radius": "3"}
    await mila.post(begun.headers["location"], data=form)
    assert named in (await mila.get(begun.headers["location"])).text
    around = shapes.circle_around(desk.services, "4000 Liège", 3)
    draft = await desk.drafts(area=(), shape=around)
    assert named in (await mila.get(f"/alerts/{draft.id}/submit")).text
    alert = await desk.submits(await desk.drafts(area=(), shape=around))
    joris = await browsers(JORIS)
    for path in (f"/alerts/{alert.id}/approve", f"/alerts/{alert.id}"):
        assert named in (await joris.get(path)).text, path
    approved = await desk.approves(await desk.drafts(area=(), shape=around))
    assert named in (await mila.get(f"/alerts/{approved.id}/send")).text


async def test_a_centre_whose_name_several_places_bear_is_chosen_by_a_button(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    path = begun.headers["location"]
    form = {"version": "1", "act": "circle", "circle_centre": "Limbourg", "circle_radius": "3"}
    asked = await mila.post(path, data=form)
    assert asked.status_code == 422
    assert 'value="circle:63046"' in asked.text
    assert "[63046]" not in asked.text
    await mila.post(path, data={**form, "version": "2", "act": "circle:63046"})
    assert "Circle of 3 km around the centre of the municipality" in (await mila.get(path)).text


async def test_a_part_of_a_municipality_is_refused_as_a_centre(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    form = {"version": "1", "act": "circle", "circle_centre": "Kallo", "circle_radius": "3"}
    answer = await mila.post(begun.headers["location"], data=form)
    assert answer.status_code == 422
    assert "has no coordinates of its own (part of Beveren-Kruibeke-Zwijndrecht)" in answer.text


@pytest.mark.parametrize(
    "shape", ["{", '{"type":"Circle"}', "[" * 100_000, '{"type":"Polygon","coordinates":[[]]}']
)
async def test_a_shape_that_a_page_never_had_changes_nothing(
    desk: Desk, browsers: Browsers, shape: str
) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter", "alert_class": "test"})
    form = {"version": "1", "act": "save", "area": LIEGE, "shape": shape}
    assert (await mila.post(begun.headers["location"], data=form)).status_code == 200


async def test_whoever_decides_and_watches_sees_the_shape_and_the_shares(
    mapped: Desk, browsers: Browsers
) -> None:
    alert = await mapped.drafts(area=(LIEGE,), shape=SLIVER)
    joris = await browsers(JORIS)
    for path in (f"/alerts/{alert.id}/approve", f"/alerts/{alert.id}"):
        page = (await joris.get(path)).text
        assert page.count("outline-drawn") == 1, path
        assert "Polygon with 4 corners" in page
        assert "less than 1 %" in page
        assert "not in the area" in page


async def test_programs_give_a_shape_and_read_it_back(mapped: Desk, as_role: As) -> None:
    mila = as_role(Role.COMMUNICATOR)
    wanted = {
        "scenario": "chem_shelter",
        "values": {"next_update": "2030-02-15T15:30"},
        "shape": SLIVER,
        "channels": ["email"],
    }
    made = await mila.post("/api/alerts", wanted)
    assert made.status_code == 201, made.text
    assert made.json()["shape"] == SLIVER
    assert made.json()["inside"] == pytest.approx({LIEGE: 0.125, SERAING: 0.00125}, abs=1e-6)
    read = (await mila.get(f"/api/alerts/{made.json()['id']}")).json()
    assert (read["shape"], read["area"]) == (SLIVER, sorted((LIEGE, SERAING)))
    around = {"type": "CircleAround", "centre": "Seraing", "radius_km": 1}
    named = await mila.post("/api/alerts", {**wanted, "area": [LIEGE, SERAING], "shape": around})
    assert named.json()["shape"] == circle(5.52, 50.59, 1)
    part = await mila.post("/api/alerts", {**wanted, "shape": {**around, "centre": "Kallo"}})
    assert (part.status_code, "has no coordinates of its own" in part.text) == (422, True)
    for wrong in (
        {**SLIVER, "coordinates": [[[5.5, 50.6], [5.6, 50.7], [5.6, 50.6], [5.5, 50.7]]]},
        {"type": "Circle", "coordinates": [5.5, 50.6], "radius_km": 1000},
        {"type": "Point", "coordinates": [5.5, 50.6]},
    ):
        assert (await mila.post("/api/alerts", {**wanted, "shape": wrong})).status_code == 422


def test_a_shape_on_the_command_line(run: Any, tmp_path: Path) -> None:
    email = (
        "draft",
        "chem_shelter",
        "--channel",
        "email",
        "--value",
        "next_update=2030-02-15T15:30",
    )
    drafted = run(*email, "--circle", "50.64,5.58,1.5")
    assert drafted.exit_code == 0, drafted.output
    assert "Inside the shape: Liège (10 %)" in drafted.output
    assert (
        "Circle of 1.5 km around 50.6400, 5.5800" in run("preview", drafted.stdout.strip()).output
    )
    drafted = run(*email, "--circle", "Doel,3")
    assert drafted.exit_code == 0, drafted.output
    preview = " ".join(run("preview", drafted.stdout.strip()).output.split())
    assert "Circle of 3 km around: Doel nuclear power station (51.3247, 4.2586)" in preview
    file = tmp_path / "cloud.geojson"
    file.write_text(json.dumps({"type": "Feature", "geometry": ACROSS}))
    assert run(*email, "--polygon", str(file)).exit_code == 0
    file.write_text("[" * 100_000)
    for wrong, says in (
        (("--polygon", str(file)), "not a readable file"),
        (("--polygon", "nowhere.geojson"), "not a readable file"),
        (("--circle", "50.64,5.58"), "is not LATITUDE"),
        (("--circle", "Kallo,3"), "has no coordinates of its own"),
        (("--circle", "5.58,50.64,2"), "far from Belgium"),
        (("--circle", "50.64,5.58,1", "--polygon", str(file)), "not both"),
        ((), "needs an area"),
    ):
        refused = run(*email, *wrong)
        assert refused.exit_code == 1, refused.output
        assert says in " ".join(refused.output.split()), refused.output
