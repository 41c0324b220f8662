"""What a name that is kept may not hold: it stands in texts by itself, whoever writes them."""

from alerting.checks.telephones import telephones
from alerting.domain.text.hidden import hidden
from alerting.domain.text.i18n import msgid
from alerting.domain.text.links import host_of, links_in, mixed_words


def why_no_name(text: str) -> str:
    """What keeps `text` from being a name of one line in a text; empty where nothing does."""
    if "\n" in text or next(hidden(text), None):
        return msgid("holds characters that cannot be seen, or more than one line")
    if links_in(text):
        return msgid("holds a link, an address or words joined by a full stop")
    if telephones(text):
        return msgid("holds a telephone number")
    if next(mixed_words(text), None):
        return msgid("holds a word that mixes letters of several alphabets")
    return ""


def why_no_contact(text: str) -> str:
    """The same for the lines of a contact, which hold numbers and addresses, and no tricks."""
    if next(hidden(text), None):
        return msgid("holds characters that cannot be seen")
    if any(host_of(link.shown) is None for link in links_in(text)):
        return msgid("holds a link that hides where it leads")
    if next(mixed_words(text), None):
        return msgid("holds a word that mixes letters of several alphabets")
    return ""
