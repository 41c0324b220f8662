"""Marks the words that people read, so that the catalogues find them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENGLISH = "en"
CONTEXT_END = "\x04"


def msgid(text: str) -> str:
    """Return `text` unchanged; `pybabel extract -k msgid` collects it for `locales/`.

    The domain has no language: whoever shows the words to a person translates them.
    """
    return text


def msgid_in(context: str, text: str) -> str:
    """A message id whose English word has another meaning elsewhere; `context` tells them apart.

    Joined as gettext itself joins msgctxt and msgid (the GNU gettext manual, 10.2.5), and collected
    by `pybabel extract -k msgid_in:1c,2`. Templates write `pgettext("context", "text")`.
    """
    return f"{context}{CONTEXT_END}{text}"


def without_context(text: str) -> str:
    """The English words of a message id."""
    return text.rpartition(CONTEXT_END)[2]


@dataclass(frozen=True, slots=True)
class ByLanguage:
    """A name that is different in every language, for whoever shows it to a person.

    Keys are language codes. For logs and programs it is the English one, or the first there is.
    """

    names: Mapping[Any, str]

    def __str__(self) -> str:
        return self.told(ENGLISH)

    def told(self, language: str) -> str:
        """The name in a language; where it has none there, in English or any other."""
        for one in (language, ENGLISH):
            if self.names.get(one):
                return self.names[one]
        return next((name for name in self.names.values() if name), "")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, written as the language of its reader does."""

    n: float

    def __str__(self) -> str:
        return str(self.n)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message id with its facts, as a fact of another: translated with it."""

    says: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        says = without_context(self.says)
        return says.format(**self.facts) if self.facts else says


@dataclass(frozen=True, slots=True)
class Phrases:
    """Several of them, one after the other."""

    parts: tuple[Phrase, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.parts))
