"""An area is called by the shortest name that says it, in the reader's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.language import Language
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.name_lists import OTHERS
from alerting.geo.register import Place

GAZETTEER = Gazetteer()
FR, NL, DE, EN = Language
CODES = [place.nis_code for place in GAZETTEER.municipalities()]


@pytest.mark.parametrize(
    ("area", "names"),
    [
        pytest.param("Liège", ("Liège", "Luik", "Lüttich", "Liège"), id="one municipality"),
        pytest.param(
            "Anvers, Bruxelles",
            ("Anvers et Bruxelles", "Antwerpen en Brussel", "Antwerpen und Brüssel",
             "Antwerp and Brussels"),
            id="two",
        ),
        pytest.param(
            "Saint-Vith, Amblève, Eupen",
            ("Eupen, Saint-Vith et Amblève", "Eupen, Sankt Vith en Amel",
             "Eupen, Sankt Vith und Amel", "Eupen, Sankt Vith and Amel"),
            id="three, the largest first",
        ),
        pytest.param(
            "province de Liège",
            ("Province de Liège", "Provincie Luik", "Provinz Lüttich", "Province of Liège"),
            id="a whole province",
        ),
        pytest.param(
            "Wallonie", ("Wallonie", "Wallonië", "Wallonien", "Wallonia"), id="a whole region"
        ),
        pytest.param(
            "04000",
            ("Région de Bruxelles-Capitale", "Brussels Hoofdstedelijk Gewest",
             "Region Brüssel-Hauptstadt", "Brussels-Capital Region"),
            id="Brussels",
        ),
        pytest.param(
            "Belgique", ("Belgique", "België", "Belgien", "Belgium"), id="the whole country"
        ),
        pytest.param(
            "Ostbelgien",
            ("Communauté germanophone", "Duitstalige Gemeenschap",
             "Deutschsprachige Gemeinschaft", "German-speaking Community"),
            id="the German-speaking Community",
        ),
        pytest.param(
            "Gand, province de Namur",
            ("Province de Namur et Gand", "Provincie Namen en Gent", "Provinz Namur und Gent",
             "Province of Namur and Ghent"),
            id="a province and a municipality",
        ),
        pytest.param(
            "Anderlecht, 4830 Limbourg",
            ("Anderlecht et Limbourg (4830)", "Anderlecht en Limburg (4830)",
             "Anderlecht und Limbourg (4830)", "Anderlecht and Limbourg (4830)"),
            id="a town called as a province that it is not in",
        ),
        pytest.param(
            "provincie Limburg",
            ("Province du Limbourg", "Provincie Limburg", "Provinz Limburg", "Province of Limburg"),
            id="and that province",
        ),
        pytest.param(
            "Liège, Herstal, Seraing, Ans, Verviers, Spa, Flémalle, Grâce-Hollogne",
            ("Liège, Seraing, Verviers, Herstal et 4 autres communes",
             "Luik, Seraing, Verviers, Herstal en 4 andere gemeenten",
             "Lüttich, Seraing, Verviers, Herstal und 4 weitere Gemeinden",
             "Liège, Seraing, Verviers, Herstal and 4 other municipalities"),
            id="a long list",
        ),
        pytest.param(
            "Huy, Amay, Wanze, Villers-le-Bouillet, Marchin, Modave",
            ("Huy, Amay, Wanze, Villers-Le-Bouillet, Marchin et Modave",
             "Hoei, Amay, Wanze, Villers-Le-Bouillet, Marchin en Modave",
             "Huy, Amay, Wanze, Villers-Le-Bouillet, Marchin und Modave",
             "Huy, Amay, Wanze, Villers-Le-Bouillet, Marchin and Modave"),
            id="a list whose last two are named in fewer letters than counted",
        ),
    ],
)  # fmt: skip
def test_an_area_has_a_name_in_each_language(area: str, names: tuple[str, ...]) -> None:
    codes = GAZETTEER.resolve(area, ask=False)
    assert tuple(GAZETTEER.area_name(codes, language) for language in Language) == names


def test_a_province_without_one_municipality_is_not_the_province() -> None:
    codes = set(GAZETTEER.resolve("province de Namur")) - {"92094"}
    assert "Province" not in GAZETTEER.area_name(sorted(codes), FR)
    assert GAZETTEER.area_name(sorted(codes), FR).endswith("et 33 autres communes")


@pytest.mark.parametrize(
    ("room", "name"),
    [
        (0, "Liège, Seraing, Verviers et Herstal"),
        (35, "Liège, Seraing, Verviers et Herstal"),
        (34, "Liège et 3 autres communes"),
        (33, "Liège et 3 autres communes"),
        (5, "Liège et 3 autres communes"),
    ],
)
def test_a_short_channel_gets_a_short_name(room: int, name: str) -> None:
    codes = GAZETTEER.resolve("4000 Liège, Herstal, Seraing, Verviers")
    assert GAZETTEER.area_name(codes, FR, room=room) == name


def test_one_more_is_one_and_not_several() -> None:
    codes = GAZETTEER.resolve("Beveren-Kruibeke-Zwijndrecht, Sint-Genesius-Rode")
    assert GAZETTEER.area_name(codes, NL, room=49).endswith("en 1 andere gemeente")


def test_old_codes_are_named_as_what_they_are_now() -> None:
    assert GAZETTEER.area_name(("82003", "82005"), FR) == "Bastogne"


@given(st.sets(st.sampled_from(CODES), min_size=1), st.sampled_from(Language))
def test_every_area_has_a_name_that_can_be_read_aloud(codes: set[str], language: Language) -> None:
    name = GAZETTEER.area_name(sorted(codes), language)
    assert name == name.strip()
    assert name.count(",") <= 12
    assert name == GAZETTEER.area_name(sorted(codes, reverse=True), language)


@pytest.mark.parametrize(
    ("language", "said"),
    [(FR, "et 3 communes"), (NL, "en 3 gemeenten"), (DE, "und 3 Gemeinden"),
     (EN, "and 3 municipalities")],
)  # fmt: skip
def test_municipalities_are_no_others_of_a_region(language: Language, said: str) -> None:
    area = sorted({*GAZETTEER.resolve("04000"), *GAZETTEER.resolve("4000 Liège, Eupen, Gand")})
    region = GAZETTEER.place("04000").names[language]
    assert GAZETTEER.area_name(area, language, room=len(region) + 20) == f"{region} {said}"
    assert "other" not in GAZETTEER.area_name(area[:-1], EN, room=45)


@pytest.mark.parametrize("language", Language)
def test_a_municipality_that_is_named_has_others_beside_it(language: Language) -> None:
    area = GAZETTEER.resolve("4000 Liège, Eupen, Gand, 5000 Namur, Mons, Bruges, Le Roeulx, Arlon")
    assert OTHERS[language][1].format(n=4) in GAZETTEER.area_name(area, language)


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Liège", FR, ("Liège", "Luik", "Lüttich", "Liège")),
        ("luik", NL, ("Liège", "Luik", "Lüttich", "Liège")),
        ("Lüttich", DE, ("Liège", "Luik", "Lüttich", "Liège")),
        ("Liège, Mons", FR, ("Liège, Mons", "Luik, Bergen", "Lüttich, Mons", "Liège, Mons")),
        ("province de Liège", FR,
         ("province de Liège", "provincie Luik", "Provinz Lüttich", "province of Liège")),
        ("Hainaut", FR, ("Hainaut", "Henegouwen", "Hennegau", "Hainaut")),
        ("West-Vlaanderen", NL,
         ("Flandre occidentale", "West-Vlaanderen", "Westflandern", "West Flanders")),
        ("Wallonie", FR, ("Wallonie", "Wallonië", "Wallonien", "Wallonia")),
        ("Vesdre", FR, ("Vesdre", "Vesder", "Weser", "Vesdre")),
        ("Schelde", NL, ("Escaut", "Schelde", "Schelde", "Scheldt")),
    ],
)  # fmt: skip
def test_a_place_named_in_one_language_is_known_in_all(
    text: str, language: Language, names: tuple[str, ...]
) -> None:
    assert tuple(GAZETTEER.known_names(text, language).values()) == names


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("gare de Namur", FR, id="a name within words"),
        pytest.param("Luik", FR, id="a name of another language"),
        pytest.param("4000", FR, id="a postal code"),
        pytest.param("Saint-Nicolas", FR, id="two towns"),
        pytest.param("Limburg", NL, id="a town and a province with other names"),
        pytest.param("Amel", DE, id="a town and a river with other names"),
        pytest.param("Liège,", FR, id="an end still to be typed"),
        pytest.param("Liège, quai 12", FR, id="one of two unknown"),
        pytest.param("", FR, id="nothing"),
        pytest.param(", ,", FR, id="nothing, three times"),
    ],
)
def test_what_may_mean_something_else_is_not_known(text: str, language: Language) -> None:
    assert GAZETTEER.known_names(text, language) == {}


@given(st.sampled_from(GAZETTEER.municipalities()), st.sampled_from(Language))
def test_whatever_is_known_is_itself_in_its_own_language(place: Place, language: Language) -> None:
    names = GAZETTEER.known_names(place.names[language], language)
    assert not names or names[language] == place.names[language]


@given(st.sets(st.sampled_from(CODES), min_size=2, max_size=8), st.sampled_from(Language))
def test_nothing_is_counted_that_could_be_named_in_as_few_letters(
    codes: set[str], language: Language
) -> None:
    area = sorted(codes)
    name, full = GAZETTEER.area_name(area, language), GAZETTEER.full_area_name(area, language)
    assert len(name) <= len(full)
    if len(name) == len(full):
        assert sorted(name) == sorted(full), "the same names, whatever their order"


@given(st.sets(st.sampled_from(CODES), min_size=2, max_size=8), st.sampled_from(Language))
def test_a_text_with_room_for_it_names_every_municipality(
    codes: set[str], language: Language
) -> None:
    area = sorted(codes)
    phrases = GAZETTEER.area_phrases(area, language, room=35)
    assert sorted(phrases[0]) == sorted(GAZETTEER.full_area_name(area, language))
    assert [*phrases] == sorted(phrases, key=len, reverse=True)
