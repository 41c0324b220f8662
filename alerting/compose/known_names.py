"""Details that are words, filled in where a language lacks them and what is said has a known name.

Known are the choices of a detail and, for places, the names of the gazetteer. What somebody wrote
is never replaced; whoever calls shows what was filled in.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from alerting.compose.values import MAX_NAME_CHARS, Declaration, Holds
from alerting.domain.language import Language
from alerting.domain.text.folding import folded

Filled = Mapping[str, tuple[Language, ...]]
"""Detail -> the languages it was filled in for."""


class KnownNames(Protocol):
    """As much of a gazetteer as filling in places needs."""

    def known_names(self, text: str, language: Language, /) -> Mapping[Language, str]:
        """What a place is called in every language, from its whole name in one; empty: unknown."""
        ...


def with_known_names(
    declared: Iterable[Declaration],
    given: Mapping[str, Any],
    languages: Sequence[Language],
    known_names: KnownNames,
) -> tuple[dict[str, Any], Filled]:
    """`given` with what is known in the languages of an alert, and what that is.

    One string for words belongs to the language of an alert that has only one.
    """
    values, filled = dict(given), {}
    for declaration in declared:
        said = values.get(declaration.name)
        if not declaration.by_language or said in (None, "", {}, []):
            continue
        if not isinstance(said, Mapping):
            chosen = isinstance(said, str) and (
                said in declaration.choices or said == declaration.default
            )
            if len(languages) == 1 and not chosen:
                values[declaration.name] = {languages[0].value: said}
            continue
        lacking = [language for language in languages if not said.get(language)]
        names = _names(declaration, said, languages, known_names) if lacking else {}
        if added := tuple(language for language in lacking if names.get(language)):
            values[declaration.name] = {
                **said,
                **{language.value: names[language] for language in added},
            }
            filled[declaration.name] = added
    return values, filled


def _names(
    declaration: Declaration,
    said: Mapping[str, Any],
    languages: Sequence[Language],
    known_names: KnownNames,
) -> Mapping[Language, str]:
    """What is said in the first language in which it is a known name."""
    for language in (*languages, *(each for each in Language if each not in languages)):
        text = said.get(language)
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_NAME_CHARS:
            continue
        for texts in declaration.choices.values():
            if folded(texts.get(language, "")) == folded(text):
                return texts
        if declaration.holds is Holds.PLACE and (names := known_names.known_names(text, language)):
            return names
    return {}
