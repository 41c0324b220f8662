"""The languages of a notice follow from where it goes, by the language law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.language import (
    BY_MUNICIPALITY,
    Inhabited,
    Language,
    in_order,
    languages_of,
    required_languages,
)
from tests.make import gazetteer


def required(*places: str) -> str:
    codes = [code for place in places for code in gazetteer().resolve(place, ask=False)]
    return " ".join(required_languages(gazetteer().inhabited(code) for code in codes))


@pytest.mark.parametrize(
    ("places", "languages"),
    [
        pytest.param(["Gent"], "nl", id="Flanders"),
        pytest.param(["Namur"], "fr", id="Wallonia"),
        pytest.param(["Ixelles"], "fr nl", id="Brussels: equal footing"),
        pytest.param(["Kraainem"], "nl fr", id="periphery: Dutch first"),
        pytest.param(["Voeren"], "nl fr", id="border, Flanders"),
        pytest.param(["Mouscron"], "fr nl", id="border, Wallonia"),
        pytest.param(["Malmedy"], "fr de", id="Malmedy region"),
        pytest.param(["Eupen"], "de fr", id="German region: German first"),
        pytest.param(["Liège", "Eupen"], "fr de", id="most inhabitants first"),
        pytest.param(["Eupen", "Gent"], "nl de fr", id="union of three"),
        pytest.param(["Eupen", "Ixelles"], "fr nl de", id="Brussels counts for both"),
        pytest.param(["België"], "nl fr de", id="the whole country"),
        pytest.param(["province de Liège"], "fr de", id="a province with the German region"),
    ],
)
def test_an_area_has_its_languages(places: list[str], languages: str) -> None:
    assert required(*places) == languages


def test_there_are_27_municipalities_with_facilities() -> None:
    assert len(BY_MUNICIPALITY) == 27


municipalities = st.lists(
    st.builds(
        Inhabited,
        nis_code=st.sampled_from([*BY_MUNICIPALITY, "44021", "92094", "21004"]),
        region=st.sampled_from(["02000", "03000", "04000"]),
        inhabitants=st.integers(1, 500_000),
    ),
    min_size=1,
    max_size=8,
)


@given(municipalities)
def test_a_union_never_drops_a_language(area: list[Inhabited]) -> None:
    together = required_languages(area)
    assert set(together) == {language for one in area for language in languages_of(one)}
    assert len(together) == len(set(together))


def test_english_only_comes_in_addition_and_last() -> None:
    wanted = (Language.EN, Language.NL, Language.FR)
    assert in_order(wanted, (Language.NL,)) == (Language.NL, Language.FR, Language.EN)
