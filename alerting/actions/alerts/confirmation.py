"""A last question before a real alert leaves: type what cannot be typed by accident.

In Hawaii in 2018 the drill and the real thing asked the same question with the same words. Here an
exercise never asks for this, so that nobody gets used to answering it.
"""

from typing import Final

from alerting.domain.alert import Alert, AlertClass, FollowUp
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services

WORD: Final = msgid("ALERT")
NOT_TYPED: Final = msgid(
    "Nothing was sent: to confirm that this is a real alert, type {word} or the name of the area"
)
FALSE_WORD: Final = msgid("FALSE ALARM")
FALSE_NOT_TYPED: Final = msgid(
    "Nothing was created: to confirm that the alert was a false alarm, type {word}"
)
LEAST_ROOM: Final = 35
"""Characters an area is named in at least: whichever name an officer reads, they may type."""


def asks_for_word(alert: Alert) -> bool:
    """Whether it must be confirmed: a real alert, unless it takes a false one back."""
    return alert.alert_class is AlertClass.ALERT and alert.follow_up is not FollowUp.FALSE_ALERT


def require_confirmation(services: Services, alert: Alert, typed: str) -> None:
    """Refuse unless the word, or the area's name, was typed in any of our languages."""
    if not asks_for_word(alert):
        return
    accepted = {
        *(translator_for(language)(WORD) for language in Language),
        *(
            phrase
            for language in Language
            for phrase in services.gazetteer.area_phrases(alert.area, language, room=LEAST_ROOM)
        ),
    }
    if _plain(typed) not in {_plain(one) for one in accepted}:
        raise BadRequest(NOT_TYPED, word=WORD)


def require_false_alarm(alert: Alert, typed: str) -> None:
    """Refuse to call a real alert false unless the words were typed in any of our languages."""
    accepted = {_plain(translator_for(language)(FALSE_WORD)) for language in Language}
    if alert.alert_class is AlertClass.ALERT and _plain(typed) not in accepted:
        raise BadRequest(FALSE_NOT_TYPED, word=FALSE_WORD)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
