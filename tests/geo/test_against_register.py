"""What was written down by hand agrees with an independent list of Belgian municipalities."""

import csv
from pathlib import Path

import pytest

from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.mergers import SINCE_2025

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


def test_inhabitants_are_about_right_where_they_are_many() -> None:
    for row in rows("municipalities.csv"):
        people = int(row["population"] or 0)
        if people >= 55_000:
            assert abs(GAZETTEER.place(row["nis"]).inhabitants - people) <= 1_000


def test_every_merger_is_known() -> None:
    mergers = {
        row["old_nis_2019"]: row["new_nis_2025"]
        for row in rows("municipality_mergers_2025.csv")
        if row["old_nis_2019"] != row["new_nis_2025"]
    }
    assert mergers == dict(SINCE_2025)
