"""What an authority keeps for its texts: chosen by officers, never typed by them.

Each entry was agreed on by two people, so that a text made of choices holds no free text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from alerting.domain.language import Language
from alerting.domain.phone_numbers import may_be_told
from alerting.domain.text.i18n import ByLanguage, msgid


class AuthorityList(StrEnum):
    """What the entries of a list are."""

    SUBSTANCE = "substance"
    ROUTE = "route"
    SHELTER = "shelter"
    RADIO = "radio"
    TELEPHONE = "telephone"


LIST_NAMES: Mapping[AuthorityList, str] = {
    AuthorityList.SUBSTANCE: msgid("dangerous substances"),
    AuthorityList.ROUTE: msgid("evacuation routes"),
    AuthorityList.SHELTER: msgid("reception centres"),
    AuthorityList.RADIO: msgid("radio stations"),
    AuthorityList.TELEPHONE: msgid("telephone numbers"),
}

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST_ENTRY = 100
"""Letters of an entry in one language: it stands inside a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry. Of a telephone number the key is the number (E.164), the texts its label."""

    authority: str
    """The code of the authority that keeps it."""
    list: AuthorityList
    key: str
    """Stable: what an alert remembers of the choice."""
    texts: Mapping[Language, str] = field(hash=False)

    @property
    def called(self) -> ByLanguage:
        """Its words, in whatever language the reader wants."""
        return ByLanguage(self.texts)


def right_key(authority_list: AuthorityList, key: str) -> bool:
    """Whether `key` can name an entry of this list: a number in E.164, else a slug.

    No number that costs more than a call, or that belongs to no country (premium, shared cost,
    personal, satellite).
    """
    if authority_list is AuthorityList.TELEPHONE:
        return E164.fullmatch(key) is not None and may_be_told(key)
    return SLUG.fullmatch(key) is not None
