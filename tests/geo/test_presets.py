"""Areas prepared beforehand: ours are right, and a wrong file is told by name at the start."""

from pathlib import Path

import pytest

from alerting.domain.errors import UnknownPlace
from alerting.domain.language import Language
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.presets import SHIPPED, AreasWrong, presets

OWN = """
[site]
names = {fr = "Usine", nl = "Fabriek", de = "Werk", en = "Plant"}
places = ["4000 Liège", "4700"]
"""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer()


def test_the_zones_around_nuclear_power_stations_are_there(gazetteer: Gazetteer) -> None:
    found = {one.key: one for one in presets([SHIPPED], gazetteer)}
    assert set(found) == {"doel-10", "doel-20", "tihange-10", "tihange-20"}
    for site, town in (("doel", "Beveren-Kruibeke-Zwijndrecht"), ("tihange", "Huy")):
        near, far = found[f"{site}-10"], found[f"{site}-20"]
        assert near.members < far.members
        assert set(gazetteer.resolve(town)) <= near.members
        assert len({far.names[language] for language in Language}) == 4


def test_an_installation_adds_its_own_by_any_name(gazetteer: Gazetteer, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN, "utf-8")
    found = presets([SHIPPED, own], gazetteer)
    assert (found[-1].key, found[-1].members) == ("site", frozenset({"62063", "63023"}))


@pytest.mark.parametrize(
    "text",
    [
        "[site",
        "[site]\nplaces = []",
        '[site]\nplaces = ["4000 Liège"]',
        OWN.replace('"4000 Liège", "4700"', ""),
    ],
)
def test_a_file_that_is_wrong_is_refused(gazetteer: Gazetteer, tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(AreasWrong, match=r"own\.toml"):
        presets([own], gazetteer)


def test_a_place_nobody_knows_is_named(gazetteer: Gazetteer, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN.replace("4000 Liège", "Atlantis"), "utf-8")
    with pytest.raises(UnknownPlace, match="Atlantis"):
        presets([own], gazetteer)
