"""What a circle may be drawn around by name: nothing is taken for the middle of where it lies."""

import pytest

from alerting.domain.errors import AmbiguousPlace, BadRequest
from alerting.domain.language import Language
from alerting.domain.shape import circle, polygon
from alerting.domain.text.folding import folded
from alerting.geo.centres import centre_called, described_around
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.localities import shipped_localities
from alerting.geo.mergers import FORMER_NAMES
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.presets import SHIPPED, presets

GAZETTEER = Gazetteer()
AREAS = presets([SHIPPED], GAZETTEER)
DOEL, TIHANGE = (4.2586, 51.3247), (5.2725, 50.5344)
SECTIONS = {
    *(one.name for one in shipped_localities()),
    *(f"{one.postal_code} {one.name}" for one in shipped_localities()),
    *(name for names in FORMER_NAMES.values() for name in names),
    *FORMER_NAMES,
}


def test_no_section_is_taken_for_the_centre_of_its_municipality() -> None:
    own = {folded(name) for town in GAZETTEER.municipalities() for name in town.names.values()}
    points = {DOEL, TIHANGE}
    assert len(SECTIONS) > 300
    for name in sorted(SECTIONS):
        if folded(name) in own or folded(name.partition(" ")[2]) in own:
            continue
        try:
            found = centre_called(name, GAZETTEER, AREAS)
        except (AmbiguousPlace, BadRequest):
            continue
        assert found in points, name


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("Doel", DOEL),
        ("tihange", TIHANGE),
        ("Centrale nucléaire de Tihange", TIHANGE),
        ("Kerncentrale Doel, 20 km", DOEL),
    ],
)
def test_a_prepared_area_has_its_own_point(name: str, point: tuple[float, float]) -> None:
    assert centre_called(name, GAZETTEER, AREAS) == point


def test_every_municipality_has_its_centre_and_the_point_its_name() -> None:
    for town in GAZETTEER.municipalities():
        facts = municipality_facts()[town.nis_code]
        point = centre_called(town.nis_code, GAZETTEER, AREAS)
        assert point == (facts.longitude, facts.latitude)
        told = described_around(circle(*point, 3), GAZETTEER, AREAS)
        assert told is not None
        assert str(told.facts["place"]) == town.names[Language.EN]


@pytest.mark.parametrize("text", ["1020", "9130", "4570 Vyle-et-Tharoul", "4020 Liège", "46003"])
def test_a_postal_code_of_a_part_has_no_point(text: str) -> None:
    with pytest.raises(BadRequest, match="no coordinates of its own"):
        centre_called(text, GAZETTEER, AREAS)


@pytest.mark.parametrize("text", ["Eupen, Raeren", "Belgium", "1030 Bruxelles"])
def test_what_is_no_single_municipality_has_no_point(text: str) -> None:
    with pytest.raises(BadRequest, match="not one municipality"):
        centre_called(text, GAZETTEER, ())


def test_a_prepared_area_is_named_without_how_far_it_reaches() -> None:
    told = described_around(circle(*DOEL, 3), GAZETTEER, AREAS)
    assert told is not None
    assert str(told.facts["place"]) == "Doel nuclear power station"


def test_any_other_shape_has_no_name() -> None:
    corners = [(5.5, 50.6), (5.6, 50.6), (5.6, 50.7)]
    assert described_around(circle(5.27251, 50.5344, 3), GAZETTEER, AREAS) is None
    assert described_around(polygon(corners), GAZETTEER, AREAS) is None
