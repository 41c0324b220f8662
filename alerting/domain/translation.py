"""Asking a colleague what one detail of a composition says in a language that lacks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from alerting.domain.language import Language
from alerting.domain.text.canonical_json import fingerprint

MAX_OPEN_REQUESTS = 20
"""Of one person, unanswered, in all compositions together."""
MAX_REQUESTS_PER_HOUR = 30
"""Of one person, withdrawn and answered ones included: each is an e-mail to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTranslator:
    """An entry of an authority's list of translators. `id` is 0 until it is stored."""

    id: int = 0
    authority: str
    """Its code."""
    officer: str
    language: Language
    """The one they translate into."""


class TranslationState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    WRITTEN = "written"
    """The words answered with stand, or stood, in the composition."""
    PROPOSED = "proposed"
    """The field or the words beside it had changed: the words wait for a choice."""
    DECLINED = "declined"
    """They were proposed, and not taken."""
    WITHDRAWN = "withdrawn"
    """The field was filled in another way, or whoever asked took the request back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRequest:
    """One detail of a composition, asked for in one language."""

    id: int
    composition_id: int
    value_name: str
    """The detail, as its scenario names it."""
    language: Language
    officer: str
    """Who is asked; empty: the translators of the composition's authority."""
    asked_by: str
    asked_at: datetime
    state: TranslationState
    answered_by: str
    words: str | Sequence[str] | None
    """What was answered, as the detail keeps it."""
    composition_version: int | None
    """The version of the composition that the answer made."""


def words_in(value: Any, language: Language) -> Any:
    """What a detail says in a language; empty where it says nothing."""
    return value.get(language, "") if isinstance(value, Mapping) else ""


def words_beside(value: Any, *languages: Language) -> dict[Language, Any]:
    """What a detail says in all other languages."""
    if not isinstance(value, Mapping):
        return {}
    return {
        language: value[language]
        for language in Language
        if language not in languages and value.get(language)
    }


def with_words(value: Any, language: Language, words: Any) -> dict[str, Any]:
    """A detail with words in one more language."""
    return {**(value if isinstance(value, Mapping) else {}), language.value: words}


def digest_of(words: Mapping[Language, Any]) -> str:
    """By which a page knows the words it showed again, without sending them back."""
    return fingerprint(dict(words))
