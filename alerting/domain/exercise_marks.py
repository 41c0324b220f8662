"""The mark of an exercise or a test: first and last on every text, and never taken off.

Hawaii 2018 and Ontario 2020 began with a drill nobody could tell from the real thing. So the mark
is put on by the composer, is no part of any template, and is looked at again when sending.
"""

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser

from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from alerting.domain.message import Message

MARKS: Mapping[AlertClass, Mapping[Language, str]] = {
    AlertClass.EXERCISE: {
        Language.FR: "EXERCICE",
        Language.NL: "OEFENING",
        Language.DE: "ÜBUNG",
        Language.EN: "EXERCISE",
    },
    AlertClass.TEST: dict.fromkeys(Language, "TEST"),
}

ALL_MARKS = frozenset(word for texts in MARKS.values() for word in texts.values())
_MARK = re.compile("|".join(sorted(ALL_MARKS)))


def mark(alert_class: AlertClass, language: Language) -> str:
    """The mark this class carries in this language; a real alert carries none."""
    return MARKS.get(alert_class, {}).get(language, "")


def with_mark(text: str, stamp: str, *, apart: bool = False) -> str:
    """`text` between two marks, on lines of their own where the text has room for it."""
    if not stamp or not text:
        return text
    return f"{stamp}\n\n{text}\n\n{stamp}" if apart else f"{stamp}: {text} {stamp}"


def title_with_mark(title: str, stamp: str, language: Language) -> str:
    """A title between two marks, as its language sets a colon."""
    colon = "\N{NO-BREAK SPACE}:" if language is Language.FR else ":"
    return f"{stamp}{colon} {title} {stamp}" if stamp and title else title


def marked(message: Message, alert_class: AlertClass) -> bool:
    """Whether the message shows what its class is: both marks everywhere, or none anywhere."""
    stamp = mark(alert_class, message.language)
    parts = (message.text, message.subject, message.html)
    if not stamp and not any(_MARK.search(unescape(part)) for part in parts):
        return True  # quickly: nearly every text
    shown = [message.text, message.subject, " ".join(_visible_words(message.html))]
    texts = [text.strip() for text in shown if text.strip()]
    if not stamp:
        return not any(_edges(text) & ALL_MARKS for text in texts)
    return bool(message.text.strip()) and all(_begins_and_ends(text, stamp) for text in texts)


def _begins_and_ends(text: str, stamp: str) -> bool:
    return len(text) > 2 * len(stamp) and text.startswith(stamp) and text.endswith(stamp)


def _edges(text: str) -> frozenset[str]:
    """The first and the last word, without what clings to them."""
    words = text.split()
    return frozenset(word.strip(":.,;!-–—()[]") for word in (words[0], words[-1]))


class _Words(HTMLParser):
    """Collects what a reader of a page sees."""

    HIDDEN = frozenset({"head", "style", "script", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter a part nobody sees."""
        self._hidden += tag in self.HIDDEN

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        self._hidden -= tag in self.HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._hidden and data.strip():
            self.words.append(data.strip())


def _visible_words(html: str) -> list[str]:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return reader.words
