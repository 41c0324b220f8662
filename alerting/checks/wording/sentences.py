"""Sentences of a text, what each hangs on, and patterns that read all ways a letter is written."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from alerting.domain.language import Language

FR, NL, DE, EN = Language

_ALIKE = {"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "‑": "-"}
KNOWN_LETTERS = 4_000
"""Letters whose flat form is kept: more than alerts are written with, however odd a text is."""


class _Flat(dict[int, str]):
    """Letters without their accents, as they are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = _ALIKE.get(character) or unicodedata.normalize("NFD", character)[0]
        if len(self) < KNOWN_LETTERS:
            self[code] = bare
        return bare


_FLAT = _Flat()


@lru_cache(maxsize=256)
def flat(text: str) -> str:
    """`text` without accents, with one kind of apostrophe and blank; each letter keeps its place.

    Text messages have no ê and no ’, long texts have both: a pattern reads them alike.
    """
    return text.translate(_FLAT)


def pattern(source: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """`source` for flat texts, whatever the capitals."""
    return re.compile(flat(source), flags)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a flat text, with its sign at the end."""

    text: str
    start: int
    question: str = ""
    """The question just before it, as in “Cannot leave? Go upstairs.”; empty where none is."""
    heading: str = ""
    """The line with a colon at its end that its list stands under."""

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.text.rstrip().endswith("?")


_ITEM = re.compile(r"\d{1,2}[.)] ")
_END = re.compile(
    r"[.!?;]{1,4}(?=\s|$)(?!(?<=\d\.) (?:jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|dez))|\n",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Sentence, ...]:
    """Of a text that is not flat yet, in reading order. The number of an item is none of it."""
    return tuple(_sentences(flat(text)))


def _sentences(text: str) -> Iterator[Sentence]:
    at, heading = 0, ""
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        item = _ITEM.match(line)
        if not bare:
            pass  # a blank line between a heading and its list
        elif bare.endswith(":"):
            heading = bare
        elif item is None:
            heading = ""
        question = ""
        start = item.end() if item else 0
        ends = [match.end() for match in _END.finditer(line, start)]
        for end in (*ends, len(line)):
            if part := line[start:end].strip():
                sentence = Sentence(part, at + start + _indent(line[start:end]), question, heading)
                yield sentence
                question = part if sentence.asks else ""
            start = end
        at += len(line)


def _indent(part: str) -> int:
    return len(part) - len(part.lstrip())


IF: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(
        r"\b(?:si|s'ils?|sauf|hors|ailleurs|en dehors|seulement|uniquement|sinon)\b"
        r"|\bzone (?:[a-z0-9]|rouge|orange|jaune|verte)\b"
    ),
    NL: pattern(
        r"\b(?:als|indien|tenzij|behalve|alleen|enkel|buiten (?:de|deze)|elders|wie)\b"
        r"|\bzone (?:[a-z0-9]|rood|oranje|geel|groen)\b|\b(?:rode|oranje|gele|groene) zone\b"
    ),
    DE: pattern(
        r"\b(?:wenn|falls|sofern|außer|außerhalb|nur|anderswo|wer)\b|\bzone (?:[a-z0-9]|rot|orange"
        r"|gelb|grün)\b|\b(?:rote|orange|gelbe|grüne)n? zone\b"
    ),
    EN: pattern(
        r"\b(?:if|unless|except|only|outside (?:the|this)|elsewhere|otherwise|who|whoever)\b"
        r"|\bzone (?:[a-z0-9])\b|\b(?:red|orange|yellow|green) zone\b"
    ),
}
"""What makes an order hold for some people only, or for a part of the area."""

WHEN: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(
        r"\b(?:avant|apres|quand|lorsque|lorsqu'|des que|jusqu\w*|tant que|pendant|ensuite|puis"
        r"|plus tard|a nouveau|de nouveau|la nuit|le jour|le matin|le soir|tot|tard|une fois"
        r"|a partir de|de \d|demain)(?!\w)"
    ),
    NL: pattern(
        r"\b(?:voordat|voor (?:u|\d+|het begin|de storm|de nacht|middernacht)|nadat|wanneer|zodra"
        r"|tot|zolang|tijdens|terwijl|daarna|vooraf|later|opnieuw|weer|'s nachts|overdag"
        r"|'s morgens|'s avonds|vanaf|morgen|eerst)(?!\w)"
    ),
    DE: pattern(
        r"\b(?:vor (?:der|dem|\d+)|vorher|bevor|nach (?:der|dem|\d+)|nachdem|sobald|bis|solange"
        r"|während|danach|dann|später|wieder|nachts|tagsüber|morgens|abends|ab \d+|ab (?:heute"
        r"|morgen)|morgen|zuerst)(?!\w)"
    ),
    EN: pattern(
        r"\b(?:before|beforehand|after|afterwards|when|once|as soon as|until|while|during|then"
        r"|later|again|at night|by day|during the day|in the morning|in the evening|from \d"
        r"|tomorrow|first)(?!\w)"
    ),
}
"""What puts an order to another time than now."""

NOT: Mapping[Language, re.Pattern[str]] = {
    FR: pattern(r"(?<!\w)(?:ne|n'|pas|jamais|ni|aucune?|inutile|sans)(?!\w)|(?<!\w)n'"),
    NL: pattern(r"\b(?:niet|geen|nooit|zonder|hoeft)\b"),
    DE: pattern(r"\b(?:nicht|kein\w{0,2}|nie|niemals|ohne)\b"),
    EN: pattern(r"\b(?:not|never|no|don't|without|cannot)\b"),
}
"""What turns an order into its contrary."""
