"""No letter or digit of another alphabet stands in a text, a name, a title or an entry of a list.

Look-alikes are not listed: whatever is not of the alphabet our languages are written in is refused.
What people of our languages write passes: accents, measures, rays, raised digits, pictographs.
"""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.check_input import CheckInput
from alerting.checks.lint import lint
from alerting.checks.names import why_no_contact, why_no_name
from alerting.domain.alert import AlertClass
from alerting.domain.authority_names import governments
from alerting.domain.finding import NEVER_OVERRIDDEN
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.alphabet import other_alphabets
from tests.checks.samples import NOW

LOOK_ALIKES = (
    "О900 12 345", "Ο9ΟΟ 12 345", "〇900 12 345", "0900 12 З45", "0900一12一345", "0٩00 12 345",
    "०900", "0900 𝟏𝟐 345", "09００", "0900 ⑫ 345", "Ⅻ", "КМІ", "ОСАМ", "ЅРԜ", "poliсe", "Βrussel",
    "ｅvil", "𝐀FCN", "ᴀFCN", "ⒶFCN", "🅺🅼🅸", "🄺🄼🄸", "🇰 🇲 🇮", "αFCN", "AFϹN", "Ꭺfcn", "ꓮFCN",
    "ĸmi", "ǃ12", "ⅼ2", "ſncb", "Ελλάδα", "Київ", "中", "لييج", "µfcn", "5 γ", "Ωmega",
    "1\u0301", "a\u0483", "न\u093f", "ᶠᶜ",
)  # fmt: skip
OURS = (
    "Liège, Ärger, façade, Straße, œuvre, CŒUR, Noël, ça, naïef, Škoda, STRAẞE",
    "Łódź, Şişli, Ștefan, Yıldız, Đorđe, Þór, Ærø, Nguyễn, ĳs", "e\u0301, A\u030a",
    "5 µSv", "3 μSv/h", "5µSv", "µg/m³", "12 µm", "10 kΩ", "5 Ω", "2 M\u2126",
    "β-straling", "γ-Strahlen", "rayons γ", "rayonnement α et particules β.",
    "1ª", "Nº 5", "1ᵉʳ", "2ᵉ", "CO₂", "H₂S", "km²", "10⁻³", "½ tablet, ¼ comprimé",
    "① Sluit ② Blijf", "1\ufe0f\u20e3", "ℹ️ Info", "🅿️ parking", "Ⓜ️", "🇧🇪 🇫🇷🇳🇱", "🆘",
    "⚠️ → • “a” ’ … € № ™ © °C ℃ ≠ ± ☎ ✔", "habitant·e·s", "20\u202f°C",
)  # fmt: skip


def rules(text: str, subject: str = "") -> set[str]:
    given = CheckInput(
        messages=(Message(channel="web", language=Language.NL, text=text, subject=subject),),
        required=(),
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return {one.rule for one in lint(given) if one.severity == "blocks"}


@pytest.mark.parametrize("words", LOOK_ALIKES)
def test_a_look_alike_blocks_in_every_field_words_come_in_by(words: str) -> None:
    assert "other-alphabet" in rules(f"Zie {words}.")
    assert "other-alphabet" in rules("Zie.", subject=f"Gas: {words}")
    assert why_no_name(f"Zaal {words}")
    assert why_no_contact(f"Zaal {words}")
    assert governments([words])


@pytest.mark.parametrize("words", OURS)
def test_what_our_languages_write_passes(words: str) -> None:
    assert "other-alphabet" not in rules(f"Zie {words}.")


@given(st.characters(categories=["L", "N"]), st.sampled_from(["{}", "a{}", "{}1", "0900 1{} 345"]))
def test_a_letter_or_digit_is_an_ascii_one_with_or_without_marks_or_refused(
    letter: str, around: str
) -> None:
    first = unicodedata.normalize("NFD", letter)[0]
    if first.isascii() or any(letter in words for words in OURS):
        return
    name = unicodedata.name(letter, "")
    if name.startswith(("LATIN", "VULGAR", "CIRCLED DIGIT", "SUPER", "SUB")) or "DINGBAT" in name:
        return  # those of them that pass stand in the table above
    assert list(other_alphabets(around.format(letter)))


def test_no_reason_lifts_it() -> None:
    assert "other-alphabet" in NEVER_OVERRIDDEN
