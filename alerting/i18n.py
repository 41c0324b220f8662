"""The interface's words in four languages, from the gettext catalogues in `locales/`.

Only the interface: the texts of alerts live in `templates/`, where all languages of one text
stand side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from alerting.domain import page_address
from alerting.domain.belgian_time import local
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.errors import AlertingError, sentence
from alerting.domain.language import Language
from alerting.domain.late_values import MARK, LateValue, which
from alerting.domain.text.i18n import (
    ByLanguage,
    Figure,
    Phrase,
    Phrases,
    msgid,
    msgid_in,
    without_context,
)

LOCALES = Path(__file__).resolve().parent.parent / "locales"
REGIONAL = {Language.FR: "fr_BE", Language.NL: "nl_BE", Language.DE: "de_BE", Language.EN: "en_GB"}
BRUSSELS = ZoneInfo("Europe/Brussels")
CHANNELS = "channel"
"""A fact of this name is one channel or several, told by their labels."""
TEXTS = frozenset({"texts", "missing"})
"""Facts of these names are texts, as “sms/fr, email/nl”, told by the labels of their channels and
by their languages."""
TYPED = frozenset({"name", "officer", "person", "title", "value", "place", "group", "words"})
"""Facts of these names were typed, and stay as they are: a group may be called “Test”."""
LATE_VALUE_NAMES = {
    LateValue.TIME: msgid("hour of sending"),
    LateValue.DATE: msgid("date of sending"),
}

ALERT_NUMBER = msgid_in("of an alert", "number")
"""What is not known until the alert is kept."""


@dataclass(frozen=True, slots=True)
class Translator:
    """What an officer reads, in their language."""

    language: Language

    def __call__(self, text: str, **facts: object) -> str:
        """Translate a message id and fill its fields: message ids translated, times told."""
        translated = self.gettext(text)
        if not facts:
            return translated
        return translated.format(**{name: self._fact(name, fact) for name, fact in facts.items()})

    def _fact(self, name: str, fact: object) -> object:
        if isinstance(fact, str) and name == CHANNELS:
            return ", ".join(
                self.gettext(PROFILES[one].label) if one in PROFILES else one
                for one in fact.split(", ")
            )
        if isinstance(fact, str) and name in TEXTS:
            return ", ".join(map(self._text, fact.split(", ")))
        return fact if isinstance(fact, str) and name in TYPED else self._told(fact)

    def _text(self, name: str) -> str:
        channel, _, language = name.partition("/")
        if channel not in PROFILES or language not in set(Language):
            return name
        return f"{self.gettext(PROFILES[channel].label)} ({self._told(Language(language))})"

    def _told(self, fact: object) -> object:  # noqa: PLR0911  one line a kind
        match fact:
            case Language():
                return Locale(self.language).languages[fact]
            case str():
                return self.gettext(fact)
            case datetime():
                return self.moment(fact)
            case Phrase():
                return self(fact.says, **fact.facts)
            case Phrases():
                return "; ".join(str(self._told(phrase)) for phrase in fact.parts)
            case ByLanguage():
                return fact.told(self.language)
            case Figure():
                return self.number(fact.n)
            case _:
                return fact

    def gettext(self, text: str) -> str:
        """The translation, or the text itself; never the context of a message id."""
        return without_context(_translations(self.language).gettext(text)) if text else ""

    def pgettext(self, context: str, text: str, **facts: object) -> str:
        """As a call, for an English word with several meanings."""
        return self(msgid_in(context, text), **facts)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The form for a number, by the rules of the language."""
        return str(_translations(self.language).ngettext(one, many, n))

    def error(self, error: AlertingError) -> str:
        """What happened, and the way out."""
        parts = (self(part, **error.facts) for part in (error.says, error.remedy) if part)
        return " ".join(map(sentence, parts))

    def late(self, text: str) -> str:
        """A text of an alert with ‹hour of sending› where the hour will stand, and ‹number› where
        the number of the alert will."""
        text = MARK.sub(lambda match: f"‹{self.gettext(LATE_VALUE_NAMES[which(match)])}›", text)
        return page_address.MARK.sub(f"‹{self.gettext(ALERT_NUMBER)}›", text)

    def number(self, n: float) -> str:
        """A number as the language writes it."""
        return format_decimal(n, locale=REGIONAL[self.language])

    @property
    def day_form(self) -> str:
        """A day with the short name of its month: 15 Jan 2030, 15. Jan. 2030."""
        return "d. MMM y" if self.language is Language.DE else "d MMM y"

    def moment(self, at: datetime, *, seconds: bool = False) -> str:
        """A date and time in Brussels, to the minute or the second."""
        form = f"{self.day_form}, HH:mm{':ss' if seconds else ''}"
        here = local(at)
        return format_datetime(here, form, tzinfo=here.tzinfo, locale=REGIONAL[self.language])

    def clock(self, at: datetime) -> str:
        """A time of day in Brussels, to the second."""
        here = local(at)
        return format_time(here, "HH:mm:ss", tzinfo=here.tzinfo, locale=REGIONAL[self.language])


def translator_for(language: Language | str) -> Translator:
    """The words of one language."""
    return Translator(Language(language))


def preferred(accept_language: str, default: Language) -> Language:
    """The first of ours that a browser asks for (RFC 9110, 12.5.4)."""
    preferred_channels: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            preferred_channels.append((-float(quality or 1), position, tag[:2].lower()))
        except ValueError:
            continue
    known: Sequence[str] = [language.value for language in Language]
    return next(
        (Language(tag) for _, _, tag in sorted(preferred_channels) if tag in known), default
    )


@cache
def _translations(language: Language) -> Translations:
    """Read once; compiled in memory, so that no build step is needed."""
    path = LOCALES / language / "LC_MESSAGES" / "alerting.po"
    if not path.exists():
        return Translations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.value)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
