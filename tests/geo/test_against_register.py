"""What was written down by hand agrees with an independent list of Belgian municipalities."""

import csv
from pathlib import Path

import pytest

from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.mergers import SINCE_2025
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.outlines import read_outlines

DATA = Path("../shared/data/geo")
GAZETTEER = Gazetteer()

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="no ../shared/data/geo on this machine")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_names_codes_and_postal_codes_agree() -> None:
    register = rows("municipalities.csv")
    assert len(register) == len(GAZETTEER.municipalities())
    for row in register:
        place = GAZETTEER.place(row["nis"])
        for language, column in ((Language.FR, "name_fr"), (Language.NL, "name_nl")):
            assert place.names[language] == row[column]
        assert folded(place.names[Language.DE]) == folded(row["name_de"])
        assert set(place.postal_codes) == set(row["postal_codes"].split())
        assert place.region == row["region"]
        assert place.province == row["province_nis"]


def test_inhabitants_are_right_to_fifty() -> None:
    for row in rows("municipalities.csv"):
        written = GAZETTEER.place(row["nis"]).inhabitants
        assert abs(written - int(row["population"])) <= 50
        assert written > 0


def test_every_municipality_lies_where_it_is_written_to_be() -> None:
    outlines = read_outlines(
        (DATA / "municipalities_2025.geojson").read_bytes(),
        file="municipalities_2025.geojson",
        current=GAZETTEER.current,
    )
    assert set(outlines) == set(municipality_facts())
    for nis_code, facts in municipality_facts().items():
        points = [
            point
            for polygon in outlines[nis_code]["coordinates"]
            for ring in polygon
            for point in ring
        ]
        longitudes, latitudes = zip(*points, strict=True)
        assert min(longitudes) - 0.01 <= facts.longitude <= max(longitudes) + 0.01
        assert min(latitudes) - 0.01 <= facts.latitude <= max(latitudes) + 0.01
    assert 30_600 < sum(one.km2 for one in municipality_facts().values()) < 30_700


def test_every_merger_is_known() -> None:
    mergers = {
        row["old_nis_2019"]: row["new_nis_2025"]
        for row in rows("municipality_mergers_2025.csv")
        if row["old_nis_2019"] != row["new_nis_2025"]
    }
    assert mergers == dict(SINCE_2025)
