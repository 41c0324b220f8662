"""Whether a message is ours: fingerprints of what was sent, which a page compares by itself.

What a person pastes never leaves their device, and looking it up needs no service of ours.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from alerting.actions.public.listing import (
    AN_END,
    EXERCISE_OVER_LABEL,
    LABELS,
    OVER_LABELS,
    SEARCH_OVER_LABEL,
    WITHDRAWN_LABEL,
)
from alerting.domain.alert import AlertClass
from alerting.domain.exercise_marks import ALL_MARKS, mark
from alerting.domain.language import Language
from alerting.domain.public_alert import (
    PublicAlert,
    PublicStatus,
    PublicText,
    chains_of,
    without_person,
)
from alerting.i18n import translator_for

MOST_VERIFIED = 500
"""Alerts, the latest; older ones are found by number and in the archive."""
NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")
DIGITS = 32
"""Hexadecimal digits of SHA-256 that are kept: nobody finds another text with the same."""


ENDS = re.compile(r"^[\W_]+|[\W_]+$")
EXACT = re.compile(r"[^\W_][./@:][^\W_]|\d[-,]\d")
"""In a link, an e-mail address, a number with a point or a range every sign counts: another one
leads elsewhere, or says something else."""


def normalised(text: str) -> str:
    """Letters and digits alone, small and without accents: what copying leaves of a text; but for
    words in which every sign counts.

    `assets/verify.js` does the same.
    """
    return "".join(map(_normalised_word, unicodedata.normalize("NFC", text).lower().split()))


def _normalised_word(word: str) -> str:
    word = ENDS.sub("", word)
    if EXACT.search(word):
        return word
    return NEITHER_LETTER_NOR_DIGIT.sub("", unicodedata.normalize("NFKD", word))


def text_hash(text: str) -> str:
    """What a text is looked up by."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()[:DIGITS]


def verification_list(alerts: Iterable[PublicAlert], *, exercises: bool) -> bytes:
    """The latest real alerts, or exercises, with the hashes of what they said; JSON."""
    alerts = tuple(alerts)
    chains = chains_of(alerts)
    wanted = [
        alert for alert in alerts if alert.is_exercise is exercises and not alert.withdrawn_at
    ]
    found = [
        {
            "year": alert.address.year,
            "number": alert.address.number,
            "sent": alert.sent_at.isoformat(),
            "languages": list(alert.languages),
            "hashes": sorted(_hashes(alert, chains[alert.first])),
        }
        for alert in wanted[:MOST_VERIFIED]
    ]
    return json.dumps({"exercises": exercises, "alerts": found}, separators=(",", ":")).encode()


def words_for_results(language: Language) -> Mapping[str, object]:
    """What the page for verifying says of an alert it found, beside the alert's own words."""
    translate = translator_for(language)
    return {
        "mark": mark(AlertClass.EXERCISE, language),
        "marks": sorted(ALL_MARKS),
        "moment": translate("{day} at {time}", day="{day}", time="{time}"),
        "withdrawn": translate(WITHDRAWN_LABEL),
        "ends": {str(one): translate(LABELS[one]) for one in AN_END if one},
        "search": translate(SEARCH_OVER_LABEL),
        "exercise": {str(PublicStatus.ENDED): translate(EXERCISE_OVER_LABEL)},
        "over": {str(one): translate(label) for one, label in OVER_LABELS.items()},
    }


def _hashes(alert: PublicAlert, chain: Iterable[PublicAlert]) -> set[str]:
    texts = without_person(alert, chain).texts.values()
    return {one for text in texts for one in _hashes_in_one_language(text)}


@lru_cache(maxsize=8192)
def _hashes_in_one_language(text: PublicText) -> frozenset[str]:
    """Of all that was said: computed once, for the list is written with every change."""
    said = (text.headline, text.text, f"{text.headline} {text.text}", *text.elsewhere)
    return frozenset(map(text_hash, said))
