"""Spelling, on request: words no dictionary has, with what may have been meant.

Only ever a hint: place names, streets and products are no mistakes. The dictionaries work in a
process of their own, are loaded when first asked, and every word is asked once. Where there is no
engine or no dictionary, `languages()` says so and nothing is found.
"""

import asyncio
import json
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from alerting.checks.check_input import fields
from alerting.checks.dictionary import dictionary_of
from alerting.domain.channel_profiles import profile_of
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.late_values import without_marks
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.i18n import msgid
from alerting.domain.text.links import links_in

MOST_SUGGESTIONS = 3
FOR_SUGGESTIONS = 2.0
"""Seconds a language may think about suggestions; words after that come without."""
OWN_WORDS = frozenset(
    {"be-alert", "alert", "gsm", "sms", "app", "airco", "irm", "kmi", "rmi", "info", "dir", "wi-fi"}
)
ABBREVIATION = 4
"""Words in capitals up to this length are not asked for."""
REMEMBERED = 20_000

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_WORDS = re.compile(r"https?://\S+|(?<!\S)[^\s@]++@\S+|[#@]\w+|\b\w*\d\w*\b")
_PASSED_OVER = frozenset(" \u00a0\u202f'\"«»“”„(–-1234567890")
_ENDS_BEFORE = frozenset(".!?:;•*\n")


class Speller:
    """One process with dictionaries. Close it when the service stops."""

    def __init__(self, *, folders: Sequence[Path] = (), patience: float = 10.0) -> None:
        self._folders = tuple(folders)
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._said: dict[tuple[Language, str], tuple[str, ...] | None] = {}

    def languages(self) -> frozenset[Language]:
        """The languages there is a dictionary for."""
        return frozenset(
            language for language in Language if dictionary_of(language, self._folders)
        )

    async def check(
        self, messages: Collection[Message], known: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """Hints for every word nobody knows. `known` are names and the organisation's own words."""
        ours = OWN_WORDS | _parts(known)
        for language in {one.language for one in messages} & self.languages():
            words = {
                word
                for message in messages
                if message.language is language
                for _, text in fields(message)
                for word, _ in words_of(text, language)
            }
            await self._learn(language, {one for one in words if not _is_known(one, ours)})
        return tuple(finding for message in messages for finding in self._findings(message, ours))

    async def aclose(self) -> None:
        """End the process."""
        if process := self._stop():
            await process.wait()

    def _stop(self) -> asyncio.subprocess.Process | None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return None
        process.kill()
        return process

    def _findings(self, message: Message, ours: frozenset[str]) -> Iterator[Finding]:
        for field, text in fields(message):
            for word, at in words_of(text, message.language):
                meant = self._said.get((message.language, word))
                if meant is None or _is_known(word, ours):
                    continue
                plain = profile_of(message.channel).gsm7  # “fenetres” saves room there
                if plain and word in {rewrite(m).text for m in meant}:
                    continue
                yield Finding(
                    severity=FindingSeverity.HINTS,
                    rule="spelling",
                    says=msgid("“{word}” is not in any dictionary."),
                    remedy=msgid("Perhaps you meant: {suggestions}.")
                    if meant
                    else msgid("Check the spelling; if it is a name, ignore this."),
                    channel=message.channel,
                    language=message.language,
                    field=field,
                    where=FindingPlace.of(text, at, at + len(word)),
                    facts={"word": word, "suggestions": ", ".join(meant)},
                )

    async def _learn(self, language: Language, words: Collection[str]) -> None:
        """Ask for the words not asked before; without an answer in time, for none of them."""
        new = sorted(word for word in words if (language, word) not in self._said)
        if not new:
            return
        async with self._turn:
            wrong = None
            try:
                async with asyncio.timeout(self._patience):
                    wrong = await self._ask(language, new)
            except (TimeoutError, OSError, ValueError):
                return
            finally:
                if wrong is None:  # a late answer must not pass for that to the next question
                    self._stop()
        if len(self._said) > REMEMBERED:
            self._said.clear()
        for word in new:
            self._said[language, word] = tuple(wrong[word]) if word in wrong else None

    async def _ask(self, language: Language, words: list[str]) -> dict[str, list[str]]:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "alerting.checks.dictionary", *map(str, self._folders)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=1 << 20,
            )
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise OSError
        plain = [word.replace("’", "'") for word in words]
        asked = {
            "language": language,
            "words": plain,
            "most": MOST_SUGGESTIONS,
            "seconds": FOR_SUGGESTIONS,
        }
        process.stdin.write(f"{json.dumps(asked)}\n".encode())
        await process.stdin.drain()
        wrong: dict[str, list[str]] = json.loads(await process.stdout.readline())
        return {word: wrong[one] for word, one in zip(words, plain, strict=True) if one in wrong}


def words_of(text: str, language: Language) -> Iterator[tuple[str, int]]:
    """The words a dictionary is asked for, and where each begins.

    No links, addresses or codes. Outside German, where every noun has one, a capital inside a
    sentence marks a name.
    """
    text = without_marks(text)
    pieces: list[str] = []
    done = 0
    for link in links_in(text):
        pieces += (text[done : link.start], " " * (link.end - link.start))
        done = link.end
    text = "".join((*pieces, text[done:]))
    text = _NOT_WORDS.sub(lambda match: " " * len(match[0]), text)
    for match in _WORD.finditer(text):
        word = match[0]
        before = match.start()
        while before and text[before - 1] in _PASSED_OVER:
            before -= 1
        begins = not before or text[before - 1] in _ENDS_BEFORE
        is_name = word[0].isupper() and not (word.isupper() or begins)
        if is_name and language is not Language.DE:
            continue
        if len(word) > 1 and not (word.isupper() and len(word) <= ABBREVIATION):
            yield word, match.start()


def _is_known(word: str, ours: frozenset[str]) -> bool:
    """Whether the word is one of ours, or is after its elision: l'airco."""
    folded = word.casefold()
    return folded in ours or re.split("['’]", folded, maxsplit=1)[-1] in ours


def _parts(known: Collection[str]) -> frozenset[str]:
    """Names, and every word of them."""
    return frozenset(
        part.casefold()
        for name in known
        for part in (name, *_WORD.findall(name), *re.findall(r"[^\W\d_]+", name))
    )
