"""The texts of one file of the library as a form shows them, and back into a file."""

import tomllib
from collections.abc import Iterator, Mapping

from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid

Texts = Mapping[str, Mapping[Language, str]]
"""Part of the file -> language -> text, without the line ends around it."""

QUOTES = msgid("A text cannot contain three apostrophes in a row")


def read_texts(source: str) -> Texts:
    """The texts in a file the library has already read without complaint."""
    return {
        table: {Language(language): text.strip("\n") for language, text in texts.items()}
        for table, texts in tomllib.loads(source).items()
    }


def strings_in(source: str) -> Iterator[str]:
    """Every string in any file of the library that was read without complaint."""
    left: list[object] = [tomllib.loads(source)]
    while left:
        match left.pop():
            case dict(table):
                left += table.values()
            case list(items):
                left += items
            case str(text):
                yield text


def write_texts(texts: Texts) -> str:
    """A file with these texts, languages side by side; an empty text is left out."""
    return "\n".join(
        f"[{table}]\n"
        + "".join(_entry(language, by[language]) for language in Language if by.get(language))
        for table, by in texts.items()
        if any(by.values())
    )


def _entry(language: Language, text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if "'''" in plain:
        raise BadRequest(QUOTES)
    # An apostrophe at the very end would run into those that close the text.
    lines = f"\n{plain}\n" if "\n" in plain or plain.endswith("'") else plain
    return f"{language} = '''{lines}'''\n"
