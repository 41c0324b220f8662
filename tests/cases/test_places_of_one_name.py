"""A name of more than one place is asked about, with what tells the places apart.

“Limbourg” was read as the town of 5,900 inhabitants, “Bruxelles” as the municipality: the smallest
place of the name was taken in silence.
"""

from collections import defaultdict

import pytest

from alerting.domain.errors import AmbiguousPlace, UnknownPlace
from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import Phrases
from alerting.geo.localities import shipped_localities
from alerting.geo.mergers import FORMER_NAMES, SUCCESSORS
from alerting.geo.place_names import ALSO, GROUPS_ALSO, HOMONYMS
from alerting.i18n import translator_for
from tests.make import gazetteer

PLACES = gazetteer()


def every_name() -> dict[str, set[str]]:
    """Name -> codes of all places that are called so in any language, or were."""
    names: dict[str, set[str]] = defaultdict(set)
    for place in (*PLACES.municipalities(), *PLACES.areas()):
        for name in place.names.values():
            names[folded(name)].add(place.nis_code)
    for also in (ALSO, GROUPS_ALSO, HOMONYMS):
        for code, written in also.items():
            for name in written:
                names[folded(name)].add(code)
    for old, written in FORMER_NAMES.items():
        for name in written:
            names[folded(name)].add(SUCCESSORS[old][0])
    for one in shipped_localities():
        names[folded(one.name)].add(one.nis_code)
    for place in PLACES.areas():
        if place.kind == "province":
            for name in place.names.values():
                _, _, bare = (
                    folded(name.replace("d’", "de ")).removeprefix("province ").partition(" ")
                )
                if bare in names:
                    names[bare].add(place.nis_code)
    return names


NAMES = every_name()
SEVERAL = {name: codes for name, codes in NAMES.items() if len(codes) > 1}


def test_no_name_with_several_meanings_is_read_without_asking() -> None:
    for name, codes in NAMES.items():
        if len(codes) == 1:
            assert set(PLACES.read(name).places) == codes, name
            continue
        with pytest.raises(AmbiguousPlace) as asked:
            PLACES.read(name)
        assert set(asked.value.codes) == codes, name


def test_well_known_ambiguous_names_are_among_them() -> None:
    assert SEVERAL["saint nicolas"] == {"62093", "46021"}
    assert SEVERAL["limbourg"] == {"63046", "70000"}
    assert SEVERAL["bruxelles"] == SEVERAL["brussel"] == {"21004", "04000"}
    assert SEVERAL["brabant"] == {"20001", "20002"}
    assert SEVERAL["anvers"] == {"11002", "10000"}
    assert SEVERAL["haren"] == {"21004", "73111"}
    assert SEVERAL["jemeppe"] == {"62096", "92140"}, "Seraing, 50 km from the other"
    assert SEVERAL["beveren"] == {"46030", "36015"}


@pytest.mark.parametrize("name", SEVERAL)
def test_each_choice_has_kind_postal_code_inhabitants_and_a_code_that_decides(name: str) -> None:
    with pytest.raises(AmbiguousPlace) as asked:
        PLACES.read(name)
    for code, choice in zip(asked.value.codes, asked.value.choices.parts, strict=True):
        place = PLACES.place(code)
        for language in Language:
            words = translator_for(language)
            said = words(choice.says, **choice.facts)
            assert place.names[language] in said
            assert "part" in choice.facts or words(str(choice.facts["kind"])) in said
            assert words.number(place.inhabitants) in said
            assert not place.is_municipality or any(post in said for post in place.postal_codes)
        assert PLACES.read(code).places == (code,)
        assert PLACES.read(f"{code} {name}").places == (code,)


def test_the_question_is_readable() -> None:
    with pytest.raises(AmbiguousPlace) as asked:
        PLACES.read("Limbourg")
    said = (
        translator_for(Language.FR).error(asked.value).replace("\u202f", " ").replace("\xa0", " ")
    )
    assert "Limbourg, commune (4830), 5 900 habitants [63046]" in said
    assert "Province du Limbourg, province, 877 400 habitants [70000]" in said


@pytest.mark.parametrize("name", ["Saint-Nicolas", "Sint-Niklaas", "Saint-Nicolas-Waes"])
def test_in_a_list_of_people_two_municipalities_are_asked_about_too(name: str) -> None:
    if len(NAMES[folded(name)]) == 1:
        assert PLACES.read_municipality(name).municipalities == ("46021",)
        return
    with pytest.raises(AmbiguousPlace):
        PLACES.read_municipality(name)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9100 Saint-Nicolas", "46021"),
        ("9100 St-Nicolas", "46021"),
        ("Saint-Nicolas (9100)", "46021"),
        ("46021 Saint-Nicolas", "46021"),
        ("4420 Saint-Nicolas", "62093"),
        ("Saint-Nicolas-Waes", "46021"),
        ("Sint-Niklaas", "46021"),
        ("Bruxelles", "21004"),
        ("1030 Bruxelles", "21015"),
    ],
)
def test_what_is_clear_in_an_address_is_read(written: str, code: str) -> None:
    assert PLACES.read_municipality(written).municipalities == (code,)


def test_a_name_that_is_not_known_is_never_answered_with_one_suggestion_alone() -> None:
    for name in NAMES:
        if len(name) > 5 and name[1:] not in NAMES:
            with pytest.raises(UnknownPlace) as refused:
                PLACES.read(name[1:])
            near = refused.value.facts.get("near")
            assert not isinstance(near, Phrases) or len(near.parts) > 1, name
