"""The languages of a list as registers write them: in words of four languages, in codes, in
letters. A language is recognised as a word, never by how it begins."""

from collections.abc import Mapping

from alerting.domain.language import Language
from alerting.domain.text.folding import folded

WORDS: Mapping[Language, tuple[str, ...]] = {
    Language.FR: (
        "fr", "f", "fra", "fre", "fr-BE", "fr-FR", "français", "française", "French", "Frans",
        "Franstalig", "Französisch", "francophone",
    ),
    Language.NL: (
        "nl", "n", "nld", "dut", "nl-BE", "nl-NL", "néerlandais", "flamand", "Dutch", "Flemish",
        "Nederlands", "Vlaams", "Nederlandstalig", "Niederländisch", "Flämisch", "néerlandophone",
    ),
    Language.DE: (
        "de", "d", "deu", "ger", "de-BE", "de-DE", "allemand", "German", "Duits", "Duitstalig",
        "Deutsch", "deutschsprachig", "germanophone",
    ),
    Language.EN: ("en", "e", "eng", "en-GB", "en-US", "anglais", "English", "Engels", "Englisch"),
}  # fmt: skip
"""N, F and D are how Belgian registers write it."""
LANGUAGES: Mapping[str, Language] = {
    folded(word.replace("_", "-")): language for language, words in WORDS.items() for word in words
}


def read_language(written: str) -> Language | None:
    """The language meant, or None."""
    return LANGUAGES.get(folded(written.replace("_", "-")))
