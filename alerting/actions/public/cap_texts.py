"""The words of an alert in the elements of CAP: what it is about, what happened, what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alerting.cap.terms import MAX_HEADLINE
from alerting.domain.alert import ResponseType
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicText
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for

RESPONSES: Mapping[ResponseType, str] = {
    ResponseType.SHELTER: msgid("Go inside, stay inside and follow the official information."),
    ResponseType.EVACUATE: msgid("Leave the area and follow the official information."),
    ResponseType.PREPARE: msgid("Prepare yourself and follow the official information."),
    ResponseType.EXECUTE: msgid("Do what the message asks, and follow the official information."),
    ResponseType.AVOID: msgid("Stay away from the danger and follow the official information."),
    ResponseType.MONITOR: msgid("Stay alert and follow the official information."),
    ResponseType.ASSESS: msgid("Assess your situation and follow the official information."),
    ResponseType.ALL_CLEAR: msgid("You no longer have to do anything because of this danger."),
    ResponseType.NONE: msgid("You do not have to do anything."),
}
"""What people are asked to do, where the text itself cannot be parted with certainty."""
OVER = msgid("This search is over. Personal details have been removed.")
GONE = msgid("The text of this message is no longer public.")


INSTRUCTION_LEADS = (
    "Ce que vous devez faire maintenant :",
    "Wat u nu moet doen:",
    "Was Sie jetzt tun müssen:",
    "What you must do now:",
)
"""How a text of the library announces an instruction that is no list."""


@dataclass(frozen=True, slots=True)
class CapWords:
    """One language."""

    headline: str
    description: str
    instruction: str


_ITEM = re.compile(r"(?m)^(\d{1,2})\. ")


def words_of(alert: PublicAlert, *, without_names: bool) -> Mapping[Language, CapWords]:
    """By language, in the alert's order: those it has a text in. Parted in all of them alike, or in
    none. Where there is no text any more, and `without_names`, every language says just that."""
    texts = {
        language: alert.texts[language] for language in alert.languages if language in alert.texts
    }
    if without_names or not texts:
        gone = OVER if alert.personal else GONE
        return {
            language: CapWords(alert.titles[language], say(gone), say(RESPONSES[ResponseType.NONE]))
            for language in alert.languages
            if (say := translator_for(language))
        }
    parted = {language: part_text(text.text) for language, text in texts.items()}
    together = len({parted_text and parted_text.items for parted_text in parted.values()}) == 1
    return {
        language: CapWords(
            _headline(text, alert.titles[language]),
            found.what_happened if (found := parted[language]) and together else text.text.strip(),
            found.what_to_do
            if found and together
            else translator_for(language)(RESPONSES[alert.hazard.response]),
        )
        for language, text in texts.items()
    }


def _headline(text: PublicText, title: str) -> str:
    """At most MAX_HEADLINE characters: shortened at the end of a word."""
    words = " ".join((text.headline or title).split())
    if len(words) <= MAX_HEADLINE:
        return words
    return f"{words[: MAX_HEADLINE - 1].rsplit(' ', 1)[0].rstrip(' ,;:–-')}…"


@dataclass(frozen=True, slots=True)
class PartedText:
    """An approved text in two, without a word lost."""

    what_happened: str
    what_to_do: str
    items: int
    """How many numbered instructions there are; 1 where the instruction is a sentence."""


def part_text(text: str) -> PartedText | None:
    """The text before its instructions, and from them on. Instructions are a numbered list, with
    the line that announces it, or one paragraph that begins as those of the library do. None where
    that is not certain: neither or several, other numbers than 1, 2, 3, or nothing before it.
    """
    blocks = [part.strip() for part in re.split(r"\n[ \t]*\n", text.strip())]
    numbered = [n for n, one in enumerate(blocks) if _ITEM.search(one)]
    announced = [n for n, one in enumerate(blocks) if _announces(one)]
    if not numbered and len(announced) == 1 and announced[0] > 0:
        at = announced[0]
        return PartedText("\n\n".join(blocks[:at]), "\n\n".join(blocks[at:]), 1)
    if len(numbered) != 1:
        return None
    at = numbered[0]
    numbers = [int(part) for part in _ITEM.findall(blocks[at])]
    if not _ITEM.match(blocks[at]) or numbers != [*range(1, len(numbers) + 1)] or not numbers[1:]:
        return None
    if at > 1 and "\n" not in blocks[at - 1] and blocks[at - 1].endswith((":", "?")):
        at -= 1
    if at == 0:
        return None
    return PartedText("\n\n".join(blocks[:at]), "\n\n".join(blocks[at:]), len(numbers))


@dataclass(frozen=True, slots=True)
class Instructions:
    """What people are to do, one by one, without numbers."""

    lead: str
    """The line that announces them, and may say for whom they are; empty: none."""
    items: tuple[str, ...]


def instructions_of(text: str) -> Instructions | None:
    """Those of a text; None where that is not certain."""
    found = part_text(text)
    if not found:
        return None
    first, *more = found.what_to_do.split("\n\n")
    announced = bool(more) and not (_ITEM.match(first) or _announces(first))
    lines = (more[0] if announced else first).splitlines()
    items = tuple(_ITEM.sub("", line).strip() for line in lines if line.strip())
    return Instructions(first if announced else "", items)


def _announces(block: str) -> bool:
    """Whether a paragraph begins with an instruction; a line of its own only announces a list."""
    words = block.replace("\N{NO-BREAK SPACE}", " ")
    return words.startswith(INSTRUCTION_LEADS) and not words.endswith(":")
