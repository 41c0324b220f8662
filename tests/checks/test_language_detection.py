"""A text of some length shows its language, and one that does not is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.language_detection import detect_language
from alerting.domain.language import Language
from tests.checks.samples import LONG, SHORT
from tests.checks.shared_texts import texts

FR, NL, DE, EN = Language

OTHER_TEXTS = {
    FR: "Suite aux fortes pluies, plusieurs caves sont inondées. La commune met des sacs de sable "
    "à disposition au dépôt. Les habitants peuvent y venir jusqu'à ce soir.",
    NL: "Door de hevige regen staan verschillende kelders onder water. De gemeente stelt "
    "zandzakjes ter beschikking in het depot. Inwoners kunnen er tot vanavond terecht.",
    DE: "Wegen der starken Regenfälle stehen mehrere Keller unter Wasser. Die Gemeinde stellt im "
    "Bauhof Sandsäcke bereit. Die Einwohner können sie bis heute Abend abholen.",
    EN: "After the heavy rain several cellars are flooded. The municipality has sandbags ready at "
    "the depot. Residents can collect them there until this evening.",
}


@pytest.mark.parametrize("language", Language)
def test_a_text_is_in_its_language(language: Language) -> None:
    assert detect_language(OTHER_TEXTS[language]) is language
    assert detect_language(SHORT[language]) is language
    assert detect_language(LONG[language]) is language


@pytest.mark.parametrize("text", ["", "BE-Alert", "112", "Liège, Luik, Lüttich", "TEST TEST 14:05"])
def test_too_little_is_not_guessed(text: str) -> None:
    assert detect_language(text) is None


@given(
    st.sampled_from(Language), st.sampled_from(["Quai des Vennes, Liège", "Grote Markt, Mechelen"])
)
def test_a_name_from_elsewhere_does_not_change_it(language: Language, name: str) -> None:
    assert detect_language(f"{OTHER_TEXTS[language]} {name}") is language


def test_no_text_of_the_library_is_taken_for_another_language() -> None:
    wrong, told, long = [], 0, 0
    for scenario, kind, language, text in texts():
        heard = detect_language(text)
        if heard not in {language, None}:
            wrong.append((scenario, kind, language, heard))
        long += len(text) >= 60
        told += len(text) >= 60 and heard is language
    assert not wrong
    assert told >= 0.98 * long
