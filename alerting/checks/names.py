"""What a name that is kept may not hold: it stands in texts by itself, whoever writes them."""

import re

from alerting.checks.lexicon import KNOWN_TELEPHONES
from alerting.checks.telephones import dialled, telephones
from alerting.domain.late_values import has_mark
from alerting.domain.phone_numbers import may_be_told
from alerting.domain.text.alphabet import other_alphabets
from alerting.domain.text.hidden import hidden
from alerting.domain.text.i18n import msgid
from alerting.domain.text.links import host_of, links_in


def why_no_name(text: str) -> str:
    """What keeps `text` from being a name of one line in a text; empty where nothing does."""
    if "\n" in text or next(hidden(text), None):
        return msgid("contains invisible characters, or more than one line")
    if has_mark(text):
        return msgid("contains a placeholder that is filled in when a text is sent")
    if links_in(text):
        return msgid("contains a link, an address or words joined by a full stop")
    if telephones(text):
        return msgid("contains a telephone number")
    if next(other_alphabets(text), None):
        return msgid("contains letters or digits of another alphabet")
    return ""


def why_no_contact(text: str) -> str:
    """What keeps `text` from being the lines of a contact, with numbers and addresses; or empty."""
    if next(hidden(text), None):
        return msgid("contains invisible characters")
    if has_mark(text):
        return msgid("contains a placeholder that is filled in when a text is sent")
    if any(host_of(link.shown) is None for link in links_in(text)):
        return msgid("contains a link that hides where it leads")
    if next(other_alphabets(text), None):
        return msgid("contains letters or digits of another alphabet")
    return ""


_TELEPHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]{1,30}")


def why_no_telephone(text: str) -> str:
    """What keeps `text` from being one telephone number and nothing else; empty: nothing."""
    digits = re.sub(r"\D", "", text)
    number = dialled(text) or digits if _TELEPHONE.fullmatch(text) else ""
    if number in KNOWN_TELEPHONES or may_be_told(number):
        return ""
    return msgid("is not a telephone number, or is a premium-rate number")


_NUMBER_ALONE = re.compile(r"^[^\w\n]*(\d{3,8})[^\w\n]*$", re.MULTILINE)
"""On a line of its own a short row of digits is one to call, and no postal code."""


def why_not_called(text: str) -> str:
    """What keeps people from being told to call the numbers of a contact; empty: nothing."""
    short = [match[1] for match in _NUMBER_ALONE.finditer(text)]
    for number in (*short, *(telephone.number for telephone in telephones(text))):
        if not (number in KNOWN_TELEPHONES or may_be_told(number)):
            return msgid("contains a premium-rate or unknown number")
    return ""
