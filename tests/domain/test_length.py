"""Every place counts a text in its own way, and we count as it does, not as Python does."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.channel_profiles import BLUESKY
from alerting.domain.language import Language
from alerting.domain.text.gsm7 import GSM7
from alerting.domain.text.length import (
    LINK_COUNTS,
    MAX_PAGES,
    PAGE,
    X_LIMIT,
    graphemes,
    mastodon,
    pages,
    spoken_seconds,
    weighted,
)

CONFIGURATION = Path("../shared/data/twitter/config_v3.json")
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("This is a test.", 15, id="plain letters"),
        pytest.param("fenêtres – l’école", 18, id="accents and typography weigh one"),
        pytest.param("fene\u0302tres", 8, id="an accent in two pieces is one letter"),
        pytest.param("저찀쿯쿿", 8, id="what is far from Latin weighs two"),
        pytest.param("• €", 5, id="a bullet and the euro sign weigh two"),
        pytest.param("😀", 2, id="an emoji"),
        pytest.param(FAMILY, 2, id="an emoji of seven pieces"),
        pytest.param("🇧🇪👍🏽1️⃣", 6, id="a flag, a tinted hand, a keycap"),
        pytest.param("http://test.com", 23, id="a short link"),
        pytest.param("https://a.be/" + "x" * 90, 23, id="a long link"),
        pytest.param("test.com", 23, id="a link without http"),
        pytest.param("BE-ALERT.BE", 23, id="a link in capitals"),
        pytest.param("test https://test.com test https://test.com test.com test", 86, id="links"),
        pytest.param("Voir https://a.be/x?y=1.", 5 + 23 + 1, id="the full stop is not the link's"),
        pytest.param("(https://a.be/x)", 25, id="a link in brackets"),
        pytest.param("https://localhost/x", 19, id="a host without a known ending is no link"),
        pytest.param("info@liege.be", 13, id="a mail address is no link"),
        pytest.param("14.05 uur, 3.500", 16, id="a time or a number is no link"),
    ],
)
def test_x_weighs(text: str, weight: int) -> None:
    assert weighted(text) == weight


@given(st.text())
def test_the_weight_does_not_depend_on_how_accents_are_written(text: str) -> None:
    assert weighted(unicodedata.normalize("NFD", text)) == weighted(
        unicodedata.normalize("NFC", unicodedata.normalize("NFD", text))
    )


def test_the_weights_are_those_of_the_published_configuration() -> None:
    if not CONFIGURATION.exists():
        pytest.skip("the configuration is not beside this checkout (../shared)")
    rules = json.loads(CONFIGURATION.read_text(encoding="utf-8"))
    assert rules["maxWeightedTweetLength"] == X_LIMIT
    assert rules["transformedURLLength"] == LINK_COUNTS
    light = [range(one["start"], one["end"] + 1) for one in rules["ranges"]]
    for code in (*range(0x20, 0x24), *range(0x2B, 0x30), *range(0x3A, 0x20D0), 0x4E00, 0xFFFD):
        letter = chr(code)
        if unicodedata.normalize("NFC", letter) != letter:
            continue
        assert weighted(letter) == (1 if any(code in one for one in light) else 2), hex(code)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("fenêtres – l’école", 18, id="letters"),
        pytest.param("\r\n", 1, id="a line end of two"),
        pytest.param("e\u0301\u0302", 1, id="a letter under two accents"),
        pytest.param("\n\u0301", 2, id="nothing joins a line end"),
        pytest.param(FAMILY * 2, 2, id="two families"),
        pytest.param("🇧🇪🇳🇱", 2, id="two flags"),
        pytest.param("🇧🇪🇳", 2, id="a flag and a half"),
        pytest.param("👍🏽❤️", 2, id="tinted, and in colour"),
        pytest.param("a\u200d😀", 2, id="a joiner joins pictographs only"),
        pytest.param("저찀", 2, id="Hangul that is composed"),
    ],
)
def test_a_grapheme_is_what_a_reader_takes_for_one_character(text: str, count: int) -> None:
    assert graphemes(text) == count


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF, exclude_characters="\r")))
def test_a_european_text_has_as_many_graphemes_as_letters(text: str) -> None:
    assert graphemes(text) == len(text)


@given(st.text(), st.text())
def test_graphemes_never_count_more_when_texts_are_put_together(one: str, two: str) -> None:
    assert graphemes(one + two) <= graphemes(one) + graphemes(two) <= len(one) + len(two)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("Voir https://a.be/" + "x" * 90, 28, id="a link counts 23"),
        pytest.param("Voir be-alert.be", 16, id="without http it counts in full"),
        pytest.param("@crisis@social.be ok", 10, id="of an account far away, the name"),
        pytest.param(FAMILY, 1, id="an emoji counts one"),
    ],
)
def test_mastodon_counts(text: str, count: int) -> None:
    assert mastodon(text) == count


def test_bluesky_has_two_limits() -> None:
    assert BLUESKY.excess("é" * 300) is None
    assert BLUESKY.excess("é" * 301) == (301, 300)
    assert BLUESKY.excess(FAMILY * 150) == (3750, 3000)


@pytest.mark.parametrize(
    ("text", "taken", "fits"),
    [
        pytest.param("", 0, True, id="nothing"),
        pytest.param("a" * 93, 1, True, id="a page"),
        pytest.param("a" * 94, 2, True, id="a page and one"),
        pytest.param("a" * 1395, 15, True, id="the most there is"),
        pytest.param("a" * 1396, 16, False, id="one too many"),
        pytest.param("a" * 92 + "€", 2, True, id="no pair is cut in two"),
        pytest.param("ê" * 41, 1, True, id="a page of UCS-2"),
        pytest.param("ê" * 615, 15, True, id="the most there is in UCS-2"),
        pytest.param("ê" * 616, 16, False, id="one too many in UCS-2"),
        pytest.param("ê" * 40 + "😀", 2, True, id="no emoji is cut in two"),
    ],
)
def test_a_cell_broadcast_takes_pages(text: str, taken: int, fits: bool) -> None:
    assert (pages(text).pages, pages(text).fits) == (taken, fits)


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(GSM7)), st.characters())))
def test_pages_are_never_fewer_than_their_room(text: str) -> None:
    found = pages(text)
    assert found.units <= found.pages * found.per_page
    assert found.per_page in PAGE.values()
    assert found.fits == (found.pages <= MAX_PAGES)


def test_a_minute_of_speech_is_the_words_of_the_table() -> None:
    assert spoken_seconds("mot " * 150, Language.FR) == 60
    assert spoken_seconds("woord " * 140, Language.NL) == 60
    assert spoken_seconds("Wort " * 120, Language.DE) == 60


def test_digits_are_spoken_one_by_one() -> None:
    assert spoken_seconds("070 245 245 " * 10, Language.FR) == 24
    assert spoken_seconds("", Language.FR) == 0


@given(st.text(), st.sampled_from(Language))
def test_more_words_never_take_less_time(text: str, language: Language) -> None:
    assert spoken_seconds(text + " mot", language) >= spoken_seconds(text, language)
