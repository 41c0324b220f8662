"""Reasons and labels that somebody gives in their own words, as pages and the ledger keep them."""

import re

from alerting.domain.errors import BadRequest
from alerting.domain.text.hidden import hidden, made_visible
from alerting.domain.text.i18n import msgid

LONGEST_REASON = 500
"""In characters."""
LEAST_LETTERS = 10
"""Of a reason that is needed: one letter is typed to get on, not to say why."""
LONG_REASON = msgid("A reason can have at most 500 characters")
NO_REASON = msgid("Give a reason: it is recorded in the audit log with your name")
SHORT_REASON = msgid("This is no reason yet: write at least {number} letters")
UNSEEN = msgid("The text contains invisible characters: type it again instead of pasting it")
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
"""All blank space but the spaces of French typesetting."""


def label_of(given: str) -> str:
    """A label as one line; BadRequest where it holds a character that nobody can see."""
    given = _one_line(given)
    if next(hidden(given), None):
        raise BadRequest(UNSEEN)
    return given


def label_shown(given: str) -> str:
    """A label as one line, where nothing may be refused: what nobody can see is made visible."""
    return made_visible(_one_line(given))


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def says_why(given: str) -> bool:
    """Whether there are letters enough for a reason."""
    return sum(letter.isalpha() for letter in given) >= LEAST_LETTERS


def reason_of(given: str, *, needed: bool = False) -> str:
    """A reason as one line; BadRequest when it is too long, hides something, or lacks.

    One that is `needed` has `LEAST_LETTERS`.
    """
    given = label_of(given)
    if len(given) > LONGEST_REASON:
        raise BadRequest(LONG_REASON)
    if needed and not given:
        raise BadRequest(NO_REASON)
    if needed and not says_why(given):
        raise BadRequest(SHORT_REASON, number=LEAST_LETTERS)
    return given
