"""A place is found by whatever people call it, and never mistaken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.errors import AmbiguousPlace, UnknownPlace
from alerting.domain.language import (
    BORDER_FLANDERS,
    BORDER_WALLONIA,
    BRUSSELS,
    BY_MUNICIPALITY,
    GERMAN_REGION,
    MALMEDY_REGION,
    PERIPHERY,
    Language,
    languages_of,
    required_languages,
)
from alerting.domain.text.folding import folded
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.mergers import SUCCESSORS

GAZETTEER = Gazetteer()
FR, NL, DE, EN = Language
EVERY = GAZETTEER.municipalities()


@pytest.mark.parametrize(
    ("text", "nis_code"),
    [
        pytest.param("Tournai", "57081", id="French"),
        pytest.param("Doornik", "57081", id="Dutch"),
        pytest.param("Löwen", "24062", id="German"),
        pytest.param("Ghent", "44021", id="English"),
        pytest.param("Louvain", "24062", id="an old English name"),
        pytest.param("Ypres", "33011", id="Ypres"),
        pytest.param("Ypern", "33011", id="Ypern"),
        pytest.param("Bastnach", "82039", id="Bastnach"),
        pytest.param("Sankt Vith", "63067", id="Sankt Vith"),
        pytest.param("saint-vith", "63067", id="small letters"),
        pytest.param("MERCHTEM", "23052", id="capitals"),
        pytest.param("braine l'alleud", "25014", id="no hyphen, straight apostrophe"),
        pytest.param("Braine-l’Alleud", "25014", id="curly apostrophe"),
        pytest.param("  Sint  Genesius Rode ", "23101", id="loose spaces"),
        pytest.param("4000", "62063", id="postal code"),
        pytest.param("62063", "62063", id="NIS code"),
        pytest.param("54007", "57096", id="a code that ended in 2019"),
        pytest.param("23023", "23106", id="a code that ended in 2025"),
        pytest.param("11007", "11002", id="a municipality that merged"),
    ],
)
def test_a_municipality_is_found(text: str, nis_code: str) -> None:
    assert GAZETTEER.resolve(text) == (nis_code,)


@pytest.mark.parametrize(
    ("bare", "municipality", "qualified", "size"),
    [
        pytest.param("Liège", "62063", "province de Liège", 84, id="Liège"),
        pytest.param("Luik", "62063", "provincie Luik", 84, id="Luik"),
        pytest.param("Lüttich", "62063", "Provinz Lüttich", 84, id="Lüttich"),
        pytest.param("Namur", "92094", "Province of Namur", 38, id="Namur"),
        pytest.param("Antwerp", "11002", "Antwerp province", 67, id="Antwerp"),
        pytest.param("Anvers", "11002", "province d'Anvers", 67, id="Anvers"),
        pytest.param("Limburg", "63046", "provincie Limburg", 38, id="Limburg, a town too"),
        pytest.param("Limbourg", "63046", "province du Limbourg", 38, id="Limbourg"),
    ],
)
def test_a_name_shared_with_a_province_is_asked_about(
    bare: str, municipality: str, qualified: str, size: int
) -> None:
    with pytest.raises(AmbiguousPlace) as asked:
        GAZETTEER.resolve(bare)
    town, province = asked.value.codes
    assert town == municipality
    assert len(GAZETTEER.resolve(province)) == size
    for said in (f"municipality of {bare}", f"gemeente {bare}", f"commune de {bare}"):
        assert GAZETTEER.resolve(said) == (municipality,)
    assert GAZETTEER.resolve(bare, ask=False) == (municipality,)
    assert len(GAZETTEER.resolve(qualified)) == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Belgique", 565),
        ("België", 565),
        ("Belgien", 565),
        ("country", 565),
        ("01000", 565),
        ("Flandre", 285),
        ("Vlaams Gewest", 285),
        ("Wallonie", 261),
        ("Région de Bruxelles-Capitale", 19),
        ("04000", 19),
        ("60000", 84),
        ("Hainaut", 69),
        ("West-Vlaanderen", 62),
        ("province de Luxembourg", 43),
        ("Ostbelgien", 9),
        ("1040", 2),
        ("Eupen, Raeren; 4720", 3),
        ("Eupen, province de Liège", 84),
    ],
)
def test_an_area_is_all_its_municipalities(text: str, size: int) -> None:
    found = GAZETTEER.resolve(text)
    assert len(found) == size
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        pytest.param("Leige", "Liège", id="a slip of the hand"),
        pytest.param("Bruxeles", "Brussels", id="a letter short"),
        pytest.param("Luxembourg", "Province of Luxembourg", id="perhaps the Grand Duchy"),
    ],
)
def test_an_unknown_place_is_refused_with_what_comes_near(text: str, near: str) -> None:
    with pytest.raises(UnknownPlace) as caught:
        GAZETTEER.resolve(text)
    assert caught.value.facts["place"] == text
    assert f"{near}, " in str(caught.value)
    assert len(caught.value.facts["near"].parts) > 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", " , ", "99999", "0", "Atlantis", "x" * 10_000])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UnknownPlace):
        GAZETTEER.resolve(text)


def test_one_unknown_place_among_known_ones_is_refused() -> None:
    with pytest.raises(UnknownPlace, match="Atlantis"):
        GAZETTEER.resolve("4000 Liège, Atlantis")


@given(st.sampled_from(EVERY), st.sampled_from(Language))
def test_every_municipality_answers_to_each_of_its_names(place: object, language: Language) -> None:
    name = place.names[language].upper()  # type: ignore[attr-defined]
    code: str = place.nis_code  # type: ignore[attr-defined]
    try:
        answers = GAZETTEER.resolve(name, ask=False)
    except AmbiguousPlace as shared:  # Saint-Nicolas is Sint-Niklaas too
        answers = shared.codes
    assert code in answers


@given(st.text(max_size=30))
def test_whatever_is_typed_gives_places_or_a_refusal(text: str) -> None:
    try:
        found = GAZETTEER.resolve(text)
    except UnknownPlace:
        return
    assert found
    assert all(GAZETTEER.place(nis_code).kind == "municipality" for nis_code in found)


@pytest.mark.parametrize("old", SUCCESSORS)
def test_an_old_code_leads_to_a_municipality_of_today(old: str) -> None:
    new = GAZETTEER.current(old)
    assert new is not None
    assert GAZETTEER.place(new).kind == "municipality"
    assert GAZETTEER.place(old).nis_code == new
    assert GAZETTEER.current(new) == new


def test_a_code_that_never_was_has_no_successor() -> None:
    assert GAZETTEER.current("99999") is None
    with pytest.raises(UnknownPlace):
        GAZETTEER.place("99999")


@pytest.mark.parametrize(
    ("codes", "languages"),
    [
        pytest.param(PERIPHERY, (NL, FR), id="the periphery of Brussels"),
        pytest.param(BORDER_FLANDERS, (NL, FR), id="the border, on the Dutch side"),
        pytest.param(BORDER_WALLONIA, (FR, NL), id="the border, on the French side"),
        pytest.param(MALMEDY_REGION, (FR, DE), id="Malmedy and Waimes"),
        pytest.param(GERMAN_REGION, (DE, FR), id="the German-language region"),
    ],
)
def test_every_special_regime_is_found_where_the_law_puts_it(
    codes: frozenset[str], languages: tuple[Language, ...]
) -> None:
    for nis_code in codes:
        assert languages_of(GAZETTEER.inhabited(nis_code)) == languages


def test_all_other_municipalities_speak_the_language_of_their_region() -> None:
    ordinary = [place for place in EVERY if place.nis_code not in BY_MUNICIPALITY]
    assert len(ordinary) == 565 - 27
    brussels = [place for place in ordinary if place.region == BRUSSELS]
    assert len(brussels) == 19
    for place in brussels:
        assert languages_of(GAZETTEER.inhabited(place.nis_code)) == (FR, NL)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Gent", (NL,)),
        ("5000 Namur", (FR,)),
        ("Eupen", (DE, FR)),
        ("4000 Liège, Eupen", (FR, DE)),
        ("province de Liège", (FR, DE)),
        ("1000 Brussel", (FR, NL)),
        ("Belgique", (NL, FR, DE)),
        ("Flandre", (NL, FR)),
        ("5000 Namur, Hasselt", (FR, NL)),
    ],
)
def test_an_area_needs_the_languages_of_all_who_live_there(
    text: str, languages: tuple[Language, ...]
) -> None:
    area = [GAZETTEER.inhabited(nis_code) for nis_code in GAZETTEER.resolve(text)]
    assert required_languages(area) == languages


def test_inhabitants_add_up_to_the_country() -> None:
    total = sum(place.inhabitants for place in EVERY)
    assert 11_400_000 < total < 11_600_000
    assert all(place.inhabitants > 0 for place in EVERY)
    assert GAZETTEER.place("BE336").inhabitants == 78_000
    assert GAZETTEER.place("73028").inhabitants == 100, "Herstappe, the smallest"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("eup", "Eupen"),
        ("4700", "Eupen"),
        ("liege", "Liège"),
        ("vith", "Sankt Vith"),
        ("4000 Liège", "Liège"),
        ("gemeente Limburg", "Limburg"),
        ("Kruibeke", "Beveren-Kruibeke-Zwijndrecht"),
    ],
)
def test_a_search_offers_the_place_meant(typed: str, first: str) -> None:
    assert first in GAZETTEER.search(typed)[0].place.names.values()


def test_a_search_offers_the_province_beside_the_city() -> None:
    assert [one.place.kind for one in GAZETTEER.search("liège", 2)] == ["municipality", "province"]


def test_a_slip_of_the_hand_is_answered_with_several_suggestions_or_none() -> None:
    for slip, meant in (("Leuvn", "24062"), ("Luikk", "62063"), ("Bruxeles", "21004")):
        assert GAZETTEER.search(slip) == ()
        codes = [one.place.nis_code for one in GAZETTEER.similar(slip)]
        assert codes[0] == meant
        assert 2 <= len(codes) <= 3
    assert GAZETTEER.similar("Qqqqqq") == ()


def test_a_search_keeps_to_its_limit() -> None:
    assert len(GAZETTEER.search("s", limit=5)) == 5
    assert GAZETTEER.search("  ") == ()


@pytest.mark.parametrize("text", ["Île-d’Yeu", "île d'yeu", "ILE D YEU"])
def test_spelling_that_people_vary_is_folded_away(text: str) -> None:
    assert folded(text) == "ile d yeu"
