"""The names people use for parts of municipalities lead to the municipality, and say so."""

import pytest

from alerting.domain.errors import AmbiguousPlace
from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.localities import Locality, read_localities, shipped_localities
from alerting.i18n import translator_for

GAZETTEER = Gazetteer()


def row(**changes: str) -> dict[str, str]:
    told = {"name": "Sclessin", "language": "fr", "postal_code": "4000", "municipality": "62063"}
    return {**told, **changes}


def test_those_that_ship_are_as_strict_as_an_import() -> None:
    rows = [
        (n, row(name=one.name, language=one.language, postal_code=one.postal_code,
                municipality=one.nis_code))
        for n, one in enumerate(shipped_localities(), 2)
    ]  # fmt: skip
    read, faults = read_localities(rows, GAZETTEER.municipality)
    assert faults == []
    assert read == shipped_localities()
    assert len(read) > 300


@pytest.mark.parametrize("one", shipped_localities(), ids=lambda one: f"{one.name} {one.nis_code}")
def test_each_is_found_by_its_name_and_with_its_postal_code(one: Locality) -> None:
    try:
        read = GAZETTEER.read(one.name)
        assert read.municipalities == (one.nis_code,)
        assert [remark.facts["municipality"] for remark in read.remarks]
    except AmbiguousPlace as asked:
        assert one.nis_code in asked.codes  # noqa: PT017  some are asked about, some are not
    assert one.nis_code in GAZETTEER.read(f"{one.postal_code} {one.name}").municipalities
    shown = [each for each in GAZETTEER.search(one.name, limit=50) if each.part]
    assert one.nis_code in {each.place.nis_code for each in shown} or folded(one.name) in {
        folded(name) for name in GAZETTEER.place(one.nis_code).names.values()
    }


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Laeken", "Laeken – part of Brussels (1020)"),
        ("Laken", "Laken – part of Brussels (1020)"),
        ("Neder-over-Heembeek", "Neder-Over-Heembeek – part of Brussels (1120)"),
        ("Tihange", "Tihange – part of Huy (4500)"),
        ("Moelingen", "Moelingen – part of Voeren (3790)"),
        ("Eynatten", "Eynatten – part of Raeren (4731)"),
        ("Saint-Vaast", "Saint-Vaast – part of La Louvière (7100)"),
        ("Kruibeke", "Kruibeke – part of Beveren-Kruibeke-Zwijndrecht (2070) since 2025"),
    ],
)
def test_a_part_is_shown_as_a_part(typed: str, says: str) -> None:
    (meaning,) = GAZETTEER.meanings(typed)
    phrase = meaning.described()
    assert translator_for(Language.EN)(phrase.says, **phrase.facts).startswith(says)


def test_a_part_says_that_the_whole_municipality_is_included() -> None:
    (remark,) = GAZETTEER.read("Laeken").remarks
    assert translator_for(Language.FR)(remark.says, **remark.facts) == (
        "«\xa0Laeken\xa0» fait partie de la commune suivante\xa0: Bruxelles (1020)\xa0; "
        "toute la commune est comprise"
    )


@pytest.mark.parametrize(
    "name",
    ["Jemeppe", "Haren", "Halle", "Aalst", "Heusden", "Mariakerke", "Berg", "Neufchâteau", "Hamme",
     "Kapellen", "Nieuwerkerken", "Tielt", "Moerbeke", "Tongerlo"],
)  # fmt: skip
def test_a_part_whose_name_is_another_place_too_asks(name: str) -> None:
    with pytest.raises(AmbiguousPlace):
        GAZETTEER.read(name)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"language": "it"}, "language"),
        ({"municipality": "99999"}, "municipality"),
        ({"municipality": "60000"}, "municipality"),
        ({"postal_code": "5000"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
    ],
)
def test_a_row_that_is_wrong_is_named_by_row_and_column(
    changes: dict[str, str], column: str
) -> None:
    read, faults = read_localities([(2, row()), (3, row(**changes))], GAZETTEER.municipality)
    assert [one.name for one in read] == ["Sclessin"]
    assert [(one.row, one.column) for one in faults] == [(3, column)]


def test_an_old_code_is_read_as_the_municipality_of_today() -> None:
    rows = [(2, row(name="Steendorp", postal_code="9140", municipality="46025"))]
    assert read_localities(rows, GAZETTEER.municipality)[1] == []
    (read,), _ = read_localities(
        [(2, row(name="Bazel", postal_code="9150", municipality="46013"))], GAZETTEER.municipality
    )
    assert read.nis_code == "46030"
