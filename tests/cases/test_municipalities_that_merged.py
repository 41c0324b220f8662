"""A municipality is found by every name it had, and never taken for another.

Mergers of 2019 and 2025 count, in every language; a code beside a name decides or confirms.
"""

import itertools
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.errors import (
    AmbiguousPlace,
    ContradictoryPlace,
    UnknownPlace,
)
from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.geo.gazetteer import MERGED as MERGED_SINCE
from alerting.geo.mergers import FORMER_NAMES, SUCCESSORS
from alerting.geo.place_text import is_slip
from tests.desk import Desk
from tests.make import gazetteer

MERGED = {
    "Kruibeke": "46030", "Zwijndrecht": "46030", "Beveren-Waas": "46030", "Tongeren": "73111",
    "Borgloon": "73111", "Tongres": "73111", "Tongern": "73111", "Looz": "73111",
    "Bilzen": "73110", "Hoeselt": "73110", "Borsbeek": "11002", "De Pinte": "44086",
    "Melle": "44088", "Ham": "71071", "Galmaarden": "23106", "Gammerages": "23106",
    "Bertogne": "82039", "Sint-Amands": "12041", "Neerpelt": "72043", "Kruishoutem": "45068",
    "Nevele": "44083",
}  # fmt: skip
BESIDE_A_CODE = {
    "4000 Liège": "62063", "Liège (4000)": "62063", "B-4000": "62063", "B-4000 Luik": "62063",
    "5100 Jambes": "92094", "9120 Beveren": "46030", "St-Gilles": "21013", "62063 Liège": "62063",
    "4000 Liège 1": "62063", "Saint-Gilles 1060": "21013", "1060 St-Gilles": "21013",
    "9170 Sint-Gillis-Waas": "46020", "9170 St-Gillis-Waas": "46020", "St. Vith": "63067",
    "1030 Bruxelles": "21015", "BE-4700 Eupen": "63023", "2600 Berchem": "11002",
}  # fmt: skip


@pytest.mark.parametrize(("written", "nis_code"), [*MERGED.items(), *BESIDE_A_CODE.items()])
def test_a_municipality_is_found_in_a_list_and_for_an_area(written: str, nis_code: str) -> None:
    assert gazetteer().read_municipality(written).municipalities == (nis_code,)
    assert gazetteer().resolve(written) == (nis_code,)


@pytest.mark.parametrize("old", FORMER_NAMES)
def test_every_former_name_leads_to_the_successor_and_says_so(old: str) -> None:
    successor, since = SUCCESSORS[old]
    for name in FORMER_NAMES[old]:
        read = gazetteer().read(name, ask=False)
        assert read.municipalities == (successor,)
        today = {folded(one) for one in gazetteer().place(successor).names.values()}
        assert [one.facts["year"] for one in read.remarks if one.says == MERGED_SINCE] == (
            [] if folded(name) in today else [str(since.year)]
        )


def test_only_codes_that_merged_have_former_names() -> None:
    recoded = {old for old in SUCCESSORS if old not in FORMER_NAMES}
    successors = [SUCCESSORS[old][0] for old in recoded]
    assert len(set(successors)) == len(recoded) == 11, "a code that only changed, in Hainaut"


@pytest.mark.parametrize("written", ["5100 Jambes", "4000 Xyz", "2600 Berchem", "1030 Bruxelles"])
def test_a_code_counts_where_the_name_beside_it_is_not_known_and_that_is_said(written: str) -> None:
    (remark,) = gazetteer().read(written).remarks
    assert remark.facts["place"] == written


@pytest.mark.parametrize(
    "written", ["4000 Namur", "5000 Liège", "62063 Gent", "9120 Gent", "4000 5000", "B-9000 Eupen"]
)
def test_a_code_and_a_name_that_disagree_are_refused(written: str) -> None:
    with pytest.raises(ContradictoryPlace):
        gazetteer().read_municipality(written)
    with pytest.raises(ContradictoryPlace):
        gazetteer().resolve(written)


EVERY_TOWN = [
    *{name for one in gazetteer().municipalities() for name in one.names.values()},
    *{name for names in FORMER_NAMES.values() for name in names},
]


def test_no_town_there_is_or_was_is_answered_with_a_suggestion() -> None:
    for name in EVERY_TOWN:
        found = gazetteer().search(name, limit=1)
        with suppress(AmbiguousPlace):  # asked about: a code decides
            assert found[0].place.nis_code in gazetteer().resolve(name, ask=False), name


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("de pinte", "de panne"), ("beveren", "evere"), ("beveren", "bever"), ("ham", "hamme"),
        ("beveren", "voeren"), ("melle", "malle"), ("borsbeek", "holsbeek"), ("lede", "lendelede"),
    ],
)  # fmt: skip
def test_a_name_that_sounds_like_another_is_no_slip_of_it(written: str, other: str) -> None:
    assert not is_slip(written, other)


@given(st.sampled_from(EVERY_TOWN), st.integers(0, 40))
def test_a_letter_left_out_or_two_swapped_are_slips(name: str, at: int) -> None:
    whole = folded(name)
    at %= len(whole)
    dropped = whole[:at] + whole[at + 1 :]
    swapped = whole[:at] + whole[at : at + 2][::-1] + whole[at + 2 :]
    for slip in {dropped, swapped} - {whole}:
        assert is_slip(slip, whole) == (len(dropped) >= 5 or (slip == swapped and len(whole) >= 5))


BOTH = ("Limburg", "Limbourg", "Namur", "Namen", "Liège", "Luik", "Antwerpen", "Anvers", "Antwerp")


@pytest.mark.parametrize("name", BOTH)
def test_a_name_that_is_also_a_province_asks_which(name: str) -> None:
    with pytest.raises(AmbiguousPlace) as asked:
        gazetteer().resolve(name)
    town, province = asked.value.codes
    assert f"[{town}]" in str(asked.value)
    assert f"[{province}]" in str(asked.value)
    words = ("commune de", "gemeente", "Gemeinde", "municipality of", "ville de", "stad", "Stadt")
    towns = {gazetteer().resolve(f"{word} {name}") for word in words}
    assert towns == {(town,)}
    larger = ("province de", "provincie", "Provinz", "province of")
    sizes = {len(gazetteer().resolve(f"{word} {name}")) for word in larger}
    assert sizes == {len(gazetteer().resolve(province))}


def test_luxembourg_alone_stays_refused() -> None:
    with pytest.raises(UnknownPlace):
        gazetteer().resolve("Luxembourg")


def test_in_a_list_of_people_it_is_the_municipality_and_a_far_away_one_is_said() -> None:
    for name in BOTH:
        read = gazetteer().read_municipality(name)
        assert len(read.municipalities) == 1
        assert bool(read.remarks) == name.startswith("Limb")


async def test_an_alert_for_limburg_is_asked_about_and_one_for_kruibeke_says_what_it_means(
    desk: Desk,
) -> None:
    with pytest.raises(AmbiguousPlace):
        await desk.drafts(area=("Limburg",))
    assert (await desk.drafts(area=("provincie Limburg",))).area[0].startswith("7")
    assert (await desk.drafts(area=("Kruibeke",))).area == ("46030",)


def test_the_word_is_there_in_every_language() -> None:
    (remark,) = gazetteer().read("Kruibeke").remarks
    names = remark.facts["municipality"].names  # type: ignore[attr-defined]
    assert set(names) == set(Language)
    for one, other in itertools.pairwise(("Kruibeke", "Zwijndrecht")):
        assert gazetteer().resolve(one) == gazetteer().resolve(other)
