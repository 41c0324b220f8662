"""A text message costs what operators bill: 160 and 153 septets, or 70 and 67 UTF-16 units.

Two packages written by others agree with every measure; the proposal of a rewrite shows all it
changes, and after it nothing is left that GSM-7 could have said.
"""

import json
from pathlib import Path

import gsm0338
import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from alerting.domain.text.gsm7 import (
    BASIC,
    EXTENSION,
    GSM7,
    Encoding,
    Measure,
    applied,
    measure,
    rewrite,
)

ESCAPE = "\x1b"
TABLES = Path("../shared/data/sms/gsm7.json")
TEMPLATES = Path("../shared/data/templates.json")
BELGIAN = "àéèùçâêîôûëïÿœÀÂÇÈÉÊËÎÏÔŒÙÛŸäöüßÄÖÜáíóúñ’‘«»“”„–—…\u00a0\u202f€"

gsm_texts = st.text(alphabet=sorted(GSM7), max_size=700)
any_texts = st.text(
    alphabet=st.one_of(
        st.sampled_from(sorted(GSM7) + list(BELGIAN)),
        st.characters(exclude_characters=ESCAPE, exclude_categories=["Cs"]),
    ),
    max_size=700,
)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments", "left"),
    [
        pytest.param("", "GSM-7", 0, 0, 160, id="nothing costs nothing"),
        pytest.param("a" * 160, "GSM-7", 160, 1, 0, id="160 fit in one"),
        pytest.param("a" * 161, "GSM-7", 161, 2, 145, id="161 take two of 153"),
        pytest.param("a" * 306, "GSM-7", 306, 2, 0, id="306 fill two"),
        pytest.param("a" * 307, "GSM-7", 307, 3, 152, id="307 take three"),
        pytest.param("€" * 80, "GSM-7", 160, 1, 0, id="the euro sign takes two places"),
        pytest.param("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2, 0, id="no pair is cut in two"),
        pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, 152, id="306 that need three"),
        pytest.param("ê" * 70, "UCS-2", 70, 1, 0, id="70 fit in one"),
        pytest.param("ê" * 71, "UCS-2", 71, 2, 63, id="71 take two of 67"),
        pytest.param("😀" * 35, "UCS-2", 70, 1, 0, id="an emoji takes two units"),
        pytest.param("ê" * 66 + "😀" + "ê" * 65, "UCS-2", 133, 2, 0, id="no emoji is cut in two"),
        pytest.param("ê" * 66 + "😀" + "ê" * 66, "UCS-2", 134, 3, 66, id="134 that need three"),
        pytest.param("ç", "UCS-2", 1, 1, 69, id="a small ç is not GSM-7"),
        pytest.param("Ç", "GSM-7", 1, 1, 159, id="a capital Ç is"),
        pytest.param("a\x1bb", "UCS-2", 3, 1, 67, id="the escape is no letter"),
    ],
)
def test_a_text_is_measured_as_it_is_billed(
    text: str, encoding: str, units: int, segments: int, left: int
) -> None:
    found = measure(text)
    assert (found.encoding, found.units) == (encoding, units)
    assert (found.segments, found.left_in_last) == (segments, left)


@given(any_texts)
@example("€" * 77 + "a" + "€" * 76)
def test_an_independent_package_splits_alike(text: str) -> None:
    if not text:
        return
    theirs = smsutil.split(text)  # type: ignore[no-untyped-call]
    ours = measure(text)
    assert ours.segments == len(theirs.parts)
    assert ours.units == theirs.total_bytes // (1 if ours.encoding is Encoding.GSM7 else 2)
    last = theirs.parts[-1].bytes // (1 if ours.encoding is Encoding.GSM7 else 2)
    assert ours.left_in_last == ours.per_segment - last


@given(gsm_texts)
def test_an_independent_codec_needs_as_many_septets(text: str) -> None:
    encoded, _ = gsm0338.Codec().encode(text)  # type: ignore[no-untyped-call]
    assert measure(text).units == len(encoded)


@given(any_texts)
def test_units_of_ucs2_are_those_of_utf16(text: str) -> None:
    found = measure(text)
    if found.encoding is Encoding.UCS2:
        assert found.units == len(text.encode("utf-16-be")) // 2


@given(any_texts)
def test_the_culprits_are_all_that_force_ucs2(text: str) -> None:
    found = measure(text)
    named = {at: one.letter for one in found.culprits for at in one.at}
    assert named == {at: letter for at, letter in enumerate(text) if letter not in GSM7}
    assert bool(named) == (found.encoding is Encoding.UCS2)


@given(any_texts)
def test_a_rewrite_shows_every_change_and_a_second_one_finds_none(text: str) -> None:
    proposal = rewrite(text)
    assert applied(text, proposal.changes) == proposal.text
    for change in proposal.changes:
        assert text.startswith(change.before, change.at)
        assert set(change.after) <= GSM7
    assert not rewrite(proposal.text).changes


@given(gsm_texts)
def test_a_text_that_is_safe_is_left_alone(text: str) -> None:
    assert rewrite(text).text == text


@given(st.text(alphabet=sorted(GSM7 - set(EXTENSION)) + list(BELGIAN), max_size=400))
def test_belgian_letters_never_stay_in_the_way(text: str) -> None:
    assert measure(rewrite(text).text).encoding is Encoding.GSM7


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        pytest.param("fenêtres, reçu, Noël", "fenetres, recu, Noel", id="accents"),
        pytest.param("à é è ù É Ç ä ö ü ß", "à é è ù É Ç ä ö ü ß", id="accents GSM-7 has"),
        pytest.param("œuf, Œuvre, ĳs", "oeuf, Oeuvre, ijs".replace("Oe", "OE"), id="ligatures"),
        pytest.param("l’école – c’est fermé…", "l'école - c'est fermé...", id="typography"),
        pytest.param("«\u00a0oui\u00a0» „ja“", '"oui" "ja"', id="quotation marks"),
        pytest.param("14\u00a0h\u202f05\u202f!", "14 h 05 !", id="no-break spaces"),
        pytest.param("30 °C, n° 5", "30 C, no 5", id="degrees and numbers"),
        pytest.param("ferme\u0301 fene\u0302tre", "fermé fenetre", id="accents in pieces"),
        pytest.param("½ m²", "1/2 m2", id="compatibility forms"),
        pytest.param("feu 🔥 ☢", "feu 🔥 ☢", id="an emoji is for a person to take out"),
    ],
)
def test_a_rewrite_says_the_same_in_gsm7(text: str, safe: str) -> None:
    assert rewrite(text).text == safe


def test_a_change_says_where_and_what() -> None:
    (change,) = rewrite("les fenêtres").changes
    assert (change.at, change.before, change.after) == (7, "ê", "e")


def test_one_letter_doubles_the_price_and_the_rewrite_takes_it_back() -> None:
    text = "Fermez portes et fenêtres. " * 5
    assert (measure(text).segments, measure(rewrite(text).text).segments) == (3, 1)


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert (len(BASIC), len(EXTENSION), len(GSM7)) == (127, 10, 137)
    if not TABLES.exists():
        pytest.skip("the published table is not beside this checkout (../shared)")
    table = json.loads(TABLES.read_text(encoding="utf-8"))
    assert set(BASIC) == {one["char"] for one in table["basic"]} - {ESCAPE}
    assert set(EXTENSION) == {one["char"] for one in table["extension"]}


def test_the_texts_of_the_library_fit_two_segments_after_the_rewrite() -> None:
    if not TEMPLATES.exists():
        pytest.skip("the texts are not beside this checkout (../shared)")
    data = json.loads(TEMPLATES.read_text(encoding="utf-8"))
    for letter, plain in data["transliteration"].items():
        assert measure(rewrite(f"a{letter}b").text).encoding is Encoding.GSM7, (letter, plain)
    for texts in data["templates"].values():
        for text in texts["sms"].values():
            bare: Measure = measure(rewrite(text).text.replace("{", "").replace("}", ""))
            assert bare.encoding is Encoding.GSM7
            assert bare.segments <= 2
